//! One change from beginning to end: lock, edit, show or write, tell the services, and perhaps wait for a confirmation.

use std::path::Path;

use crate::confirm::{self, RolledBack};
use crate::error::Error;
use crate::session::{Change, Session};
use crate::{diff, preview, tell, undo};

/// How a change is to be made.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    /// Only show what would be written.
    pub(crate) plan: bool,
    /// Tell the services.
    pub(crate) tell: bool,
    /// What the names of new files start with.
    pub(crate) order: &'static str,
    /// After how many seconds it is taken back unless it is confirmed.
    pub(crate) confirm: Option<u32>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The files that were written, or would be.
    pub(crate) changes: Vec<Change>,
    /// What would be another on the running system.
    pub(crate) live: Vec<String>,
    /// What the user should know.
    pub(crate) notes: Vec<String>,
}

impl Outcome {
    /// The difference of all files, and of the running system.
    pub(crate) fn difference(&self) -> String {
        let files: String = self.changes.iter().map(diff::unified).collect();
        let live: String = self.live.iter().map(|line| format!("{line}\n")).collect();
        files + &live
    }
}

/// Makes a change.
pub(crate) fn carry_out(
    root: &Path,
    manner: &Manner,
    edit: impl FnOnce(&mut Session) -> Result<(), Error>,
) -> Result<Outcome, Error> {
    if manner.plan {
        return plan(root, manner, edit);
    }
    let mut session = Session::changing(root)?;
    session.set_order(manner.order);
    let mut notes = match confirm::settle(session.layout())? {
        Some(done) => after_rollback(root, done)?,
        None => Vec::new(),
    };
    edit(&mut session)?;
    let waits = match manner.confirm {
        Some(seconds) if !session.changes().is_empty() => {
            confirm::begin(root, session.layout(), &session.changes(), seconds)?;
            notes.push(format!(
                "this is taken back in {seconds} seconds, unless you say: nmctl confirm"
            ));
            true
        }
        _ => false,
    };
    let changes = match session.commit() {
        Err(error) if waits => {
            // What was written before the failure goes now, not when the time is over.
            confirm::roll_back(root, None)?;
            return Err(error);
        }
        committed => committed?,
    };
    notes.extend(told(root, manner.tell, &changes)?);
    Ok(Outcome {
        changes,
        notes,
        ..Outcome::default()
    })
}

fn plan(
    root: &Path,
    manner: &Manner,
    edit: impl FnOnce(&mut Session) -> Result<(), Error>,
) -> Result<Outcome, Error> {
    let mut session = Session::reading(root);
    session.set_order(manner.order);
    edit(&mut session)?;
    let changes = session.changes();
    let live = match session.is_live() {
        true => preview::differences(&preview::now()?, &changes),
        false => Vec::new(),
    };
    Ok(Outcome {
        changes,
        live,
        notes: Vec::new(),
    })
}

/// Takes the last change back, or shows what that would write.
pub(crate) fn take_back(root: &Path, plan: bool) -> Result<Outcome, Error> {
    let changes = undo::undo(root, !plan)?;
    let notes = told(root, !plan, &changes)?;
    Ok(Outcome {
        changes,
        notes,
        ..Outcome::default()
    })
}

/// Takes back what waits for a confirmation.
pub(crate) fn roll_back(root: &Path) -> Result<Outcome, Error> {
    let done = confirm::roll_back(root, None)?.unwrap_or_default();
    let changes = done.changes.clone();
    let notes = after_rollback(root, done)?;
    Ok(Outcome {
        changes,
        notes,
        ..Outcome::default()
    })
}

/// Waits, and takes back what nobody has confirmed.
pub(crate) fn guard(root: &Path, token: &str, seconds: u64, ready: impl FnOnce()) -> Result<(), Error> {
    if let Some(done) = confirm::guard(root, token, seconds, ready)? {
        after_rollback(root, done)?;
    }
    Ok(())
}

fn after_rollback(root: &Path, done: RolledBack) -> Result<Vec<String>, Error> {
    let mut notes = vec!["a change that nobody confirmed was taken back".to_owned()];
    for path in &done.left {
        notes.push(format!(
            "{} has been edited since, and was left alone",
            path.display()
        ));
    }
    notes.extend(told(root, true, &done.changes)?);
    Ok(notes)
}

fn told(root: &Path, wanted: bool, changes: &[Change]) -> Result<Vec<String>, Error> {
    match wanted && root == Path::new("/") {
        true => tell::services(changes),
        false => Ok(Vec::new()),
    }
}
