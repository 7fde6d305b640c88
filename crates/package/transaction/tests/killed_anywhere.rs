//! Install, upgrade and erase, killed or failing at every call that changes state: always all of it or nothing,
//! files and database alike.

#![allow(clippy::unwrap_used, clippy::panic)] // also outside of #[test] functions

mod faulty;
mod lab;

use std::path::{Path, PathBuf};
use std::process::Command;

use faulty::scene::{Deed, copy, every, scene};
use faulty::{Fault, Faulty};
use lab::{Lab, package, with_files};
use rpmfile::{Builder, FileEntry, FileFlags, Scriptlet, ScriptletKind};
use transaction::{Error, Silent, recover, recover_with};

/// Two packages that share a folder, with configuration, links, and a script that must have run.
fn builders(version: &str) -> Vec<Builder> {
    let files = |name: &str| {
        vec![
            FileEntry::directory("/opt/shared"),
            FileEntry::regular(
                format!("/opt/shared/{name}"),
                format!("{name} {version}").as_str(),
            )
            .mode(0o755),
            FileEntry::regular(format!("/opt/shared/{name}-link"), "linked"),
            FileEntry::hard_link(
                format!("/opt/shared/{name}-link-2"),
                format!("/opt/shared/{name}-link"),
            ),
            FileEntry::regular(format!("/opt/{name}-{version}/file"), "comes and goes"),
            FileEntry::directory(format!("/opt/{name}-{version}")),
            FileEntry::regular(format!("/etc/{name}.conf"), version).flags(FileFlags::CONFIG),
            FileEntry::symlink(format!("/opt/{name}"), "shared"),
        ]
    };
    let of = |name: &'static str| {
        let mut builder = with_files(package(name, version), files(name));
        let post = format!("echo {version} > /post-{name}");
        builder
            .scriptlets
            .push(Scriptlet::shell(ScriptletKind::Post, post));
        builder
            .scriptlets
            .push(Scriptlet::shell(ScriptletKind::PreUn, "true"));
        builder
    };
    ["a", "b"].into_iter().map(of).collect()
}

fn packages(lab: &Lab, version: &str) -> Vec<PathBuf> {
    builders(version)
        .iter()
        .map(|builder| lab.build(builder))
        .collect()
}

fn installing(lab: &Lab, _: &Path) -> Deed {
    Deed::Upgrade(packages(lab, "1"))
}

fn installed(lab: &Lab, root: &Path) {
    Deed::Upgrade(packages(lab, "1"))
        .run(root, &transaction::syscalls::Kernel)
        .unwrap();
    std::fs::write(root.join("etc/a.conf"), "edited by hand").unwrap();
}

fn upgrading(lab: &Lab, root: &Path) -> Deed {
    installed(lab, root);
    Deed::Upgrade(packages(lab, "2"))
}

fn erasing(lab: &Lab, root: &Path) -> Deed {
    installed(lab, root);
    Deed::Erase(vec!["a", "b"])
}

fn prove(prepare: impl Fn(&Lab, &Path) -> Deed) {
    let scene = scene(prepare);
    let (old, new) = scene.disturb_everywhere(Fault::Die, 1);
    assert!(old > 10 && new > 10, "{old} before, {new} after");
    let (old, new) = scene.disturb_everywhere(Fault::NoSpace, every(3));
    assert!(old > 3 && new > 3, "{old} before, {new} after");
    scene.disturb_everywhere(Fault::Tear, every(7));
}

#[test]
fn an_installation() {
    prove(installing);
}

#[test]
fn an_upgrade() {
    prove(upgrading);
}

#[test]
fn an_erasure() {
    let scene = scene(erasing);
    let (old, new) = scene.disturb_everywhere(Fault::Die, 1);
    assert!(old > 5 && new > 10, "{old} before, {new} after");
    scene.disturb_everywhere(Fault::NoSpace, every(3));
}

/// Whichever of them it meets.
#[test]
fn a_call_that_fails_while_several_threads_work() {
    let scene = scene(upgrading);
    for call in (0..).step_by(every(5)) {
        let root = copy(&scene.lab, &scene.start, "work");
        let faulty = Faulty::new(Fault::NoSpace, call);
        let result = scene.deed.run_by(3, &root, &faulty);
        recover(&root, &Silent).unwrap();
        scene.assert_before_or_after(&root, &format!("no space at {call}: {result:?}"));
        std::fs::remove_dir_all(&root).unwrap();
        if !faulty.struck() {
            break;
        }
    }
}

#[test]
fn recovery_that_is_killed_too() {
    let scene = scene(upgrading);
    for call in (0..200).step_by(every(31).max(5)) {
        for second in (0..60).step_by(every(11).max(5)) {
            let root = copy(&scene.lab, &scene.start, "work");
            let _ = scene.deed.run(&root, &Faulty::new(Fault::Die, call));
            let _ = recover_with(&root, &Silent, &Faulty::new(Fault::Die, second));
            recover(&root, &Silent).unwrap();
            scene.assert_before_or_after(&root, &format!("killed at {call}, then at {second}"));
            std::fs::remove_dir_all(&root).unwrap();
        }
    }
}

#[test]
fn an_interrupted_transaction_must_be_recovered_first() {
    let scene = scene(upgrading);
    let root = copy(&scene.lab, &scene.start, "work");
    scene.deed.run(&root, &Faulty::new(Fault::Die, 30)).unwrap_err();
    let refused = scene.deed.run(&root, &transaction::syscalls::Kernel).unwrap_err();
    assert!(matches!(refused, Error::Interrupted { .. }), "{refused}");
}

/// The name of the test below, which the others start as a process of its own, to be really killed.
const VICTIM: &str = "victim";

#[test]
fn victim() {
    let Some(root) = std::env::var_os("VICTIM_ROOT") else {
        return;
    };
    let files = std::env::var("VICTIM_FILES").unwrap();
    let threads = std::env::var("VICTIM_THREADS").unwrap().parse().unwrap();
    let deed = Deed::Upgrade(files.split('\n').map(PathBuf::from).collect());
    deed.run_by(threads, Path::new(&root), &transaction::syscalls::Kernel)
        .unwrap();
}

#[test]
fn really_killed_inside_of_sqlite() {
    really_killed(1);
}

/// strace(1) counts the calls of each thread. One of them writes the rows of the database while another renames files.
#[test]
fn really_killed_while_several_threads_work() {
    really_killed(3);
}

/// strace(1) kills the process at the n-th call of a kind: this reaches inside SQLite, where our trait does not.
fn really_killed(threads: usize) {
    let found = Command::new("strace").arg("-V").output();
    assert!(found.is_ok(), "strace is missing: install the package strace");
    let scene = scene(upgrading);
    let Deed::Upgrade(files) = &scene.deed else {
        panic!()
    };
    let files: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
    let calls = "pwrite64,fdatasync,fsync,ftruncate,rename,unlink";
    for number in 1.. {
        let root = copy(&scene.lab, &scene.start, "work");
        let status = Command::new("strace")
            .args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={calls}")])
            .args(["-e", &format!("inject={calls}:signal=SIGKILL:when={number}")])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", VICTIM, "--test-threads=1"])
            .env("VICTIM_ROOT", &root)
            .env("VICTIM_FILES", files.join("\n"))
            .env("VICTIM_THREADS", threads.to_string())
            .output()
            .unwrap()
            .status;
        recover(&root, &Silent).unwrap();
        let after = scene.assert_before_or_after(&root, &format!("killed at call {number} of {calls}"));
        std::fs::remove_dir_all(&root).unwrap();
        if status.success() {
            assert!(after && number > 20);
            break;
        }
    }
}
