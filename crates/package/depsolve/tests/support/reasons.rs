//! Why our answer and libsolv's differ where both are right; docs/solver.md has the table for people.

use std::collections::BTreeSet;

use depsolve::{PackageId, Pool, Relation, RelationKind, check};

use super::scenario::Scenario;

type Set = BTreeSet<PackageId>;

/// A reason from the table, or `None`: something that has to be understood first.
pub fn of_sets(scenario: &Scenario, pool: &Pool<'_>, ours: &Set, theirs: &[String]) -> Option<&'static str> {
    let theirs = find(pool, theirs)?;
    let both: Set = ours.intersection(&theirs).copied().collect();
    let differences: [(&'static str, bool); 7] = [
        (
            "installed",
            ours.iter()
                .chain(&theirs)
                .any(|&id| pool.is_installed(id) && !both.contains(&id)),
        ),
        ("version", other_version(pool, ours, &theirs)),
        ("provider", other_provider(pool, ours, &theirs, &both)),
        (
            "replaced",
            replaces(pool, ours, &theirs) || replaces(pool, &theirs, ours),
        ),
        ("weak", scenario.weak),
        ("split", splits(pool, ours, &both)),
        ("surplus", ours.is_subset(&theirs) || theirs.is_subset(ours)),
    ];
    differences
        .iter()
        .find(|(_, applies)| *applies)
        .map(|(name, _)| *name)
}

/// Whether an answer of libsolv is none: something in it is unmet, in conflict, obsoleted or there twice.
pub fn is_broken(scenario: &Scenario, pool: &Pool, answer: &[String]) -> bool {
    let beside = |name: &str| scenario.installonly.contains(name);
    find(pool, answer).is_some_and(|set| !check(pool, &set, &beside).is_empty())
}

/// Packages by `name-version-release.arch`; the installed one of two copies.
fn find(pool: &Pool<'_>, names: &[String]) -> Option<Set> {
    let id_of = |name: &String| {
        let mut same = pool.ids().filter(|&id| pool.identity(id).to_string() == *name);
        same.find(|&id| pool.is_usable(id))
    };
    names.iter().map(id_of).collect()
}

fn other_version(pool: &Pool<'_>, ours: &Set, theirs: &Set) -> bool {
    let name = |id: PackageId| pool.identity(id).name;
    let differs =
        |id: &&PackageId| !theirs.contains(id) && theirs.iter().any(|&other| name(other) == name(**id));
    ours.iter().any(|id| differs(&id))
}

/// Whether a package of both answers needs something that each answer has from another package.
fn other_provider(pool: &Pool<'_>, ours: &Set, theirs: &Set, both: &Set) -> bool {
    let met_differently = |relation: Relation<'_>| {
        let providers: Set = match relation.is_rich() {
            true => mentioned(pool, relation.name),
            false => pool.providers(&relation).into_iter().collect(),
        };
        providers.is_disjoint(both) && !providers.is_disjoint(ours) && !providers.is_disjoint(theirs)
            || relation.is_rich()
                && (mentions_other(&providers, ours, both) || mentions_other(&providers, theirs, both))
    };
    both.iter()
        .flat_map(|&id| pool.relation_list(id, RelationKind::Requires))
        .any(met_differently)
}

fn mentions_other(providers: &Set, set: &Set, both: &Set) -> bool {
    providers.iter().any(|id| set.contains(id) && !both.contains(id))
}

/// Every package that offers something a rich dependency speaks of.
fn mentioned(pool: &Pool<'_>, text: &str) -> Set {
    let words = text.split(|c: char| c.is_whitespace() || c == '(' || c == ')');
    words
        .flat_map(|word| pool.providers(&Relation::unversioned(word)))
        .collect()
}

/// Whether one answer obsoletes what the other one updates.
fn replaces(pool: &Pool<'_>, new: &Set, old: &Set) -> bool {
    let relations = new
        .difference(old)
        .flat_map(|&id| pool.relation_list(id, RelationKind::Obsoletes));
    let names: BTreeSet<&str> = relations.map(|relation| relation.name).collect();
    old.difference(new)
        .any(|&id| names.contains(pool.identity(id).name))
}

/// Whether something only we have obsoletes what was installed.
fn splits(pool: &Pool<'_>, ours: &Set, both: &Set) -> bool {
    let only_ours = ours.difference(both);
    only_ours
        .into_iter()
        .any(|&id| !pool.relation_list(id, RelationKind::Obsoletes).is_empty())
}
