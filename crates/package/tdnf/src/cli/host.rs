//! What the command does, for programs that are no command: the management API.
//!
//! Which repositories there are and whether signatures are checked is what the host's configuration says; a caller cannot
//! change that.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use repodata::{Advisory, AdvisoryPackage, Freshness};

use super::advice::{Applies, Filter, advice, names_to_fix};
use super::context::{load_main, variables};
use super::past;
use super::record::Package;
use super::scope::{self, Scope};
use crate::config::{MainConfig, RepoConfig, load_repos};
use crate::error::Error;
use crate::history::{Entry, History};
use crate::lock::RootLock;
use crate::plugins::Plugins;
use crate::request::{Limits, Request};
use crate::session::{Session, Settings};

/// Which packages are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Installed and available ones.
    All,
    /// Installed ones.
    Installed,
    /// Available ones.
    Available,
    /// Newer versions of installed ones.
    Upgrades,
    /// Older versions of installed ones.
    Downgrades,
}

/// A package, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Name.
    pub name: String,
    /// Architecture.
    pub arch: String,
    /// Epoch.
    pub epoch: u32,
    /// Version.
    pub version: String,
    /// Release.
    pub release: String,
    /// Its repository, `@System` for installed ones.
    pub repo: String,
    /// Bytes when installed.
    pub install_size: u64,
    /// One line about it.
    pub summary: String,
    /// All about it.
    pub description: String,
    /// Its home.
    pub url: String,
    /// Its licence.
    pub license: String,
}

/// What to do with transactions of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// Take one back.
    Undo,
    /// Do one again.
    Redo,
    /// Go back to just after one.
    Rollback,
}

impl Past {
    fn verb(self) -> &'static str {
        match self {
            Past::Undo => "undo",
            Past::Redo => "redo",
            Past::Rollback => "rollback",
        }
    }
}

/// A root with its configuration.
#[derive(Clone, Debug)]
pub struct Host {
    /// The root.
    pub root: PathBuf,
    /// What holds for all repositories.
    pub main: MainConfig,
}

impl Host {
    /// Reads the configuration of a root.
    pub fn new(root: &Path) -> Result<Self, Error> {
        Ok(Self {
            root: root.to_owned(),
            main: load_main(root, None)?,
        })
    }

    /// Takes the root's lock and completes what was interrupted.
    pub fn lock(&self, waiting: impl FnOnce(&Path)) -> Result<RootLock, Error> {
        let lock = RootLock::take(&self.root, waiting)?;
        crate::recovery::recover(&self.root, &self.main, &transaction::Silent)?;
        Ok(lock)
    }

    /// What is installed; no repository is open.
    pub fn installed(&self) -> Result<Session, Error> {
        self.session(Freshness::CacheOnly, &[])
    }

    fn session(&self, freshness: Freshness, excludes: &[String]) -> Result<Session, Error> {
        let settings = Settings {
            freshness,
            excludes: excludes.to_vec(),
            ..Settings::new(&self.root)
        };
        Session::new(settings, self.main.clone())
    }

    /// The configured repositories.
    pub fn repositories(&self, session: &Session) -> Result<Vec<RepoConfig>, Error> {
        let variables = variables(&self.root, &self.main, session, None);
        let mut repos = load_repos(&self.root, &self.main, &variables)?;
        let plugins = Plugins::new(&self.root, &self.main, false, &[]);
        repos.iter_mut().for_each(|repo| drop(plugins.apply(repo)));
        Ok(repos)
    }

    /// A session with the enabled repositories open, and what is to be said about them. A key that the host does not
    /// know yet is not trusted: there is nobody to ask.
    pub fn with_repositories(
        &self,
        freshness: Freshness,
        excludes: &[String],
    ) -> Result<(Session, Vec<String>), Error> {
        let mut session = self.session(freshness, excludes)?;
        let repos = self.repositories(&session)?;
        if !repos.iter().any(|repo| repo.enabled) {
            let dirs: Vec<String> = self
                .main
                .reposdir
                .iter()
                .map(|dir| dir.display().to_string())
                .collect();
            return Err(Error::NoRepos {
                dirs: dirs.join(", "),
            });
        }
        let warnings = session.open_repositories(&repos, &|_, _, _| false)?;
        Ok((session, warnings))
    }

