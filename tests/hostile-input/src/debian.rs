//! Debian's packages and indexes.

use deb::{Archive, Index, Release, Version};
use std::io::{Read, Write, sink};

const ENOUGH: u64 = 1 << 20;

/// A `.deb`: ar, compressed tar, control file.
pub(crate) fn archive(bytes: &[u8]) {
    let Ok(mut file) = tempfile::NamedTempFile::new() else {
        return;
    };
    if file.write_all(bytes).is_err() {
        return;
    }
    let Ok(archive) = Archive::open(file.path()) else {
        return;
    };
    if let Ok(control) = archive.control() {
        let _ = (control.fields().fields().count(), control.conffiles().len());
    }
    let mut left = ENOUGH;
    let _ = archive.each_entry::<deb::Error, _>(|entry| {
        // What leaves the root would be written elsewhere.
        assert!(!entry.path.split('/').any(|part| part == ".."), "{}", entry.path);
        left -= std::io::copy(&mut Read::take(entry, left), &mut sink()).unwrap_or(0);
        Ok(())
    });
}

/// Indexes and what they are made of.
pub(crate) fn control(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    if let Ok(release) = Release::parse(&text) {
        let _ = release.file("main/binary-amd64/Packages.xz");
    }
    for paragraph in deb::paragraphs(&text).take(64) {
        let date = paragraph.get("Date").unwrap_or_default();
        let _ = (deb::parse_date(date), paragraph.fields().count());
    }
    let mut versions = text.lines().take(64).flat_map(str::parse::<Version>);
    if let (Some(left), Some(right)) = (versions.next(), versions.next()) {
        let _ = left.cmp(&right);
    }
    let index = Index::new(text);
    let names: Vec<String> = index.names().take(64).map(str::to_owned).collect();
    for name in names {
        if let Ok(Some(package)) = index.newest(&name) {
            let _ = package.dependency_names().count();
        }
    }
}
