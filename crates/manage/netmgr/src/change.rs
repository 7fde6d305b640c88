//! One change from beginning to end: lock, edit, show or write, tell the services.

use std::path::Path;

use crate::error::Error;
use crate::session::{Change, Session};
use crate::{diff, tell, undo};

/// How a change is to be made.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    /// Only show what would be written.
    pub(crate) plan: bool,
    /// Tell the services.
    pub(crate) tell: bool,
    /// What the names of new files start with.
    pub(crate) order: &'static str,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The files that were written, or would be.
    pub(crate) changes: Vec<Change>,
    /// What the user should know.
    pub(crate) notes: Vec<String>,
}

impl Outcome {
    /// The difference of all files.
    pub(crate) fn difference(&self) -> String {
        self.changes.iter().map(diff::unified).collect()
    }
}

/// Makes a change.
pub(crate) fn carry_out(
    root: &Path,
    manner: &Manner,
    edit: impl FnOnce(&mut Session) -> Result<(), Error>,
) -> Result<Outcome, Error> {
    let mut session = match manner.plan {
        true => Session::reading(root),
        false => Session::changing(root)?,
    };
    session.set_order(manner.order);
    edit(&mut session)?;
    if manner.plan {
        return Ok(Outcome {
            changes: session.changes(),
            notes: Vec::new(),
        });
    }
    let changes = session.commit()?;
    let notes = told(root, manner.tell, &changes)?;
    Ok(Outcome { changes, notes })
}

/// Takes the last change back, or shows what that would write.
pub(crate) fn take_back(root: &Path, plan: bool) -> Result<Outcome, Error> {
    let changes = undo::undo(root, !plan)?;
    let notes = told(root, !plan, &changes)?;
    Ok(Outcome { changes, notes })
}

fn told(root: &Path, wanted: bool, changes: &[Change]) -> Result<Vec<String>, Error> {
    match wanted && root == Path::new("/") {
        true => tell::services(changes),
        false => Ok(Vec::new()),
    }
}
