//! Undo a transaction of the past with what it has kept: without network, without package files.
//!
//! The files come back as they were, changed configuration included: the very files, kept under a second name. The
//! packages' headers come back with the times they had. Scriptlets and triggers run as they would for any other
//! change from the packages of now to those of then.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rpmfile::{FileInfo, Header};

use crate::Error;
use crate::carry_out::{Begun, Checked, Contents, kept, refused, report};
use crate::element::{Fate, Incoming, Outgoing, Source};
use crate::fate::{Described, differs};
use crate::installed::Installed;
use crate::layout::Layout;
use crate::options::Options;
use crate::owners::Owners;
use crate::progress::Listener;
use crate::removal::told;
use crate::sequence::{pretrans, sequence};
use crate::set::Set;
use crate::staging::{Staging, attributes};
use crate::syscalls::{Kernel, Syscalls};
use crate::task::{Change, Work};
use crate::transaction::{Report, enter, refuse_languages};
use crate::wal::{Attributes, Content, Log, OLD_HEADER, Op, Plan, Stage, Step, UNDO};

/// The transactions that can be undone, by their number in [`Report::id`], the newest last. Only the newest can be
/// undone for certain: later ones may have changed the same packages.
pub fn undoable(root: impl AsRef<Path>) -> Vec<u64> {
    kept(&root.as_ref().join(UNDO))
}

/// Undo a transaction.
///
/// # Errors
/// As [`crate::Transaction::run`]; also when its packages have changed since.
pub fn undo(
    root: impl AsRef<Path>,
    id: u64,
    options: &Options,
    listener: &dyn Listener,
) -> Result<Report, Error> {
    undo_with(root, id, options, listener, &Kernel)
}

/// The same, over other system calls.
///
/// # Errors
/// As [`undo`].
pub fn undo_with(
    root: impl AsRef<Path>,
    id: u64,
    options: &Options,
    listener: &dyn Listener,
    sys: &dyn Syscalls,
) -> Result<Report, Error> {
    let (root, _lock) = enter(root.as_ref())?;
    let log = Log::new(&root, sys);
    let plan: Plan<Work> = log.kept_plan(id).map_err(refused)?;
    let past = Past {
        id,
        folder: root.join(UNDO).join(id.to_string()),
        plan,
    };
    let installed = Installed::read(&root, options.database_mode())?;
    let set = past.set(&root, &installed)?;
    past.refuse_lost(&root)?;
    let sequence = sequence(&set, &installed, options.scriptlets, told(&set, &installed)?);
    let first = pretrans(&set, &installed, options.scriptlets);
    refuse_languages(&first, &sequence)?;
    if options.check_only {
        return Ok(report(&set, 0));
    }
    let begun = Begun::new(&log, listener, first)?;
    let checked = Checked {
        log: &log,
        options,
        listener,
        set: &set,
        contents: Contents::Past(&past),
    };
    checked.carry_out(&begun, installed, sequence)
}

/// What a transaction has kept.
pub(crate) struct Past {
    id: u64,
    folder: PathBuf,
    plan: Plan<Work>,
}

impl Past {
    fn cannot(&self, why: impl Into<String>) -> Error {
        Error::CannotUndo {
            id: self.id,
            why: why.into(),
        }
    }

    fn change(&self) -> Result<&Change, Error> {
        let change = self.plan.steps.iter().find_map(|step| match step {
            Step::Task(Work::Database(change)) => Some(change),
            _ => None,
        });
        change.ok_or_else(|| self.cannot("its plan is incomplete"))
    }

    /// What it installed goes, what it removed comes.
    fn set(&self, root: &Path, installed: &Installed) -> Result<Set, Error> {
        let mut set = Set {
            incoming: Vec::new(),
            outgoing: Vec::new(),
            removals: Vec::new(),
        };
        let change = self.change()?;
        for added in &change.add {
            let rows = installed
                .named(&added.name)
                .into_iter()
                .filter(|row| *row > change.highest);
            let row = rows
                .into_iter()
                .find(|row| nevra(installed, *row).as_ref() == Some(&added.nevra));
            let row = row.ok_or_else(|| self.cannot(format!("{} has been changed since", added.nevra)))?;
            set.go(installed, row, false)?;
        }
        for row in &change.erase {
            let incoming = self.returning(*row)?;
            if !installed
                .named(incoming.name())
                .iter()
                .all(|row| set.outgoing.iter().any(|gone| gone.row == *row))
            {
                return Err(self.cannot(format!("another {} has been installed since", incoming.name())));
            }
            set.incoming.push(incoming);
        }
        set.sort(installed)?;
        pair(&mut set);
        locate(root, &mut set);
        Ok(set)
    }

