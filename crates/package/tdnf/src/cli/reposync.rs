//! `reposync`: copies of repositories.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::context::Context;
use super::maintain::usage;
use super::progress::Progress;
use super::record::Package;
use super::scope::compare;
use crate::error::Error;
use crate::session::Session;
use crate::sync::Wanted;
use crate::{RepoConfig, Repository};

/// `reposync`: all packages of the enabled repositories, below the current or another directory.
pub(crate) fn reposync(context: &Context, words: &[String]) -> Result<(), Error> {
    if !words.is_empty() {
        return Err(usage(
            902,
            "reposync takes no arguments; choose repositories with --repo",
        ));
    }
    let session = context.session_with_repos()?;
    check(context, &session)?;
    if context.options.has("urls") {
        return urls(context, &session);
    }
    let mut refused = None;
    for repository in &session.repositories {
        let failure = copy(context, &session, repository)?;
        refused = refused.or(failure);
    }
    refused.map_or(Ok(()), Err)
}

/// Flags that exclude each other.
fn check(context: &Context, session: &Session) -> Result<(), Error> {
    let options = &context.options;
    let text = if options.has("norepopath") && session.repositories.len() > 1 {
        "--norepopath would mix several repositories; choose one with --repo"
    } else if options.has("norepopath") && options.has("delete") {
        "--delete needs a directory of the repository's own; leave --norepopath out"
    } else if options.source && options.value("arch").is_some() {
        "--source and --arch exclude each other"
    } else {
        return Ok(());
    };
    Err(usage(1622, text))
}

fn urls(context: &Context, session: &Session) -> Result<(), Error> {
    let mut all = Vec::new();
    for repository in &session.repositories {
        let packages = wanted(context, repository);
        all.extend(packages.iter().map(|package| session.location(package.key())));
    }
    context.output.document(&all);
    let text: String = all.iter().map(|url| format!("{url}\n")).collect();
    context.output.result(&text);
    Ok(())
}

/// The packages of a repository that the flags ask for.
fn wanted<'r>(context: &Context, repository: &'r Repository) -> Vec<Package<'r>> {
    let options = &context.options;
    let arches: Vec<&str> = options.values("arch").collect();
    let id = repository.config.id.as_str();
    let all = repository.repo.packages().sorted();
    let fits = |package: &Package<'_>| {
        let arch = package.identity().arch;
        let source = matches!(arch, "src" | "nosrc");
        match (options.source, arches.is_empty()) {
            (true, _) => source,
            (false, true) => !source,
            (false, false) => arches.contains(&arch),
        }
    };
    let fitting = all.map(|package| Package::Available(package, id)).filter(fits);
    match options.has("newest-only") {
        true => newest(fitting),
        false => fitting.collect(),
    }
}

fn newest<'r>(packages: impl Iterator<Item = Package<'r>>) -> Vec<Package<'r>> {
    let mut newest: BTreeMap<(&str, &str), Package<'r>> = BTreeMap::new();
    for package in packages {
        let identity = package.identity();
        let entry = newest.entry((identity.name, identity.arch)).or_insert(package);
        if compare(&identity, &entry.identity()).is_gt() {
            *entry = package;
        }
    }
    newest.into_values().collect()
}

/// Copies one repository; packages that fail the check of signatures are removed again, and the first is
/// the error in the end.
fn copy(context: &Context, session: &Session, repository: &Repository) -> Result<Option<Error>, Error> {
    let dir = directory(context, &repository.config, "download-path")?;
    let packages = wanted(context, repository);
    let mut files = Vec::with_capacity(packages.len());
    for package in &packages {
        if let Package::Available(package, _) = package {
            files.push(Wanted {
                item: repository.item(*package),
                origin: repository.origin(*package),
                place: dir.join(inside(&repository.config, package.location())?),
            });
        }
    }
    let total = files.iter().map(|file| file.origin.size).sum();
    let progress = Progress::new(context.output.clone(), total);
    let fetched = session.mirror_files(repository, &dir, &files, &|event| progress.downloaded(event));
    progress.clear();
    fetched?;
    let failure = match context.options.has("gpgcheck") {
        true => check_signatures(context, session, repository, &files)?,
        false => None,
    };
    if context.options.has("delete") {
        let keep: BTreeSet<PathBuf> = files.into_iter().map(|file| file.place).collect();
        for gone in crate::sync::delete_others(&dir, &keep)? {
            context.output.info(&format!("deleted {}", gone.display()));
        }
    }
    if context.options.has("download-metadata") {
        session.copy_metadata(repository, &metadata_directory(context, &repository.config)?)?;
    }
    Ok(failure)
}

fn check_signatures(
    context: &Context,
    session: &Session,
    repository: &Repository,
    files: &[Wanted],
) -> Result<Option<Error>, Error> {
    let confirm = |repo: &RepoConfig, location: &str, keys: &[keyring::CertificateInfo]| {
        context.confirm(repo, location, keys)
    };
    let keys = session.keys(&repository.config)?;
    let mut first = None;
    let mut signers = std::collections::BTreeSet::new();
    for file in files {
        match session.check_signed_file(&repository.config, &file.place, keys.keyring()) {
            Ok(signer) => drop(signers.insert(signer)),
            Err(error) => {
                context
                    .output
                    .warning(&format!("{} is removed: {error}", file.place.display()));
                std::fs::remove_file(&file.place).map_err(Error::io("remove", &file.place))?;
                first = first.or(Some(error));
            }
        }
    }
    keys.accept(&signers, &confirm)?;
    Ok(first)
}

/// The directory of a repository: named like it, unless that is not wanted.
fn directory(context: &Context, repo: &RepoConfig, flag: &str) -> Result<PathBuf, Error> {
    let base = match context.options.value(flag) {
        Some(path) => PathBuf::from(path),
        None => std::env::current_dir().map_err(Error::io("find", "."))?,
    };
    Ok(match context.options.has("norepopath") {
        true => base,
        false => base.join(&repo.id),
    })
}

fn metadata_directory(context: &Context, repo: &RepoConfig) -> Result<PathBuf, Error> {
    let flag = match context.options.value("metadata-path") {
        Some(_) => "metadata-path",
        None => "download-path",
    };
    directory(context, repo, flag)
}

/// A location of the metadata as a path that stays below its directory.
fn inside<'l>(repo: &RepoConfig, location: &'l str) -> Result<&'l Path, Error> {
    let path = Path::new(location);
    let plain = |component: Component<'_>| matches!(component, Component::Normal(_) | Component::CurDir);
    if !location.is_empty() && path.components().all(plain) {
        return Ok(path);
    }
    Err(usage(
        1622,
        &format!(
            "repository {}: the location {location:?} leads out of its directory",
            repo.id
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_stays_below_its_directory() {
        let repo = RepoConfig::new("r", "/x");
        assert!(inside(&repo, "Packages/a/b.rpm").is_ok());
        for bad in ["../x.rpm", "a/../../x.rpm", "/etc/x.rpm", ""] {
            assert!(inside(&repo, bad).is_err(), "{bad}");
        }
    }
}
