//! What can go wrong, with the numbers of the original (`Error(N)`, exit status N & 0xff).

use std::io;
use std::path::PathBuf;

use crate::config::ConfigError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line cannot be understood.
    #[error("{text}")]
    Usage {
        /// Number of the original.
        code: u32,
        /// What is wrong.
        text: String,
    },
    /// A configuration file cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Nothing matches what was asked for.
    #[error("no package matches {}", .specs.iter().map(|(spec, near)| unmatched(spec, near)).collect::<Vec<_>>().join(", "))]
    NoMatch {
        /// What was asked for, and the nearest names.
        specs: Vec<(String, Vec<String>)>,
    },
    /// There is no repository to look at.
    #[error("no repository is enabled; see the .repo files in {dirs}, or use --enablerepo or --repofrompath")]
    NoRepos {
        /// Where repositories are looked for.
        dirs: String,
    },
    /// `--repo`, `--enablerepo` or the like names something unknown.
    #[error("no repository matches {pattern} (there are: {known})")]
    NoSuchRepo {
        /// What was asked for.
        pattern: String,
        /// The repositories there are.
        known: String,
    },
    /// There is nothing to do.
    #[error("nothing to do")]
    NothingToDo,
    /// A query found nothing.
    #[error("no data")]
    NoData,
    /// `check-update` under `dnf_check_update_compat`.
    #[error("there are updates")]
    UpdatesAvailable,
    /// `needs-restarting --reboothint`, when it says yes.
    #[error("the machine should be restarted")]
    RebootNeeded,
    /// What is installed does not fit together.
    #[error("what is installed does not fit together:\n  {}", faults.join("\n  "))]
    Inconsistent {
        /// What is wrong.
        faults: Vec<String>,
    },
    /// The user said no.
    #[error("stopped as you wished; nothing was changed")]
    Aborted,
    /// `--cacheonly`, and the cache does not have it.
    #[error(
        "repository {repo}: nothing in the cache, and --cacheonly forbids asking for it; run tdnf makecache first"
    )]
    NotCached {
        /// The repository.
        repo: String,
    },
    /// Metadata of a repository cannot be had or is not right.
    #[error("repository {repo}: {source}")]
    Repo {
        /// The repository.
        repo: String,
        /// Why.
        source: repodata::Error,
    },
    /// The solver refuses.
    #[error("{0}")]
    Unsolvable(depsolve::Refusal),
    /// A protected package would go.
    #[error("package {package} is protected (see protected.d beside tdnf.conf); it cannot be removed")]
    Protected {
        /// The package.
        package: String,
    },
    /// A package is older than what `minversions` allows.
    #[error("package {package} is older than {minimum}, the lowest version allowed by minversions")]
    TooOld {
        /// The package.
        package: String,
        /// The limit.
        minimum: String,
    },
    /// A package file cannot be had.
    #[error("{source}")]
    Download {
        /// Why.
        source: download::Error,
    },
    /// A package must be signed, and there is no key to check with.
    #[error(
        "package {package} from {repo} must be signed (gpgcheck=1), but no key is known: \
         set gpgkey= in the repository's file, put the key into {trusted}, or use --nogpgcheck at your own risk"
    )]
    NoKey {
        /// The package.
        package: String,
        /// Its repository.
        repo: String,
        /// Where trusted keys are looked for.
        trusted: String,
    },
    /// A package's signature is missing, wrong or of a key that is not trusted.
    #[error("package {package} from {repo} is refused: {reason}")]
    Untrusted {
        /// Number of the original: 1510 not signed, 1514 no trusted key, 1505 bad signature.
        code: u32,
        /// The package.
        package: String,
        /// Its repository.
        repo: String,
        /// Why.
        reason: String,
    },
    /// A package file does not hold the package the repository announced.
    #[error("{path}: it holds {found}, but the repository announces {expected}")]
    WrongPackage {
        /// The file.
        path: String,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A package file cannot be read.
    #[error("cannot read the package {}: {source}", path.display())]
    PackageFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rpmfile::Error,
    },
    /// A key file cannot be used.
    #[error("cannot use the key {location}: {reason}")]
    Key {
        /// Where it is.
        location: String,
        /// Why.
        reason: String,
    },
    /// The database of installed packages cannot be used.
    #[error("{source}")]
    Rpmdb {
        /// Why.
        #[from]
        source: rpmdb::Error,
    },
    /// The transaction failed; the system is as it was.
    #[error("{source}")]
    Transaction {
        /// Why.
        source: transaction::Error,
    },
    /// The history cannot be read or written.
    #[error("cannot {doing} {}: {source}", path.display())]
    History {
        /// What was tried.
        doing: &'static str,
        /// The database.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// A lock file cannot be understood.
    #[error("{path}, line {line}: {reason}")]
    LockFile {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// The system is not what its lock file says.
    #[error("{count} packages are not as locked; tdnf lock install makes them so")]
    NotAsLocked {
        /// How many.
        count: usize,
    },
    /// A lock file of another architecture.
    #[error("the lock file is for {lock}, and this system is {system}")]
    LockArch {
        /// The lock file's.
        lock: String,
        /// The system's.
        system: String,
    },
    /// Installed packages that no repository has, so that nobody could install them from a lock file.
    #[error(
        "no enabled repository has these packages as they are installed: {}; \
         enable the repository they came from, update or remove them", packages.join(", ")
    )]
    NotPublished {
        /// The packages.
        packages: Vec<String>,
    },
    /// The command needs root's rights.
    #[error("{what} needs root's rights; run it as root, or with --installroot on a root of your own")]
    NotRoot {
        /// The command.
        what: String,
    },
    /// A file or directory cannot be used.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn unmatched(spec: &str, near: &[String]) -> String {
    match near {
        [] => spec.to_owned(),
        near => format!("{spec} (nearest names: {})", near.join(", ")),
    }
}

