//! Bring staged files to their places: the bulk of what an installation does.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::{Context, Failure, Log, Plan, Task};
use crate::syscalls::open_folder;

/// A staged file and where it goes.
pub(super) struct Placing<'a> {
    pub(super) staged: PathBuf,
    pub(super) slot: u32,
    /// The destination, relative to the root.
    pub(super) below: &'a str,
    /// Whether there was nothing before.
    pub(super) fresh: bool,
    pub(super) keep: Option<&'a str>,
}

/// The folders between which files are moved, open as long as nothing but files moves.
#[derive(Default)]
pub(super) struct Hands {
    from: Option<(PathBuf, OwnedFd)>,
    to: Option<(PathBuf, OwnedFd)>,
}

impl Hands {
    /// Open the folder of a file, unless it is open.
    fn reach<'h, 'p>(
        hand: &'h mut Option<(PathBuf, OwnedFd)>,
        file: &'p Path,
    ) -> io::Result<(&'h OwnedFd, &'p OsStr)> {
        let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else {
            return Err(ErrorKind::InvalidInput.into());
        };
        if hand.as_ref().is_none_or(|(open, _)| open != folder) {
            *hand = Some((folder.to_owned(), open_folder(folder, OFlags::PATH)?));
        }
        let (_, open) = hand.as_ref().ok_or(ErrorKind::NotFound)?;
        Ok((open, name))
    }
}

impl Log<'_> {
    /// A single rename where nothing of what was there before is to be kept; the long way otherwise.
    pub(super) fn place<T: Task>(
        &self,
        plan: &Plan<T>,
        hands: &mut Hands,
        placing: &Placing<'_>,
    ) -> Result<(), Failure> {
        let path = self.path(placing.below);
        if placing.keep.is_none() && (placing.fresh || !plan.undo) {
            match self.move_into(hands, &placing.staged, &path) {
                Ok(()) => return Ok(()),
                Err(error) if !is_for_the_long_way(&error) => {
                    return Err(error).context("put in place", &path);
                }
                Err(_) => {}
            }
        }
        *hands = Hands::default();
        self.replace(plan, placing, &path)
    }

    fn move_into(&self, hands: &mut Hands, staged: &Path, path: &Path) -> io::Result<()> {
        let from = Hands::reach(&mut hands.from, staged)?;
        let to = Hands::reach(&mut hands.to, path)?;
        self.sys.rename_between(from, to)
    }

    fn replace<T: Task>(&self, plan: &Plan<T>, placing: &Placing<'_>, path: &Path) -> Result<(), Failure> {
        if fs::symlink_metadata(&placing.staged).is_err() {
            return Ok(()); // done before
        }
        if let Some(keep) = placing.keep {
            self.link_over(path, &self.path(keep))?;
        }
        if fs::symlink_metadata(path).is_ok_and(|found| found.is_dir()) {
            self.put_away(plan, path, placing.slot)?;
        } else if plan.undo && !placing.fresh {
            self.keep_for_undo(path, &self.undo_path(plan.id, placing.slot))?;
        }
        self.sys
            .rename(&placing.staged, path)
            .context("put in place", path)
    }
}

/// A file that is gone was moved before a crash; a folder in its place must be put away first.
fn is_for_the_long_way(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::IsADirectory
            | ErrorKind::AlreadyExists
            | ErrorKind::DirectoryNotEmpty
    )
}
