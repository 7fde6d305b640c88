//! Changes that are taken back unless somebody confirms them: the network you cut may be the one you came through.
//!
//! Before the first file is written, what it was is kept in `pending.json`, durably, and a guardian is started: a timer
//! of systemd where that runs, otherwise a process in a session of its own, so that it outlives the caller's. It takes
//! the change back when its time has come. If the host dies before that, the unit `netmgr-rollback.service` does so
//! before networkd starts, and so does the next command that changes something.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use networkd::Layout;
use serde_json::{Value, json};

use crate::error::Error;
use crate::journal::{self, Action};
use crate::session::{self, Change, Session};
use crate::undo;

/// A change that waits for its confirmation.
#[derive(Debug)]
struct Pending {
    /// What tells it from another.
    token: String,
    /// When it is taken back, in seconds since 1970.
    deadline: u64,
    /// In which run of the kernel it was made.
    boot: String,
    changes: Vec<Change>,
}

/// What a rollback did.
#[derive(Debug, Default)]
pub(crate) struct RolledBack {
    /// The files that are again what they were.
    pub(crate) changes: Vec<Change>,
    /// Those that somebody has edited since, and that were left alone.
    pub(crate) left: Vec<PathBuf>,
}

fn place(layout: &Layout) -> PathBuf {
    layout.path("/var/lib/netmgr/pending.json")
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// Different in each run of the kernel: random(4).
fn boot() -> String {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    id.unwrap_or_default().trim().to_owned()
}

impl Pending {
    /// Whether its time is over, or it is of an earlier run of the kernel.
    fn is_overdue(&self) -> bool {
        self.deadline <= now() || self.boot != boot()
    }
}

fn load(layout: &Layout) -> Result<Option<Pending>, Error> {
    let path = place(layout);
    let Some(bytes) = session::read(&path)? else {
        return Ok(None);
    };
    let damaged = || Error::File {
        what: "understand the record of the change that waits in",
        path: path.clone(),
        source: std::io::ErrorKind::InvalidData.into(),
    };
    let record: Value = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
    Ok(Some(Pending {
        token: record["token"].as_str().ok_or_else(damaged)?.to_owned(),
        deadline: record["deadline"].as_u64().ok_or_else(damaged)?,
        boot: record["boot"].as_str().ok_or_else(damaged)?.to_owned(),
        changes: undo::from_json(&record["files"]).ok_or_else(damaged)?,
    }))
}

fn keep(layout: &Layout, pending: &Pending) -> Result<(), Error> {
    let record = json!({
        "token": pending.token,
        "deadline": pending.deadline,
        "boot": pending.boot,
        "files": undo::to_json(&pending.changes),
    });
    undo::write_record(&place(layout), &record)
}

fn forget(layout: &Layout) -> Result<(), Error> {
    session::remove_file(&place(layout))
}

/// Keeps what is about to be changed and starts the guardian. The caller holds the lock.
pub(crate) fn begin(root: &Path, layout: &Layout, changes: &[Change], seconds: u32) -> Result<(), Error> {
    let pending = Pending {
        token: format!("{}-{}", std::process::id(), now()),
        deadline: now() + u64::from(seconds),
        boot: boot(),
        changes: changes.to_vec(),
    };
    keep(layout, &pending)?;
    match start_guardian(root, &pending.token, seconds) {
        Ok(()) => Ok(()),
        Err(error) => {
            forget(layout)?;
            Err(error)
        }
    }
}

/// Refuses to change anything while a change waits; one whose time is over is taken back first. The caller holds the
/// lock. What was taken back, for the services to be told.
pub(crate) fn settle(layout: &Layout) -> Result<Option<RolledBack>, Error> {
    match load(layout)? {
        None => Ok(None),
        Some(pending) if pending.is_overdue() => take_back(layout, pending).map(Some),
        Some(pending) => Err(Error::Busy(format!(
            "a change waits to be confirmed, and is taken back in {} seconds; confirm it or roll it back first",
            pending.deadline.saturating_sub(now())
        ))),
    }
}

/// Confirms the change that waits.
pub(crate) fn confirm(root: &Path) -> Result<(), Error> {
    let session = Session::changing(root)?;
    let pending = load(session.layout())?.ok_or_else(nothing)?;
    forget(session.layout())?;
    journal::record(session.layout(), Action::Confirm, &pending.changes);
    Ok(())
}

fn nothing() -> Error {
    Error::NotFound("there is no change that waits to be confirmed".to_owned())
}

/// Takes the change that waits back. With a token only if it is that one: another was made since.
pub(crate) fn roll_back(root: &Path, token: Option<&str>) -> Result<Option<RolledBack>, Error> {
    let session = Session::changing(root)?;
    let pending = load(session.layout())?;
    match (pending, token) {
        (Some(pending), None) => take_back(session.layout(), pending).map(Some),
        (Some(pending), Some(token)) if pending.token == token => {
            take_back(session.layout(), pending).map(Some)
        }
        (None, None) => Err(nothing()),
        (_, Some(_)) => Ok(None),
    }
}

/// The last change was taken back by hand: nothing waits any more.
pub(crate) fn withdraw(layout: &Layout) -> Result<(), Error> {
    match load(layout)? {
        Some(_) => forget(layout),
        None => Ok(()),
    }
}

fn take_back(layout: &Layout, pending: Pending) -> Result<RolledBack, Error> {
    let mut done = RolledBack::default();
    for change in pending.changes {
        let there = session::read(&change.path)?;
        match () {
            () if there == change.before => {}
            () if there == change.after => done.changes.push(Change {
                path: change.path,
                before: there,
                after: change.before,
            }),
            // Who could edit it has found a way in.
            () => done.left.push(change.path),
        }
    }
    if !done.changes.is_empty() {
        session::write(layout, &done.changes, Action::Rollback)?;
    }
    forget(layout)?;
    Ok(done)
}

/// What a guardian is: it waits, and takes the change back if it is still there. `ready` is called when it no longer
/// depends on whoever started it.
pub(crate) fn guard(
    root: &Path,
    token: &str,
    seconds: u64,
    ready: impl FnOnce(),
) -> Result<Option<RolledBack>, Error> {
    // A session of its own: the end of the caller's hangs up on processes of that one only.
    let _ = rustix::process::setsid();
    let _ = std::env::set_current_dir("/");
    ready();
    std::thread::sleep(Duration::from_secs(seconds));
    roll_back(root, Some(token))
}

fn start_guardian(root: &Path, token: &str, seconds: u32) -> Result<(), Error> {
    let has_systemd = root == Path::new("/") && Path::new("/run/systemd/system").exists();
    if has_systemd && start_timer(token, seconds) {
        return Ok(());
    }
    start_process(root, token, seconds).map_err(|source| Error::Kernel {
        what: "start what takes the change back if nobody confirms it".to_owned(),
        source,
    })
}

/// The program that understands `rollback`: beside ourselves, or where it is installed.
fn program() -> PathBuf {
    let own = std::env::current_exe().ok();
    let beside = own.map(|own| own.with_file_name("nmctl"));
    beside
        .filter(|path| path.exists())
        .unwrap_or_else(|| PathBuf::from("/usr/bin/nmctl"))
}

/// A timer of systemd, which belongs to no session.
fn start_timer(token: &str, seconds: u32) -> bool {
    let status = Command::new("systemd-run")
        .args(["--quiet", "--collect", "--timer-property=AccuracySec=100ms"])
        .arg(format!("--unit=netmgr-rollback-{token}"))
        .arg(format!("--on-active={seconds}"))
        .arg(program())
        .args(["rollback", token, "0"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// A process, which tells when it stands on its own.
fn start_process(root: &Path, token: &str, seconds: u32) -> std::io::Result<()> {
    let mut child = Command::new(program())
        .arg("--root")
        .arg(std::path::absolute(root)?)
        .args(["rollback", token, &seconds.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut line = String::new();
    if let Some(said) = child.stdout.take() {
        BufReader::new(said).read_line(&mut line)?;
    }
    match line.as_str() {
        "ready\n" => Ok(()),
        _ => Err(std::io::Error::other("it did not start")),
    }
}
