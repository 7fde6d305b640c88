//! Is there room for everything, before anything is written?

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rustix::fs::statvfs;

use crate::Error;
use crate::element::Fate;
use crate::set::Set;
use crate::wal::{Context, FOLDER};

/// What a file system must take, and one folder on it.
#[derive(Debug, Default)]
struct Demand {
    folder: PathBuf,
    bytes: u64,
    files: u64,
}

/// Refuse when a file system has not enough room. New files stand beside the old ones until the decision, and the old
/// ones are kept after it, so what is replaced frees nothing.
pub(crate) fn check(root: &Path, set: &Set) -> Result<(), Error> {
    let mut folders = Folders {
        root,
        nearest: BTreeMap::new(),
    };
    let mut demands = Demands::default();
    for package in &set.incoming {
        for (_, file, place, fate) in package.each().filter(|(_, _, _, fate)| **fate != Fate::Skip) {
            let _ = fate;
            let folder = folders.nearest(place);
            let demand = demands.of(&folder)?;
            demand.files += 1;
            demand.bytes += if file.is_regular() {
                file.size.next_multiple_of(4096)
            } else {
                4096
            };
        }
        // rpm's estimate of what a header takes in the database with its indexes, and our copy in the log.
        let header = package.header().raw().len() as u64;
        demands.of(&folders.nearest("usr/lib/sysimage/rpm/x"))?.bytes += 4 * header;
        demands.of(&folders.nearest(&format!("{FOLDER}/x")))?.bytes += 2 * header;
    }
    demands.by_device.values().try_for_each(Demand::check)
}

/// The demands on all file systems.
#[derive(Default)]
struct Demands {
    by_device: BTreeMap<u64, Demand>,
    devices: BTreeMap<PathBuf, u64>,
}

impl Demands {
    fn of(&mut self, folder: &Path) -> Result<&mut Demand, Error> {
        let device = match self.devices.get(folder) {
            Some(device) => *device,
            None => device_of(folder)?,
        };
        self.devices.insert(folder.to_owned(), device);
        let demand = self.by_device.entry(device).or_default();
        folder.clone_into(&mut demand.folder);
        Ok(demand)
    }
}

fn device_of(folder: &Path) -> Result<u64, Error> {
    let found = rustix::fs::stat(folder)
        .map_err(std::io::Error::from)
        .context("examine", folder);
    Ok(found.map_err(|source| Error::Refused { source })?.st_dev)
}

impl Demand {
    /// File systems that count no inodes (btrfs) report none at all.
    fn check(&self) -> Result<(), Error> {
        let found = statvfs(&self.folder)
            .map_err(std::io::Error::from)
            .context("examine", &self.folder);
        let found = found.map_err(|source| Error::Refused { source })?;
        let blocks = if rustix::process::geteuid().is_root() {
            found.f_bfree
        } else {
            found.f_bavail
        };
        self.fits("bytes", self.bytes, blocks * found.f_frsize)?;
        if found.f_files > 0 {
            self.fits("inodes", self.files, found.f_favail)?;
        }
        Ok(())
    }

    fn fits(&self, unit: &'static str, needed: u64, free: u64) -> Result<(), Error> {
        if needed <= free {
            return Ok(());
        }
        Err(Error::Space {
            path: self.folder.clone(),
            unit,
            needed,
            free,
        })
    }
}

/// The nearest folder that exists, for each folder that is asked for.
pub(crate) struct Folders<'a> {
    pub(crate) root: &'a Path,
    pub(crate) nearest: BTreeMap<String, PathBuf>,
}

impl Folders<'_> {
    /// Whether there is anything at a place. Where its folder is missing, nothing is.
    pub(crate) fn has(&mut self, place: &str) -> bool {
        let folder = place.rsplit_once('/').map_or("", |(folder, _)| folder);
        let above = self.nearest(place);
        above == self.root.join(folder) && self.root.join(place).symlink_metadata().is_ok()
    }

    /// The nearest existing folder above a place.
    pub(crate) fn nearest(&mut self, place: &str) -> PathBuf {
        let folder = place.rsplit_once('/').map_or("", |(folder, _)| folder);
        if let Some(known) = self.nearest.get(folder) {
            return known.clone();
        }
        let above = Path::new(folder).ancestors().map(|above| self.root.join(above));
        let found = above
            .into_iter()
            .find(|path| path.is_dir())
            .unwrap_or_else(|| self.root.to_owned());
        self.nearest.insert(folder.to_owned(), found.clone());
        found
    }
}
