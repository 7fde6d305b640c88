//! Reading the packages: in parallel, each file once, unchanged files not at all.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rpmfile::Package;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::package_xml::{Facts, Fragments};
use crate::error::Error;

/// All packages, ordered by location, and how many were really read.
pub(super) struct Scan {
    pub(super) packages: Vec<Fragments>,
    pub(super) fresh: usize,
}

/// What tells an unchanged file. The change time cannot be set by hand, so that a rebuilt package of the same size and
/// with a clamped modification time is still noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

#[derive(Clone, Serialize, Deserialize)]
struct Entry {
    version: String,
    stamp: Stamp,
    fragments: Fragments,
}

type ScanCache = HashMap<String, Entry>;

/// Reads all packages below `dir`.
pub(super) fn scan(dir: &Path, cache_path: Option<&Path>) -> Result<Scan, Error> {
    let cache = cache_path.map(load_cache).unwrap_or_default();
    let locations = list(dir)?;
    let scanned: Vec<(String, Entry, bool)> = locations
        .into_par_iter()
        .map(|location| scan_one(dir, location, &cache))
        .collect::<Result<_, _>>()?;
    check_duplicates(&scanned)?;
    let fresh = scanned.iter().filter(|(_, _, fresh)| *fresh).count();
    if let Some(path) = cache_path.filter(|_| fresh > 0) {
        store_cache(path, &scanned)?;
    }
    Ok(Scan {
        packages: scanned.into_iter().map(|(_, entry, _)| entry.fragments).collect(),
        fresh,
    })
}

/// Relative paths of all packages, sorted; `repodata` and hidden directories are not searched.
fn list(dir: &Path) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    let mut pending = vec![dir.to_owned()];
    while let Some(current) = pending.pop() {
        let failed = |source| Error::ListPackages {
            path: current.clone(),
            source,
        };
        for entry in fs::read_dir(&current).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let path = entry.path();
            if entry.file_type().map_err(failed)?.is_dir() {
                pending.extend(is_searched(&path).then_some(path));
            } else if path.extension().is_some_and(|extension| extension == "rpm") {
                found.push(location(dir, &path)?);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_searched(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name != "repodata" && !name.to_string_lossy().starts_with('.'))
}

fn location(dir: &Path, path: &Path) -> Result<String, Error> {
    let relative = path.strip_prefix(dir).unwrap_or(path).to_str();
    relative
        .map(str::to_owned)
        .ok_or_else(|| read_failed(path, "its name is not UTF-8"))
}

fn read_failed(path: &Path, reason: impl ToString) -> Error {
    Error::ReadPackage {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}

fn scan_one(dir: &Path, location: String, cache: &ScanCache) -> Result<(String, Entry, bool), Error> {
    let path = dir.join(&location);
    let stamp = stamp(&path).map_err(|error| read_failed(&path, error))?;
    match cache.get(&location) {
        Some(entry) if entry.stamp == stamp && entry.version == VERSION => {
            Ok((location, entry.clone(), false))
        }
        _ => {
            let fragments = read(&path, &location, stamp.size)?;
            Ok((
                location,
                Entry {
                    version: VERSION.to_owned(),
                    stamp,
                    fragments,
                },
                true,
            ))
        }
    }
}

/// Raise the number when what is read from a package, or how it is written, changes.
const VERSION: &str = "1";

fn stamp(path: &Path) -> io::Result<Stamp> {
    let meta = fs::metadata(path)?;
    Ok(Stamp {
        device: meta.dev(),
        inode: meta.ino(),
        size: meta.size(),
        modified: (meta.mtime(), meta.mtime_nsec()),
        changed: (meta.ctime(), meta.ctime_nsec()),
    })
}

/// Reads a file once: its headers on the way, its digest at the end.
fn read(path: &Path, location: &str, size: u64) -> Result<Fragments, Error> {
    let file = File::open(path).map_err(|error| read_failed(path, error))?;
    let mut reader = HashingReader {
        inner: BufReader::with_capacity(256 * 1024, file),
        digest: Sha256::new(),
    };
    let package = Package::read(&mut reader).map_err(|error| read_failed(path, error))?;
    io::copy(&mut reader, &mut io::sink()).map_err(|error| read_failed(path, error))?;
    let facts = Facts {
        location,
        size,
        digest: hex::encode(reader.digest.finalize()),
    };
    Fragments::new(&package, &facts).map_err(|error| read_failed(path, error))
}

struct HashingReader<R> {
    inner: R,
    digest: Sha256,
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.digest.update(&buffer[..count]);
        Ok(count)
    }
}

fn check_duplicates(scanned: &[(String, Entry, bool)]) -> Result<(), Error> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (location, entry, _) in scanned {
        if let Some(first) = seen.insert(&entry.fragments.nevra, location) {
            let nevra = entry.fragments.nevra.clone();
            return Err(Error::DuplicatePackage {
                nevra,
                first: first.to_owned(),
                second: location.clone(),
            });
        }
    }
    Ok(())
}

/// A cache that cannot be read is no cache.
fn load_cache(path: &Path) -> ScanCache {
    fs::read(path)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}

fn store_cache(path: &Path, scanned: &[(String, Entry, bool)]) -> Result<(), Error> {
    let failed = |source| Error::WriteMetadata {
        path: path.to_owned(),
        source,
    };
    let cache: BTreeMap<&String, &Entry> = scanned
        .iter()
        .map(|(location, entry, _)| (location, entry))
        .collect();
    let bytes = serde_json::to_vec(&cache).map_err(|error| failed(io::Error::other(error)))?;
    let parent = path.parent().map(PathBuf::from).unwrap_or_default();
    fs::create_dir_all(parent).map_err(failed)?;
    atomic_file::write(path, &bytes, 0o644).map_err(|error| failed(io::Error::other(error)))
}
