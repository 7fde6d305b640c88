//! The search: demands, then wishes, then a check of the result.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use resolvo::conflict::Conflict;
use resolvo::{ConditionalRequirement, Problem, SolvableId, Solver, UnsolvableOrCancelled};

use crate::check::Fault;
use crate::erase::unneeded;
use crate::explain::{Refusal, explain};
use crate::job::{Action, Job, Options};
use crate::pool::{PackageId, Pool};
use crate::provider::Provider;
use crate::relation::{Relation, compare_identities};
use crate::roots::Demands;
use crate::source::RelationKind;
use crate::trim::{droppable, trimmed};
use crate::weak::fulfil;

/// What happens to one package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// New on the system.
    Install,
    /// Takes the place of an older package of its name.
    Upgrade,
    /// Takes the place of a newer package of its name.
    Downgrade,
    /// Removed because a new package obsoletes it.
    Obsolete,
    /// Removed.
    Erase,
}

/// Why it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The user asked for it.
    User,
    /// Something needs it.
    Dependency,
    /// Something recommends it, or it supplements something.
    Weak,
    /// It cannot stay without what is removed.
    Dependant,
    /// Nothing needs it any more.
    Unneeded,
    /// More versions are installed than may be kept.
    Limit,
}

/// One change and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What happens.
    pub kind: ChangeKind,
    /// To which package: an available one, or an installed one that goes.
    pub package: PackageId,
    /// The installed packages it replaces, by name or by `Obsoletes`.
    pub replaces: Vec<PackageId>,
    /// Why.
    pub reason: Reason,
}

/// A valid answer to a job.
#[derive(Clone, Debug, Default)]
pub struct Solution {
    /// What to do; empty when everything is as wanted.
    pub changes: Vec<Change>,
    /// Everything that is installed afterwards.
    pub installed: BTreeSet<PackageId>,
    /// Requests that were dropped ([`crate::Options::skip_broken`]) and why.
    pub skipped: Vec<(String, Refusal)>,
}

/// Finds packages that fulfil the job.
///
/// # Errors
/// When that is impossible; the [`Refusal`] explains it.
pub fn solve(pool: &Pool<'_>, job: &Job) -> Result<Solution, Refusal> {
    attempt_in_turn(pool, job).or_else(|refusal| match job.options.skip_broken {
        true => solve_without_broken(pool, job, refusal),
        false => Err(refusal),
    })
}

/// How much may happen to what is installed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// It stays, or is replaced by something newer.
    Keep,
    /// It may go.
    Erase,
    /// It may go, and something older may come in its place.
    EraseAndDowngrade,
}

/// The least first: what is installed is touched only when nothing else helps.
fn attempt_in_turn(pool: &Pool<'_>, job: &Job) -> Result<Solution, Refusal> {
    let mut outcome = attempt(pool, job, Reach::Keep);
    for reach in [Reach::Erase, Reach::EraseAndDowngrade] {
        if outcome.is_err() && job.options.allow_erasing {
            outcome = attempt(pool, job, reach);
        }
    }
    outcome
}

/// Adds one request after the other and keeps those that work.
fn solve_without_broken(pool: &Pool<'_>, job: &Job, whole: Refusal) -> Result<Solution, Refusal> {
    let (wants, mut actions): (Vec<Action>, Vec<Action>) = job
        .actions
        .iter()
        .cloned()
        .partition(|action| matches!(action, Action::Install { .. }));
    let with = |actions: &[Action]| Job {
        actions: actions.to_vec(),
        options: job.options.clone(),
    };
    let mut skipped = Vec::new();
    // Updates that cannot reach the newest version go as far as they can.
    let base = Job {
        options: Options {
            best: false,
            ..job.options.clone()
        },
        actions: actions.clone(),
    };
    let mut solution = attempt_in_turn(pool, &with(&actions))
        .or_else(|_| attempt_in_turn(pool, &base))
        .map_err(|_| whole)?;
    for want in wants {
        actions.push(want.clone());
        match attempt_in_turn(pool, &with(&actions)) {
            Ok(better) => solution = better,
            Err(refusal) => {
                actions.pop();
                skipped.push((described(&want), refusal));
            }
        }
    }
    solution.skipped = skipped;
    Ok(solution)
}

fn described(action: &Action) -> String {
    match action {
        Action::Install { what, .. } => what.clone(),
        _ => String::new(),
    }
}

