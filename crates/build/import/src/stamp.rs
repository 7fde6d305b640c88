//! What was made of which input, so that nothing is converted twice.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::ImportError;

/// The record of one recipe's conversion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    key: String,
    /// Names and sizes of the RPMs.
    files: Vec<(String, u64)>,
}

impl Stamp {
    pub(crate) fn new(key: &str, rpms: &[PathBuf]) -> Self {
        let size = |path: &Path| fs::metadata(path).map_or(0, |meta| meta.len());
        let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
        let files = rpms
            .iter()
            .filter_map(|path| Some((name(path)?, size(path))))
            .collect();
        Self {
            key: key.to_owned(),
            files,
        }
    }
}

/// The records of one directory of RPMs, kept in it under `.import`.
pub(crate) struct Stamps {
    dir: PathBuf,
}

impl Stamps {
    pub(crate) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// Makes the directories.
    pub(crate) fn prepare(&self) -> Result<(), ImportError> {
        let dir = self.dir.join(".import");
        fs::create_dir_all(&dir).map_err(output("create", &dir))
    }

    /// Whether the recipe was converted from just this input and its RPMs are still there.
    pub(crate) fn is_current(&self, recipe: &str, key: &str) -> bool {
        self.get(recipe)
            .is_some_and(|stamp| stamp.key == key && stamp.files.iter().all(|file| self.is_there(file)))
    }

    fn is_there(&self, (name, size): &(String, u64)) -> bool {
        fs::metadata(self.dir.join(name)).is_ok_and(|meta| meta.len() == *size)
    }

    /// Records a conversion and removes RPMs of the last one that it did not make again.
    pub(crate) fn put(&self, recipe: &str, stamp: &Stamp) -> Result<(), ImportError> {
        let kept = |name: &String| stamp.files.iter().any(|(other, _)| other == name);
        for (name, _) in self.get(recipe).into_iter().flat_map(|old| old.files) {
            if !kept(&name) {
                self.remove(&self.dir.join(name))?;
            }
        }
        let path = self.path(recipe);
        let bytes = serde_json::to_vec(stamp).map_err(|error| output("write", &path)(error.into()))?;
        atomic_file::write(&path, &bytes, 0o644)
            .map_err(|error| output("write", &path)(io::Error::other(error)))
    }

    /// The RPMs of a recipe.
    pub(crate) fn files(&self, recipe: &str) -> Vec<PathBuf> {
        let stamp = self.get(recipe).map(|stamp| stamp.files).unwrap_or_default();
        stamp.into_iter().map(|(name, _)| self.dir.join(name)).collect()
    }

    /// Removes records, with their RPMs, of recipes that are not wanted.
    pub(crate) fn remove_unless(&self, wanted: &dyn Fn(&str) -> bool) -> Result<(), ImportError> {
        let Ok(entries) = fs::read_dir(self.dir.join(".import")) else {
            return Ok(());
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(recipe) = name.strip_suffix(".json").filter(|recipe| !wanted(recipe)) else {
                continue;
            };
            for file in self.files(recipe) {
                self.remove(&file)?;
            }
            self.remove(&entry.path())?;
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> Result<(), ImportError> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(output("remove", path)(error)),
            _ => Ok(()),
        }
    }

    fn get(&self, recipe: &str) -> Option<Stamp> {
        serde_json::from_slice(&fs::read(self.path(recipe)).ok()?).ok()
    }

    fn path(&self, recipe: &str) -> PathBuf {
        self.dir.join(".import").join(format!("{recipe}.json"))
    }
}

fn output(action: &'static str, path: &Path) -> impl Fn(io::Error) -> ImportError {
    let path = path.to_owned();
    move |source| ImportError::Output {
        action,
        path: path.clone(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(dir: &Path, names: &[&str]) -> Vec<PathBuf> {
        let paths: Vec<PathBuf> = names.iter().map(|name| dir.join(name)).collect();
        paths.iter().for_each(|path| fs::write(path, "rpm").unwrap());
        paths
    }

    #[test]
    fn a_recipe_is_current_while_its_input_and_output_are_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let stamps = Stamps::new(dir.path());
        stamps.prepare().unwrap();
        assert!(!stamps.is_current("a", "k1"));
        let rpms = made(dir.path(), &["a-1.rpm"]);
        stamps.put("a", &Stamp::new("k1", &rpms)).unwrap();
        assert!(stamps.is_current("a", "k1"));
        assert!(!stamps.is_current("a", "k2"));
        fs::write(&rpms[0], "cut")
            .and_then(|()| fs::write(&rpms[0], "c"))
            .unwrap();
        assert!(!stamps.is_current("a", "k1"), "another size");
        fs::remove_file(&rpms[0]).unwrap();
        assert!(!stamps.is_current("a", "k1"), "gone");
    }

    #[test]
    fn a_new_version_removes_the_old_rpm_and_a_dropped_recipe_all() {
        let dir = tempfile::tempdir().unwrap();
        let stamps = Stamps::new(dir.path());
        stamps.prepare().unwrap();
        stamps
            .put(
                "a",
                &Stamp::new("k1", &made(dir.path(), &["a-1.rpm", "a-doc-1.rpm"])),
            )
            .unwrap();
        stamps
            .put("a", &Stamp::new("k2", &made(dir.path(), &["a-2.rpm"])))
            .unwrap();
        made(dir.path(), &["foreign.rpm"]);
        assert!(!dir.path().join("a-1.rpm").exists() && !dir.path().join("a-doc-1.rpm").exists());
        stamps.remove_unless(&|name| name != "a").unwrap();
        assert!(!dir.path().join("a-2.rpm").exists() && dir.path().join("foreign.rpm").exists());
        assert_eq!(stamps.files("a"), Vec::<PathBuf>::new());
    }
}
