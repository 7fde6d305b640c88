//! Adding and removing packages, all or nothing.

use rpmfile::{Header, Package};
use rusqlite::{Transaction, TransactionBehavior};

use crate::{Error, Index, InstallInfo, RpmDb, installed_header};

/// Changes that become visible together with [`Change::commit`], or not at all when dropped.
#[derive(Debug)]
pub struct Change<'db> {
    transaction: Transaction<'db>,
}

impl RpmDb {
    /// Begins a change. The database must have been opened with [`crate::Mode::Write`].
    pub fn begin(&mut self) -> Result<Change<'_>, Error> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate);
        Ok(Change {
            transaction: transaction.map_err(Error::write("begin a change"))?,
        })
    }
}

impl Change<'_> {
    /// Records a package as installed; returns its number.
    pub fn add(&self, package: &Package, info: &InstallInfo) -> Result<u32, Error> {
        let name = || {
            package
                .header
                .nevra()
                .map(|nevra| nevra.to_string())
                .unwrap_or_default()
        };
        let header = installed_header(package, info).map_err(|source| Error::Record {
            package: name(),
            source,
        })?;
        self.add_header(&header)
    }

    /// Records the header of an installed package, for example one of another database; returns its number.
    pub fn add_header(&self, header: &Header) -> Result<u32, Error> {
        let failed = || Error::write(format!("record {} as installed", header.name()));
        let mut insert = self
            .transaction
            .prepare_cached("INSERT INTO Packages (blob) VALUES (?)")
            .map_err(failed())?;
        let hnum = insert.insert([header.raw()]).map_err(failed())? as u32;
        for index in Index::ALL {
            self.add_rows(index, hnum, header).map_err(failed())?;
        }
        Ok(hnum)
    }

    fn add_rows(&self, index: Index, hnum: u32, header: &Header) -> Result<(), rusqlite::Error> {
        let rows = index.rows(header);
        if rows.is_empty() {
            return Ok(());
        }
        let sql = format!("INSERT INTO '{}' VALUES (?, ?, ?)", index.table());
        let mut insert = self.transaction.prepare_cached(&sql)?;
        rows.iter()
            .try_for_each(|(key, number)| insert.execute((key, hnum, number)).map(|_| ()))
    }

    /// Removes the record of a package.
    pub fn erase(&self, hnum: u32) -> Result<(), Error> {
        let failed = || Error::write(format!("remove the record of package number {hnum}"));
        let delete = |table: &str| {
            let sql = format!("DELETE FROM '{table}' WHERE hnum = ?");
            self.transaction.prepare_cached(&sql)?.execute([hnum])
        };
        if delete("Packages").map_err(failed())? == 0 {
            return Err(Error::NotInstalled { hnum });
        }
        Index::ALL
            .into_iter()
            .try_for_each(|index| delete(index.table()).map(|_| ()))
            .map_err(failed())
    }

    /// Makes the changes permanent: they are on the disk when this returns.
    pub fn commit(self) -> Result<(), Error> {
        self.transaction
            .commit()
            .map_err(Error::write("commit the change"))
    }
}