    /// How far the solver goes when nothing else is said.
    pub fn limits(&self) -> Result<Limits, Error> {
        let auto_installed = match History::read(&self.root, &self.main.persistdir)? {
            Some(history) => history.auto_installed()?,
            None => BTreeSet::new(),
        };
        Ok(Limits {
            weak_dependencies: self.main.install_weak_deps,
            auto_installed,
            ..Limits::default()
        })
    }

    /// Transactions of the past, the oldest first.
    pub fn history(&self) -> Result<Vec<Entry>, Error> {
        match History::read(&self.root, &self.main.persistdir)? {
            Some(history) => history.entries(),
            None => Ok(Vec::new()),
        }
    }

    /// What takes a transaction back, does it again, or goes back to it.
    pub fn past(&self, what: Past, id: i64) -> Result<Request, Error> {
        past::wanted(what.verb(), &id.to_string(), &self.history()?)
    }

    /// The transaction with this number, and under which number it keeps what it replaced, if it is the newest and still
    /// does: it is then taken back without any repository, by [`Session::undo`].
    pub fn kept(&self, id: i64) -> Result<Option<(Entry, u64)>, Error> {
        let entries = self.history()?;
        let Some(entry) = entries.iter().find(|entry| entry.id == id) else {
            return Ok(None);
        };
        let kept = past::kept(&self.root, &self.main, entry, &entries)?;
        Ok(kept.map(|kept| (entry.clone(), kept)))
    }

    /// Marks installed packages as wanted, or as there for others' sake. The caller holds the root's lock.
    pub fn mark(&self, names: &[String], auto: bool, command: &str, _lock: &RootLock) -> Result<(), Error> {
        super::maintain::check_installed(&self.installed()?, names)?;
        History::open(&self.root, &self.main.persistdir)?.mark(names, auto, command)
    }

    /// Removes cached packages and metadata.
    pub fn clean(&self) -> Result<(), Error> {
        super::maintain::clean_all(self.installed()?.cache_dir())
    }
}

/// The packages of a session that the words stand for.
pub fn list(session: &Session, listing: Listing, words: &[String]) -> Vec<Described> {
    let scope = match listing {
        Listing::All => Scope::All,
        Listing::Installed => Scope::Installed,
        Listing::Available => Scope::Available,
        Listing::Upgrades => Scope::Upgrades,
        Listing::Downgrades => Scope::Downgrades,
    };
    let found = scope::select(session, scope, words);
    found.into_iter().map(described).collect()
}

/// The packages of a session, installed or not, that provide a capability or a file.
pub fn providers(session: &Session, what: &str) -> Result<Vec<Described>, Error> {
    let found = super::query::providers(session, what)?;
    Ok(found.into_iter().map(described).collect())
}

fn described(package: Package<'_>) -> Described {
    let of = package.described();
    Described {
        name: of.listed.name,
        arch: of.listed.arch,
        repo: of.listed.repo,
        epoch: of.epoch,
        version: of.version,
        release: of.release,
        install_size: of.install_size,
        summary: of.summary,
        description: of.description,
        url: of.url,
        license: of.license,
    }
}

/// Advisories about installed packages whose fix is not installed, with the packages that are the fix here.
pub fn advisories(
    session: &Session,
    security: bool,
    severity: Option<f32>,
) -> Result<Vec<(Advisory, Vec<AdvisoryPackage>)>, Error> {
    let found = advice(session, Applies::Available, &Filter::new(security, severity), &[])?;
    Ok(found
        .into_iter()
        .map(|one| (one.advisory, one.packages))
        .collect())
}

/// Names of installed packages that an advisory about security has a fix for.
pub fn security_fixes(session: &Session, words: &[String]) -> Result<Vec<String>, Error> {
    let names = names_to_fix(session, &Filter::new(true, None), words)?;
    Ok(names.into_iter().collect())
}

/// Whether something that runs is older than what is installed. What cannot be looked at counts as not.
pub fn restart_needed(root: &Path) -> bool {
    let found = crate::running::outdated(Path::new("/proc"), &crate::running::kept_dir(root));
    found.is_ok_and(|(found, _)| !found.is_empty())
}
