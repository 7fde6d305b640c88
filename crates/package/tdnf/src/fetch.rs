//! Package files: fetched in parallel, checked against what the repository announced, and only then read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use download::{Cache, Client, Progress, Request};
use keyring::Keyring;
use rayon::prelude::*;
use rpmfile::Package;
use sha2::{Digest, Sha256};

use crate::config::RepoConfig;
use crate::error::Error;
use crate::keys::{ConfirmKey, RepoKeys};
use crate::local_files::LABEL;
use crate::plan::{Item, Origin, Plan};
use crate::session::Session;

/// Packages named by address come without a size to expect.
const MAX_PACKAGE: u64 = 4 << 30;

/// Package files of the items that come, ready to be installed.
pub(crate) struct Files {
    /// In the order of the items.
    pub(crate) paths: Vec<PathBuf>,
    /// What was checked: the fingerprint of each package.
    pub(crate) fingerprints: Vec<[u8; 32]>,
    /// Those that were put into the cache.
    pub(crate) fetched: Vec<PathBuf>,
}

/// A package file that is what it should be.
struct Checked {
    fingerprint: [u8; 32],
    /// The certificate that vouches for it.
    signer: Option<String>,
}

impl Session {
    /// Brings all files here and checks size, digest, signature, and that each holds what was announced.
    pub(crate) fn fetch_packages(
        &self,
        items: &[&Item],
        confirm: ConfirmKey<'_>,
        progress: Progress<'_>,
    ) -> Result<Files, Error> {
        let (paths, fetched) = self.fetch_files(items, progress)?;
        let keys = self.package_keys(items)?;
        let check = |(item, path): (&&Item, &PathBuf)| self.check(item, path, &keys);
        let checked: Vec<Checked> = items
            .par_iter()
            .zip(&paths)
            .map(check)
            .collect::<Result<_, _>>()?;
        for (label, keys) in &keys {
            let ours = items.iter().zip(&checked).filter(|(item, _)| item.repo == *label);
            let signers = ours.filter_map(|(_, checked)| checked.signer.clone());
            keys.accept(&signers.collect(), confirm)?;
        }
        Ok(Files {
            paths,
            fingerprints: checked.iter().map(|checked| checked.fingerprint).collect(),
            fetched,
        })
    }

    /// Fetches a package file named by its address.
    pub(crate) fn fetch_file(&self, url: &str) -> Result<PathBuf, Error> {
        let bytes = self
            .clients
            .shared()
            .get_bytes(url, MAX_PACKAGE)
            .map_err(|source| Error::Download { source })?;
        let dir = self.cache_dir().join("rpms");
        std::fs::create_dir_all(&dir).map_err(Error::io("create", &dir))?;
        let path = dir.join(format!("{}.rpm", hex::encode(Sha256::digest(&bytes))));
        let stored = atomic_file::write(&path, &bytes, 0o644).map_err(io::Error::other);
        stored.map_err(Error::io("write", &path))?;
        Ok(path)
    }

    /// Copies the files of a plan, fetched and checked before, to a directory of the user's.
    pub(crate) fn copy_packages(&self, plan: &Plan, dir: &Path) -> Result<(), Error> {
        let items: Vec<&Item> = plan.items.iter().filter(|item| item.comes()).collect();
        let (paths, _) = self.fetch_files(&items, &|_| ())?;
        let items: Vec<Item> = items.into_iter().cloned().collect();
        self.copy_files(&items, &paths, dir).map(drop)
    }

    /// Copies files to a directory under their packages' names, each whole or not at all.
    pub(crate) fn copy_files(
        &self,
        items: &[Item],
        paths: &[PathBuf],
        dir: &Path,
    ) -> Result<Vec<PathBuf>, Error> {
        std::fs::create_dir_all(dir).map_err(Error::io("create", dir))?;
        let copy = |(item, path): (&Item, &PathBuf)| {
            let name = format!("{}-{}.{}.rpm", item.name, without_epoch(&item.evr), item.arch);
            let target = dir.join(name);
            copy_whole(item, path, &target)?;
            Ok(target)
        };
        items.iter().zip(paths).map(copy).collect()
    }

    fn fetch_files(
        &self,
        items: &[&Item],
        progress: Progress<'_>,
    ) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Error> {
        let cache = Cache::new(self.cache_dir().join("rpms"));
        let mut places: Vec<Option<PathBuf>> = Vec::with_capacity(items.len());
        let mut requests = Vec::new();
        for item in items {
            let Some(origin) = &item.origin else { continue };
            require_sha256(item, origin)?;
            let in_place = origin.local_path();
            if in_place.is_none() {
                requests.push((item.repo.as_str(), request(item, origin)));
            }
            places.push(in_place);
        }
        if self.settings.freshness == repodata::Freshness::CacheOnly {
            require_cached(&cache, items, &requests)?;
        }
        let fetched = self.fetch_requests(&cache, requests, progress)?;
        let mut next = fetched.iter().cloned();
        let paths = places
            .into_iter()
            .filter_map(|place| place.or_else(|| next.next()))
            .collect();
        Ok((paths, fetched))
    }

