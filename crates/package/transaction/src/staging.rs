//! Decide what is staged where, and which operations bring it to its place.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rpmfile::{FileInfo, FileType};

use crate::capability;
use crate::element::{Fate, Incoming};
use crate::options::Options;
use crate::owners::Owners;
use crate::set::Set;
use crate::space::Folders;
use crate::task::Late;
use crate::wal::{Attributes, Failure, Log, Op, Stage};

/// A file to be staged.
#[derive(Debug, Clone)]
pub(crate) struct Placement {
    pub(crate) stage: u32,
    pub(crate) slot: u32,
    pub(crate) attributes: Attributes,
}

/// For each package, for each file: where it is staged, if it is.
pub(crate) type Placements = Vec<Vec<Option<Placement>>>;

/// Everything about the incoming files that the plan needs.
pub(crate) struct Staging {
    pub(crate) stage: Stage,
    pub(crate) placements: Placements,
    /// The operations of the first step.
    pub(crate) ops: Vec<Op>,
    /// Folders that do not exist yet, whose time is set at the end.
    pub(crate) new_folders: Vec<(String, u32)>,
    /// What has an owner that is not known yet.
    pub(crate) late: Vec<Late>,
    /// For each outgoing package, the operations that remove its files.
    pub(crate) removals: Vec<Vec<Op>>,
}

/// Lay out the staging of all incoming files.
pub(crate) fn lay_out(
    log: &Log<'_>,
    set: &Set,
    options: &Options,
    owners: &Owners,
    made: &[PathBuf],
    id: u64,
) -> Result<Staging, Failure> {
    let mut folders = Folders {
        root: &log.root,
        nearest: BTreeMap::new(),
    };
    let nearest: BTreeSet<PathBuf> = set
        .incoming
        .iter()
        .flat_map(Incoming::each)
        .map(|(_, _, place, _)| folders.nearest(place))
        .collect();
    let below = nearest
        .iter()
        .map(|folder| folder.strip_prefix(&log.root).unwrap_or(folder));
    let stage = Stage::new(log, below, id, options.durable)?;
    let mut layout = Outline {
        log,
        options,
        owners,
        stage: &stage,
        made,
        late: Vec::new(),
        folders,
        mounts: BTreeMap::new(),
    };
    let mut placements = Vec::new();
    let mut places = Vec::new();
    for package in &set.incoming {
        let (row, mut ops) = layout.package(package)?;
        placements.push(row);
        places.append(&mut ops);
    }
    let (mut ops, new_folders) = layout.directories(set);
    ops.append(&mut places);
    let late = layout.late;
    Ok(Staging {
        placements,
        ops,
        new_folders,
        late,
        removals: Vec::new(),
        stage,
    })
}

struct Outline<'a> {
    log: &'a Log<'a>,
    options: &'a Options,
    owners: &'a Owners,
    stage: &'a Stage,
    /// Folders made for the log, which do not count as being there before.
    made: &'a [PathBuf],
    late: Vec<Late>,
    folders: Folders<'a>,
    /// The staging folder for each existing folder.
    mounts: BTreeMap<PathBuf, u32>,
}

