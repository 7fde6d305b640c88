//! Which packages `repoquery` is about.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use depsolve::{Relation, RelationKind, glob_match};
use rpmfile::Dependency;

use super::super::context::Context;
use super::super::flags::Options;
use super::super::query::providers;
use super::super::record::{Package, is_meant};
use super::super::scope::{compare, everything, installed, offers};
use super::question::DEPENDS;
use crate::error::Error;
use crate::history::History;
use crate::session::Session;

/// The flags that look for relations, and the kinds of relations they look at.
const WHAT: [(&str, &[RelationKind]); 8] = [
    ("whatobsoletes", &[RelationKind::Obsoletes]),
    ("whatconflicts", &[RelationKind::Conflicts]),
    ("whatrequires", &[RelationKind::Requires]),
    ("whatrecommends", &[RelationKind::Recommends]),
    ("whatsuggests", &[RelationKind::Suggests]),
    ("whatsupplements", &[RelationKind::Supplements]),
    ("whatenhances", &[RelationKind::Enhances]),
    ("whatdepends", &DEPENDS),
];

/// Every flag narrows the selection; a list of values (`a,b`) widens its own.
pub(super) fn select<'s>(
    context: &Context,
    session: &'s Session,
    words: &[String],
) -> Result<Vec<Package<'s>>, Error> {
    let options = &context.options;
    let mut found = base(options, session);
    found.retain(|package| is_meant(&package.identity(), words));
    by_state(context, session, &mut found)?;
    if let Some(file) = options.value("file") {
        keep(&mut found, &providers(session, file)?);
    }
    for capabilities in options.values("whatprovides") {
        let mut wanted: Vec<Package<'s>> = Vec::new();
        for capability in capabilities.split(',') {
            wanted.extend(providers(session, capability)?);
        }
        keep(&mut found, &wanted);
    }
    for (flag, kinds) in WHAT {
        for capabilities in options.values(flag) {
            let wanted: Vec<Dependency> = capabilities.split(',').filter_map(Dependency::parse).collect();
            found.retain(|package| relates(*package, kinds, &wanted));
        }
    }
    Ok(found)
}

/// What is on offer, unless the flags speak of installed packages.
fn base<'s>(options: &Options, session: &'s Session) -> Vec<Package<'s>> {
    let installed_only = ["installed", "extras", "duplicates", "userinstalled"];
    let of_installed = installed_only.iter().any(|flag| options.has(flag)) || options.has("all");
    let of_offered = ["available", "all", "upgrades", "downgrades"];
    let offered = !of_installed || of_offered.iter().any(|flag| options.has(flag));
    let arches: Vec<&str> = options.values("arch").collect();
    let own = [session.settings.arch.as_str(), "noarch"];
    let fits = |package: &Package<'_>| {
        let arch = package.identity().arch;
        let usable = matches!(package, Package::Installed(_)) || own.contains(&arch);
        if arches.is_empty() {
            usable
        } else {
            arches.contains(&arch)
        }
    };
    let from_root = installed(session).filter(|_| of_installed);
    let from_repos = everything(session).filter(|_| offered);
    from_root.chain(from_repos).filter(fits).collect()
}

/// Flags that compare what is installed with what is on offer, or look at what is recorded about it.
fn by_state(context: &Context, session: &Session, found: &mut Vec<Package<'_>>) -> Result<(), Error> {
    let options = &context.options;
    if options.has("upgrades") {
        keep_compared(session, found, Ordering::Greater);
    }
    if options.has("downgrades") {
        keep_compared(session, found, Ordering::Less);
    }
    if options.has("extras") {
        found.retain(|package| offers(session, package.identity().name).is_empty());
    }
    if options.has("duplicates") {
        keep_duplicates(found);
    }
    if options.has("userinstalled") {
        let history = History::read(&context.root, &context.main.persistdir)?;
        let auto = history.map_or_else(|| Ok(BTreeSet::new()), |history| history.auto_installed())?;
        found.retain(|package| !auto.contains(package.identity().name));
    }
    Ok(())
}

/// Keeps offers that are newer than every installed package of their name, or older than every one.
fn keep_compared(session: &Session, found: &mut Vec<Package<'_>>, wanted: Ordering) {
    let mut by_name: BTreeMap<&str, Vec<Package<'_>>> = BTreeMap::new();
    for package in installed(session) {
        by_name.entry(package.identity().name).or_default().push(package);
    }
    found.retain(|package| {
        let identity = package.identity();
        let compared = |other: &Package<'_>| compare(&identity, &other.identity()) == wanted;
        let others = by_name.get(identity.name);
        others.is_some_and(|others| others.iter().all(compared))
    });
}

fn keep_duplicates(found: &mut Vec<Package<'_>>) {
    let mut count: BTreeMap<(String, String), usize> = BTreeMap::new();
    let name = |package: &Package<'_>| {
        let identity = package.identity();
        (identity.name.to_owned(), identity.arch.to_owned())
    };
    for package in found.iter() {
        *count.entry(name(package)).or_default() += 1;
    }
    found.retain(|package| count.get(&name(package)).is_some_and(|&count| count > 1));
}

fn keep(found: &mut Vec<Package<'_>>, wanted: &[Package<'_>]) {
    let keys: BTreeSet<(&str, u32)> = wanted.iter().map(|package| package.key()).collect();
    found.retain(|package| keys.contains(&package.key()));
}

/// Whether a package has a relation of one of these kinds with one of these capabilities.
fn relates(package: Package<'_>, kinds: &[RelationKind], wanted: &[Dependency]) -> bool {
    let mut found = false;
    for &kind in kinds {
        package.relations(kind, &mut |relation| {
            found = found || wanted.iter().any(|wanted| meets(&relation, wanted));
        });
    }
    found
}

/// Versions have to overlap; a name may be a pattern, and may be a part of a rich dependency.
fn meets(relation: &Relation<'_>, wanted: &Dependency) -> bool {
    let range = Relation {
        name: &wanted.name,
        flags: wanted.flags.0,
        evr: &wanted.evr,
    };
    if relation.is_rich() && !wanted.is_rich() {
        let mut parts = relation.name.split([' ', '(', ')']);
        return parts.any(|part| part == wanted.name);
    }
    let named = relation.name == wanted.name || glob_match(&wanted.name, relation.name);
    named && relation.meets(&range)
}
