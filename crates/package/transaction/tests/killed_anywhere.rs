//! Install, upgrade and erase, killed or failing at every call that changes state: always all of it or nothing,
//! files and database alike.

#![allow(clippy::unwrap_used, clippy::panic)] // also outside of #[test] functions

mod faulty;
mod lab;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use faulty::{Fault, Faulty};
use lab::{Lab, package, with_files};
use rpmfile::{Builder, FileEntry, FileFlags, Scriptlet, ScriptletKind};
use transaction::{Error, Options, Recovery, Silent, Transaction, recover, recover_with};

/// One thing done to a root.
#[derive(Clone)]
enum Deed {
    Upgrade(Vec<PathBuf>),
    Erase(Vec<&'static str>),
}

impl Deed {
    fn run(&self, root: &Path, sys: &dyn transaction::syscalls::Syscalls) -> Result<(), Error> {
        let options = Options {
            durable: true,
            keep_undo: 2,
            ..lab::options()
        };
        let mut transaction = Transaction::with_syscalls(root, options, sys);
        match self {
            Self::Upgrade(files) => files.iter().for_each(|file| {
                transaction.upgrade(file);
            }),
            Self::Erase(names) => names.iter().for_each(|name| {
                transaction.erase(lab::row_of(root, name));
            }),
        }
        transaction.run(&Silent).map(drop)
    }
}

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

struct Scene {
    lab: Lab,
    start: PathBuf,
    deed: Deed,
    before: State,
    after: State,
}

type State = (BTreeMap<PathBuf, String>, Vec<String>);

/// Files and rows. The rows of an absent database are no rows.
fn state(root: &Path) -> State {
    let exists = root.join(lab::DATABASE).join("rpmdb.sqlite").exists();
    let rows = if exists { lab::rows(root) } else { Vec::new() };
    (lab::tree(root), rows)
}

fn scene(prepare: impl Fn(&Lab, &Path) -> Deed) -> Scene {
    let lab = Lab::new();
    let start = lab.root("start");
    let deed = prepare(&lab, &start);
    let done = copy(&lab, &start, "done");
    let before = state(&start);
    deed.run(&done, &transaction::syscalls::Kernel).unwrap();
    let after = state(&done);
    Scene {
        lab,
        start,
        deed,
        before,
        after,
    }
}

fn copy(lab: &Lab, from: &Path, name: &str) -> PathBuf {
    let to = lab.path(name);
    let done = Command::new("cp").arg("-a").arg(from).arg(&to).status().unwrap();
    assert!(done.success());
    to
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

impl Scene {
    /// Disturb the n-th call for every n; how often the state was before and after.
    fn disturb_everywhere(&self, fault: Fault, step: usize) -> (usize, usize) {
        let (mut old, mut new) = (0, 0);
        for call in (0..).step_by(step) {
            let root = copy(&self.lab, &self.start, "work");
            let faulty = Faulty::new(fault, call);
            let result = self.deed.run(&root, &faulty);
            let recovered = recover(&root, &Silent).unwrap();
            let after =
                self.assert_before_or_after(&root, &format!("{fault:?} at {call}: {result:?} {recovered:?}"));
            if after {
                new += 1
            } else {
                old += 1
            }
            std::fs::remove_dir_all(&root).unwrap();
            if !faulty.struck() {
                assert!(result.is_ok() && recovered == Recovery::Nothing);
                break;
            }
        }
        (old, new)
    }

    fn assert_before_or_after(&self, root: &Path, what: &str) -> bool {
        let found = state(root);
        let after = found == self.after;
        if !after && (found.0 != self.before.0 || found.1 != self.before.1) {
            assert_eq!(found.0, self.before.0, "{what}");
            assert_eq!(found.1, self.before.1, "{what}");
        }
        assert!(!root.join("var/lib/tdnf/transaction").exists(), "{what}");
        after
    }
}

/// `TEST_LONG=1` tries every kind of fault at every call; without it that is done for the kill only.
fn every(calls: usize) -> usize {
    if std::env::var_os("TEST_LONG").is_some() {
        1
    } else {
        calls
    }
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
    let deed = Deed::Upgrade(files.split('\n').map(PathBuf::from).collect());
    deed.run(Path::new(&root), &transaction::syscalls::Kernel)
        .unwrap();
}

/// strace(1) kills the process at the n-th call of a kind: this reaches inside SQLite, where our trait does not.
#[test]
fn really_killed_inside_of_sqlite() {
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
