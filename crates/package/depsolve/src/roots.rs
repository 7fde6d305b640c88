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
    best: bool,
    obsoleters: AHashMap<PackageId, Vec<PackageId>>,
}

impl Demands {
    pub(crate) fn of(pool: &Pool<'_>, job: &Job) -> Self {
        let mut demands = Self {
            best: job.options.best,
            ..Self::default()
        };
        demands.policy.allow_downgrade = job.options.allow_downgrade;
        demands.policy.installonly = installonly_names(pool, &job.options);
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
        }
    }

    /// Locked names: nothing but what is installed.
    fn lock(&mut self, pool: &Pool<'_>, options: &Options) {
        for name in &options.locked {
            let others = pool.named(name).iter().filter(|&&id| !pool.is_installed(id));
            self.policy.banned.extend(others);
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
        let mut groups = provider.group_by_name(&want.candidates);
        for group in &mut groups {
            let one_version = self.best || self.policy.installonly.contains(&provider.pool.name_id(group[0]));
            group.retain(|&id| self.policy.admits(provider.pool, id));
            group.sort_by(|&a, &b| self.policy.compare(provider.pool, a, b));
            group.truncate(if one_version { 1 } else { usize::MAX });
        }
        provider.sort_groups(&mut groups, &want.what);
        provider.one_of(groups, Label::Wanted(want.what.clone())).into()
    }

    /// What is installed stays, or is replaced by something of its name or something that obsoletes it.
    pub(crate) fn keep_requirements(&self, provider: &Provider<'_, '_>) -> Vec<ConditionalRequirement> {
        let pool = provider.pool;
        let kept: Vec<PackageId> = pool.installed().filter(|id| !self.erased.contains(id)).collect();
        let mut requirements = Vec::with_capacity(kept.len());
        let mut seen = BTreeSet::new();
        for &id in &kept {
            let name = pool.name_id(id);
            if self.policy.installonly.contains(&name) {
                requirements.push(provider.one_of(vec![vec![id]], Label::Kept(id)).into());
                requirements.extend(self.newest_beside(provider, id, seen.insert(name)));
            } else if seen.insert(name) {
                let label = match self.best && self.policy.mode(name) != Mode::Keep {
                    true => Label::Wanted(format!("the newest {}", pool.identity(id).name)),
                    false => Label::Kept(id),
                };
                requirements.push(provider.one_of(self.successors(pool, id), label).into());
            }
        }
        requirements
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

    /// Packages that may take the place of an installed one: those of its name, then those that obsolete it.
    /// When upgrading, obsoleting packages come first if they leave no newer package of the name either.
    fn successors(&self, pool: &Pool<'_>, id: PackageId) -> Vec<Vec<PackageId>> {
        let mut same = pool.members(pool.name_id(id)).to_vec();
        if self.best && self.policy.mode(pool.name_id(id)) != Mode::Keep {
            same.retain(|&other| self.policy.admits(pool, other));
            same.sort_by(|&a, &b| self.policy.compare(pool, a, b));
            same.truncate(1);
        }
        let obsoleters = self.obsoleters.get(&id).cloned().unwrap_or_default();
        let obsoleters = obsoleters.into_iter().map(|other| vec![other]);
        let upgrading = self.policy.mode(pool.name_id(id)) != Mode::Keep;
        if upgrading && !has_newer(pool, &self.policy, id, &same) {
            obsoleters.chain([same]).collect()
        } else {
            [same].into_iter().chain(obsoleters).collect()
        }
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
            let others = self.obsoleters.get(&id).into_iter().flatten();
            let newest = best_per_name(provider, others.copied());
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
