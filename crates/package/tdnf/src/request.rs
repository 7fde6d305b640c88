//! From what the user asks for to a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use depsolve::{
    Action, Identity, Job, Options, PackageId, Pool, Reason, Refusal, RefusalKind, Selection, Solution,
    solve, unneeded,
};

use crate::error::Error;
use crate::plan::{Maker, Operation, Plan};
use crate::session::Session;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Install what these words stand for; what is installed already is updated.
    Install(Vec<String>),
    /// Install the same packages again.
    Reinstall(Vec<String>),
    /// Remove these.
    Remove(Vec<String>),
    /// Remove what nobody asked for and nothing needs.
    Autoremove,
    /// Update these; everything when empty.
    Update(Vec<String>),
    /// Make these equal to what the repositories offer; everything when empty.
    DistroSync(Vec<String>),
    /// Go back to the next older version, or to the version named; everything when empty.
    Downgrade(Vec<String>),
    /// Exactly these packages come and go, by name, version and architecture: undoing the past.
    Change {
        /// Packages to be installed.
        add: Vec<String>,
        /// Packages to be removed, unless one of the same name comes.
        remove: Vec<String>,
    },
}

/// How far to go.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Follow recommendations.
    pub weak_dependencies: bool,
    /// Installed packages may be removed to make room.
    pub allow_erasing: bool,
    /// Only the best candidate will do.
    pub best: bool,
    /// Leave out what cannot be done.
    pub skip_broken: bool,
    /// Removing also removes what only the removed needed; the configuration's value when `None`.
    pub clean_requirements: Option<bool>,
    /// Names nobody asked for.
    pub auto_installed: BTreeSet<String>,
    /// Write what the solver sees into this directory.
    pub debug_data: Option<PathBuf>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            weak_dependencies: true,
            allow_erasing: false,
            best: false,
            skip_broken: false,
            clean_requirements: None,
            auto_installed: BTreeSet::new(),
            debug_data: None,
        }
    }
}

impl Session {
    /// Finds out what has to be done. Nothing is changed.
    pub fn plan(&self, request: &Request, limits: &Limits) -> Result<Plan, Error> {
        let pool = self.pool();
        let planner = Planner {
            session: self,
            pool: &pool,
            limits,
        };
        if let Some(dir) = &limits.debug_data {
            crate::debug_data::write(dir, &pool, &self.settings.arch, request)?;
        }
        let plan = planner.plan(request).map_err(|error| self.with_causes(error))?;
        self.check_protected(&plan)?;
        if plan.is_empty() && plan.skipped.is_empty() {
            Err(Error::NothingToDo)
        } else {
            Ok(plan)
        }
    }

    /// A refusal may only be due to file lists that could not be read.
    fn with_causes(&self, error: Error) -> Error {
        let Error::Unsolvable(mut refusal) = error else {
            return error;
        };
        for repository in &self.repositories {
            if let Some(reason) = repository.files_failure() {
                let id = &repository.config.id;
                refusal.lines.push(format!(
                    "the file lists of repository {id} could not be read: {reason}"
                ));
            }
        }
        Error::Unsolvable(refusal)
    }

    pub(crate) fn check_protected(&self, plan: &Plan) -> Result<(), Error> {
        let removed = plan.items.iter().filter(|item| !item.comes());
        match removed
            .into_iter()
            .find(|item| self.main.protected.contains(&item.name))
        {
            Some(item) => Err(Error::Protected {
                package: item.name.clone(),
            }),
            None => Ok(()),
        }
    }
}

struct Planner<'s, 'p> {
    session: &'s Session,
    pool: &'p Pool<'s>,
    limits: &'p Limits,
}

impl Planner<'_, '_> {
    fn plan(&self, request: &Request) -> Result<Plan, Error> {
        match request {
            Request::Install(specs) => self.solve(self.installs(specs)?),
            Request::Remove(specs) => self.remove(specs),
            Request::Autoremove => Ok(self.autoremove()),
            Request::Update(specs) if specs.is_empty() => self.update(None),
            Request::Update(specs) => self.update(Some(self.installed_names(specs)?)),
            Request::DistroSync(specs) => self.distro_sync(self.installed_names(specs)?),
            Request::Downgrade(specs) if specs.is_empty() => {
                self.solve(self.downgrades(&self.downgradable())?)
            }
            Request::Downgrade(specs) => self.solve(self.downgrades(specs)?),
            Request::Reinstall(specs) => self.reinstall(specs),
            Request::Change { add, remove } => self.change(add, remove),
        }
    }

