//! Small worlds of packages for tests, written as text or generated, and the same as input for libsolv.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::panic, clippy::expect_used)]

pub mod generate;
pub mod oracle;
pub mod reasons;
pub mod scenario;

use std::collections::BTreeSet;

use depsolve::{
    Action, Identity, Job, PackageList, PackageRecord, Pool, PoolBuilder, Refusal, Relation, RelationKind,
    Selection, Solution, solve,
};

/// One package of a test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    pub installed: bool,
    /// In the second repository, of another priority.
    pub other: bool,
    pub excluded: bool,
    /// `noarch` when empty.
    pub arch: String,
    pub name: String,
    pub version: String,
    pub relations: Vec<(RelationKind, String)>,
    pub files: Vec<String>,
}

/// All packages of a test.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub specs: Vec<Spec>,
    installed: PackageList,
    available: PackageList,
    other: PackageList,
}

/// The priority of the first repository.
pub const PRIORITY: i32 = 50;

impl World {
    /// Reads lines like `i name-1: requires a >= 2; conflicts b; file /bin/x` (`i` installed, `a` available,
    /// `o` in the other repository, `x` available and excluded); `name-1.aarch64` has an architecture.
    pub fn parse(text: &str) -> Self {
        Self::of(
            text.lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .map(parse_line)
                .collect(),
        )
    }

    pub fn of(specs: Vec<Spec>) -> Self {
        let mut world = Self {
            specs: Vec::new(),
            ..Self::default()
        };
        for spec in &specs {
            let list = match (spec.installed, spec.other) {
                (true, _) => &mut world.installed,
                (false, false) => &mut world.available,
                (false, true) => &mut world.other,
            };
            list.push(record(spec));
        }
        world.specs = specs;
        world
    }

    pub fn pool(&self) -> Pool<'_> {
        self.pool_with(PRIORITY)
    }

    /// With a priority for the second repository.
    pub fn pool_with(&self, other: i32) -> Pool<'_> {
        let mut pool = PoolBuilder::new()
            .installed(&self.installed)
            .available("repo", &self.available, PRIORITY)
            .available("other", &self.other, other)
            .architectures(&["x86_64", "noarch"])
            .build();
        let excluded = |name: &str, version: &str| {
            let same = |spec: &&Spec| spec.excluded && spec.name == name && spec.version == version;
            self.specs.iter().any(|spec| same(&spec))
        };
        pool.exclude(|identity, _| excluded(identity.name, identity.version));
        pool
    }

    /// Solves a job given as words: `install X`, `erase X`, `upgrade X`, `upgrade`.
    pub fn solve(&self, job: &str) -> Result<Vec<String>, Refusal> {
        self.solve_with(job, |_| {})
    }

    pub fn solve_with(&self, job: &str, change: impl FnOnce(&mut Job)) -> Result<Vec<String>, Refusal> {
        let pool = self.pool();
        self.solution(&pool, job, change)
            .map(|solution| names(&pool, &solution.installed))
    }

    pub fn solution(
        &self,
        pool: &Pool<'_>,
        job: &str,
        change: impl FnOnce(&mut Job),
    ) -> Result<Solution, Refusal> {
        let mut built = Job {
            actions: job.split(';').map(|part| action(pool, part.trim())).collect(),
            ..Job::default()
        };
        change(&mut built);
        solve(pool, &built)
    }
}

impl Spec {
    /// Its architecture.
    pub fn arch(&self) -> &str {
        if self.arch.is_empty() {
            "noarch"
        } else {
            &self.arch
        }
    }
}

pub fn names(pool: &Pool<'_>, set: &BTreeSet<depsolve::PackageId>) -> Vec<String> {
    let mut names: Vec<String> = set
        .iter()
        .map(|&id| format!("{}-{}", pool.identity(id).name, pool.identity(id).version))
        .collect();
    names.sort();
    names
}

pub fn action(pool: &Pool<'_>, words: &str) -> Action {
    let (verb, what) = words.split_once(' ').unwrap_or((words, ""));
    match verb {
        "install" => Action::Install {
            what: what.to_owned(),
            candidates: Selection::of(pool, what).packages(),
        },
        "erase" => Action::Erase {
            packages: pool
                .installed()
                .filter(|&id| pool.identity(id).name == what)
                .collect(),
        },
        "upgrade" if what.is_empty() => Action::UpgradeAll,
        "upgrade" => Action::Upgrade {
            names: [what.to_owned()].into(),
        },
        "sync" => Action::DistroSync {
            names: BTreeSet::new(),
        },
        other => panic!("unknown verb {other}"),
    }
}

fn parse_line(line: &str) -> Spec {
    let (head, tail) = line.split_once(':').unwrap_or((line, ""));
    let (place, nv) = head.trim().split_once(' ').expect("i or a, then name-version");
    let (name, version) = nv.trim().rsplit_once('-').expect("name-version");
    let (version, arch) = version.split_once('.').unwrap_or((version, ""));
    let mut spec = Spec {
        installed: place == "i",
        other: place == "o",
        excluded: place == "x",
        arch: arch.to_owned(),
        name: name.to_owned(),
        version: version.to_owned(),
        ..Spec::default()
    };
    for part in tail.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (word, rest) = part.split_once(' ').expect("kind and relation");
        match kind(word) {
            Some(kind) => spec.relations.push((kind, rest.trim().to_owned())),
            None => spec.files.push(rest.trim().to_owned()),
        }
    }
    spec
}

fn kind(word: &str) -> Option<RelationKind> {
    Some(match word {
        "provides" => RelationKind::Provides,
        "requires" => RelationKind::Requires,
        "conflicts" => RelationKind::Conflicts,
        "obsoletes" => RelationKind::Obsoletes,
        "recommends" => RelationKind::Recommends,
        "supplements" => RelationKind::Supplements,
        "suggests" => RelationKind::Suggests,
        "enhances" => RelationKind::Enhances,
        "file" => return None,
        other => panic!("unknown relation {other}"),
    })
}

fn record(spec: &Spec) -> PackageRecord {
    let mut record = PackageRecord::new(Identity {
        name: &spec.name,
        epoch: 0,
        version: &spec.version,
        release: "1",
        arch: spec.arch(),
    });
    let own = format!("{} = {}-1", spec.name, spec.version);
    record.relate(RelationKind::Provides, relation(&own));
    for (kind, text) in &spec.relations {
        record.relate(*kind, relation(text));
    }
    for file in &spec.files {
        record.add_file(file.clone());
    }
    record
}

pub fn relation(text: &str) -> Relation<'_> {
    if text.starts_with('(') {
        return Relation::unversioned(text);
    }
    let words: Vec<&str> = text.split(' ').collect();
    let flags = |operator: &str| match operator {
        "<" => 2,
        "<=" => 10,
        "=" => 8,
        ">=" => 12,
        ">" => 4,
        other => panic!("unknown operator {other}"),
    };
    match words[..] {
        [name] => Relation::unversioned(name),
        [name, operator, evr] => Relation {
            name,
            flags: flags(operator),
            evr,
        },
        _ => panic!("cannot read relation {text}"),
    }
}
