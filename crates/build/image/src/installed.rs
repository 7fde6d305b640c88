//! The packages of a tree, as its database has them.

use crate::error::Error;
use rpmdb::{Mode, RpmDb};
use rpmfile::{Header, Tag};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The release that `lumen import` gives its packages begins so; what is built here begins with a larger number.
const IMPORTED_RELEASE: &str = "0.s0.";

/// Where a package's files come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Built here from source.
    Built,
    /// Binaries of the upstream distribution.
    Imported,
}

/// A package of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageRecord {
    /// Name.
    pub name: String,
    /// Version and release, with the epoch if there is one.
    pub version: String,
    /// Architecture.
    pub arch: String,
    /// Bytes of its files.
    pub size: u64,
    /// Licence.
    pub license: String,
    /// SHA-256 of the package's header: identifies its content.
    pub sha256: String,
    /// Where its files come from.
    pub origin: Origin,
}

impl PackageRecord {
    /// From the header in the database.
    pub fn new(header: &Header) -> Self {
        let nevra = header.nevra();
        let evr = nevra
            .as_ref()
            .map(|nevra| nevra.evr.to_string())
            .unwrap_or_default();
        let release = nevra.map(|nevra| nevra.evr.release).unwrap_or_default();
        let imported = release.starts_with(IMPORTED_RELEASE);
        Self {
            name: header.name().into(),
            version: evr,
            arch: header.arch().into(),
            size: header.install_size(),
            license: header.license().into(),
            sha256: header.get_str(Tag::SHA256_HEADER).unwrap_or_default().into(),
            origin: if imported { Origin::Imported } else { Origin::Built },
        }
    }
}

/// The headers of all installed packages, by name.
pub(crate) fn headers(root: &Path) -> Result<Vec<Header>, Error> {
    let failed = |error: rpmdb::Error| Error::Database {
        root: root.into(),
        reason: error.to_string(),
    };
    let database = RpmDb::open(root, Mode::Read).map_err(failed)?;
    let packages = database.packages().map_err(failed)?;
    let mut headers: Vec<Header> = packages.into_iter().map(|package| package.header).collect();
    headers.sort_by(|a, b| (a.name(), a.arch()).cmp(&(b.name(), b.arch())));
    Ok(headers)
}
