//! Signing a package that another program has built (rpmsign(8)).

use std::io::{self, Write};
use std::path::Path;

use atomic_file::AtomicFile;

use super::Signer;
use super::signature::{Covered, signature_header};
use crate::{Error, Package, SignatureTag, digest, header, lead, package};

/// Writes the package `from` to `to`, whole or not at all, with a signature header of our own; its main header and
/// payload stay as they are, byte for byte. Its digests are checked first: what is damaged is not signed.
///
/// # Errors
/// When the package cannot be read or is damaged, cannot be signed, or `to` cannot be written.
pub fn sign(from: &Path, to: &Path, signer: &dyn Signer) -> Result<(), Error> {
    let unsigned = Package::open(from)?;
    unsigned.verify_digests()?;
    let name = unsigned.header.nevra()?.to_string();
    let signature = signature_header(&name, &covered(&unsigned)?, Some(signer))?;
    let write = |source| Error::Write {
        path: to.to_owned(),
        source,
    };
    let mut file = AtomicFile::create(to).map_err(|error| write(io::Error::other(error)))?;
    write_parts(&mut file, &signature, &unsigned)?.map_err(write)?;
    file.commit_without_sync()
        .map_err(|error| write(io::Error::other(error)))
}

fn covered(package: &Package) -> Result<Covered<'_>, Error> {
    let header = package.header.raw();
    let read = |source| Error::Read {
        what: "the payload",
        source,
    };
    let md5 =
        digest::md5_of_reader(&[&header::MAGIC, header], &mut package.payload_bytes()?).map_err(read)?;
    let size = package.payload_bytes()?.into_inner().metadata().map_err(read)?;
    let short = package.signature.get_u32(SignatureTag::PAYLOAD_SIZE);
    let long = package.signature.get_u64(SignatureTag::LONG_ARCHIVE_SIZE);
    Ok(Covered {
        header,
        md5,
        payload_size: size.len() - package.payload_offset,
        archive_size: short.map(u64::from).or(long).unwrap_or_default(),
    })
}

/// The outer error is one of reading, the inner of writing.
fn write_parts(file: &mut AtomicFile, signature: &[u8], unsigned: &Package) -> Result<io::Result<()>, Error> {
    let header = &unsigned.header;
    let evr = header.nevra()?.evr;
    let mut start = lead::write(&format!("{}-{}-{}", header.name(), evr.version, evr.release)).to_vec();
    start.extend_from_slice(&header::MAGIC);
    start.extend_from_slice(signature);
    start.resize(start.len() + package::padding(signature.len()), 0);
    start.extend_from_slice(&unsigned.signed_bytes());
    let mut payload = unsigned.payload_bytes()?;
    let copy = || {
        file.write_all(&start)?;
        io::copy(&mut payload, file).map(drop)
    };
    Ok({ copy }())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Builder, Evr, FileEntry};

    struct Stamp;

    impl Signer for Stamp {
        fn sign(&self, data: &[u8]) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
            Ok(format!("signed {} bytes", data.len()).into_bytes())
        }
    }

    fn unsigned(dir: &Path) -> std::path::PathBuf {
        let mut package = Builder::new("a", Evr::new(0, "1", "1"), "noarch");
        (package.summary, package.description, package.license) = ("s".into(), "d".into(), "MIT".into());
        package.file(FileEntry::regular("/usr/share/a", "text"));
        let path = dir.join("a.rpm");
        package.build(&path, None).unwrap();
        path
    }

    #[test]
    fn the_package_stays_as_it_is_but_for_the_signature() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (unsigned(dir.path()), dir.path().join("signed.rpm"));
        sign(&from, &to, &Stamp).unwrap();
        let (before, after) = (Package::open(&from).unwrap(), Package::open(&to).unwrap());
        assert_eq!(before.header.raw(), after.header.raw());
        assert!(before.signatures().is_empty());
        let expected = format!("signed {} bytes", after.signed_bytes().len());
        assert_eq!(after.signatures(), [expected.into_bytes()]);
        after.verify_digests().unwrap();
        let sizes = |package: &Package| package.signature.get_u32(SignatureTag::PAYLOAD_SIZE);
        assert_eq!(sizes(&before), sizes(&after));
    }

    #[test]
    fn a_damaged_package_is_not_signed() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (unsigned(dir.path()), dir.path().join("signed.rpm"));
        let mut bytes = std::fs::read(&from).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(&from, bytes).unwrap();
        assert!(sign(&from, &to, &Stamp).is_err());
        assert!(!to.exists());
    }
}
