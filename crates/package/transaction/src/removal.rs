//! What goes from the disk with a package.
//!
//! A file stays when another installed package owns it, or when a package of this transaction does, even as a ghost.
//! Changed configuration gets the name `.rpmsave`. Ghosts go, but not those that are configuration and have content. Folders go when they are empty then (rpm:
//! lib/transaction.c, handleOverlappedFiles, TR_REMOVED). One thing is better than in rpm: empty folders of no package
//! go too.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::Path;

use rpmfile::FileInfo;

use crate::Error;
use crate::element::{Fate, Outgoing};
use crate::fate::{Described, differs};
use crate::installed::Installed;
use crate::set::Set;
use crate::space::Folders;
use crate::wal::{Op, Stage};

/// What really goes with an outgoing package.
pub(crate) struct Departure {
    /// Numbers of its files, the innermost paths first.
    pub(crate) files: Vec<usize>,
    /// Folders of no package that its files are in: they go when they are empty then, the innermost first.
    folders: Vec<String>,
}

/// Decide what goes with all outgoing packages. `swallowed` are folders that go as a whole.
pub(crate) fn departures(
    set: &Set,
    installed: &Installed,
    swallowed: &[&str],
) -> Result<Vec<Departure>, Error> {
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
        last: last_owners(set),
    };
    (0..set.outgoing.len())
        .map(|number| rest.departure_of(number))
        .collect()
}

/// What several packages that go have in common goes with the last of them.
fn last_owners(set: &Set) -> HashMap<&str, usize> {
    let mut last = HashMap::new();
    for number in set.removals.iter().copied() {
        let Some(package) = set.outgoing.get(number) else {
            continue;
        };
        for (index, place) in package.places.iter().enumerate() {
            if package.is_installed(index) {
                last.insert(place.as_str(), number);
            }
        }
    }
    last
}

/// What the removal of a package needs to know about the rest of the transaction.
struct Rest<'a> {
    set: &'a Set,
    installed: &'a Installed,
    stays: HashSet<&'a str>,
    swallowed: &'a [&'a str],
    last: HashMap<&'a str, usize>,
}

impl Rest<'_> {
    fn departure_of(&self, number: usize) -> Result<Departure, Error> {
        let mut files = Vec::new();
        let Some(package) = self.set.outgoing.get(number) else {
            return Ok(Departure {
                files,
                folders: Vec::new(),
            });
        };
        for (index, place) in package.places.iter().enumerate() {
            let last = self.last.get(place.as_str()) == Some(&number);
            if last && package.is_installed(index) && self.goes(place)? {
                files.push(index);
            }
        }
        files.sort_by(|a, b| package.places.get(*b).cmp(&package.places.get(*a)));
        let folders = self.folders_of_nobody(package, &files)?;
        Ok(Departure { files, folders })
    }

    /// rpm leaves `/usr/share/licenses/NAME` behind when a package owns only the file in it. Nobody wants that folder:
    /// it goes too. Never one directly below the root, and never one that a package owns.
    fn folders_of_nobody(&self, package: &Outgoing, files: &[usize]) -> Result<Vec<String>, Error> {
        let mut folders = BTreeSet::new();
        for place in files.iter().filter_map(|index| package.places.get(*index)) {
            for folder in Path::new(place).ancestors().skip(1).filter_map(Path::to_str) {
                if !folder.contains('/') || folders.contains(folder) || self.is_owned(folder)? {
                    break;
                }
                folders.insert(folder.to_owned());
            }
        }
        Ok(folders.into_iter().rev().collect())
    }

    fn is_owned(&self, folder: &str) -> Result<bool, Error> {
        Ok(self.stays.contains(folder) || !self.installed.owners(folder)?.is_empty())
    }

    fn goes(&self, place: &str) -> Result<bool, Error> {
        if place.is_empty() || self.stays.contains(place) || self.is_swallowed(place) {
            return Ok(false);
        }
        Ok(!remains(self.set, self.installed, place)?)
    }

    fn is_swallowed(&self, place: &str) -> bool {
        self.swallowed.iter().any(|folder| is_below(place, folder))
    }
}

