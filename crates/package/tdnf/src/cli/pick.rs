//! Packages on offer that words name, whatever they require: what `download`, `--nodeps`, `install --source` and
//! `--builddeps` take.

use std::collections::{BTreeMap, BTreeSet};

use depsolve::glob_match;
use repodata::PackageRef;

use super::record::is_meant;
use crate::error::Error;
use crate::plan::Item;
use crate::repository::{Repository, identity};
use crate::session::Session;

/// Which packages are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Those to be installed.
    Binary,
    /// Source packages: of that name, or those that packages of that name were built from.
    Source,
}

/// A package on offer, and whose it is.
#[derive(Clone, Copy)]
pub(crate) struct Offer<'s> {
    repository: &'s Repository,
    pub(crate) package: PackageRef<'s>,
}

impl Offer<'_> {
    pub(crate) fn item(&self) -> Item {
        self.repository.item(self.package)
    }

    /// Whether it goes before another one of its name and architecture: of the repository that counts more, or newer.
    fn is_better_than(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.repository.config.priority, other.repository.config.priority);
        ours < theirs || (ours == theirs && self.package.compare_evr(other.package).is_gt())
    }
}

/// For each word the newest packages, by name and architecture, of the repository that counts most; none twice.
pub(crate) fn pick<'s>(session: &'s Session, words: &[String], kind: Kind) -> Result<Vec<Offer<'s>>, Error> {
    let mut picked: BTreeMap<String, Offer<'s>> = BTreeMap::new();
    let mut unknown = Vec::new();
    for word in words {
        let found = match kind {
            Kind::Source => sources(session, word),
            Kind::Binary => newest(session, |p| !is_source(p) && meant(p, word)),
        };
        if found.is_empty() {
            let near = depsolve::nearest(word, all(session).map(PackageRef::name), 3);
            unknown.push((word.clone(), near.into_iter().map(str::to_owned).collect()));
        }
        picked.extend(
            found
                .into_iter()
                .map(|offer| (offer.package.nevra().to_string(), offer)),
        );
    }
    match unknown.is_empty() {
        true => Ok(picked.into_values().collect()),
        false => Err(Error::NoMatch { specs: unknown }),
    }
}

fn all(session: &Session) -> impl Iterator<Item = PackageRef<'_>> {
    session.repositories.iter().flat_map(|r| r.repo.packages().iter())
}

fn meant(package: PackageRef<'_>, word: &str) -> bool {
    is_meant(&identity(package), std::slice::from_ref(&word.to_owned()))
}

fn is_source(package: PackageRef<'_>) -> bool {
    matches!(package.arch(), "src" | "nosrc")
}

fn sources<'s>(session: &'s Session, word: &str) -> Vec<Offer<'s>> {
    let direct = newest(session, |p| is_source(p) && meant(p, word));
    if !direct.is_empty() {
        return direct;
    }
    let built = built_from(session, word);
    newest(session, |p| {
        let file = p.location().rsplit('/').next().unwrap_or_default();
        is_source(p) && built.contains(file)
    })
}

/// File names of the source packages of packages of that name, installed or on offer.
fn built_from<'s>(session: &'s Session, word: &str) -> BTreeSet<&'s str> {
    let words = [word.to_owned()];
    let installed = session.installed.iter().map(|package| &package.header);
    let installed = installed.filter(|header| is_meant(&crate::installed::identity(header), &words));
    let offered = all(session).filter(|p| !is_source(*p) && meant(*p, word));
    let names = installed.filter_map(|header| header.source_rpm());
    names.chain(offered.map(PackageRef::source_rpm)).collect()
}

/// Of what is wanted, the best of each name and architecture.
fn newest<'s>(session: &'s Session, wanted: impl Fn(PackageRef<'_>) -> bool) -> Vec<Offer<'s>> {
    let mut best: BTreeMap<(&str, &str), Offer<'s>> = BTreeMap::new();
    for repository in &session.repositories {
        let ours = |p: &PackageRef<'_>| fits(session, *p) && wanted(*p);
        for package in repository.repo.packages().iter().filter(ours) {
            let offer = Offer { repository, package };
            let known = best.entry((package.name(), package.arch())).or_insert(offer);
            if offer.is_better_than(known) {
                *known = offer;
            }
        }
    }
    best.into_values().collect()
}

/// Of an architecture of this machine, and not excluded.
fn fits(session: &Session, package: PackageRef<'_>) -> bool {
    let arch = package.arch();
    let known = arch == session.settings.arch || arch == "noarch" || is_source(package);
    let identity = identity(package);
    let excludes =
        |pattern: &&String| glob_match(pattern, identity.name) || glob_match(pattern, &identity.to_string());
    known && !session.exclude_patterns().any(|pattern| excludes(&pattern))
}