fn attempt(pool: &Pool<'_>, job: &Job, reach: Reach) -> Result<Solution, Refusal> {
    let mut demands = Demands::of(pool, job);
    demands.policy.allow_downgrade |= reach == Reach::EraseAndDowngrade;
    let may_erase = reach != Reach::Keep;
    if let Some(want) = demands.wants.iter().find(|want| want.candidates.is_empty()) {
        return Err(Refusal::unknown(&want.what, pool));
    }
    if let Some(id) = demands.forbidden_removal(pool) {
        let asked: Vec<PackageId> = demands.erased_by_user.iter().copied().collect();
        return Err(Refusal::protected(pool, id, &asked));
    }
    let found = if demands.only_erases() {
        let rest = pool
            .installed()
            .filter(|id| !demands.erased.contains(id))
            .collect();
        Found {
            hard: rest,
            all: None,
        }
    } else {
        search(pool, job, &demands, may_erase)?
    };
    let mut outcome = Outcome {
        pool,
        job,
        demands,
        chosen: found.all.unwrap_or_else(|| found.hard.clone()),
        hard: found.hard,
    };
    outcome.drop_unneeded();
    outcome.apply_limits();
    outcome.checked()
}

/// What the search came to, before and after wishes.
struct Found {
    hard: BTreeSet<PackageId>,
    all: Option<BTreeSet<PackageId>>,
}

fn search(pool: &Pool<'_>, job: &Job, demands: &Demands, may_erase: bool) -> Result<Found, Refusal> {
    let provider = Provider::new(pool, demands.policy.clone());
    let mut solver = Solver::new(&provider);
    let (roots, goals) = problem(&provider, demands, may_erase);
    let hard = run(&mut solver, &roots, &goals)
        .map_err(|failure| failure.refusal(|| explained(pool, demands, may_erase)))?;
    let hard = without_surplus(pool, demands, hard);
    if !job.options.weak_dependencies {
        return Ok(Found { hard, all: None });
    }
    let all = fulfil(&mut solver, &roots, goals, hard.clone()).map_err(|failure| {
        failure.refusal(|| Refusal::internal("recommended packages broke the solution"))
    })?;
    Ok(Found { hard, all: Some(all) })
}

/// The set without newcomers that nothing needs after all, if that is as consistent.
fn without_surplus(pool: &Pool<'_>, demands: &Demands, set: BTreeSet<PackageId>) -> BTreeSet<PackageId> {
    let wanted = demands
        .wants
        .iter()
        .flat_map(|want| want.candidates.iter().copied());
    let mut droppable = droppable(pool, &set, &wanted.collect());
    droppable.retain(|&id| !demands.policy.installonly.contains(&pool.name_id(id)));
    if droppable.is_empty() {
        return set;
    }
    let less = trimmed(pool, &set, &droppable);
    match less.len() < set.len() && demands.faults(pool, &less).is_empty() {
        true => less,
        false => set,
    }
}

/// Hard requirements and goals for resolvo.
fn problem(
    provider: &Provider<'_, '_>,
    demands: &Demands,
    may_erase: bool,
) -> (Vec<ConditionalRequirement>, Vec<SolvableId>) {
    let mut roots = provider.marker_requirements();
    roots.extend(demands.want_requirements(provider));
    let keeps = demands.keep_requirements(provider);
    roots.extend(keeps.hard);
    let mut goals: Vec<SolvableId> = keeps.goals.into_iter().map(|goal| provider.goal(goal)).collect();
    if may_erase {
        goals.extend(keeps.soft.into_iter().map(|keep| provider.goal(keep)));
    } else {
        roots.extend(keeps.soft);
    }
    goals.extend(demands.obsoleting_goals(provider));
    (roots, goals)
}

/// Why there is no solution. The same problem without conditional dependencies either has none for a reason
/// that is easier to tell, or has one, and then what is wrong with that one is the reason.
fn explained(pool: &Pool<'_>, demands: &Demands, may_erase: bool) -> Refusal {
    let provider = Provider::without_conditions(pool, demands.policy.clone());
    let mut solver = Solver::new(&provider);
    let (roots, goals) = problem(&provider, demands, may_erase);
    match run(&mut solver, &roots, &goals) {
        Ok(set) => Refusal::of_faults(&demands.wanted(), &demands.faults(pool, &set)),
        Err(Failure::Unsolvable(conflict)) => explain(&solver, &conflict),
        Err(Failure::Cancelled | Failure::Crashed) => Refusal::internal("the search was interrupted"),
    }
}

/// Why resolvo has no answer.
pub(crate) enum Failure {
    Unsolvable(Conflict),
    Cancelled,
    Crashed,
}

impl Failure {
    fn refusal(self, explain: impl FnOnce() -> Refusal) -> Refusal {
        match self {
            Self::Unsolvable(_) => explain(),
            Self::Cancelled | Self::Crashed => Refusal::internal("the search was interrupted"),
        }
    }
}

