//! Twenty packages with scripts, triggers and configuration: installed, upgraded and erased while the process is really
//! killed, or the disk fails or is full, at every call that changes state.
//!
//! With `TEST_LONG=1` at every one, by as many processes as there are processors; otherwise at some, spread over all of
//! them.

#![allow(clippy::unwrap_used, clippy::panic)] // also outside of #[test] functions

mod faulty;
mod lab;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use faulty::scene::{Deed, Scene, copy, every, scene, state};
use faulty::{Fault, Faulty};
use lab::{Lab, package, with_files};
use rpmfile::{
    Builder, Dependency, FileEntry, FileFlags, Scriptlet, ScriptletKind, Trigger, TriggerEvent, TriggerScope,
};
use rustix::process::{WaitOptions, waitpid};
use transaction::{Error, Silent, recover};

const COUNT: usize = 20;

const FAULTS: [Fault; 3] = [Fault::Kill, Fault::NoSpace, Fault::Broken];

fn files(name: &str, number: usize, version: &str) -> Vec<FileEntry> {
    let mut files = vec![
        FileEntry::directory(format!("/opt/{name}")),
        FileEntry::regular(
            format!("/opt/{name}/program"),
            format!("{name} {version}").as_str(),
        )
        .mode(0o755),
        FileEntry::regular("/opt/licence", "the same for all"),
    ];
    match number % 4 {
        0 => files.push(FileEntry::regular(format!("/etc/{name}.conf"), version).flags(FileFlags::CONFIG)),
        1 => files.push(FileEntry::symlink(format!("/opt/{name}/link"), version)),
        2 => files.push(FileEntry::hard_link(
            format!("/opt/{name}/again"),
            format!("/opt/{name}/program"),
        )),
        _ => files.push(FileEntry::regular(
            format!("/opt/{name}/{version}/only"),
            "comes and goes",
        )),
    }
    files
}

/// What scripts leave behind is the same however often they run. Most are in Lua, which costs no process.
fn script(kind: ScriptletKind, name: &str, version: &str, number: usize) -> Scriptlet {
    let mark = format!("/mark-{name}-{}", kind.section().trim_start_matches('%'));
    if number == 7 {
        return Scriptlet::shell(kind, format!("echo {version} $1 > {mark}"));
    }
    Scriptlet {
        kind,
        body: format!("local f = io.open('{mark}', 'w') f:write('{version} ', arg[2]) f:close()"),
        interpreter: vec!["<lua>".to_owned()],
        flags: 0,
    }
}

fn trigger(scope: TriggerScope, event: TriggerEvent, version: &str) -> Trigger {
    let body = format!("local f = io.open('/mark-{scope:?}-{event:?}', 'w') f:write('{version}') f:close()");
    let mut trigger = Trigger::on_files(scope, event, &["/opt/"], body);
    trigger.interpreter = vec!["<lua>".to_owned()];
    trigger
}

fn builder(number: usize, version: &str) -> Builder {
    let name = format!("p{number:02}");
    let mut builder = with_files(package(&name, version), files(&name, number, version));
    // What decides nothing yet must leave no trace, so that only %pre and %preun may run before the decision.
    let kinds = [
        ScriptletKind::Post,
        ScriptletKind::PostUn,
        ScriptletKind::PostTrans,
    ];
    let scripts = kinds.map(|kind| script(kind, &name, version, number));
    builder.scriptlets.extend(scripts);
    for kind in [ScriptletKind::Pre, ScriptletKind::PreUn] {
        builder.scriptlets.push(Scriptlet {
            kind,
            body: "assert(posix.getcwd() == '/')".to_owned(),
            interpreter: vec!["<lua>".to_owned()],
            flags: 0,
        });
    }
    if number == 0 {
        let scopes = [TriggerScope::File, TriggerScope::Transaction];
        let events = [TriggerEvent::In, TriggerEvent::PostUn];
        let all = scopes
            .into_iter()
            .flat_map(|scope| events.map(|event| trigger(scope, event, version)));
        builder.triggers.extend(all);
    } else {
        builder
            .requires
            .push(Dependency::any(format!("p{:02}", number / 2)));
    }
    builder
}

fn packages(lab: &Lab, version: &str) -> Vec<PathBuf> {
    (0..COUNT)
        .map(|number| lab.build(&builder(number, version)))
        .collect()
}

fn installing(lab: &Lab, _: &Path) -> Deed {
    Deed::Upgrade(packages(lab, "1"))
}

fn install(lab: &Lab, root: &Path) {
    installing(lab, root)
        .run(root, &transaction::syscalls::Kernel)
        .unwrap();
    std::fs::write(root.join("etc/p04.conf"), "edited by hand").unwrap();
}

fn upgrading(lab: &Lab, root: &Path) -> Deed {
    install(lab, root);
    Deed::Upgrade(packages(lab, "2"))
}

