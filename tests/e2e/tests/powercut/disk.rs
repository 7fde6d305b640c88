//! Disks of the test, looked at from the host.

use anyhow::{Context as _, ensure};
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::{Command, Output};

/// The disk of image `minimal` as a raw file.
pub(crate) fn fresh(to: &Path) -> anyhow::Result<()> {
    let image = e2e::build_dir().join("image/minimal/minimal.qcow2");
    let mut convert = Command::new("qemu-img");
    convert.args(["convert", "-O", "raw"]).arg(image).arg(to);
    success(&mut convert, "qemu-utils").map(drop)
}

/// A copy that has the same holes.
pub(crate) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut copy = Command::new("cp");
    copy.args(["--sparse=always", "--reflink=auto"]).arg(from).arg(to);
    success(&mut copy, "coreutils").map(drop)
}

/// Check the root file system, take it out of the disk and ask the real rpm what differs from its database.
pub(crate) fn verify(disk: &Path, scratch: &Path) -> anyhow::Result<Verdict> {
    let file_system = scratch.join("root.ext4");
    extract(disk, root_offset(disk)?, &file_system)?;
    let device = file_system.display().to_string();
    preen(&device)?;
    let tree = scratch.join("root");
    let _ = std::fs::remove_dir_all(&tree);
    std::fs::create_dir_all(&tree)?;
    let dump = format!("rdump / {}", tree.display());
    success(program("debugfs").args(["-R", &dump, &device]), "e2fsprogs")?;
    // Owners and capabilities do not survive the extraction by an ordinary user; the guest looks at owners.
    let options = ["-Va", "--nouser", "--nogroup", "--nocaps", "--noscripts"];
    let differences = rpm(&tree, &options)?;
    let installed = success(&mut rpm_command(&tree, &["-qa"]), "rpm")?;
    success(&mut rpm_command(&tree, &["--verifydb"]), "rpm")?;
    Ok(Verdict {
        differences: text(&differences).lines().map(str::to_owned).collect(),
        installed: text(&installed)
            .lines()
            .filter(|line| line.starts_with("cut-"))
            .count(),
    })
}

/// The last partition as a file of its own, with holes: e2fsck forgets an offset when it has replayed the journal.
fn extract(disk: &Path, offset: u64, to: &Path) -> anyhow::Result<()> {
    let (disk, file) = (File::open(disk)?, File::create(to)?);
    let length = disk.metadata()?.len() - offset;
    let mut chunk = vec![0; 1 << 16];
    for at in (0..length).step_by(chunk.len()) {
        let count = chunk.len().min((length - at) as usize);
        disk.read_exact_at(&mut chunk[..count], offset + at)?;
        if chunk[..count].iter().any(|&byte| byte != 0) {
            file.write_all_at(&chunk[..count], at)?;
        }
    }
    Ok(file.set_len(length)?)
}

/// Replay the journal and bring counters up to date, which is what `-p` dares to do; nothing else may be wrong.
fn preen(device: &str) -> anyhow::Result<()> {
    let output = program("e2fsck")
        .args(["-f", "-p", device])
        .output()
        .context("run e2fsck")?;
    let said = String::from_utf8_lossy(&output.stderr);
    // 1: errors were corrected (e2fsck(8)).
    let fine = matches!(output.status.code(), Some(0 | 1));
    ensure!(
        fine,
        "e2fsck ended with {}: {}{said}",
        output.status,
        text(&output)
    );
    success(program("e2fsck").args(["-f", "-n", device]), "e2fsprogs").map(drop)
}

/// What rpm says of a root.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// The lines of `rpm -Va`.
    pub(crate) differences: Vec<String>,
    /// How many of the test's packages are in its database.
    pub(crate) installed: usize,
}

/// `rpm -V` ends with 1 when it found something to say.
fn rpm(tree: &Path, options: &[&str]) -> anyhow::Result<Output> {
    let output = rpm_command(tree, options).output().context("run rpm")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(!said.contains("error:"), "rpm {options:?}: {said}");
    Ok(output)
}

/// rpm changes its root directory, which root may do: the one of a new user namespace.
fn rpm_command(tree: &Path, options: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command
        .args(["--map-root-user", "rpm", "--root"])
        .arg(tree)
        .args(options);
    command.args(["--define", "_dbpath /usr/lib/sysimage/rpm"]);
    command
}

/// Where the last partition starts, in bytes.
fn root_offset(disk: &Path) -> anyhow::Result<u64> {
    let output = success(program("sfdisk").arg("--json").arg(disk), "fdisk")?;
    let table: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let partitions = table["partitiontable"]["partitions"].as_array();
    let start = partitions.and_then(|all| all.last()?["start"].as_u64());
    Ok(start.context("the disk has no partitions")? * 512)
}

/// System programs are not on an ordinary user's path.
fn program(name: &str) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("env");
    command.arg(format!("PATH={path}:/usr/sbin:/sbin")).arg(name);
    command
}

fn success(command: &mut Command, package: &str) -> anyhow::Result<Output> {
    let output = command
        .output()
        .with_context(|| format!("run {command:?}; install the package {package}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}{said}", text(&output));
    Ok(output)
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}
