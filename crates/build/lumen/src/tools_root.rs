//! The root with the programs that build: installed from our own packages when it is missing or of older ones.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use keyring::Keyring;
use sha2::{Digest, Sha256};
use tdnf::{InstallOptions, RepoConfig, install_into};

use crate::console::{Console, Unit};
use crate::keys::Keys;
use crate::project::Project;
use crate::repository::Repository;

/// What the tools root is made from.
pub(crate) struct ToolsRoot<'a> {
    pub(crate) project: &'a Project,
    pub(crate) arch: &'a str,
    pub(crate) keys: &'a Keys,
    pub(crate) time: u32,
    /// The files of packages that are compiled, and so cannot be in what compiles them.
    pub(crate) compiled: &'a BTreeSet<String>,
}

impl ToolsRoot<'_> {
    /// Makes the root unless it is up to date; returns where it is.
    pub(crate) fn ensure(&self, console: &Console) -> anyhow::Result<PathBuf> {
        let root = pkgbuild::tools::root(&self.project.build());
        let wanted = pkgbuild::tools::packages(self.project.root())?;
        let dir = self.dir();
        let repository = self.repository(&self.packages())?;
        let stamp = dir.join("stamp");
        let state = state(&repository, &wanted)?;
        if root.is_dir() && fs::read_to_string(&stamp).is_ok_and(|last| last == state) {
            return Ok(root);
        }
        console.begin(
            "Installing the tools that build",
            wanted.len() as u64,
            Unit::Items,
        );
        let new = dir.join("root.new");
        remove(&new)?;
        self.install(&new, &repository, &wanted)?;
        // Whatever is interrupted from here on, the next run starts over.
        remove(&stamp)?;
        remove(&root)?;
        fs::rename(&new, &root)
            .with_context(|| format!("cannot put the tools root to {}", root.display()))?;
        fs::write(&stamp, state).with_context(|| format!("cannot write {}", stamp.display()))?;
        console.end();
        Ok(root)
    }

    /// The repository that the root is installed from.
    pub(crate) fn packages(&self) -> PathBuf {
        self.dir().join("repo")
    }

    fn dir(&self) -> PathBuf {
        let root = pkgbuild::tools::root(&self.project.build());
        root.parent().map_or_else(|| self.project.build(), Path::to_owned)
    }

    /// A repository without what is compiled: a change of our programs is no reason to install the compiler again.
    fn repository(&self, dir: &Path) -> anyhow::Result<PathBuf> {
        let repository = Repository {
            packages: self.project.rpms().join(self.arch),
            leave_out: &|file| self.compiled.contains(file),
            dir: dir.to_owned(),
            scan_cache: self.project.scan_cache(self.arch),
            keys: self.keys,
            time: self.time,
        };
        repository.write()?;
        Ok(repository.dir)
    }

    fn install(&self, root: &Path, repository: &Path, wanted: &[String]) -> anyhow::Result<()> {
        let trusted = Keyring::from_armored(self.keys.public.as_bytes())?;
        let config = RepoConfig {
            repo_gpgcheck: true,
            metadata_expire: Some(std::time::Duration::ZERO),
            ..RepoConfig::new("tools", &repository.display().to_string())
        };
        let mut options = InstallOptions::image(trusted, self.project.metadata_cache(), self.time);
        self.arch.clone_into(&mut options.arch);
        let names: Vec<&str> = wanted.iter().map(String::as_str).collect();
        install_into(root, &[config], &names, &options).context("cannot install the tools that build")?;
        Ok(())
    }
}

/// The metadata name every package by its digest, so they stand for all of them.
fn state(repository: &Path, wanted: &[String]) -> anyhow::Result<String> {
    let path = repository.join("repodata/repomd.xml");
    let metadata = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut hasher = Sha256::new();
    hasher.update(metadata);
    hasher.update(wanted.join("\n"));
    Ok(hex::encode(hasher.finalize()))
}

/// Removes a file or a tree, in which an ordinary user may own directories he cannot write to.
fn remove(tree: &Path) -> anyhow::Result<()> {
    if tree.symlink_metadata().is_err() {
        return Ok(());
    }
    if tree.is_file() {
        return fs::remove_file(tree).with_context(|| format!("cannot remove {}", tree.display()));
    }
    let removed = fs::remove_dir_all(tree).or_else(|_| {
        make_writable(tree);
        fs::remove_dir_all(tree)
    });
    removed.with_context(|| format!("cannot remove {}", tree.display()))
}

fn make_writable(dir: &Path) {
    let _ = fs::set_permissions(dir, fs::Permissions::from_mode(0o700));
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            make_writable(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_of_protected_directories_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let tree = dir.path().join("root");
        fs::create_dir_all(tree.join("a/b")).unwrap();
        fs::set_permissions(tree.join("a/b"), fs::Permissions::from_mode(0o500)).unwrap();
        fs::set_permissions(tree.join("a"), fs::Permissions::from_mode(0o0)).unwrap();
        remove(&tree).unwrap();
        assert!(!tree.exists());
        remove(&tree).unwrap();
    }

    #[test]
    fn other_packages_or_another_list_make_another_state() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("repodata")).unwrap();
        let repomd = dir.path().join("repodata/repomd.xml");
        fs::write(&repomd, "one").unwrap();
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let first = state(dir.path(), &names(&["gcc"])).unwrap();
        assert_eq!(first, state(dir.path(), &names(&["gcc"])).unwrap());
        assert_ne!(first, state(dir.path(), &names(&["gcc", "make"])).unwrap());
        fs::write(&repomd, "two").unwrap();
        assert_ne!(first, state(dir.path(), &names(&["gcc"])).unwrap());
    }
}