/// Asks resolvo for a set that fulfils `roots` and, as far as possible, the goals in their order.
pub(crate) fn run(
    solver: &mut Solver<&Provider<'_, '_>>,
    roots: &[ConditionalRequirement],
    goals: &[SolvableId],
) -> Result<BTreeSet<PackageId>, Failure> {
    match ask(solver, roots, goals.iter().copied()) {
        Err(Failure::Crashed) if !goals.is_empty() => one_by_one(solver, roots, goals),
        answer => answer,
    }
}

/// Asks again after resolvo has crashed, each goal as a demand that is dropped if it cannot be met.
///
/// resolvo works on a soft requirement above the levels of what was decided before. A conflict that leads back below
/// them leaves its state inconsistent, and it panics (`next_decision` of 0.12.2, once in 15,000 generated situations).
/// Demands of the root have no levels below them.
fn one_by_one(
    solver: &mut Solver<&Provider<'_, '_>>,
    roots: &[ConditionalRequirement],
    goals: &[SolvableId],
) -> Result<BTreeSet<PackageId>, Failure> {
    let mut demands = roots.to_vec();
    let mut found = ask(solver, &demands, [])?;
    for &goal in goals {
        let before = demands.len();
        demands.extend(solver.provider().demand(goal));
        match ask(solver, &demands, []) {
            Ok(set) => found = set,
            Err(Failure::Cancelled) => return Err(Failure::Cancelled),
            Err(Failure::Unsolvable(_) | Failure::Crashed) => demands.truncate(before),
        }
    }
    Ok(found)
}

/// The same, once.
pub(crate) fn ask(
    solver: &mut Solver<&Provider<'_, '_>>,
    roots: &[ConditionalRequirement],
    goals: impl IntoIterator<Item = SolvableId>,
) -> Result<BTreeSet<PackageId>, Failure> {
    let problem = Problem::new()
        .requirements(roots.to_vec())
        .soft_requirements(goals);
    match catch_unwind(AssertUnwindSafe(|| solver.solve(problem))) {
        Ok(Ok(solvables)) => Ok(solvables
            .into_iter()
            .filter_map(|s| solver.provider().package(s))
            .collect()),
        Ok(Err(UnsolvableOrCancelled::Unsolvable(conflict))) => Err(Failure::Unsolvable(conflict)),
        Ok(Err(UnsolvableOrCancelled::Cancelled(_))) => Err(Failure::Cancelled),
        Err(_) => Err(Failure::Crashed),
    }
}

/// A set of packages on its way to a solution.
struct Outcome<'p, 'a, 'j> {
    pool: &'p Pool<'a>,
    job: &'j Job,
    demands: Demands,
    hard: BTreeSet<PackageId>,
    chosen: BTreeSet<PackageId>,
}

