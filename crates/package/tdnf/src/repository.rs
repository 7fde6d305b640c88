//! A repository that is open, as the solver sees it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use depsolve::{Identity, PackageSource, Relation, RelationKind};
use download::Client;
use keyring::Keyring;
use repodata::{DependencyKind, Freshness, MirrorSource, PackageRef, Repo};
use sha2::{Digest, Sha256};

use crate::config::RepoConfig;
use crate::error::Error;

/// An open repository.
pub struct Repository {
    /// How it is configured.
    pub config: RepoConfig,
    /// Its metadata.
    pub repo: Repo,
    client: Arc<Client>,
    files_failure: OnceLock<String>,
}

impl Repository {
    /// Opens it; the metadata is verified before anything is read from it.
    pub(crate) fn open(
        config: RepoConfig,
        cache: &Path,
        client: &Arc<Client>,
        keys: Option<Keyring>,
        freshness: Freshness,
    ) -> Result<Self, Error> {
        let settings = repodata::Config {
            id: config.id.clone(),
            base_urls: config.baseurl.clone(),
            mirrors: mirrors(&config),
            cache_dir: cache.join(cache_name(&config)),
            keyring: keys,
            expire: config.metadata_expire,
        };
        let failed = |source| match source {
            repodata::Error::NoCache { .. } => Error::NotCached {
                repo: config.id.clone(),
            },
            source => Error::Repo {
                repo: config.id.clone(),
                source,
            },
        };
        let repo = Repo::load(settings, client, freshness).map_err(failed)?;
        Ok(Self {
            config,
            repo,
            client: Arc::clone(client),
            files_failure: OnceLock::new(),
        })
    }

    /// What it is reached with.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// A package by its number.
    pub fn package(&self, index: usize) -> Option<PackageRef<'_>> {
        self.repo.packages().package(index as u32)
    }

    /// Why old metadata is in use, if it is.
    pub fn stale(&self) -> Option<String> {
        self.repo.stale().map(ToString::to_string)
    }

    /// All packages that contain a path: from primary, or else from the complete lists.
    fn files_owners(&self, path: &str) -> Vec<usize> {
        let known: Vec<usize> = self
            .repo
            .packages()
            .primary_file_owners(path)
            .map(|p| p.id() as usize)
            .collect();
        if !known.is_empty() || self.config.skip_md_filelists || listed_in_primary(path) {
            return known;
        }
        match self.repo.files(&self.client) {
            Ok(files) => files.owners(path).into_iter().map(|id| id as usize).collect(),
            Err(error) => {
                self.files_failure.get_or_init(|| error.to_string());
                Vec::new()
            }
        }
    }

    /// Why the complete file lists could not be read, if they were asked for: a package may seem to be missing
    /// because of that.
    pub(crate) fn files_failure(&self) -> Option<&str> {
        self.files_failure.get().map(String::as_str)
    }
}

/// As in the original, a metalink goes before a list of mirrors.
fn mirrors(config: &RepoConfig) -> Option<MirrorSource> {
    let metalink = config.metalink.clone().map(MirrorSource::Metalink);
    metalink.or_else(|| config.mirrorlist.clone().map(MirrorSource::List))
}

/// Paths that every writer of primary puts there (createrepo_c, `misc.c`): the complete lists know no more.
fn listed_in_primary(path: &str) -> bool {
    path.starts_with("/etc/") || path.contains("bin/") || path == "/usr/lib/sendmail"
}

/// The directory of a repository's cache, as the original names it: the id and a part of the digest of its
/// address, so that a new address never meets an old cache.
pub(crate) fn cache_name(config: &RepoConfig) -> PathBuf {
    let digest = hex::encode(Sha256::digest(config.address().as_bytes()));
    PathBuf::from(format!("{}-{}", config.id, &digest[..8]))
}

fn kind_of(kind: RelationKind) -> DependencyKind {
    match kind {
        RelationKind::Provides => DependencyKind::Provides,
        RelationKind::Requires => DependencyKind::Requires,
        RelationKind::Conflicts => DependencyKind::Conflicts,
        RelationKind::Obsoletes => DependencyKind::Obsoletes,
        RelationKind::Recommends => DependencyKind::Recommends,
        RelationKind::Suggests => DependencyKind::Suggests,
        RelationKind::Supplements => DependencyKind::Supplements,
        RelationKind::Enhances => DependencyKind::Enhances,
    }
}

/// Visits the relations of a package.
pub(crate) fn relations<'a>(
    package: PackageRef<'a>,
    kind: RelationKind,
    visit: &mut dyn FnMut(Relation<'a>),
) {
    for dependency in package.dependencies(kind_of(kind)) {
        visit(Relation {
            name: dependency.name,
            flags: dependency.flags.0,
            evr: dependency.evr,
        });
    }
}

/// Name, version and architecture, borrowed from the mapped cache.
pub(crate) fn identity(package: PackageRef<'_>) -> Identity<'_> {
    Identity {
        name: package.name(),
        epoch: package.epoch(),
        version: package.version(),
        release: package.release(),
        arch: package.arch(),
    }
}

const NOBODY: Identity<'static> = Identity {
    name: "",
    epoch: 0,
    version: "",
    release: "",
    arch: "",
};

impl PackageSource for Repository {
    fn len(&self) -> usize {
        self.repo.packages().len()
    }

    fn identity(&self, index: usize) -> Identity<'_> {
        self.package(index).map_or(NOBODY, identity)
    }

    fn relations<'a>(&'a self, index: usize, kind: RelationKind, visit: &mut dyn FnMut(Relation<'a>)) {
        let Some(package) = self.package(index) else {
            return;
        };
        relations(package, kind, visit);
    }

    fn owners(&self, path: &str) -> Vec<usize> {
        self.files_owners(path)
    }
}
