//! Several files changed as one, with a record from which everything can be put back.
//!
//! The record holds every file as it was - content, mode, owner, time - and is on the disk before the first of them is
//! touched. What happens afterwards is one of three things: the change is complete and says so in the record; it fails, and is
//! undone; or the machine stops, and whoever looks next finds an incomplete record and undoes it ([`recover`]).

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::host::Host;
use crate::membership::Membership;

/// Where the record is; its directory is only root's, since it holds what is in files that are.
const DIRECTORY: &str = "/var/lib/lumen-directory";
const RECORD: &str = "/var/lib/lumen-directory/record.json";
/// Where files are kept that somebody else changed after us.
const CHANGED: &str = "/var/lib/lumen-directory/changed-since";

/// A file as it shall be.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Its absolute name.
    pub path: String,
    /// Its content.
    pub content: Vec<u8>,
    /// Its permission bits, if it does not exist yet or `enforce_mode`.
    pub mode: u32,
}

/// A file as it was.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Original {
    content: String,
    mode: u32,
    uid: u32,
    gid: u32,
    seconds: u64,
    nanoseconds: u32,
}

/// One file of a change.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    path: String,
    before: Option<Original>,
    /// SHA-256 of what we write.
    after: String,
    /// Directories that had to be made, innermost first.
    directories: Vec<String>,
}

/// How far a change has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Applying,
    Complete,
}

/// What was changed, and for what.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    state: State,
    /// What the change was for.
    pub membership: Membership,
    entries: Vec<Entry>,
}

impl Record {
    /// The record of a complete change.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn load(host: &Host) -> Result<Option<Self>, Error> {
        Ok(read(host)?.filter(|record| record.state == State::Complete))
    }

    /// Names of the files that were changed.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.path.as_str())
    }
}

fn read(host: &Host) -> Result<Option<Record>, Error> {
    let Some(text) = host.read(RECORD)? else {
        return Ok(None);
    };
    let record = serde_json::from_str(&text).map_err(|error| Error::Record {
        path: host.path(RECORD),
        why: error.to_string(),
    })?;
    Ok(Some(record))
}

/// Writes all files, or none.
///
/// # Errors
/// When one cannot be written; then those before it are as they were.
pub fn apply(host: &Host, membership: Membership, files: &[Planned]) -> Result<Record, Error> {
    let mut record = Record {
        state: State::Applying,
        membership,
        entries: files
            .iter()
            .map(|file| Entry::of(host, file))
            .collect::<Result<_, _>>()?,
    };
    let directory = host.path(DIRECTORY);
    fs::create_dir_all(&directory).map_err(Error::file("create", &directory))?;
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o700))
        .map_err(Error::file("protect", &directory))?;
    save(host, &record)?;
    if let Err(error) = files.iter().try_for_each(|file| write(host, file)) {
        undo(host, &record)?;
        return Err(error);
    }
    record.state = State::Complete;
    save(host, &record)?;
    Ok(record)
}

fn save(host: &Host, record: &Record) -> Result<(), Error> {
    let path = host.path(RECORD);
    let text = serde_json::to_vec_pretty(record).map_err(|error| Error::Record {
        path: path.clone(),
        why: error.to_string(),
    })?;
    Ok(atomic_file::write(&path, &text, 0o600)?)
}

fn write(host: &Host, file: &Planned) -> Result<(), Error> {
    let path = host.path(&file.path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(Error::file("create", parent))?;
    }
    let before = fs::metadata(&path).ok();
    atomic_file::write(&path, &file.content, file.mode)?;
    match before {
        Some(before) => {
            chown(&path, Some(before.uid()), Some(before.gid())).map_err(Error::file("own", path))
        }
        None => Ok(()),
    }
}

