//! Kind `go`: programs of a Go module whose dependencies lie beside it.
//!
//! The module is complete: `vendor/` holds every package it uses, in the versions that `go.mod` and `go.sum` pin, and
//! `go build -mod=vendor` refuses when `vendor/modules.txt` says otherwise (go.dev/ref/mod#vendoring). The compiler comes
//! from the root of the sandbox, and there is no network to ask for another one or for a module. Programs are static.

use crate::catalog::Located;
use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::recipe::Go;
use crate::spec::build::Builds;
use crate::spec::root::{Resolved, Roots, remove};
use crate::spec::sandbox::{TOP, sandbox};
use crate::spec::stage;
use crate::workshop::Ready;
use std::fs;
use std::path::{Path, PathBuf};

/// The packages of the root.
const ROOT: [&str; 5] = ["filesystem", "glibc", "bash", "coreutils", "go"];

/// No CGO: the C library of the root must not get into a program. What would name a directory or the time is left out.
const ENVIRONMENT: [(&str, &str); 7] = [
    ("CGO_ENABLED", "0"),
    ("GOFLAGS", "-mod=vendor -trimpath -buildvcs=false"),
    ("GOPROXY", "off"),
    ("GOTOOLCHAIN", "local"),
    ("GOTELEMETRY", "off"),
    ("GOCACHE", "/build/cache"),
    ("GOPATH", "/build/gopath"),
];

impl Builds<'_> {
    /// Builds packages of kind `go` unless they are up to date.
    ///
    /// # Errors
    /// The first thing that failed.
    pub fn run_go(&self, wanted: &[&Located]) -> Result<Vec<Ready>, Error> {
        let roots = self.all_roots();
        wanted
            .iter()
            .map(|package| self.build_go(package, &roots))
            .collect()
    }

    fn build_go(&self, package: &Located, roots: &Roots<'_>) -> Result<Ready, Error> {
        let name = &package.recipe.name;
        let Some(go) = &package.recipe.go else {
            return Err(Error::Recipe {
                path: package.directory.clone(),
                reason: "it has no table [go]".into(),
            });
        };
        let module = package.directory.join(&go.module);
        let resolved = roots.resolve(&ROOT.map(str::to_owned), &[]);
        let resolved = resolved.map_err(|reason| self.failed(name, "requirements", &reason))?;
        let mut fingerprint = Fingerprint::new("go").with(resolved.key());
        fingerprint.add_directory(&module)?;
        let compile = || {
            self.refuse_unpinned(name, &module)?;
            self.compile_go(package, go, roots, &resolved)
        };
        self.workshop.build_from(package, &fingerprint.finish(), &compile)
    }

    /// What is not vendored would have to be fetched, and what is not pinned could be anything.
    fn refuse_unpinned(&self, name: &str, module: &Path) -> Result<(), Error> {
        let text = fs::read_to_string(module.join("go.mod")).map_err(|error| {
            self.failed(
                name,
                "sources",
                &format!("{}: {error}", module.join("go.mod").display()),
            )
        })?;
        let requires = text.lines().any(|line| line.trim_start().starts_with("require"));
        for (file, why) in [
            ("go.sum", "pins the modules"),
            ("vendor/modules.txt", "lists the vendored packages"),
        ] {
            if requires && !module.join(file).is_file() {
                let reason = format!(
                    "{} is missing, which {why}; run `go mod vendor`",
                    module.join(file).display()
                );
                return Err(self.failed(name, "sources", &reason));
            }
        }
        Ok(())
    }

    /// Compiles the programs; where each goes and where it was left.
    fn compile_go(
        &self,
        package: &Located,
        go: &Go,
        roots: &Roots<'_>,
        resolved: &Resolved,
    ) -> Result<Vec<(String, PathBuf)>, Error> {
        let name = &package.recipe.name;
        let root = roots.ensure(resolved)?;
        let work = self.work(name);
        let write = |source| Error::Write {
            what: "directory of a build",
            path: work.clone(),
            source,
        };
        remove(&work).map_err(write)?;
        fs::create_dir_all(work.join("tmp")).map_err(write)?;
        copy_tree(&package.directory.join(&go.module), &work.join("src")).map_err(write)?;
        let mut programs = Vec::new();
        for (number, bin) in go.bins.iter().enumerate() {
            let output = format!("program-{number}");
            self.go_build(name, &root, &work, &bin.name, &output)?;
            programs.push((bin.path.clone(), work.join(output)));
        }
        Ok(programs)
    }

    fn go_build(
        &self,
        name: &str,
        root: &Path,
        work: &Path,
        package: &str,
        output: &str,
    ) -> Result<(), Error> {
        let mut confine = sandbox(root, work, self.workshop.clamp_time).directory(format!("{TOP}/src"));
        for (variable, value) in ENVIRONMENT {
            confine = confine.env(variable, value);
        }
        let output = format!("{TOP}/{output}");
        let arguments = [
            "build",
            "-ldflags=-s -w -buildid=",
            "-o",
            output.as_str(),
            package,
        ];
        let finished = confine
            .run("/usr/bin/go", arguments, b"")
            .map_err(|source| Error::Sandbox {
                root: root.into(),
                source,
            })?;
        if finished.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&finished.output).into_owned();
        Err(self.failed(name, "go build", stage::excerpt(&text).trim()))
    }
}

fn copy_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_tree(&entry.path(), &target)?,
            false => fs::copy(entry.path(), &target).map(drop)?,
        }
    }
    Ok(())
}
