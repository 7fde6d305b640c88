//! The write-ahead log: a list of file operations that happens wholly or not at all.
//!
//! # The protocol
//!
//! ```text
//! ROOT/var/lib/tdnf/transaction/     exists only while a transaction is under way
//!     plan        what will be done: steps of file operations and of tasks (database, scriptlets)
//!     stage/N     new files, complete with owner, mode, capabilities and time
//!     commit      the commit record: the SHA-256 of `plan` and the boot it was written in
//!     progress    one line per finished step
//! ```
//!
//! 1. **Stage.** New files are written to the staging folder of the file system they belong on.
//!    Nothing that existed before is touched.
//! 2. **Commit.** Staged files and plan are flushed (one syncfs(2) per file system), then the record
//!    is written beside its place, flushed and renamed: that rename is the instant of decision.
//! 3. **Apply.** Steps in order: renames and removals; the package database; scriptlets.
//! 4. **Finish.** Everything is flushed, the record is unlinked, the folder is removed.
//!
//! [`recover`](Log::recover) decides by the record alone. *Absent*: only files in staging folders and the log itself
//! exist, they are removed, and the system is as before. *Present*: the steps are run again from
//! where `progress` ends, and the system is as after. There is no third case, because the record
//! appears and disappears by a single rename or unlink.
//!
//! # Why running a step again is safe
//!
//! - **Place** (rename of a staged file over its destination): if the staged file is gone, the rename has
//!   happened. The old file is linked to its `.rpmsave` name and to the undo folder *before* the rename, under
//!   names fixed in the plan, so doing that twice gives the same links.
//! - **Remove**: a missing file is a removed file.
//! - **Directory** and **attributes** set a state instead of changing one.
//! - **Tasks** say themselves whether they may be repeated. The database task may: it looks for its own rows first.
//!   Scriptlets run at least once: the one that was running when the power went runs again, finished ones do not.
//!
//! # The package database: why after the record, and how it is recognised
//!
//! SQLite commits atomically too, so there are two instants of decision and one must lead. If SQLite led (database
//! first, then our record), a crash between the two would leave a database that speaks of files which recovery then
//! throws away. With our record leading, a crash between the two leaves a database that lags behind, and recovery
//! knows exactly by what: the plan holds the packages' headers. Replaying must not add a row twice, and the rows must
//! stay byte for byte those of rpm, so no mark of ours can be in them. None is needed: row numbers are never reused
//! (`AUTOINCREMENT`), the plan has the highest number before the transaction, and all changes are one SQLite
//! transaction. So if a row above that number carries the identity of a package to be added, or a row to be erased is
//! gone, the whole change was made; otherwise none of it was.
//!
//! # After a power cut `progress` may lie
//!
//! After a mere kill the page cache is intact and `progress` is exact. After a power cut it may have reached the
//! disk while renames before it have not (btrfs logs a flushed file alone). The record holds the kernel's boot id; if it
//! differs, file operations and repeatable tasks are run again regardless of `progress`. This costs nothing and saves a
//! flush per step.
//!
//! # Where files are staged
//!
//! In one folder per file system, not in the destination's own folder: a half-written `sudoers.d/x.tmp` is read by
//! sudo, a `.so` by ldconfig, and removing one folder is a simpler way back than finding thousands of names. rename(2)
//! needs the same *mount*, not just the same device, so mounts are told apart by their mount id.

mod apply;
mod place;
mod plan;
mod progress;
mod record;
mod stage;

pub use apply::Executor;
pub use plan::{Attributes, Op, Plan, Step, Task};
pub use stage::{Content, Stage};

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::syscalls::Syscalls;

/// Where the log lives below the root.
pub const FOLDER: &str = "var/lib/tdnf/transaction";
/// Where replaced and removed files are kept below the root, one folder per transaction.
pub const UNDO: &str = "var/lib/tdnf/undo";

/// Files of the log whose name begins so are kept for undo.
pub const OLD_HEADER: &str = "old-";

/// What could not be done, on which path, and why.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what} {}: {source}", path.display())]
pub struct Failure {
    /// The operation, as a verb phrase.
    pub what: &'static str,
    /// The file it was tried on.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// Names the operation and the path of a failed system call.
pub(crate) trait Context<T> {
    fn context(self, what: &'static str, path: &Path) -> Result<T, Failure>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, what: &'static str, path: &Path) -> Result<T, Failure> {
        self.map_err(|source| Failure {
            what,
            path: path.to_owned(),
            source,
        })
    }
}

/// What recovery found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// No transaction was under way.
    Nothing,
    /// A transaction had not been committed: everything is as it was before it.
    RolledBack,
    /// A transaction had been committed: it is now complete.
    Completed,
}

/// The log of one root.
pub struct Log<'a> {
    pub(crate) root: PathBuf,
    pub(crate) sys: &'a dyn Syscalls,
}

impl<'a> Log<'a> {
    /// The log of the system below `root`.
    pub fn new(root: impl Into<PathBuf>, sys: &'a dyn Syscalls) -> Self {
        Self {
            root: root.into(),
            sys,
        }
    }

    /// The host's path of a path below the root.
    pub fn path(&self, below: impl AsRef<Path>) -> PathBuf {
        self.root.join(below)
    }

