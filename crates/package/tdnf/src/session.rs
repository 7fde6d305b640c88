//! One run of the package manager over one root: what is installed, what the repositories offer, and what
//! is allowed.

use std::path::{Path, PathBuf};

use depsolve::{Pool, PoolBuilder, glob_match};
use keyring::Keyring;
use repodata::Freshness;

use crate::clients::Clients;
use crate::config::{MainConfig, RepoConfig, path_below};
use crate::error::Error;
use crate::installed::InstalledSet;
use crate::keys::{ConfirmKey, KeyLoader, RepoKeys};
use crate::local_files::{LABEL, LocalFiles};
use crate::repository::Repository;

/// How a session is to work.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The root to look at and to change.
    pub root: PathBuf,
    /// The machine's architecture in rpm's terms, `x86_64` or `aarch64`.
    pub arch: String,
    /// When to ask the repositories.
    pub freshness: Freshness,
    /// Overrides the cache directory of the configuration, and is not below the root.
    pub cache: Option<PathBuf>,
    /// Keys that are trusted besides those of the repositories.
    pub trusted: Option<Keyring>,
    /// Never check signatures of packages or metadata.
    pub no_gpg_check: bool,
    /// Packages never to be chosen, besides those of the configuration (patterns).
    pub excludes: Vec<String>,
    /// Ignore all excludes.
    pub no_excludes: bool,
    /// Downloads at a time.
    pub parallel: usize,
    /// Which kind of addresses to use.
    pub family: download::Family,
}

impl Settings {
    /// The usual settings for a root, on this machine's architecture.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            arch: std::env::consts::ARCH.to_owned(),
            freshness: Freshness::IfExpired,
            cache: None,
            trusted: None,
            no_gpg_check: false,
            excludes: Vec::new(),
            no_excludes: false,
            parallel: 8,
            family: download::Family::Any,
        }
    }
}

/// A run over one root.
pub struct Session {
    /// How it works.
    pub settings: Settings,
    /// What holds for all repositories.
    pub main: MainConfig,
    /// The packages of the root.
    pub installed: InstalledSet,
    /// The open repositories.
    pub repositories: Vec<Repository>,
    /// Package files named by the user.
    pub local: LocalFiles,
    /// Repositories that are configured, open or not: packages of theirs are checked as they say.
    pub(crate) known: Vec<RepoConfig>,
    pub(crate) clients: Clients,
    cache: PathBuf,
}

impl Session {
    /// Reads what is installed; opens no repository yet.
    pub fn new(settings: Settings, main: MainConfig) -> Result<Self, Error> {
        let clients = Clients::new(&settings, &main);
        let cache = settings
            .cache
            .clone()
            .unwrap_or_else(|| path_below(&settings.root, &main.cachedir));
        Ok(Self {
            installed: InstalledSet::load(&settings.root)?,
            repositories: Vec::new(),
            known: Vec::new(),
            local: LocalFiles::default(),
            clients,
            cache,
            settings,
            main,
        })
    }

