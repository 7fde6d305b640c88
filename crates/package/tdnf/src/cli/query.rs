//! Commands that only look: `list`, `info`, `search`, `provides`, `count`, `check-update`, `repolist`, `check`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use depsolve::{Identity, PackageSource, Relation};
use serde::Serialize;

use super::context::Context;
use super::output::{columns, size};
use super::record::{Described, Listed, Package, is_meant};
use crate::error::Error;
use crate::session::Session;

/// Which packages `list` and `info` show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    All,
    Installed,
    Available,
    Extras,
    Obsoletes,
    Recent,
    Upgrades,
    Downgrades,
}

impl Scope {
    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "all" => Self::All,
            "installed" => Self::Installed,
            "available" => Self::Available,
            "extras" => Self::Extras,
            "obsoletes" => Self::Obsoletes,
            "recent" => Self::Recent,
            "upgrades" | "updates" => Self::Upgrades,
            "downgrades" => Self::Downgrades,
            _ => return None,
        })
    }
}

/// `list [scope] [packages]`
pub(crate) fn list(context: &Context, words: &[String]) -> Result<(), Error> {
    let (scope, words) = scope(context, words)?;
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
    let (scope, words) = scope(context, words)?;
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

/// The scope is a flag, or the first word.
fn scope<'w>(context: &Context, words: &'w [String]) -> Result<(Scope, &'w [String]), Error> {
    if let Some(word) = context.options.value("scope") {
        let unknown = || Error::Usage {
            code: 902,
            text: format!("{word} is no scope; see tdnf --help"),
        };
        return Ok((Scope::named(word).ok_or_else(unknown)?, words));
    }
    match words.split_first() {
        Some((first, rest)) if Scope::named(first).is_some() => {
            Ok((Scope::named(first).unwrap_or(Scope::All), rest))
        }
        _ => Ok((Scope::All, words)),
    }
}

/// What is installed is known without any repository.
fn session_for(context: &Context, scope: Scope) -> Result<Session, Error> {
    match scope {
        Scope::Installed => context.session(),
        Scope::All => match context.session_with_repos() {
            Err(Error::NoRepos { .. }) => context.session(),
            session => session,
        },
        _ => context.session_with_repos(),
    }
}

fn select<'s>(session: &'s Session, scope: Scope, words: &[String]) -> Vec<Package<'s>> {
    let meant = |package: &Package<'_>| is_meant(&package.identity(), words);
    let installed = || installed(session).filter(meant);
    let available = || available(session).filter(meant);
    match scope {
        Scope::All => installed().chain(available()).collect(),
        Scope::Installed => installed().collect(),
        Scope::Available | Scope::Recent => available().collect(),
        Scope::Extras => installed()
            .filter(|package| offers(session, package.identity().name).is_empty())
            .collect(),
        Scope::Upgrades => best_offers(session, words, std::cmp::Ordering::Greater),
        Scope::Downgrades => best_offers(session, words, std::cmp::Ordering::Less),
        Scope::Obsoletes => available()
            .filter(|package| obsoletes_something(session, package))
            .collect(),
    }
}

/// Installed packages by name.
pub(crate) fn installed(session: &Session) -> impl Iterator<Item = Package<'_>> {
    let mut packages: Vec<Package<'_>> = session.installed.iter().map(Package::Installed).collect();
    packages.sort_by_key(|package| package.identity().name);
    packages.into_iter()
}

/// Packages of all repositories by name.
pub(crate) fn available(session: &Session) -> impl Iterator<Item = Package<'_>> {
    let wanted = [session.settings.arch.as_str(), "noarch"];
    session.repositories.iter().flat_map(move |repository| {
        let id = repository.config.id.as_str();
        let fitting = repository
            .repo
            .packages()
            .sorted()
            .filter(move |package| wanted.contains(&package.arch()));
        fitting.map(move |package| Package::Available(package, id))
    })
}

fn offers<'s>(session: &'s Session, name: &'s str) -> Vec<Package<'s>> {
    let of = |repository: &'s crate::Repository| {
        let id = repository.config.id.as_str();
        repository
            .repo
            .packages()
            .by_name(name)
            .map(move |package| Package::Available(package, id))
    };
    session.repositories.iter().flat_map(of).collect()
}

fn compare(a: &Identity<'_>, b: &Identity<'_>) -> std::cmp::Ordering {
    let evr = |p: &Identity<'_>| format!("{}:{}-{}", p.epoch, p.version, p.release);
    depsolve::compare_evr(&evr(a), &evr(b))
}

