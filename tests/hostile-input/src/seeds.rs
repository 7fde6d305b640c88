//! Good input, to be damaged.

use crate::rpm;
use rpmfile::Package;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Two packages.
pub(crate) const PRIMARY: &str = include_str!("../corpus/primary-xml/two");
const FILELISTS: &str = include_str!("../corpus/filelists-xml/two");
/// What the certificate's owner signed.
pub(crate) const SIGNED: &str = "the one document\n- that was signed\n";

/// A certificate; nobody has its secret any more.
pub(crate) fn certificate() -> Option<&'static str> {
    Some(include_str!("../corpus/openpgp/certificate"))
}

/// Where the corpus is.
pub fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// Write the part of the corpus that depends on formats of our own, after one of them has changed.
///
/// # Errors
/// When the files cannot be written.
pub fn write_seeds() -> io::Result<()> {
    let package = rpm::sample().ok_or(io::ErrorKind::InvalidData)?;
    let mut rest = package.as_slice();
    let parsed = Package::read(&mut rest).map_err(io::Error::other)?;
    let mut archive = Vec::new();
    zstd::Decoder::new(rest)?.read_to_end(&mut archive)?;
    let caches = repodata::foreign::caches(PRIMARY.as_bytes(), FILELISTS.as_bytes());
    let (packages, files) = caches.ok_or(io::ErrorKind::InvalidData)?;
    for (target, seed) in [
        ("rpm-package", package.as_slice()),
        ("rpm-header", parsed.header.raw()),
        ("rpm-payload", &archive),
        ("package-cache", &packages),
        ("file-cache", &files),
    ] {
        std::fs::write(corpus().join(target).join("seed"), seed)?;
    }
    Ok(())
}
