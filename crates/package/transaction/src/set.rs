//! Gather the packages of a transaction and bring them into order.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rpmfile::{Dependency, Package};

use crate::Error;
use crate::element::{Incoming, Outgoing, Source};
use crate::installed::Installed;
use crate::needs::{Needing, needed_by_pre, relations};
use crate::parallel;

/// A package file to be installed, and what it takes the place of.
#[derive(Debug, Clone)]
pub(crate) enum Request {
    /// Nothing.
    Install(PathBuf),
    /// Every installed package of its name.
    Upgrade(PathBuf),
    /// These installed packages.
    Replace(PathBuf, Vec<u32>),
}

impl Request {
    fn path(&self) -> &Path {
        match self {
            Self::Install(path) | Self::Upgrade(path) | Self::Replace(path, _) => path,
        }
    }
}

/// All packages of the transaction, the incoming ones in the order in which they are installed.
pub(crate) struct Set {
    pub(crate) incoming: Vec<Incoming>,
    pub(crate) outgoing: Vec<Outgoing>,
    /// The outgoing in the order in which they are removed, after all that come.
    pub(crate) removals: Vec<usize>,
}

impl Set {
    /// `checked` are the fingerprints of files that were looked at before; so many threads open the files.
    pub(crate) fn gather(
        installed: &Installed,
        requests: &[Request],
        erase: &[u32],
        checked: &BTreeMap<PathBuf, [u8; 32]>,
        threads: usize,
    ) -> Result<Self, Error> {
        let open = |_, request: &Request| open(request.path(), checked.get(request.path()));
        let mut set = Self {
            incoming: parallel::map(threads, requests, open)?,
            outgoing: Vec::new(),
            removals: Vec::new(),
        };
        for (index, request) in requests.iter().enumerate() {
            set.replace(installed, index, request)?;
        }
        for row in erase {
            set.go(installed, *row, false)?;
        }
        set.refuse_duplicates(installed)?;
        set.sort(installed)?;
        Ok(set)
    }

    fn replace(&mut self, installed: &Installed, index: usize, request: &Request) -> Result<(), Error> {
        let Some(incoming) = self.incoming.get(index) else {
            return Ok(());
        };
        let rows = match request {
            Request::Install(_) => Vec::new(),
            Request::Upgrade(_) => installed.named(incoming.name()),
            Request::Replace(_, rows) => rows.clone(),
        };
        for row in rows {
            let gone = self.go(installed, row, true)?;
            if let Some(incoming) = self.incoming.get_mut(index) {
                incoming.replaces.push(gone);
            }
        }
        Ok(())
    }

    /// Note that an installed package goes; returns its position among the outgoing.
    pub(crate) fn go(&mut self, installed: &Installed, row: u32, replaced: bool) -> Result<usize, Error> {
        if let Some(known) = self.outgoing.iter().position(|outgoing| outgoing.row == row) {
            return Ok(known);
        }
        let header = installed.header(row)?;
        let files = header.files().map_err(|source| installed.unreadable(source))?;
        let nevra = header
            .nevra()
            .map_err(|source| installed.unreadable(source))?
            .to_string();
        self.outgoing.push(Outgoing {
            row,
            header,
            nevra,
            files,
            places: Vec::new(),
            replaced,
        });
        Ok(self.outgoing.len() - 1)
    }

    /// A second row of the same package would make both impossible to tell apart.
    fn refuse_duplicates(&self, installed: &Installed) -> Result<(), Error> {
        for incoming in &self.incoming {
            for row in installed.named(incoming.name()) {
                let goes = self.outgoing.iter().any(|outgoing| outgoing.row == row);
                let header = installed.header(row)?;
                if !goes
                    && header
                        .nevra()
                        .is_ok_and(|nevra| nevra.to_string() == incoming.nevra)
                {
                    return Err(Error::AlreadyInstalled {
                        nevra: incoming.nevra.clone(),
                    });
                }
            }
        }
        Ok(())
    }

    /// What others need is installed before them and removed after them.
    pub(crate) fn sort(&mut self, installed: &Installed) -> Result<(), Error> {
        let coming: Vec<Needing<'_>> = self.incoming.iter().map(|p| (p.header(), &p.files[..])).collect();
        let going: Vec<Needing<'_>> = self.outgoing.iter().map(|p| (&p.header, &p.files[..])).collect();
        let (arrivals, departures) = (relations(&coming, false).order(), relations(&going, true).order());
        let waiting = waiting(installed, &needed_by_pre(&coming))?;
        for (package, waits) in self.incoming.iter_mut().zip(waiting) {
            package.pre_waits = waits;
        }
        let mut slots: Vec<Option<Incoming>> =
            std::mem::take(&mut self.incoming).into_iter().map(Some).collect();
        self.incoming = arrivals
            .into_iter()
            .filter_map(|index| slots.get_mut(index).and_then(Option::take))
            .collect();
        self.removals = departures;
        Ok(())
    }
}

/// A %pre that needs what only comes with the transaction waits for it. What is there before it will do.
fn waiting(installed: &Installed, needed: &[Vec<Dependency>]) -> Result<Vec<bool>, Error> {
    let waits = |needs: &Vec<Dependency>| {
        for need in needs {
            if !installed.satisfies(need)? {
                return Ok(true);
            }
        }
        Ok(false)
    };
    needed.iter().map(waits).collect()
}

fn open(path: &Path, checked: Option<&[u8; 32]>) -> Result<Incoming, Error> {
    let failed = |source| Error::Package {
        path: path.to_owned(),
        source,
    };
    let package = Package::open(path).map_err(failed)?;
    if checked.is_some_and(|checked| *checked != package.fingerprint()) {
        return Err(Error::Exchanged {
            path: path.to_owned(),
        });
    }
    let nevra = package.header.nevra().map_err(failed)?.to_string();
    let files = package.header.files().map_err(failed)?;
    let header = package.header.clone();
    Ok(Incoming {
        source: Source::File(path.to_owned(), package),
        header,
        nevra,
        files,
        places: Vec::new(),
        fates: Vec::new(),
        silent: Vec::new(),
        replaces: Vec::new(),
        pre_waits: false,
    })
}
