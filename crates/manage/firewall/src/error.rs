//! What can go wrong.

use std::io;
use std::path::PathBuf;

/// What was tried, on what, and why it failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A rule in iptables' words that is not understood.
    #[error("the rule {rule:?}: {why}")]
    Rule {
        /// The rule.
        rule: String,
        /// What about it.
        why: String,
    },
    /// A name or a value of nft's that could be more than that.
    #[error("{what} {value:?}: {why}")]
    Value {
        /// What it was to be.
        what: &'static str,
        /// What was given.
        value: String,
        /// What it must be.
        why: String,
    },
    /// A table that somebody else keeps.
    #[error("the table {table} is not changed here: {why}")]
    Protected {
        /// Family and name.
        table: String,
        /// Whose it is, and where it is changed.
        why: String,
    },
    /// There is no such rule, chain or table.
    #[error("there is no {0}")]
    NotFound(String),
    /// The program is not there or cannot be started.
    #[error("cannot run nft: {0}; install the package nftables")]
    Start(io::Error),
    /// nft refuses.
    #[error("nft refuses {what}: {text}")]
    Refused {
        /// What it was to do.
        what: String,
        /// What it says.
        text: String,
    },
    /// nft says what cannot be understood.
    #[error("cannot understand what nft says about {what}: {why}")]
    Answer {
        /// What it was asked for.
        what: String,
        /// What is wrong with the answer.
        why: String,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line of a file is no rule.
    #[error("{} line {line}: {why}; correct or remove the line", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// A file cannot be written.
    #[error("the packet filter is as before: {0}")]
    Write(#[from] atomic_file::Error),
    /// A directory cannot be made or locked.
    #[error("cannot use the directory {}: {source}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// Whether what was given is wrong, rather than the host.
    pub fn is_input(&self) -> bool {
        matches!(
            self,
            Error::Rule { .. } | Error::Value { .. } | Error::Protected { .. }
        )
    }

    /// A rule that is wrong.
    pub(crate) fn rule(rule: &str, why: impl Into<String>) -> Self {
        Error::Rule {
            rule: rule.to_owned(),
            why: why.into(),
        }
    }
}
