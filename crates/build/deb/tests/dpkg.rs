//! Checks this crate against the real dpkg and dpkg-deb (Debian package `dpkg`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop at the first surprise

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use deb::{Archive, Error, Kind, Version};

fn run(program: &str, args: &[&str]) -> std::process::Output {
    let output = Command::new(program).args(args).output();
    output.unwrap_or_else(|error| panic!("cannot run {program}: {error}; install the Debian package dpkg"))
}

fn build(dir: &Path, compression: &str) -> PathBuf {
    let tree = dir.join(format!("tree-{compression}"));
    fs::create_dir_all(tree.join("DEBIAN")).unwrap();
    fs::create_dir_all(tree.join("usr/bin")).unwrap();
    fs::create_dir_all(tree.join("etc")).unwrap();
    let control =
        "Package: probe\nVersion: 1-1\nArchitecture: all\nMaintainer: a <a@b>\nDescription: probe\n long\n";
    fs::write(tree.join("DEBIAN/control"), control).unwrap();
    fs::write(tree.join("DEBIAN/conffiles"), "/etc/probe.conf\n").unwrap();
    fs::write(tree.join("etc/probe.conf"), "x=1\n").unwrap();
    fs::write(tree.join("usr/bin/probe"), "#!/bin/sh\n".repeat(5000)).unwrap();
    fs::hard_link(tree.join("usr/bin/probe"), tree.join("usr/bin/twin")).unwrap();
    std::os::unix::fs::symlink("probe", tree.join("usr/bin/link")).unwrap();
    let out = dir.join(format!("{compression}.deb"));
    let (tree, file) = (tree.to_str().unwrap(), out.to_str().unwrap());
    let output = run(
        "dpkg-deb",
        &[
            "--root-owner-group",
            &format!("-Z{compression}"),
            "-b",
            tree,
            file,
        ],
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    out
}

fn entries(archive: &Archive) -> Vec<(String, Kind, usize)> {
    let mut found = Vec::new();
    let walk = archive.each_entry(|entry| {
        let length = if entry.kind == Kind::File {
            entry.bytes().unwrap().len()
        } else {
            0
        };
        found.push((entry.path.clone(), entry.kind.clone(), length));
        assert_eq!((entry.user.as_str(), entry.uid), ("root", 0));
        Ok::<(), Error>(())
    });
    walk.unwrap();
    found
}

#[test]
fn every_compression_of_dpkg_deb_is_read() {
    let dir = tempfile::tempdir().unwrap();
    for compression in ["xz", "zstd", "gzip", "none"] {
        let archive = Archive::open(build(dir.path(), compression)).unwrap();
        let found = entries(&archive);
        let of = |path: &str| {
            found
                .iter()
                .find(|(name, ..)| name == path)
                .unwrap_or_else(|| panic!("{path}"))
        };
        assert_eq!(of("/usr/bin/probe").2, 50_000, "{compression}");
        assert_eq!(of("/usr/bin/link").1, Kind::Symlink("probe".to_owned()));
        assert_eq!(of("/usr/bin/twin").1, Kind::HardLink("/usr/bin/probe".to_owned()));
        assert_eq!(of("/").1, Kind::Directory);
    }
}

#[test]
fn control_fields_and_conffiles_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let control = Archive::open(build(dir.path(), "xz")).unwrap().control().unwrap();
    assert_eq!(control.fields().get("Package"), Some("probe"));
    assert_eq!(control.conffiles(), ["/etc/probe.conf"]);
    assert_eq!(control.names().collect::<Vec<_>>(), ["conffiles", "control"]);
}

#[test]
fn a_cut_file_says_which_file_and_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let whole = fs::read(build(dir.path(), "xz")).unwrap();
    let cut = dir.path().join("cut.deb");
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let message = Archive::open(&cut).unwrap_err().to_string();
    assert!(
        message.contains("cut.deb") && message.contains("longer than the file"),
        "{message}"
    );
}

#[test]
fn a_damaged_stream_is_an_error_not_a_short_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = build(dir.path(), "xz");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() - 100;
    bytes[middle] ^= 0xff;
    fs::write(&path, bytes).unwrap();
    let archive = Archive::open(&path).unwrap();
    let result = archive.each_entry(|entry| {
        std::io::copy(entry, &mut std::io::sink())
            .map(drop)
            .map_err(|source| Error::Open {
                path: "x".into(),
                source,
            })
    });
    assert!(result.is_err());
}

#[test]
fn versions_order_as_in_dpkg() {
    let versions = [
        "1.0",
        "1.0-1",
        "1.0-1+b1",
        "1.0-1~deb13u1",
        "1.0~rc1-1",
        "1.0+dfsg-1",
        "1:0.5",
        "1.0.1",
        "1.00",
        "1.0a",
        "1.0-1.1",
        "2.41-12+deb13u4",
        "2.41-12+deb13u10",
        "1.3.dfsg+really1.3.1-1+b1",
        "0.0~git2020",
        "1~~",
        "1~",
        "20250419",
    ];
    for left in versions {
        for right in versions {
            let less = run("dpkg", &["--compare-versions", left, "lt", right])
                .status
                .success();
            let ours = left.parse::<Version>().unwrap() < right.parse::<Version>().unwrap();
            assert_eq!(ours, less, "{left} < {right}");
        }
    }
}
