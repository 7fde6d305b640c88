//! The Cargo workspace our programs come from: its version, and which of its crates a program is made of.

use crate::error::Error;
use crate::fingerprint::Fingerprint;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// The root manifest of the workspace.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    root: PathBuf,
    version: String,
    /// Our own crates that can be depended on, by name: the directory of each.
    crates: BTreeMap<String, PathBuf>,
}

impl Workspace {
    /// Reads `root`/Cargo.toml.
    pub(crate) fn load(root: &Path) -> Result<Self, Error> {
        let manifest = read_manifest(root)?;
        let workspace = manifest
            .get("workspace")
            .and_then(Value::as_table)
            .cloned()
            .unwrap_or_default();
        let version = workspace
            .get("package")
            .and_then(|package| package.get("version"));
        let version = version.and_then(Value::as_str).ok_or_else(|| Error::Manifest {
            path: root.join("Cargo.toml"),
            reason: "workspace.package.version is missing".into(),
        })?;
        Ok(Self {
            root: root.into(),
            version: version.into(),
            crates: own_crates(root, &workspace),
        })
    }

    /// The version all crates share.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Adds all that `package` is compiled from: its sources, those of our crates it uses, and the locked versions
    /// of everybody else's.
    pub(crate) fn add_sources(&self, package: &str, fingerprint: &mut Fingerprint) -> Result<(), Error> {
        fingerprint.add_file(&self.root.join("Cargo.toml"))?;
        fingerprint.add_file(&self.root.join("Cargo.lock"))?;
        for directory in self.closure(package)? {
            fingerprint.add_directory(&directory)?;
        }
        Ok(())
    }

    /// The directories of a crate and of all our crates it depends on.
    fn closure(&self, package: &str) -> Result<BTreeSet<PathBuf>, Error> {
        let mut found = BTreeSet::new();
        let mut open = vec![self.directory(package)?];
        while let Some(directory) = open.pop() {
            if found.insert(directory.clone()) {
                open.extend(self.dependencies(&directory)?);
            }
        }
        Ok(found)
    }

    fn dependencies(&self, directory: &Path) -> Result<Vec<PathBuf>, Error> {
        let manifest = read_manifest(directory)?;
        let tables = ["dependencies", "build-dependencies"];
        let names = tables
            .iter()
            .filter_map(|table| manifest.get(*table)?.as_table())
            .flat_map(Table::keys);
        Ok(names.filter_map(|name| self.crates.get(name).cloned()).collect())
    }

    /// Programs are not listed among the dependencies of the workspace, so they are looked for where crates live.
    fn directory(&self, package: &str) -> Result<PathBuf, Error> {
        if let Some(directory) = self.crates.get(package) {
            return Ok(directory.clone());
        }
        let domains = fs::read_dir(self.root.join("crates")).map_err(|source| Error::Read {
            what: "crates",
            path: self.root.join("crates"),
            source,
        })?;
        let mut candidates = domains.flatten().map(|domain| domain.path().join(package));
        candidates
            .find(|path| path.join("Cargo.toml").is_file())
            .ok_or_else(|| Error::Manifest {
                path: self.root.join("Cargo.toml"),
                reason: format!("there is no crate {package:?} below crates/"),
            })
    }
}

/// The dependencies of the workspace that are paths.
fn own_crates(root: &Path, workspace: &Table) -> BTreeMap<String, PathBuf> {
    let dependencies = workspace.get("dependencies").and_then(Value::as_table);
    let paths = dependencies.into_iter().flatten().filter_map(|(name, value)| {
        let path = value.get("path")?.as_str()?;
        Some((name.clone(), root.join(path)))
    });
    paths.collect()
}

fn read_manifest(directory: &Path) -> Result<Table, Error> {
    let path = directory.join("Cargo.toml");
    let text = fs::read_to_string(&path).map_err(|source| Error::Read {
        what: "manifest",
        path: path.clone(),
        source,
    })?;
    text.parse().map_err(|error: toml::de::Error| Error::Manifest {
        path,
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "Cargo.toml",
            "[workspace.package]\nversion = \"0.3.0\"\n[workspace.dependencies]\nserde = \"1\"\n\
             low = { path = \"crates/a/low\" }\nother = { path = \"crates/a/other\" }\n",
        );
        write("Cargo.lock", "");
        write(
            "crates/a/low/Cargo.toml",
            "[dependencies]\nserde = { workspace = true }\n",
        );
        write("crates/a/low/src/lib.rs", "");
        write("crates/a/other/Cargo.toml", "");
        write(
            "crates/b/top/Cargo.toml",
            "[dependencies]\nlow = { workspace = true }\n",
        );
        root
    }

    fn digest(root: &Path) -> String {
        let mut fingerprint = Fingerprint::new("t");
        Workspace::load(root)
            .unwrap()
            .add_sources("top", &mut fingerprint)
            .unwrap();
        fingerprint.finish()
    }

    #[test]
    fn the_version_is_that_of_the_workspace() {
        assert_eq!(Workspace::load(project().path()).unwrap().version(), "0.3.0");
    }

    #[test]
    fn a_change_in_a_crate_below_makes_the_program_old() {
        let root = project();
        let before = digest(root.path());
        fs::write(root.path().join("crates/a/low/src/lib.rs"), "// new").unwrap();
        assert_ne!(digest(root.path()), before);
    }

    #[test]
    fn a_change_in_a_crate_that_is_not_used_does_not() {
        let root = project();
        let before = digest(root.path());
        fs::write(root.path().join("crates/a/other/new.rs"), "").unwrap();
        assert_eq!(digest(root.path()), before);
    }

    #[test]
    fn an_unknown_crate_is_named() {
        let root = project();
        let error = Workspace::load(root.path()).unwrap().closure("nope").unwrap_err();
        assert!(error.to_string().contains("\"nope\""), "{error}");
    }
}
