//! Whole situations made from a number: what is installed, two repositories, a command with options.

use std::collections::{BTreeMap, BTreeSet};

use depsolve::{Job, Pool, Refusal, RelationKind, Solution, check, solve};

use super::generate::Random;
use super::{Spec, World, action};

const NAMES: usize = 14;
const CAPABILITIES: [&str; 6] = ["capa", "capb", "capc", "capd", "cape", "capf"];
const FILES: [&str; 3] = ["/bin/one", "/bin/two", "/usr/lib/three"];

/// A command over a world.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub world: World,
    /// `install p1; install p2`, `erase p3`, `upgrade`, `upgrade p1`, `sync`.
    pub job: String,
    pub weak: bool,
    pub best: bool,
    pub allow_erasing: bool,
    pub installonly: BTreeSet<String>,
    pub locked: BTreeSet<String>,
    /// Of the second repository.
    pub priority: i32,
}

impl Scenario {
    pub fn of(seed: u64) -> Self {
        Maker {
            random: Random::new(seed),
            rich: seed.is_multiple_of(3),
            weak: seed.is_multiple_of(4),
        }
        .scenario()
    }

    pub fn pool(&self) -> Pool<'_> {
        self.world.pool_with(self.priority)
    }

    pub fn solve(&self, pool: &Pool<'_>) -> Result<Solution, Refusal> {
        solve(pool, &self.build(pool))
    }

    pub fn build(&self, pool: &Pool<'_>) -> Job {
        let mut job = Job {
            actions: self
                .job
                .split(';')
                .map(|part| action(pool, part.trim()))
                .collect(),
            ..Job::default()
        };
        let options = &mut job.options;
        options.weak_dependencies = self.weak;
        options.best = self.best;
        options.allow_erasing = self.allow_erasing;
        options.installonly = self.installonly.iter().map(|name| (name.clone(), 0)).collect();
        options.locked = self.locked.clone();
        job
    }

    /// The scenario in words, for people.
    pub fn describe(&self) -> String {
        let mut text = format!(
            "{} (weak {}, best {}, allowerasing {}, installonly {:?}, locked {:?}, priority of o {})\n",
            self.job, self.weak, self.best, self.allow_erasing, self.installonly, self.locked, self.priority
        );
        for spec in &self.world.specs {
            let place = match (spec.installed, spec.other, spec.excluded) {
                (true, ..) => "i",
                (_, _, true) => "x",
                (_, true, _) => "o",
                _ => "a",
            };
            let relations = spec.relations.iter();
            let mut parts: Vec<String> = relations
                .map(|(kind, relation)| format!("{} {relation}", format!("{kind:?}").to_lowercase()))
                .collect();
            parts.extend(spec.files.iter().map(|file| format!("file {file}")));
            let (name, version, arch) = (&spec.name, &spec.version, spec.arch());
            text.push_str(&format!(
                "{place} {name}-{version}.{arch}: {}\n",
                parts.join("; ")
            ));
        }
        text
    }
}

struct Maker {
    random: Random,
    rich: bool,
    weak: bool,
}

impl Maker {
    fn scenario(&mut self) -> Scenario {
        let mut specs: Vec<Spec> = Vec::new();
        for number in 0..NAMES {
            for version in 1..=1 + self.random.below(3) {
                specs.push(self.package(number, version));
            }
        }
        let installed = self.installed(&specs);
        // What is installed is often no longer on offer.
        specs.retain(|spec| {
            let gone = installed
                .iter()
                .any(|one| (&one.name, &one.version) == (&spec.name, &spec.version));
            !(gone && self.random.chance(50))
        });
        let job = self.job(&installed);
        if job.starts_with("erase") {
            specs.clear();
        }
        specs.extend(installed);
        let pure_erase = job.starts_with("erase");
        let best = !pure_erase && job != "sync" && self.random.chance(20);
        // What is installed beside others is never made to go by these; libsolv insists on it.
        let beside = !best && job != "sync";
        Scenario {
            world: World::of(specs),
            weak: self.weak,
            best,
            allow_erasing: pure_erase || self.random.chance(25),
            installonly: if beside {
                self.some_names(8)
            } else {
                BTreeSet::new()
            },
            locked: if pure_erase {
                BTreeSet::new()
            } else {
                self.some_names(8)
            },
            priority: if self.random.chance(30) { 10 } else { 50 },
            job,
        }
    }

    /// Each name with this chance in percent, no more than two.
    fn some_names(&mut self, percent: usize) -> BTreeSet<String> {
        (0..2)
            .filter_map(|_| {
                let hit = self.random.chance(percent);
                let name = name(self.random.below(NAMES));
                hit.then_some(name)
            })
            .collect()
    }

    fn job(&mut self, installed: &[Spec]) -> String {
        let any = |maker: &mut Self| match installed {
            [] => name(maker.random.below(NAMES)),
            some => maker.random.pick(some).name.clone(),
        };
        match self.random.below(10) {
            0 => "upgrade".to_owned(),
            1 => format!("upgrade {}", any(self)),
            2 => "sync".to_owned(),
            3 if !installed.is_empty() => format!("erase {}", any(self)),
            _ => (0..1 + self.random.below(3))
                .map(|_| format!("install {}", name(self.random.below(NAMES))))
                .collect::<Vec<_>>()
                .join("; "),
        }
    }