fn erasing(lab: &Lab, root: &Path) -> Deed {
    install(lab, root);
    Deed::Erase(
        (0..COUNT)
            .map(|number| &*Box::leak(format!("p{number:02}").into_boxed_str()))
            .collect(),
    )
}

/// The share of one of several processes: its number, and how many there are.
#[derive(Clone, Copy)]
struct Part(usize, usize);

impl Part {
    const VARIABLE: &'static str = "TWENTY_PACKAGES_PART";

    fn of_this_process() -> Option<Self> {
        let text = std::env::var(Self::VARIABLE).ok()?;
        let (number, of) = text.split_once('/').unwrap();
        Some(Self(number.parse().unwrap(), of.parse().unwrap()))
    }

    /// `CALL=n` repeats one.
    fn calls(self, calls: usize) -> Vec<usize> {
        match std::env::var("CALL") {
            Ok(call) => vec![call.parse().unwrap()],
            Err(_) => (0..calls)
                .step_by(every(83))
                .skip(self.0)
                .step_by(self.1)
                .collect(),
        }
    }
}

/// Run this test again in as many processes as there are processors. Threads will not do: a process that is made to be
/// killed holds copies of the locks that others have taken.
fn in_parts(test: &str) {
    let of = std::thread::available_parallelism().map_or(1, usize::from);
    let part = |number| {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env(Part::VARIABLE, format!("{number}/{of}"))
            .spawn()
            .unwrap()
    };
    let mut parts: Vec<_> = (0..of).map(part).collect();
    let done: Vec<bool> = parts
        .iter_mut()
        .map(|part| part.wait().unwrap().success())
        .collect();
    assert!(done.iter().all(|done| *done), "{test}: see above");
}

/// Calls of the deed when nothing disturbs it.
fn calls(scene: &Scene) -> usize {
    let root = copy(&scene.lab, &scene.start, "counted");
    let faulty = Faulty::new(Fault::NoSpace, usize::MAX);
    scene.deed.run(&root, &faulty).unwrap();
    std::fs::remove_dir_all(&root).unwrap();
    faulty.calls()
}

/// In a process of its own, which really ends there.
fn kill(scene: &Scene, root: &Path, call: usize) {
    let work = || {
        scene
            .deed
            .run(root, &Faulty::new(Fault::Kill, call))
            .is_err()
            .into()
    };
    let pid = fork::child(work).unwrap();
    let (_, status) = waitpid(Some(pid), WaitOptions::empty()).unwrap().unwrap();
    assert_eq!(status.terminating_signal(), Some(9), "call {call}");
}

/// One call fails. What then says that nothing was changed is believed.
fn fail(scene: &Scene, root: &Path, fault: Fault, call: usize) {
    match scene.deed.run(root, &Faulty::new(fault, call)) {
        Err(Error::Unfinished { .. } | Error::Database { .. }) | Ok(()) => {}
        // Tidying up was what failed.
        Err(error) if root.join("var/lib/tdnf/transaction").exists() => {
            assert!(
                error.to_string().contains("nothing was changed"),
                "{fault:?} at {call}: {error}"
            );
        }
        Err(error) => assert!(state(root) == scene.before, "{fault:?} at {call}: {error}"),
    }
}

/// A process made from this one holds the locks that other tests have taken: one at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn prove(test: &str, prepare: impl Fn(&Lab, &Path) -> Deed) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    match (Part::of_this_process(), every(2)) {
        (None, 1) => in_parts(test),
        (part, _) => prove_part(test, part.unwrap_or(Part(0, 1)), prepare),
    }
}

fn prove_part(test: &str, part: Part, prepare: impl Fn(&Lab, &Path) -> Deed) {
    let begun = Instant::now();
    let scene = scene(prepare);
    let (calls, mut before, mut after) = (calls(&scene), 0, 0);
    assert!(calls > 200, "{calls}");
    for fault in FAULTS {
        for call in part.calls(calls) {
            let root = copy(&scene.lab, &scene.start, "work");
            match fault {
                Fault::Kill => kill(&scene, &root, call),
                fault => fail(&scene, &root, fault, call),
            }
            recover(&root, &Silent).unwrap();
            let what = format!("{fault:?} at {call} of {calls}");
            match scene.assert_before_or_after(&root, &what) {
                true => after += 1,
                false => before += 1,
            }
            if call % 50 == 0 && root.join(lab::DATABASE).exists() {
                assert_eq!(lab::verify(&root), scene.verified(&root), "{what}");
            }
            std::fs::remove_dir_all(&root).unwrap();
        }
    }
    let seconds = begun.elapsed().as_secs();
    println!(
        "{test}, part {} of {}: {calls} calls; {before} times as before, {after} as after, {seconds} s",
        part.0 + 1,
        part.1
    );
    assert!(before > 2 && after > 2 || std::env::var_os("CALL").is_some());
}

#[test]
fn installed() {
    prove("installed", installing);
}

#[test]
fn upgraded() {
    prove("upgraded", upgrading);
}

#[test]
fn erased() {
    prove("erased", erasing);
}