    fn solve(&self, actions: Vec<Action>) -> Result<Plan, Error> {
        let job = Job {
            actions,
            options: self.options(),
        };
        let solution: Solution = solve(self.pool, &job).map_err(refused)?;
        Ok(Plan::of(self.session, self.pool, &solution))
    }

    /// Updates, and says which packages could not be brought to their newest version.
    fn update(&self, names: Option<BTreeSet<String>>) -> Result<Plan, Error> {
        let action = match &names {
            Some(names) => Action::Upgrade { names: names.clone() },
            None => Action::UpgradeAll,
        };
        let mut plan = self.solve(vec![action])?;
        let coming: BTreeSet<String> = plan.items.iter().map(|item| item.nevra()).collect();
        for (installed, newest) in self.newer(names.as_ref()) {
            let newest = self.pool.identity(newest).to_string();
            if !coming.contains(&newest) && !self.replaced(&plan, &installed) {
                let why = format!("{newest} does not fit with the other packages; update --best explains it");
                plan.skipped.push((installed, why));
            }
        }
        Ok(plan)
    }

    fn replaced(&self, plan: &Plan, nevra: &str) -> bool {
        plan.items
            .iter()
            .any(|item| item.comes() && item.replaces.iter().any(|other| other == nevra))
    }

    /// Installed packages of these names, or all, with the newest package that is on offer and newer.
    fn newer(&self, names: Option<&BTreeSet<String>>) -> Vec<(String, PackageId)> {
        let locks = &self.session.main.locks;
        let mut found = Vec::new();
        for id in self.pool.installed() {
            let identity = self.pool.identity(id);
            let asked = names.is_none_or(|names| names.contains(identity.name));
            if !asked || locks.iter().any(|lock| lock == identity.name) {
                continue;
            }
            let newer = |other: &PackageId| {
                !self.pool.is_installed(*other)
                    && self.pool.is_usable(*other)
                    && compare(&self.pool.identity(*other), &identity).is_gt()
            };
            let newer = self
                .pool
                .named(identity.name)
                .iter()
                .copied()
                .filter(newer)
                .collect();
            found.extend(
                best(self.pool, newer)
                    .into_iter()
                    .map(|newest| (identity.to_string(), newest)),
            );
        }
        found
    }

    fn distro_sync(&self, names: BTreeSet<String>) -> Result<Plan, Error> {
        let meant = |name: &str| names.is_empty() || names.contains(name);
        let mut plan = self.solve(vec![Action::DistroSync { names: names.clone() }])?;
        if !self.session.main.distrosync_reinstall_changed {
            return Ok(plan);
        }
        let maker = self.maker();
        for id in self.pool.installed() {
            let identity = self.pool.identity(id);
            let stays = !plan.items.iter().any(|item| item.touches(&identity.to_string()));
            if let Some(copy) = self.rebuilt(id).filter(|_| stays && meant(identity.name)) {
                let item = maker.make(Operation::Reinstall, copy, Reason::User, &[id]);
                plan.items.push(item);
            }
        }
        Ok(plan)
    }

    /// The package on offer that has the name, version and architecture of an installed one and was built at
    /// another time (libsolv: `solvable_identical`), unless the very same is on offer, too.
    fn rebuilt(&self, id: PackageId) -> Option<PackageId> {
        let maker = self.maker();
        let built = maker.build_time(id)?;
        let copies: Vec<PackageId> = self.copies(id).collect();
        let same = |copy: &PackageId| maker.build_time(*copy) == Some(built);
        let first = copies.first().copied();
        first.filter(|_| !copies.iter().any(same))
    }

