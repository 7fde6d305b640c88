//! Commands that only look: `list`, `info`, `search`, `provides`, `count`, `check-update`, `repolist`, `check`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use depsolve::{PackageSource, RelationKind};
use rpmfile::Dependency;
use serde::Serialize;

use super::advice::{Filter, names_to_fix};
use super::context::Context;
use super::output::{columns, size};
use super::record::{Described, Listed, Package};
use super::scope::{Scope, available, best_offers, installed, select, session_for};
use crate::error::Error;
use crate::session::Session;

/// `list [scope] [packages]`
pub(crate) fn list(context: &Context, words: &[String]) -> Result<(), Error> {
    let (scope, words) = Scope::of(context, words)?;
    let scope = scope.unwrap_or(Scope::All);
    let session = session_for(context, scope)?;
    let found = select(&session, scope, words);
    let listed: Vec<Listed> = found.iter().map(|package| package.listed()).collect();
    if context.output.json {
        context.output.document(&listed);
        return Ok(());
    }
    require(&session, &found, words)?;
    context.output.result(&table(&listed));
    Ok(())
}

/// `info [scope] [packages]`
pub(crate) fn info(context: &Context, words: &[String]) -> Result<(), Error> {
    let (scope, words) = Scope::of(context, words)?;
    let scope = scope.unwrap_or(Scope::All);
    let session = session_for(context, scope)?;
    let found = select(&session, scope, words);
    let described: Vec<Described> = found.iter().map(|package| package.described()).collect();
    if context.output.json {
        context.output.document(&described);
        return Ok(());
    }
    require(&session, &found, words)?;
    let mut text: String = described.iter().map(card).collect();
    let total = described.iter().map(|package| package.install_size).sum();
    let _ = writeln!(text, "\nTotal Size: {} ({total})", size(total));
    context.output.result(&text);
    Ok(())
}

/// A query for something that is not there is an error with the nearest names.
fn require(session: &Session, found: &[Package<'_>], words: &[String]) -> Result<(), Error> {
    if !found.is_empty() || words.is_empty() {
        return Ok(());
    }
    let names = || {
        installed(session)
            .chain(available(session))
            .map(|package| package.identity().name)
    };
    let near = |word: &String| {
        let near = depsolve::nearest(word, names(), 3)
            .into_iter()
            .map(str::to_owned)
            .collect();
        (word.clone(), near)
    };
    Err(Error::NoMatch {
        specs: words.iter().map(near).collect(),
    })
}

/// Name, version and repository in the original's columns.
pub(crate) fn table(listed: &[Listed]) -> String {
    let [first, second, third] = columns([55, 25, 15]);
    let mut text = String::with_capacity(listed.len() * 82);
    for package in listed {
        let name = format!("{}.{}", package.name, package.arch);
        let _ = writeln!(
            text,
            "{name:<first$} {:<second$} {:>third$}",
            package.evr, package.repo
        );
    }
    text
}

fn card(p: &Described) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(text, "{label:<14}: {value}");
    };
    line("Name", &p.listed.name);
    line("Arch", &p.listed.arch);
    line("Epoch", &p.epoch.to_string());
    line("Version", &p.version);
    line("Release", &p.release);
    line(
        "Install Size",
        &format!("{} ({})", size(p.install_size), p.install_size),
    );
    if let Some(download) = p.download_size {
        line("Download Size", &format!("{} ({download})", size(download)));
    }
    line("Repo", &p.listed.repo);
    line("Summary", &p.summary);
    line("URL", &p.url);
    line("License", &p.license);
    line("Description", &p.description);
    text.push('\n');
    text
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Hit<'a> {
    name: &'a str,
    summary: &'a str,
}

/// `search WORD...`: in names, summaries and descriptions.
pub(crate) fn search(context: &Context, words: &[String]) -> Result<(), Error> {
    let session = context.session_with_repos()?;
    let wanted: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let mut hits: BTreeMap<&str, &str> = BTreeMap::new();
    for package in installed(&session).chain(available(&session)) {
        if wanted.iter().any(|word| mentions(package, word)) {
            hits.entry(package.identity().name).or_insert(package.summary());
        }
    }
    if context.output.json {
        let hits: Vec<Hit<'_>> = hits.iter().map(|(name, summary)| Hit { name, summary }).collect();
        context.output.document(&hits);
        return Ok(());
    }
    if hits.is_empty() {
        return Err(Error::Usage {
            code: 1599,
            text: "No search results".to_owned(),
        });
    }
    let text: String = hits
        .iter()
        .map(|(name, summary)| format!("{name} : {summary}\n"))
        .collect();
    context.output.result(&text);
    Ok(())
}

fn mentions(package: Package<'_>, word: &str) -> bool {
    contains(package.identity().name, word)
        || contains(package.summary(), word)
        || contains(package.description(), word)
}

/// Whether a text contains a lower-case word, whatever its own case.
fn contains(text: &str, word: &str) -> bool {
    if text.is_ascii() {
        return text
            .as_bytes()
            .windows(word.len().max(1))
            .any(|part| part.eq_ignore_ascii_case(word.as_bytes()));
    }
    text.to_lowercase().contains(word)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Provider<'a> {
    name: &'a str,
    arch: &'a str,
    evr: String,
    summary: &'a str,
}

/// `provides CAPABILITY|FILE`
pub(crate) fn provides(context: &Context, words: &[String]) -> Result<(), Error> {
    let session = context.session_with_repos()?;
    let mut found: Vec<Package<'_>> = Vec::new();
    for word in words {
        found.extend(providers(&session, word)?);
    }
    if found.is_empty() {
        return Err(Error::NoMatch {
            specs: words.iter().map(|word| (word.clone(), Vec::new())).collect(),
        });
    }
    context
        .output
        .document(&found.iter().map(|&package| provider(package)).collect::<Vec<_>>());
    let mut text = String::new();
    for package in found {
        let _ = writeln!(text, "{} : {}", package.identity(), package.summary());
        let _ = writeln!(text, "Repo\t : {}", package.repo());
    }
    context.output.result(&text);
    Ok(())
}

