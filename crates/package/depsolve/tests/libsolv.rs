//! The same problems, given to libsolv's `testsolv`: what it can solve, we can, and the other way round.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::World;
use support::generate::problem;

const PROBLEMS: u64 = 400;

/// Whether libsolv finds a solution, and what it printed.
fn libsolv(dir: &Path, world: &World, job: &str) -> (bool, String) {
    fs::write(dir.join("system.repo"), world.testtags(true)).unwrap();
    fs::write(dir.join("available.repo"), world.testtags(false)).unwrap();
    let jobs: String = job
        .split("; ")
        .map(|part| format!("job {}\n", part.replace("install ", "install name ")))
        .collect();
    let case = format!(
        "repo system 0 testtags system.repo\nrepo available 0 testtags available.repo\nsystem x86_64 rpm system\n\
         {jobs}result transaction,problems <inline>\n"
    );
    let path = dir.join("case.t");
    fs::write(&path, case).unwrap();
    let output = Command::new("testsolv")
        .arg("-r")
        .arg(&path)
        .output()
        .expect("testsolv is missing: install the package libsolv-tools");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success() || text.contains("problem"),
        "testsolv: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    (!text.lines().any(|line| line.starts_with("problem")), text)
}

/// Compares feasibility over many problems; returns how many of them could be solved.
fn compare(rich: bool, seeds: std::ops::Range<u64>) -> u64 {
    let dir = tempfile::tempdir().unwrap();
    let mut solved = 0;
    for seed in seeds {
        let (world, job) = problem(seed, rich);
        let ours = world.solve(&job);
        let (theirs, text) = libsolv(dir.path(), &world, &job);
        assert_eq!(
            ours.is_ok(),
            theirs,
            "seed {seed}, {job}\n--- installed\n{}--- available\n{}--- ours\n{ours:?}\n--- libsolv\n{text}",
            world.testtags(true),
            world.testtags(false)
        );
        solved += u64::from(ours.is_ok());
    }
    solved
}

#[test]
fn plain_problems_have_the_same_feasibility() {
    let solved = compare(false, 0..PROBLEMS);
    assert!(
        solved > PROBLEMS / 5 && solved < PROBLEMS,
        "{solved} of {PROBLEMS} say little"
    );
}

#[test]
fn rich_problems_have_the_same_feasibility() {
    let solved = compare(true, 10_000..10_000 + PROBLEMS);
    assert!(
        solved > PROBLEMS / 5 && solved < PROBLEMS,
        "{solved} of {PROBLEMS} say little"
    );
}