/// For each installed package the newest on offer that is newer, or older, than it.
fn best_offers<'s>(session: &'s Session, words: &[String], wanted: std::cmp::Ordering) -> Vec<Package<'s>> {
    let mut newest: BTreeMap<&str, Package<'s>> = BTreeMap::new();
    for package in installed(session).filter(|package| is_meant(&package.identity(), words)) {
        let entry = newest.entry(package.identity().name).or_insert(package);
        if compare(&package.identity(), &entry.identity()).is_gt() {
            *entry = package;
        }
    }
    let better = |(name, installed): (&'s str, Package<'s>)| {
        let fitting = offers(session, name).into_iter();
        fitting
            .filter(|offer| compare(&offer.identity(), &installed.identity()) == wanted)
            .max_by(|a, b| compare(&a.identity(), &b.identity()))
    };
    newest.into_iter().filter_map(better).collect()
}

fn obsoletes_something(session: &Session, package: &Package<'_>) -> bool {
    let Package::Available(package, _) = package else {
        return false;
    };
    package
        .dependencies(repodata::DependencyKind::Obsoletes)
        .any(|obsoletes| {
            let relation = Relation {
                name: obsoletes.name,
                flags: obsoletes.flags.0,
                evr: obsoletes.evr,
            };
            session.installed.iter().any(|installed| {
                let identity = crate::installed::identity(&installed.header);
                identity.name == relation.name
                    && relation.covers(&identity)
                    && identity.name != package.name()
            })
        })
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
    let found: Vec<Package<'_>> = words.iter().flat_map(|word| providers(&session, word)).collect();
    if context.output.json {
        context
            .output
            .document(&found.iter().map(|&package| provider(package)).collect::<Vec<_>>());
        return Ok(());
    }
    if found.is_empty() {
        return Err(Error::NoMatch {
            specs: words.iter().map(|word| (word.clone(), Vec::new())).collect(),
        });
    }
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

fn providers<'s>(session: &'s Session, word: &str) -> Vec<Package<'s>> {
    if word.contains(['*', '?', '[']) {
        return matching_providers(session, word);
    }
    let of_installed = session.installed.iter().filter(|package| {
        crate::installed::contains(&package.header, word)
            || package
                .header
                .provides()
                .iter()
                .any(|provide| provide.name == word)
    });
    let mut found: Vec<Package<'s>> = of_installed.map(Package::Installed).collect();
    for repository in &session.repositories {
        let table = repository.repo.packages();
        let mut ids: Vec<u32> = table.providers(word).map(|(package, _)| package.id()).collect();
        if word.starts_with('/') {
            ids.extend(repository.owners(word).into_iter().map(|id| id as u32));
        }
        ids.sort_unstable();
        ids.dedup();
        let packages = ids.into_iter().filter_map(|id| table.package(id));
        found.extend(packages.map(|package| Package::Available(package, repository.config.id.as_str())));
    }
    found
}

/// Patterns are matched with every provide, and with every path when they begin with a slash.
fn matching_providers<'s>(session: &'s Session, pattern: &str) -> Vec<Package<'s>> {
    let fits = |name: &str| depsolve::glob_match(pattern, name);
    let is_path = pattern.starts_with(['/', '*']);
    installed(session)
        .chain(available(session))
        .filter(|package| match package {
            Package::Installed(package) => {
                package
                    .header
                    .provides()
                    .iter()
                    .any(|provide| fits(&provide.name))
                    || (is_path
                        && package
                            .header
                            .file_paths()
                            .is_ok_and(|paths| paths.iter().any(|p| fits(p))))
            }
            Package::Available(package, _) => {
                package.provides().any(|provide| fits(provide.name))
                    || (is_path
                        && package
                            .primary_files()
                            .any(|(dir, base)| fits(&format!("{dir}/{base}"))))
            }
        })
        .collect()
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
    let found = best_offers(&session, words, std::cmp::Ordering::Greater);
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

/// `check`: whether what is installed is consistent.
pub(crate) fn check(context: &Context, _words: &[String]) -> Result<(), Error> {
    let session = context.session()?;
    let nothing = depsolve::PackageList::new();
    // Seen as something to be installed, every fault counts; those of installed packages would be excused.
    let pool = depsolve::PoolBuilder::new()
        .installed(&nothing)
        .available("@System", &session.installed, 0)
        .build();
    let several = |name: &str| context.main.installonlypkgs.iter().any(|wanted| wanted == name);
    let faults = depsolve::check(&pool, &pool.ids().collect(), &several);
    if faults.is_empty() {
        context.output.result("Check completed without issues\n");
        return Ok(());
    }
    Err(Error::Inconsistent {
        faults: faults.iter().map(ToString::to_string).collect(),
    })
}