    /// The host's path of a file of the log.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path(FOLDER).join(name)
    }

    /// Whether a transaction is under way or was interrupted.
    pub fn exists(&self) -> bool {
        self.path(FOLDER).exists()
    }

    /// Make the folder of the log; says which folders above it had to be made. An interrupted transaction must have
    /// been recovered first.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn begin(&self) -> Result<Vec<PathBuf>, Failure> {
        let mut made: Vec<PathBuf> = Path::new(FOLDER)
            .ancestors()
            .skip(1)
            .map(Path::to_owned)
            .collect();
        made.retain(|below| !self.path(below).exists());
        self.make_private(Path::new(FOLDER))?;
        Ok(made)
    }

    /// Remove folders that [`Log::begin`] has made, if nothing else is in them: the innermost come first.
    pub fn remove_made(&self, made: &[PathBuf]) {
        for below in made {
            let _ = self.sys.remove_directory(&self.path(below));
        }
    }

    /// Complete or undo an interrupted transaction.
    ///
    /// # Errors
    /// When a system call or a task fails; the log stays and recovery can be tried again.
    pub fn recover<T: Task, E: From<Failure>>(
        &self,
        executor: &mut dyn Executor<T, Error = E>,
    ) -> Result<Recovery, E> {
        if !self.exists() {
            return Ok(Recovery::Nothing);
        }
        let Some(record) = record::read(self)? else {
            self.roll_back()?;
            return Ok(Recovery::RolledBack);
        };
        let plan = self.committed_plan::<T>(&record)?;
        self.run(&plan, executor, record.same_boot())?;
        self.finish(&plan)?;
        Ok(Recovery::Completed)
    }

    /// Remove everything that was staged. A commit record that could be renamed but not flushed goes first: nothing may
    /// be missing as long as there is one.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn roll_back(&self) -> Result<(), Failure> {
        let record = self.file(record::NAME);
        if record.exists() {
            self.sys
                .unlink(&record)
                .context("remove the commit record", &record)?;
            self.sync_folder(&self.path(FOLDER))?;
        }
        for stage in self.stages() {
            self.remove_tree(&stage)?;
        }
        self.remove_tree(&self.path(FOLDER))
    }

    /// Flush, drop the record, remove the log: from here on the transaction is history.
    ///
    /// # Errors
    /// When something cannot be flushed or removed.
    pub fn finish<T: Task>(&self, plan: &Plan<T>) -> Result<(), Failure> {
        if plan.undo {
            self.keep_plan(plan.id)?;
        }
        if plan.durable {
            self.sync_filesystems(plan)?;
        }
        let record = self.file(record::NAME);
        self.sys
            .unlink(&record)
            .context("remove the commit record", &record)?;
        if plan.durable {
            self.sync_folder(&self.path(FOLDER))?;
        }
        for stage in &plan.stages {
            self.remove_tree(&self.path(stage))?;
        }
        self.remove_tree(&self.path(FOLDER))
    }

    /// Beside the kept files go the plan and the headers of what was removed: all that undoing needs.
    fn keep_plan(&self, id: u64) -> Result<(), Failure> {
        let folder = self.path(FOLDER);
        for entry in fs::read_dir(&folder).context("read the folder", &folder)? {
            let entry = entry.context("read the folder", &folder)?;
            let name = entry.file_name();
            let kept = self.path(UNDO).join(id.to_string()).join(&name);
            let is_wanted =
                name == record::PLAN || name.as_encoded_bytes().starts_with(OLD_HEADER.as_bytes());
            if is_wanted && !kept.exists() {
                self.sys
                    .link(&entry.path(), &kept)
                    .context("keep for undo", &entry.path())?;
            }
        }
        Ok(())
    }

    pub(crate) fn sync_filesystems<T: Task>(&self, plan: &Plan<T>) -> Result<(), Failure> {
        let mut folders: Vec<PathBuf> = plan.stages.iter().map(|stage| self.path(stage)).collect();
        folders.push(self.path(FOLDER));
        for folder in folders.iter().filter(|folder| folder.exists()) {
            let file = File::open(folder).context("open", folder)?;
            self.sys
                .sync_filesystem(&file)
                .context("flush the file system of", folder)?;
        }
        Ok(())
    }

    pub(crate) fn sync_folder(&self, folder: &Path) -> Result<(), Failure> {
        let file = File::open(folder).context("open", folder)?;
        self.sys.sync(&file).context("flush", folder)
    }

    /// A folder for ourselves alone: what is staged or kept there may be setuid or secret.
    pub(crate) fn make_private(&self, below: &Path) -> Result<(), Failure> {
        self.make_directories(below)?;
        let path = self.path(below);
        self.sys
            .set_folder_mode(&path, 0o700)
            .context("protect the folder", &path)
    }

    /// mkdir -p below the root.
    pub(crate) fn make_directories(&self, below: &Path) -> Result<(), Failure> {
        let mut path = self.root.clone();
        for part in below.components() {
            path.push(part);
            match self.sys.make_directory(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                other => other.context("make the folder", &path)?,
            }
        }
        Ok(())
    }

    /// rm -r, through the traced calls; something already gone is fine.
    pub(crate) fn remove_tree(&self, path: &Path) -> Result<(), Failure> {
        let entries = match fs::read_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other.context("read the folder", path)?,
        };
        for entry in entries {
            let entry = entry.context("read the folder", path)?;
            self.remove_entry(&entry)?;
        }
        self.sys.remove_directory(path).context("remove the folder", path)
    }

    fn remove_entry(&self, entry: &fs::DirEntry) -> Result<(), Failure> {
        let path = entry.path();
        if entry.file_type().context("examine", &path)?.is_dir() {
            return self.remove_tree(&path);
        }
        self.sys.unlink(&path).context("remove", &path)
    }
}
