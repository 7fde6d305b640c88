//! The tools root: what the build itself runs, installed from our own packages.
//!
//! The host needs Rust and QEMU; file systems are made, and C is compiled and linked, by the programs in this root,
//! so that the result does not depend on the host's versions. Who builds packages fills it with [`packages`] before.

use crate::compile::MOUNT_POINTS;
use crate::error::Error;
use crate::fingerprint::Fingerprint;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

/// The database of installed packages. Its bytes follow from the packages and from the time that is recorded.
const DATABASE: &str = "usr/lib/sysimage/rpm/rpmdb.sqlite";

/// `distro/tools.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    packages: Vec<String>,
}

/// Where the tools root is, below the directory of results.
pub fn root(build: &Path) -> PathBuf {
    build.join("tools/root")
}

/// The packages of the tools root, from `distro/tools.toml`.
///
/// # Errors
/// When the file cannot be read or understood.
pub fn packages(project: &Path) -> Result<Vec<String>, Error> {
    let path = project.join("distro/tools.toml");
    let text = fs::read_to_string(&path).map_err(|source| Error::Read {
        what: "list of tools",
        path: path.clone(),
        source,
    })?;
    let list: List = toml::from_str(&text).map_err(|error| Error::Recipe {
        path,
        reason: error.to_string(),
    })?;
    Ok(list.packages)
}

/// Adds which packages, of which versions, the tools root consists of.
pub(crate) fn add_contents(root: &Path, fingerprint: &mut Fingerprint) -> Result<(), Error> {
    match root.join(DATABASE) {
        database if database.is_file() => fingerprint.add_file(&database),
        database => Err(Error::Tools {
            root: root.into(),
            reason: format!(
                "{} is missing; `lumen package build` of a program installs the tools first",
                database.display()
            ),
        }),
    }
}

/// Makes the directories that sources, crates and results are mounted on: the root itself is read-only then.
pub(crate) fn add_mount_points(root: &Path) -> Result<(), Error> {
    for path in MOUNT_POINTS {
        let path = root.join(path.trim_start_matches('/'));
        fs::create_dir_all(&path).map_err(|source| Error::Write {
            what: "mount point of the sandbox",
            path,
            source,
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_this_project_names_the_compiler() {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        assert!(packages(&project).unwrap().iter().any(|name| name == "gcc"));
    }

    #[test]
    fn a_list_with_an_unknown_key_is_refused() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("distro")).unwrap();
        fs::write(root.path().join("distro/tools.toml"), "package = []\n").unwrap();
        assert!(packages(root.path()).unwrap_err().to_string().contains("package"));
    }

    #[test]
    fn mount_points_are_made_once_and_for_all() {
        let root = tempfile::tempdir().unwrap();
        add_mount_points(root.path()).unwrap();
        add_mount_points(root.path()).unwrap();
        assert!(root.path().join("src").is_dir() && root.path().join("cargo").is_dir());
    }

    fn contents(root: &Path) -> Result<String, Error> {
        let mut fingerprint = Fingerprint::new("t");
        add_contents(root, &mut fingerprint)?;
        Ok(fingerprint.finish())
    }

    #[test]
    fn other_packages_in_the_root_make_programs_old() {
        let root = tempfile::tempdir().unwrap();
        let database = root.path().join(DATABASE);
        fs::create_dir_all(database.parent().unwrap()).unwrap();
        fs::write(&database, "gcc 14.2").unwrap();
        let before = contents(root.path()).unwrap();
        fs::write(&database, "gcc 14.3").unwrap();
        assert_ne!(contents(root.path()).unwrap(), before);
    }

    #[test]
    fn a_root_without_packages_is_an_error_that_says_what_to_do() {
        let root = tempfile::tempdir().unwrap();
        let error = contents(root.path()).unwrap_err().to_string();
        assert!(error.contains("lumen package build"), "{error}");
    }
}
