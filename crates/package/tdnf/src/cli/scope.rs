//! Which packages `list`, `info`, `repoquery` and `updateinfo` look at.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use depsolve::{Identity, Relation, RelationKind};

use super::context::Context;
use super::record::{Package, is_meant};
use crate::error::Error;
use crate::session::Session;

/// What dnf(8) takes for recent.
const RECENT: u64 = 7 * 86_400;

/// Which packages `list` and `info` show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    All,
    Installed,
    Available,
    Extras,
    Obsoletes,
    Recent,
    Upgrades,
    Downgrades,
}

const NAMES: [(&str, Scope); 9] = [
    ("all", Scope::All),
    ("installed", Scope::Installed),
    ("available", Scope::Available),
    ("extras", Scope::Extras),
    ("obsoletes", Scope::Obsoletes),
    ("recent", Scope::Recent),
    ("upgrades", Scope::Upgrades),
    ("updates", Scope::Upgrades),
    ("downgrades", Scope::Downgrades),
];

impl Scope {
    pub(crate) fn named(word: &str) -> Option<Self> {
        let found = NAMES.iter().find(|(name, _)| *name == word);
        found.map(|(_, scope)| *scope)
    }

    /// The scope is a flag (`--scope SCOPE`, or a flag of its own), or the first word.
    pub(crate) fn of<'w>(
        context: &Context,
        words: &'w [String],
    ) -> Result<(Option<Self>, &'w [String]), Error> {
        let options = &context.options;
        if let Some(word) = options.value("scope") {
            let unknown = || Error::Usage {
                code: 902,
                text: format!("{word} is no scope; see tdnf help list"),
            };
            return Ok((Some(Self::named(word).ok_or_else(unknown)?), words));
        }
        if let Some(scope) = options.asked.iter().rev().find_map(|flag| Self::named(flag)) {
            return Ok((Some(scope), words));
        }
        Ok(match words.split_first() {
            Some((first, rest)) if Self::named(first).is_some() => (Self::named(first), rest),
            _ => (None, words),
        })
    }
}

/// What is installed is known without any repository.
pub(crate) fn session_for(context: &Context, scope: Scope) -> Result<Session, Error> {
    match scope {
        Scope::Installed => context.session(),
        Scope::All => match context.session_with_repos() {
            Err(Error::NoRepos { .. }) => context.session(),
            session => session,
        },
        _ => context.session_with_repos(),
    }
}

/// The packages of a scope that the words stand for.
pub(crate) fn select<'s>(session: &'s Session, scope: Scope, words: &[String]) -> Vec<Package<'s>> {
    let meant = |package: &Package<'_>| is_meant(&package.identity(), words);
    let installed = || installed(session).filter(meant);
    let available = || available(session).filter(meant);
    match scope {
        Scope::All => installed().chain(available()).collect(),
        Scope::Installed => installed().collect(),
        Scope::Available => available().collect(),
        Scope::Recent => {
            let since = recent();
            available()
                .filter(|package| u64::from(package.build_time()) >= since)
                .collect()
        }
        Scope::Extras => installed()
            .filter(|package| offers(session, package.identity().name).is_empty())
            .collect(),
        Scope::Upgrades => best_offers(session, words, Ordering::Greater),
        Scope::Downgrades => best_offers(session, words, Ordering::Less),
        Scope::Obsoletes => available()
            .filter(|package| obsoletes_something(session, *package))
            .collect(),
    }
}

fn recent() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs()).saturating_sub(RECENT)
}

/// Installed packages by name.
pub(crate) fn installed(session: &Session) -> impl Iterator<Item = Package<'_>> {
    let mut packages: Vec<Package<'_>> = session.installed.iter().map(Package::Installed).collect();
    packages.sort_by_key(|package| package.identity().name);
    packages.into_iter()
}

/// Packages of all repositories by name, as far as this machine can run them.
pub(crate) fn available(session: &Session) -> impl Iterator<Item = Package<'_>> {
    let wanted = [session.settings.arch.as_str(), "noarch"];
    everything(session).filter(move |package| wanted.contains(&package.identity().arch))
}

/// Packages of all repositories by name, of every architecture, with sources.
pub(crate) fn everything(session: &Session) -> impl Iterator<Item = Package<'_>> {
    session.repositories.iter().flat_map(move |repository| {
        let id = repository.config.id.as_str();
        let packages = repository.repo.packages().sorted();
        packages.map(move |package| Package::Available(package, id))
    })
}

/// What the repositories offer under a name.
pub(crate) fn offers<'s>(session: &'s Session, name: &'s str) -> Vec<Package<'s>> {
    let wanted = [session.settings.arch.as_str(), "noarch"];
    let of = |repository: &'s crate::Repository| {
        let id = repository.config.id.as_str();
        let packages = repository.repo.packages().by_name(name);
        packages.map(move |package| Package::Available(package, id))
    };
    let all = session.repositories.iter().flat_map(of);
    all.filter(|package| wanted.contains(&package.identity().arch))
        .collect()
}

pub(crate) fn compare(a: &Identity<'_>, b: &Identity<'_>) -> Ordering {
    let evr = |p: &Identity<'_>| format!("{}:{}-{}", p.epoch, p.version, p.release);
    depsolve::compare_evr(&evr(a), &evr(b))
}

/// For each installed package the newest on offer that is newer, or older, than it.
pub(crate) fn best_offers<'s>(session: &'s Session, words: &[String], wanted: Ordering) -> Vec<Package<'s>> {
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

fn obsoletes_something(session: &Session, package: Package<'_>) -> bool {
    let mut found = false;
    package.relations(RelationKind::Obsoletes, &mut |relation: Relation<'_>| {
        found = found
            || session.installed.iter().any(|installed| {
                let identity = crate::installed::identity(&installed.header);
                identity.name == relation.name
                    && relation.covers(&identity)
                    && identity.name != package.identity().name
            });
    });
    found
}
