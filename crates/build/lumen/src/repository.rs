//! A repository from the packages that were made: links to them, and signed metadata.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use repodata::{WriteOptions, Written, write_repo};

use crate::keys::Keys;

/// A repository to be written.
pub(crate) struct Repository<'a> {
    /// Where the packages are.
    pub(crate) packages: PathBuf,
    /// Which files of them to leave out.
    pub(crate) leave_out: &'a dyn Fn(&str) -> bool,
    /// Where the repository goes.
    pub(crate) dir: PathBuf,
    /// Where to remember what was read from packages.
    pub(crate) scan_cache: PathBuf,
    /// Signs the metadata.
    pub(crate) keys: &'a Keys,
    /// The date of the metadata.
    pub(crate) time: u32,
}

impl Repository<'_> {
    /// Makes the repository hold exactly the packages there are.
    pub(crate) fn write(&self) -> anyhow::Result<Written> {
        let mut names = packages(&self.packages)?;
        names.retain(|name| !(self.leave_out)(&name.to_string_lossy()));
        collect(&self.packages, &names, &self.dir.join("Packages"))?;
        let options = WriteOptions {
            signer: Some(&self.keys.signing),
            scan_cache: Some(self.scan_cache.clone()),
            ..WriteOptions::new(self.time)
        };
        Ok(write_repo(&self.dir, &options)?)
    }
}

/// The file names of the packages in a directory.
fn packages(dir: &Path) -> anyhow::Result<BTreeSet<OsString>> {
    let entries = fs::read_dir(dir).with_context(|| {
        format!(
            "cannot read {}; run `lumen import` to make packages",
            dir.display()
        )
    })?;
    let names = entries.flatten().map(|entry| entry.file_name());
    let rpms: BTreeSet<OsString> = names.filter(|name| is_rpm(Path::new(name))).collect();
    match rpms.is_empty() {
        true => bail!(
            "there are no packages in {}; run `lumen import` to make some",
            dir.display()
        ),
        false => Ok(rpms),
    }
}

fn is_rpm(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "rpm")
}

/// Makes `to` hold exactly these packages.
fn collect(from: &Path, names: &BTreeSet<OsString>, to: &Path) -> anyhow::Result<()> {
    let failed = || format!("cannot put the packages into {}", to.display());
    fs::create_dir_all(to).with_context(failed)?;
    for entry in fs::read_dir(to).with_context(failed)?.flatten() {
        if !names.contains(&entry.file_name()) {
            fs::remove_file(entry.path()).with_context(failed)?;
        }
    }
    names
        .iter()
        .try_for_each(|name| link(&from.join(name), &to.join(name)))
        .with_context(failed)
}

/// A hard link where possible: the packages are not needed twice. One that is there already stays as it is.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    if same_file(from, to) {
        return Ok(());
    }
    match fs::remove_file(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(drop))
}

fn same_file(left: &Path, right: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |path: &Path| fs::metadata(path).map(|meta| (meta.dev(), meta.ino())).ok();
    identity(left).is_some_and(|left| identity(right) == Some(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_holds_exactly_the_packages() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("rpms"), dir.path().join("repo/Packages"));
        fs::create_dir_all(&from).unwrap();
        fs::create_dir_all(&to).unwrap();
        fs::write(from.join("a-1.rpm"), "a").unwrap();
        fs::write(from.join("notes.txt"), "n").unwrap();
        fs::write(to.join("old-1.rpm"), "o").unwrap();
        fs::write(to.join("a-1.rpm"), "an earlier build").unwrap();
        collect(&from, &packages(&from).unwrap(), &to).unwrap();
        let names: Vec<_> = fs::read_dir(&to)
            .unwrap()
            .flatten()
            .map(|entry| entry.file_name())
            .collect();
        assert_eq!(names, ["a-1.rpm"]);
        assert_eq!(fs::read(to.join("a-1.rpm")).unwrap(), b"a");
    }

    #[test]
    fn without_packages_the_error_says_how_to_make_some() {
        let dir = tempfile::tempdir().unwrap();
        for dir in [dir.path().to_owned(), dir.path().join("missing")] {
            assert!(format!("{:#}", packages(&dir).unwrap_err()).contains("lumen import"));
        }
    }
}
