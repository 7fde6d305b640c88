//! Undoing needs nothing but what was kept, and gives back the very state before.

#![allow(clippy::unwrap_used)] // also outside of #[test] functions

mod faulty;
mod lab;

use std::fs;
use std::path::{Path, PathBuf};

use faulty::{Fault, Faulty};
use lab::{Lab, package, with_files, with_scripts};
use rpmfile::{Builder, FileEntry, FileFlags};
use transaction::{Error, Options, Silent, Transaction, recover, undo, undo_with, undoable};

fn options() -> Options {
    Options {
        keep_undo: 3,
        ..lab::options()
    }
}

fn builder(version: &str) -> Builder {
    let noreplace = FileFlags::CONFIG | FileFlags::NOREPLACE;
    let files = [
        FileEntry::directory("/opt/app"),
        FileEntry::regular("/opt/app/program", version).mode(0o755),
        FileEntry::regular("/opt/app/same", "same in both"),
        FileEntry::regular("/opt/app/linked", "linked"),
        FileEntry::hard_link("/opt/app/linked-2", "/opt/app/linked"),
        FileEntry::symlink("/opt/app/link", version),
        FileEntry::directory("/opt/nobody/owned").mode(0o750),
        FileEntry::regular("/opt/nobody/owned/file", version),
        FileEntry::directory(format!("/opt/app/only-{version}")),
        FileEntry::regular(format!("/opt/app/only-{version}/file"), version),
        FileEntry::regular("/etc/plain.conf", version).flags(FileFlags::CONFIG),
        FileEntry::regular("/etc/kept.conf", version).flags(noreplace),
        FileEntry::regular(format!("/etc/only-{version}.conf"), version).flags(FileFlags::CONFIG),
    ];
    with_scripts(with_files(package("app", version), files))
}

/// Package names with the times they were installed, but not the numbers of rows.
fn packages(root: &Path) -> String {
    lab::rpm(root, &["-qa", "--qf", "%{NEVRA} %{INSTALLTIME} %{INSTALLTID}\n"])
}

fn upgrade(root: &Path, file: &PathBuf) -> u64 {
    Transaction::new(root, options())
        .upgrade(file)
        .run(&Silent)
        .unwrap()
        .id
}

/// A root with version 1, edited by its administrator.
fn prepared(lab: &Lab) -> PathBuf {
    let root = lab.root("root");
    upgrade(&root, &lab.build(&builder("1")));
    for name in ["plain.conf", "kept.conf", "only-1.conf"] {
        fs::write(root.join("etc").join(name), "edited by hand").unwrap();
    }
    root
}

#[test]
fn an_upgrade() {
    let lab = Lab::new();
    let root = prepared(&lab);
    let before = (lab::tree(&root), packages(&root));
    let id = upgrade(&root, &lab.build(&builder("2")));
    assert_ne!(lab::tree(&root), before.0);
    undo(&root, id, &options(), &Silent).unwrap();
    assert_eq!(
        without_link_counts(&lab::tree(&root)),
        without_link_counts(&before.0)
    );
    assert_eq!(packages(&root), before.1);
    let log = lab::log(&root);
    assert!(
        log.ends_with("%postun app-2-1: 1\n%posttrans app-1-1: 2\n"),
        "{log}"
    );
}

#[test]
fn undoing_can_be_undone() {
    let lab = Lab::new();
    let root = prepared(&lab);
    let id = upgrade(&root, &lab.build(&builder("2")));
    let after = (lab::tree(&root), packages(&root));
    let id = undo(&root, id, &options(), &Silent).unwrap().id;
    undo(&root, id, &options(), &Silent).unwrap();
    assert_eq!(
        without_link_counts(&lab::tree(&root)),
        without_link_counts(&after.0)
    );
    assert_eq!(packages(&root), after.1);
}

#[test]
fn an_installation() {
    let lab = Lab::new();
    let root = lab.root("root");
    let before = lab::tree(&root);
    let id = upgrade(&root, &lab.build(&builder("1")));
    undo(&root, id, &options(), &Silent).unwrap();
    assert_eq!(lab::tree(&root), before);
    assert_eq!(packages(&root), "");
}

