//! Compiling a program of this workspace in the sandbox.
//!
//! What the result depends on is fixed: the sandbox has no network and none of the host's environment; sources,
//! crates and results have the same paths whatever directory the project lies in; the C library, the C compiler and
//! the linker are those of the tools root. Two builds give the same bytes.

use crate::error::Error;
use crate::recipe::{Bin, Cargo};
use crate::toolchain::Toolchain;
use confine::Confine;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where things are inside the sandbox; the tools root has these directories.
pub(crate) const MOUNT_POINTS: [&str; 4] = [SOURCES, CRATES, RESULTS, RUST];
const SOURCES: &str = "/src";
const CRATES: &str = "/cargo";
const RESULTS: &str = "/target";
const RUST: &str = "/rust";

/// The C compiler, which also links. Its version is part of the name, so that a newer one does not slip in.
const COMPILER: &str = "/usr/bin/gcc-14";

/// How many of the compiler's last lines an error shows.
const SHOWN_LINES: usize = 40;

/// One compilation.
pub(crate) struct Compilation<'a> {
    /// The programs.
    pub(crate) cargo: &'a Cargo,
    /// Root of the project.
    pub(crate) project: &'a Path,
    /// The tools root.
    pub(crate) tools: &'a Path,
    /// Where intermediate files and results are kept between builds.
    pub(crate) results: &'a Path,
    /// The host's Rust.
    pub(crate) toolchain: &'a Toolchain,
    /// Architecture to compile for, as rpm calls it.
    pub(crate) arch: &'a str,
    /// Time for programs that record one.
    pub(crate) clamp_time: u32,
}

impl Compilation<'_> {
    /// Compiles, and says where each program is.
    pub(crate) fn run(&self) -> Result<Vec<(Bin, PathBuf)>, Error> {
        self.toolchain.fetch_crates(self.project, &self.triple())?;
        let directory = self.target_directory();
        fs::create_dir_all(&directory).map_err(|source| Error::Write {
            what: "directory of compiled programs",
            path: directory.clone(),
            source,
        })?;
        let log = directory.join("cargo.log");
        let status = self
            .logged(&log)?
            .status()
            .map_err(|error| self.failed(error.to_string(), &log))?;
        if !status.success() {
            return Err(self.failed(status.to_string(), &log));
        }
        let release = directory.join(self.triple()).join("release");
        Ok(self
            .cargo
            .products()
            .map(|product| (product.clone(), release.join(&product.name)))
            .collect())
    }

    /// Static and dynamic programs differ in the flags of every crate, so they do not share intermediate files.
    fn target_directory(&self) -> PathBuf {
        self.results
            .join(if self.cargo.is_static { "static" } else { "dynamic" })
    }

    fn triple(&self) -> String {
        format!("{}-unknown-linux-gnu", self.arch)
    }

    fn logged(&self, log: &Path) -> Result<Command, Error> {
        let write = |source| Error::Write {
            what: "log",
            path: log.into(),
            source,
        };
        let file = File::create(log).map_err(write)?;
        let mut command = self.command()?;
        command.stdout(file.try_clone().map_err(write)?).stderr(file);
        Ok(command)
    }

    fn command(&self) -> Result<Command, Error> {
        let mut arguments = vec![
            "build",
            "--release",
            "--locked",
            "--offline",
            "--package",
            &self.cargo.package,
        ];
        for bin in &self.cargo.bins {
            arguments.extend(["--bin", &bin.name]);
        }
        if !self.cargo.libs.is_empty() {
            arguments.push("--lib");
        }
        // With an explicit target, flags such as crt-static are not applied to build scripts and procedural macros.
        let triple = self.triple();
        arguments.extend(["--target", &triple]);
        let command = self.sandbox().command(format!("{RUST}/bin/cargo"), arguments);
        command.map_err(|source| Error::Sandbox {
            root: self.tools.into(),
            source,
        })
    }

    fn sandbox(&self) -> Confine {
        let linker = format!(
            "CARGO_TARGET_{}_LINKER",
            self.triple().to_uppercase().replace('-', "_")
        );
        Confine::new(self.tools)
            .read_only_root()
            .bind_read_only(self.project, SOURCES)
            .bind_read_only(&self.toolchain.cargo_home, CRATES)
            .bind_read_only(&self.toolchain.sysroot, RUST)
            .bind(self.target_directory(), RESULTS)
            .directory(SOURCES)
            .env("PATH", format!("{RUST}/bin:/usr/bin:/usr/sbin"))
            .env("HOME", "/tmp")
            .env("CARGO_HOME", CRATES)
            .env("CARGO_TARGET_DIR", RESULTS)
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_TERM_COLOR", "never")
            .env(linker, COMPILER)
            .env("CC", COMPILER)
            .env("AR", "/usr/bin/ar")
            .env("RUSTFLAGS", self.rust_flags())
            .env("SOURCE_DATE_EPOCH", self.clamp_time.to_string())
    }

    /// The directory below which Cargo unpacks crates is named after the registry's address and Cargo's way of
    /// hashing it; panic messages must not depend on that.
    fn rust_flags(&self) -> String {
        let mut flags: Vec<String> = registries(&self.toolchain.cargo_home)
            .into_iter()
            .map(|name| format!("--remap-path-prefix={CRATES}/registry/src/{name}=/crates"))
            .collect();
        flags.push(format!("--remap-path-prefix={SOURCES}=/lumen"));
        if self.cargo.is_static {
            flags.push("-Ctarget-feature=+crt-static".into());
        }
        flags.join(" ")
    }

    fn failed(&self, status: String, log: &Path) -> Error {
        let text = fs::read_to_string(log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let shown = lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n");
        Error::Compile {
            package: self.cargo.package.clone(),
            status,
            output: shown,
        }
    }
}

/// Names of the directories crates are unpacked in.
fn registries(cargo_home: &Path) -> Vec<String> {
    let entries = fs::read_dir(cargo_home.join("registry/src"))
        .into_iter()
        .flatten()
        .flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
