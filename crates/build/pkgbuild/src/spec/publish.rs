//! From what rpmbuild has left to signed packages in the directory of packages: all of a recipe, or none.

use crate::error::Error;
use crate::fingerprint::Stamp;
use crate::workshop::Workshop;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What a recipe has made: the second part of its stamp.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outputs {
    /// Whether `%check` was run.
    pub(crate) checked: bool,
    /// Names of the package files.
    pub(crate) files: Vec<String>,
}

impl Outputs {
    /// The note of a stamp.
    pub(crate) fn read(note: &str) -> Self {
        let mut lines = note.lines();
        Self {
            checked: lines.next() == Some("checked"),
            files: lines.map(str::to_owned).collect(),
        }
    }

    fn note(&self) -> String {
        let state = if self.checked { "checked" } else { "not checked" };
        format!("{state}\n{}", self.files.join("\n"))
    }
}

/// The package files below a directory, sorted.
pub(crate) fn found(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let read = |source| Error::Read {
        what: "packages that rpmbuild wrote",
        path: directory.into(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(read)? {
        let path = entry.map_err(read)?.path();
        if path.extension().is_some_and(|ending| ending == "rpm") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Signs packages and puts them in place of those the recipe made before. Killed on the way, the stamp names old and new
/// ones, and the next build clears up.
pub(crate) fn publish(
    workshop: &Workshop<'_>,
    name: &str,
    rpms: &[PathBuf],
    mut outputs: Outputs,
    stamp: &Stamp,
    key: &str,
) -> Result<Vec<PathBuf>, Error> {
    let directory = workshop.packages();
    let write = |source| Error::Write {
        what: "directory of packages",
        path: directory.clone(),
        source,
    };
    fs::create_dir_all(&directory).map_err(write)?;
    let mut signed = Vec::new();
    for rpm in rpms {
        signed.push(sign(workshop, name, rpm)?);
        outputs.files.push(file_name(rpm));
    }
    let before: BTreeSet<String> = Outputs::read(&stamp.note()).files.into_iter().collect();
    let both = Outputs {
        checked: false,
        files: before.iter().chain(&outputs.files).cloned().collect(),
    };
    stamp.write("being published", &both.note())?;
    for (from, file) in signed.iter().zip(&outputs.files) {
        fs::rename(from, directory.join(file)).map_err(write)?;
    }
    for old in before.iter().filter(|old| !outputs.files.contains(old)) {
        let _ = fs::remove_file(directory.join(old));
    }
    stamp.write(key, &outputs.note())?;
    Ok(outputs.files.iter().map(|file| directory.join(file)).collect())
}

/// Beside the original, so that it can be renamed into place.
fn sign(workshop: &Workshop<'_>, name: &str, rpm: &Path) -> Result<PathBuf, Error> {
    let to = rpm.with_extension("signed");
    rpmfile::sign(rpm, &to, workshop.signer).map_err(|source| Error::Package {
        name: name.into(),
        source,
    })?;
    Ok(to)
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stamp_notes_is_read_back() {
        for checked in [true, false] {
            let outputs = Outputs {
                checked,
                files: vec!["a-1-1.x86_64.rpm".into(), "a-devel-1-1.x86_64.rpm".into()],
            };
            assert_eq!(Outputs::read(&outputs.note()), outputs);
        }
        assert_eq!(Outputs::read(""), Outputs::default());
    }
}
