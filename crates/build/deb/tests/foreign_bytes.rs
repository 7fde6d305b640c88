//! Whatever the bytes are, the answer is a value or an error.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop at the first surprise

use std::io::Write;

use deb::{Archive, Error, Index, Release, Version, paragraphs, parse_date};
use proptest::prelude::*;

/// A small package: ar around two uncompressed tar archives.
fn package() -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    member(&mut bytes, "debian-binary", b"2.0\n");
    member(
        &mut bytes,
        "control.tar",
        &tar("./control", b"Package: a\nVersion: 1\n"),
    );
    member(&mut bytes, "data.tar", &tar("./usr/bin/a", b"#!/bin/sh\n"));
    bytes
}

fn member(out: &mut Vec<u8>, name: &str, body: &[u8]) {
    writeln!(
        out,
        "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`",
        0,
        0,
        0,
        100_644,
        body.len()
    )
    .unwrap();
    out.extend_from_slice(body);
    if !body.len().is_multiple_of(2) {
        out.push(b'\n');
    }
}

fn tar(path: &str, body: &[u8]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(body.len() as u64);
    header.set_mode(0o755);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    builder.append_data(&mut header, path, body).unwrap();
    builder.into_inner().unwrap()
}

/// Reads everything there is to read.
fn read(bytes: &[u8]) -> Result<usize, Error> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let archive = Archive::open(file.path())?;
    let control = archive.control()?;
    let mut seen = control.fields().fields().count() + control.conffiles().len();
    archive.each_entry(|entry| {
        assert!(entry.path.starts_with('/') && !entry.path.split('/').any(|part| part == ".."));
        seen += entry.bytes().map_or(0, |bytes| bytes.len());
        Ok::<(), Error>(())
    })?;
    Ok(seen)
}

#[test]
fn the_unchanged_package_is_read() {
    assert_eq!(read(&package()).unwrap(), 2 + 10);
}

proptest! {
    #[test]
    fn changed_packages_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = package();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        let _ = read(&bytes);
    }

    #[test]
    fn cut_packages_are_errors(length in any::<prop::sample::Index>()) {
        let bytes = package();
        // The last blocks of a tar archive are filling.
        let length = length.index(bytes.len() - 1024);
        prop_assert!(read(&bytes[..length]).is_err());
    }

    #[test]
    fn indexes_and_releases_never_panic(text in "(Package|SHA256|Size|Filename|Codename|Date|[ \t:.~-]|[a-f0-9]{64}|\n| x){0,60}") {
        for paragraph in paragraphs(&text) {
            let _ = paragraph.lines("SHA256").count();
        }
        let index = Index::new(text.clone());
        let names: Vec<String> = index.names().map(str::to_owned).collect();
        for name in names {
            let _ = index.newest(&name);
        }
        let _ = Release::parse(&text);
        let _ = parse_date(&text);
    }

    #[test]
    fn the_order_of_versions_is_total(
        a in "[0-9]{1,2}[.~+a-c0-9-]{0,6}", b in "[0-9]{1,2}[.~+a-c0-9-]{0,6}", c in "[0-9]{1,2}[.~+a-c0-9-]{0,6}"
    ) {
        if let (Ok(a), Ok(b), Ok(c)) = (a.parse::<Version>(), b.parse::<Version>(), c.parse::<Version>()) {
            prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
            if a <= b && b <= c {
                prop_assert!(a <= c);
            }
            prop_assert_eq!(a.to_string().parse::<Version>().unwrap(), a);
        }
    }
}