    /// Some of all packages, without those that are broken, until the rest is consistent.
    fn installed(&mut self, all: &[Spec]) -> Vec<Spec> {
        if self.random.chance(30) {
            return Vec::new();
        }
        let mut specs: Vec<Spec> = Vec::new();
        for spec in all.iter().filter(|spec| spec.arch() != "aarch64") {
            let other = specs.last().is_some_and(|last| last.name == spec.name);
            if !other && self.random.chance(35) {
                specs.push(Spec {
                    installed: true,
                    other: false,
                    excluded: false,
                    ..spec.clone()
                });
            }
        }
        while let Some(at) = broken(&specs) {
            specs.remove(at);
        }
        specs
    }

    fn package(&mut self, number: usize, version: usize) -> Spec {
        let arch = match self.random.below(20) {
            0 => "aarch64",
            1..=5 => "x86_64",
            _ => "",
        };
        Spec {
            installed: false,
            other: self.random.chance(25),
            excluded: self.random.chance(5),
            arch: arch.to_owned(),
            name: name(number),
            version: version.to_string(),
            relations: self.relations(),
            files: if self.random.chance(15) {
                vec![(*self.random.pick(&FILES)).to_owned()]
            } else {
                Vec::new()
            },
        }
    }

    fn relations(&mut self) -> Vec<(RelationKind, String)> {
        let mut relations = Vec::new();
        if self.random.chance(40) {
            relations.push((RelationKind::Provides, self.provide()));
        }
        for _ in 0..self.random.below(4) {
            relations.push((RelationKind::Requires, self.requirement()));
        }
        if self.random.chance(20) {
            let conflict = match self.rich && self.random.chance(40) {
                true => self.rich_conflict(),
                false => self.relation(),
            };
            relations.push((RelationKind::Conflicts, conflict));
        }
        if self.random.chance(8) {
            relations.push((RelationKind::Obsoletes, self.versioned()));
        }
        if self.weak {
            self.add_weak(&mut relations);
        }
        relations
    }

    fn add_weak(&mut self, relations: &mut Vec<(RelationKind, String)>) {
        for (kind, percent) in [
            (RelationKind::Recommends, 30),
            (RelationKind::Supplements, 10),
            (RelationKind::Suggests, 15),
            (RelationKind::Enhances, 8),
        ] {
            if self.random.chance(percent) {
                relations.push((kind, self.requirement()));
            }
        }
    }

    fn provide(&mut self) -> String {
        let capability = *self.random.pick(&CAPABILITIES);
        match self.random.chance(60) {
            true => format!("{capability} = {}", 1 + self.random.below(3)),
            false => capability.to_owned(),
        }
    }

    fn requirement(&mut self) -> String {
        if !self.rich || self.random.chance(50) {
            return match self.random.chance(8) {
                true => (*self.random.pick(&FILES)).to_owned(),
                false => self.relation(),
            };
        }
        let (a, b, c) = (self.relation(), self.relation(), self.relation());
        match self.random.below(9) {
            0 => format!("({a} and {b})"),
            1 => format!("({a} or {b})"),
            2 => format!("({a} if {b})"),
            3 => format!("({a} if {b} else {c})"),
            4 => format!("({a} with {b})"),
            5 => format!("({a} without {b})"),
            6 => format!("({a} if ({b} and {c}))"),
            7 => format!("(({a} or {b}) if {c})"),
            _ => format!("({a} or {b} or {c})"),
        }
    }

    fn rich_conflict(&mut self) -> String {
        let (a, b, c) = (self.relation(), self.relation(), self.relation());
        match self.random.below(5) {
            0 => format!("({a} unless {b})"),
            1 => format!("({a} unless {b} else {c})"),
            2 => format!("({a} and {b})"),
            3 => format!("({a} without {b})"),
            _ => format!("({a} or {b})"),
        }
    }

    fn relation(&mut self) -> String {
        if self.random.chance(40) {
            let capability = *self.random.pick(&CAPABILITIES);
            return match self.random.below(3) {
                0 => format!("{capability} >= {}", 1 + self.random.below(3)),
                _ => capability.to_owned(),
            };
        }
        self.versioned()
    }

    fn versioned(&mut self) -> String {
        let name = name(self.random.below(NAMES));
        match self.random.below(6) {
            0 => format!("{name} < {}", 2 + self.random.below(2)),
            1 => format!("{name} >= {}", 1 + self.random.below(3)),
            2 => format!("{name} = {}-1", 1 + self.random.below(3)),
            _ => name,
        }
    }
}

fn name(number: usize) -> String {
    format!("p{number}")
}

/// The position of some package that has a fault.
fn broken(specs: &[Spec]) -> Option<usize> {
    let available: Vec<Spec> = specs
        .iter()
        .map(|spec| Spec {
            installed: false,
            ..spec.clone()
        })
        .collect();
    let world = World::of(available);
    let pool = world.pool();
    let fault = check(&pool, &pool.ids().collect(), &|_| false)
        .into_iter()
        .next()?;
    let text = fault.to_string();
    let mut positions: BTreeMap<String, usize> = BTreeMap::new();
    for (at, spec) in specs.iter().enumerate() {
        positions.insert(format!("{}-{}-1.{}", spec.name, spec.version, spec.arch()), at);
    }
    positions
        .into_iter()
        .find(|(nevra, _)| text.contains(nevra.as_str()))
        .map(|(_, at)| at)
}