    /// Each repository's files over its own client, all repositories at the same time; in the order of the
    /// requests.
    fn fetch_requests(
        &self,
        cache: &Cache,
        requests: Vec<(&str, Request)>,
        progress: Progress<'_>,
    ) -> Result<Vec<PathBuf>, Error> {
        let mut groups: Vec<(Arc<Client>, Vec<usize>, Vec<Request>)> = Vec::new();
        let count = requests.len();
        for (number, (label, request)) in requests.into_iter().enumerate() {
            let client = self.clients.of(&self.config_of(label));
            let place = groups.iter().position(|(known, ..)| Arc::ptr_eq(known, &client));
            let place = place.unwrap_or_else(|| {
                groups.push((client, Vec::new(), Vec::new()));
                groups.len() - 1
            });
            groups[place].1.push(number);
            groups[place].2.push(request);
        }
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let fetch = |(client, _, requests): &'_ (Arc<Client>, _, Vec<Request>)| {
                client.fetch_all(cache, requests, progress).map_err(first)
            };
            let threads: Vec<_> = groups
                .iter()
                .map(|group| scope.spawn(move || fetch(group)))
                .collect();
            let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
            joined
                .map(|outcome| outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        let mut paths = vec![PathBuf::new(); count];
        for ((_, numbers, _), outcome) in groups.iter().zip(outcomes) {
            numbers
                .iter()
                .zip(outcome?)
                .for_each(|(number, path)| paths[*number] = path);
        }
        Ok(paths)
    }

    /// The keys of every repository that has to sign its packages.
    fn package_keys(&self, items: &[&Item]) -> Result<BTreeMap<String, RepoKeys>, Error> {
        let mut keys = BTreeMap::new();
        if self.settings.no_gpg_check {
            return Ok(keys);
        }
        let labels: BTreeSet<&str> = items.iter().map(|item| item.repo.as_str()).collect();
        for label in labels {
            let config = self.config_of(label);
            if !config.gpgcheck {
                continue;
            }
            let trusted = match label {
                LABEL => self.all_keys()?,
                _ => self.keys(&config)?,
            };
            keys.insert(label.to_owned(), trusted);
        }
        Ok(keys)
    }

    /// The settings of a repository, open or only configured; one that is neither has no keys of its own.
    fn config_of(&self, label: &str) -> RepoConfig {
        let open = self.repositories.iter().map(|repository| &repository.config);
        let found = open.chain(&self.known).find(|config| config.id == label);
        found.cloned().unwrap_or_else(|| RepoConfig {
            gpgcheck: self.main.gpgcheck,
            ..RepoConfig::new(label, "")
        })
    }

    /// Files named by the user may be signed with any key that some repository trusts.
    fn all_keys(&self) -> Result<RepoKeys, Error> {
        let mut keys = self.keys(&RepoConfig::new(LABEL, ""))?;
        for repository in &self.repositories {
            keys.extend(self.keys(&repository.config)?);
        }
        Ok(keys)
    }

    /// Checks one file. The headers that are looked at are those that had the right digest, and their fingerprint is
    /// what the transaction compares with: a file that is exchanged meanwhile is refused.
    fn check(&self, item: &Item, path: &Path, keys: &BTreeMap<String, RepoKeys>) -> Result<Checked, Error> {
        let failed = |source| Error::PackageFile {
            path: path.to_owned(),
            source,
        };
        let package = match item
            .origin
            .as_ref()
            .filter(|origin| origin.local_path().is_some())
        {
            Some(origin) if origin.repo == LABEL => self.open_named(path)?,
            Some(origin) => open_described(item, origin, path)?,
            None => Package::open(path).map_err(failed)?,
        };
        let signer = match keys.get(&item.repo) {
            Some(keys) => Some(self.check_signed(&item.nevra(), &item.repo, &package, keys.keyring())?),
            None => package.verify_digests().map(|_| None).map_err(failed)?,
        };
        package.header.nevra().map_err(failed)?;
        let found = crate::installed::identity(&package.header).to_string();
        if found == item.nevra() {
            let fingerprint = package.fingerprint();
            return Ok(Checked { fingerprint, signer });
        }
        Err(Error::WrongPackage {
            path: path.display().to_string(),
            expected: item.nevra(),
            found,
        })
    }

    /// Opens a file that the user has named; it must be the one that was planned with.
    fn open_named(&self, path: &Path) -> Result<Package, Error> {
        let package = Package::open(path).map_err(|source| Error::PackageFile {
            path: path.to_owned(),
            source,
        })?;
        let planned = self.local.fingerprint(path);
        if planned.is_some_and(|planned| planned != package.fingerprint()) {
            let path = path.to_owned();
            let source = transaction::Error::Exchanged { path };
            return Err(Error::Transaction { source });
        }
        Ok(package)
    }

