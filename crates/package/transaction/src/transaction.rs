//! The transaction itself: check, stage, decide, carry out.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use crate::carry_out::{Begun, Checked, Contents, refused, report};
use crate::executor::Runner;
use crate::installed::Installed;
use crate::options::Options;
use crate::progress::Listener;
use crate::removal::{Departure, departures, swallowed, told};
use crate::sequence::{Action, Sequence, pretrans, sequence};
use crate::set::{Request, Set};
use crate::survey::survey;
use crate::syscalls::{Kernel, Syscalls};
use crate::task::{Script, Work};
use crate::wal::{Context, Log, Recovery};
use crate::{Error, space, wal};

/// What a transaction has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Number of the transaction; kept files are in `/var/lib/tdnf/undo/<number>`.
    pub id: u64,
    /// What was installed, in that order.
    pub installed: Vec<String>,
    /// What was removed, for good or replaced.
    pub erased: Vec<String>,
    /// What went wrong without stopping it.
    pub warnings: Vec<String>,
    /// Configuration files that want attention: `.rpmnew`, `.rpmsave`, `.rpmorig`.
    pub attention: Vec<String>,
}

/// A set of changes to one root, to be made together or not at all.
pub struct Transaction<'a> {
    root: PathBuf,
    options: Options,
    sys: &'a dyn Syscalls,
    requests: Vec<Request>,
    erase: Vec<u32>,
    checked: BTreeMap<PathBuf, [u8; 32]>,
}

impl Transaction<'static> {
    /// Nothing yet, for the system below `root`.
    pub fn new(root: impl Into<PathBuf>, options: Options) -> Self {
        Self::with_syscalls(root, options, &Kernel)
    }
}

impl<'a> Transaction<'a> {
    /// The same, over other system calls.
    pub fn with_syscalls(root: impl Into<PathBuf>, options: Options, sys: &'a dyn Syscalls) -> Self {
        Self {
            root: root.into(),
            options,
            sys,
            requests: Vec::new(),
            erase: Vec::new(),
            checked: BTreeMap::new(),
        }
    }

    /// Install a package file beside what is there, as `rpm -i`.
    pub fn install(&mut self, file: impl Into<PathBuf>) -> &mut Self {
        self.requests.push(Request::Install(file.into()));
        self
    }

    /// Install a package file in place of every installed package of its name, as `rpm -U`.
    pub fn upgrade(&mut self, file: impl Into<PathBuf>) -> &mut Self {
        self.requests.push(Request::Upgrade(file.into()));
        self
    }

    /// Install a package file in place of these rows of the database: upgrades, downgrades, obsoletes, reinstallation.
    pub fn replace(&mut self, file: impl Into<PathBuf>, rows: &[u32]) -> &mut Self {
        self.requests.push(Request::Replace(file.into(), rows.to_vec()));
        self
    }

    /// Say that a package file was looked at and had this fingerprint ([`rpmfile::Package::fingerprint`]). If it has
    /// been exchanged since, nothing is done.
    pub fn checked(&mut self, file: impl Into<PathBuf>, fingerprint: [u8; 32]) -> &mut Self {
        self.checked.insert(file.into(), fingerprint);
        self
    }

    /// Remove the package of this row of the database.
    pub fn erase(&mut self, row: u32) -> &mut Self {
        self.erase.push(row);
        self
    }

    /// Carry it out.
    ///
    /// # Errors
    /// Everything but [`Error::Unfinished`] means that nothing was changed.
    pub fn run(&self, listener: &dyn Listener) -> Result<Report, Error> {
        let (root, _lock) = enter(&self.root)?;
        let log = Log::new(&root, self.sys);
        let installed = Installed::read(&root, self.options.database_mode())?;
        let mut set = Set::gather(
            &installed,
            &self.requests,
            &self.erase,
            &self.checked,
            self.options.threads,
        )?;
        let first = pretrans(&set, &installed, self.options.scriptlets);
        let prepares = !first.is_empty();
        let decided = match self.decide(&root, &mut set, &installed, &first) {
            Err(Error::FolderInUse { .. }) if prepares && !self.options.check_only => None,
            decided => Some(decided?),
        };
        if self.options.check_only {
            return Ok(report(&set, 0));
        }
        let begun = Begun::new(&log, listener, first)?;
        let decided = match decided {
            Some(decided) if !prepares => decided,
            _ => self
                .decide(&root, &mut set, &installed, &[])
                .map_err(|error| begun.abandon(&log, error))?,
        };
        let checked = Checked {
            log: &log,
            options: &self.options,
            listener,
            set: &set,
            contents: Contents::Packages(&decided.departures),
        };
        checked.carry_out(&begun, installed, decided.sequence)
    }

