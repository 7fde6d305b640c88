//! A repository as the package manager sees it: configured, refreshed when due, usable offline.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use download::Client;
use keyring::{Keyring, Signer};

use super::filelists::FileTable;
use super::metalink::Metalink;
use super::mirrors::{self, MirrorSource};
use super::other::{self, Changelog};
use super::package_ref::PackageRef;
use super::package_table::PackageTable;
use super::store::Store;
use super::{decompress, digest, fetch, filelists_parse, parse_primary, repomd_xml, updateinfo};
use crate::advisory::Advisory;
use crate::error::Error;
use crate::repomd::{Record, Repomd};

/// Where a repository is and how far it is trusted.
#[derive(Debug, Clone)]
pub struct Config {
    /// Its name in the configuration.
    pub id: String,
    /// Where it is, in order of preference: `http(s)://`, `file://` or an absolute path. Local ones are used in place.
    pub base_urls: Vec<String>,
    /// A list of mirrors, asked before `base_urls`.
    pub mirrors: Option<MirrorSource>,
    /// The directory of this repository's cache.
    pub cache_dir: PathBuf,
    /// With keys, `repomd.xml` must bear a good signature by one of them. Without, the metadata is not authenticated.
    pub keyring: Option<Keyring>,
    /// How long a refresh is good for; for ever when there is none.
    pub expire: Option<Duration>,
}

/// When to ask the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Never: only what is in the cache.
    CacheOnly,
    /// When the cache is too old or missing. If that fails, an old cache is used and [`Repo::stale`] says why.
    IfExpired,
    /// Now. Failure is an error; the cache stays as it was.
    Always,
}

/// A repository that is ready to be searched.
#[derive(Debug)]
pub struct Repo {
    config: Config,
    state: State,
    packages: PackageTable,
    files: OnceLock<FileTable>,
    offline: bool,
    stale: Option<Error>,
}

/// A verified `repomd.xml`.
#[derive(Debug)]
struct State {
    bytes: Vec<u8>,
    digest: [u8; 32],
    repomd: Repomd,
    signature: Option<Vec<u8>>,
    signer: Option<Signer>,
}

impl Repo {
    /// Opens a repository.
    pub fn load(config: Config, client: &Client, freshness: Freshness) -> Result<Self, Error> {
        let store = Store::new(&config.cache_dir);
        match freshness {
            Freshness::CacheOnly => Self::from_cache(config, &store).map(|repo| Self {
                offline: true,
                ..repo
            }),
            Freshness::Always => Self::refresh(config, client, &store),
            Freshness::IfExpired if is_fresh(&config, &store) => {
                match Self::from_cache(config.clone(), &store) {
                    Ok(repo) => Ok(repo),
                    Err(_) => Self::refresh(config, client, &store),
                }
            }
            Freshness::IfExpired => Self::refresh_or_cached(config, client, &store),
        }
    }

    fn ready(config: Config, state: State, packages: PackageTable) -> Self {
        Self {
            config,
            state,
            packages,
            files: OnceLock::new(),
            offline: false,
            stale: None,
        }
    }

    fn refresh_or_cached(config: Config, client: &Client, store: &Store) -> Result<Self, Error> {
        match Self::refresh(config.clone(), client, store) {
            Ok(repo) => Ok(repo),
            Err(error) => match Self::from_cache(config, store) {
                Ok(repo) => Ok(Self {
                    stale: Some(error),
                    ..repo
                }),
                Err(_) => Err(error),
            },
        }
    }

    /// The cache, verified as if it had just been fetched: the demand for a signature may be newer than it.
    fn from_cache(config: Config, store: &Store) -> Result<Self, Error> {
        let config = mirrors::known(config, store);
        let state = match is_local_only(&config) {
            true => fetch_state(&config, &Client::default(), None)?.0,
            false => cached_state(&config, store)?,
        };
        let packages = open_packages(&config, store, &state, None)?;
        Ok(Self::ready(config, state, packages))
    }

