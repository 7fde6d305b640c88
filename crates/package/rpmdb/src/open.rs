//! Opening and closing the database.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::lock::Lock;
use crate::{DB_DIR, Error, Index};

/// How long to wait for another connection that is just committing (rpm waits as long).
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// What the database is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Reading. Needs no lock, and no right to write.
    Read,
    /// Reading and changing. Takes rpm's transaction lock, and makes the database if there is none.
    Write,
    /// As `Write`, but nothing is flushed to the disk: for a root that is made anew after a power cut anyway.
    WriteUnflushed,
}

/// The database of installed packages of one root.
#[derive(Debug)]
pub struct RpmDb {
    pub(crate) connection: Connection,
    path: PathBuf,
    /// After the connection, so that it is released once the database is closed.
    _lock: Option<Lock>,
}

impl RpmDb {
    /// Opens the database below `root`.
    pub fn open(root: &Path, mode: Mode) -> Result<Self, Error> {
        Self::open_dir(&root.join(DB_DIR), mode)
    }

    /// Opens the database in a directory of its own.
    pub fn open_dir(dir: &Path, mode: Mode) -> Result<Self, Error> {
        let path = dir.join("rpmdb.sqlite");
        match mode {
            Mode::Read => Self::open_to_read(path),
            Mode::Write => Self::open_to_write(dir, path, "FULL"),
            Mode::WriteUnflushed => Self::open_to_write(dir, path, "OFF"),
        }
    }

    /// Where the database is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn open_to_read(path: PathBuf) -> Result<Self, Error> {
        if !path.exists() {
            return Err(Error::Missing { path });
        }
        let strategy = read_strategy(&path);
        Self::open_by(strategy, path)
    }

    fn open_by(strategy: Reading, path: PathBuf) -> Result<Self, Error> {
        let uri = OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = match strategy {
            Reading::Shared(flags) => Connection::open_with_flags(&path, flags | uri),
            Reading::Immutable => {
                Connection::open_with_flags(immutable_uri(&path), OpenFlags::SQLITE_OPEN_READ_ONLY | uri)
            }
        };
        let set_up = |connection: Connection| {
            connection.busy_timeout(BUSY_TIMEOUT)?;
            connection.pragma_update(None, "query_only", true)?;
            // The first read is where a file that is no database is found out.
            connection.query_row("SELECT count(*) FROM sqlite_master", (), |_| Ok(()))?;
            Ok(connection)
        };
        let connection = opened.and_then(set_up).map_err(|source| Error::Open {
            path: path.clone(),
            source,
        })?;
        Ok(Self {
            connection,
            path,
            _lock: None,
        })
    }

    fn open_to_write(dir: &Path, path: PathBuf, synchronous: &str) -> Result<Self, Error> {
        let is_new = !path.exists();
        fs::create_dir_all(dir).map_err(|source| Error::CreateDir {
            path: dir.to_owned(),
            source,
        })?;
        let lock = Lock::take(dir)?;
        let connection = open_connection(&path, synchronous).map_err(|source| Error::Open {
            path: path.clone(),
            source,
        })?;
        if is_new {
            make_readable(&[&path, &Lock::path(dir)]);
        }
        Ok(Self {
            connection,
            path,
            _lock: Some(lock),
        })
    }

    /// Closes the database and says whether all reached the disk. Dropping it does the same, silently.
    pub fn close(self) -> Result<(), Error> {
        let Self {
            connection,
            path,
            _lock,
        } = self;
        connection
            .close()
            .map_err(|(_, source)| Error::Open { path, source })
    }
}

/// Everybody may ask what is installed, whatever the umask of who installs first. A failure shows when they ask.
fn make_readable(paths: &[&Path]) {
    for path in paths {
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o644));
    }
}

enum Reading {
    Shared(OpenFlags),
    Immutable,
}

/// In WAL mode even a reader needs to write to the index of the log. Who cannot write to the directory uses the
/// one of a running writer, or, when there is no log, reads the file as it is.
fn read_strategy(path: &Path) -> Reading {
    let dir = path.parent().unwrap_or(Path::new("."));
    if rustix::fs::access(dir, rustix::fs::Access::WRITE_OK).is_ok() {
        return Reading::Shared(OpenFlags::SQLITE_OPEN_READ_WRITE);
    }
    match fs::metadata(beside(path, "-wal")) {
        Ok(log) if log.len() > 0 => Reading::Shared(OpenFlags::SQLITE_OPEN_READ_ONLY),
        _ => Reading::Immutable,
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// SQLite's URI file names, "3.3. The URI Path": `?`, `#` and `%` are escaped.
fn immutable_uri(path: &Path) -> String {
    let escaped = path
        .to_string_lossy()
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    match escaped.starts_with('/') {
        true => format!("file://{escaped}?immutable=1"),
        false => format!("file:{escaped}?immutable=1"),
    }
}

/// Opens to write with the settings of rpm's lib/backend/sqlite.c. Unlike rpm, the log is removed on closing.
fn open_connection(path: &Path, synchronous: &str) -> Result<Connection, rusqlite::Error> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // FULL: a commit must be on the disk before the transaction that it belongs to goes on.
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "secure_delete", false)?;
    // As in rpm: the references are checked by `rpm --verifydb`, not at each change.
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 10_000)?;
    create_tables(&mut connection)?;
    Ok(connection)
}

fn create_tables(connection: &mut Connection) -> Result<(), rusqlite::Error> {
    let tables: u32 = connection.query_row(
        "SELECT count(*) FROM sqlite_master WHERE type = 'table'",
        (),
        |row| row.get(0),
    )?;
    if tables > Index::ALL.len() as u32 {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL)",
    )?;
    for index in Index::ALL {
        transaction.execute_batch(&index.create_statements())?;
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a user does who may not write to the directory. Root may always, so that it is tested from within.
    #[test]
    fn a_directory_that_cannot_be_written_can_be_read() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("a?b#c%20d");
        RpmDb::open_dir(&dir, Mode::Write).unwrap().close().unwrap();
        let path = dir.join("rpmdb.sqlite");
        let db = RpmDb::open_by(Reading::Immutable, path.clone()).unwrap();
        assert!(db.packages().unwrap().is_empty());
        assert!(!beside(&path, "-shm").exists() && !beside(&path, "-wal").exists());
        drop(db);
        assert!(matches!(read_strategy(&path), Reading::Shared(_)));
        assert!(matches!(
            read_strategy(Path::new("/nonexistent/rpmdb.sqlite")),
            Reading::Immutable
        ));
    }
}