fn provider(package: Package<'_>) -> Provider<'_> {
    let identity = package.identity();
    Provider {
        name: identity.name,
        arch: identity.arch,
        evr: identity.evr(),
        summary: package.summary(),
    }
}

pub(crate) fn providers<'s>(session: &'s Session, word: &str) -> Result<Vec<Package<'s>>, Error> {
    if word.contains(['*', '?', '[']) {
        return matching_providers(session, word);
    }
    let wanted = Dependency::parse(word).unwrap_or_else(|| Dependency::any(word));
    let of_installed = session.installed.iter().filter(|package| {
        let header = &package.header;
        crate::installed::contains(header, word)
            || header.provides().iter().any(|provide| provide.overlaps(&wanted))
    });
    let mut found: Vec<Package<'s>> = of_installed.map(Package::Installed).collect();
    let usable = [session.settings.arch.as_str(), "noarch"];
    for repository in &session.repositories {
        let table = repository.repo.packages();
        let offers = table.providers(&wanted.name);
        let mut ids: Vec<u32> = offers
            .filter(|(_, provide)| provide.to_dependency().overlaps(&wanted))
            .map(|(package, _)| package.id())
            .collect();
        if word.starts_with('/') {
            ids.extend(repository.owners(word).into_iter().map(|id| id as u32));
        }
        ids.sort_unstable();
        ids.dedup();
        let packages = ids.into_iter().filter_map(|id| table.package(id));
        let packages = packages.filter(|package| usable.contains(&package.arch()));
        found.extend(packages.map(|package| Package::Available(package, repository.config.id.as_str())));
    }
    Ok(found)
}

/// Patterns are matched with every provide, and with every path when they begin with a slash.
fn matching_providers<'s>(session: &'s Session, pattern: &str) -> Result<Vec<Package<'s>>, Error> {
    let fits = |name: &str| depsolve::glob_match(pattern, name);
    let mut owners: BTreeSet<(&str, u32)> = BTreeSet::new();
    if pattern.starts_with('/') {
        for repository in &session.repositories {
            let id = repository.config.id.as_str();
            owners.extend(
                session
                    .owners_of(id, &fits)?
                    .into_iter()
                    .map(|package| (id, package)),
            );
        }
    }
    let meant = |package: &Package<'_>| {
        let mut provides = false;
        package.relations(RelationKind::Provides, &mut |relation| {
            provides = provides || fits(relation.name)
        });
        provides || owners.contains(&package.key()) || (pattern.starts_with('/') && has_path(*package, &fits))
    };
    Ok(installed(session)
        .chain(available(session))
        .filter(meant)
        .collect())
}

/// Whether an installed package has a path that fits.
fn has_path(package: Package<'_>, fits: &dyn Fn(&str) -> bool) -> bool {
    let Package::Installed(package) = package else {
        return false;
    };
    let paths = package.header.file_paths();
    paths.is_ok_and(|paths| paths.iter().any(|path| fits(path)))
}

/// `count`: how many packages there are, installed and on offer.
pub(crate) fn count(context: &Context, _words: &[String]) -> Result<(), Error> {
    let session = context.session_with_repos()?;
    let offered: usize = session.repositories.iter().map(PackageSource::len).sum();
    let count = session.installed.len() + offered;
    context.output.document(&count);
    context.output.result(&format!("Package count = {count}\n"));
    Ok(())
}

/// `check-update [packages]`
pub(crate) fn check_update(context: &Context, words: &[String]) -> Result<(), Error> {
    let session = context.session_with_repos()?;
    let mut found = best_offers(&session, words, std::cmp::Ordering::Greater);
    let filter = Filter::of(&context.options)?;
    if filter.is_set() {
        let names = names_to_fix(&session, &filter, words)?;
        found.retain(|package| names.contains(package.identity().name));
    }
    let listed: Vec<Listed> = found.iter().map(|package| package.listed()).collect();
    context.output.document(&listed);
    context.output.result(&table(&listed));
    match context.main.dnf_check_update_compat && !listed.is_empty() {
        true => Err(Error::UpdatesAvailable),
        false => Ok(()),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RepoLine {
    repo: String,
    repo_name: String,
    enabled: bool,
}

/// `repolist [all|enabled|disabled]`
pub(crate) fn repolist(context: &Context, words: &[String]) -> Result<(), Error> {
    let wanted: &[bool] = match words.first().map(String::as_str) {
        None | Some("enabled") => &[true],
        Some("disabled") => &[false],
        Some("all") => &[true, false],
        Some(other) => {
            let text = format!("{other}: repolist takes all, enabled or disabled");
            return Err(Error::Usage { code: 902, text });
        }
    };
    let repos = context.repos(&context.session()?)?;
    let line = |repo: crate::RepoConfig| RepoLine {
        repo: repo.id,
        repo_name: repo.name,
        enabled: repo.enabled,
    };
    let lines: Vec<RepoLine> = repos
        .into_iter()
        .filter(|repo| wanted.contains(&repo.enabled))
        .map(line)
        .collect();
    context.output.document(&lines);
    if !lines.is_empty() {
        let mut text = format!("{:<20}{:<40}{:<10}\n", "repo id", "repo name", "status");
        for line in &lines {
            let status = if line.enabled { "enabled" } else { "disabled" };
            let _ = writeln!(text, "{:<20}{:<40}{status:<10}", line.repo, line.repo_name);
        }
        context.output.result(&text);
    }
    Ok(())
}
