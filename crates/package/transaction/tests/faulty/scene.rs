//! Something done to a root, with what it looks like before and after.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use transaction::syscalls::{Kernel, Syscalls};
use transaction::{Error, Options, Recovery, Silent, Transaction, recover};

use super::{Fault, Faulty};
use crate::lab::{self, Lab};

/// One thing done to a root.
#[derive(Clone)]
pub(crate) enum Deed {
    Upgrade(Vec<PathBuf>),
    Erase(Vec<&'static str>),
}

impl Deed {
    /// One call after the other, so that the n-th is always the same.
    pub(crate) fn run(&self, root: &Path, sys: &dyn Syscalls) -> Result<(), Error> {
        self.run_by(1, root, sys)
    }

    pub(crate) fn run_by(&self, threads: usize, root: &Path, sys: &dyn Syscalls) -> Result<(), Error> {
        let options = Options {
            durable: true,
            keep_undo: 2,
            threads,
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

pub(crate) struct Scene {
    pub(crate) lab: Lab,
    pub(crate) start: PathBuf,
    pub(crate) deed: Deed,
    pub(crate) before: State,
    pub(crate) after: State,
}

pub(crate) type State = (BTreeMap<PathBuf, String>, Vec<String>);

/// Files and rows. The rows of an absent database are no rows.
pub(crate) fn state(root: &Path) -> State {
    let exists = root.join(lab::DATABASE).join("rpmdb.sqlite").exists();
    let rows = if exists { lab::rows(root) } else { Vec::new() };
    (lab::tree(root), rows)
}

pub(crate) fn scene(prepare: impl Fn(&Lab, &Path) -> Deed) -> Scene {
    let lab = Lab::new();
    let start = lab.root("start");
    let deed = prepare(&lab, &start);
    let done = copy(&lab, &start, "done");
    let before = state(&start);
    deed.run(&done, &Kernel).unwrap();
    let after = state(&done);
    Scene {
        lab,
        start,
        deed,
        before,
        after,
    }
}

pub(crate) fn copy(lab: &Lab, from: &Path, name: &str) -> PathBuf {
    let to = lab.path(name);
    let done = Command::new("cp").arg("-a").arg(from).arg(&to).status().unwrap();
    assert!(done.success());
    to
}

/// What one has and the other has not.
fn differences(a: &State, b: &State) -> Vec<String> {
    let lines = |state: &State| -> BTreeSet<String> {
        let files = state
            .0
            .iter()
            .map(|(path, text)| format!("{} {text}", path.display()));
        files.chain(state.1.iter().cloned()).collect()
    };
    let short = |line: &String| line.chars().take(150).collect();
    lines(a).symmetric_difference(&lines(b)).map(short).collect()
}

impl Scene {
    /// Disturb the n-th call for every n; how often the state was before and after.
    pub(crate) fn disturb_everywhere(&self, fault: Fault, step: usize) -> (usize, usize) {
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

    /// What real rpm says of the one that the root is equal to; nothing but the configuration edited by hand.
    pub(crate) fn verified(&self, root: &Path) -> String {
        let text = match state(root) == self.after {
            true => lab::verify(&self.lab.path("done")),
            false => lab::verify(&self.start),
        };
        assert!(text.lines().all(|line| line.contains(" c /etc/")), "{text}");
        text
    }

    pub(crate) fn assert_before_or_after(&self, root: &Path, what: &str) -> bool {
        let found = state(root);
        let after = found == self.after;
        if !after && found != self.before {
            let (old, new) = (
                differences(&found, &self.before),
                differences(&found, &self.after),
            );
            assert_eq!(old, new, "{what}: to the state before, to the state after");
        }
        assert!(!root.join("var/lib/tdnf/transaction").exists(), "{what}");
        after
    }
}

/// `TEST_LONG=1` tries every kind of fault at every call; without it that is done for the kill only.
pub(crate) fn every(calls: usize) -> usize {
    if std::env::var_os("TEST_LONG").is_some() {
        1
    } else {
        calls
    }
}
