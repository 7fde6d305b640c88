//! The same names as rpmbuild's own generators give, on files every Debian machine has: of glibc, openssl, systemd.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests are not in #[test] functions"
)]

use std::collections::BTreeSet;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use depgen::File;

const GENERATORS: &str = "/usr/lib/rpm";

/// Runs a generator of rpmbuild on one file: it reads names of files and prints dependencies.
fn rpmbuild(generator: &str, arguments: &[&str], file: &Path) -> BTreeSet<String> {
    let program = Path::new(GENERATORS).join(generator);
    assert!(
        program.exists(),
        "{} is missing: install the package `rpm`",
        program.display()
    );
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the generator starts");
    writeln!(child.stdin.take().unwrap(), "{}", file.display()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

struct Ours {
    requires: BTreeSet<String>,
    provides: BTreeSet<String>,
}

fn ours(path: &Path) -> Ours {
    ours_as(path.to_str().unwrap(), path)
}

/// Of a file that a package has elsewhere.
fn ours_as(packaged: &str, path: &Path) -> Ours {
    let bytes = std::fs::read(path).unwrap();
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    let found = depgen::scan([File {
        path: packaged,
        mode,
        bytes: &bytes,
    }]);
    let show = |d: rpmfile::Dependency| {
        format!("{} {} {}", d.name, d.flags.operator(), d.evr)
            .trim_end()
            .to_owned()
    };
    Ours {
        requires: found.requires.into_iter().map(show).collect(),
        provides: found.provides.into_iter().map(show).collect(),
    }
}

fn compare(path: &Path) {
    let path = path.canonicalize().unwrap();
    let found = ours(&path);
    assert_eq!(
        found.provides,
        rpmbuild("elfdeps", &["--provides"], &path),
        "provides of {}",
        path.display()
    );
    assert_eq!(
        found.requires,
        rpmbuild("elfdeps", &["--requires"], &path),
        "requires of {}",
        path.display()
    );
}

/// The files of an installed Debian package whose path a filter accepts.
fn installed(package: &str, accept: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let output = Command::new("dpkg-query")
        .args(["--listfiles", package])
        .output()
        .expect("dpkg-query runs");
    let text = String::from_utf8(output.stdout).unwrap();
    let is_elf = |path: &Path| path.is_file() && std::fs::read(path).unwrap().starts_with(b"\x7fELF");
    let files: Vec<PathBuf> = text
        .lines()
        .filter(|line| accept(line))
        .map(PathBuf::from)
        .filter(|p| is_elf(p))
        .collect();
    assert!(
        !files.is_empty(),
        "no object in the package {package}: install it"
    );
    files
}

#[test]
fn glibc() {
    installed("libc6", |path| !path.contains("/gconv/"))
        .iter()
        .for_each(|path| compare(path));
    installed("libc-bin", |_| true)
        .iter()
        .for_each(|path| compare(path));
}

#[test]
fn openssl() {
    let libssl = ["libssl3t64", "libssl3"];
    let package = libssl
        .iter()
        .find(|name| Path::new(&format!("/var/lib/dpkg/info/{name}:amd64.list")).exists());
    let package = package.expect("libssl is not installed: install the package `openssl`");
    installed(package, |_| true).iter().for_each(|path| compare(path));
}

#[test]
fn systemd() {
    installed("libsystemd0", |_| true)
        .iter()
        .for_each(|path| compare(path));
    installed("libudev1", |_| true)
        .iter()
        .for_each(|path| compare(path));
}

#[test]
fn programs_and_plug_ins() {
    installed("coreutils", |path| path.contains("/bin/s"))
        .iter()
        .for_each(|path| compare(path));
    installed("libpam-modules", |_| true)
        .iter()
        .for_each(|path| compare(path));
}

/// A whole unpacked distribution: LUMEN_DEPGEN_TREE=DIR cargo test -p depgen -- --ignored
#[test]
#[ignore = "needs a tree of unpacked packages"]
fn a_tree_of_objects() {
    let tree = std::env::var_os("LUMEN_DEPGEN_TREE").expect("LUMEN_DEPGEN_TREE names a directory");
    let output = Command::new("find")
        .arg(tree)
        .args(["-type", "f", "-size", "+1k", "-print"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let objects = text.lines().map(Path::new).filter(|path| {
        let mut start = [0; 4];
        std::fs::File::open(path)
            .and_then(|mut f| std::io::Read::read_exact(&mut f, &mut start))
            .is_ok()
            && &start == b"\x7fELF"
    });
    let count = objects.inspect(|path| compare(path)).count();
    assert!(count > 0);
    println!("{count} objects agree");
}

#[test]
fn scripts() {
    for (text, expected) in [
        ("#!/bin/sh -e\n", "/bin/sh"),
        ("#! /usr/bin/mawk -f\n", "/usr/bin/mawk"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("script");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(ours(&path).requires, BTreeSet::from([expected.to_owned()]));
        assert_eq!(ours(&path).requires, rpmbuild("script.req", &[], &path));
    }
}

/// A library that stands alone, one that needs others in every way there is, one without a version, one with variables.
const PKGCONFIG: [(&str, &str); 4] = [
    (
        "alone",
        "Name: alone\nDescription: d\nVersion: 1.2.3\nLibs: -lalone\n",
    ),
    (
        "needs",
        "Name: needs\nDescription: d\nVersion: 2\nRequires: alone >= 1.2, plain\nRequires.private: varied = 3.0 , alone < 9\n",
    ),
    ("plain", "Name: plain\nDescription: d\nVersion:\n"),
    (
        "varied",
        "prefix=/usr\nmajor=3\nbase=alone\n\nName: varied\nDescription: d\nVersion: ${major}.0\nRequires: ${base} > 1\n",
    ),
];

/// Against rpm's generator, which runs pkg-config.
#[test]
fn pkgconfig() {
    let directory = tempfile::tempdir().unwrap();
    let paths = PKGCONFIG.map(|(name, text)| {
        let path = directory.path().join(format!("{name}.pc"));
        std::fs::write(&path, text).unwrap();
        path
    });
    for path in &paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        let found = ours_as(&format!("/usr/lib/pkgconfig/{name}"), path);
        assert_eq!(
            found.provides,
            rpmbuild("pkgconfigdeps.sh", &["--provides"], path),
            "provides of {path:?}"
        );
        assert_eq!(
            found.requires,
            rpmbuild("pkgconfigdeps.sh", &["--requires"], path),
            "requires of {path:?}"
        );
    }
}