    fn returning(&self, row: u32) -> Result<Incoming, Error> {
        let name = format!("{OLD_HEADER}{row}");
        let path = self.folder.join(&name);
        let bytes = fs::read(&path)
            .map_err(|source| self.cannot(format!("cannot read {}: {source}", path.display())))?;
        let failed = |source| Error::Package {
            path: path.clone(),
            source,
        };
        let header = Header::parse(bytes).map_err(failed)?;
        let nevra = header.nevra().map_err(failed)?.to_string();
        let files = header.files().map_err(failed)?;
        let fates = vec![Fate::Skip; files.len()];
        Ok(Incoming {
            source: Source::Record,
            header,
            nevra,
            files,
            places: Vec::new(),
            fates,
            silent: Vec::new(),
            replaces: Vec::new(),
            pre_waits: false,
        })
    }

    fn kept(&self, slot: u32) -> Option<PathBuf> {
        let path = self.folder.join(slot.to_string());
        fs::symlink_metadata(&path).is_ok().then_some(path)
    }

    fn ops(&self) -> impl Iterator<Item = &Op> {
        let files = self.plan.steps.iter().filter_map(|step| match step {
            Step::Files(ops) => Some(ops),
            Step::Task(_) => None,
        });
        files.flatten()
    }

    /// A replaced file on another mount than the kept ones could not be kept.
    fn refuse_lost(&self, root: &Path) -> Result<(), Error> {
        for op in self.ops() {
            let (lost, path) = match op {
                Op::Place {
                    slot, path, fresh, ..
                } => (!fresh && self.kept(*slot).is_none(), path),
                Op::Remove {
                    slot,
                    path,
                    keep: None,
                } => (self.kept(*slot).is_none(), path),
                Op::Remove {
                    path,
                    keep: Some(keep),
                    ..
                } => (fs::symlink_metadata(root.join(keep)).is_err(), path),
                _ => continue,
            };
            if lost {
                return Err(self.cannot(format!("the old /{path} was not kept")));
            }
        }
        Ok(())
    }

    /// Stage the kept files, and reverse the operations.
    pub(crate) fn stage(
        &self,
        log: &Log<'_>,
        set: &Set,
        options: &Options,
        id: u64,
    ) -> Result<Staging, Error> {
        let stage = Stage::new(log, [], id, options.durable).map_err(refused)?;
        let owners = Owners::of_root(&log.root);
        let reverse = Reverse {
            past: self,
            log,
            stage: &stage,
            options,
            owners,
            described: described(set),
        };
        let ops = reverse.ops(set)?;
        let removals = vec![Vec::new(); set.outgoing.len()];
        Ok(Staging {
            stage,
            placements: Vec::new(),
            ops,
            new_folders: Vec::new(),
            late: Vec::new(),
            removals,
        })
    }
}

fn nevra(installed: &Installed, row: u32) -> Option<String> {
    installed
        .header(row)
        .ok()?
        .nevra()
        .ok()
        .map(|nevra| nevra.to_string())
}

/// A package that comes back takes the place of the one of its name that goes.
fn pair(set: &mut Set) {
    for incoming in &mut set.incoming {
        let same_name =
            |(_, outgoing): &(usize, &mut Outgoing)| outgoing.header.name() == incoming.header.name();
        for (index, outgoing) in set.outgoing.iter_mut().enumerate().filter(same_name) {
            outgoing.replaced = true;
            incoming.replaces.push(index);
        }
    }
}

fn locate(root: &Path, set: &mut Set) {
    let layout = Layout::on_disk(root);
    let places = |files: &[FileInfo]| {
        files
            .iter()
            .map(|file| layout.place(&file.path).unwrap_or_default())
            .collect()
    };
    set.incoming
        .iter_mut()
        .for_each(|package| package.places = places(&package.files));
    set.outgoing
        .iter_mut()
        .for_each(|package| package.places = places(&package.files));
}

/// What the packages that go say about each place, with the algorithm of their digests.
fn described(set: &Set) -> HashMap<&str, (&FileInfo, u32)> {
    let of = |package: &'_ Outgoing| package.header.file_digest_algorithm();
    set.outgoing
        .iter()
        .flat_map(|package| {
            package
                .places
                .iter()
                .zip(&package.files)
                .map(move |(place, file)| (place, file, of(package)))
        })
        .map(|(place, file, algorithm)| (place.as_str(), (file, algorithm)))
        .collect()
}

/// Turns operations into their opposites.
struct Reverse<'a> {
    past: &'a Past,
    log: &'a Log<'a>,
    stage: &'a Stage,
    options: &'a Options,
    owners: Owners,
    described: HashMap<&'a str, (&'a FileInfo, u32)>,
}

