//! What goes from the disk with a package.
//!
//! A file stays when another installed package owns it, or when a package of this transaction does, even as a ghost.
//! Changed configuration gets the name `.rpmsave`. Ghosts go. Folders go when they are empty then (rpm:
//! lib/transaction.c, handleOverlappedFiles, TR_REMOVED).

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use rpmfile::FileInfo;

use crate::Error;
use crate::element::{Fate, Outgoing};
use crate::fate::{Described, differs};
use crate::installed::Installed;
use crate::set::Set;
use crate::wal::{Op, Stage};

/// What really goes with each outgoing package: numbers of its files, the innermost paths first.
pub(crate) type Departures = Vec<Vec<usize>>;

/// Decide what goes with all outgoing packages. `swallowed` are folders that go as a whole.
pub(crate) fn departures(set: &Set, installed: &Installed, swallowed: &[&str]) -> Result<Departures, Error> {
    let stays = set
        .incoming
        .iter()
        .flat_map(|package| &package.places)
        .map(String::as_str)
        .collect();
    let rest = Rest {
        set,
        installed,
        stays,
        swallowed,
    };
    set.outgoing
        .iter()
        .map(|package| rest.departures_of(package))
        .collect()
}

/// What the removal of a package needs to know about the rest of the transaction.
struct Rest<'a> {
    set: &'a Set,
    installed: &'a Installed,
    stays: HashSet<&'a str>,
    swallowed: &'a [&'a str],
}

impl Rest<'_> {
    fn departures_of(&self, package: &Outgoing) -> Result<Vec<usize>, Error> {
        let mut departures = Vec::new();
        for (index, place) in package.places.iter().enumerate() {
            if package.is_installed(index) && self.goes(place)? {
                departures.push(index);
            }
        }
        departures.sort_by(|a, b| package.places.get(*b).cmp(&package.places.get(*a)));
        Ok(departures)
    }

    fn goes(&self, place: &str) -> Result<bool, Error> {
        if place.is_empty() || self.stays.contains(place) || self.is_swallowed(place) {
            return Ok(false);
        }
        let owners = self.installed.owners(place)?;
        let remains = |row: &u32| self.set.outgoing.iter().all(|outgoing| outgoing.row != *row);
        Ok(!owners.iter().any(|(row, _)| remains(row)))
    }

    fn is_swallowed(&self, place: &str) -> bool {
        self.swallowed.iter().any(|folder| is_below(place, folder))
    }
}

/// The operations that remove these files of a package.
pub(crate) fn removal(root: &Path, stage: &Stage, package: &Outgoing, departures: &[usize]) -> Vec<Op> {
    let file = |index: &usize| Some((package.files.get(*index)?, package.places.get(*index)?));
    departures
        .iter()
        .filter_map(file)
        .filter_map(|(file, place)| op(root, stage, package, file, place))
        .collect()
}

fn op(root: &Path, stage: &Stage, package: &Outgoing, file: &FileInfo, place: &str) -> Option<Op> {
    let path = place.to_owned();
    if file.is_dir() {
        return Some(Op::RemoveDirectory { path });
    }
    let disk = root.join(place);
    fs::symlink_metadata(&disk).ok().filter(|found| !found.is_dir())?;
    let algorithm = package.header.file_digest_algorithm();
    let changed = file.is_config() && differs(&disk, Described { file, algorithm });
    let keep = changed.then(|| format!("{place}.rpmsave"));
    Some(Op::Remove {
        path,
        slot: stage.slot(),
        keep,
    })
}

/// Folders on disk whose place a file of the transaction takes. Refused unless all in them goes with its packages.
pub(crate) fn swallowed<'a>(root: &Path, set: &'a Set) -> Result<Vec<&'a str>, Error> {
    let going: HashSet<&str> = set
        .outgoing
        .iter()
        .flat_map(|package| &package.places)
        .map(String::as_str)
        .collect();
    let mut folders = Vec::new();
    for package in &set.incoming {
        for (_, file, place, fate) in package.each() {
            let on_disk = || fs::symlink_metadata(root.join(place)).is_ok_and(|found| found.is_dir());
            if file.is_dir() || *fate == Fate::Skip || !on_disk() {
                continue;
            }
            if let Some(inside) = stranger(root, place, &going) {
                let (path, package) = (format!("/{place}"), package.nevra.clone());
                return Err(Error::FolderInUse {
                    path,
                    package,
                    inside,
                });
            }
            folders.push(place);
        }
    }
    Ok(folders)
}

/// Something below the folder that belongs to no package that goes.
fn stranger(root: &Path, folder: &str, going: &HashSet<&str>) -> Option<String> {
    for entry in fs::read_dir(root.join(folder)).ok()?.flatten() {
        let place = format!("{folder}/{}", entry.file_name().to_string_lossy());
        let found = match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            true => stranger(root, &place, going),
            false => (!going.contains(place.as_str())).then_some(place),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

pub(crate) fn is_below(place: &str, folder: &str) -> bool {
    place
        .strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}
