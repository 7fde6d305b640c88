//! Small worlds of packages for tests, written as text or generated, and the same as input for libsolv.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::panic, clippy::expect_used)]

pub mod generate;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use depsolve::{
    Action, Identity, Job, PackageList, PackageRecord, Pool, PoolBuilder, Refusal, Relation, RelationKind,
    Selection, Solution, solve,
};

/// One package of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    pub installed: bool,
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
}

impl World {
    /// Reads lines like `i name-1: requires a >= 2; conflicts b; file /bin/x` (`i` installed, `a` available).
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
            let list = if spec.installed {
                &mut world.installed
            } else {
                &mut world.available
            };
            list.push(record(spec));
        }
        world.specs = specs;
        world
    }

    pub fn pool(&self) -> Pool<'_> {
        PoolBuilder::new()
            .installed(&self.installed)
            .available("repo", &self.available, 50)
            .build()
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

    /// The packages of one kind in libsolv's testtags format.
    pub fn testtags(&self, installed: bool) -> String {
        let mut text = "=Ver: 3.0\n".to_owned();
        for spec in self.specs.iter().filter(|spec| spec.installed == installed) {
            let _ = writeln!(text, "=Pkg: {} {} 1 noarch", spec.name, spec.version);
            let _ = writeln!(text, "=Prv: {} = {}-1", spec.name, spec.version);
            for (kind, relation) in &spec.relations {
                let _ = writeln!(text, "={}: {}", tag(*kind), libsolv_syntax(relation));
            }
            for file in &spec.files {
                let _ = writeln!(text, "=Prv: {file}");
            }
        }
        text
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
    let mut spec = Spec {
        installed: place == "i",
        name: name.to_owned(),
        version: version.to_owned(),
        relations: Vec::new(),
        files: Vec::new(),
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
        "file" => return None,
        other => panic!("unknown relation {other}"),
    })
}

fn tag(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::Provides => "Prv",
        RelationKind::Requires => "Req",
        RelationKind::Conflicts => "Con",
        RelationKind::Obsoletes => "Obs",
        RelationKind::Recommends => "Rec",
        RelationKind::Suggests => "Sug",
        RelationKind::Supplements => "Sup",
        RelationKind::Enhances => "Enh",
    }
}

/// rpm's words for operators as libsolv's test cases write them.
fn libsolv_syntax(relation: &str) -> String {
    let Some(inner) = relation.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else {
        return relation.to_owned();
    };
    let mut text = inner.to_owned();
    for (word, symbol) in [
        (" and ", " & "),
        (" or ", " | "),
        (" without ", " - "),
        (" with ", " + "),
        (" if ", " <IF> "),
        (" unless ", " <UNLESS> "),
    ] {
        text = text.replace(word, symbol);
    }
    match text.split_once(" else ") {
        // The alternative belongs to the condition: `A <IF> (B <ELSE> C)`.
        Some((before, otherwise)) => {
            let (then, operator, condition) = split_condition(before);
            format!("{then}{operator}({condition} <ELSE> {otherwise})")
        }
        None => text,
    }
}

fn split_condition(text: &str) -> (&str, &str, &str) {
    for operator in [" <IF> ", " <UNLESS> "] {
        if let Some((then, condition)) = text.split_once(operator) {
            return (then, operator, condition);
        }
    }
    panic!("else without a condition: {text}")
}

fn record(spec: &Spec) -> PackageRecord {
    let mut record = PackageRecord::new(Identity {
        name: &spec.name,
        epoch: 0,
        version: &spec.version,
        release: "1",
        arch: "noarch",
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

fn relation(text: &str) -> Relation<'_> {
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