    fn refresh(config: Config, client: &Client, store: &Store) -> Result<Self, Error> {
        if is_local_only(&config) {
            let (state, _) = fetch_state(&config, client, None)?;
            let packages = open_packages(&config, store, &state, Some(client))?;
            return Ok(Self::ready(config, state, packages));
        }
        let _lock = store.lock()?;
        let (config, metalink) = mirrors::ask(config, client, store)?;
        let (state, base) = fetch_state(&config, client, metalink.as_ref())?;
        mirrors::remember(&config, store, &base);
        let cached = cached_state(&config, store).ok();
        if let Some(cached) = &cached {
            check_rollback(&config, cached, &state)?;
        }
        let packages = open_packages(&config, store, &state, Some(client))?;
        if cached.is_none_or(|cached| cached.digest != state.digest) {
            keep_updateinfo(&config, client, store, &state)?;
            store.commit(&state.digest, &state.bytes, state.signature.as_deref())?;
            store.clean(&state.digest, &state.repomd);
        }
        store.touch()?;
        Ok(Self::ready(config, state, packages))
    }

    /// Its name in the configuration.
    pub fn id(&self) -> &str {
        &self.config.id
    }

    /// How it is configured.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Its packages.
    pub fn packages(&self) -> &PackageTable {
        &self.packages
    }

    /// The verified `repomd.xml`.
    pub fn repomd(&self) -> &Repomd {
        &self.state.repomd
    }

    /// `repomd.xml` as it was published, and its signature when one was demanded: for copies of the repository.
    pub fn published(&self) -> (&[u8], Option<&[u8]>) {
        (&self.state.bytes, self.state.signature.as_deref())
    }

    /// Who signed `repomd.xml`; nothing when no signature was demanded.
    pub fn signer(&self) -> Option<&Signer> {
        self.state.signer.as_ref()
    }

    /// Why an old cache is in use, if it is.
    pub fn stale(&self) -> Option<&Error> {
        self.stale.as_ref()
    }

    /// Where a package can be fetched from, in order of preference.
    pub fn package_urls(&self, package: PackageRef<'_>) -> Vec<String> {
        match package.location_base() {
            "" => self
                .config
                .base_urls
                .iter()
                .map(|base| fetch::join(base, package.location()))
                .collect(),
            base => vec![fetch::join(base, package.location())],
        }
    }

    /// All paths of all packages. The first call fetches and reads the list, unless that was done before.
    pub fn files(&self, client: &Client) -> Result<&FileTable, Error> {
        if let Some(files) = self.files.get() {
            return Ok(files);
        }
        let files = self.open_files(client)?;
        Ok(self.files.get_or_init(|| files))
    }

    fn open_files(&self, client: &Client) -> Result<FileTable, Error> {
        let store = Store::new(&self.config.cache_dir);
        if let Ok(files) = store.open_files(self.state.digest) {
            return Ok(files);
        }
        let Some(record) = self.state.repomd.record("filelists") else {
            return Err(bad(
                &self.config,
                "repomd.xml",
                "it does not name a filelists file",
            ));
        };
        let damaged = |reason| bad(&self.config, &record.location, reason);
        let parse = || {
            let bytes = self.metadata_file(client, record)?;
            let source = decompress::open(&bytes, record.open_size).map_err(|error| error.to_string());
            let parsed = source.and_then(|source| filelists_parse::parse(source, &self.packages));
            parsed.map_err(damaged)
        };
        let digest = self.state.digest;
        if let Ok(mut file) = store.create_files(&digest)
            && parse()?.write(file.file_mut(), digest).is_ok()
            && file.commit().is_ok()
            && let Ok(files) = store.open_files(digest)
        {
            return Ok(files);
        }
        let bytes = parse()?.bytes(digest);
        bytes
            .and_then(|bytes| FileTable::from_bytes(bytes, digest))
            .map_err(|error| damaged(error.to_string()))
    }

    /// All advisories; none when the repository publishes none.
    pub fn advisories(&self, client: &Client) -> Result<Vec<Advisory>, Error> {
        let Some(record) = self.state.repomd.record("updateinfo") else {
            return Ok(Vec::new());
        };
        let bytes = self.metadata_file(client, record)?;
        let source = decompress::open(&bytes, record.open_size).map_err(|error| error.to_string());
        source
            .and_then(updateinfo::parse)
            .map_err(|reason| bad(&self.config, &record.location, reason))
    }

