//! What is installed before the transaction, read once.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use rpmdb::{Index, Mode, RpmDb};
use rpmfile::{Dependency, FileInfo, Header, Tag};

use crate::Error;
use crate::layout::Layout;
use crate::triggers::Party;

/// The files of an installed package.
pub(crate) struct Files {
    pub(crate) nevra: String,
    pub(crate) algorithm: u32,
    pub(crate) files: Vec<FileInfo>,
    places: Vec<String>,
}

struct Known {
    header: Header,
    files: OnceCell<Files>,
}

/// The package database, with rpm's lock held when there is one.
pub(crate) struct Installed {
    root: PathBuf,
    database: Option<RpmDb>,
    packages: BTreeMap<u32, Known>,
    names: HashMap<String, Vec<u32>>,
}

impl Installed {
    /// Read what is installed. Where there is no database nothing is, and none is made before the decision.
    pub(crate) fn read(root: &Path, mode: Mode) -> Result<Self, Error> {
        let mut installed = Self {
            root: root.to_owned(),
            database: None,
            packages: BTreeMap::new(),
            names: HashMap::new(),
        };
        let Some(database) = open_existing(root, mode)? else {
            return Ok(installed);
        };
        let packages = database
            .packages()
            .map_err(|source| failed("read", root, source))?;
        for package in packages {
            installed
                .names
                .entry(package.header.name().to_owned())
                .or_default()
                .push(package.hnum);
            installed.packages.insert(
                package.hnum,
                Known {
                    header: package.header,
                    files: OnceCell::new(),
                },
            );
        }
        installed.database = Some(database);
        Ok(installed)
    }

    /// Give up the database, to change it.
    pub(crate) fn into_database(self) -> Option<RpmDb> {
        self.database
    }

    /// The highest row number in use.
    pub(crate) fn highest(&self) -> u32 {
        self.packages.last_key_value().map_or(0, |(row, _)| *row)
    }

    /// Rows of the packages of this name.
    pub(crate) fn named(&self, name: &str) -> Vec<u32> {
        self.names.get(name).cloned().unwrap_or_default()
    }

    /// How many packages of each name there are.
    pub(crate) fn instances(&self) -> HashMap<String, i64> {
        let count = |rows: &Vec<u32>| i64::try_from(rows.len()).unwrap_or(i64::MAX);
        self.names
            .iter()
            .map(|(name, rows)| (name.clone(), count(rows)))
            .collect()
    }

    /// The header of a row.
    pub(crate) fn header(&self, row: u32) -> Result<Header, Error> {
        Ok(self.known(row)?.header.clone())
    }

    fn known(&self, row: u32) -> Result<&Known, Error> {
        self.packages.get(&row).ok_or_else(|| Error::NotInstalled {
            row,
            root: self.root.clone(),
        })
    }

    /// The files of a row.
    pub(crate) fn files(&self, row: u32) -> Result<&Files, Error> {
        let known = self.known(row)?;
        if let Some(files) = known.files.get() {
            return Ok(files);
        }
        let files = self.read_files(&known.header)?;
        Ok(known.files.get_or_init(|| files))
    }

    fn read_files(&self, header: &Header) -> Result<Files, Error> {
        let files = header.files().map_err(|source| self.unreadable(source))?;
        let nevra = header
            .nevra()
            .map_err(|source| self.unreadable(source))?
            .to_string();
        let layout = Layout::on_disk(&self.root);
        let places = files
            .iter()
            .map(|file| layout.place(&file.path).unwrap_or_default())
            .collect();
        Ok(Files {
            nevra,
            algorithm: header.file_digest_algorithm(),
            files,
            places,
        })
    }

    /// Who owns what is at this place: rows and numbers of files that are really there. The index of the database
    /// knows names without their folder, which is all that folders behind links leave to look for.
    pub(crate) fn owners(&self, place: &str) -> Result<Vec<(u32, usize)>, Error> {
        let Some(database) = &self.database else {
            return Ok(Vec::new());
        };
        let name = place.rsplit('/').next().unwrap_or(place);
        let rows = database
            .lookup(Index::Basenames, name)
            .map_err(|source| failed("search", &self.root, source))?;
        let mut owners = Vec::new();
        for (row, index) in rows {
            let index = index as usize;
            let known = self.known(row)?;
            if self
                .files(row)?
                .places
                .get(index)
                .is_some_and(|found| found == place)
                && is_there(&known.header, index)
            {
                owners.push((row, index));
            }
        }
        Ok(owners)
    }

    /// Whether an installed package offers this: by name, capability or file.
    pub(crate) fn satisfies(&self, need: &Dependency) -> Result<bool, Error> {
        if need.name.starts_with('/') && !self.owners(need.name.trim_start_matches('/'))?.is_empty() {
            return Ok(true);
        }
        let Some(database) = &self.database else {
            return Ok(false);
        };
        let rows = database
            .lookup(Index::Providename, &need.name)
            .map_err(|source| failed("search", &self.root, source))?;
        for (row, _) in rows {
            let provides = self.known(row)?.header.provides();
            if provides
                .iter()
                .any(|provide| provide.name == need.name && provide.overlaps(need))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Those packages that stay and matter to triggers: the ones that have some, and with `all` every one.
    pub(crate) fn parties(&self, without: &[u32], all: bool) -> Vec<Party> {
        let mut parties = Vec::new();
        for (row, known) in &self.packages {
            if !without.contains(row) && (all || has_triggers(&known.header)) {
                let nevra = known
                    .header
                    .nevra()
                    .map(|nevra| nevra.to_string())
                    .unwrap_or_default();
                parties.push(Party::new(&known.header, &nevra, *row, false));
            }
        }
        parties
    }

    /// A header of the database that cannot be understood.
    pub(crate) fn unreadable(&self, source: rpmfile::Error) -> Error {
        failed("understand", &self.root, source)
    }
}

/// Whether the header has triggers of any kind.
pub(crate) fn has_triggers(header: &Header) -> bool {
    [
        Tag::FILE_TRIGGER_NAME,
        Tag::TRANS_FILE_TRIGGER_NAME,
        Tag::TRIGGER_NAME,
    ]
    .into_iter()
    .any(|tag| header.contains(tag))
}

/// Whether the n-th file is really there (rpm: RPMFILE_STATE_NORMAL).
pub(crate) fn is_there(header: &Header, index: usize) -> bool {
    let states = header.get_bin(Tag::FILE_STATES);
    states
        .and_then(|states| states.get(index))
        .is_none_or(|state| *state == 0)
}

fn open_existing(root: &Path, mode: Mode) -> Result<Option<RpmDb>, Error> {
    if !root.join(rpmdb::DB_DIR).join("rpmdb.sqlite").exists() {
        return Ok(None);
    }
    RpmDb::open(root, mode).map(Some).map_err(|source| match source {
        rpmdb::Error::Busy { .. } => Error::Busy {
            root: root.to_owned(),
        },
        source => failed("open", root, source),
    })
}

pub(crate) fn failed(
    what: &'static str,
    root: &Path,
    source: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    Error::Database {
        what,
        root: root.to_owned(),
        source: Box::new(source),
    }
}
