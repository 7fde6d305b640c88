//! The audit log: lines of JSON, each with the hash of the one before, so that none can be changed, taken out or put
//! in between without breaking the chain.
//!
//! A change is written down before it is begun, and again when it is known what came of it. When the first line
//! cannot be written, the change is refused: there is no change without a line. The file is opened for appending only;
//! tmpfiles.d gives it the attribute `a`, so that even its owner cannot do anything else with it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use pmd_api::daemon::{AuditEntry, Difference};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

/// What the first entry has as the hash of the one before.
const NONE: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// The longest line that is read back.
const LONGEST: u64 = 4 << 20;

/// What happened, before it has a place in the chain.
#[derive(Debug, Clone, Default)]
pub struct Event {
    /// Who; empty for those who did not prove it.
    pub user: String,
    /// How they proved it.
    pub method: String,
    /// Where from.
    pub source: String,
    /// The operation, or the method and path when there is none.
    pub operation: String,
    /// With which arguments.
    pub arguments: Value,
    /// `begun`, `done`, `refused` or `failed`.
    pub result: &'static str,
    /// Why, when it was refused or failed.
    pub reason: Option<String>,
    /// What is different now.
    pub difference: Vec<Difference>,
}

/// The log, open.
#[derive(Debug)]
pub struct Audit {
    path: PathBuf,
    file: File,
    number: u64,
    hash: String,
    /// A line was cut off by a full disk or a crash; the next one begins on a line of its own.
    cut: bool,
}

impl Audit {
    /// Opens the log, and goes on where it ends.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let open = |read: bool| {
            OpenOptions::new()
                .append(true)
                .create(true)
                .read(read)
                .mode(0o640)
                .open(path)
        };
        let mut file = open(true).with_context(|| format!("cannot open the audit log {}", path.display()))?;
        let (last, cut) = last_entry(&mut file)?;
        let (number, hash) = last.map_or((0, NONE.to_owned()), |entry| (entry.number, entry.hash));
        Ok(Audit {
            path: path.to_owned(),
            file,
            number,
            hash,
            cut,
        })
    }

    /// Appends an entry, durably.
    pub fn append(&mut self, event: &Event) -> io::Result<()> {
        let entry = self.chain(event);
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        if self.cut {
            line.insert(0, b'\n');
        }
        self.cut = true;
        self.file.write_all(&line)?;
        self.file.sync_data()?;
        self.cut = false;
        (self.number, self.hash) = (entry.number, entry.hash);
        Ok(())
    }

    fn chain(&self, event: &Event) -> AuditEntry {
        let mut entry = AuditEntry {
            number: self.number + 1,
            time: crate::clock::now(),
            user: event.user.clone(),
            method: event.method.clone(),
            source: event.source.clone(),
            operation: event.operation.clone(),
            arguments: event.arguments.clone(),
            result: event.result.to_owned(),
            reason: event.reason.clone(),
            difference: event.difference.clone(),
            previous: self.hash.clone(),
            hash: String::new(),
        };
        entry.hash = hash(&entry);
        entry
    }

    /// Its newest entries, oldest first.
    pub fn newest(&self, user: Option<&str>, lines: usize) -> io::Result<Vec<AuditEntry>> {
        let mut file = File::open(&self.path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LONGEST)))?;
        let mut found: Vec<AuditEntry> = BufReader::new(file.take(LONGEST))
            .split(b'\n')
            .map_while(Result::ok)
            .filter_map(|line| serde_json::from_slice(&line).ok())
            .filter(|entry: &AuditEntry| user.is_none_or(|user| entry.user == user))
            .collect();
        let surplus = found.len().saturating_sub(lines);
        Ok(found.split_off(surplus))
    }
}

/// The last entry, and whether something that is no whole line follows it.
fn last_entry(file: &mut File) -> io::Result<(Option<AuditEntry>, bool)> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LONGEST)))?;
    let mut tail = Vec::new();
    file.take(LONGEST).read_to_end(&mut tail)?;
    let cut = tail.last().is_some_and(|&byte| byte != b'\n');
    let mut lines = tail.split(|&byte| byte == b'\n').rev();
    Ok((lines.find_map(|line| serde_json::from_slice(line).ok()), cut))
}

fn hash(entry: &AuditEntry) -> String {
    let mut entry = entry.clone();
    entry.hash = String::new();
    hex::encode(digest(&SHA256, entry_bytes(&entry).as_bytes()))
}

fn entry_bytes(entry: &AuditEntry) -> String {
    serde_json::to_string(entry).unwrap_or_default()
}

/// Checks the chain of a log; the number of its entries, or the line where it breaks.
pub fn verify(path: &Path) -> anyhow::Result<u64> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let (mut number, mut previous) = (0, NONE.to_owned());
    for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        let at = index + 1;
        let Ok(entry) = serde_json::from_slice::<AuditEntry>(line) else {
            // What a full disk has cut off is no entry, and nothing was done for it.
            eprintln!("line {at} is no entry: cut off by a full disk or a crash");
            continue;
        };
        if entry.hash != hash(&entry) {
            bail!("line {at}: entry {} has been changed", entry.number);
        }
        if entry.previous != previous || entry.number != number + 1 {
            bail!(
                "line {at}: entry {} does not follow entry {number}; something was removed or put in",
                entry.number
            );
        }
        (number, previous) = (entry.number, entry.hash);
    }
    Ok(number)
}