impl Error {
    /// The number the original gives to such a failure.
    pub fn code(&self) -> u32 {
        match self {
            Self::Usage { code, .. } | Self::Untrusted { code, .. } => *code,
            Self::Config(ConfigError::DuplicateRepo { .. }) => 1037,
            Self::Config(ConfigError::Read { .. }) => 1002,
            Self::Config(_) => 1004,
            Self::NoMatch { .. } => 1011,
            Self::NoRepos { .. } => 1012,
            Self::NoSuchRepo { .. } => 1003,
            Self::NothingToDo => 905,
            Self::NoData => 1661,
            Self::UpdatesAvailable => 100,
            Self::RebootNeeded => 1,
            Self::Inconsistent { .. } => 1301,
            Self::Aborted => 1032,
            Self::NotCached { .. } => 1034,
            Self::Repo { source, .. } => repo_code(source),
            Self::Unsolvable(refusal) => match refusal.kind {
                depsolve::RefusalKind::Protected { .. } => 1030,
                _ => 1301,
            },
            Self::Protected { .. } => 1030,
            Self::TooOld { .. } => 1035,
            Self::Download { source } => download_code(source),
            Self::NoKey { .. } => 1523,
            Self::WrongPackage { .. } => 1528,
            Self::PackageFile { .. } => 1471,
            Self::Key { .. } => 1505,
            Self::Rpmdb { .. } => 1471,
            Self::Transaction { .. } => 1525,
            Self::History { .. } => 1801,
            Self::LockFile { .. } => 1901,
            Self::NotAsLocked { .. } => 1902,
            Self::LockArch { .. } => 1903,
            Self::NotPublished { .. } => 1904,
            Self::NotRoot { .. } => 1601,
            Self::Io { source, .. } => {
                1600 + source
                    .raw_os_error()
                    .and_then(|n| u32::try_from(n).ok())
                    .unwrap_or(5)
            }
        }
    }

