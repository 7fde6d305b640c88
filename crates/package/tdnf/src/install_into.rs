//! Filling a root: what the image builder and the tools root need, in one call.

use std::path::{Path, PathBuf};

use download::Progress;
use keyring::Keyring;
use repodata::Freshness;
use transaction::{Listener, Silent};

use crate::config::{MainConfig, RepoConfig};
use crate::error::Error;
use crate::execute::{Execution, Report};
use crate::lock::RootLock;
use crate::request::{Limits, Request};
use crate::session::{Session, Settings};

/// How a root is filled.
#[derive(Clone)]
pub struct InstallOptions<'a> {
    /// The architecture of the root, `x86_64` or `aarch64`.
    pub arch: String,
    /// Keys packages and metadata may be signed with, besides those the repositories name.
    pub trusted: Keyring,
    /// Where metadata and packages are cached; not inside the root.
    pub cache: PathBuf,
    /// Install documentation.
    pub documentation: bool,
    /// Follow recommendations.
    pub weak_dependencies: bool,
    /// Run scriptlets and triggers.
    pub scriptlets: bool,
    /// Survive a power cut; an image under construction does without.
    pub durable: bool,
    /// The time to record instead of the clock.
    pub source_date_epoch: Option<u32>,
    /// Whether the history records it.
    pub history: bool,
    /// Is told about downloads.
    pub downloads: Progress<'a>,
    /// Is told about the transaction.
    pub listener: &'a dyn Listener,
}

impl InstallOptions<'_> {
    /// For an image under construction: reproducible, without documentation and recommendations.
    pub fn image(trusted: Keyring, cache: impl Into<PathBuf>, source_date_epoch: u32) -> Self {
        Self {
            arch: std::env::consts::ARCH.to_owned(),
            trusted,
            cache: cache.into(),
            documentation: false,
            weak_dependencies: false,
            scriptlets: true,
            durable: false,
            source_date_epoch: Some(source_date_epoch),
            history: true,
            downloads: &|_| (),
            listener: &Silent,
        }
    }

    fn transaction(&self) -> transaction::Options {
        let base = transaction::Options {
            documentation: self.documentation,
            scriptlets: self.scriptlets,
            ..transaction::Options::default()
        };
        match self.source_date_epoch {
            Some(time) => transaction::Options {
                durable: self.durable,
                keep_undo: 0,
                time: Some(time),
                color: u32::from(self.arch == "x86_64") * 3,
                ..base
            },
            None => transaction::Options {
                durable: self.durable,
                ..base
            },
        }
    }
}

/// Installs packages, and what they need, into the root `root` from `repos`. What is there already stays.
///
/// # Errors
/// When a package is unknown, the requests contradict each other, a file cannot be had or is not trusted, or
/// the transaction fails. The root is then as it was before.
pub fn install_into(
    root: &Path,
    repos: &[RepoConfig],
    specs: &[&str],
    options: &InstallOptions<'_>,
) -> Result<Report, Error> {
    std::fs::create_dir_all(root).map_err(Error::io("create", root))?;
    let lock = RootLock::take(root, |_| ())?;
    crate::recovery::recover(root, &MainConfig::default(), options.listener)?;
    let session = open(root, repos, options)?;
    let request = Request::Install(specs.iter().map(|&spec| spec.to_owned()).collect());
    let limits = Limits {
        weak_dependencies: options.weak_dependencies,
        ..Limits::default()
    };
    let plan = match session.plan(&request, &limits) {
        Err(Error::NothingToDo) => return Ok(Report::default()),
        plan => plan?,
    };
    session.execute(&plan, &execution(specs, options), &lock)
}

fn open(root: &Path, repos: &[RepoConfig], options: &InstallOptions<'_>) -> Result<Session, Error> {
    let settings = Settings {
        arch: options.arch.clone(),
        cache: Some(options.cache.clone()),
        trusted: Some(options.trusted.clone()),
        freshness: Freshness::IfExpired,
        ..Settings::new(root)
    };
    let mut session = Session::new(settings, MainConfig::default())?;
    session.open_repositories(repos, &|_, _, _| false)?;
    Ok(session)
}

fn execution<'a>(specs: &[&str], options: &InstallOptions<'a>) -> Execution<'a> {
    Execution {
        transaction: options.transaction(),
        command: format!("install {}", specs.join(" ")),
        history: options.history,
        downloads: options.downloads,
        listener: options.listener,
        ..Execution::default()
    }
}
