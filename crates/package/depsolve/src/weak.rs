//! `Recommends` and `Supplements`: what should come along when it can.

use std::collections::BTreeSet;

use ahash::AHashSet;
use resolvo::{ConditionalRequirement, SolvableId, Solver};

use crate::check::Evaluator;
use crate::pool::PackageId;
use crate::provider::{Label, Provider};
use crate::relation::Relation;
use crate::solve::{Failure, ask, run};
use crate::source::RelationKind;

/// Chains of recommendations are followed this far.
const ROUNDS: usize = 12;

/// Adds recommended packages until nothing more is recommended, or can be had.
///
/// resolvo begins anew each time it is asked. So it is given wishes as they come up while it works, and asked again only
/// for what that leaves open: what supplements something, and what was wished by packages that did not come after all.
pub(crate) fn fulfil<'p, 'a>(
    solver: &mut Solver<&Provider<'p, 'a>>,
    roots: &[ConditionalRequirement],
    goals: Vec<SolvableId>,
    hard: BTreeSet<PackageId>,
) -> Result<BTreeSet<PackageId>, Failure> {
    let provider = *solver.provider();
    let mut unfolding = Unfolding::new(provider, &goals, hard.clone());
    let mut chosen = match ask(solver, roots, &mut unfolding) {
        Err(Failure::Crashed) => {
            unfolding = Unfolding::new(provider, &goals, BTreeSet::new());
            hard
        }
        found => found?,
    };
    let Unfolding {
        mut wishes,
        mut given,
        ..
    } = unfolding;
    for _ in 0..ROUNDS {
        let had_strays = wishes.drop_strays(&mut given, &chosen);
        let more = wishes.of(provider, &chosen);
        if more.is_empty() && !had_strays {
            break;
        }
        given.extend(more);
        let goals: Vec<SolvableId> = given.iter().map(|wish| wish.goal).collect();
        chosen = run(solver, roots, &goals)?;
    }
    Ok(chosen)
}

/// Something that should come along.
#[derive(Clone, Copy)]
struct Wish {
    /// Whose wish it is; nobody's, if it is a demand that need not be met.
    of: Option<PackageId>,
    goal: SolvableId,
}

/// Wishes, and those that come up while resolvo works on them: what it looks at is taken for chosen.
struct Unfolding<'w, 'p, 'a> {
    provider: &'w Provider<'p, 'a>,
    wishes: Wishes<'p, 'a>,
    chosen: BTreeSet<PackageId>,
    given: Vec<Wish>,
    next: usize,
}

impl<'w, 'p, 'a> Unfolding<'w, 'p, 'a> {
    fn new(provider: &'w Provider<'p, 'a>, goals: &[SolvableId], chosen: BTreeSet<PackageId>) -> Self {
        provider.looked_at.take();
        Self {
            provider,
            wishes: Wishes::new(provider),
            chosen,
            given: goals.iter().map(|&goal| Wish { of: None, goal }).collect(),
            next: 0,
        }
    }

    fn unfold(&mut self) {
        self.chosen.extend(self.provider.looked_at.take());
        let more = self.wishes.recommended(self.provider, &self.chosen);
        self.given.extend(more);
    }
}

impl Iterator for Unfolding<'_, '_, '_> {
    type Item = SolvableId;

    fn next(&mut self) -> Option<SolvableId> {
        if self.next == self.given.len() {
            self.unfold();
        }
        let wish = self.given.get(self.next)?;
        self.next += 1;
        Some(wish.goal)
    }
}

/// Turns the wishes of newly chosen packages into goals, each wish once.
struct Wishes<'p, 'a> {
    evaluator: Evaluator<'p, 'a>,
    supplementing: Vec<(PackageId, Vec<Relation<'a>>)>,
    asked: AHashSet<PackageId>,
}

impl<'p, 'a> Wishes<'p, 'a> {
    fn new(provider: &Provider<'p, 'a>) -> Self {
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

    /// What `chosen` wishes and does not contain.
    fn of(&mut self, provider: &Provider<'p, 'a>, chosen: &BTreeSet<PackageId>) -> Vec<Wish> {
        let mut wishes = self.recommended(provider, chosen);
        self.add_supplementing(provider, chosen, &mut wishes);
        wishes
    }

    /// What `chosen` recommends and does not contain.
    fn recommended(&mut self, provider: &Provider<'p, 'a>, chosen: &BTreeSet<PackageId>) -> Vec<Wish> {
        let mut wishes = Vec::new();
        for &id in chosen {
            if !provider.pool.is_installed(id) && self.asked.insert(id) {
                self.add_recommended(provider, id, chosen, &mut wishes);
            }
        }
        wishes
    }

    fn add_recommended(
        &self,
        provider: &Provider<'p, 'a>,
        id: PackageId,
        chosen: &BTreeSet<PackageId>,
        wishes: &mut Vec<Wish>,
    ) {
        let known = self.known_wishes(provider, id);
        for relation in provider.pool.relation_list(id, RelationKind::Recommends) {
            let fulfilled = self.evaluator.holds(&relation, &|other| chosen.contains(&other));
            if !fulfilled && !known.contains(&relation.plain()) {
                let goals = provider.wish(id, &relation, chosen).into_iter();
                wishes.extend(goals.map(|goal| Wish { of: Some(id), goal }));
            }
        }
    }

    /// Drops the wishes of packages that did not come after all; says whether there were any.
    fn drop_strays(&mut self, wishes: &mut Vec<Wish>, chosen: &BTreeSet<PackageId>) -> bool {
        let count = wishes.len();
        wishes.retain(|wish| {
            let stays = wish.of.is_none_or(|id| chosen.contains(&id));
            if let (false, Some(id)) = (stays, wish.of) {
                self.asked.remove(&id);
            }
            stays
        });
        wishes.len() < count
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
        wishes: &mut Vec<Wish>,
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
                let goal = provider.goal(provider.one_of(vec![vec![*id]], Label::Internal).into());
                wishes.push(Wish { of: None, goal });
            }
        }
    }
}