    /// Opens the enabled repositories, several at a time. Messages about those that are skipped, or whose
    /// old metadata has to do, are returned.
    pub fn open_repositories(
        &mut self,
        repos: &[RepoConfig],
        confirm: ConfirmKey<'_>,
    ) -> Result<Vec<String>, Error> {
        let enabled: Vec<&RepoConfig> = repos.iter().filter(|repo| repo.enabled).collect();
        let keys: Vec<Option<RepoKeys>> = enabled
            .iter()
            .map(|repo| self.metadata_keys(repo))
            .collect::<Result<_, _>>()?;
        let keyrings = keys
            .iter()
            .map(|keys| keys.as_ref().map(|keys| keys.keyring().clone()));
        let opened = self.open_all(&enabled, keyrings.collect());
        let mut warnings = Vec::new();
        for ((config, keys), outcome) in enabled.iter().zip(keys).zip(opened) {
            match outcome {
                Ok(repository) => {
                    if let Some((keys, signer)) = keys.zip(repository.repo.signer()) {
                        keys.accept(&[signer.certificate.clone()].into(), confirm)?;
                    }
                    self.add_repository(repository, &mut warnings);
                }
                Err(error) if config.skip_if_unavailable => {
                    warnings.push(format!("repository {} is skipped: {error}", config.id));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(warnings)
    }

    fn open_all(&self, repos: &[&RepoConfig], keys: Vec<Option<Keyring>>) -> Vec<Result<Repository, Error>> {
        let open = |repo: &RepoConfig, keys: Option<Keyring>| {
            let client = self.clients.of(repo);
            Repository::open(repo.clone(), &self.cache, &client, keys, self.settings.freshness)
        };
        if let ([repo], [_]) = (repos, &keys[..]) {
            return keys.into_iter().map(|keys| open(repo, keys)).collect();
        }
        std::thread::scope(|scope| {
            let threads: Vec<_> = repos
                .iter()
                .zip(keys)
                .map(|(repo, keys)| scope.spawn(move || open(repo, keys)))
                .collect();
            let joined = threads.into_iter().map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            joined.collect()
        })
    }

    fn add_repository(&mut self, repository: Repository, warnings: &mut Vec<String>) {
        if let Some(reason) = repository.stale() {
            warnings.push(format!(
                "old metadata of repository {} is used: {reason}",
                repository.config.id
            ));
        }
        self.repositories.push(repository);
    }

    /// Keys for the metadata; none when it need not be signed.
    fn metadata_keys(&self, repo: &RepoConfig) -> Result<Option<RepoKeys>, Error> {
        if !repo.repo_gpgcheck || self.settings.no_gpg_check {
            return Ok(None);
        }
        self.keys(repo).map(Some)
    }

    /// Every key that may vouch for a repository.
    pub(crate) fn keys(&self, repo: &RepoConfig) -> Result<RepoKeys, Error> {
        let loader = KeyLoader {
            root: &self.settings.root,
            main: &self.main,
            cache: &self.cache,
            clients: &self.clients,
        };
        let mut keys = loader.load(repo)?;
        if let Some(trusted) = &self.settings.trusted {
            keys.trust(trusted.clone());
        }
        Ok(keys)
    }

    /// Adds package files as a repository of their own.
    pub fn add_files(&mut self, paths: &[PathBuf]) -> Result<(), Error> {
        self.local = LocalFiles::open(paths)?;
        Ok(())
    }

    /// The package files named by the user, as words for a request.
    pub(crate) fn local_nevras(&self) -> Vec<String> {
        self.local.nevras()
    }

    /// Everything there is, indexed for the solver.
    pub fn pool(&self) -> Pool<'_> {
        let mut builder = PoolBuilder::new().installed(&self.installed);
        for repository in &self.repositories {
            builder = builder.available(&repository.config.id, repository, repository.config.priority);
        }
        let architectures = [self.settings.arch.as_str(), "noarch"];
        let mut pool = builder
            .available(LABEL, &self.local, i32::MIN)
            .architectures(&architectures)
            .build();
        self.exclude(&mut pool);
        pool
    }

    /// Patterns of packages that are never chosen.
    pub(crate) fn exclude_patterns(&self) -> impl Iterator<Item = &String> {
        let configured = self.main.excludepkgs.iter();
        configured
            .filter(|_| !self.settings.no_excludes)
            .chain(&self.settings.excludes)
    }

    /// Applies excludes and lowest versions; files named by the user are never excluded.
    fn exclude(&self, pool: &mut Pool<'_>) {
        let patterns: Vec<&String> = self.exclude_patterns().collect();
        if patterns.is_empty() && self.main.minversions.is_empty() {
            return;
        }
        pool.exclude(|identity, label| {
            let named = |pattern: &&String| {
                glob_match(pattern, identity.name) || glob_match(pattern, &identity.to_string())
            };
            label != LABEL && (patterns.iter().any(named) || self.is_too_old(identity))
        });
    }

    pub(crate) fn is_too_old(&self, identity: &depsolve::Identity<'_>) -> bool {
        let minimum = self.main.minversions.get(identity.name);
        let evr = format!("{}:{}-{}", identity.epoch, identity.version, identity.release);
        minimum.is_some_and(|minimum| depsolve::compare_evr(&evr, minimum).is_lt())
    }

    /// Where packages and metadata are cached.
    pub fn cache_dir(&self) -> &Path {
        &self.cache
    }
}