impl Outcome<'_, '_, '_> {
    fn installed_before(&self) -> BTreeSet<PackageId> {
        self.pool.installed().collect()
    }

    /// `clean_requirements_on_remove`: what became unneeded by this job goes too; what was unneeded before
    /// stays (removing that is `autoremove`).
    fn drop_unneeded(&mut self) {
        let before = self.installed_before();
        let removes = before.iter().any(|id| !self.chosen.contains(id));
        if !self.job.options.clean_requirements || !removes {
            return;
        }
        let auto = &self.job.options.auto_installed;
        let old = unneeded(self.pool, &before, auto);
        let new = unneeded(self.pool, &self.chosen, auto);
        self.chosen.retain(|id| old.contains(id) || !new.contains(id));
    }

    /// Removes the oldest packages of each installonly name beyond its limit, where nothing needs them.
    fn apply_limits(&mut self) {
        for name in self.demands.policy.installonly.clone() {
            let limit = self.limit_of(name);
            let mut members: Vec<PackageId> = self
                .chosen
                .iter()
                .copied()
                .filter(|&id| self.pool.name_id(id) == name)
                .collect();
            let adds = members.iter().any(|&id| !self.pool.is_installed(id));
            if limit == 0 || !adds {
                continue;
            }
            members.sort_by(|&a, &b| compare_identities(&self.pool.identity(a), &self.pool.identity(b)));
            let surplus = members.len().saturating_sub(limit);
            let victims = members.into_iter().filter(|id| self.may_go(*id)).take(surplus);
            for victim in victims.collect::<Vec<_>>() {
                self.try_without(victim);
            }
        }
    }

    fn limit_of(&self, name: u32) -> usize {
        let names = self.pool.names();
        let limits = &self.job.options.installonly;
        let own = limits.get(names[name as usize]).copied();
        own.or_else(|| limits.values().copied().find(|&limit| limit > 0))
            .unwrap_or(0)
    }

    fn may_go(&self, id: PackageId) -> bool {
        self.pool.is_installed(id) && !self.job.options.pinned.contains(&id)
    }

    fn try_without(&mut self, victim: PackageId) {
        self.chosen.remove(&victim);
        if !self.faults().is_empty() {
            self.chosen.insert(victim);
        }
    }

    fn faults(&self) -> BTreeSet<Fault> {
        self.demands.faults(self.pool, &self.chosen)
    }

    /// The solution, after a check by code that shares nothing with the search.
    fn checked(self) -> Result<Solution, Refusal> {
        let faults = self.faults();
        if !faults.is_empty() {
            let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
            return Err(Refusal::internal(&format!(
                "the solver's answer is not valid: {}",
                lines.join("; ")
            )));
        }
        let changes = self.changes();
        Ok(Solution {
            changes,
            installed: self.chosen,
            skipped: Vec::new(),
        })
    }

    fn changes(&self) -> Vec<Change> {
        let mut changes: Vec<Change> = self.newcomers().map(|id| self.arrival(id)).collect();
        let replaced: BTreeSet<PackageId> = changes
            .iter()
            .flat_map(|change| change.replaces.iter().copied())
            .collect();
        for id in self.pool.installed().filter(|id| !self.chosen.contains(id)) {
            if !replaced.contains(&id) {
                changes.push(self.departure(id));
            } else if self.is_obsoleted(id) {
                changes.push(Change {
                    kind: ChangeKind::Obsolete,
                    ..self.departure(id)
                });
            }
        }
        changes
    }

    fn newcomers(&self) -> impl Iterator<Item = PackageId> + '_ {
        self.chosen
            .iter()
            .copied()
            .filter(|&id| !self.pool.is_installed(id))
    }

    fn arrival(&self, id: PackageId) -> Change {
        let same = self
            .leaving()
            .find(|&old| self.pool.name_id(old) == self.pool.name_id(id));
        let kind = match same {
            None => ChangeKind::Install,
            Some(old) if compare_identities(&self.pool.identity(id), &self.pool.identity(old)).is_lt() => {
                ChangeKind::Downgrade
            }
            Some(_) => ChangeKind::Upgrade,
        };
        let mut replaces: Vec<PackageId> = self.leaving().filter(|&old| self.replaces(id, old)).collect();
        replaces.dedup();
        Change {
            kind,
            package: id,
            replaces,
            reason: self.reason_to_come(id),
        }
    }

    fn leaving(&self) -> impl Iterator<Item = PackageId> + '_ {
        self.pool.installed().filter(|id| !self.chosen.contains(id))
    }

    fn replaces(&self, new: PackageId, old: PackageId) -> bool {
        let name = self.pool.name_id(new);
        let same = name == self.pool.name_id(old) && !self.demands.policy.installonly.contains(&name);
        same || self.obsoletes(new, old)
    }

    fn obsoletes(&self, new: PackageId, old: PackageId) -> bool {
        let identity = self.pool.identity(old);
        let covers = |relation: &Relation<'_>| relation.name == identity.name && relation.covers(&identity);
        self.pool
            .relation_list(new, RelationKind::Obsoletes)
            .iter()
            .any(covers)
    }

    fn is_obsoleted(&self, old: PackageId) -> bool {
        let name = self.pool.name_id(old);
        !self.newcomers().any(|new| self.pool.name_id(new) == name)
            && self.newcomers().any(|new| self.obsoletes(new, old))
    }

    fn reason_to_come(&self, id: PackageId) -> Reason {
        let asked = self
            .demands
            .wants
            .iter()
            .any(|want| want.candidates.contains(&id));
        match () {
            () if asked => Reason::User,
            () if self.hard.contains(&id) => Reason::Dependency,
            () => Reason::Weak,
        }
    }

    fn departure(&self, id: PackageId) -> Change {
        let name = self.pool.name_id(id);
        let reason = if self.demands.erased_by_user.contains(&id) {
            Reason::User
        } else if self.demands.erased.contains(&id) {
            Reason::Dependant
        } else if self.demands.policy.installonly.contains(&name) {
            Reason::Limit
        } else if self.hard.contains(&id) {
            Reason::Unneeded
        } else {
            Reason::Dependant
        };
        Change {
            kind: ChangeKind::Erase,
            package: id,
            replaces: Vec::new(),
            reason,
        }
    }
}