#[test]
fn an_erasure() {
    let lab = Lab::new();
    let root = prepared(&lab);
    let before = (lab::tree(&root), packages(&root));
    let row = lab::row_of(&root, "app");
    let id = Transaction::new(&root, options())
        .erase(row)
        .run(&Silent)
        .unwrap()
        .id;
    assert!(!root.join("opt/app").exists());
    undo(&root, id, &options(), &Silent).unwrap();
    assert_eq!(
        without_link_counts(&lab::tree(&root)),
        without_link_counts(&before.0)
    );
    assert_eq!(packages(&root), before.1);
    assert_eq!(lab::verify(&root).matches("missing").count(), 0);
}

#[test]
fn configuration_edited_since_is_not_lost() {
    let lab = Lab::new();
    let root = prepared(&lab);
    let id = upgrade(&root, &lab.build(&builder("2")));
    fs::write(root.join("etc/plain.conf"), "edited after the upgrade").unwrap();
    undo(&root, id, &options(), &Silent).unwrap();
    assert_eq!(
        fs::read_to_string(root.join("etc/plain.conf")).unwrap(),
        "edited by hand"
    );
    assert_eq!(
        fs::read_to_string(root.join("etc/plain.conf.rpmsave")).unwrap(),
        "edited after the upgrade"
    );
}

#[test]
fn what_has_changed_since_is_refused() {
    let lab = Lab::new();
    let root = prepared(&lab);
    let id = upgrade(&root, &lab.build(&builder("2")));
    upgrade(&root, &lab.build(&builder("3")));
    let error = undo(&root, id, &options(), &Silent).unwrap_err();
    assert!(
        matches!(&error, Error::CannotUndo { why, .. } if why.contains("app-2-1.noarch")),
        "{error}"
    );
}

#[test]
fn only_the_last_few_are_kept() {
    let lab = Lab::new();
    let root = lab.root("root");
    for version in ["1", "2", "3", "4", "5"] {
        upgrade(&root, &lab.build(&builder(version)));
    }
    assert_eq!(undoable(&root), [3, 4, 5]);
}

#[test]
fn killed_while_undoing() {
    let lab = Lab::new();
    let root = prepared(&lab);
    let id = upgrade(&root, &lab.build(&builder("2")));
    let after = without_link_counts(&lab::tree(&root));
    let done = copy(&lab, &root, "done");
    undo(&done, id, &options(), &Silent).unwrap();
    let before = without_link_counts(&lab::tree(&done));
    for call in (0..).step_by(3) {
        let work = copy(&lab, &root, "work");
        let faulty = Faulty::new(Fault::Die, call);
        let _ = undo_with(&work, id, &options(), &Silent, &faulty);
        recover(&work, &Silent).unwrap();
        let found = without_link_counts(&lab::tree(&work));
        let version = if found == before { "app-1-1" } else { "app-2-1" };
        assert!(found == before || found == after, "killed at {call}");
        assert!(packages(&work).starts_with(version), "killed at {call}");
        fs::remove_dir_all(&work).unwrap();
        if !faulty.struck() {
            break;
        }
    }
}

fn copy(lab: &Lab, from: &Path, name: &str) -> PathBuf {
    let to = lab.path(name);
    assert!(
        std::process::Command::new("cp")
            .arg("-a")
            .arg(from)
            .arg(&to)
            .status()
            .unwrap()
            .success()
    );
    to
}

/// Kept files are second names of the same files: their number is no difference that matters.
fn without_link_counts(tree: &std::collections::BTreeMap<PathBuf, String>) -> Vec<String> {
    let words = |text: &str| {
        let words: Vec<&str> = text.split(' ').collect();
        words
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != 3)
            .map(|(_, word)| *word)
            .collect::<Vec<_>>()
            .join(" ")
    };
    tree.iter()
        .map(|(path, text)| format!("{} {}", path.display(), words(text)))
        .collect()
}
