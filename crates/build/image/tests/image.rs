//! Images built from our own packages, checked by the programs that will read them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use image::definition::Definition;
use image::{Build, Error, Format, Image};
use keyring::Keyring;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

/// Any fixed time; later than all files would do as well.
const EPOCH: u64 = 1_790_000_000;
const SMALL: &str = r#"
name = "small"
summary = "A shell and a kernel"
packages = ["filesystem", "lumen-release", "bash", "coreutils", "systemd", "iputils"]
[kernel]
package = "linux-cloud"
cmdline = "rw quiet"
[disk]
slack = "64 MiB"
[services]
disable = ["getty@.service"]
[[files]]
path = "/etc/motd"
content = "hello\n"
mode = "0640"
"#;

/// What `make image` leaves, which `make test` runs before.
fn made(path: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../build")
        .join(path);
    assert!(
        path.exists(),
        "{} is missing: run `make image` first",
        path.display()
    );
    path.canonicalize().unwrap()
}

fn build_with(definition: &Definition, output: &Path, tools: &Path) -> Result<Image, Error> {
    let trusted = Keyring::from_files(&[&made("keys/RPM-GPG-KEY-lumen")]).unwrap();
    let cache = output.join("cache");
    Build {
        definition,
        beside: output,
        architecture: "x86_64",
        repository: &made("repo/x86_64"),
        trusted: &trusted,
        cache: &cache,
        tools,
        output: &output.join("image"),
        epoch: EPOCH,
        formats: &[Format::Qcow2],
    }
    .run(&|_| ())
}

fn build(text: &str, output: &Path) -> Result<Image, Error> {
    build_with(&Definition::parse(text).unwrap(), output, &made("tools/root"))
}

/// One image for all tests that only look at it, in a folder that the next run uses again.
fn small() -> &'static (PathBuf, Image) {
    static IMAGE: OnceLock<(PathBuf, Image)> = OnceLock::new();
    IMAGE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("small");
        fs::create_dir_all(&folder).unwrap();
        let image = build(SMALL, &folder).unwrap();
        (folder, image)
    })
}

/// Runs a program of the host; its output, and whether it succeeded.
fn run(program: &str, package: &str, arguments: &[&str]) -> (bool, String) {
    let path = "/usr/sbin:/sbin:/usr/bin:/bin";
    let mut command = match program {
        "rpm" => superuser::command(program),
        _ => Command::new(program),
    };
    let output = command
        .env("PATH", path)
        .env("LC_ALL", "C")
        .args(arguments)
        .output();
    let output = output.unwrap_or_else(|_| panic!("{program} is missing: apt-get install {package}"));
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.success(), text.concat())
}

fn succeeds(program: &str, package: &str, arguments: &[&str]) -> String {
    let (success, text) = run(program, package, arguments);
    assert!(success, "{program} {arguments:?}: {text}");
    text
}

/// Copies a partition out of the disk.
fn partition(image: &Image, index: usize, folder: &Path) -> String {
    let part = &image.manifest.partitions[index];
    let file = folder
        .join(format!("{}.part", part.label))
        .to_str()
        .unwrap()
        .to_owned();
    let (input, output) = (format!("if={}", image.files[0].display()), format!("of={file}"));
    let (skip, count) = (
        format!("skip={}", part.start >> 20),
        format!("count={}", part.size >> 20),
    );
    succeeds(
        "dd",
        "coreutils",
        &[&input, &output, "bs=1M", &skip, &count, "conv=sparse"],
    );
    file
}

#[test]
fn the_same_input_gives_the_same_bytes_anywhere() {
    let other = TempDir::new().unwrap();
    let deeper = other.path().join("another/folder");
    fs::create_dir_all(&deeper).unwrap();
    let ((_, one), other) = (small(), build(SMALL, &deeper).unwrap());
    for (a, b) in one.files.iter().zip(&other.files) {
        assert!(
            fs::read(a).unwrap() == fs::read(b).unwrap(),
            "{} differs",
            a.display()
        );
    }
    assert_eq!(one.files.len(), 6);
}

#[test]
fn the_file_systems_and_the_table_are_sound() {
    let folder = TempDir::new().unwrap();
    let (_, image) = small();
    let raw = image.files[0].to_str().unwrap();
    let table = succeeds("sfdisk", "fdisk", &["--verify", raw]);
    assert!(table.contains("No errors detected"), "{table}");
    let root = partition(image, 1, folder.path());
    succeeds("e2fsck", "e2fsprogs", &["-f", "-n", &root]);
    let esp = partition(image, 0, folder.path());
    succeeds("fsck.fat", "dosfstools", &["-n", &esp]);
    let uki = format!("::/EFI/Linux/small-{}.efi", image.manifest.kernel);
    let copy = folder.path().join("uki");
    succeeds("mcopy", "mtools", &["-i", &esp, &uki, copy.to_str().unwrap()]);
    succeeds("mdir", "mtools", &["-i", &esp, "::/EFI/BOOT/BOOTX64.EFI"]);
    let listing = succeeds("objdump", "binutils", &["-h", copy.to_str().unwrap()]);
    for section in [".osrel", ".cmdline", ".uname", ".initrd", ".linux", ".sbat"] {
        assert!(listing.contains(section), "{section} is not in:\n{listing}");
    }
    let bytes = fs::read(copy).unwrap();
    let sections = secureboot::sections(&bytes).unwrap();
    let cmdline = sections.iter().find(|(name, _)| name == ".cmdline").unwrap().1;
    let expected = format!("root=PARTUUID={} rw quiet", image.manifest.partitions[1].uuid);
    assert_eq!(String::from_utf8_lossy(cmdline), expected);
}

