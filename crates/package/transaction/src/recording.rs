//! Record in the package database what comes and what goes: all of it in one transaction of SQLite.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use rpmdb::{FileState, InstallInfo, Mode, RpmDb};
use rpmfile::{Header, Package};

use crate::Error;
use crate::installed::failed;
use crate::task::{Addition, Change};
use crate::wal::{Context, Log};

/// What is added to the database.
enum Added {
    Package(Box<Package>),
    Record(Box<Header>),
}

/// A change of the database of a root.
#[derive(Clone)]
pub(crate) struct Recording {
    root: PathBuf,
    mode: Mode,
    change: Change,
    /// Where the headers of what is added are.
    headers: Vec<PathBuf>,
}

impl Recording {
    pub(crate) fn new(log: &Log<'_>, mode: Mode, change: &Change) -> Self {
        let headers = change.add.iter().map(|add| log.file(&add.headers)).collect();
        Self {
            root: log.root.clone(),
            mode,
            change: change.clone(),
            headers,
        }
    }

    /// Makes the change, unless it has been made already (see the module documentation of [`crate::wal`]); it is committed
    /// when `decided` says so, and else taken back. The database is opened when it is not given, and handed back.
    pub(crate) fn make(&self, database: Option<RpmDb>, decided: &dyn Fn() -> bool) -> Result<RpmDb, Error> {
        let mut database = match database {
            Some(database) => database,
            None => {
                RpmDb::open(&self.root, self.mode).map_err(|source| failed("open", &self.root, source))?
            }
        };
        if !is_made(&database, &self.change).map_err(|source| failed("read", &self.root, source))? {
            self.write(&mut database, decided)?;
        }
        Ok(database)
    }

    fn write(&self, database: &mut RpmDb, decided: &dyn Fn() -> bool) -> Result<(), Error> {
        let pairs = self.change.add.iter().zip(&self.headers);
        let added: Vec<Added> = pairs
            .map(|(add, path)| headers(add, path))
            .collect::<Result<_, _>>()?;
        let mut write = || -> Result<(), rpmdb::Error> {
            let transaction = database.begin()?;
            for (added, addition) in added.iter().zip(&self.change.add) {
                match added {
                    Added::Package(package) => transaction.add(package, &info(&self.change, addition))?,
                    Added::Record(header) => transaction.add_header(header)?,
                };
            }
            self.change
                .erase
                .iter()
                .try_for_each(|row| transaction.erase(*row))?;
            match decided() {
                true => transaction.commit(),
                false => Ok(()),
            }
        };
        write().map_err(|source| failed("change", &self.root, source))
    }
}

/// A change that a thread makes while the files are brought to their places; it is committed when these are all there. Until
/// then it is an open transaction of SQLite, which a crash takes back.
pub(crate) struct Ahead {
    decided: Sender<()>,
    thread: JoinHandle<Result<RpmDb, Error>>,
}

impl Ahead {
    pub(crate) fn begin(recording: Recording, database: Option<RpmDb>) -> Self {
        let (decided, waiting) = channel();
        let thread = thread::spawn(move || recording.make(database, &|| waiting.recv().is_ok()));
        Self { decided, thread }
    }

    /// Commits it.
    pub(crate) fn commit(self) -> Result<RpmDb, Error> {
        // Nobody listens where the change was made already or has failed; which of them, the outcome says.
        let _ = self.decided.send(());
        self.thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// Takes it back, and waits until that is done.
    pub(crate) fn abandon(self) {
        drop(self.decided);
        let _ = self.thread.join();
    }
}

fn headers(addition: &Addition, path: &Path) -> Result<Added, Error> {
    let bytes = fs::read(path).context("read the headers in", path)?;
    let added = match addition.recorded {
        true => Header::parse(bytes).map(|header| Added::Record(Box::new(header))),
        false => Package::read(&mut bytes.as_slice()).map(|package| Added::Package(Box::new(package))),
    };
    added.map_err(|source| Error::Package {
        path: path.to_owned(),
        source,
    })
}

/// Whether the change has been made already: see the module documentation of [`crate::wal`].
fn is_made(database: &RpmDb, change: &Change) -> Result<bool, rpmdb::Error> {
    for row in &change.erase {
        if database.get(*row)?.is_none() {
            return Ok(true);
        }
    }
    let Some(first) = change.add.first() else {
        return Ok(false);
    };
    let rows = database.find_by_name(&first.name)?;
    let is_ours = |row: &rpmdb::Installed| {
        row.hnum > change.highest
            && row
                .header
                .nevra()
                .is_ok_and(|nevra| nevra.to_string() == first.nevra)
    };
    Ok(rows.iter().any(is_ours))
}

fn info(change: &Change, addition: &Addition) -> InstallInfo {
    let state = |state: &u8| {
        if *state == 0 {
            FileState::Normal
        } else {
            FileState::NotInstalled
        }
    };
    InstallInfo {
        time: change.time,
        tid: change.number,
        color: change.color,
        file_states: addition.states.iter().map(state).collect(),
    }
}
