//! The log, killed or failing at every call that changes state: always the tree before or the tree after.

#![allow(clippy::unwrap_used, clippy::panic)] // also outside of #[test] functions

mod faulty;
mod lab;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use faulty::{Fault, Faulty};
use serde::{Deserialize, Serialize};
use transaction::syscalls::{Kernel, Syscalls};
use transaction::wal::{Attributes, Content, Executor, Failure, Log, Op, Plan, Recovery, Stage, Step, Task};

/// Stands for the database (repeatable) and for a scriptlet (not repeatable).
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Note {
    text: String,
    repeatable: bool,
}

impl Task for Note {
    fn repeatable(&self) -> bool {
        self.repeatable
    }
}

struct Notes<'a>(&'a Log<'a>, &'a dyn Syscalls);

impl Executor<Note> for Notes<'_> {
    type Error = Failure;
    fn execute(&mut self, task: &Note) -> Result<(), Failure> {
        let path = self.0.path(format!("note-{}", task.text));
        let done = self.1.outside("note").and_then(|()| fs::write(&path, &task.text));
        done.map_err(|source| Failure {
            what: "write the note",
            path,
            source,
        })
    }
}

fn build_tree(root: &Path) {
    fs::create_dir_all(root.join("etc/old.d")).unwrap();
    fs::create_dir_all(root.join("usr/turns")).unwrap();
    fs::write(root.join("etc/config"), "edited by hand").unwrap();
    fs::write(root.join("etc/gone"), "removed").unwrap();
    fs::write(root.join("etc/saved"), "removed, but edited").unwrap();
    fs::write(root.join("etc/old.d/gone"), "removed with its folder").unwrap();
    fs::write(root.join("usr/turns/inside"), "a folder that becomes a link").unwrap();
    fs::write(root.join("usr/file"), "a file that becomes a folder").unwrap();
    symlink("file", root.join("usr/link")).unwrap();
}

fn new_file(stage: &Stage, log: &Log<'_>, text: &str) -> Result<u32, Failure> {
    let slot = stage.slot();
    let attributes = Attributes {
        mode: Some(0o640),
        time: Some(1_700_000_000),
        ..Default::default()
    };
    stage.write(log, 0, slot, Content::File(&mut text.as_bytes()), &attributes)?;
    Ok(slot)
}

fn place(slot: u32, path: &str, keep: Option<&str>) -> Op {
    Op::Place {
        stage: 0,
        slot,
        path: path.into(),
        fresh: false,
        keep: keep.map(Into::into),
    }
}

fn directory(stage: &Stage, path: &str) -> Op {
    let attributes = Attributes {
        mode: Some(0o755),
        time: Some(1_600_000_000),
        ..Default::default()
    };
    Op::Directory {
        path: path.into(),
        attributes,
        slot: stage.slot(),
        fresh: true,
    }
}

fn removals(stage: &Stage) -> Vec<Op> {
    let remove = |path: &str, keep: Option<&str>| Op::Remove {
        path: path.into(),
        slot: stage.slot(),
        keep: keep.map(Into::into),
    };
    vec![
        remove("etc/gone", None),
        remove("etc/saved", Some("etc/saved.rpmsave")),
        remove("etc/old.d/gone", None),
        Op::RemoveDirectory {
            path: "etc/old.d".into(),
        },
        Op::RemoveDirectory { path: "etc".into() },
    ]
}

fn stage_all(log: &Log<'_>, undo: bool) -> Result<Plan<Note>, Failure> {
    log.begin()?;
    let stage = Stage::new(log, [Path::new("etc"), Path::new("usr")], 7, true)?;
    let config = new_file(&stage, log, "new default")?;
    let fresh = new_file(&stage, log, "in a new folder")?;
    let (hard, link) = (stage.slot(), stage.slot());
    stage.write(log, 0, hard, Content::HardLink(fresh), &Attributes::default())?;
    stage.write(
        log,
        0,
        link,
        Content::Symlink("share"),
        &Attributes {
            time: Some(5),
            ..Default::default()
        },
    )?;
    let task = |text: &str, repeatable| {
        Step::Task(Note {
            text: text.into(),
            repeatable,
        })
    };
    let files = vec![
        directory(&stage, "usr/share"),
        directory(&stage, "usr/file"),
        directory(&stage, "usr/link"),
        place(config, "etc/config", Some("etc/config.rpmsave")),
        place(fresh, "usr/share/fresh", None),
        place(hard, "usr/share/hard", None),
        place(link, "usr/turns", None),
    ];
    let steps = vec![
        Step::Files(files),
        task("database", true),
        task("script", false),
        Step::Files(removals(&stage)),
    ];
    Ok(Plan {
        id: 7,
        durable: true,
        undo,
        stages: stage.folders().to_vec(),
        steps,
    })
}

/// The whole transaction, as a program that gives up at the first error would do it.
fn transact(root: &Path, sys: &dyn Syscalls, undo: bool) -> Result<(), Failure> {
    let log = Log::new(root, sys);
    let decided = stage_all(&log, undo).and_then(|plan| log.commit(&plan).map(|()| plan));
    let plan = match decided {
        Ok(plan) => plan,
        Err(error) => {
            let _ = log.roll_back();
            return Err(error);
        }
    };
    log.run(&plan, &mut Notes(&log, sys), true)?;
    log.finish(&plan)
}

/// Everything that matters about a tree, but not our own folder.
fn picture(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut picture = BTreeMap::new();
    walk(root, root, &mut picture);
    picture
}