#[test]
fn owners_modes_and_capabilities_come_from_the_packages() {
    let folder = TempDir::new().unwrap();
    let (_, image) = small();
    let root = partition(image, 1, folder.path());
    let stat = |path: &str| succeeds("debugfs", "e2fsprogs", &["-R", &format!("stat {path}"), &root]);
    let shadow = stat("/etc/shadow");
    assert!(shadow.contains("Mode:  0640"), "{shadow}");
    assert!(shadow.contains("User:     0   Group:    42 "), "{shadow}");
    let motd = stat("/etc/motd");
    assert!(
        motd.contains("Mode:  0640") && motd.contains("User:     0   Group:     0 "),
        "{motd}"
    );
    let shell = stat("/usr/bin/bash");
    assert!(shell.contains("Mode:  0755"), "{shell}");
}

#[test]
fn real_rpm_finds_the_tree_as_the_packages_say() {
    let (folder, image) = small();
    let tree = folder.join("image/root");
    let arguments = [
        "--root",
        tree.to_str().unwrap(),
        "--dbpath",
        "/usr/lib/sysimage/rpm",
    ];
    let list = succeeds(
        "rpm",
        "rpm",
        &[&arguments[..], &["-qa", "--qf", "%{NAME}\n"]].concat(),
    );
    let mut names: Vec<&str> = list.lines().collect();
    names.sort_unstable();
    let ours: Vec<&str> = image
        .manifest
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    assert_eq!(names, ours);
    // An ordinary user's tree has owners, and with them modes, only in the database; the image has them.
    let flags = ["-Va", "--nouser", "--nogroup", "--nomode", "--nocaps"];
    let (_, differences) = run("rpm", "rpm", &[&arguments[..], &flags].concat());
    let unexpected: Vec<&str> = differences
        .lines()
        .filter(|line| !line.contains("/etc/motd"))
        .collect();
    assert!(unexpected.is_empty(), "{differences}");
}

#[test]
fn inspection_agrees_with_the_manifest() {
    let (_, image) = small();
    for file in &image.files[..2] {
        let report = image::inspect::inspect(file).unwrap();
        assert_eq!(report.packages, image.manifest.packages);
        assert_eq!(report.kernels.join(" "), image.manifest.kernel);
        assert_eq!(report.partitions[1].uuid, image.manifest.partitions[1].uuid);
        assert!(
            !report.enabled_units.iter().any(|unit| unit.starts_with("getty@")),
            "{report}"
        );
        let (built, all) = report.built_share();
        assert!(built > 0 && built < all);
    }
}

#[test]
fn an_unknown_package_is_answered_with_near_names() {
    let folder = TempDir::new().unwrap();
    let error = build(&SMALL.replace("\"bash\"", "\"bahs\""), folder.path())
        .unwrap_err()
        .to_string();
    assert!(error.contains("\"small\"") && error.contains("bahs"), "{error}");
    assert!(
        error.contains("did you mean") && error.contains("bash"),
        "{error}"
    );
    assert!(!folder.path().join("image/small.raw").exists());
    assert!(!folder.path().join("image/root.new").exists());
}

#[test]
fn what_is_excluded_does_not_come_in() {
    let folder = TempDir::new().unwrap();
    let text = SMALL.replace("[kernel]", "excluded = [\"glibc\"]\n[kernel]");
    let error = build(&text, folder.path()).unwrap_err().to_string();
    assert!(error.contains("\"small\""), "{error}");
}

#[test]
fn a_disk_too_small_leaves_the_earlier_image() {
    let folder = TempDir::new().unwrap();
    let before = build(SMALL, folder.path()).unwrap();
    let bytes = fs::metadata(&before.files[0]).unwrap().len();
    let text = SMALL.replace("slack = \"64 MiB\"", "size = \"128 MiB\"");
    let error = build(&text, folder.path()).unwrap_err();
    assert!(
        matches!(error, Error::TooBig { .. }) && error.to_string().contains("128 MiB"),
        "{error}"
    );
    assert_eq!(fs::metadata(&before.files[0]).unwrap().len(), bytes);
    let mut left: Vec<_> = fs::read_dir(folder.path().join("image"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    let expected = [
        "cmdline",
        "initrd",
        "manifest.json",
        "root",
        "small.qcow2",
        "small.raw",
        "vmlinuz",
    ];
    assert_eq!(left, expected, "nothing of the failed build is left");
}

#[test]
fn a_missing_tool_is_named() {
    let (folder, tools) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let from = made("tools/root").join("usr/lib/systemd/boot/efi");
    let to = tools.path().join("usr/lib/systemd/boot/efi");
    fs::create_dir_all(&to).unwrap();
    for name in ["linuxx64.efi.stub", "systemd-bootx64.efi"] {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
    let definition = Definition::parse(SMALL).unwrap();
    let error = build_with(&definition, folder.path(), tools.path()).unwrap_err();
    assert!(
        matches!(error, Error::ToolMissing { .. }) && error.to_string().contains("mke2fs"),
        "{error}"
    );
}
