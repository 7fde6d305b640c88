//! Where things are: the project, and the directory of results in it.

use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// The checked-out project.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    root: PathBuf,
}

impl Project {
    /// The directory given, or the nearest one around the working directory that has `distro/import`.
    pub(crate) fn find(given: Option<&Path>) -> anyhow::Result<Self> {
        let here = env::current_dir().context("cannot find the working directory")?;
        match given {
            Some(root) if is_project(root) => Ok(Self {
                root: here.join(root),
            }),
            Some(root) => bail!("{} is not the project: it has no distro/import", root.display()),
            None => Self::around(&here),
        }
    }

    fn around(here: &Path) -> anyhow::Result<Self> {
        let found = here.ancestors().find(|dir| is_project(dir));
        let root = found.with_context(|| {
            format!(
                "no project around {}: no directory above it has distro/import; change into the project or name it \
                 with --project DIR",
                here.display()
            )
        })?;
        Ok(Self {
            root: root.to_owned(),
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The import recipes.
    pub(crate) fn recipes(&self) -> PathBuf {
        self.root.join("distro/import")
    }

    /// The pins of what is imported.
    pub(crate) fn lock(&self) -> PathBuf {
        self.recipes().join("lumen.lock")
    }

    /// The recipes of our own packages.
    pub(crate) fn packages(&self) -> PathBuf {
        self.root.join("distro/packages")
    }

    /// The descriptions of images.
    pub(crate) fn images(&self) -> PathBuf {
        self.root.join("distro/images")
    }

    /// What kernels put behind the command line of an image, a file for each that does.
    pub(crate) fn kernel_cmdlines(&self) -> PathBuf {
        self.root.join("distro/kernel/cmdline")
    }

    /// The results of one image.
    pub(crate) fn image(&self, name: &str) -> PathBuf {
        self.build().join("image").join(name)
    }

    /// Everything that is made.
    pub(crate) fn build(&self) -> PathBuf {
        self.root.join("build")
    }

    /// Keeps other lumen commands from changing the results at the same time, for as long as the value lives.
    pub(crate) fn lock_build(&self, waiting: impl FnOnce(&str)) -> anyhow::Result<File> {
        let path = self.build().join(".lock");
        let failed = || format!("cannot lock {}", path.display());
        fs::create_dir_all(self.build())
            .with_context(|| format!("cannot create {}", self.build().display()))?;
        let file = File::create(&path).with_context(failed)?;
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => waiting("Waiting for another lumen that works in build/"),
            Err(TryLockError::Error(error)) => return Err(error).with_context(failed),
        }
        file.lock().with_context(failed)?;
        Ok(file)
    }

    /// The packages, imported and our own, in a directory per architecture.
    pub(crate) fn rpms(&self) -> PathBuf {
        self.build().join("rpms")
    }

    /// The repositories, one per architecture.
    pub(crate) fn repo(&self) -> PathBuf {
        self.build().join("repo")
    }

    /// What is remembered of packages that were read for a repository.
    pub(crate) fn scan_cache(&self, arch: &str) -> PathBuf {
        self.build().join("cache").join(format!("packages-{arch}"))
    }

    /// Metadata of repositories that are installed from.
    pub(crate) fn metadata_cache(&self) -> PathBuf {
        self.build().join("cache/metadata")
    }

    /// The signing key, unless another directory is given.
    pub(crate) fn keys(&self, given: Option<&Path>) -> PathBuf {
        given.map_or_else(|| self.build().join("keys"), Path::to_owned)
    }
}

fn is_project(dir: &Path) -> bool {
    dir.join("distro/import").is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_is_found_from_below() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("distro/import/files");
        std::fs::create_dir_all(&deep).unwrap();
        assert_eq!(Project::around(&deep).unwrap().root(), dir.path());
        assert!(Project::find(Some(&deep)).is_err());
    }

    #[test]
    fn two_commands_take_turns() {
        let dir = tempfile::tempdir().unwrap();
        let project = Project {
            root: dir.path().to_owned(),
        };
        let first = project.lock_build(|_| panic!("nobody else is there")).unwrap();
        let told = std::sync::Mutex::new(String::new());
        std::thread::scope(|scope| {
            let second = scope.spawn(|| {
                project
                    .lock_build(|text| *told.lock().unwrap() = text.to_owned())
                    .unwrap()
            });
            while told.lock().unwrap().is_empty() {
                std::thread::yield_now();
            }
            assert!(!second.is_finished());
            drop(first);
            second.join().unwrap();
        });
    }

    #[test]
    fn outside_the_error_says_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        assert!(
            Project::around(dir.path())
                .unwrap_err()
                .to_string()
                .contains("--project")
        );
    }
}