fn walk(root: &Path, folder: &Path, picture: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, found) = (entry.path(), entry.metadata().unwrap());
        let name = path.strip_prefix(root).unwrap().to_owned();
        if name == Path::new("var") {
            continue;
        }
        let content = match () {
            () if found.is_symlink() => fs::read_link(&path).unwrap().display().to_string(),
            () if found.is_dir() => String::new(),
            () => format!(
                "{} {} {}",
                fs::read_to_string(&path).unwrap(),
                found.nlink(),
                found.mtime() > 1_700_000_000
            ),
        };
        picture.insert(name, format!("{:o} {content}", found.mode()));
        if found.is_dir() {
            walk(root, &path, picture);
        }
    }
}

/// A fresh tree, its picture before, and after a transaction that nothing disturbs.
fn before_and_after(undo: bool) -> (BTreeMap<PathBuf, String>, BTreeMap<PathBuf, String>) {
    let folder = lab::folder();
    build_tree(folder.path());
    let before = picture(folder.path());
    transact(folder.path(), &Kernel, undo).unwrap();
    (before, picture(folder.path()))
}

fn recover(root: &Path) -> Recovery {
    let log = Log::new(root, &Kernel);
    log.recover::<Note, Failure>(&mut Notes(&log, &Kernel)).unwrap()
}

/// Disturb the n-th call for every n; returns how often the state was before and after.
fn disturb_everywhere(fault: Fault, undo: bool) -> (usize, usize) {
    let (before, after) = before_and_after(undo);
    let (mut old, mut new) = (0, 0);
    for call in 0.. {
        let folder = lab::folder();
        build_tree(folder.path());
        let faulty = Faulty::new(fault, call);
        let result = transact(folder.path(), &faulty, undo);
        if !faulty.struck() {
            assert!(result.is_ok() && picture(folder.path()) == after);
            break;
        }
        recover(folder.path());
        let found = picture(folder.path());
        match (found == before, found == after) {
            (true, _) => old += 1,
            (_, true) => new += 1,
            _ => panic!(
                "{fault:?} at call {call} ({result:?}) left neither before nor after: {found:#?}\n{before:#?}"
            ),
        }
        assert!(!folder.path().join("var/lib/tdnf/transaction").exists());
        assert!(
            fault != Fault::Die || new == 0 || found == after,
            "went back after the decision, call {call}"
        );
    }
    (old, new)
}

#[test]
fn killed_at_every_call() {
    for undo in [false, true] {
        let (old, new) = disturb_everywhere(Fault::Die, undo);
        assert!(old > 20 && new > 20, "{old} {new}");
    }
}

#[test]
fn killed_in_the_middle_of_every_write() {
    let (old, new) = disturb_everywhere(Fault::Tear, true);
    assert!(old > 20 && new > 20, "{old} {new}");
}

#[test]
fn every_call_fails_once_for_want_of_space() {
    let (old, new) = disturb_everywhere(Fault::NoSpace, true);
    assert!(old > 15 && new > 10, "{old} {new}");
}

#[test]
fn recovery_itself_may_be_killed_at_every_call() {
    let (before, after) = before_and_after(true);
    for call in (0..180).step_by(11) {
        for second in 0..40 {
            let folder = lab::folder();
            build_tree(folder.path());
            let _ = transact(folder.path(), &Faulty::new(Fault::Die, call), true);
            let dying = Faulty::new(Fault::Die, second);
            let log = Log::new(folder.path(), &dying);
            let _ = log.recover::<Note, Failure>(&mut Notes(&log, &dying));
            recover(folder.path());
            let found = picture(folder.path());
            assert!(
                found == before || found == after,
                "killed at {call}, then at {second}"
            );
        }
    }
}

#[test]
fn replaced_and_removed_files_are_kept_for_undo() {
    let folder = lab::folder();
    build_tree(folder.path());
    transact(folder.path(), &Kernel, true).unwrap();
    let kept = folder.path().join("var/lib/tdnf/undo/7");
    let texts: Vec<String> = fs::read_dir(kept)
        .unwrap()
        .filter_map(|entry| fs::read_to_string(entry.unwrap().path()).ok())
        .collect();
    for text in ["edited by hand", "removed", "removed with its folder"] {
        assert!(
            texts.iter().any(|kept| kept == text),
            "{text} is not in {texts:?}"
        );
    }
}

#[test]
fn a_damaged_plan_is_not_followed() {
    let folder = lab::folder();
    build_tree(folder.path());
    let log = Log::new(folder.path(), &Kernel);
    let plan = stage_all(&log, false).unwrap();
    log.commit(&plan).unwrap();
    fs::write(log.file("plan"), "{}").unwrap();
    let refused = log
        .recover::<Note, Failure>(&mut Notes(&log, &Kernel))
        .unwrap_err();
    assert!(
        refused.to_string().contains("not what was committed"),
        "{refused}"
    );
}

#[test]
fn nothing_is_flushed_when_durability_is_not_wanted() {
    let folder = lab::folder();
    build_tree(folder.path());
    let counting = Faulty::new(Fault::Die, usize::MAX);
    let log = Log::new(folder.path(), &counting);
    let plan = Plan {
        durable: false,
        ..stage_all(&log, false).unwrap()
    };
    log.commit(&plan).unwrap();
    log.run(&plan, &mut Notes(&log, &counting), true).unwrap();
    log.finish(&plan).unwrap();
    assert_eq!(counting.flushes(), 0);
}
