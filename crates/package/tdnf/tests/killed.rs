//! Killed at any moment, the root is as before or as after, and the history agrees.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use support::{Lab, TestPackage};

const PACKAGES: usize = 30;

fn lab() -> Lab {
    let packages = (0..PACKAGES).map(|number| {
        let files = (0..10).fold(TestPackage::new(&format!("p{number}"), "1-1"), |package, file| {
            package.file(
                &format!("/usr/share/p{number}/f{file}"),
                &format!("{number} {file}\n").repeat(500),
            )
        });
        if number > 0 {
            files.requires(&format!("p{}", number - 1))
        } else {
            files
        }
    });
    let lab = Lab::with(packages.collect());
    lab.write_config();
    lab
}

fn command(lab: &Lab) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tdnf"));
    command
        .arg("--installroot")
        .arg(lab.root())
        .args(["-y", "-q", "install", "p29"]);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// How long an undisturbed run takes.
fn duration() -> Duration {
    let lab = lab();
    let start = Instant::now();
    assert!(command(&lab).status().unwrap().success());
    start.elapsed()
}

fn assert_before_or_after(lab: &Lab) -> bool {
    let ran = lab.tdnf("recover");
    assert_eq!(ran.status, 0, "{ran:?}");
    let installed = lab.rpm_qa().len();
    assert!(
        installed == 0 || installed == PACKAGES,
        "{installed} of {PACKAGES} packages"
    );
    let share = lab.root().join("usr/share");
    let folders = fs::read_dir(&share).map_or(0, |entries| {
        entries
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with('p'))
            .count()
    });
    assert_eq!(folders, installed, "files and database disagree");
    let history = lab.tdnf("-j history").json();
    let added: u64 = history
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["AddedCount"].as_u64().unwrap())
        .sum();
    assert_eq!(added as usize, installed, "{history}");
    installed > 0
}

#[test]
fn killed_at_any_moment_it_is_before_or_after() {
    let whole = duration();
    let mut after = 0;
    const RUNS: u32 = 10;
    for run in 0..RUNS {
        let lab = lab();
        let mut child = command(&lab).spawn().unwrap();
        thread::sleep(whole * run / RUNS);
        child.kill().unwrap();
        child.wait().unwrap();
        after += u32::from(assert_before_or_after(&lab));
        let again = lab.tdnf("install -y p29");
        assert_eq!((again.status, lab.rpm_qa().len()), (0, PACKAGES), "{again:?}");
    }
    assert!(after < RUNS, "no run was killed in time");
}

#[test]
fn two_at_once_wait_for_each_other() {
    let lab = lab();
    let mut children: Vec<_> = (0..3).map(|_| command(&lab).spawn().unwrap()).collect();
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(lab.rpm_qa().len(), PACKAGES);
    assert_eq!(lab.tdnf("-j history").json().as_array().unwrap().len(), 2);
}
