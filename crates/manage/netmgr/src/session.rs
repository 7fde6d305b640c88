//! The files of one command: read when needed, changed in memory, written together.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use networkd::{Document, Layout};
use rustix::fs::{FlockOperation, flock};

use crate::error::Error;
use crate::journal::{self, Action};
use crate::undo;

/// A file as it was when it was read, and as it is to be.
#[derive(Debug)]
struct Held {
    before: Option<Vec<u8>>,
    now: Document,
    /// Whether it is to go.
    gone: bool,
}

impl Held {
    /// Whether there will be a file. One that is filled again after it was removed is there again.
    fn is_there(&self) -> bool {
        self.now != Document::default() || (self.before.is_some() && !self.gone)
    }
}

/// A file that will be, or was, replaced. `None` is a file that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub path: PathBuf,
    /// Its bytes before.
    pub before: Option<Vec<u8>>,
    /// Its bytes after.
    pub after: Option<Vec<u8>>,
}

/// The configuration below a root directory, for one command.
#[derive(Debug)]
pub struct Session {
    root: PathBuf,
    layout: Layout,
    files: BTreeMap<PathBuf, Held>,
    /// What the names of new files start with.
    order: &'static str,
    /// Held until the session ends.
    _lock: Option<File>,
}

impl Session {
    /// To look only.
    pub fn reading(root: &Path) -> Self {
        Session {
            root: root.to_owned(),
            layout: Layout::new(root),
            files: BTreeMap::new(),
            order: "00",
            _lock: None,
        }
    }

    /// To change something. Waits until no other session does.
    pub fn changing(root: &Path) -> Result<Self, Error> {
        let mut session = Session::reading(root);
        session._lock = Some(lock(&session.layout.path("/run/lock/netmgr.lck"))?);
        Ok(session)
    }

    /// What the names of new files are to start with: the original netmgr calls them 00-, nmctl 10-.
    pub fn set_order(&mut self, order: &'static str) {
        self.order = order;
    }

    pub(crate) fn order(&self) -> &'static str {
        self.order
    }

    /// Where things are.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Whether this is the running system, not a tree somewhere.
    pub fn is_live(&self) -> bool {
        self.root == Path::new("/")
    }

    /// Refuses an address that another host on an interface has already, where this is about to be the running system's.
    pub(crate) fn check_unused(&self, interface: &str, address: &str) -> Result<(), Error> {
        match self.is_live() && self._lock.is_some() {
            true => crate::live::check_unused(interface, address),
            false => Ok(()),
        }
    }

    /// A file as it is to be; an empty document if there is none.
    pub fn file(&mut self, path: &Path) -> Result<&mut Document, Error> {
        if !self.files.contains_key(path) {
            let found = networkd::load(path)?;
            let held = Held {
                before: found.as_ref().map(Document::to_bytes),
                now: found.unwrap_or_default(),
                gone: false,
            };
            self.files.insert(path.to_owned(), held);
        }
        match self.files.get_mut(path) {
            Some(held) => Ok(&mut held.now),
            None => Err(Error::Parameter(format!("{} is not held", path.display()))),
        }
    }

    /// Makes a file go.
    pub fn remove(&mut self, path: &Path) -> Result<(), Error> {
        *self.file(path)? = Document::default();
        if let Some(held) = self.files.get_mut(path) {
            held.gone = true;
        }
        Ok(())
    }

    /// Whether a file is there, or is to be.
    pub fn exists(&mut self, path: &Path) -> Result<bool, Error> {
        self.file(path)?;
        Ok(self.files.get(path).is_some_and(|held| held.is_there()))
    }

    /// Whether a file was made in this session.
    pub(crate) fn is_new(&self, path: &Path) -> bool {
        self.files
            .get(path)
            .is_some_and(|held| held.before.is_none() && held.is_there())
    }

    /// The files that were made in this session.
    pub(crate) fn new_files(&self) -> impl Iterator<Item = &Path> {
        self.files
            .keys()
            .map(PathBuf::as_path)
            .filter(|path| self.is_new(path))
    }

    /// What [`Session::commit`] would write.
    pub fn changes(&self) -> Vec<Change> {
        let change = |(path, held): (&PathBuf, &Held)| Change {
            path: path.clone(),
            before: held.before.clone(),
            after: held.is_there().then(|| held.now.to_bytes()),
        };
        self.files
            .iter()
            .map(change)
            .filter(|change| change.before != change.after)
            .collect()
    }

    /// Writes what has changed and keeps a record for undo; tells what it wrote.
    pub fn commit(self) -> Result<Vec<Change>, Error> {
        let changes = self.changes();
        if !changes.is_empty() {
            write(&self.layout, &changes, Action::Change)?;
        }
        Ok(changes)
    }
}

/// Writes changes after a look whether the files are still what they were, with a record for undo before that.
pub(crate) fn write(layout: &Layout, changes: &[Change], action: Action) -> Result<(), Error> {
    for change in changes {
        if read(&change.path)? != change.before {
            return Err(Error::Changed(change.path.clone()));
        }
    }
    undo::record(layout, changes)?;
    let group = secrets_group(layout);
    changes.iter().try_for_each(|change| replace(change, group))?;
    journal::record(layout, action, changes);
    Ok(())
}

/// Makes one file what it is to be.
fn replace(change: &Change, secrets_group: Option<u32>) -> Result<(), Error> {
    let path = &change.path;
    if let Some(bytes) = &change.after {
        return Ok(networkd::write(path, &Document::parse(bytes), secrets_group)?);
    }
    remove_file(path)
}

/// Removes a file durably.
pub(crate) fn remove_file(path: &Path) -> Result<(), Error> {
    let failed = |source| Error::File {
        what: "remove",
        path: path.to_owned(),
        source,
    };
    std::fs::remove_file(path).map_err(failed)?;
    let parent = path.parent().unwrap_or(Path::new("/"));
    atomic_file::sync_dir(parent).map_err(|error| failed(io::Error::other(error)))
}

pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::File {
            what: "read",
            path: path.to_owned(),
            source,
        }),
    }
}

/// The group systemd-network of the tree, from its own group file.
fn secrets_group(layout: &Layout) -> Option<u32> {
    let groups = std::fs::read_to_string(layout.path("/etc/group")).ok()?;
    let line = groups
        .lines()
        .find_map(|line| line.strip_prefix("systemd-network:"))?;
    line.split(':').nth(1)?.parse().ok()
}

fn lock(path: &Path) -> Result<File, Error> {
    let take = || {
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        flock(&file, FlockOperation::LockExclusive)?;
        Ok(file)
    };
    take().map_err(|source| Error::File {
        what: "lock",
        path: path.to_owned(),
        source,
    })
}
