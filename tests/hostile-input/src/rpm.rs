//! Packages.

use rpmfile::rich::Rich;
use rpmfile::{Builder, Dependency, Evr, FileEntry, Header, Package};
use std::io::{Read, sink};
use std::sync::OnceLock;

/// A payload says how large it is; this much of it shows what there is to see.
const ENOUGH: u64 = 1 << 20;

/// A whole package file: lead, signature, header, payload.
pub(crate) fn package(mut bytes: &[u8]) {
    let Ok(package) = Package::read(&mut bytes) else {
        return;
    };
    let _ = package.signatures();
    ask(&package.header);
    unpack(&package, bytes);
}

/// A header alone, as the rpmdb keeps it.
pub(crate) fn header(bytes: &[u8]) {
    if let Ok(header) = Header::parse(bytes.to_vec()) {
        ask(&header);
    }
}

/// The archive of a package whose header is good.
pub(crate) fn payload(bytes: &[u8]) {
    static PACKAGE: OnceLock<Option<Package>> = OnceLock::new();
    let package = PACKAGE.get_or_init(|| Package::read(&mut sample()?.as_slice()).ok());
    let Some(package) = package else { return };
    if let Ok(compressed) = zstd::bulk::compress(bytes, 1) {
        unpack(package, &compressed);
    }
}

/// Dependencies and versions as text.
pub(crate) fn dependency(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(rich) = Rich::parse(&text) {
        let _ = (rich.dependencies().len(), rich.index_names(), format!("{rich:?}"));
    }
    if let Some((left, right)) = text.split_once('\n') {
        let _ = Evr::parse(left).cmp(&Evr::parse(right));
        if let (Some(left), Some(right)) = (Dependency::parse(left), Dependency::parse(right)) {
            let _ = left.overlaps(&right);
        }
    }
}

/// Everything that a transaction, a query or the writer of metadata asks.
fn ask(header: &Header) {
    let _ = (
        header.nevra(),
        header.files(),
        header.file_paths(),
        header.changelog(),
    );
    let _ = (
        header.requires(),
        header.provides(),
        header.obsoletes(),
        header.conflicts(),
    );
    let _ = (
        header.recommends(),
        header.suggests(),
        header.supplements(),
        header.enhances(),
    );
    let _ = (header.scriptlets(), header.triggers(), header.file_triggers());
    let _ = (
        header.transaction_file_triggers(),
        header.install_size(),
        header.archive_size(),
    );
    let _ = (
        header.summary(),
        header.description(),
        header.license(),
        header.is_source(),
    );
    for tag in header.tags() {
        let _ = (header.get_value(tag), header.count(tag));
    }
}

fn unpack(package: &Package, bytes: &[u8]) {
    let Ok(mut payload) = package.payload_from(bytes) else {
        return;
    };
    let mut left = ENOUGH;
    while let Ok(Some(mut entry)) = payload.next_entry() {
        let _ = (entry.index(), entry.links().len());
        match std::io::copy(&mut Read::take(&mut entry, left), &mut sink()) {
            Ok(count) if count < left => left -= count,
            _ => return,
        }
    }
}

/// A small package with a bit of everything.
pub(crate) fn sample() -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().ok()?;
    let path = folder.path().join("sample.rpm");
    let mut builder = Builder::new("sample", Evr::parse("1:2.0-3"), "noarch");
    builder.license = "MIT".into();
    builder.requires.push(Dependency::any("(a if b else c)"));
    builder.file(FileEntry::directory("/usr/share/sample"));
    builder.file(FileEntry::regular("/usr/share/sample/data", "some data\n"));
    builder.file(FileEntry::hard_link(
        "/usr/share/sample/also",
        "/usr/share/sample/data",
    ));
    builder.file(FileEntry::symlink("/usr/share/sample/link", "data"));
    builder.file(FileEntry::ghost("/var/log/sample"));
    builder
        .scriptlets
        .push(rpmfile::Scriptlet::shell(rpmfile::ScriptletKind::Post, "true"));
    builder.build(&path, None).ok()?;
    std::fs::read(path).ok()
}