    /// Checks the signature and digests of a package file, and says whose it is; `name` is for messages.
    pub(crate) fn check_signed(
        &self,
        name: &str,
        repo: &str,
        package: &Package,
        keyring: &Keyring,
    ) -> Result<String, Error> {
        let refused = |code, reason: String| Error::Untrusted {
            code,
            package: name.to_owned(),
            repo: repo.to_owned(),
            reason,
        };
        if package.signatures().is_empty() {
            let reason = "it is not signed, and gpgcheck=1 is set for the repository".to_owned();
            return Err(refused(1510, reason));
        }
        if keyring.is_empty() {
            return Err(Error::NoKey {
                package: name.to_owned(),
                repo: repo.to_owned(),
                trusted: self.main.trusted_keys.display().to_string(),
            });
        }
        keyring
            .verify_package(package)
            .map(|signer| signer.certificate)
            .map_err(|error| match error {
                keyring::Error::DamagedPackage { .. } => refused(1528, error.to_string()),
                other => refused(1514, other.to_string()),
            })
    }
}

/// File names of packages have no epoch.
fn without_epoch(evr: &str) -> &str {
    evr.split_once(':').map_or(evr, |(_, rest)| rest)
}

pub(crate) fn request(item: &Item, origin: &Origin) -> Request {
    Request {
        name: item.nevra(),
        urls: origin.urls.clone(),
        digest: origin.checksum.1.to_ascii_lowercase(),
        size: origin.size,
    }
}

/// Digests with known collisions prove nothing, and other good ones are not in use.
fn require_sha256(item: &Item, origin: &Origin) -> Result<(), Error> {
    if origin.repo == LABEL || origin.checksum.0 == "sha256" {
        return Ok(());
    }
    Err(Error::Untrusted {
        code: 1528,
        package: item.nevra(),
        repo: item.repo.clone(),
        reason: format!(
            "its digest is of the kind {:?}, only sha256 is accepted",
            origin.checksum.0
        ),
    })
}

fn require_cached(cache: &Cache, items: &[&Item], requests: &[(&str, Request)]) -> Result<(), Error> {
    for (_, request) in requests {
        let found = cache
            .find(&request.digest, request.size)
            .map_err(|source| Error::Download { source })?;
        if found.is_none() {
            let item = items.iter().find(|item| item.nevra() == request.name);
            return Err(Error::NotCached {
                repo: item.map_or_else(String::new, |item| item.repo.clone()),
            });
        }
    }
    Ok(())
}

pub(crate) fn first(errors: Vec<(usize, download::Error)>) -> Error {
    match errors.into_iter().next() {
        Some((_, source)) => Error::Download { source },
        None => Error::NoData,
    }
}

/// Opens a package file of a local repository: one reading yields the headers, and size and SHA-256 of the whole, to be
/// compared with the repository's metadata.
fn open_described(item: &Item, origin: &Origin, path: &Path) -> Result<Package, Error> {
    let mut hashing = Hashing::open(path)?;
    let package = Package::read(&mut hashing);
    io::copy(&mut hashing, &mut io::sink()).map_err(Error::io("read", path))?;
    hashing.require(item, origin, path)?;
    let failed = |source| Error::PackageFile {
        path: path.to_owned(),
        source,
    };
    Ok(package.map_err(failed)?.at(path))
}

/// A file whose digest is taken while it is read.
struct Hashing {
    file: BufReader<File>,
    hasher: Sha256,
    size: u64,
}

impl Hashing {
    fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        Ok(Self {
            file: BufReader::with_capacity(1 << 16, file),
            hasher: Sha256::new(),
            size: 0,
        })
    }

    /// An error unless all that was read is what the repository describes.
    fn require(self, item: &Item, origin: &Origin, path: &Path) -> Result<(), Error> {
        let digest = hex::encode(self.hasher.finalize());
        let found = match digest.eq_ignore_ascii_case(&origin.checksum.1) {
            _ if self.size != origin.size => {
                format!("a file of {} bytes instead of {}", self.size, origin.size)
            }
            true => return Ok(()),
            false => format!("a file with {digest}"),
        };
        let (kind, value) = &origin.checksum;
        Err(Error::WrongPackage {
            path: path.display().to_string(),
            expected: format!("{} with {kind} {value}", item.nevra()),
            found,
        })
    }
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        self.size += count as u64;
        Ok(count)
    }
}

/// Copies a file whole or not at all; a file of a repository only if it is what the repository describes.
pub(crate) fn copy_whole(item: &Item, from: &Path, to: &Path) -> Result<(), Error> {
    let mut source = Hashing::open(from)?;
    let write = Error::io("write", to);
    let mut target = atomic_file::AtomicFile::create_with_mode(to, 0o644)
        .map_err(|error| Error::io("write", to)(io::Error::other(error)))?;
    io::copy(&mut source, target.file_mut()).map_err(write)?;
    if let Some(origin) = item.origin.as_ref().filter(|origin| origin.repo != LABEL) {
        source.require(item, origin, from)?;
    }
    let written = target.commit_without_sync().map_err(io::Error::other);
    written.map_err(Error::io("write", to))
}
