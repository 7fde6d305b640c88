//! Configuration: `tdnf.conf`, `.repo` files, drop-in lists, variables.

pub(crate) mod document;
pub(crate) mod ini;
pub(crate) mod keys;
mod main_section;
mod network;
mod repo;
mod repo_files;
mod variables;

use std::path::{Path, PathBuf};

pub use main_section::MainConfig;
pub use network::Network;
pub use repo::RepoConfig;
pub(crate) use repo_files::{load_repos, path_below, repo_files, repo_from_text};
pub use variables::Variables;

/// A configuration file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is not of the format.
    #[error("{path}, line {line}: {reason}")]
    Syntax {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A value is not of its type.
    #[error("[{section}] {key}={value}: this value cannot be used; correct or remove the line")]
    Value {
        /// The section.
        section: String,
        /// The setting.
        key: String,
        /// Its value.
        value: String,
    },
    /// A repository id cannot be part of a path.
    #[error("repository id {id:?}: use letters, digits and - _ . : + @ only")]
    RepoId {
        /// The id.
        id: String,
    },
    /// The same id twice.
    #[error("repository id {id} is defined twice, in {} and {}", first.display(), second.display())]
    DuplicateRepo {
        /// The id.
        id: String,
        /// One file.
        first: PathBuf,
        /// The other file.
        second: PathBuf,
    },
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
        path: path.to_owned(),
        source,
    })
}
