//! Compare the files that come with each other, with those installed and with the disk.

use std::collections::HashMap;
use std::path::Path;

use rpmfile::{FileFlags, FileInfo, Header};

use crate::Error;
use crate::element::{Fate, Incoming, Outgoing};
use crate::error::Conflict;
use crate::fate::{Described, decide, may_share};
use crate::installed::Installed;
use crate::layout::Layout;
use crate::options::Options;
use crate::set::Set;

/// Where in the transaction a file is: number of the package, number of the file.
type At = (usize, usize);

/// Find every file's place and fate; refuse what does not fit together.
pub(crate) fn survey(
    root: &Path,
    set: &mut Set,
    installed: &Installed,
    options: &Options,
) -> Result<(), Error> {
    let layout = Layout::with(root, set.incoming.iter().flat_map(|package| &package.files));
    for package in &mut set.incoming {
        package.places = places(&layout, &package.files, &package.nevra)?;
    }
    let disk = Layout::on_disk(root);
    for package in &mut set.outgoing {
        package.places = places(&disk, &package.files, &package.nevra)?;
    }
    let mut survey = Survey::new(root, set, installed, options);
    let decided: Result<Vec<Vec<Decided>>, Error> = (0..set.incoming.len())
        .map(|index| survey.package(index))
        .collect();
    let conflicts = std::mem::take(&mut survey.conflicts);
    if !conflicts.is_empty() {
        return Err(Error::Conflicts { conflicts });
    }
    for (package, decided) in set.incoming.iter_mut().zip(decided?) {
        let silent = decided.iter().enumerate().filter(|(_, file)| file.silent);
        package.silent = silent.map(|(index, _)| index).collect();
        package.fates = decided.into_iter().map(|file| file.fate).collect();
    }
    Ok(())
}

fn places(layout: &Layout<'_>, files: &[FileInfo], nevra: &str) -> Result<Vec<String>, Error> {
    let circle = |file: &FileInfo| Error::Circle {
        path: file.path.clone(),
        package: nevra.to_owned(),
    };
    files
        .iter()
        .map(|file| layout.place(&file.path).ok_or_else(|| circle(file)))
        .collect()
}

/// What becomes of a file, and whether rpm skips it so that it sets off no file trigger.
struct Decided {
    fate: Fate,
    silent: bool,
}

struct Survey<'a> {
    root: &'a Path,
    set: &'a Set,
    installed: &'a Installed,
    documentation: bool,
    /// The first incoming package that creates a path.
    coming: HashMap<&'a str, At>,
    going: HashMap<&'a str, At>,
    /// Whether the last package that has a path makes it, by rpm's reckoning: see [`Survey::file`].
    made: HashMap<&'a str, bool>,
    conflicts: Vec<Conflict>,
}

impl<'a> Survey<'a> {
    fn new(root: &'a Path, set: &'a Set, installed: &'a Installed, options: &Options) -> Self {
        let mut going = HashMap::new();
        for (number, package) in set.outgoing.iter().enumerate() {
            for (index, place) in package.places.iter().enumerate() {
                going.insert(place.as_str(), (number, index));
            }
        }
        let documentation = options.documentation;
        Self {
            root,
            set,
            installed,
            documentation,
            coming: HashMap::new(),
            going,
            made: HashMap::new(),
            conflicts: Vec::new(),
        }
    }

    fn package(&mut self, number: usize) -> Result<Vec<Decided>, Error> {
        let Some(package) = self.set.incoming.get(number) else {
            return Ok(Vec::new());
        };
        let mut decided = Vec::with_capacity(package.files.len());
        for (index, (file, place)) in package.files.iter().zip(&package.places).enumerate() {
            decided.push(self.file(package, (number, index), file, place)?);
        }
        Ok(decided)
    }

