//! Before the commit record: write new files where a single rename can bring them to their place.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{AtFlags, CWD, StatxFlags, statx};

use super::{Attributes, Context, FOLDER, Failure, Log};

/// Enough for nearly every file to be read and written at once, and on the stack: an allocation for each file costs more.
const CHUNK: usize = 64 * 1024;

/// What a staged file is.
pub enum Content<'a> {
    /// A regular file with this content.
    File(&'a mut dyn Read),
    /// A symbolic link to this target.
    Symlink(&'a str),
    /// One more name for the file staged in this slot.
    HardLink(u32),
    /// One more name for an existing file on the same mount.
    Existing(&'a Path),
    /// A FIFO or device.
    Node {
        /// Type and permission bits.
        mode: u32,
        /// Device number.
        device: u64,
    },
}

/// The staging folders of a transaction, one per mount that gets files.
pub struct Stage {
    folders: Vec<String>,
    by_mount: HashMap<u64, u32>,
    next: AtomicU32,
}

impl Stage {
    /// Choose a staging folder for each mount on which one of `folders` (existing, relative to the root) is.
    ///
    /// # Errors
    /// When a folder cannot be examined or made.
    pub fn new<'p>(
        log: &Log<'_>,
        folders: impl IntoIterator<Item = &'p Path>,
        id: u64,
        durable: bool,
    ) -> Result<Self, Failure> {
        let own = format!("{FOLDER}/stage");
        let mut stage = Self {
            folders: vec![own],
            by_mount: HashMap::new(),
            next: AtomicU32::new(0),
        };
        stage.by_mount.insert(mount_of(&log.path(FOLDER))?, 0);
        for folder in folders {
            stage.cover(log, folder, id)?;
        }
        log.note_stages(&stage.folders, durable)?;
        for folder in &stage.folders {
            log.make_private(Path::new(folder))?;
        }
        Ok(stage)
    }

    fn cover(&mut self, log: &Log<'_>, folder: &Path, id: u64) -> Result<(), Failure> {
        let mount = mount_of(&log.path(folder))?;
        let next = u32::try_from(self.folders.len()).unwrap_or(u32::MAX);
        if *self.by_mount.entry(mount).or_insert(next) == next {
            self.folders.push(
                folder
                    .join(format!(".tdnf-stage-{id}"))
                    .to_string_lossy()
                    .into_owned(),
            );
        }
        Ok(())
    }

    /// The staging folders, for the plan.
    pub fn folders(&self) -> &[String] {
        &self.folders
    }

    /// The staging folder from which files can be renamed into this existing folder.
    ///
    /// # Errors
    /// When the folder cannot be examined, or was not announced to [`Stage::new`].
    pub fn for_folder(&self, log: &Log<'_>, folder: &Path) -> Result<u32, Failure> {
        let path = log.path(folder);
        let found = self.by_mount.get(&mount_of(&path)?).copied();
        found
            .ok_or_else(|| io::Error::other("it was mounted meanwhile"))
            .context("stage files for", &path)
    }

    /// A number no other file of this transaction has.
    pub fn slot(&self) -> u32 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Write one staged file, complete with its attributes.
    ///
    /// # Errors
    /// When it cannot be written or `content` cannot be read.
    pub fn write(
        &self,
        log: &Log<'_>,
        stage: u32,
        slot: u32,
        content: Content<'_>,
        attributes: &Attributes,
    ) -> Result<(), Failure> {
        let path = log.staged(&self.folders, stage, slot);
        match content {
            Content::File(reader) => {
                let file = write_file(log, &path, reader)?;
                return log.set_new(&file, &path, attributes);
            }
            Content::Symlink(target) => log.sys.symlink(target, &path).context("stage the link", &path)?,
            Content::HardLink(other) => {
                let first = log.staged(&self.folders, stage, other);
                return log.sys.link(&first, &path).context("stage the hard link", &path);
            }
            Content::Existing(file) => {
                return log.sys.link(file, &path).context("stage again", file);
            }
            Content::Node { mode, device } => {
                log.sys
                    .make_node(&path, mode, device)
                    .context("stage the node", &path)?;
            }
        }
        log.set(&path, attributes)
    }
}

fn write_file(log: &Log<'_>, path: &Path, reader: &mut dyn Read) -> Result<File, Failure> {
    let file = log.sys.create(path).context("stage", path)?;
    let mut buffer = [0; CHUNK];
    loop {
        let count = fill(reader, &mut buffer).context("unpack", path)?;
        if count > 0 {
            let bytes = buffer.get(..count).unwrap_or_default();
            log.sys.write(&file, bytes).context("stage", path)?;
        }
        if count < CHUNK {
            return Ok(file);
        }
    }
}

/// Reads until the buffer is full or nothing more comes: how much that is.
fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
        match reader.read(room) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The mount a folder is on: statx(2) `STATX_MNT_ID`, or the device where the kernel does not say.
fn mount_of(path: &PathBuf) -> Result<u64, Failure> {
    let found = statx(
        CWD,
        path,
        AtFlags::empty(),
        StatxFlags::MNT_ID | StatxFlags::BASIC_STATS,
    );
    let found = found.map_err(io::Error::from).context("examine", path)?;
    if found.stx_mask & StatxFlags::MNT_ID.bits() != 0 {
        return Ok(found.stx_mnt_id);
    }
    Ok(u64::from(found.stx_dev_major) << 32 | u64::from(found.stx_dev_minor))
}
