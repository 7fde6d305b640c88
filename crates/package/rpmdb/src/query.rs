//! Asking what is installed.

use rpmfile::{Dependency, Header, Tag};
use rusqlite::OptionalExtension;
use sha2::{Digest, Sha256};

use crate::{Error, Index, RpmDb};

/// An installed package.
#[derive(Debug, Clone)]
pub struct Installed {
    /// Its number in the database, never used again for another.
    pub hnum: u32,
    /// Its header, with what was added on installation.
    pub header: Header,
}

/// A file of an installed package.
#[derive(Debug, Clone)]
pub struct Owner {
    /// The package.
    pub package: Installed,
    /// The file's number in the package's list.
    pub file: usize,
}

impl RpmDb {
    /// All installed packages, in the order they were installed.
    pub fn packages(&self) -> Result<Vec<Installed>, Error> {
        let mut packages = Vec::new();
        self.for_each(|package| packages.push(package)).map(|()| packages)
    }

    /// The same one by one, without holding them all.
    pub fn for_each(&self, mut visit: impl FnMut(Installed)) -> Result<(), Error> {
        let failed = || Error::read("the installed packages");
        let mut select = self
            .connection
            .prepare_cached("SELECT hnum, blob FROM Packages ORDER BY hnum")
            .map_err(failed())?;
        let mut rows = select.query(()).map_err(failed())?;
        while let Some(row) = rows.next().map_err(failed())? {
            let (hnum, blob) = (row.get(0).map_err(failed())?, row.get(1).map_err(failed())?);
            visit(parse(hnum, blob)?);
        }
        Ok(())
    }

    /// The package of a number.
    pub fn get(&self, hnum: u32) -> Result<Option<Installed>, Error> {
        let failed = || Error::read(format!("package number {hnum}"));
        let mut select = self
            .connection
            .prepare_cached("SELECT blob FROM Packages WHERE hnum = ?")
            .map_err(failed())?;
        let blob: Option<Vec<u8>> = select
            .query_row([hnum], |row| row.get(0))
            .optional()
            .map_err(failed())?;
        blob.map(|blob| parse(hnum, blob)).transpose()
    }

    /// The packages of a name: more than one for kernels.
    pub fn find_by_name(&self, name: &str) -> Result<Vec<Installed>, Error> {
        self.packages_of(self.lookup(Index::Name, name)?)
    }

    /// The packages that provide a capability, or own the file if it is a path, in whatever version.
    pub fn what_provides(&self, capability: &str) -> Result<Vec<Installed>, Error> {
        let mut packages = self.packages_of(self.lookup(Index::Providename, capability)?)?;
        if capability.starts_with('/') {
            let owners = self
                .file_owners(capability)?
                .into_iter()
                .map(|owner| owner.package);
            packages.extend(owners);
            packages.sort_by_key(|package| package.hnum);
            packages.dedup_by_key(|package| package.hnum);
        }
        Ok(packages)
    }

    /// The packages that need a capability once installed, in whatever version.
    pub fn what_requires(&self, capability: &str) -> Result<Vec<Installed>, Error> {
        self.packages_of(self.lookup(Index::Requirename, capability)?)
    }

    /// Whether an installed package provides what satisfies the dependency.
    pub fn satisfies(&self, dependency: &Dependency) -> Result<bool, Error> {
        let packages = self.what_provides(&dependency.name)?;
        let offers = |package: &Installed| {
            dependency.name.starts_with('/')
                || package.header.provides().iter().any(|p| p.overlaps(dependency))
        };
        Ok(packages.iter().any(offers))
    }

    /// The packages that own a path.
    pub fn file_owners(&self, path: &str) -> Result<Vec<Owner>, Error> {
        let (dir, base) = path.split_at(path.rfind('/').map_or(0, |slash| slash + 1));
        let mut owners = Vec::new();
        for (hnum, file) in self.lookup(Index::Basenames, base)? {
            let Some(package) = self.get(hnum)? else { continue };
            if directory_of(&package.header, file as usize) == Some(dir) {
                owners.push(Owner {
                    package,
                    file: file as usize,
                });
            }
        }
        Ok(owners)
    }

    /// The rows of a table with text keys: package numbers, and what the number beside the key means for the table.
    pub fn lookup(&self, index: Index, key: &str) -> Result<Vec<(u32, u32)>, Error> {
        let failed = || Error::read(format!("{key:?} in {}", index.table()));
        let sql = format!(
            "SELECT hnum, idx FROM '{}' WHERE key = ? ORDER BY hnum, idx",
            index.table()
        );
        let mut select = self.connection.prepare_cached(&sql).map_err(failed())?;
        let rows = select
            .query_map([key], |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(failed())?;
        rows.collect::<Result<_, _>>().map_err(failed())
    }

    /// A text that changes whenever a package comes or goes: rpm's rpmdbCookie.
    pub fn cookie(&self) -> Result<String, Error> {
        let failed = || Error::read("the names of the installed packages");
        let sql = "SELECT key, hnum FROM 'Name' ORDER BY key, hnum";
        let mut select = self.connection.prepare_cached(sql).map_err(failed())?;
        let mut rows = select.query(()).map_err(failed())?;
        let (mut digest, mut previous) = (Sha256::new(), None);
        while let Some(row) = rows.next().map_err(failed())? {
            let (key, hnum): (String, u32) = (row.get(0).map_err(failed())?, row.get(1).map_err(failed())?);
            if previous.as_ref() != Some(&key) {
                digest.update(&key);
            }
            digest.update(hnum.to_le_bytes());
            previous = Some(key);
        }
        Ok(hex::encode(digest.finalize()))
    }

    fn packages_of(&self, rows: Vec<(u32, u32)>) -> Result<Vec<Installed>, Error> {
        let mut numbers: Vec<u32> = rows.into_iter().map(|(hnum, _)| hnum).collect();
        numbers.dedup();
        let packages = numbers.into_iter().map(|hnum| self.get(hnum));
        packages.filter_map(Result::transpose).collect()
    }
}

fn parse(hnum: u32, blob: Vec<u8>) -> Result<Installed, Error> {
    let header = Header::parse(blob).map_err(|source| Error::Damaged { hnum, source })?;
    Ok(Installed { hnum, header })
}

fn directory_of(header: &Header, file: usize) -> Option<&str> {
    let dir = *header.get_u32s(Tag::DIR_INDEXES).get(file)?;
    header.strings(Tag::DIR_NAMES).nth(dir as usize)
}