/// What is different between two states of a resource, at most a hundred places.
pub fn difference(before: Option<&Value>, after: Option<&Value>) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", before, after, &mut found);
    found.truncate(100);
    found
}

fn compare(pointer: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    if before == after || found.len() >= 100 {
        return;
    }
    let (Some(Value::Object(old)), Some(Value::Object(new))) = (before, after) else {
        if let (Some(Value::Array(old)), Some(Value::Array(new))) = (before, after) {
            let gone = old.iter().filter(|one| !new.contains(one));
            let come = new.iter().filter(|one| !old.contains(one));
            let entry = |before: Option<&Value>, after: Option<&Value>| Difference {
                pointer: format!("{pointer}/-"),
                before: before.cloned(),
                after: after.cloned(),
            };
            found.extend(gone.map(|one| entry(Some(one), None)));
            found.extend(come.map(|one| entry(None, Some(one))));
            return;
        }
        found.push(Difference {
            pointer: pointer.to_owned(),
            before: before.cloned(),
            after: after.cloned(),
        });
        return;
    };
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let escaped = name.replace('~', "~0").replace('/', "~1");
        compare(
            &format!("{pointer}/{escaped}"),
            old.get(name),
            new.get(name),
            found,
        );
    }
}

/// Arguments without what is secret in them, and without what is too long for a log.
pub fn without_secrets(operation: &pmd_api::Operation, arguments: &serde_json::Map<String, Value>) -> Value {
    let fields = operation.fields();
    let shown = arguments.iter().map(|(name, value)| {
        let secret = fields.iter().any(|field| field.name == *name && field.secret);
        let known = fields.iter().any(|field| field.name == *name);
        let value = match (secret, known) {
            (true, _) => json!("***"),
            // An unknown member may be a password with a misspelt name.
            (_, false) => json!("(unknown argument)"),
            _ => shortened(value),
        };
        (name.chars().take(60).collect::<String>(), value)
    });
    Value::Object(shown.take(50).collect())
}

fn shortened(value: &Value) -> Value {
    let text = value.to_string();
    match text.len() > 4096 {
        true => json!(format!(
            "({} bytes, SHA-256 {})",
            text.len(),
            hex::encode(digest(&SHA256, text.as_bytes()))
        )),
        false => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(user: &str) -> Event {
        Event {
            user: user.to_owned(),
            result: "done",
            ..Event::default()
        }
    }

    fn log() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.jsonl");
        let mut audit = Audit::open(&path).unwrap();
        for user in ["a", "b"] {
            audit.append(&event(user)).unwrap();
        }
        drop(audit);
        Audit::open(&path).unwrap().append(&event("c")).unwrap();
        (dir, path)
    }

    #[test]
    fn the_chain_goes_on_after_a_restart() {
        let (_dir, path) = log();
        assert_eq!(verify(&path).unwrap(), 3);
        let audit = Audit::open(&path).unwrap();
        assert_eq!(
            audit
                .newest(None, 2)
                .unwrap()
                .iter()
                .map(|entry| entry.number)
                .collect::<Vec<_>>(),
            [2, 3]
        );
        assert_eq!(audit.newest(Some("a"), 9).unwrap().len(), 1);
    }

    #[test]
    fn a_changed_a_removed_and_an_added_line_break_it() {
        let (_dir, path) = log();
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let changed = text.replacen("\"user\":\"b\"", "\"user\":\"x\"", 1);
        let removed = [lines[0], lines[2]].join("\n");
        let added = [lines[0], lines[0], lines[1]].join("\n");
        for broken in [changed, removed, added] {
            fs::write(&path, broken).unwrap();
            assert!(verify(&path).is_err());
        }
    }

    #[test]
    fn a_line_that_was_cut_off_does_not_spoil_the_next() {
        let (_dir, path) = log();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"number\":4,\"ti").unwrap();
        Audit::open(&path).unwrap().append(&event("d")).unwrap();
        assert_eq!(verify(&path).unwrap(), 4);
    }

    #[test]
    fn differences_name_their_places() {
        let (old, new) = (
            json!({"a": 1, "b": [1, 2], "c": 3}),
            json!({"a": 1, "b": [2, 4], "d/e": 5}),
        );
        let pointers: Vec<String> = difference(Some(&old), Some(&new))
            .into_iter()
            .map(|one| one.pointer)
            .collect();
        assert_eq!(pointers, ["/b/-", "/b/-", "/c", "/d~1e"]);
    }

    #[test]
    fn secrets_and_unknown_arguments_are_not_written() {
        let operation = pmd_api::find("users.add").unwrap();
        let arguments = json!({"name": "a", "password": "hunter2", "pasword": "hunter2"});
        let shown = without_secrets(operation, arguments.as_object().unwrap()).to_string();
        assert!(!shown.contains("hunter2") && shown.contains("\"a\""));
    }
}
