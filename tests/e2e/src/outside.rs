//! A module that is not part of the kernel's sources, built in the sandbox against the kernel's `-devel` package.
//!
//! The recipe is in a project of its own, which borrows everything else of the real one: its recipes, what it has built, its key.
//! So nothing is left in `build/` that somebody would have to clear away.

use crate::build_dir;
use anyhow::{Context as _, ensure};
use rpmfile::Package;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The name of the recipe, and of the package that it makes.
const NAME: &str = "outside-module";

/// Builds the module for a kernel of ours that is built already; where its file is, below `directory`.
///
/// # Errors
/// When the sandbox cannot build it, with what `lumen` said.
pub fn build_module(kernel: &str, directory: &Path) -> anyhow::Result<PathBuf> {
    let real = build_dir()
        .join("..")
        .canonicalize()
        .context("find the project")?;
    borrow(&real, directory)?;
    recipe(&directory.join("distro/packages").join(NAME), kernel)?;
    let lumen = real.join("target/release/lumen");
    let output = Command::new(&lumen)
        .arg("--project")
        .arg(directory)
        .args(["package", "build", NAME])
        .output()
        .with_context(|| format!("run {}", lumen.display()))?;
    ensure!(
        output.status.success(),
        "lumen package build {NAME}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    unpack(directory)
}

/// A project like the real one, by links; only what a build writes to is its own.
fn borrow(real: &Path, directory: &Path) -> anyhow::Result<()> {
    link_all(real, directory, &["distro", "build", "target", ".git"])?;
    link_all(&real.join("distro"), &directory.join("distro"), &["packages"])?;
    link_all(
        &real.join("distro/packages"),
        &directory.join("distro/packages"),
        &[],
    )?;
    let (from, build) = (real.join("build"), directory.join("build"));
    let own = [
        "pkgbuild",
        "rpms",
        "provenance",
        "repo",
        "tools",
        "image",
        ".lock",
    ];
    link_all(&from, &build, &own)?;
    for architecture in names(&from.join("rpms"))? {
        for made in ["rpms", "pkgbuild"] {
            let made = Path::new(made).join(&architecture);
            copy_files(&from.join(&made), &build.join(&made))?;
        }
    }
    Ok(())
}

/// The files of a directory, without what is below it: packages, or what they were made from.
fn copy_files(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for name in names(from)? {
        let path = from.join(&name);
        if path.is_file() {
            fs::copy(&path, to.join(&name))?;
        }
    }
    Ok(())
}

fn link_all(from: &Path, to: &Path, but: &[&str]) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for name in names(from)? {
        if !but.contains(&name.as_str()) {
            symlink(from.join(&name), to.join(&name))?;
        }
    }
    Ok(())
}

fn names(directory: &Path) -> anyhow::Result<Vec<String>> {
    let entries = fs::read_dir(directory).with_context(|| format!("read {}", directory.display()))?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    names.collect()
}

fn recipe(directory: &Path, kernel: &str) -> anyhow::Result<()> {
    fs::create_dir_all(directory)?;
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join(NAME);
    for name in names(&sources)? {
        fs::copy(sources.join(&name), directory.join(&name))?;
    }
    let text =
        format!("name = \"{NAME}\"\nkind = \"spec\"\n\n[spec]\n\n[spec.define]\nkernel = \"{kernel}\"\n");
    Ok(fs::write(directory.join("package.toml"), text)?)
}

/// The module out of the package.
fn unpack(directory: &Path) -> anyhow::Result<PathBuf> {
    let rpms = directory.join("build/rpms");
    let found = names(&rpms)?.into_iter().find_map(|architecture| {
        let path = rpms
            .join(&architecture)
            .join(format!("{NAME}-1-1.{architecture}.rpm"));
        path.is_file().then_some(path)
    });
    let package = Package::open(&found.with_context(|| format!("there is no package {NAME}"))?)?;
    let mut payload = package.payload()?;
    while let Some(mut entry) = payload.next_entry()? {
        if entry.info().path.ends_with(".ko") {
            let to = directory.join("outside.ko");
            io::copy(&mut entry, &mut fs::File::create(&to)?)?;
            return Ok(to);
        }
    }
    anyhow::bail!("there is no module in {NAME}")
}