/// The last that a transaction does to a path.
#[derive(Clone, Copy)]
enum Last {
    /// A package brings it, or another keeps it.
    Stays,
    /// This outgoing package takes its file of this number away.
    Goes(usize, usize),
}

/// The paths that set off file triggers when each outgoing package goes, as it names them: those that rpm removes with
/// it (lib/transaction.c, handleOverlappedFiles). Of what several take away the last one tells.
pub(crate) fn told(set: &Set, installed: &Installed) -> Result<Vec<Vec<String>>, Error> {
    let mut telling = Telling {
        set,
        installed,
        last: HashMap::new(),
        told: vec![BTreeSet::new(); set.outgoing.len()],
    };
    for package in &set.incoming {
        let places = package.places.iter().map(|place| (place.as_str(), Last::Stays));
        telling.last.extend(places);
    }
    set.removals.iter().try_for_each(|number| telling.go(*number))?;
    let paths = |(package, told): (&Outgoing, BTreeSet<usize>)| {
        let path = |index: usize| Some(package.files.get(index)?.path.clone());
        told.into_iter().filter_map(path).collect()
    };
    Ok(set.outgoing.iter().zip(telling.told).map(paths).collect())
}

struct Telling<'a> {
    set: &'a Set,
    installed: &'a Installed,
    last: HashMap<&'a str, Last>,
    told: Vec<BTreeSet<usize>>,
}

impl Telling<'_> {
    fn go(&mut self, number: usize) -> Result<(), Error> {
        let Some(package) = self.set.outgoing.get(number) else {
            return Ok(());
        };
        for (index, place) in package.places.iter().enumerate() {
            let before = self.last.get(place.as_str()).copied();
            let stays = matches!(before, Some(Last::Stays))
                || !package.is_installed(index)
                || remains(self.set, self.installed, place)?;
            if let (false, Some(Last::Goes(other, file))) = (stays, before)
                && let Some(told) = self.told.get_mut(other)
            {
                told.remove(&file);
            }
            if let (false, Some(told)) = (stays, self.told.get_mut(number)) {
                told.insert(index);
            }
            let last = if stays {
                Last::Stays
            } else {
                Last::Goes(number, index)
            };
            self.last.insert(place, last);
        }
        Ok(())
    }
}

/// Whether a package that stays installed owns what is at this place.
fn remains(set: &Set, installed: &Installed, place: &str) -> Result<bool, Error> {
    let stays = |row: &u32| set.outgoing.iter().all(|outgoing| outgoing.row != *row);
    Ok(installed.owners(place)?.iter().any(|(row, _)| stays(row)))
}

/// The operations that remove what goes with a package.
pub(crate) fn removal(root: &Path, stage: &Stage, package: &Outgoing, departure: &Departure) -> Vec<Op> {
    let file = |index: &usize| Some((package.files.get(*index)?, package.places.get(*index)?));
    let files = departure.files.iter().filter_map(file);
    let files = files.filter_map(|(file, place)| Some((place, op(root, stage, package, file, place)?)));
    let mut ops: Vec<(&String, Op)> = files.chain(departure.folders.iter().map(folder_op)).collect();
    // The innermost first, whoever owns it: a folder with another in it would stay.
    ops.sort_by(|(a, _), (b, _)| b.cmp(a));
    ops.into_iter().map(|(_, op)| op).collect()
}

fn folder_op(path: &String) -> (&String, Op) {
    (path, Op::RemoveDirectory { path: path.clone() })
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
    if changed && file.is_ghost() {
        return None; // as in rpm (lib/fsm.c, fsmBackup): what the package never brought stays as it is
    }
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
    let mut known = Folders {
        root,
        nearest: BTreeMap::new(),
    };
    for package in &set.incoming {
        for (_, file, place, fate) in package.each() {
            let mut on_disk = || {
                known.has(place) && fs::symlink_metadata(root.join(place)).is_ok_and(|found| found.is_dir())
            };
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
