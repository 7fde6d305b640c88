//! Taking the last change back.
//!
//! The record is written before the first file is, with the bytes before and after, so that a change that was cut
//! off half way can be taken back too: each file is then one of the two. A file that is neither has been edited
//! since, and undo refuses rather than lose that.

use std::path::{Path, PathBuf};

use networkd::Layout;
use serde_json::{Value, json};

use crate::error::Error;
use crate::session::{self, Change};

fn place(layout: &Layout) -> PathBuf {
    layout.path("/var/lib/netmgr/last-change.json")
}

/// Keeps what is about to be changed. Only root may read it: there may be keys in the files.
pub(crate) fn record(layout: &Layout, changes: &[Change]) -> Result<(), Error> {
    let path = place(layout);
    let text = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(hex::encode);
    let files: Vec<Value> = changes
        .iter()
        .map(|change| json!({"path": change.path, "before": text(&change.before), "after": text(&change.after)}))
        .collect();
    let bytes = json!({ "files": files }).to_string().into_bytes();
    let keep = || {
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
        atomic_file::write(&path, &bytes, 0o600).map_err(std::io::Error::other)
    };
    keep().map_err(|source| Error::File {
        what: "keep a record for undo in",
        path: path.clone(),
        source,
    })
}

/// What takes the last change back. With `commit` it is done, and becomes the last change itself.
pub fn undo(root: &Path, commit: bool) -> Result<Vec<Change>, Error> {
    // The session's lock is held until the end.
    let session = session::Session::changing(root)?;
    let mut changes = Vec::new();
    for recorded in recorded(session.layout())? {
        let now = session::read(&recorded.path)?;
        match () {
            _ if now == recorded.before => {}
            _ if now == recorded.after => changes.push(Change {
                path: recorded.path,
                before: now,
                after: recorded.before,
            }),
            _ => return Err(Error::Changed(recorded.path)),
        }
    }
    if commit && !changes.is_empty() {
        session::write(session.layout(), &changes)?;
    }
    Ok(changes)
}

fn recorded(layout: &Layout) -> Result<Vec<Change>, Error> {
    let path = place(layout);
    let Some(bytes) = session::read(&path)? else {
        return Err(Error::NotFound("there is no change to take back".to_owned()));
    };
    let damaged = || Error::File {
        what: "understand the record of the last change",
        path: path.clone(),
        source: std::io::ErrorKind::InvalidData.into(),
    };
    let record: Value = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
    let files = record["files"].as_array().ok_or_else(damaged)?;
    files
        .iter()
        .map(|file| change(file).ok_or_else(damaged))
        .collect()
}

fn change(file: &Value) -> Option<Change> {
    let bytes = |value: &Value| match value {
        Value::Null => Some(None),
        Value::String(text) => hex::decode(text).ok().map(Some),
        _ => None,
    };
    Some(Change {
        path: PathBuf::from(file["path"].as_str()?),
        before: bytes(&file["before"])?,
        after: bytes(&file["after"])?,
    })
}
