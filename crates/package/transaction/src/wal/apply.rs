//! After the commit record: run the steps. Everything here may happen twice.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::place::{Hands, Placing};
use super::progress::Progress;
use super::{Attributes, Context, Failure, Log, Op, Plan, Step, Task, UNDO};

/// Does the tasks of a plan.
pub trait Executor<T> {
    /// How it can fail.
    type Error;
    /// Do one task. It may have been begun, or even done, before a crash.
    ///
    /// # Errors
    /// Only when the transaction must stop here, to be completed by recovery later.
    fn execute(&mut self, task: &T) -> Result<(), Self::Error>;
}

impl Log<'_> {
    /// Run the steps that are not done. `trust` says whether `progress` is exact.
    ///
    /// # Errors
    /// When a system call or a task fails; running again continues.
    pub fn run<T: Task, E: From<Failure>>(
        &self,
        plan: &Plan<T>,
        executor: &mut dyn Executor<T, Error = E>,
        trust: bool,
    ) -> Result<(), E> {
        let mut progress = Progress::open(self)?;
        if plan.undo {
            self.make_private(Path::new(&format!("{UNDO}/{}", plan.id)))?;
        }
        for (number, step) in plan.steps.iter().enumerate() {
            if progress.is_done(number) && (trust || !step.repeatable()) {
                continue;
            }
            self.step(plan, step, executor)?;
            progress.done(self, number)?;
        }
        Ok(())
    }

    fn step<T: Task, E: From<Failure>>(
        &self,
        plan: &Plan<T>,
        step: &Step<T>,
        executor: &mut dyn Executor<T, Error = E>,
    ) -> Result<(), E> {
        match step {
            Step::Files(ops) => Ok(self.apply_all(plan, ops)?),
            Step::Task(task) => executor.execute(task),
        }
    }

    fn apply_all<T: Task>(&self, plan: &Plan<T>, ops: &[Op]) -> Result<(), Failure> {
        let mut hands = Hands::default();
        for op in ops {
            if !matches!(op, Op::Place { .. }) {
                hands = Hands::default();
            }
            self.apply(plan, &mut hands, op)?;
        }
        Ok(())
    }

    fn apply<T: Task>(&self, plan: &Plan<T>, hands: &mut Hands, op: &Op) -> Result<(), Failure> {
        match op {
            Op::Directory {
                path,
                attributes,
                slot,
                ..
            } => self.directory(plan, path, attributes, *slot),
            Op::Place {
                stage,
                slot,
                path,
                fresh,
                keep,
            } => {
                let placing = Placing {
                    staged: self.staged(&plan.stages, *stage, *slot),
                    slot: *slot,
                    below: path,
                    fresh: *fresh,
                    keep: keep.as_deref(),
                };
                self.place(plan, hands, &placing)
            }
            Op::Remove { path, slot, keep } => self.remove(plan, path, *slot, keep.as_deref()),
            Op::RemoveDirectory { path } => self.remove_directory(&self.path(path)),
            Op::Set { path, attributes } => self.set_if_there(&self.path(path), attributes),
        }
    }

    fn directory<T: Task>(
        &self,
        plan: &Plan<T>,
        below: &str,
        attributes: &Attributes,
        slot: u32,
    ) -> Result<(), Failure> {
        let path = self.path(below);
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_dir() => return self.set_where_possible(&path, attributes),
            // A link to a directory is the administrator's way to move it elsewhere (rpm: fsmVerify).
            Ok(found) if found.is_symlink() && self.leads_to_directory(below) => return Ok(()),
            Ok(_) => self.put_away(plan, &path, slot)?,
            Err(_) => {}
        }
        self.sys.make_directory(&path).context("make the folder", &path)?;
        self.set(&path, attributes)
    }

    /// Absolute targets are meant below the root.
    fn leads_to_directory(&self, below: &str) -> bool {
        crate::resolve::resolve(&self.root, Path::new(below)).is_some_and(|path| self.path(path).is_dir())
    }

    fn remove<T: Task>(
        &self,
        plan: &Plan<T>,
        below: &str,
        slot: u32,
        keep: Option<&str>,
    ) -> Result<(), Failure> {
        let path = self.path(below);
        if fs::symlink_metadata(&path).is_err() {
            return Ok(());
        }
        if let Some(keep) = keep {
            return self.rename_away(&path, &self.path(keep));
        }
        self.put_away(plan, &path, slot)
    }

    /// rename(2), also where both are names of one file, which the system call leaves alone.
    fn rename_away(&self, path: &Path, new: &Path) -> Result<(), Failure> {
        self.sys
            .rename(path, new)
            .context("keep under a new name", path)?;
        match fs::symlink_metadata(path) {
            Ok(_) => self.sys.unlink(path).context("remove", path),
            Err(_) => Ok(()),
        }
    }

    /// Take something out of the tree: into the undo folder when it is kept, away when not. A directory cannot be
    /// unlinked; one that something else replaces goes to the log, which is removed at the end.
    pub(super) fn put_away<T: Task>(&self, plan: &Plan<T>, path: &Path, slot: u32) -> Result<(), Failure> {
        let is_directory = fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
        if plan.undo && self.sys.rename(path, &self.undo_path(plan.id, slot)).is_ok() {
            return Ok(());
        }
        if is_directory {
            let away = self.file(&format!("away-{slot}"));
            return self.sys.rename(path, &away).context("move away", path);
        }
        self.sys.unlink(path).context("remove", path)
    }

    /// Give the file a second name. It is gone or on another mount: then there is nothing to keep.
    pub(super) fn keep_for_undo(&self, path: &Path, kept: &Path) -> Result<(), Failure> {
        match self.sys.link(path, kept) {
            Err(error) if is_fatal(&error) => Err(error).context("keep for undo", path),
            _ => Ok(()),
        }
    }

    /// Make `new` another name of `old`, replacing what had that name. rename(2) between two names of one file does
    /// nothing, so the temporary name goes at the end whether or not the rename took it.
    pub(super) fn link_over(&self, old: &Path, new: &Path) -> Result<(), Failure> {
        let fresh = with_suffix(new, ".tdnf-new");
        let linked = self.link_and_rename(old, &fresh, new);
        match fs::symlink_metadata(&fresh) {
            Ok(_) => linked.and(self.sys.unlink(&fresh).context("remove", &fresh)),
            Err(_) => linked,
        }
    }

    fn link_and_rename(&self, old: &Path, fresh: &Path, new: &Path) -> Result<(), Failure> {
        if fs::symlink_metadata(fresh).is_ok() {
            self.sys.unlink(fresh).context("remove", fresh)?;
        }
        match self.sys.link(old, fresh) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error).context("keep a copy of", old),
            Ok(()) => self.sys.rename(fresh, new).context("keep a copy as", new),
        }
    }

    /// Not empty is not an error: the user's files stay, and so does their folder.
    fn remove_directory(&self, path: &Path) -> Result<(), Failure> {
        match self.sys.remove_directory(path) {
            Err(error) if is_fatal(&error) => Err(error).context("remove the folder", path),
            _ => Ok(()),
        }
    }

    pub(crate) fn set_if_there(&self, path: &Path, attributes: &Attributes) -> Result<(), Failure> {
        match fs::symlink_metadata(path) {
            Ok(_) => self.set_where_possible(path, attributes),
            Err(_) => Ok(()),
        }
    }

    /// What was there before may be a mount point of `/proc` or of a boot partition that knows no owners. Its attributes
    /// are not worth leaving a decided transaction incomplete.
    fn set_where_possible(&self, path: &Path, attributes: &Attributes) -> Result<(), Failure> {
        match self.set(path, attributes) {
            Err(failure) if is_unsupported(&failure.source) => Ok(()),
            other => other,
        }
    }

    /// Owner before mode (chown(2) clears the setuid bit) and before capabilities (which it clears too); time last.
    /// As in rpm (lib/fsm.c) a failure to set what is so already is none.
    pub(crate) fn set(&self, path: &Path, attributes: &Attributes) -> Result<(), Failure> {
        if let Some((user, group)) = attributes.owner {
            let is_so = |found: &Metadata| (found.uid(), found.gid()) == (user, group);
            let done = self.sys.set_owner(path, user, group);
            unless(path, is_so, done).context("set the owner of", path)?;
        }
        if let Some(mode) = attributes.mode {
            let is_so = |found: &Metadata| found.mode() & 0o7777 == mode;
            unless(path, is_so, self.set_mode(path, mode)).context("set the mode of", path)?;
        }
        if let Some(value) = &attributes.capability {
            self.sys
                .set_attribute(path, "security.capability", value)
                .context("set capabilities of", path)?;
        }
        match attributes.time {
            Some(time) => {
                unless(path, Metadata::is_dir, self.sys.set_time(path, time)).context("set the time of", path)
            }
            None => Ok(()),
        }
    }

    /// As [`Log::set`], for a regular file that was just made and is open: no path need be walked again.
    pub(super) fn set_new(&self, file: &File, path: &Path, attributes: &Attributes) -> Result<(), Failure> {
        if let Some((user, group)) = attributes.owner {
            let is_so = |found: &Metadata| (found.uid(), found.gid()) == (user, group);
            let done = self.sys.set_owner_of_new(file, user, group);
            unless(path, is_so, done).context("set the owner of", path)?;
        }
        if let Some(mode) = attributes.mode {
            let is_so = |found: &Metadata| found.mode() & 0o7777 == mode;
            unless(path, is_so, self.sys.set_mode_of_new(file, mode)).context("set the mode of", path)?;
        }
        if let Some(value) = &attributes.capability {
            self.sys
                .set_attribute(path, "security.capability", value)
                .context("set capabilities of", path)?;
        }
        match attributes.time {
            Some(time) => self
                .sys
                .set_time_of_new(file, time)
                .context("set the time of", path),
            None => Ok(()),
        }
    }

    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        match fs::symlink_metadata(path)?.is_dir() {
            true => self.sys.set_folder_mode(path, mode),
            false => self.sys.set_mode(path, mode),
        }
    }

    pub(crate) fn staged(&self, stages: &[String], stage: u32, slot: u32) -> PathBuf {
        let folder = stages.get(stage as usize).map(String::as_str).unwrap_or_default();
        self.path(folder).join(slot.to_string())
    }

    pub(super) fn undo_path(&self, id: u64, slot: u32) -> PathBuf {
        self.path(UNDO).join(id.to_string()).join(slot.to_string())
    }
}

