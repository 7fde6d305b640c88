//! A job as demands on the solution: what must be in it, what should, and in which order of preference.

use std::collections::BTreeSet;

use ahash::AHashMap;
use resolvo::{ConditionalRequirement, SolvableId};

use crate::check::{Fault, check};
use crate::erase::dependants;
use crate::job::{Action, Job, Options};
use crate::pool::{PackageId, Pool};
use crate::provider::{Label, Provider};
use crate::rank::{Mode, Policy};
use crate::relation::Relation;
use crate::source::RelationKind;

/// One of these packages has to be in the solution.
#[derive(Clone, Debug)]
pub(crate) struct Want {
    pub(crate) what: String,
    pub(crate) candidates: Vec<PackageId>,
}

/// Everything the search has to respect.
#[derive(Default)]
pub(crate) struct Demands {
    pub(crate) policy: Policy,
    pub(crate) wants: Vec<Want>,
    /// Installed packages the user asked to remove, and those that cannot stay without them.
    pub(crate) erased: BTreeSet<PackageId>,
    pub(crate) erased_by_user: BTreeSet<PackageId>,
    /// Whether installed packages are to be replaced.
    upgrading: bool,
    /// Name ids that an action brings up to date; those that are only asked for are not among them.
    updated: BTreeSet<u32>,
    /// Name ids that stay as they are.
    locked: BTreeSet<u32>,
    /// Name ids that may be updated only.
    protected: BTreeSet<u32>,
    /// Installed packages that never go.
    pinned: BTreeSet<PackageId>,
    best: bool,
    obsoleters: AHashMap<PackageId, Vec<PackageId>>,
}

/// What becomes of installed packages.
#[derive(Default)]
pub(crate) struct Keeps {
    /// Demands on them that hold even where they may be removed.
    pub(crate) hard: Vec<ConditionalRequirement>,
    /// They stay, unless they may be removed.
    pub(crate) soft: Vec<ConditionalRequirement>,
    /// What should come, but need not.
    pub(crate) goals: Vec<ConditionalRequirement>,
}

impl Demands {
    pub(crate) fn of(pool: &Pool<'_>, job: &Job) -> Self {
        let mut demands = Self {
            best: job.options.best,
            ..Self::default()
        };
        demands.policy.allow_downgrade = job.options.allow_downgrade;
        demands.policy.installonly = installonly_names(pool, &job.options);
        let protected = job.options.protected.iter();
        demands.protected = protected.filter_map(|name| pool.lookup_name(name)).collect();
        demands.pinned.clone_from(&job.options.pinned);
        for action in &job.actions {
            demands.add_action(pool, action);
        }
        demands.erased = dependants(pool, &demands.erased_by_user);
        demands.lock(pool, &job.options);
        demands.ban_erased(pool);
        demands.obsoleters = obsoleters(pool, &demands.policy);
        demands
    }

    /// Whether only removals are asked for, which needs no search.
    pub(crate) fn only_erases(&self) -> bool {
        self.wants.is_empty() && !self.upgrading
    }

    /// What the user asked for, in words.
    pub(crate) fn wanted(&self) -> Vec<&str> {
        self.wants.iter().map(|want| want.what.as_str()).collect()
    }

    /// What is wrong with a set of packages, apart from what is wrong already.
    pub(crate) fn faults(&self, pool: &Pool<'_>, set: &BTreeSet<PackageId>) -> BTreeSet<Fault> {
        let installonly = &self.policy.installonly;
        check(pool, set, &|name| {
            pool.lookup_name(name).is_some_and(|id| installonly.contains(&id))
        })
    }

    fn add_action(&mut self, pool: &Pool<'_>, action: &Action) {
        match action {
            Action::Install { what, candidates } => self.add_want(pool, what, candidates),
            Action::Upgrade { names } => {
                self.set_modes(pool, names.iter().map(String::as_str), Mode::Upgrade)
            }
            Action::UpgradeAll => self.set_all_modes(pool, Mode::Upgrade),
            Action::DistroSync { names } if names.is_empty() => self.set_all_modes(pool, Mode::Sync),
            Action::DistroSync { names } => {
                self.set_modes(pool, names.iter().map(String::as_str), Mode::Sync);
            }
            Action::Erase { packages } => self.erased_by_user.extend(packages),
        }
    }

    fn add_want(&mut self, pool: &Pool<'_>, what: &str, candidates: &[PackageId]) {
        let usable: Vec<PackageId> = candidates.iter().map(|&id| installed_twin(pool, id)).collect();
        let admitted = usable.iter().any(|&id| self.policy.admits(pool, id));
        if !admitted {
            self.policy.downgrades.extend(&usable);
        }
        for &id in &usable {
            self.policy.modes.entry(pool.name_id(id)).or_insert(Mode::Upgrade);
        }
        self.wants.push(Want {
            what: what.to_owned(),
            candidates: usable,
        });
    }