/// Undoes a change that was interrupted. Whether there was one.
///
/// # Errors
/// When a file cannot be put back; calling again goes on.
pub fn recover(host: &Host) -> Result<bool, Error> {
    match read(host)? {
        Some(record) if record.state == State::Applying => {
            undo(host, &record)?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Puts every file back as it was, and forgets the record. The answer is where files were kept that somebody else had
/// changed since.
///
/// # Errors
/// When a file cannot be put back; the record stays, and calling again goes on.
pub fn undo(host: &Host, record: &Record) -> Result<Vec<PathBuf>, Error> {
    let mut kept = Vec::new();
    for entry in record.entries.iter().rev() {
        kept.extend(entry.keep_if_changed(host)?);
        entry.restore(host)?;
    }
    let path = host.path(RECORD);
    fs::remove_file(&path).map_err(Error::file("remove", &path))?;
    // Not empty when something is kept there.
    let _ = fs::remove_dir(host.path(DIRECTORY));
    Ok(kept)
}

impl Entry {
    fn of(host: &Host, file: &Planned) -> Result<Self, Error> {
        let path = host.path(&file.path);
        Ok(Self {
            before: Original::of(&path).map_err(Error::file("read", &path))?,
            after: digest(&file.content),
            directories: missing_directories(host, &file.path),
            path: file.path.clone(),
        })
    }

    /// A copy of what is neither ours nor what was before.
    fn keep_if_changed(&self, host: &Host) -> Result<Option<PathBuf>, Error> {
        let path = host.path(&self.path);
        let Ok(content) = fs::read(&path) else {
            return Ok(None);
        };
        let original = |before: &Original| before.bytes().is_ok_and(|bytes| bytes == content);
        if digest(&content) == self.after || self.before.as_ref().is_some_and(original) {
            return Ok(None);
        }
        let name = self.path.trim_start_matches('/').replace('/', "-");
        let copy = host.path(CHANGED).join(name);
        fs::create_dir_all(host.path(CHANGED)).map_err(Error::file("create", host.path(CHANGED)))?;
        atomic_file::write(&copy, &content, 0o600)?;
        Ok(Some(copy))
    }

    fn restore(&self, host: &Host) -> Result<(), Error> {
        let path = host.path(&self.path);
        match &self.before {
            Some(before) => before.restore(&path)?,
            None => {
                remove(&path)?;
                for directory in &self.directories {
                    // Others may have put files there.
                    let _ = fs::remove_dir(host.path(directory));
                }
            }
        }
        Ok(())
    }
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::file("remove", path)(error)),
        _ => Ok(()),
    }
}

impl Original {
    fn of(path: &Path) -> io::Result<Option<Self>> {
        let metadata = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            metadata => metadata?,
        };
        Ok(Some(Self {
            content: hex::encode(fs::read(path)?),
            mode: metadata.mode() & 0o7777,
            uid: metadata.uid(),
            gid: metadata.gid(),
            seconds: u64::try_from(metadata.mtime()).unwrap_or(0),
            nanoseconds: u32::try_from(metadata.mtime_nsec()).unwrap_or(0),
        }))
    }

    fn bytes(&self) -> io::Result<Vec<u8>> {
        hex::decode(&self.content).map_err(io::Error::other)
    }

    fn restore(&self, path: &Path) -> Result<(), Error> {
        let put_back = || Error::file("put back", path);
        atomic_file::write(path, &self.bytes().map_err(put_back())?, self.mode)?;
        chown(path, Some(self.uid), Some(self.gid)).map_err(put_back())?;
        let time = UNIX_EPOCH + Duration::new(self.seconds, self.nanoseconds);
        File::options()
            .append(true)
            .open(path)
            .and_then(|file| file.set_modified(time))
            .map_err(put_back())
    }
}

fn missing_directories(host: &Host, path: &str) -> Vec<String> {
    Path::new(path)
        .ancestors()
        .skip(1)
        .filter_map(Path::to_str)
        .take_while(|directory| !host.has(directory))
        .map(str::to_owned)
        .collect()
}