impl Outline<'_> {
    fn package(&mut self, package: &Incoming) -> Result<(Vec<Option<Placement>>, Vec<Op>), Failure> {
        let mut ops = Vec::new();
        let mut row = Vec::with_capacity(package.files.len());
        for (_, file, place, fate) in package.each() {
            let target = if file.is_dir() {
                None
            } else {
                destination(place, fate)
            };
            let Some((path, keep)) = target else {
                row.push(None);
                continue;
            };
            let placement = self.placement(file, &path)?;
            let fresh = !self.folders.has(&path);
            ops.push(Op::Place {
                stage: placement.stage,
                slot: placement.slot,
                path,
                fresh,
                keep,
            });
            row.push(Some(placement));
        }
        Ok((row, ops))
    }

    fn placement(&mut self, file: &FileInfo, path: &str) -> Result<Placement, Failure> {
        let folder = self.folders.nearest(path);
        let stage = match self.mounts.get(&folder) {
            Some(known) => *known,
            None => {
                let below = folder.strip_prefix(&self.log.root).unwrap_or(&folder);
                let stage = self.stage.for_folder(self.log, below)?;
                self.mounts.insert(folder, stage);
                stage
            }
        };
        let attributes = self.attributes(file, path);
        Ok(Placement {
            stage,
            slot: self.stage.slot(),
            attributes,
        })
    }

    /// What a file shall have; notes if its owner is not known yet.
    fn attributes(&mut self, file: &FileInfo, path: &str) -> Attributes {
        let (attributes, known) = attributes(file, self.options, self.owners);
        if !known && !file.is_symlink() {
            let (user, group, capability) = (
                file.user.clone(),
                file.group.clone(),
                attributes.capability.clone(),
            );
            self.late.push(Late {
                path: path.to_owned(),
                user,
                group,
                mode: file.permissions(),
                capability,
            });
        }
        attributes
    }

    /// Folders of packages with their attributes and, where they lead through folders of no package, those too;
    /// outermost first. Also: which are new, with their time.
    fn directories(&mut self, set: &Set) -> (Vec<Op>, Vec<(String, u32)>) {
        let mut wanted: BTreeMap<String, Option<&FileInfo>> = BTreeMap::new();
        for (_, file, place, fate) in set.incoming.iter().flat_map(Incoming::each) {
            if *fate != Fate::Skip {
                self.want_parents(place, &mut wanted);
                if file.is_dir() {
                    wanted.insert(place.to_owned(), Some(file));
                }
            }
        }
        let (mut ops, mut new_folders) = (Vec::new(), Vec::new());
        for (path, file) in wanted {
            let fresh = self.is_new(&path);
            let time = file.map(|file| file.mtime).or(self.options.time);
            // The root itself exists, but in an image its time must not tell when it was made.
            let timed = fresh || (path.is_empty() && self.options.time.is_some());
            new_folders.extend(time.filter(|_| timed).map(|time| (path.clone(), time)));
            let attributes = self.folder_attributes(file, &path);
            ops.push(Op::Directory {
                path,
                attributes,
                slot: self.stage.slot(),
                fresh,
            });
        }
        (ops, new_folders)
    }

    fn is_new(&self, place: &str) -> bool {
        !self.log.path(place).is_dir() || self.made.iter().any(|made| made == Path::new(place))
    }

    fn want_parents(&self, place: &str, wanted: &mut BTreeMap<String, Option<&FileInfo>>) {
        for parent in Path::new(place)
            .ancestors()
            .skip(1)
            .map(|parent| parent.to_string_lossy().into_owned())
        {
            if parent.is_empty() || wanted.contains_key(&parent) || !self.is_new(&parent) {
                break;
            }
            wanted.insert(parent, None);
        }
    }

    /// A folder's time is set at the end, when nothing is put into it any more.
    fn folder_attributes(&mut self, file: Option<&FileInfo>, path: &str) -> Attributes {
        match file {
            Some(file) => Attributes {
                time: None,
                ..self.attributes(file, path)
            },
            None => Attributes {
                mode: Some(0o755),
                ..Attributes::default()
            },
        }
    }
}

/// Where a file goes, and the second name of what it replaces.
fn destination(place: &str, fate: &Fate) -> Option<(String, Option<String>)> {
    match fate {
        Fate::Skip => None,
        Fate::Beside(suffix) => Some((format!("{place}{suffix}"), None)),
        Fate::Create(keep) => Some((place.to_owned(), keep.map(|suffix| format!("{place}{suffix}")))),
    }
}

/// What a file shall have, and whether its owner is known.
pub(crate) fn attributes(file: &FileInfo, options: &Options, owners: &Owners) -> (Attributes, bool) {
    let is_link = file.file_type() == FileType::Symlink;
    let time = Some(file.mtime);
    if !options.apply_owners {
        let mode = (!is_link).then(|| reachable(file));
        return (
            Attributes {
                mode,
                owner: None,
                time,
                capability: None,
            },
            true,
        );
    }
    let numbers = owners.numbers(&file.user, &file.group);
    let owner = numbers.unwrap_or_else(|| owners.numbers_or_root(&file.user, &file.group));
    // rpm, too, drops these bits rather than give a program the rights of the wrong owner (lib/fsm.c).
    let unsafe_bits = if numbers.is_none() { 0o6000 } else { 0 };
    let mode = (!is_link).then(|| file.permissions() & !unsafe_bits);
    let capability = file
        .caps
        .as_deref()
        .filter(|_| file.is_regular())
        .and_then(capability::encode);
    (
        Attributes {
            mode,
            owner: Some(owner),
            time,
            capability,
        },
        numbers.is_some(),
    )
}

/// The mode for an ordinary user who must be able to read his tree back and add to it.
fn reachable(file: &FileInfo) -> u32 {
    file.permissions() | if file.is_dir() { 0o700 } else { 0o400 }
}
