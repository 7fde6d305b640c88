//! The recipes of this project, built and looked at with the real rpm.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests, and the functions they share

use keyring::{PackageSigner, SigningKey};
use pkgbuild::{Ready, Workshop};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const CLAMP_TIME: u32 = 1_700_000_000;

fn new_key() -> SigningKey {
    SigningKey::generate("Test <test@localhost>", 1_600_000_000).unwrap()
}

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../..")
        .canonicalize()
        .unwrap()
}

fn build_trees(key: &SigningKey, build: &Path) -> Vec<Ready> {
    let signer = PackageSigner {
        key,
        time: CLAMP_TIME,
    };
    let workshop = Workshop {
        project: project(),
        build: build.into(),
        arch: "x86_64".into(),
        clamp_time: CLAMP_TIME,
        signer: &signer,
        public_key: key.public_armored().unwrap(),
        secret: [7; 32],
        zstd_level: 3,
    };
    let catalog = workshop.catalog().unwrap();
    TREES
        .iter()
        .map(|name| workshop.build(catalog.find(name).unwrap()).unwrap())
        .collect()
}

/// Names of the packages that need no compiler.
const TREES: [&str; 4] = ["filesystem", "lumen-policy", "lumen-release", "lumen-repos"];

fn rpm(arguments: &[&str]) -> String {
    let output = superuser::command("rpm")
        .args(arguments)
        .output()
        .expect("rpm is not installed; apt-get install rpm");
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "rpm {arguments:?}: {text}");
    text
}

fn query(package: &Path, format: &str) -> String {
    rpm(&["-qp", "--nosignature", "--qf", format, package.to_str().unwrap()])
}

struct Built {
    _build: TempDir,
    packages: Vec<PathBuf>,
}

impl Built {
    fn new() -> Self {
        let build = tempfile::tempdir().unwrap();
        let packages = build_trees(&new_key(), build.path())
            .into_iter()
            .map(|ready| ready.path)
            .collect();
        Self {
            _build: build,
            packages,
        }
    }

    fn package(&self, name: &str) -> &Path {
        let position = TREES.iter().position(|tree| *tree == name).unwrap();
        &self.packages[position]
    }
}

#[test]
fn rpm_accepts_digests_and_signature() {
    let build = tempfile::tempdir().unwrap();
    let key = new_key();
    let packages = build_trees(&key, build.path());
    let database = build.path().join("db");
    let public = build.path().join("key.asc");
    fs::write(&public, key.public_armored().unwrap()).unwrap();
    rpm(&[
        "--dbpath",
        database.to_str().unwrap(),
        "--import",
        public.to_str().unwrap(),
    ]);
    for package in packages {
        let said = rpm(&[
            "--dbpath",
            database.to_str().unwrap(),
            "-K",
            package.path.to_str().unwrap(),
        ]);
        assert!(said.contains("digests signatures OK"), "{said}");
    }
}

#[test]
fn all_trees_install_together_and_verify() {
    let built = Built::new();
    let root = tempfile::tempdir().unwrap();
    let root = root.path().to_str().unwrap();
    let packages = built.packages.iter().map(|path| path.to_str().unwrap());
    // No accounts of the root are looked up by an rpm outside it, so owners are left to the verification of contents.
    let mut arguments = vec!["-i", "--root", root, "--nodeps", "--nosignature"];
    arguments.extend(packages);
    rpm(&arguments);
    let verified = superuser::command("rpm")
        .args(["-Va", "--root", root, "--nouser", "--nogroup", "--nodeps"])
        .output();
    let text = String::from_utf8_lossy(&verified.unwrap().stdout).into_owned();
    // The host's rpm knows no group systemd-journal and drops the bit that gives files to it.
    let lines: Vec<_> = text
        .lines()
        .filter(|line| !line.ends_with("/var/log/journal"))
        .collect();
    assert_eq!(lines, [""; 0]);
    assert_eq!(
        fs::read_link(Path::new(root).join("usr/lib/x86_64-linux-gnu")).unwrap(),
        Path::new(".")
    );
    assert_eq!(
        fs::read_link(Path::new(root).join("lib64")).unwrap(),
        Path::new("usr/lib")
    );
}

