//! Building packages: which are old, what they are made from, where they go.

use crate::catalog::{Catalog, Located};
use crate::compile::Compilation;
use crate::entry::{self, Entries, Entry, Kind, Source};
use crate::error::Error;
use crate::fingerprint::{Fingerprint, Stamp};
use crate::names::Names;
use crate::package::{Common, Draft};
use crate::recipe::Cargo;
use crate::toolchain::Toolchain;
use crate::tools;
use crate::workspace::Workspace;
use depgen::Found;
use rpmfile::Signer;
use std::fs;
use std::path::{Path, PathBuf};

/// Where packages are built, for which architecture and with which key.
pub struct Workshop<'a> {
    /// Root of the project: the directory of Cargo.toml and distro/.
    pub project: PathBuf,
    /// Where results go: `build`. Packages are written to `rpms/ARCH` below it.
    pub build: PathBuf,
    /// Architecture, as rpm calls it.
    pub arch: String,
    /// The latest time any file may carry: the date of lumen.lock.
    pub clamp_time: u32,
    /// The key that signs packages.
    pub signer: &'a (dyn Signer + Sync),
    /// Its public half, armored; `lumen-repos` carries it.
    pub public_key: String,
    /// What keys that belong to one build are derived from; nobody else knows it.
    pub secret: [u8; 32],
    /// Compression of payloads, 1 to 22.
    pub zstd_level: i32,
}

/// A package that is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// Its name.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// All files the recipe makes, that one among them.
    pub files: Vec<PathBuf>,
    /// Whether it was made now; otherwise it was up to date.
    pub made: bool,
}

impl Workshop<'_> {
    /// All recipes of the project.
    ///
    /// # Errors
    /// When a recipe cannot be read or is wrong.
    pub fn catalog(&self) -> Result<Catalog, Error> {
        Catalog::load(&self.project.join("distro/packages"))
    }

    /// The directory packages are written to.
    pub fn packages(&self) -> PathBuf {
        self.build.join("rpms").join(&self.arch)
    }

    /// The root of the sandbox, with the C toolchain; see [`crate::tools`].
    pub fn tools_root(&self) -> PathBuf {
        tools::root(&self.build)
    }

    /// Builds one package of kind `tree` or `cargo` unless it is up to date.
    ///
    /// # Errors
    /// When an input cannot be read, a program does not compile or the package cannot be written.
    pub fn build(&self, package: &Located) -> Result<Ready, Error> {
        let workspace = Workspace::load(&self.project)?;
        let Some(cargo) = &package.recipe.cargo else {
            return self.build_from(package, "", &|| Ok(Vec::new()));
        };
        let mut fingerprint = Fingerprint::new("programs");
        workspace.add_sources(&cargo.package, &mut fingerprint)?;
        fingerprint.add(Toolchain::find()?.version);
        tools::add_contents(&self.tools_root(), &mut fingerprint)?;
        self.build_from(package, &fingerprint.finish(), &|| self.compile(cargo))
    }

    /// Builds one package, of its files and of the programs that `compile` makes; `compiled_from` stands for all that
    /// these depend on.
    pub(crate) fn build_from(
        &self,
        package: &Located,
        compiled_from: &str,
        compile: &dyn Fn() -> Result<Vec<(String, PathBuf)>, Error>,
    ) -> Result<Ready, Error> {
        let workspace = Workspace::load(&self.project)?;
        let names = self.names(package, &workspace);
        let entries = entry::gather(package, &self.project, &names)?;
        let fingerprint = self
            .fingerprint(package, &names, &entries)?
            .with(compiled_from)
            .finish();
        let stamp = Stamp::new(
            self.build
                .join("pkgbuild")
                .join(&self.arch)
                .join(&package.recipe.name),
        );
        let ready = |path: PathBuf, made| Ready {
            name: package.recipe.name.clone(),
            files: vec![path.clone()],
            path,
            made,
        };
        if let Some(file) = self.up_to_date(&stamp, &fingerprint) {
            return Ok(ready(file, false));
        }
        stamp.forget()?;
        let path = self.make(package, &names, entries, compile)?;
        stamp.write(&fingerprint, &file_name(&path))?;
        Ok(ready(path, true))
    }

    /// The file made from this fingerprint, if it is there.
    fn up_to_date(&self, stamp: &Stamp, fingerprint: &str) -> Option<PathBuf> {
        let file = self.packages().join(stamp.matching(fingerprint)?);
        file.is_file().then_some(file)
    }

    fn names(&self, package: &Located, workspace: &Workspace) -> Names {
        let version = match package.recipe.version.as_str() {
            "workspace" => workspace.version(),
            own => own,
        };
        Names {
            version: version.into(),
            arch: self.arch.clone(),
            clamp_time: self.clamp_time,
        }
    }

    /// Everything the package is made from, but for compiled programs.
    fn fingerprint(&self, package: &Located, names: &Names, entries: &Entries) -> Result<Fingerprint, Error> {
        let mut fingerprint = Fingerprint::new("package")
            .with(format!("{names:?}"))
            .with(&self.public_key)
            .with(self.zstd_level.to_le_bytes())
            .with(format!("{:?}", package.recipe));
        for (path, entry) in entries {
            add_entry(&mut fingerprint, path, entry)?;
        }
        Ok(fingerprint)
    }

    fn make(
        &self,
        package: &Located,
        names: &Names,
        mut entries: Entries,
        compile: &dyn Fn() -> Result<Vec<(String, PathBuf)>, Error>,
    ) -> Result<PathBuf, Error> {
        let mut found = Found::default();
        for (path, program) in compile()? {
            let path = names.expand(&path);
            scan_program(&path, &program, &mut found)?;
            // A static library is not run.
            let mode = if path.ends_with(".a") { 0o644 } else { 0o755 };
            entries.insert(path, Entry::file(program, mode));
        }
        let directory = self.packages();
        create(&directory)?;
        remove_older(&directory, &package.recipe.name)?;
        let draft = Draft {
            recipe: &package.recipe,
            names,
            entries: &entries,
            found,
        };
        draft.write(&directory, &self.common())
    }

    /// Compiles the programs of a package; where each goes and where it was left.
    fn compile(&self, cargo: &Cargo) -> Result<Vec<(String, PathBuf)>, Error> {
        tools::add_mount_points(&self.tools_root())?;
        let compilation = Compilation {
            cargo,
            project: &self.project,
            tools: &self.tools_root(),
            results: &self.build.join("cargo").join(&self.arch),
            toolchain: &Toolchain::find()?,
            arch: &self.arch,
            clamp_time: self.clamp_time,
        };
        let programs = compilation.run()?;
        Ok(programs
            .into_iter()
            .map(|(bin, program)| (bin.path, program))
            .collect())
    }

    fn common(&self) -> Common<'_> {
        Common {
            signer: self.signer,
            public_key: &self.public_key,
            zstd_level: self.zstd_level,
        }
    }
}