    /// Packages on offer of the same name, version and architecture.
    fn copies(&self, id: PackageId) -> impl Iterator<Item = PackageId> + '_ {
        let identity = self.pool.identity(id);
        let same = move |other: &PackageId| {
            !self.pool.is_installed(*other)
                && !self.pool.is_excluded(*other)
                && self.pool.identity(*other) == identity
        };
        self.pool.named(identity.name).iter().copied().filter(same)
    }

    fn maker(&self) -> Maker<'_, '_> {
        Maker {
            session: self.session,
            pool: self.pool,
        }
    }

    fn options(&self) -> Options {
        let main = &self.session.main;
        let installonly: BTreeMap<String, usize> = main
            .installonlypkgs
            .iter()
            .map(|name| (name.clone(), main.installonly_limit))
            .collect();
        Options {
            weak_dependencies: self.limits.weak_dependencies,
            allow_erasing: self.limits.allow_erasing,
            best: self.limits.best,
            skip_broken: self.limits.skip_broken,
            clean_requirements: self
                .limits
                .clean_requirements
                .unwrap_or(main.clean_requirements_on_remove),
            auto_installed: self.auto_installed(),
            installonly,
            pinned: self.running_kernel(),
            locked: main.locks.iter().cloned().collect(),
            protected: main.protected.iter().cloned().collect(),
            allow_downgrade: false,
        }
    }

    fn auto_installed(&self) -> BTreeSet<PackageId> {
        let auto = |id: &PackageId| self.limits.auto_installed.contains(self.pool.identity(*id).name);
        self.pool.installed().filter(auto).collect()
    }

    /// The packages of the running kernel, when the root is the running system.
    fn running_kernel(&self) -> BTreeSet<PackageId> {
        if self.session.settings.root != std::path::Path::new("/") {
            return BTreeSet::new();
        }
        let release = rustix::system::uname().release().to_string_lossy().into_owned();
        let directory = format!("/usr/lib/modules/{release}");
        self.pool
            .owners(&directory)
            .into_iter()
            .filter(|&id| self.pool.is_installed(id))
            .collect()
    }

    /// One action per word; all unknown words are reported together.
    fn installs(&self, specs: &[String]) -> Result<Vec<Action>, Error> {
        let mut unknown = Vec::new();
        let mut actions = Vec::with_capacity(specs.len());
        for spec in specs {
            match Selection::of(self.pool, spec) {
                Selection::Nothing { nearest } => {
                    self.refuse_too_old(spec)?;
                    unknown.push((spec.clone(), nearest));
                }
                Selection::Packages(found) => actions.extend(self.install_each_name(spec, &found)),
                Selection::Providers(found) => {
                    actions.push(Action::Install {
                        what: spec.clone(),
                        candidates: found,
                    });
                }
            }
        }
        if unknown.is_empty() || self.limits.skip_broken {
            Ok(actions)
        } else {
            Err(Error::NoMatch { specs: unknown })
        }
    }

    /// A package may only be out of reach because of `minversions`.
    fn refuse_too_old(&self, spec: &str) -> Result<(), Error> {
        let meant = |id: &PackageId| {
            let identity = self.pool.identity(*id);
            (identity.name == spec || identity.to_string() == spec) && self.session.is_too_old(&identity)
        };
        let Some(id) = self.pool.ids().find(meant) else {
            return Ok(());
        };
        let identity = self.pool.identity(id);
        let minimum = self
            .session
            .main
            .minversions
            .get(identity.name)
            .cloned()
            .unwrap_or_default();
        Err(Error::TooOld {
            package: identity.to_string(),
            minimum,
        })
    }

    /// A pattern asks for a package of each name it matches.
    fn install_each_name(&self, spec: &str, found: &[PackageId]) -> Vec<Action> {
        let mut by_name: BTreeMap<&str, Vec<PackageId>> = BTreeMap::new();
        for &id in found {
            by_name.entry(self.pool.identity(id).name).or_default().push(id);
        }
        let single = by_name.len() == 1;
        let install = |(name, candidates): (&str, Vec<PackageId>)| Action::Install {
            what: if single { spec.to_owned() } else { name.to_owned() },
            candidates,
        };
        by_name.into_iter().map(install).collect()
    }

    /// Installed packages that the words stand for.
    fn installed_of(&self, spec: &str) -> Vec<PackageId> {
        let found = Selection::of(self.pool, spec).packages();
        found
            .into_iter()
            .filter(|&id| self.pool.is_installed(id))
            .collect()
    }

    fn all_installed(&self, specs: &[String]) -> Result<Vec<PackageId>, Error> {
        let mut unknown = Vec::new();
        let mut all = Vec::new();
        for spec in specs {
            let found = self.installed_of(spec);
            if found.is_empty() {
                let names = self.pool.installed().map(|id| self.pool.identity(id).name);
                let near = depsolve::nearest(spec, names, 3)
                    .into_iter()
                    .map(str::to_owned)
                    .collect();
                unknown.push((spec.clone(), near));
            }
            all.extend(found);
        }
        if unknown.is_empty() {
            Ok(all)
        } else {
            Err(Error::NoMatch { specs: unknown })
        }
    }

    fn installed_names(&self, specs: &[String]) -> Result<BTreeSet<String>, Error> {
        let ids = self.all_installed(specs)?;
        Ok(ids
            .into_iter()
            .map(|id| self.pool.identity(id).name.to_owned())
            .collect())
    }

    fn remove(&self, specs: &[String]) -> Result<Plan, Error> {
        let packages = self.all_installed(specs)?;
        self.solve(vec![Action::Erase { packages }])
    }

    fn autoremove(&self) -> Plan {
        let installed: BTreeSet<PackageId> = self.pool.installed().collect();
        let gone = unneeded(self.pool, &installed, &self.auto_installed());
        let maker = self.maker();
        let item = |&id: &PackageId| maker.make(Operation::Unneeded, id, Reason::Unneeded, &[]);
        Plan {
            items: gone.iter().map(item).collect(),
            skipped: Vec::new(),
        }
    }

    /// The newest available version below the installed one, unless the words name a version.
    fn downgrades(&self, specs: &[String]) -> Result<Vec<Action>, Error> {
        let mut actions = Vec::new();
        for spec in specs {
            let names = self
                .installed_names(std::slice::from_ref(spec))
                .or_else(|error| {
                    let named = Selection::of(self.pool, spec).packages();
                    let names: BTreeSet<String> = named
                        .iter()
                        .map(|&id| self.pool.identity(id).name.to_owned())
                        .collect();
                    if names.is_empty() { Err(error) } else { Ok(names) }
                })?;
            for name in names {
                let candidates = self.older(&name, spec);
                let candidates = best(self.pool, candidates);
                if candidates.is_empty() {
                    return Err(Error::Usage {
                        code: 1027,
                        text: format!("No downgrade path for {name}"),
                    });
                }
                actions.push(Action::Install {
                    what: spec.clone(),
                    candidates,
                });
            }
        }
        Ok(actions)
    }

    /// Names of installed packages of which something older is on offer.
    fn downgradable(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .pool
            .installed()
            .map(|id| self.pool.identity(id).name.to_owned())
            .collect();
        names.dedup();
        names.retain(|name| !self.older(name, name).is_empty());
        names
    }

    fn older(&self, name: &str, spec: &str) -> Vec<PackageId> {
        let members = self.pool.named(name);
        let installed: Vec<Identity<'_>> = members
            .iter()
            .filter(|&&id| self.pool.is_installed(id))
            .map(|&id| self.pool.identity(id))
            .collect();
        let selected = if spec == name {
            members.to_vec()
        } else {
            Selection::of(self.pool, spec).packages()
        };
        let older = |id: &PackageId| {
            let identity = self.pool.identity(*id);
            self.pool.is_usable(*id) && installed.iter().any(|other| compare(&identity, other).is_lt())
        };
        selected.into_iter().filter(older).collect()
    }

    fn change(&self, add: &[String], remove: &[String]) -> Result<Plan, Error> {
        let mut actions = self.installs(add)?;
        let coming: BTreeSet<&str> = actions
            .iter()
            .flat_map(candidates)
            .map(|id| self.pool.identity(id).name)
            .collect();
        let gone = |id: &PackageId| {
            let identity = self.pool.identity(*id);
            remove.contains(&identity.to_string()) && !coming.contains(identity.name)
        };
        let packages: Vec<PackageId> = self.pool.installed().filter(gone).collect();
        if !packages.is_empty() {
            actions.push(Action::Erase { packages });
        }
        self.solve(actions)
    }

    fn reinstall(&self, specs: &[String]) -> Result<Plan, Error> {
        let maker = self.maker();
        let mut items = Vec::new();
        for id in self.all_installed(specs)? {
            let identity = self.pool.identity(id);
            let Some(copy) = self.copies(id).next() else {
                return Err(Error::NoMatch {
                    specs: vec![(identity.to_string(), Vec::new())],
                });
            };
            items.push(maker.make(Operation::Reinstall, copy, Reason::User, &[id]));
        }
        Ok(Plan {
            items,
            skipped: Vec::new(),
        })
    }
}

/// A request for a protected package itself needs no chain of reasons.
fn refused(refusal: Refusal) -> Error {
    match (&refusal.kind, &refusal.lines[..]) {
        (RefusalKind::Protected { package }, [_]) => Error::Protected {
            package: package.clone(),
        },
        _ => Error::Unsolvable(refusal),
    }
}

fn candidates(action: &Action) -> Vec<PackageId> {
    match action {
        Action::Install { candidates, .. } => candidates.clone(),
        _ => Vec::new(),
    }
}

fn compare(a: &Identity<'_>, b: &Identity<'_>) -> std::cmp::Ordering {
    let evr = |p: &Identity<'_>| format!("{}:{}-{}", p.epoch, p.version, p.release);
    depsolve::compare_evr(&evr(a), &evr(b))
}

/// Only the newest of these.
fn best(pool: &Pool<'_>, ids: Vec<PackageId>) -> Vec<PackageId> {
    ids.into_iter()
        .max_by(|&a, &b| compare(&pool.identity(a), &pool.identity(b)))
        .into_iter()
        .collect()
}
