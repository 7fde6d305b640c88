//! Taking the last change back.
//!
//! The record is written before the first file is, with the bytes before and after, so that a change that was cut
//! off half way can be taken back too: each file is then one of the two. A file that is neither has been edited
//! since, and undo refuses rather than lose that.

use std::path::{Path, PathBuf};

use networkd::Layout;
use serde_json::{Value, json};

use crate::confirm;
use crate::error::Error;
use crate::journal::Action;
use crate::session::{self, Change};

fn place(layout: &Layout) -> PathBuf {
    layout.path("/var/lib/netmgr/last-change.json")
}

/// Keeps what is about to be changed. Only root may read it: there may be keys in the files.
pub(crate) fn record(layout: &Layout, changes: &[Change]) -> Result<(), Error> {
    write_record(&place(layout), &json!({ "files": to_json(changes) }))
}

/// Changes as JSON. A file that is text is an object with that, any other is its bytes in hexadecimal.
pub(crate) fn to_json(changes: &[Change]) -> Value {
    let file = |change: &Change| json!({"path": change.path, "before": content(&change.before), "after": content(&change.after)});
    changes.iter().map(file).collect()
}

fn content(bytes: &Option<Vec<u8>>) -> Value {
    let Some(bytes) = bytes else { return Value::Null };
    match std::str::from_utf8(bytes) {
        Ok(text) => json!({ "text": text }),
        Err(_) => Value::String(hex::encode(bytes)),
    }
}

/// Changes from JSON.
pub(crate) fn from_json(files: &Value) -> Option<Vec<Change>> {
    files.as_array()?.iter().map(change).collect()
}

/// Writes a record durably.
pub(crate) fn write_record(path: &Path, record: &Value) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(folder).map_err(|source| Error::File {
        what: "keep a record for undo in",
        path: path.to_owned(),
        source,
    })?;
    let bytes = record.to_string().into_bytes();
    atomic_file::write(path, &bytes, 0o600).map_err(|error| networkd::StoreError::Replace(error).into())
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
        session::write(session.layout(), &changes, Action::Undo)?;
    }
    if commit {
        confirm::withdraw(session.layout())?;
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
    from_json(&record["files"]).ok_or_else(damaged)
}

fn change(file: &Value) -> Option<Change> {
    let bytes = |value: &Value| match value {
        Value::Null => Some(None),
        Value::String(text) => hex::decode(text).ok().map(Some),
        other => other["text"].as_str().map(|text| Some(text.as_bytes().to_vec())),
    };
    Some(Change {
        path: PathBuf::from(file["path"].as_str()?),
        before: bytes(&file["before"])?,
        after: bytes(&file["after"])?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_gives_the_same_bytes_back() {
        let change = |before: Option<&[u8]>, after: Option<&[u8]>| Change {
            path: PathBuf::from("/etc/systemd/network/10-eth0.network"),
            before: before.map(<[u8]>::to_vec),
            after: after.map(<[u8]>::to_vec),
        };
        let changes = vec![
            change(None, Some(b"")),
            change(Some(b"6162"), Some("# é\r\n\0\"\\\n".as_bytes())),
            change(Some(b"\xff\xfe"), None),
        ];
        assert_eq!(from_json(&to_json(&changes)), Some(changes));
    }
}