fn add_entry(fingerprint: &mut Fingerprint, path: &str, entry: &Entry) -> Result<(), Error> {
    fingerprint.add(path);
    fingerprint.add(format!(
        "{:o} {} {} {}",
        entry.mode, entry.user, entry.group, entry.config
    ));
    match &entry.kind {
        Kind::File(Source::Disk(file)) => fingerprint.add_file(file)?,
        Kind::File(Source::Text(text)) => fingerprint.add(text),
        Kind::File(Source::Generated(what)) => fingerprint.add(format!("{what:?}")),
        Kind::Link(target) => fingerprint.add(target),
        Kind::Directory => fingerprint.add("directory"),
    }
    Ok(())
}

/// Adds the libraries a compiled program needs; a static one needs none.
fn scan_program(path: &str, program: &Path, found: &mut Found) -> Result<(), Error> {
    let bytes = fs::read(program).map_err(|source| Error::Read {
        what: "compiled program",
        path: program.into(),
        source,
    })?;
    found.scan(&depgen::File {
        path,
        mode: 0o755,
        bytes: &bytes,
    });
    Ok(())
}

fn create(directory: &Path) -> Result<(), Error> {
    fs::create_dir_all(directory).map_err(|source| Error::Write {
        what: "directory of packages",
        path: directory.into(),
        source,
    })
}

/// Removes what an earlier version of the recipe made, so that a repository has one version of each.
fn remove_older(directory: &Path, name: &str) -> Result<(), Error> {
    let write = |path: &Path, source| Error::Write {
        what: "directory of packages",
        path: path.into(),
        source,
    };
    for entry in fs::read_dir(directory)
        .map_err(|source| write(directory, source))?
        .flatten()
    {
        if package_name(&entry.file_name().to_string_lossy()) == Some(name) {
            fs::remove_file(entry.path()).map_err(|source| write(&entry.path(), source))?;
        }
    }
    Ok(())
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The name in NAME-VERSION-RELEASE.ARCH.rpm.
fn package_name(file: &str) -> Option<&str> {
    let (nevr, _) = file.strip_suffix(".rpm")?.rsplit_once('.')?;
    nevr.rsplitn(3, '-').nth(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_package_is_all_but_the_last_two_parts() {
        assert_eq!(package_name("tdnf-0.1.0-1.x86_64.rpm"), Some("tdnf"));
        assert_eq!(
            package_name("glibc-devel-2.41-0.s0.12.x86_64.rpm"),
            Some("glibc-devel")
        );
        assert_eq!(package_name("tdnf-0.1.0-1.x86_64.rpm.tmp"), None);
        assert_eq!(package_name("tdnf.rpm"), None);
    }
}
