//! `download PACKAGE...`: package files into a directory, checked as if they were to be installed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use depsolve::{Reason, glob_match};
use repodata::PackageRef;
use serde::Serialize;

use super::context::Context;
use super::progress::Progress;
use super::record::is_meant;
use crate::error::Error;
use crate::installed::InstalledSet;
use crate::plan::{Item, Operation, Origin};
use crate::repository::{Repository, identity};
use crate::request::Request;
use crate::session::Session;

/// `download [--resolve] [--alldeps] [--source] [--destdir DIR] PACKAGE...`
pub(crate) fn download(context: &Context, words: &[String]) -> Result<(), Error> {
    let mut session = context.session_with_repos()?;
    let all = context.options.all_dependencies;
    let mut items = named(&session, words, context.options.source)?;
    if all {
        session.installed = InstalledSet::empty();
    }
    if all || context.options.has("resolve") {
        items.extend(dependencies(context, &session, &items)?);
    }
    let paths = fetch(context, &session, &items)?;
    let dir = context
        .options
        .download_dir
        .clone()
        .unwrap_or_else(|| PathBuf::from("."));
    let copies = session.copy_files(&items, &paths, &dir)?;
    let shown: Vec<Downloaded> = items.iter().zip(&copies).map(Downloaded::of).collect();
    context.output.document(&shown);
    for copy in &copies {
        context.output.result(&format!("{}\n", copy.display()));
    }
    Ok(())
}

/// Fetches the files of items and checks them: size, digest, signature, and that each is what was announced.
pub(crate) fn fetch(context: &Context, session: &Session, items: &[Item]) -> Result<Vec<PathBuf>, Error> {
    let bytes = items
        .iter()
        .filter_map(|item| item.origin.as_ref())
        .map(|origin| origin.size);
    let progress = Progress::new(context.output.clone(), bytes.sum());
    let events = |event: ::download::Event<'_>| progress.downloaded(event);
    let confirm = |repo: &_, location: &str, keys: &[_]| context.confirm(repo, location, keys);
    let items: Vec<&Item> = items.iter().collect();
    let fetched = session.fetch_packages(&items, &confirm, &events);
    progress.clear();
    Ok(fetched?.paths)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Downloaded<'i> {
    name: &'i str,
    arch: &'i str,
    evr: &'i str,
    repo: &'i str,
    path: &'i Path,
}

impl<'i> Downloaded<'i> {
    fn of((item, path): (&'i Item, &'i PathBuf)) -> Self {
        Self {
            name: &item.name,
            arch: &item.arch,
            evr: &item.evr,
            repo: &item.repo,
            path,
        }
    }
}

/// The newest packages of the best repository for each word.
fn named(session: &Session, words: &[String], source: bool) -> Result<Vec<Item>, Error> {
    let mut items: BTreeMap<String, Item> = BTreeMap::new();
    let mut unknown = Vec::new();
    for word in words {
        let found = match source {
            true => sources(session, word),
            false => newest(session, |p| !is_source(p) && meant(p, word)),
        };
        if found.is_empty() {
            let names = session.repositories.iter().flat_map(|r| r.repo.packages().iter());
            let near = depsolve::nearest(word, names.map(PackageRef::name), 3);
            unknown.push((word.clone(), near.into_iter().map(str::to_owned).collect()));
        }
        items.extend(found.into_iter().map(|item| (item.nevra(), item)));
    }
    match unknown.is_empty() {
        true => Ok(items.into_values().collect()),
        false => Err(Error::NoMatch { specs: unknown }),
    }
}

fn meant(package: PackageRef<'_>, word: &str) -> bool {
    is_meant(&identity(package), std::slice::from_ref(&word.to_owned()))
}

fn is_source(package: PackageRef<'_>) -> bool {
    matches!(package.arch(), "src" | "nosrc")
}

/// Source packages of that name, or those that packages of that name were built from.
fn sources(session: &Session, word: &str) -> Vec<Item> {
    let direct = newest(session, |p| is_source(p) && meant(p, word));
    if !direct.is_empty() {
        return direct;
    }
    let packages = session.repositories.iter().flat_map(|r| r.repo.packages().iter());
    let built: BTreeSet<&str> = packages
        .filter(|p| !is_source(*p) && meant(*p, word))
        .map(PackageRef::source_rpm)
        .collect();
    newest(session, |p| {
        let file = p.location().rsplit('/').next().unwrap_or_default();
        is_source(p) && built.contains(file)
    })
}

/// Of what is wanted, the newest of each name and architecture, from the repository that counts most.
fn newest(session: &Session, wanted: impl Fn(PackageRef<'_>) -> bool) -> Vec<Item> {
    let mut best: BTreeMap<(String, String), (&Repository, PackageRef<'_>)> = BTreeMap::new();
    for repository in &session.repositories {
        let ours = |p: &PackageRef<'_>| fits(session, *p) && wanted(*p);
        for package in repository.repo.packages().iter().filter(ours) {
            let key = (package.name().to_owned(), package.arch().to_owned());
            let better = best.get(&key).is_none_or(|(other, old)| {
                let (new, known) = (repository.config.priority, other.config.priority);
                new < known || (new == known && package.compare_evr(*old).is_gt())
            });
            if better {
                best.insert(key, (repository, package));
            }
        }
    }
    best.into_values()
        .map(|(repository, package)| item(repository, package))
        .collect()
}

/// Of an architecture of this machine, and not excluded.
fn fits(session: &Session, package: PackageRef<'_>) -> bool {
    let arch = package.arch();
    let known = arch == session.settings.arch || arch == "noarch" || is_source(package);
    let configured = session
        .main
        .excludepkgs
        .iter()
        .filter(|_| !session.settings.no_excludes);
    let mut patterns = configured.chain(&session.settings.excludes);
    let identity = identity(package);
    known
        && !patterns
            .any(|pattern| glob_match(pattern, identity.name) || glob_match(pattern, &identity.to_string()))
}

fn item(repository: &Repository, package: PackageRef<'_>) -> Item {
    let identity = identity(package);
    Item {
        operation: Operation::Install,
        name: identity.name.to_owned(),
        arch: identity.arch.to_owned(),
        evr: identity.evr(),
        repo: repository.config.id.clone(),
        install_size: package.installed_size(),
        reason: Reason::User,
        origin: Some(Origin {
            repo: repository.config.id.clone(),
            urls: repository.repo.package_urls(package),
            checksum: (package.checksum_type().to_owned(), package.checksum().to_owned()),
            size: package.size(),
        }),
        rows: Vec::new(),
        replaces: Vec::new(),
    }
}

/// What else would have to be installed for these.
fn dependencies(context: &Context, session: &Session, items: &[Item]) -> Result<Vec<Item>, Error> {
    let specs: Vec<String> = items.iter().map(Item::nevra).collect();
    let plan = match session.plan(&Request::Install(specs.clone()), &context.limits()?) {
        Err(Error::NothingToDo) => return Ok(Vec::new()),
        plan => plan?,
    };
    let more = plan.items.into_iter();
    Ok(more
        .filter(|item| item.comes() && !specs.contains(&item.nevra()))
        .collect())
}
