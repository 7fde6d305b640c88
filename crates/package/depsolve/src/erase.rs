//! What goes with a package that is removed, and what nothing needs any more.

use std::collections::BTreeSet;

use crate::check::Evaluator;
use crate::pool::{PackageId, Pool};
use crate::relation::Relation;
use crate::source::RelationKind;

/// The packages `erased` and every installed package that cannot do without them.
///
/// A requirement that was unmet before does not count: removing something else does not make it worse.
pub fn dependants<'a>(pool: &Pool<'a>, erased: &BTreeSet<PackageId>) -> BTreeSet<PackageId> {
    let evaluator = Evaluator::new(pool);
    let mut gone = erased.clone();
    let mut needs = requirements_met(pool, &evaluator);
    loop {
        let present = |id: PackageId| pool.is_installed(id) && !gone.contains(&id);
        let broken = |(id, relations): &(PackageId, Vec<Relation<'a>>)| {
            present(*id)
                && relations
                    .iter()
                    .any(|relation| !evaluator.holds(relation, &present))
        };
        let more: Vec<PackageId> = needs
            .iter()
            .filter(|need| broken(need))
            .map(|(id, _)| *id)
            .collect();
        if more.is_empty() {
            return gone;
        }
        gone.extend(more);
        needs.retain(|(id, _)| !gone.contains(id));
    }
}

/// Each installed package's requirements, as far as they are met now.
fn requirements_met<'a>(
    pool: &Pool<'a>,
    evaluator: &Evaluator<'_, 'a>,
) -> Vec<(PackageId, Vec<Relation<'a>>)> {
    let met = |id: PackageId| {
        let mut relations = pool.relation_list(id, RelationKind::Requires);
        relations.retain(|relation| evaluator.holds(relation, &|other| pool.is_installed(other)));
        (id, relations)
    };
    pool.installed().map(met).collect()
}

/// Those of `present` that nobody asked for and nothing that stays requires, recommends or is supplemented by.
pub fn unneeded(
    pool: &Pool<'_>,
    present: &BTreeSet<PackageId>,
    auto_installed: &BTreeSet<PackageId>,
) -> BTreeSet<PackageId> {
    let evaluator = Evaluator::new(pool);
    let mut needed: BTreeSet<PackageId> = present.difference(auto_installed).copied().collect();
    let mut queue: Vec<PackageId> = needed.iter().copied().collect();
    while let Some(id) = queue.pop() {
        for other in wanted_by(pool, &evaluator, id, present) {
            if needed.insert(other) {
                queue.push(other);
            }
        }
        if queue.is_empty() {
            queue = newly_supplementing(pool, &evaluator, present, &mut needed);
        }
    }
    present.difference(&needed).copied().collect()
}

/// Every present package that offers something `id` requires or recommends.
fn wanted_by<'a>(
    pool: &Pool<'a>,
    evaluator: &Evaluator<'_, 'a>,
    id: PackageId,
    present: &BTreeSet<PackageId>,
) -> Vec<PackageId> {
    let mut found = Vec::new();
    for kind in [RelationKind::Requires, RelationKind::Recommends] {
        for relation in pool.relation_list(id, kind) {
            found.extend(
                evaluator
                    .mentioned(&relation)
                    .into_iter()
                    .filter(|other| present.contains(other)),
            );
        }
    }
    found
}

/// Present packages that supplement what is needed; they become needed themselves.
fn newly_supplementing<'a>(
    pool: &Pool<'a>,
    evaluator: &Evaluator<'_, 'a>,
    present: &BTreeSet<PackageId>,
    needed: &mut BTreeSet<PackageId>,
) -> Vec<PackageId> {
    let supplements = |id: &PackageId| {
        let relations = pool.relation_list(*id, RelationKind::Supplements);
        relations
            .iter()
            .any(|relation| evaluator.holds(relation, &|other| needed.contains(&other)))
    };
    let found: Vec<PackageId> = present.difference(needed).copied().filter(supplements).collect();
    needed.extend(found.iter().copied());
    found
}
