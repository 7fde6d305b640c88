//! What can go wrong.

use std::io;
use std::path::PathBuf;

/// What was tried, on what, and why it failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such role.
    #[error("there is no role {0:?}; `pmd-cli rolemgmt roles` lists those that there are")]
    NotFound(String),
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that is no role.
    #[error("{}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A program that somebody other than root could have written.
    #[error("{} is not run: {why}", path.display())]
    Untrusted {
        /// The program.
        path: PathBuf,
        /// Why it is not trusted.
        why: &'static str,
    },
    /// A program cannot be run.
    #[error("cannot run {}: {source}", path.display())]
    Start {
        /// The program.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The plugin says that it has failed.
    #[error("the plugin {plugin} says: {text}")]
    Failed {
        /// The plugin.
        plugin: String,
        /// What it says.
        text: String,
    },
    /// The plugin has not answered as it must.
    #[error("the plugin {plugin} has not answered as plugins do: {why}")]
    Answer {
        /// The plugin.
        plugin: String,
        /// What is wrong.
        why: String,
    },
    /// The plugin takes too long, and was ended.
    #[error("the plugin {plugin} has not answered within {seconds} seconds and was ended")]
    TimeOut {
        /// The plugin.
        plugin: String,
        /// How long was waited.
        seconds: u64,
    },
    /// Somebody wanted it ended.
    #[error("the plugin {plugin} was ended on request; what it had done until then stays done")]
    Cancelled {
        /// The plugin.
        plugin: String,
    },
}
