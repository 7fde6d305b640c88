//! Copies of repositories: files fetched to the places the repository gives them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use download::{Cache, Progress, Request};
use keyring::Keyring;
use rpmfile::Package;

use crate::config::RepoConfig;
use crate::error::Error;
use crate::fetch::{copy_whole, first, request};
use crate::plan::{Item, Origin};
use crate::repository::Repository;
use crate::session::Session;

/// Holds what is half fetched, and is removed in the end.
const PARTIAL: &str = ".tdnf-partial";

/// A package file and its place in the copy.
pub(crate) struct Wanted {
    pub(crate) item: Item,
    pub(crate) origin: Origin,
    pub(crate) place: PathBuf,
}

impl Session {
    /// Brings files to their places; those that are there already are checked and kept. Each appears under
    /// its name only when it is complete and has the digest of the metadata.
    pub(crate) fn mirror_files(
        &self,
        repository: &Repository,
        dir: &Path,
        files: &[Wanted],
        progress: Progress<'_>,
    ) -> Result<(), Error> {
        let mut missing = Vec::new();
        for file in files {
            if !is_there(file)? && !copy_local(file)? {
                missing.push(file);
            }
        }
        let partial = dir.join(PARTIAL);
        let cache = Cache::new(&partial);
        let requests: Vec<Request> = missing
            .iter()
            .map(|file| request(&file.item, &file.origin))
            .collect();
        let paths = repository
            .client()
            .fetch_all(&cache, &requests, progress)
            .map_err(first)?;
        for (file, path) in missing.iter().zip(&paths) {
            create_parent(&file.place)?;
            fs::rename(path, &file.place).map_err(Error::io("write", &file.place))?;
        }
        match fs::remove_dir_all(&partial) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", partial)(error)),
            _ => Ok(()),
        }
    }

    /// Copies the metadata as it was published: a reader of the copy finds `repomd.xml` last.
    pub(crate) fn copy_metadata(&self, repository: &Repository, dir: &Path) -> Result<(), Error> {
        let failed = |source| Error::Repo {
            repo: repository.config.id.clone(),
            source,
        };
        for record in &repository.repo.repomd().records {
            let bytes = repository
                .repo
                .metadata(repository.client(), &record.kind)
                .map_err(failed)?;
            let name = Path::new(&record.location).file_name();
            if let Some((bytes, name)) = bytes.zip(name) {
                write(&dir.join("repodata").join(name), &bytes)?;
            }
        }
        let (repomd, signature) = repository.repo.published();
        if let Some(signature) = signature {
            write(&dir.join("repodata/repomd.xml.asc"), signature)?;
        }
        write(&dir.join("repodata/repomd.xml"), repomd)
    }

    /// Checks the signature and digests of a package file.
    pub(crate) fn check_signed_file(
        &self,
        repo: &RepoConfig,
        path: &Path,
        keys: &Keyring,
    ) -> Result<String, Error> {
        let package = Package::open(path).map_err(|source| Error::PackageFile {
            path: path.to_owned(),
            source,
        })?;
        let name = path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        self.check_signed(&name, &repo.id, &package, keys)
    }
}

/// Removes package files below a directory that are not to be kept, and returns their paths. Nothing but
/// packages is touched, and symbolic links are not followed.
pub(crate) fn delete_others(dir: &Path, keep: &BTreeSet<PathBuf>) -> Result<Vec<PathBuf>, Error> {
    let mut gone = Vec::new();
    for entry in fs::read_dir(dir).map_err(Error::io("read", dir))? {
        let entry = entry.map_err(Error::io("read", dir))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(Error::io("read", &path))?;
        if kind.is_dir() {
            gone.extend(delete_others(&path, keep)?);
            // Directories that are still in use stay.
            let _ = fs::remove_dir(&path);
        } else if kind.is_file() && path.extension().is_some_and(|e| e == "rpm") && !keep.contains(&path) {
            fs::remove_file(&path).map_err(Error::io("remove", &path))?;
            gone.push(path);
        }
    }
    gone.sort();
    Ok(gone)
}

fn is_there(file: &Wanted) -> Result<bool, Error> {
    let metadata = match fs::symlink_metadata(&file.place) {
        Ok(metadata) => metadata,
        Err(_) => return Ok(false),
    };
    let right_size = metadata.is_file() && metadata.len() == file.origin.size;
    Ok(right_size && sha256(&file.place)? == file.origin.checksum.1)
}

/// Copies from a repository in the file system; false when it is elsewhere.
fn copy_local(file: &Wanted) -> Result<bool, Error> {
    let Some(source) = file.origin.local_path() else {
        return Ok(false);
    };
    create_parent(&file.place)?;
    copy_whole(&file.item, &source, &file.place)?;
    Ok(true)
}

fn sha256(path: &Path) -> Result<String, Error> {
    use sha2::{Digest, Sha256};
    let mut file = fs::File::open(path).map_err(Error::io("open", path))?;
    let mut hasher = Sha256::new();
    io::copy(&mut file, &mut hasher).map_err(Error::io("read", path))?;
    Ok(hex::encode(hasher.finalize()))
}

fn create_parent(path: &Path) -> Result<(), Error> {
    match path.parent() {
        Some(dir) => fs::create_dir_all(dir).map_err(Error::io("create", dir)),
        None => Ok(()),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    create_parent(path)?;
    let written = atomic_file::write(path, bytes, 0o644).map_err(io::Error::other);
    written.map_err(Error::io("write", path))
}