#[test]
fn secrets_are_readable_by_their_group_only() {
    let built = Built::new();
    let files = query(
        built.package("filesystem"),
        "[%{FILENAMES} %{FILEMODES:perms} %{FILEGROUPNAME}\n]",
    );
    for line in [
        "/etc/shadow -rw-r----- shadow",
        "/etc/gshadow -rw-r----- shadow",
        "/root drwx------ root",
    ] {
        assert!(files.lines().any(|found| found == line), "{line} not in\n{files}");
    }
}

#[test]
fn no_file_of_ours_gains_rights() {
    let built = Built::new();
    for package in &built.packages {
        let modes = query(package, "[%{FILENAMES} %{FILEMODES:octal} %{FILECAPS}\n]");
        for line in modes.lines().filter(|line| !line.contains(" 4")) {
            let mode = u32::from_str_radix(line.split(' ').nth(1).unwrap(), 8).unwrap();
            assert_eq!(mode & 0o6000, 0, "{line}");
        }
    }
}

#[test]
fn configuration_survives_an_update() {
    let built = Built::new();
    let flags = query(
        built.package("lumen-policy"),
        "[%{FILENAMES} %{FILEFLAGS:fflags}\n]",
    );
    assert!(
        flags.contains("/etc/ssh/sshd_config.d/10-lumen.conf cn"),
        "{flags}"
    );
    assert!(
        flags
            .lines()
            .any(|line| line == "/usr/lib/sysctl.d/60-lumen-hardening.conf "),
        "{flags}"
    );
}

#[test]
fn the_release_answers_to_the_names_package_managers_ask_for() {
    let built = Built::new();
    let provides = query(
        built.package("lumen-release"),
        "[%{PROVIDENAME} = %{PROVIDEVERSION}\n]",
    );
    assert!(
        provides.contains("system-release(releasever) = 1.0"),
        "{provides}"
    );
}

#[test]
fn the_public_key_is_packaged() {
    let build = tempfile::tempdir().unwrap();
    let key = new_key();
    build_trees(&key, build.path());
    let root = tempfile::tempdir().unwrap();
    let path = build.path().join("rpms/x86_64/lumen-repos-1.0-1.noarch.rpm");
    rpm(&[
        "-i",
        "--root",
        root.path().to_str().unwrap(),
        "--nodeps",
        "--nosignature",
        path.to_str().unwrap(),
    ]);
    let packaged = fs::read_to_string(root.path().join("etc/pki/rpm-gpg/RPM-GPG-KEY-lumen")).unwrap();
    assert_eq!(packaged, key.public_armored().unwrap());
}

#[test]
fn two_builds_in_two_directories_give_the_same_bytes() {
    let key = new_key();
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = build_trees(&key, one.path());
    let second = build_trees(&key, other.path());
    for (first, second) in first.iter().zip(&second) {
        assert!(
            fs::read(&first.path).unwrap() == fs::read(&second.path).unwrap(),
            "{} differs",
            first.name
        );
    }
}

#[test]
fn what_is_up_to_date_is_not_made_again() {
    let key = new_key();
    let build = tempfile::tempdir().unwrap();
    assert!(build_trees(&key, build.path()).iter().all(|ready| ready.made));
    assert!(build_trees(&key, build.path()).iter().all(|ready| !ready.made));
    fs::remove_file(build.path().join("rpms/x86_64/filesystem-1.0-1.x86_64.rpm")).unwrap();
    let made: Vec<_> = build_trees(&key, build.path())
        .iter()
        .map(|ready| ready.made)
        .collect();
    assert_eq!(made, [true, false, false, false]);
}

#[test]
fn another_key_makes_every_package_old() {
    let build = tempfile::tempdir().unwrap();
    build_trees(&new_key(), build.path());
    assert!(
        build_trees(&new_key(), build.path())
            .iter()
            .all(|ready| ready.made)
    );
}
