//! Builds the images and weighs them.

use crate::Built;
use anyhow::{Context as _, ensure};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Our minimal image, built anew from ready packages.
pub(crate) fn ours() -> anyhow::Result<Built> {
    let directory = PathBuf::from("build/image/minimal");
    if directory.exists() {
        std::fs::remove_dir_all(&directory)?;
    }
    let mut command = Command::new("target/release/lumen");
    let build_cpu_seconds = cpu_seconds_of(command.args(["image", "build", "minimal", "--format", "raw"]))?;
    let packages = Command::new("target/release/tdnf")
        .args(["-q", "--installroot"])
        .arg(std::path::absolute(directory.join("root"))?)
        .args(["list", "installed"])
        .output()
        .context("run tdnf")?;
    let packages = String::from_utf8(packages.stdout)?.lines().count();
    weigh(
        "Lumen minimal",
        directory,
        "minimal.raw",
        build_cpu_seconds,
        packages,
    )
}

/// Debian with the same services, built by mmdebstrap and mke2fs.
pub(crate) fn debian() -> anyhow::Result<Built> {
    let directory = PathBuf::from("build/bench/debian");
    let build_cpu_seconds = cpu_seconds_of(Command::new("bench/debian-image").arg(&directory))?;
    let packages = std::fs::read_to_string(directory.join("packages"))?
        .lines()
        .count();
    weigh("Debian 13", directory, "disk.raw", build_cpu_seconds, packages)
}

fn weigh(
    name: &'static str,
    directory: PathBuf,
    disk: &str,
    build_cpu_seconds: f64,
    packages: usize,
) -> anyhow::Result<Built> {
    let disk = directory.join(disk);
    let allocated_bytes = std::fs::metadata(&disk)?.blocks() * 512;
    let zstd_bytes = compressed_size(&disk)?;
    Ok(Built {
        name,
        directory,
        disk,
        build_cpu_seconds,
        packages,
        allocated_bytes,
        zstd_bytes,
    })
}

/// Size after `zstd -3`, the level at which people pass images around.
fn compressed_size(disk: &Path) -> anyhow::Result<u64> {
    let compressed = disk.with_extension("zst");
    let status = Command::new("zstd")
        .args(["-q", "-f", "-3"])
        .arg(disk)
        .arg("-o")
        .arg(&compressed)
        .status();
    ensure!(
        status
            .context("cannot run zstd; install the package zstd")?
            .success(),
        "zstd failed"
    );
    let size = std::fs::metadata(&compressed)?.len();
    std::fs::remove_file(&compressed)?;
    Ok(size)
}

/// Runs a command; user and system seconds of it and all its children.
fn cpu_seconds_of(command: &mut Command) -> anyhow::Result<f64> {
    let before = children_ticks()?;
    let status = command.status().with_context(|| format!("run {command:?}"))?;
    ensure!(status.success(), "{command:?} failed: {status}");
    // 100 ticks a second on every Linux that user space sees (USER_HZ).
    Ok((children_ticks()? - before) / 100.0)
}

/// Fields 16 (cutime) and 17 (cstime) of /proc/self/stat, see proc(5).
fn children_ticks() -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit_once(')').context("read /proc/self/stat")?.1;
    after_name
        .split_whitespace()
        .skip(13)
        .take(2)
        .map(|field| Ok(field.parse::<f64>()?))
        .sum()
}
