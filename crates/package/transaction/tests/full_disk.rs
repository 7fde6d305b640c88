//! A file system that is too small, and one that another process fills in the middle of a transaction.

#![allow(clippy::unwrap_used)] // also outside of #[test] functions

mod lab;

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use lab::{Lab, package, with_files};
use rpmfile::{FileEntry, FileFlags};
use transaction::syscalls::{Kernel, Syscalls};
use transaction::{Error, Recovery, Silent, Transaction, recover};

/// Where the test that runs itself again finds its file system.
const ROOT: &str = "SMALL_ROOT";

/// A file system of this size needs a mount: run the test again in a namespace of its own.
fn on_a_tmpfs_of(size: &str, test: &str) {
    let lab = Lab::new();
    let script = format!("mount -t tmpfs -o size={size} none \"${ROOT}\" && exec \"$0\" --exact {test}");
    let status = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env(ROOT, lab.root("small"))
        .status();
    assert!(status.unwrap().success());
}

fn packages(lab: &Lab, version: &str, size: usize) -> Vec<PathBuf> {
    let build = |number: usize| {
        let name = format!("p{number}");
        let files = [
            FileEntry::regular(format!("/opt/{name}/data"), version.repeat(size).as_str()),
            FileEntry::regular(format!("/etc/{name}"), version).flags(FileFlags::CONFIG),
            FileEntry::directory(format!("/opt/{name}")),
            FileEntry::regular(format!("/opt/{name}/{version}"), "comes and goes"),
        ];
        lab.build(&with_files(package(&name, version), files))
    };
    (0..10).map(build).collect()
}

fn upgrade(root: &Path, files: &[PathBuf], sys: &dyn Syscalls) -> Result<(), Error> {
    let options = transaction::Options {
        durable: true,
        keep_undo: 1,
        ..lab::options()
    };
    let mut transaction = Transaction::with_syscalls(root, options, sys);
    for file in files {
        transaction.upgrade(file);
    }
    transaction.run(&Silent).map(drop)
}

#[test]
fn too_small_is_found_before_anything_has_changed() {
    let Some(root) = std::env::var_os(ROOT).map(PathBuf::from) else {
        return on_a_tmpfs_of("4m", "too_small_is_found_before_anything_has_changed");
    };
    let lab = Lab::new();
    upgrade(&root, &packages(&lab, "1", 20_000), &Kernel).unwrap();
    let before = (lab::tree(&root), lab::rows(&root));
    let error = upgrade(&root, &packages(&lab, "2", 500_000), &Kernel).unwrap_err();
    let Error::Space {
        unit: "bytes",
        needed,
        free,
        ..
    } = &error
    else {
        unreachable!("{error}")
    };
    let text = error.to_string();
    let missing = format!("{} are missing; nothing was changed", needed - free);
    assert!(*needed > 5_000_000 && *free < 4 << 20, "{text}");
    assert!(text.contains(&missing), "{text}");
    assert_eq!((lab::tree(&root), lab::rows(&root)), before);
    assert!(!root.join("var/lib/tdnf/transaction").exists());
}

/// Fills the file system before the n-th call, as a log that runs over would.
struct Eater<'a> {
    root: &'a Path,
    at: usize,
    calls: AtomicUsize,
}

impl Eater<'_> {
    fn file(root: &Path) -> PathBuf {
        root.join("tmp/log")
    }

    fn count(&self) {
        if self.calls.fetch_add(1, SeqCst) == self.at {
            let mut file = OpenOptions::new()
                .append(true)
                .create(true)
                .open(Self::file(self.root))
                .unwrap();
            let block = vec![b'x'; 4096];
            while file.write_all(&block).is_ok() {}
        }
    }
}

impl Syscalls for Eater<'_> {
    fn create(&self, path: &Path) -> io::Result<File> {
        self.count();
        Kernel.create(path)
    }
    fn write(&self, file: &File, bytes: &[u8]) -> io::Result<()> {
        self.count();
        Kernel.write(file, bytes)
    }
    fn make_directory(&self, path: &Path) -> io::Result<()> {
        self.count();
        Kernel.make_directory(path)
    }
    fn link(&self, old: &Path, new: &Path) -> io::Result<()> {
        self.count();
        Kernel.link(old, new)
    }
    fn rename(&self, old: &Path, new: &Path) -> io::Result<()> {
        self.count();
        Kernel.rename(old, new)
    }
    fn rename_between(&self, from: (&OwnedFd, &OsStr), to: (&OwnedFd, &OsStr)) -> io::Result<()> {
        self.count();
        Kernel.rename_between(from, to)
    }
    fn outside(&self, what: &str) -> io::Result<()> {
        self.count();
        Kernel.outside(what)
    }
}

fn empty(root: &Path) {
    for entry in fs::read_dir(root).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => fs::remove_dir_all(entry.path()).unwrap(),
            false => fs::remove_file(entry.path()).unwrap(),
        }
    }
}

#[test]
fn filled_by_another_it_is_as_before_or_completed_when_there_is_room() {
    let Some(root) = std::env::var_os(ROOT).map(PathBuf::from) else {
        return on_a_tmpfs_of(
            "6m",
            "filled_by_another_it_is_as_before_or_completed_when_there_is_room",
        );
    };
    let lab = Lab::new();
    let (old, new) = (packages(&lab, "1", 100_000), packages(&lab, "2", 100_000));
    let state = || (lab::tree(&root), lab::rows(&root));
    let (mut refused, mut completed) = (0, 0);
    for at in (0..).step_by(7) {
        empty(&root);
        fs::create_dir(root.join("tmp")).unwrap();
        upgrade(&root, &old, &Kernel).unwrap();
        let before = state();
        let eater = Eater {
            root: &root,
            at,
            calls: AtomicUsize::new(0),
        };
        let done = upgrade(&root, &new, &eater);
        let hit = eater.calls.load(SeqCst) > at;
        let after_the_decision = matches!(
            done,
            Ok(()) | Err(Error::Unfinished { .. } | Error::Database { .. })
        );
        if !after_the_decision {
            assert_eq!(state(), before, "at {at}: {done:?}");
            refused += 1;
        }
        fs::remove_file(Eater::file(&root)).ok();
        let recovered = recover(&root, &Silent).unwrap();
        if after_the_decision {
            assert!(
                root.join("opt/p9/2").exists() && !root.join("opt/p9/1").exists(),
                "at {at}: {done:?}"
            );
            assert!(
                lab::rows(&root).iter().all(|row| !row.contains("p9-1-1")),
                "at {at}"
            );
            completed += 1;
        }
        assert!(done.is_err() || recovered == Recovery::Nothing);
        if !hit {
            break;
        }
    }
    assert!(
        refused > 5 && completed > 5,
        "{refused} refused, {completed} completed"
    );
}