    /// What becomes of each file, and what runs when; an error if it cannot be done.
    fn decide(
        &self,
        root: &Path,
        set: &mut Set,
        installed: &Installed,
        first: &[Script],
    ) -> Result<Decided, Error> {
        survey(root, set, installed, &self.options)?;
        space::check(root, set)?;
        let departures = departures(set, installed, &swallowed(root, set)?)?;
        let sequence = sequence(set, installed, self.options.scriptlets, told(set, installed)?);
        refuse_languages(first, &sequence)?;
        Ok(Decided { departures, sequence })
    }
}

/// What is known about a transaction once the tree has been looked at.
struct Decided {
    departures: Vec<Departure>,
    sequence: Sequence,
}

/// Complete or undo a transaction that was interrupted in this root.
///
/// # Errors
/// When a system call fails; try again when its cause is remedied.
pub fn recover(root: impl AsRef<Path>, listener: &dyn Listener) -> Result<Recovery, Error> {
    recover_with(root, listener, &Kernel)
}

/// The same, over other system calls.
///
/// # Errors
/// As [`recover`].
pub fn recover_with(
    root: impl AsRef<Path>,
    listener: &dyn Listener,
    sys: &dyn Syscalls,
) -> Result<Recovery, Error> {
    let root = fs::canonicalize(root.as_ref())
        .context("enter", root.as_ref())
        .map_err(refused)?;
    let log = Log::new(&root, sys);
    if !log.exists() {
        return Ok(Recovery::Nothing);
    }
    let _lock = lock(&root)?;
    let mut runner = Runner::new(&log, listener);
    log.recover::<Work, Error>(&mut runner)
}

/// How long to wait for another transaction that may be just ending, or for a process that was being started while it
/// ran and holds a copy of its lock until its exec(2).
const PATIENCE: u32 = 20;

/// One transaction at a time in a root. The lock is on the root's own folder: it needs no file and ends with us.
fn lock(root: &Path) -> Result<File, Error> {
    let folder = File::open(root).context("open", root).map_err(refused)?;
    for _ in 0..PATIENCE {
        match flock(&folder, FlockOperation::NonBlockingLockExclusive).map_err(io::Error::from) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                thread::sleep(Duration::from_millis(50))
            }
            Err(error) => return Err(error).context("lock", root).map_err(refused),
        }
    }
    Err(Error::Busy {
        root: root.to_owned(),
    })
}

/// Lock a root for a transaction. One that was interrupted must be recovered first.
pub(crate) fn enter(root: &Path) -> Result<(PathBuf, File), Error> {
    let root = fs::canonicalize(root).context("enter", root).map_err(refused)?;
    let lock = lock(&root)?;
    if is_interrupted(&root) {
        return Err(Error::Interrupted { root });
    }
    Ok((root, lock))
}

/// Refuse what is written in a language that nobody here speaks.
pub(crate) fn refuse_languages(first: &[Script], sequence: &Sequence) -> Result<(), Error> {
    let before = sequence.before.iter().map(|early| &early.script);
    let after = sequence.after.iter().filter_map(|action| match action {
        Action::Run(script) => Some(script),
        Action::Remove(_) => None,
    });
    let mut scripts = first.iter().chain(before).chain(after);
    let inner = |script: &&Script| {
        script
            .interpreter
            .first()
            .is_some_and(|program| program.starts_with('<') && !script.is_lua())
    };
    match scripts.find(inner) {
        None => Ok(()),
        Some(script) => Err(Error::Language {
            package: script.package.clone(),
            section: script.section.clone(),
            language: script.interpreter.concat(),
        }),
    }
}

/// Where the log of a root is, for those who want to know whether there is one.
pub fn is_interrupted(root: &Path) -> bool {
    root.join(wal::FOLDER).exists()
}