    /// The original's words for the number; `Error(N) : ` goes before them.
    pub fn summary(&self) -> String {
        match self {
            Self::Usage { text, .. } => text.clone(),
            other => summary_of(other.code()).to_owned(),
        }
    }

    /// Whether it is a failure at all: nothing to do, and no data, are said and end with status 0.
    pub fn is_failure(&self) -> bool {
        !matches!(self, Self::NothingToDo | Self::NoData)
    }

    /// The exit status: the number's low eight bits, as in the original.
    pub fn exit_status(&self) -> u8 {
        if self.is_failure() {
            (self.code() & 0xff) as u8
        } else {
            0
        }
    }

    pub(crate) fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { doing, path, source }
    }
}

fn repo_code(error: &repodata::Error) -> u32 {
    match error {
        repodata::Error::Metalink { fault, .. } => fault.number(),
        repodata::Error::NotAsDescribed { .. } => 2501,
        repodata::Error::UntrustedMetadata { .. } => 2004,
        _ => 1622,
    }
}

fn download_code(error: &download::Error) -> u32 {
    match error {
        download::Error::Mismatch { .. } => 1528,
        download::Error::NotFound { .. } | download::Error::Refused { .. } => 1622,
        _ => 1207,
    }
}

/// The original's table (client/defines.h), for the numbers we use.
fn summary_of(code: u32) -> &'static str {
    match code {
        905 => "Nothing to do.",
        1002 => "An error occurred loading the configuration file.",
        1003 => "An error occurred loading the repo file.",
        1004 => "The repo file or the configuration file is not valid.",
        1011 => "No matching packages",
        1012 => "There are no enabled repos.",
        1030 => "The operation would result in removing a protected package.",
        1032 => "Operation aborted.",
        1034 => "Cache only is set, but no repo data found",
        1035 => "Trying to downgrade below the minimal allowed version",
        1037 => "Duplicate repo id",
        1207 => "The network cannot be used",
        1301 => "Solv general runtime error",
        1471 => "rpm file or database cannot be read",
        1505 => "GPG: key or signature is bad",
        1510 => "The package is not signed",
        1514 => "No trusted key matches the signature",
        1523 => {
            "The gpgkey entry is missing for this repo. please add gpgkey in repo file or use --nogpgcheck to ignore."
        }
        1525 => "rpm transaction failed",
        1528 => "Validating rpm package checksum failed",
        1601 => "Operation not permitted. You have to be root.",
        1622 => "The repository cannot be used",
        1661 => "No data",
        1801 => "History database error",
        2004 => "repogpgcheck plugin error: failed to verify signature",
        2500 => "Base URL and Metalink URL not found in the repo file",
        2501 => "Checksum Validation failed for the repomd.xml downloaded using URL from metalink",
        2502 => "No Resource present in metalink file for file validation",
        2600 => "A digest that is forbidden: md5 or sha1",
        2701..=2709 => "The metalink document is not valid",
        1901 => "The lock file is not valid",
        1902 => "The system is not as locked",
        1903 => "The lock file is for another architecture",
        1904 => "The system cannot be locked",
        _ => "System error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_status_is_the_low_byte_of_the_number() {
        let status = |error: Error| error.exit_status();
        assert_eq!(status(Error::NoMatch { specs: Vec::new() }), 243);
        assert_eq!(status(Error::Aborted), 8);
        assert_eq!(status(Error::NothingToDo), 0);
        assert_eq!(
            status(Error::Usage {
                code: 912,
                text: String::new()
            }),
            144
        );
    }

    #[test]
    fn what_was_not_found_comes_with_what_is_near() {
        let specs = vec![
            ("starce".to_owned(), vec!["strace".to_owned()]),
            ("xyz".to_owned(), Vec::new()),
        ];
        assert_eq!(
            Error::NoMatch { specs }.to_string(),
            "no package matches starce (nearest names: strace), xyz"
        );
    }
}
