//! Doors for tests that feed the parsers hostile bytes. No interface: it changes without notice.

use crate::read::{
    FileTable, PackageTable, decompress, filelists_parse, metalink, mirrors, other, parse_primary,
    repomd_xml, updateinfo,
};

/// A `repomd.xml`.
pub fn repomd(bytes: &[u8]) {
    let _ = repomd_xml::parse(bytes);
}

/// An `updateinfo.xml`.
pub fn updateinfo(bytes: &[u8]) {
    let _ = updateinfo::parse(bytes);
}

/// An `other.xml`: the change logs of all packages, and how many entries they have.
pub fn changelogs(bytes: &[u8]) -> usize {
    let found = other::parse(bytes, &|_| true).unwrap_or_default();
    found.values().map(Vec::len).sum()
}

/// A metalink: the addresses it names.
pub fn metalink(bytes: &[u8]) -> Vec<String> {
    metalink::parse(bytes).map_or_else(|_| Vec::new(), |metalink| metalink.bases)
}

/// A list of mirrors: the addresses it names.
pub fn mirrors(text: &str) -> Vec<String> {
    mirrors::list(text)
}

/// A `primary.xml`, and what is made of it.
pub fn primary(bytes: &[u8]) -> Option<PackageTable> {
    let columns = parse_primary::parse(bytes).ok()?;
    package_cache(columns.bytes([0; 32]).ok()?)
}

/// A `filelists.xml` for these packages, and what is made of it.
pub fn filelists(bytes: &[u8], packages: &PackageTable) -> Option<FileTable> {
    let columns = filelists_parse::parse(bytes, packages).ok()?;
    file_cache(columns.bytes([0; 32]).ok()?)
}

/// A cache of packages that somebody has written to.
pub fn package_cache(bytes: Vec<u8>) -> Option<PackageTable> {
    PackageTable::from_bytes(bytes, [0; 32]).ok()
}

/// A cache of files that somebody has written to.
pub fn file_cache(bytes: Vec<u8>) -> Option<FileTable> {
    FileTable::from_bytes(bytes, [0; 32]).ok()
}

/// A compressed metadata file of which at most `size` bytes are wanted.
pub fn decompressed(bytes: &[u8], size: u64) {
    if let Ok(mut reader) = decompress::open(bytes, Some(size)) {
        let _ = std::io::copy(&mut reader, &mut std::io::sink());
    }
}

/// The bytes of the caches that are made of good metadata, to start from.
pub fn caches(primary: &[u8], filelists: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let packages = parse_primary::parse(primary).ok()?.bytes([0; 32]).ok()?;
    let table = package_cache(packages.clone())?;
    let files = filelists_parse::parse(filelists, &table).ok()?;
    Some((packages, files.bytes([0; 32]).ok()?))
}