fn digest(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(path: &str, content: &str) -> Planned {
        Planned {
            path: path.to_owned(),
            content: content.into(),
            mode: 0o600,
        }
    }

    /// A tree with one file, whose mode and time are not those that a new one would get.
    fn host() -> (tempfile::TempDir, Host) {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("etc")).unwrap();
        let path = root.path().join("etc/a");
        fs::write(&path, "before").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let time = UNIX_EPOCH + Duration::new(1_000_000_000, 123);
        File::options()
            .append(true)
            .open(&path)
            .unwrap()
            .set_modified(time)
            .unwrap();
        let host = Host::at(root.path());
        (root, host)
    }

    /// Every name below the root with type, mode, time of files, and content.
    fn picture(host: &Host) -> Vec<String> {
        fn walk(path: &Path, picture: &mut Vec<String>) {
            let metadata = fs::symlink_metadata(path).unwrap();
            let line = format!("{} {:o}", path.display(), metadata.mode());
            if metadata.is_dir() {
                picture.push(line);
                fs::read_dir(path)
                    .unwrap()
                    .for_each(|entry| walk(&entry.unwrap().path(), picture));
            } else {
                let time = metadata.modified().unwrap();
                picture.push(format!("{line} {time:?} {:?}", fs::read(path).unwrap()));
            }
        }
        let mut all = Vec::new();
        walk(&host.path("/"), &mut all);
        // Made for the record, and kept for the next.
        all.retain(|line| !line.contains("/var"));
        all.sort();
        all
    }

    fn files() -> [Planned; 3] {
        [
            planned("/etc/a", "after"),
            planned("/etc/new/deep/b", "b"),
            planned("/etc/c", "c"),
        ]
    }

    #[test]
    fn undo_puts_content_mode_and_time_back_and_removes_what_was_not_there() {
        let (_root, host) = host();
        let before = picture(&host);
        let record = apply(&host, Membership::example(), &files()).unwrap();
        assert_eq!(fs::read(host.path("/etc/new/deep/b")).unwrap(), b"b");
        assert!(Record::load(&host).unwrap().is_some());
        assert!(undo(&host, &record).unwrap().is_empty());
        assert_eq!(picture(&host), before);
        assert!(Record::load(&host).unwrap().is_none());
    }

    #[test]
    fn the_record_is_for_root_alone() {
        let (_root, host) = host();
        apply(&host, Membership::example(), &files()).unwrap();
        let mode = |path| fs::metadata(host.path(path)).unwrap().mode() & 0o777;
        assert_eq!((mode(DIRECTORY), mode(RECORD)), (0o700, 0o600));
    }

    #[test]
    fn a_change_that_fails_in_the_middle_leaves_nothing() {
        let (_root, host) = host();
        fs::write(host.path("/etc/file"), "").unwrap();
        let before = picture(&host);
        let impossible = [planned("/etc/a", "after"), planned("/etc/file/below", "x")];
        assert!(apply(&host, Membership::example(), &impossible).is_err());
        assert_eq!(picture(&host), before);
        assert!(!recover(&host).unwrap());
    }

    /// The machine stops after any number of files.
    #[test]
    fn a_change_that_was_interrupted_is_undone_by_who_looks_next() {
        for written in 0..=files().len() {
            let (_root, host) = host();
            let before = picture(&host);
            let record = apply(&host, Membership::example(), &files()).unwrap();
            // As the disk would look: the record incomplete, files written up to there.
            for file in &files()[written..] {
                record
                    .entries
                    .iter()
                    .find(|entry| entry.path == file.path)
                    .unwrap()
                    .restore(&host)
                    .unwrap();
            }
            save(
                &host,
                &Record {
                    state: State::Applying,
                    ..record
                },
            )
            .unwrap();
            assert!(Record::load(&host).unwrap().is_none());
            assert!(recover(&host).unwrap());
            assert_eq!(picture(&host), before, "after {written} files");
        }
    }

    #[test]
    fn what_somebody_else_changed_since_is_kept() {
        let (_root, host) = host();
        let record = apply(&host, Membership::example(), &files()).unwrap();
        fs::write(host.path("/etc/a"), "mine").unwrap();
        let kept = undo(&host, &record).unwrap();
        assert_eq!(
            kept.iter()
                .map(|path| fs::read(path).unwrap())
                .collect::<Vec<_>>(),
            [b"mine"]
        );
        assert_eq!(fs::read(host.path("/etc/a")).unwrap(), b"before");
    }

    #[test]
    fn a_record_that_cannot_be_read_is_not_ignored() {
        let (_root, host) = host();
        apply(&host, Membership::example(), &files()).unwrap();
        fs::write(host.path(RECORD), "{").unwrap();
        assert!(matches!(recover(&host), Err(Error::Record { .. })));
        assert!(matches!(Record::load(&host), Err(Error::Record { .. })));
    }
}