    fn set_all_modes(&mut self, pool: &Pool<'_>, mode: Mode) {
        let names: BTreeSet<&str> = pool.installed().map(|id| pool.identity(id).name).collect();
        self.set_modes(pool, names.into_iter(), mode);
    }

    fn set_modes<'n>(&mut self, pool: &Pool<'_>, names: impl Iterator<Item = &'n str>, mode: Mode) {
        self.upgrading = true;
        for name in names.filter_map(|name| pool.lookup_name(name)) {
            self.policy.modes.insert(name, mode);
            self.updated.insert(name);
        }
    }

    /// Locked names: nothing but what is installed.
    fn lock(&mut self, pool: &Pool<'_>, options: &Options) {
        for name in &options.locked {
            let others = pool.named(name).iter().filter(|&&id| !pool.is_installed(id));
            self.policy.banned.extend(others);
            if let Some(name) = pool.lookup_name(name) {
                self.policy.modes.remove(&name);
                self.updated.remove(&name);
                self.locked.insert(name);
            }
        }
    }

    /// What the user removes must not come back, unless it is also asked for.
    fn ban_erased(&mut self, pool: &Pool<'_>) {
        let wanted: BTreeSet<PackageId> = self
            .wants
            .iter()
            .flat_map(|want| want.candidates.iter().copied())
            .collect();
        for &id in &self.erased_by_user {
            let same_name = pool.members(pool.name_id(id)).iter();
            self.policy
                .banned
                .extend(same_name.filter(|id| !wanted.contains(id)));
            self.policy.banned.insert(id);
        }
        self.policy.banned.extend(&self.erased);
    }

    /// What the user wants, as hard requirements.
    pub(crate) fn want_requirements(&self, provider: &Provider<'_, '_>) -> Vec<ConditionalRequirement> {
        self.wants
            .iter()
            .map(|want| self.want_requirement(provider, want))
            .collect()
    }

    fn want_requirement(&self, provider: &Provider<'_, '_>, want: &Want) -> ConditionalRequirement {
        let pool = provider.pool;
        let mut groups = provider.group_by_name(&want.candidates);
        for group in &mut groups {
            group.retain(|&id| self.policy.admits(pool, id));
            group.sort_by(|&a, &b| self.policy.compare(pool, a, b));
            if self.best {
                only_best(pool, group);
            }
            self.prefer_newcomers(pool, group);
        }
        provider.sort_groups(&mut groups, &want.what);
        let what = match (self.best, &groups[..]) {
            (true, [group]) if group.len() == 1 && want.candidates.len() > 1 => {
                format!("{}, the best for {}", pool.identity(group[0]), want.what)
            }
            _ => want.what.clone(),
        };
        provider.one_of(groups, Label::Wanted(what)).into()
    }

    /// An installed package of an installonly name would fulfil every wish for that name: only what is preferred
    /// to it counts, if anything is.
    fn prefer_newcomers(&self, pool: &Pool<'_>, group: &mut Vec<PackageId>) {
        let installonly = |id: &PackageId| self.policy.installonly.contains(&pool.name_id(*id));
        if !group.first().is_some_and(installonly) {
            return;
        }
        let newer = group.iter().take_while(|&&id| !pool.is_installed(id)).count();
        group.truncate(if newer == 0 { usize::MAX } else { newer });
    }

    /// What is installed stays, or is replaced by something of its name or something that obsoletes it.
    pub(crate) fn keep_requirements(&self, provider: &Provider<'_, '_>) -> Keeps {
        let pool = provider.pool;
        let kept: Vec<PackageId> = pool.installed().filter(|id| !self.erased.contains(id)).collect();
        let mut requirements = Keeps::default();
        let mut seen = BTreeSet::new();
        for &id in &kept {
            let name = pool.name_id(id);
            requirements.hard.extend(self.protection(provider, id));
            if self.locked.contains(&name) {
                requirements
                    .hard
                    .push(provider.one_of(vec![vec![id]], Label::Locked(id)).into());
            } else if self.policy.installonly.contains(&name) {
                let obsoleters = self.obsoleters.get(&id).cloned().unwrap_or_default();
                let stays = provider.one_of(groups(vec![vec![id]], obsoleters), Label::Kept(id));
                requirements.soft.push(stays.into());
                let newest = self.newest_beside(provider, id, seen.insert(name));
                match self.best {
                    true => requirements.hard.extend(newest),
                    false => requirements.goals.extend(newest),
                }
            } else if seen.insert(name) {
                let successors = self.successors(pool, id);
                let leaves = !successors.iter().flatten().any(|&other| pool.is_installed(other));
                match self.best && self.updated.contains(&name) && leaves {
                    true => {
                        let label = Label::Wanted(format!("the newest {}", pool.identity(id).name));
                        requirements.hard.push(provider.one_of(successors, label).into());
                    }
                    false => {
                        let keep = provider.one_of(successors, Label::Kept(id));
                        requirements.soft.push(keep.into());
                    }
                }
            }
        }
        requirements
    }

    /// A protected package may only be followed by one of its name; a pinned one stays.
    fn protection(&self, provider: &Provider<'_, '_>, id: PackageId) -> Option<ConditionalRequirement> {
        let name = provider.pool.name_id(id);
        let group = match (self.pinned.contains(&id), self.protected.contains(&name)) {
            (true, _) => vec![id],
            (_, true) => provider.pool.members(name).to_vec(),
            _ => return None,
        };
        Some(provider.one_of(vec![group], Label::Protected(id)).into())
    }

    /// A package that must not go and would be removed.
    pub(crate) fn forbidden_removal(&self, pool: &Pool<'_>) -> Option<PackageId> {
        let mut erased = self.erased.iter().copied();
        erased.find(|id| self.pinned.contains(id) || self.protected.contains(&pool.name_id(*id)))
    }

    /// Upgrading an installonly name adds its newest package.
    fn newest_beside(
        &self,
        provider: &Provider<'_, '_>,
        id: PackageId,
        first: bool,
    ) -> Option<ConditionalRequirement> {
        let pool = provider.pool;
        let name = pool.name_id(id);
        if !first || self.policy.mode(name) != Mode::Upgrade || self.is_wanted(pool, name) {
            return None;
        }
        let members = pool.members(name).iter().copied();
        let best = members
            .filter(|&other| self.policy.admits(pool, other))
            .min_by(|&a, &b| self.policy.compare(pool, a, b))?;
        Some(provider.one_of(vec![vec![best]], Label::Kept(id)).into())
    }

    fn is_wanted(&self, pool: &Pool<'_>, name: u32) -> bool {
        self.wants
            .iter()
            .any(|want| want.candidates.iter().any(|&id| pool.name_id(id) == name))
    }

    /// Packages that may take the place of an installed one: those of its name and those that obsolete it. When
    /// upgrading, what is obsoleted comes last; when only the best will do, it does not come at all.
    fn successors(&self, pool: &Pool<'_>, id: PackageId) -> Vec<Vec<PackageId>> {
        let name = pool.name_id(id);
        let mode = self.policy.mode(name);
        let best = self.best && mode == Mode::Upgrade;
        let mut same = pool.members(name).to_vec();
        if !self.updated.contains(&name) {
            let obsoleters = self.obsoleters.get(&id).cloned().unwrap_or_default();
            return groups(vec![same], obsoleters);
        }
        let obsoleters = self.updating_obsoleters(pool, id);
        if mode == Mode::Sync {
            only_offered(pool, &mut same, !obsoleters.is_empty());
        }
        let (outdated, mut current): (Vec<_>, Vec<_>) = same
            .into_iter()
            .partition(|&other| is_obsoleted(pool, other, &obsoleters));
        if best {
            current.retain(|&other| self.policy.admits(pool, other));
            current.sort_by(|&a, &b| self.policy.compare(pool, a, b));
            only_best(pool, &mut current);
        }
        let mut found = match has_newer(pool, &self.policy, id, &current) {
            true => groups(vec![current], obsoleters),
            false => groups(Vec::new(), obsoleters)
                .into_iter()
                .chain([current])
                .collect(),
        };
        if !best || found.iter().all(Vec::is_empty) {
            found.push(outdated);
        }
        found
    }

    /// Packages that obsolete an installed one, from repositories that are not less preferred than those that have
    /// its name. One that the installed package obsoletes in turn is no update: the next one would undo it.
    fn updating_obsoleters(&self, pool: &Pool<'_>, id: PackageId) -> Vec<PackageId> {
        let bar = offered_priority(pool, pool.name_id(id));
        let all = self.obsoleters.get(&id).into_iter().flatten().copied();
        all.filter(|&other| pool.priority(other) <= bar && !is_obsoleted(pool, other, &[id]))
            .collect()
    }

    /// When upgrading, every package that obsoletes an installed one should come (a package that was split
    /// has several successors).
    pub(crate) fn obsoleting_goals(&self, provider: &Provider<'_, '_>) -> Vec<SolvableId> {
        let pool = provider.pool;
        let mut goals = Vec::new();
        for id in pool
            .installed()
            .filter(|&id| self.policy.mode(pool.name_id(id)) != Mode::Keep)
        {
            let newest = best_per_name(provider, self.updating_obsoleters(pool, id).into_iter());
            goals.extend(
                newest
                    .into_iter()
                    .map(|other| provider.goal(provider.one_of(vec![vec![other]], Label::Internal).into())),
            );
        }
        goals
    }
}

