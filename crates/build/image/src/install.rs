//! Filling the tree with packages: the same solver and the same transaction as on a running host.

use crate::definition::Definition;
use crate::error::Error;
use crate::initramfs::INIT_PROGRAM;
use keyring::Keyring;
use repodata::Freshness;
use std::path::Path;
use tdnf::{Execution, Limits, MainConfig, RepoConfig, Request, RootLock, Session, Settings};

/// Where packages come from and whom to trust.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    /// A repository: a folder with repodata.
    pub(crate) repository: &'a Path,
    /// Keys its packages and metadata are signed with.
    pub(crate) trusted: &'a Keyring,
    /// Where metadata is cached.
    pub(crate) cache: &'a Path,
}

/// Installs the definition's packages and all they need into an empty tree.
pub(crate) fn install(
    root: &Path,
    definition: &Definition,
    architecture: &str,
    source: Source<'_>,
    epoch: u64,
) -> Result<(), Error> {
    std::fs::create_dir_all(root).map_err(Error::write("tree", root))?;
    let refused = |error| refusal(definition, error);
    let lock = RootLock::take(root, |_| ()).map_err(refused)?;
    let session = session(root, definition, architecture, source).map_err(refused)?;
    let limits = Limits {
        weak_dependencies: false,
        ..Limits::default()
    };
    let plan = session
        .plan(&Request::Install(wanted(definition)), &limits)
        .map_err(refused)?;
    session
        .execute(&plan, &execution(definition, architecture, epoch), &lock)
        .map_err(refused)?;
    Ok(())
}

fn session(
    root: &Path,
    definition: &Definition,
    architecture: &str,
    source: Source<'_>,
) -> Result<Session, tdnf::Error> {
    let settings = Settings {
        arch: architecture.into(),
        // The repository was made a moment ago, perhaps in the second of an earlier one.
        freshness: Freshness::Always,
        cache: Some(source.cache.into()),
        trusted: Some(source.trusted.clone()),
        excludes: definition.excluded.clone(),
        ..Settings::new(root)
    };
    let mut session = Session::new(settings, MainConfig::default())?;
    let address = crate::tools::absolute(source.repository);
    let repository = RepoConfig {
        repo_gpgcheck: true,
        ..RepoConfig::new("build", &address.to_string_lossy())
    };
    session.open_repositories(&[repository], &|_, _, _| false)?;
    Ok(session)
}

/// The packages of the definition, its kernel and the program that starts it.
fn wanted(definition: &Definition) -> Vec<String> {
    let kernel = &definition.kernel;
    let mut names = definition.packages.clone();
    for name in [&kernel.package, &kernel.init_package] {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

fn execution(definition: &Definition, architecture: &str, epoch: u64) -> Execution<'static> {
    let transaction = transaction::Options {
        documentation: false,
        color: u32::from(architecture == "x86_64") * 3,
        ..transaction::Options::image(u32::try_from(epoch).unwrap_or(u32::MAX))
    };
    Execution {
        transaction,
        command: format!("image build {}", definition.name),
        ..Execution::default()
    }
}

fn refusal(definition: &Definition, error: tdnf::Error) -> Error {
    match error {
        tdnf::Error::NoMatch { specs } => {
            let (name, suggestions) = specs.into_iter().next().unwrap_or_default();
            Error::UnknownPackage {
                image: definition.name.clone(),
                name,
                suggestions,
            }
        }
        error => Error::Install {
            image: definition.name.clone(),
            reason: error.to_string(),
        },
    }
}

/// The tree must hold what boots it, whichever package brought it.
pub(crate) fn check(root: &Path, definition: &Definition) -> Result<(), Error> {
    if root.join(INIT_PROGRAM).is_file() {
        return Ok(());
    }
    let reason = format!(
        "the package {} does not have /{INIT_PROGRAM}",
        definition.kernel.init_package
    );
    Err(Error::Install {
        image: definition.name.clone(),
        reason,
    })
}
