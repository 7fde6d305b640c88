//! The host's Rust: where it lies and exactly which one it is.
//!
//! It is the one thing the sandbox takes from the host. The compiler brings its own standard library and makes the
//! same code on every machine; the C library, the C compiler and the linker come from the tools root.

use crate::error::Error;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Rust toolchain as the sandbox needs it.
#[derive(Debug, Clone)]
pub(crate) struct Toolchain {
    /// Its directory, with bin/cargo and bin/rustc.
    pub(crate) sysroot: PathBuf,
    /// Where Cargo keeps the sources of crates.
    pub(crate) cargo_home: PathBuf,
    /// What `rustc -vV` says: version, commit and host.
    pub(crate) version: String,
}

impl Toolchain {
    /// Asks the `rustc` that is first in PATH.
    pub(crate) fn find() -> Result<Self, Error> {
        let sysroot = PathBuf::from(ask("sysroot", &["--print", "sysroot"])?.trim());
        let toolchain = Self {
            sysroot,
            cargo_home: cargo_home(),
            version: ask("version", &["-vV"])?,
        };
        match toolchain.sysroot.join("bin/cargo").is_file() {
            true => Ok(toolchain),
            false => Err(Error::Toolchain {
                program: "rustc",
                what: "cargo",
                reason: format!("{} has no bin/cargo", toolchain.sysroot.display()),
            }),
        }
    }

    /// Downloads the crates that `Cargo.lock` names and this machine lacks: the sandbox has no network, and what the
    /// programs of the image need is not all that the host's own build fetched (cargo-fetch(1)).
    pub(crate) fn fetch_crates(&self, project: &Path, triple: &str) -> Result<(), Error> {
        let output = Command::new(self.sysroot.join("bin/cargo"))
            .args(["fetch", "--locked", "--quiet", "--target", triple])
            .current_dir(project)
            .output();
        let reason = match output {
            Ok(output) if output.status.success() => return Ok(()),
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => error.to_string(),
        };
        Err(Error::Crates {
            project: project.into(),
            reason,
        })
    }
}

fn ask(what: &'static str, arguments: &[&str]) -> Result<String, Error> {
    let fail = |reason| Error::Toolchain {
        program: "rustc",
        what,
        reason,
    };
    let output = Command::new("rustc")
        .args(arguments)
        .output()
        .map_err(|error| fail(error.to_string()))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(fail(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
    }
}

/// `CARGO_HOME`, or where it is when that is not set (the Cargo book, "Cargo Home").
fn cargo_home() -> PathBuf {
    let home = || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cargo");
    env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_toolchain_that_runs_this_test_is_found() {
        let toolchain = Toolchain::find().unwrap();
        assert!(toolchain.sysroot.join("bin/rustc").is_file());
        assert!(toolchain.version.contains("commit-hash"), "{}", toolchain.version);
    }

    #[test]
    fn a_project_whose_crates_cannot_be_fetched_is_named() {
        let project = tempfile::tempdir().unwrap();
        let error = Toolchain::find()
            .unwrap()
            .fetch_crates(project.path(), "x86_64-unknown-linux-gnu")
            .unwrap_err()
            .to_string();
        assert!(error.contains(&project.path().display().to_string()), "{error}");
        assert!(error.contains("Cargo.toml"), "{error}");
    }

    #[test]
    fn what_the_compiler_refuses_is_passed_on() {
        let error = ask("nonsense", &["--print", "nonsense"]).unwrap_err();
        assert!(error.to_string().contains("rustup"), "{error}");
    }
}