    /// The change logs of packages, by the packages' checksums; none when the repository publishes none.
    pub fn changelogs(
        &self,
        client: &Client,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<BTreeMap<String, Vec<Changelog>>, Error> {
        let Some(record) = self.state.repomd.record("other") else {
            return Ok(BTreeMap::new());
        };
        let bytes = self.metadata_file(client, record)?;
        let source = decompress::open(&bytes, record.open_size).map_err(|error| error.to_string());
        source
            .and_then(|source| other::parse(source, wanted))
            .map_err(|reason| bad(&self.config, &record.location, reason))
    }

    /// A metadata file of any kind as it is published (compressed), verified; nothing when there is none.
    pub fn metadata(&self, client: &Client, kind: &str) -> Result<Option<Vec<u8>>, Error> {
        self.state
            .repomd
            .record(kind)
            .map(|record| self.metadata_file(client, record))
            .transpose()
    }

    fn metadata_file(&self, client: &Client, record: &Record) -> Result<Vec<u8>, Error> {
        let store = Store::new(&self.config.cache_dir);
        let client = (!self.offline).then_some(client);
        read_file(&self.config, &store, record, client)
    }
}

/// Makes the cache in `cache_dir` count as expired, without losing it.
pub fn expire(cache_dir: &Path) -> Result<(), Error> {
    let failed = |source| Error::StoreMetadata {
        path: cache_dir.to_owned(),
        source,
    };
    Store::new(cache_dir).expire().map_err(failed)
}

fn is_local_only(config: &Config) -> bool {
    config.mirrors.is_none() && config.base_urls.iter().all(|base| fetch::is_local(base))
}

fn is_fresh(config: &Config, store: &Store) -> bool {
    let age = store.age();
    age.is_some_and(|age| config.expire.is_none_or(|expire| age < expire)) && !is_local_only(config)
}

fn bad(config: &Config, file: &str, reason: impl Into<String>) -> Error {
    Error::BadMetadata {
        id: config.id.clone(),
        file: file.to_owned(),
        reason: reason.into(),
    }
}

/// Fetches and verifies `repomd.xml` from the first address where that works, and says which it was. With
/// several, each is tried once before one is tried again: what is down is not waited for.
fn fetch_state(
    config: &Config,
    client: &Client,
    metalink: Option<&Metalink>,
) -> Result<(State, String), Error> {
    let mut last = Error::FetchMetadata {
        id: config.id.clone(),
        reason: "it has no base address".to_owned(),
    };
    for patient in [false, true] {
        if !patient && config.base_urls.len() < 2 {
            continue;
        }
        for base in client.by_health(&config.base_urls) {
            match fetch_state_from(config, client, base, metalink, patient) {
                Ok(state) => return Ok((state, base.clone())),
                Err(error) => last = error,
            }
        }
    }
    Err(last)
}

fn fetch_state_from(
    config: &Config,
    client: &Client,
    base: &str,
    metalink: Option<&Metalink>,
    patient: bool,
) -> Result<State, Error> {
    let get = |name: &str| {
        let url = fetch::join(base, name);
        let failed = |error: download::Error| Error::FetchMetadata {
            id: config.id.clone(),
            reason: error.to_string(),
        };
        fetch::get(client, &url, fetch::REPOMD_LIMIT, patient).map_err(failed)
    };
    let bytes = get("repodata/repomd.xml")?;
    if metalink.is_some_and(|metalink| !metalink.describes(&bytes)) {
        return Err(Error::NotAsDescribed {
            id: config.id.clone(),
            base: download::without_credentials(base),
        });
    }
    let signature = config
        .keyring
        .as_ref()
        .map(|_| get("repodata/repomd.xml.asc"))
        .transpose()?;
    verified(config, bytes, signature)
}

fn cached_state(config: &Config, store: &Store) -> Result<State, Error> {
    let missing = |_| Error::NoCache {
        id: config.id.clone(),
        path: config.cache_dir.clone(),
    };
    let bytes = store.repomd().map_err(missing)?;
    let signature = store.signature(&digest::sha256(&bytes)).ok();
    verified(config, bytes, signature)
}

/// The signature comes first: nothing is parsed that nobody vouches for.
fn verified(config: &Config, bytes: Vec<u8>, signature: Option<Vec<u8>>) -> Result<State, Error> {
    let untrusted = |source| Error::UntrustedMetadata {
        id: config.id.clone(),
        source,
    };
    let signer = match &config.keyring {
        Some(keyring) => {
            let signature = signature.as_deref().unwrap_or_default();
            Some(keyring.verify_detached(&bytes, signature).map_err(untrusted)?)
        }
        None => None,
    };
    let repomd = repomd_xml::parse(&bytes).map_err(|reason| bad(config, "repomd.xml", reason))?;
    Ok(State {
        digest: digest::sha256(&bytes),
        bytes,
        repomd,
        signature,
        signer,
    })
}

/// A signed but older state, served again, would hide updates. Only numbers can be compared, and only where signatures
/// make them mean something.
fn check_rollback(config: &Config, cached: &State, offered: &State) -> Result<(), Error> {
    let revision = |state: &State| state.repomd.revision.parse::<u64>().ok();
    match (revision(cached), revision(offered)) {
        (Some(old), Some(new)) if new < old && offered.signer.is_some() => Err(Error::Rollback {
            id: config.id.clone(),
            cached: old,
            offered: new,
        }),
        _ => Ok(()),
    }
}

/// Opens the package cache, or makes it from primary.
fn open_packages(
    config: &Config,
    store: &Store,
    state: &State,
    client: Option<&Client>,
) -> Result<PackageTable, Error> {
    if let Ok(packages) = store.open_packages(state.digest) {
        return Ok(packages);
    }
    let record = state
        .repomd
        .record("primary")
        .ok_or_else(|| bad(config, "repomd.xml", "it does not name a primary file"))?;
    let damaged = |reason| bad(config, &record.location, reason);
    let parse = || {
        let bytes = read_file(config, store, record, client)?;
        let source = decompress::open(&bytes, record.open_size).map_err(|error| error.to_string());
        source.and_then(parse_primary::parse).map_err(damaged)
    };
    let digest = state.digest;
    if let Ok(mut file) = store.create_packages(&digest)
        && parse()?.write(file.file_mut(), digest).is_ok()
        && file.commit().is_ok()
        && let Ok(packages) = store.open_packages(digest)
    {
        return Ok(packages);
    }
    // Without a cache it is only slower the next time; a refresh that cannot store fails when it commits.
    let bytes = parse()?.bytes(digest);
    bytes
        .and_then(|bytes| PackageTable::from_bytes(bytes, digest))
        .map_err(|error| damaged(error.to_string()))
}

/// A metadata file from the cache or else from the repository, verified either way.
fn read_file(
    config: &Config,
    store: &Store,
    record: &Record,
    client: Option<&Client>,
) -> Result<Vec<u8>, Error> {
    if let Ok(bytes) = store.file(record)
        && fetch::check(&bytes, record).is_ok()
    {
        return Ok(bytes);
    }
    let local = is_local_only(config);
    let own = Client::default();
    let client = match client {
        Some(client) => client,
        None if local => &own,
        None => {
            return Err(Error::NotCached {
                id: config.id.clone(),
                file: record.location.clone(),
            });
        }
    };
    let bytes = fetch::fetch(client, &config.id, &config.base_urls, record)?;
    if !local {
        store.save_file(record, &bytes)?;
    }
    Ok(bytes)
}

/// Advisories are small and wanted offline too.
fn keep_updateinfo(config: &Config, client: &Client, store: &Store, state: &State) -> Result<(), Error> {
    match state.repomd.record("updateinfo") {
        Some(record) => read_file(config, store, record, Some(client)).map(drop),
        None => Ok(()),
    }
}
