//! From an image definition to a disk.

use crate::configure::configure;
use crate::definition::Definition;
use crate::disk::{Assembly, Format, Image, step};
use crate::error::Error;
use crate::install::{Source, check, install};
use crate::output_lock::OutputLock;
use crate::progress::{Progress, Step};
use keyring::Keyring;
use rustix::fs::Mode;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What to build, from what, and where to.
#[derive(Debug, Clone, Copy)]
pub struct Build<'a> {
    /// The image's definition.
    pub definition: &'a Definition,
    /// Its folder: files it names are found from here.
    pub beside: &'a Path,
    /// Such as x86_64.
    pub architecture: &'a str,
    /// The repository of that architecture, usually build/repo/x86_64.
    pub repository: &'a Path,
    /// Keys the repository is signed with.
    pub trusted: &'a Keyring,
    /// Where metadata is cached between builds.
    pub cache: &'a Path,
    /// The tools root, usually build/tools/root.
    pub tools: &'a Path,
    /// Folder for the results, usually build/image/NAME; the tree is left in its folder `root`.
    pub output: &'a Path,
    /// Seconds since 1970 that no file is younger than: the date of the lock file.
    pub epoch: u64,
    /// Formats beside the raw disk, which is always made.
    pub formats: &'a [Format],
}

impl Build<'_> {
    /// Builds the image. An earlier one stays as it was if anything fails.
    pub fn run(&self, progress: Progress<'_>) -> Result<Image, Error> {
        // Files that scriptlets make get their mode from it.
        rustix::process::umask(Mode::from_raw_mode(0o022));
        let _lock = OutputLock::take(self.output)?;
        let tree = Tree::new(self.output)?;
        let source = Source {
            repository: self.repository,
            trusted: self.trusted,
            cache: self.cache,
        };
        step(progress, Step::Install, || {
            install(
                tree.path(),
                self.definition,
                self.architecture,
                source,
                self.epoch,
            )?;
            check(tree.path(), self.definition)
        })?;
        step(progress, Step::Configure, || {
            configure(tree.path(), self.definition, self.beside, self.epoch)
        })?;
        let image = self.assembly(tree.path()).run(progress)?;
        tree.keep()?;
        Ok(image)
    }

    fn assembly<'b>(&'b self, root: &'b Path) -> Assembly<'b> {
        Assembly {
            definition: self.definition,
            architecture: self.architecture,
            root,
            tools: self.tools,
            output: self.output,
            epoch: self.epoch,
            formats: self.formats,
        }
    }
}

/// The tree while it is filled, and what is left of it afterwards.
struct Tree {
    new: PathBuf,
    kept: PathBuf,
}

impl Tree {
    fn new(output: &Path) -> Result<Self, Error> {
        let tree = Self {
            new: output.join("root.new"),
            kept: output.join("root"),
        };
        remove(&tree.new)?;
        fs::create_dir_all(&tree.new).map_err(Error::write("tree", &tree.new))?;
        Ok(tree)
    }

    fn path(&self) -> &Path {
        &self.new
    }

    fn keep(self) -> Result<(), Error> {
        remove(&self.kept)?;
        fs::rename(&self.new, &self.kept).map_err(Error::write("tree", &self.kept))
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        // Gone when it was kept; after a failure, the next build removes what cannot be removed now.
        let _ = remove(&self.new);
    }
}

/// Removes a tree, in which an ordinary user may own folders he cannot write to.
fn remove(tree: &Path) -> Result<(), Error> {
    if !tree.exists() {
        return Ok(());
    }
    let removed = fs::remove_dir_all(tree).or_else(|_| {
        make_writable(tree);
        fs::remove_dir_all(tree)
    });
    removed.map_err(Error::write("old tree", tree))
}

fn make_writable(folder: &Path) {
    let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            make_writable(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_of_protected_folders_can_be_removed() {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("root");
        fs::create_dir_all(tree.join("a/b")).unwrap();
        fs::write(tree.join("a/b/file"), "x").unwrap();
        fs::set_permissions(tree.join("a/b"), fs::Permissions::from_mode(0o555)).unwrap();
        fs::set_permissions(tree.join("a"), fs::Permissions::from_mode(0o000)).unwrap();
        remove(&tree).unwrap();
        assert!(!tree.exists());
        remove(&tree).unwrap();
    }

    #[test]
    fn a_failed_build_keeps_the_old_tree_and_nothing_of_the_new() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("root")).unwrap();
        drop(Tree::new(folder.path()).unwrap());
        assert!(folder.path().join("root").exists() && !folder.path().join("root.new").exists());
    }
}
