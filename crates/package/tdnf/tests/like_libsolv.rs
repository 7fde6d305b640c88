//! On whole repositories: what libsolv can install into an empty root, we can, and the other way round.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use depsolve::{Action, Job, Options, Pool, solve};
use tdnf::{MainConfig, RepoConfig, Session, Settings};

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/oracle.py");

/// Every n-th name is tried, so that no more than this many are.
const MOST: usize = 600;

fn assert_same_feasibility(repository: &Path, least: usize) {
    let temporary = tempfile::tempdir().unwrap();
    let settings = Settings {
        cache: Some(temporary.path().join("cache")),
        ..Settings::new(temporary.path().join("root"))
    };
    let mut session = Session::new(settings, MainConfig::default()).unwrap();
    let config = RepoConfig::new("repository", &repository.display().to_string());
    session.open_repositories(&[config], &|_, _, _| false).unwrap();
    let pool = session.pool();
    let names = sample(&pool);
    assert!(names.len() >= least, "only {} packages", names.len());
    let theirs = libsolv(repository, &names);
    let wrong: Vec<String> = names
        .iter()
        .zip(theirs)
        .filter_map(|(name, theirs)| different(&pool, name, theirs))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        names.len(),
        wrong.join("\n")
    );
}

fn sample(pool: &Pool<'_>) -> Vec<String> {
    let usable = pool.ids().filter(|&id| pool.is_usable(id));
    let names: BTreeSet<&str> = usable.map(|id| pool.identity(id).name).collect();
    let step = names.len().div_ceil(MOST).max(1);
    names.into_iter().step_by(step).map(str::to_owned).collect()
}

fn different(pool: &Pool<'_>, name: &str, theirs: bool) -> Option<String> {
    let job = Job {
        actions: vec![Action::Install {
            what: name.to_owned(),
            candidates: pool.named(name).to_vec(),
        }],
        options: Options {
            weak_dependencies: false,
            ..Options::default()
        },
    };
    match solve(pool, &job) {
        Ok(_) if !theirs => Some(format!("only we can install {name}")),
        Err(refusal) if theirs => Some(format!("only libsolv can install {name}: {refusal}")),
        _ => None,
    }
}

fn libsolv(repository: &Path, names: &[String]) -> Vec<bool> {
    let mut child = Command::new("/usr/bin/python3")
        .arg(PROGRAM)
        .args([metadata(repository, "primary"), metadata(repository, "filelists")])
        .arg(std::env::consts::ARCH)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is missing: install the packages python3 and python3-solv");
    let input = names.join("\n");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "libsolv cannot be asked: is python3-solv installed?"
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<bool> = text.lines().map(|line| line.ends_with(" 1")).collect();
    assert_eq!(answers.len(), names.len());
    answers
}

fn metadata(repository: &Path, kind: &str) -> PathBuf {
    let entries = std::fs::read_dir(repository.join("repodata")).unwrap();
    let mut paths = entries.map(|entry| entry.unwrap().path());
    let has_kind = |path: &PathBuf| path.to_string_lossy().contains(&format!("-{kind}.xml."));
    paths.find(has_kind).unwrap()
}

/// The repository that `make image` builds.
#[test]
fn our_own_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap();
    let repository = root.join("build/repo").join(std::env::consts::ARCH);
    assert!(
        repository.join("repodata").exists(),
        "{} is missing: run make image",
        repository.display()
    );
    assert_same_feasibility(&repository, 100);
}

/// The repository of the benchmarks (bench/README.md), when `LUMEN_BENCH_REPOSITORY` names it.
#[test]
fn twenty_thousand_packages() {
    if let Some(repository) = std::env::var_os("LUMEN_BENCH_REPOSITORY") {
        assert_same_feasibility(Path::new(&repository), 500);
    }
}