impl Reverse<'_> {
    /// Folders first, outermost first; then files, the last changed first; then folders that go, innermost first.
    fn ops(&self, set: &Set) -> Result<Vec<Op>, Error> {
        let mut ops: Vec<Op> = self.folders(set);
        let mut going = Vec::new();
        for op in self.past.ops().collect::<Vec<_>>().into_iter().rev() {
            match op {
                Op::Place { slot, path, keep, .. } => {
                    ops.extend(self.unplace(*slot, path, keep.as_deref())?)
                }
                Op::Remove { slot, path, keep } => ops.extend(self.unremove(*slot, path, keep.as_deref())?),
                Op::Directory {
                    path, fresh: true, ..
                } => going.push(Op::RemoveDirectory { path: path.clone() }),
                _ => {}
            }
        }
        ops.append(&mut going);
        Ok(ops)
    }

    /// The folders of the packages that come back, and those of no package that went because they were empty.
    fn folders(&self, set: &Set) -> Vec<Op> {
        let mut folders = BTreeMap::new();
        for op in self.past.ops() {
            if let Op::RemoveDirectory { path } = op {
                folders.insert(
                    path.clone(),
                    Attributes {
                        mode: Some(0o755),
                        ..Attributes::default()
                    },
                );
            }
        }
        for (_, file, place, _) in set.incoming.iter().flat_map(Incoming::each) {
            if file.is_dir() && !file.is_ghost() && !place.is_empty() {
                let attributes = attributes(file, self.options, &self.owners).0;
                folders.insert(
                    place.to_owned(),
                    Attributes {
                        time: None,
                        ..attributes
                    },
                );
            }
        }
        let fresh = |path: &str| !self.log.path(path).is_dir();
        let op = |(path, attributes): (String, Attributes)| Op::Directory {
            fresh: fresh(&path),
            path,
            attributes,
            slot: self.stage.slot(),
        };
        folders.into_iter().map(op).collect()
    }

    /// What was placed goes; what it replaced comes back, and loses the second name it was given.
    fn unplace(&self, slot: u32, path: &str, keep: Option<&str>) -> Result<Vec<Op>, Error> {
        let Some(kept) = self.past.kept(slot) else {
            let keep = self.edited(path);
            return Ok(vec![Op::Remove {
                path: path.to_owned(),
                slot: self.stage.slot(),
                keep,
            }]);
        };
        let second = keep.filter(|second| same_file(&kept, &self.log.path(second)));
        let mut ops: Vec<Op> = second.map(|second| self.drop(second)).into_iter().collect();
        ops.push(self.bring_back(&kept, path)?);
        Ok(ops)
    }

    /// What was removed comes back, and loses the second name it was given.
    fn unremove(&self, slot: u32, path: &str, keep: Option<&str>) -> Result<Vec<Op>, Error> {
        let Some(second) = keep else {
            let kept = self.past.kept(slot);
            return kept
                .map(|kept| self.bring_back(&kept, path))
                .into_iter()
                .collect();
        };
        Ok(vec![
            self.bring_back(&self.log.path(second), path)?,
            self.drop(second),
        ])
    }

    fn drop(&self, path: &str) -> Op {
        Op::Remove {
            path: path.to_owned(),
            slot: self.stage.slot(),
            keep: None,
        }
    }

    fn bring_back(&self, kept: &Path, path: &str) -> Result<Op, Error> {
        let slot = self.stage.slot();
        if kept.is_dir() && !kept.is_symlink() {
            return Err(self.past.cannot(format!("/{path} was a folder before")));
        }
        let staged = self
            .stage
            .write(self.log, 0, slot, Content::Existing(kept), &Attributes::default());
        staged.map_err(refused)?;
        let fresh = fs::symlink_metadata(self.log.path(path)).is_err();
        Ok(Op::Place {
            stage: 0,
            slot,
            path: path.to_owned(),
            fresh,
            keep: self.edited(path),
        })
    }

    /// Configuration that was edited after the transaction is not lost by undoing it.
    fn edited(&self, path: &str) -> Option<String> {
        let (file, algorithm) = *self.described.get(path)?;
        let changed = file.is_config() && differs(&self.log.path(path), Described { file, algorithm });
        changed.then(|| format!("{path}.rpmsave"))
    }
}

fn same_file(a: &Path, b: &Path) -> bool {
    match (fs::symlink_metadata(a), fs::symlink_metadata(b)) {
        (Ok(a), Ok(b)) => a.ino() == b.ino() && a.dev() == b.dev(),
        _ => false,
    }
}
