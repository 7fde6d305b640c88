//! Editing a file by hand, with a look at it before it is written.

use std::fs;
use std::path::{Path, PathBuf};

use networkd::{Document, FileKind};

use super::request::Request;
use crate::error::Error;
use crate::session::Session;
use crate::unit::Unit;

/// A file that was edited.
#[derive(Debug)]
pub(super) struct Edited {
    path: PathBuf,
    before: Vec<u8>,
    after: Vec<u8>,
}

/// Opens a copy of an interface's file in the editor. Nobody is kept waiting meanwhile: the lock is taken later.
pub(super) fn edit(root: &Path, request: &Request, kind: FileKind) -> Result<Edited, Error> {
    let mut session = Session::reading(root);
    session.set_order("10");
    let interface = request.device()?;
    let unit = match kind {
        FileKind::Link => Unit::own_link(&mut session, interface)?,
        _ => Unit::own(&mut session, interface)?,
    };
    let path = unit
        .paths(&mut session)?
        .first()
        .cloned()
        .ok_or_else(|| request.misuse("found no file"))?;
    let before = session.file(&path)?.to_bytes();
    let after = edited(&before, &path)?;
    let remarks = kind.review(&Document::parse(&after));
    match remarks.is_empty() {
        true => Ok(Edited { path, before, after }),
        false => {
            let lines: Vec<String> = remarks.iter().map(ToString::to_string).collect();
            Err(Error::Parameter(format!(
                "nothing was written, there are errors in what you edited:\n{}",
                lines.join("\n")
            )))
        }
    }
}

fn edited(bytes: &[u8], path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::File {
        what: "edit a copy of",
        path: path.to_owned(),
        source,
    };
    let directory = tempfile::tempdir().map_err(failed)?;
    let copy = directory.path().join(path.file_name().unwrap_or_default());
    fs::write(&copy, bytes).map_err(failed)?;
    let editor = ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .unwrap_or("vi".to_owned());
    let mut words = editor.split_ascii_whitespace();
    let mut command = std::process::Command::new(words.next().unwrap_or("vi"));
    let status = command.args(words).arg(&copy).status().map_err(failed)?;
    if !status.success() {
        return Err(failed(std::io::Error::other(format!(
            "{editor} ended with {status}"
        ))));
    }
    fs::read(&copy).map_err(failed)
}

/// Writes what was edited, if nobody else has written the file meanwhile.
pub(super) fn put(session: &mut Session, edited: &Edited) -> Result<(), Error> {
    let there = session.exists(&edited.path)?;
    let file = session.file(&edited.path)?;
    if there && file.to_bytes() != edited.before {
        return Err(Error::Changed(edited.path.clone()));
    }
    *file = Document::parse(&edited.after);
    Ok(())
}