/// The copy that stands for a package which is installed in the same build.
fn installed_twin(pool: &Pool<'_>, id: PackageId) -> PackageId {
    if pool.is_usable(id) {
        return id;
    }
    let same = |other: &&PackageId| pool.is_installed(**other) && pool.identity(**other) == pool.identity(id);
    pool.members(pool.name_id(id))
        .iter()
        .find(same)
        .copied()
        .unwrap_or(id)
}

/// The best priority at which a name is on offer.
fn offered_priority(pool: &Pool<'_>, name: u32) -> i32 {
    let members = pool.members(name).iter();
    let offered = members.filter(|&&other| !pool.is_installed(other) && !pool.is_excluded(other));
    offered
        .map(|&other| pool.priority(other))
        .min()
        .unwrap_or(i32::MAX)
}

/// Of packages of one name, best first: the best of the most preferred repository that has the name.
fn only_best(pool: &Pool<'_>, sorted: &mut Vec<PackageId>) {
    if let Some(&first) = sorted.first() {
        let bar = offered_priority(pool, pool.name_id(first));
        sorted.retain(|&id| pool.is_installed(id) || pool.priority(id) <= bar);
    }
    sorted.truncate(1);
}

/// Groups, and then single packages.
fn groups(mut first: Vec<Vec<PackageId>>, then: Vec<PackageId>) -> Vec<Vec<PackageId>> {
    first.extend(then.into_iter().map(|id| vec![id]));
    first
}

