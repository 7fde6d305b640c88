//! `--repofromdir`: a directory of packages without metadata, as a repository.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use repodata::{WriteOptions, write_repo};

use crate::error::Error;

/// The address of a directory of packages. When it has no metadata of its own, a directory of links to its
/// packages gets some, below `cache`: the directory itself is not written to.
pub(crate) fn address(id: &str, dir: &Path, cache: &Path) -> Result<String, Error> {
    let dir = fs::canonicalize(dir).map_err(Error::io("find", dir))?;
    if dir.join("repodata/repomd.xml").is_file() {
        return Ok(dir.display().to_string());
    }
    let mirror = cache.join(format!("{id}-directory"));
    link_all(&dir, &mirror)?;
    let options = WriteOptions {
        scan_cache: Some(cache.join(format!("{id}-directory.scan"))),
        ..WriteOptions::new(0)
    };
    write_repo(&mirror, &options).map_err(|source| Error::Repo {
        repo: id.to_owned(),
        source,
    })?;
    Ok(mirror.display().to_string())
}

/// Makes `mirror` hold a link to each package of `dir`, and none else.
fn link_all(dir: &Path, mirror: &Path) -> Result<(), Error> {
    fs::create_dir_all(mirror).map_err(Error::io("create", mirror))?;
    for old in packages(mirror)? {
        fs::remove_file(&old).map_err(Error::io("remove", &old))?;
    }
    for package in packages(dir)? {
        let Some(name) = package.file_name() else { continue };
        let link = mirror.join(name);
        match symlink(&package, &link) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(Error::io("link", link)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Package files of a directory, by name. Directories below it are not looked into.
pub(crate) fn packages(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = fs::read_dir(dir).map_err(Error::io("read", dir))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "rpm"));
    paths.sort();
    Ok(paths)
}
