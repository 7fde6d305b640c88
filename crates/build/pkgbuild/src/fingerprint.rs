//! Whether something must be built again: a digest over everything the result depends on.

use crate::error::Error;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// Collects what a result depends on. Every part is framed by its length, so that no two lists of parts run together.
#[derive(Clone, Default)]
pub(crate) struct Fingerprint(Sha256);

impl Fingerprint {
    /// Starts with the version of the code that makes the result: a change there makes everything old.
    pub(crate) fn new(what: &str) -> Self {
        Self::default().with(what).with(env!("CARGO_PKG_VERSION"))
    }

    /// Adds one part.
    pub(crate) fn with(mut self, part: impl AsRef<[u8]>) -> Self {
        self.add(part);
        self
    }

    /// Adds one part.
    pub(crate) fn add(&mut self, part: impl AsRef<[u8]>) {
        let part = part.as_ref();
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    /// Adds the content of a file.
    pub(crate) fn add_file(&mut self, path: &Path) -> Result<(), Error> {
        let bytes = fs::read(path).map_err(|source| Error::Read {
            what: "input",
            path: path.into(),
            source,
        })?;
        self.add(bytes);
        Ok(())
    }

    /// Adds every file below a directory: its path from there and its content.
    pub(crate) fn add_directory(&mut self, directory: &Path) -> Result<(), Error> {
        for file in files_below(directory)? {
            let name = file.strip_prefix(directory).unwrap_or(&file);
            self.add(name.as_os_str().as_encoded_bytes());
            self.add_file(&file)?;
        }
        Ok(())
    }

    /// The digest in hexadecimal.
    pub(crate) fn finish(self) -> String {
        hex::encode(self.0.finalize())
    }
}

/// Every file below `directory`, sorted.
fn files_below(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let read = |source| Error::Read {
        what: "input directory",
        path: directory.into(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(read)? {
        let path = entry.map_err(read)?.path();
        match path.is_dir() {
            true => found.extend(files_below(&path)?),
            false => found.push(path),
        }
    }
    found.sort();
    Ok(found)
}

/// The record of what a result was made from, beside the result.
#[derive(Debug, Clone)]
pub(crate) struct Stamp {
    path: PathBuf,
}

impl Stamp {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Whether the result made from `fingerprint` is there: what [`Stamp::write`] noted down for it, if so.
    pub(crate) fn matching(&self, fingerprint: &str) -> Option<String> {
        let text = fs::read_to_string(&self.path).ok()?;
        let (made_from, note) = text.split_once('\n')?;
        (made_from == fingerprint).then(|| note.trim_end().to_owned())
    }

    /// What was noted down last, whatever the result was made from; empty when there is nothing.
    pub(crate) fn note(&self) -> String {
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        let note = text.split_once('\n').map(|(_, note)| note.trim_end().to_owned());
        note.unwrap_or_default()
    }

    /// Records that the result was made, with some lines to remember about it.
    pub(crate) fn write(&self, fingerprint: &str, note: &str) -> Result<(), Error> {
        let write = |source| Error::Write {
            what: "stamp",
            path: self.path.clone(),
            source,
        };
        fs::create_dir_all(self.path.parent().unwrap_or(Path::new("."))).map_err(write)?;
        fs::write(&self.path, format!("{fingerprint}\n{note}\n")).map_err(write)
    }

    /// Forgets the result, before it is made anew: a build that is cut off must not look finished.
    pub(crate) fn forget(&self) -> Result<(), Error> {
        match fs::remove_file(&self.path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(Error::Write {
                what: "stamp",
                path: self.path.clone(),
                source,
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        let one = Fingerprint::new("t").with("ab").with("c").finish();
        let other = Fingerprint::new("t").with("a").with("bc").finish();
        assert_ne!(one, other);
    }

    #[test]
    fn a_directory_counts_by_names_and_contents() {
        let root = tempfile::tempdir().unwrap();
        let digest = || {
            let mut fingerprint = Fingerprint::new("t");
            fingerprint.add_directory(root.path()).unwrap();
            fingerprint.finish()
        };
        fs::write(root.path().join("a"), "1").unwrap();
        let first = digest();
        assert_eq!(digest(), first);
        fs::write(root.path().join("a"), "2").unwrap();
        let changed = digest();
        assert_ne!(changed, first);
        fs::rename(root.path().join("a"), root.path().join("b")).unwrap();
        assert_ne!(digest(), changed);
    }

    #[test]
    fn a_stamp_matches_only_its_own_fingerprint() {
        let root = tempfile::tempdir().unwrap();
        let stamp = Stamp::new(root.path().join("deep/x.stamp"));
        assert_eq!(stamp.matching("f"), None);
        stamp.write("f", "x-1-1.noarch.rpm").unwrap();
        assert_eq!(stamp.matching("f").as_deref(), Some("x-1-1.noarch.rpm"));
        assert_eq!(stamp.matching("g"), None);
        stamp.forget().unwrap();
        assert_eq!(stamp.matching("f"), None);
    }
}