impl<T: Task> Step<T> {
    fn repeatable(&self) -> bool {
        match self {
            Self::Files(_) => true,
            Self::Task(task) => task.repeatable(),
        }
    }
}

/// Errors that say something about the disk or the (test's) machine rather than about this one file.
fn is_fatal(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::IO, Errno::NOSPC, Errno::ROFS, Errno::DQUOT]
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
        || error.kind() == ErrorKind::Interrupted
}

/// Errors of file systems that cannot do what was asked, or will not have it done.
fn is_unsupported(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let errnos = [
        Errno::PERM,
        Errno::ROFS,
        Errno::OPNOTSUPP,
        Errno::NOSYS,
        Errno::INVAL,
    ];
    errnos
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

/// Forgive a failure when the file satisfies the condition anyway.
fn unless(path: &Path, is_so: impl FnOnce(&Metadata) -> bool, done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if is_fatal(&error) => Err(error),
        Err(_) if fs::symlink_metadata(path).is_ok_and(|found| is_so(&found)) => Ok(()),
        other => other,
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut text = path.as_os_str().to_owned();
    text.push(suffix);
    PathBuf::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syscalls::Syscalls;

    /// A file system that knows no modes, such as that of a boot partition.
    struct Vfat;

    impl Syscalls for Vfat {
        fn set_folder_mode(&self, _: &Path, _: u32) -> io::Result<()> {
            Err(rustix::io::Errno::PERM.into())
        }
    }

    #[test]
    fn what_cannot_be_changed_does_not_stop_a_decided_transaction() {
        let folder = tempfile::tempdir().unwrap();
        let log = Log::new(folder.path(), &Vfat);
        let with = |mode| Attributes {
            mode: Some(mode),
            ..Attributes::default()
        };
        let now = fs::metadata(folder.path()).unwrap().mode() & 0o7777;
        assert!(log.set(folder.path(), &with(now ^ 0o100)).is_err());
        log.set_where_possible(folder.path(), &with(now ^ 0o100)).unwrap();
        log.set(folder.path(), &with(now)).unwrap(); // it is so already
    }
}