    /// rpm skips what the package before has made, but what that one has skipped it makes once more
    /// (lib/transaction.c, handleOverlappedFiles): of three with the same folder, the first and the third set off file
    /// triggers on it. Ghosts count as made, but do not keep others from making the file.
    fn file(
        &mut self,
        package: &'a Incoming,
        at: At,
        file: &FileInfo,
        place: &'a str,
    ) -> Result<Decided, Error> {
        let decided = self.decide(package, at, file, place)?;
        self.made.insert(place, !decided.silent && !file.is_ghost());
        Ok(decided)
    }

    fn decide(
        &mut self,
        package: &'a Incoming,
        at: At,
        file: &FileInfo,
        place: &'a str,
    ) -> Result<Decided, Error> {
        let skip = |silent| Decided {
            fate: Fate::Skip,
            silent,
        };
        if !self.documentation && file.flags.intersects(FileFlags::DOC) {
            return Ok(skip(true));
        }
        let new = Described {
            file,
            algorithm: package.header().file_digest_algorithm(),
        };
        let hidden = self.made.get(place).copied().unwrap_or(false);
        if let Some((nevra, first)) = self.first_comer(place) {
            self.compare(package, new, nevra, first, false);
            if !file.is_ghost() && !file.is_dir() {
                return Ok(skip(hidden)); // the first one creates it
            }
        } else if !file.is_ghost() {
            self.coming.insert(place, at);
        }
        let old = self.settled(package, new, place)?;
        let old = old.as_ref().map(|(file, algorithm)| Described {
            file,
            algorithm: *algorithm,
        });
        let fate = match file.is_dir() {
            true if file.is_ghost() => Fate::Skip,
            true => Fate::Create(None),
            false => decide(&self.root.join(place), new, old),
        };
        let was_config = old.is_some_and(|old| old.file.is_config() || file.is_config());
        let kept = fate == Fate::Skip && (!file.is_ghost() || was_config);
        Ok(Decided {
            fate,
            silent: hidden || kept,
        })
    }

    fn first_comer(&self, place: &str) -> Option<(&'a str, Described<'a>)> {
        let (number, index) = self.coming.get(place)?;
        let package = self.set.incoming.get(*number)?;
        let file = package.files.get(*index)?;
        Some((
            &package.nevra,
            Described {
                file,
                algorithm: package.header().file_digest_algorithm(),
            },
        ))
    }

    /// What is known about this path from packages already installed: from one that goes, else from one that stays,
    /// which must agree.
    fn settled(
        &mut self,
        package: &Incoming,
        new: Described<'_>,
        place: &str,
    ) -> Result<Option<(FileInfo, u32)>, Error> {
        let mut known = self
            .going
            .get(place)
            .and_then(|at| leaving(&self.set.outgoing, *at));
        for (row, index) in self.installed.owners(place)? {
            if self.set.outgoing.iter().any(|outgoing| outgoing.row == row) {
                continue;
            }
            let other = self.installed.files(row)?;
            let Some(file) = other.files.get(index) else {
                continue;
            };
            let settled = Described {
                file,
                algorithm: other.algorithm,
            };
            self.compare(package, new, &other.nevra, settled, true);
            known.get_or_insert_with(|| (file.clone(), other.algorithm));
        }
        Ok(known)
    }

    fn compare(
        &mut self,
        package: &Incoming,
        new: Described<'_>,
        other: &str,
        settled: Described<'_>,
        installed: bool,
    ) {
        if !may_share(new, settled) {
            let (path, package, other) = (new.file.path.clone(), package.nevra.clone(), other.to_owned());
            self.conflicts.push(Conflict {
                path,
                package,
                other,
                installed,
            });
        }
    }
}

fn leaving(outgoing: &[Outgoing], (number, index): At) -> Option<(FileInfo, u32)> {
    let package = outgoing.get(number)?;
    let file = package.files.get(index).filter(|_| package.is_installed(index))?;
    Some((file.clone(), algorithm(&package.header)))
}

fn algorithm(header: &Header) -> u32 {
    header.file_digest_algorithm()
}
