//! Leaves out what came along on the way to a solution and nothing needs in the end.
//!
//! The solver chooses one provider after the other. Of two that it chose for different reasons, one may turn out to
//! do for both.

use std::collections::BTreeSet;

use crate::check::Evaluator;
use crate::pool::{PackageId, Pool};
use crate::relation::Relation;
use crate::source::RelationKind;

/// The packages of `set` that may go if nothing needs them: newcomers that nobody asked for and that take nobody's
/// place.
pub(crate) fn droppable(
    pool: &Pool<'_>,
    set: &BTreeSet<PackageId>,
    wanted: &BTreeSet<PackageId>,
) -> BTreeSet<PackageId> {
    let newcomer = |id: &PackageId| !pool.is_installed(*id) && !wanted.contains(id);
    set.iter()
        .copied()
        .filter(newcomer)
        .filter(|&id| !takes_a_place(pool, set, id))
        .collect()
}

/// Whether the package is why an installed one may go: one of its own name, unless something else obsoletes that,
/// or one that it obsoletes.
fn takes_a_place(pool: &Pool<'_>, set: &BTreeSet<PackageId>, id: PackageId) -> bool {
    let leaving = |other: &PackageId| pool.is_installed(*other) && !set.contains(other);
    let same_name = pool.members(pool.name_id(id)).iter().copied().filter(leaving);
    let obsoleted = |old: PackageId| {
        let others = set
            .iter()
            .filter(|&&other| !pool.is_installed(other) && other != id);
        others.copied().any(|other| obsoletes(pool, other, old))
    };
    let mut replaced = same_name.filter(|&old| !obsoleted(old));
    replaced.next().is_some()
        || pool
            .installed()
            .filter(leaving)
            .any(|old| obsoletes(pool, id, old))
}

fn obsoletes(pool: &Pool<'_>, new: PackageId, old: PackageId) -> bool {
    let identity = pool.identity(old);
    let relations = pool.relation_list(new, RelationKind::Obsoletes);
    relations
        .iter()
        .any(|one| one.name == identity.name && one.covers(&identity))
}

/// The packages of `set` without those of `droppable` that nothing needs.
pub(crate) fn trimmed<'a>(
    pool: &Pool<'a>,
    set: &BTreeSet<PackageId>,
    droppable: &BTreeSet<PackageId>,
) -> BTreeSet<PackageId> {
    let mut search = Search {
        pool,
        evaluator: Evaluator::new(pool),
        set,
        needed: BTreeSet::new(),
        open: Vec::new(),
    };
    search.need(set.difference(droppable).copied().collect());
    while search.settle_one() {}
    search.needed
}

struct Search<'p, 'a> {
    pool: &'p Pool<'a>,
    evaluator: Evaluator<'p, 'a>,
    set: &'p BTreeSet<PackageId>,
    needed: BTreeSet<PackageId>,
    /// Relations that several packages of the set would meet.
    open: Vec<Relation<'a>>,
}

impl<'a> Search<'_, 'a> {
    /// Adds packages and whatever of the set is the only one to meet a requirement of theirs.
    fn need(&mut self, mut queue: Vec<PackageId>) {
        while let Some(id) = queue.pop() {
            if !self.needed.insert(id) {
                continue;
            }
            for relation in self.pool.relation_list(id, RelationKind::Requires) {
                let present = self.present(&relation);
                match (relation.is_rich(), present.len()) {
                    // Which part of a rich dependency counts is not worth finding out.
                    (true, _) | (false, 1) => queue.extend(present),
                    (false, _) => self.open.push(relation),
                }
            }
        }
    }

    /// Looks at relations that several packages meet: those that a needed package meets are settled; for the first
    /// other one, the first package is needed. False when all are settled.
    fn settle_one(&mut self) -> bool {
        let open = std::mem::take(&mut self.open);
        for (at, relation) in open.iter().enumerate() {
            let present = self.present(relation);
            if present.iter().any(|id| self.needed.contains(id)) {
                continue;
            }
            if let Some(&first) = present.first() {
                self.open.extend_from_slice(&open[at + 1..]);
                self.need(vec![first]);
                return true;
            }
        }
        false
    }

    fn present(&self, relation: &Relation<'a>) -> Vec<PackageId> {
        let mut found = self.evaluator.mentioned(relation);
        found.retain(|id| self.set.contains(id));
        found
    }
}