/// Whether one of these packages obsoletes it.
fn is_obsoleted(pool: &Pool<'_>, id: PackageId, by: &[PackageId]) -> bool {
    let identity = pool.identity(id);
    by.iter().any(|&other| {
        let obsoletes = pool.relation_list(other, RelationKind::Obsoletes);
        obsoletes
            .iter()
            .any(|one| one.name == identity.name && one.covers(&identity))
    })
}

/// Synchronising means: nothing that the repositories do not offer, unless they offer nothing in its place.
fn only_offered(pool: &Pool<'_>, same: &mut Vec<PackageId>, obsoleted: bool) {
    let offered = |id: PackageId| {
        if !pool.is_installed(id) {
            return pool.is_usable(id);
        }
        let twin =
            |other: &PackageId| !pool.is_installed(*other) && pool.identity(*other) == pool.identity(id);
        pool.members(pool.name_id(id))
            .iter()
            .any(|other| twin(other) && !pool.is_excluded(*other))
    };
    if obsoleted || same.iter().any(|&id| offered(id)) {
        same.retain(|&id| offered(id));
    }
}

fn has_newer(pool: &Pool<'_>, policy: &Policy, id: PackageId, same: &[PackageId]) -> bool {
    same.iter().any(|&other| {
        !pool.is_installed(other)
            && policy.admits(pool, other)
            && policy.compare(pool, other, id) == std::cmp::Ordering::Less
    })
}

fn best_per_name(provider: &Provider<'_, '_>, ids: impl Iterator<Item = PackageId>) -> Vec<PackageId> {
    let ids: Vec<PackageId> = ids.collect();
    let best = |group: Vec<PackageId>| {
        group
            .into_iter()
            .min_by(|&a, &b| provider.policy.compare(provider.pool, a, b))
    };
    provider
        .group_by_name(&ids)
        .into_iter()
        .filter_map(best)
        .collect()
}

/// For each installed package, the available ones that obsolete it by name and version.
fn obsoleters(pool: &Pool<'_>, policy: &Policy) -> AHashMap<PackageId, Vec<PackageId>> {
    let mut found: AHashMap<PackageId, Vec<PackageId>> = AHashMap::new();
    for id in pool
        .ids()
        .filter(|&id| !pool.is_installed(id) && policy.admits(pool, id))
    {
        pool.relations(id, RelationKind::Obsoletes, &mut |relation: Relation<'_>| {
            for other in pool.obsoleted(&relation) {
                if pool.is_installed(other) && pool.name_id(other) != pool.name_id(id) {
                    found.entry(other).or_default().push(id);
                }
            }
        });
    }
    found
}

/// Name ids of which several versions may be installed.
fn installonly_names(pool: &Pool<'_>, options: &Options) -> ahash::AHashSet<u32> {
    let by_key = |key: &String| {
        let named = pool.lookup_name(key);
        let provided = pool.all_providers(&Relation::unversioned(key));
        named
            .into_iter()
            .chain(provided.into_iter().map(|id| pool.name_id(id)))
            .collect::<Vec<_>>()
    };
    options.installonly.keys().flat_map(by_key).collect()
}
