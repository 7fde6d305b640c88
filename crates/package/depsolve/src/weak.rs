//! `Recommends` and `Supplements`: what should come along when it can.

use std::collections::BTreeSet;

use ahash::AHashSet;
use resolvo::SolvableId;

use crate::check::Evaluator;
use crate::pool::PackageId;
use crate::provider::{Label, Provider};
use crate::relation::Relation;
use crate::source::RelationKind;

/// Turns the wishes of newly chosen packages into goals, each wish once.
pub(crate) struct Wishes<'p, 'a> {
    evaluator: Evaluator<'p, 'a>,
    supplementing: Vec<(PackageId, Vec<Relation<'a>>)>,
    asked: AHashSet<PackageId>,
}

impl<'p, 'a> Wishes<'p, 'a> {
    pub(crate) fn new(provider: &Provider<'p, 'a>) -> Self {
        let pool = provider.pool;
        let candidates = pool
            .ids()
            .filter(|&id| !pool.is_installed(id) && provider.policy.admits(pool, id));
        let with_supplements = candidates.filter_map(|id| {
            let relations = pool.relation_list(id, RelationKind::Supplements);
            (!relations.is_empty()).then_some((id, relations))
        });
        Self {
            evaluator: Evaluator::new(pool),
            supplementing: with_supplements.collect(),
            asked: AHashSet::new(),
        }
    }

    /// Goals for what `chosen` wishes and does not contain.
    pub(crate) fn goals(
        &mut self,
        provider: &Provider<'p, 'a>,
        chosen: &BTreeSet<PackageId>,
    ) -> Vec<SolvableId> {
        let mut goals = Vec::new();
        for &id in chosen {
            if !provider.pool.is_installed(id) && self.asked.insert(id) {
                self.add_recommended(provider, id, chosen, &mut goals);
            }
        }
        self.add_supplementing(provider, chosen, &mut goals);
        goals
    }

    fn add_recommended(
        &self,
        provider: &Provider<'p, 'a>,
        id: PackageId,
        chosen: &BTreeSet<PackageId>,
        goals: &mut Vec<SolvableId>,
    ) {
        let known = self.known_wishes(provider, id);
        for relation in provider.pool.relation_list(id, RelationKind::Recommends) {
            let fulfilled = self.evaluator.holds(&relation, &|other| chosen.contains(&other));
            if !fulfilled && !known.contains(&relation.plain()) {
                goals.extend(provider.wish(id, &relation, chosen));
            }
        }
    }

    /// What the installed package of that name recommends already: the user chose to do without it.
    fn known_wishes(&self, provider: &Provider<'p, 'a>, id: PackageId) -> AHashSet<Relation<'a>> {
        let pool = provider.pool;
        let installed = pool
            .named(pool.identity(id).name)
            .iter()
            .filter(|&&other| pool.is_installed(other));
        installed
            .flat_map(|&other| pool.relation_list(other, RelationKind::Recommends))
            .map(Relation::plain)
            .collect()
    }

    /// Packages that supplement something new in `chosen`.
    fn add_supplementing(
        &mut self,
        provider: &Provider<'p, 'a>,
        chosen: &BTreeSet<PackageId>,
        goals: &mut Vec<SolvableId>,
    ) {
        let pool = provider.pool;
        for (id, relations) in &self.supplementing {
            if chosen.contains(id) || self.asked.contains(id) {
                continue;
            }
            let new = |relation: &Relation<'a>| {
                self.evaluator.holds(relation, &|other| chosen.contains(&other))
                    && !self.evaluator.holds(relation, &|other| pool.is_installed(other))
            };
            if relations.iter().any(new) {
                self.asked.insert(*id);
                goals.push(provider.goal(provider.one_of(vec![vec![*id]], Label::Internal).into()));
            }
        }
    }
}
