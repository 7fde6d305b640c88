//! Package files: fetched in parallel, checked against what the repository announced, and only then read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
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
    /// Those that were put into the cache.
    pub(crate) fetched: Vec<PathBuf>,
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
        let signers: Vec<Option<String>> = items
            .par_iter()
            .zip(&paths)
            .map(check)
            .collect::<Result<_, _>>()?;
        for (label, keys) in &keys {
            let ours = items.iter().zip(&signers).filter(|(item, _)| item.repo == *label);
            keys.accept(&ours.filter_map(|(_, signer)| signer.clone()).collect(), confirm)?;
        }
        Ok(Files { paths, fetched })
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
            copy_whole(path, &target).map_err(Error::io("write", &target))?;
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
            let in_place = local_path(origin);
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

    /// Checks one file; the answer is the certificate that vouches for it.
    fn check(
        &self,
        item: &Item,
        path: &Path,
        keys: &BTreeMap<String, RepoKeys>,
    ) -> Result<Option<String>, Error> {
        if let Some(origin) = item.origin.as_ref().filter(|origin| local_path(origin).is_some()) {
            check_digest(item, origin, path)?;
        }
        let failed = |source| Error::PackageFile {
            path: path.to_owned(),
            source,
        };
        let package = Package::open(path).map_err(failed)?;
        let signer = match keys.get(&item.repo) {
            Some(keys) => Some(self.check_signed(&item.nevra(), &item.repo, &package, keys.keyring())?),
            None => package.verify_digests().map(|_| None).map_err(failed)?,
        };
        package.header.nevra().map_err(failed)?;
        let found = crate::installed::identity(&package.header).to_string();
        if found == item.nevra() {
            return Ok(signer);
        }
        Err(Error::WrongPackage {
            path: path.display().to_string(),
            expected: item.nevra(),
            found,
        })
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

fn copy_whole(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    let mut target = atomic_file::AtomicFile::create_with_mode(to, 0o644).map_err(io::Error::other)?;
    io::copy(&mut source, target.file_mut())?;
    target.commit_without_sync().map_err(io::Error::other)
}

/// File names of packages have no epoch.
fn without_epoch(evr: &str) -> &str {
    evr.split_once(':').map_or(evr, |(_, rest)| rest)
}

/// Files of local repositories and files named by the user are used where they are.
fn local_path(origin: &Origin) -> Option<PathBuf> {
    let url = origin.urls.first()?;
    let path = url.strip_prefix("file://").unwrap_or(url);
    path.starts_with('/').then(|| PathBuf::from(path))
}

fn request(item: &Item, origin: &Origin) -> Request {
    Request {
        name: item.nevra(),
        urls: origin.urls.clone(),
        sha256: origin.checksum.1.to_ascii_lowercase(),
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
            .find(&request.sha256, request.size)
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

fn first(errors: Vec<(usize, download::Error)>) -> Error {
    match errors.into_iter().next() {
        Some((_, source)) => Error::Download { source },
        None => Error::NoData,
    }
}

/// Size and SHA-256 of a local file against the repository's metadata.
fn check_digest(item: &Item, origin: &Origin, path: &Path) -> Result<(), Error> {
    if origin.repo == LABEL {
        return Ok(());
    }
    let wrong = |found: String| Error::WrongPackage {
        path: path.display().to_string(),
        expected: format!(
            "{} with {} {}",
            item.nevra(),
            origin.checksum.0,
            origin.checksum.1
        ),
        found,
    };
    let mut file = File::open(path).map_err(Error::io("open", path))?;
    let size = file.metadata().map_err(Error::io("read", path))?.len();
    if size != origin.size {
        return Err(wrong(format!(
            "a file of {size} bytes instead of {}",
            origin.size
        )));
    }
    let mut hasher = Sha256::new();
    io::copy(&mut file, &mut hasher).map_err(Error::io("read", path))?;
    let digest = hex::encode(hasher.finalize());
    if digest.eq_ignore_ascii_case(&origin.checksum.1) {
        Ok(())
    } else {
        Err(wrong(format!("a file with {digest}")))
    }
}
