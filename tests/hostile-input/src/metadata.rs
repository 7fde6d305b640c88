//! Repository metadata and the caches made of it.

use repodata::foreign;
use repodata::{DependencyKind, FileTable, PackageTable};
use std::sync::OnceLock;

/// `primary.xml`.
pub(crate) fn primary(bytes: &[u8]) {
    if let Some(table) = foreign::primary(bytes) {
        ask_packages(&table);
    }
}

/// `filelists.xml`, for packages that are known.
pub(crate) fn filelists(bytes: &[u8]) {
    static PACKAGES: OnceLock<Option<PackageTable>> = OnceLock::new();
    let known = PACKAGES.get_or_init(|| foreign::primary(crate::seeds::PRIMARY.as_bytes()));
    if let Some(table) = known.as_ref().and_then(|known| foreign::filelists(bytes, known)) {
        ask_files(&table);
    }
}

/// `other.xml`.
pub(crate) fn other(bytes: &[u8]) {
    foreign::changelogs(bytes);
}

/// A metalink. Its addresses are asked for: they are such.
pub(crate) fn metalink(bytes: &[u8]) {
    foreign::metalink(bytes)
        .iter()
        .for_each(|base| assert_address(base));
}

/// A list of mirrors.
pub(crate) fn mirror_list(bytes: &[u8]) {
    let bases = foreign::mirrors(&String::from_utf8_lossy(bytes));
    bases.iter().for_each(|base| assert_address(base));
}

fn assert_address(base: &str) {
    assert!(
        base.starts_with("http") && !base.contains(char::is_whitespace),
        "{base:?}"
    );
}

/// Any metadata file, compressed: bombs are in the details.
pub(crate) fn compressed(bytes: &[u8]) {
    foreign::decompressed(bytes, 1 << 20);
}

/// The cache of packages.
pub(crate) fn package_cache(bytes: &[u8]) {
    if let Some(table) = foreign::package_cache(bytes.to_vec()) {
        ask_packages(&table);
    }
}

/// The cache of files.
pub(crate) fn file_cache(bytes: &[u8]) {
    if let Some(table) = foreign::file_cache(bytes.to_vec()) {
        ask_files(&table);
    }
}

/// How many of each are looked at: lists repeat themselves.
const SOME: usize = 64;

fn ask_packages(table: &PackageTable) {
    for package in table.iter().chain(table.sorted()).take(SOME) {
        let _ = (
            package.nevra(),
            package.evr(),
            package.location(),
            package.checksum(),
        );
        let _ = (package.summary(), package.description(), package.header_range());
        let _ = (
            package.size(),
            package.vendor(),
            package.source_rpm(),
            package.build_time(),
        );
        package
            .requires()
            .take(SOME)
            .for_each(|it| drop(it.to_dependency()));
        package
            .provides()
            .take(SOME)
            .for_each(|it| drop(it.to_dependency()));
        let _ = package.primary_files().take(SOME).count();
        let _ = table.by_name(package.name()).take(SOME).count();
        let _ = table.providers(package.name()).take(SOME).count();
    }
    let _ = table
        .dependents(DependencyKind::Requires, "/bin/sh")
        .take(SOME)
        .count();
    let _ = table.primary_file_owners("/usr/bin/one").take(SOME).count();
    let _ = table.primary_files().take(SOME).count();
}

fn ask_files(table: &FileTable) {
    let _ = table.owners("/usr/bin/one");
    let _ = table.search(|dir, _| dir == "/usr/bin").take(SOME).count();
    for package in [0, 1, 2, u32::MAX] {
        let _ = table.files_of(package).take(SOME).count();
    }
}
