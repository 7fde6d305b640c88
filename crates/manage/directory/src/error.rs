//! Why it did not work, and what to do.

use std::io;
use std::path::PathBuf;

/// Why it did not work, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A word that cannot be what it should.
    #[error("{value:?} is no {what}: {why}")]
    Word {
        /// What it should be.
        what: &'static str,
        /// What it is.
        value: String,
        /// Why it cannot.
        why: &'static str,
    },
    /// Something is missing among the options.
    #[error("{0}")]
    Option(&'static str),
    /// There is a membership already.
    #[error("this host is in {domain} already; `pmd-cli directory leave` first")]
    Joined {
        /// The domain.
        domain: String,
    },
    /// There is none.
    #[error("this host is in no directory; see `pmd-cli directory join --help`")]
    NotJoined,
    /// A program is not installed.
    #[error("{program} is not installed; `tdnf install lumen-directory` brings it")]
    Missing {
        /// The program.
        program: &'static str,
    },
    /// A program could not be started or did not end in time.
    #[error("cannot run {program}: {why}")]
    Run {
        /// The program.
        program: &'static str,
        /// Why.
        why: String,
    },
    /// adcli refused.
    #[error("{what}: {why}{advice}")]
    Adcli {
        /// What was tried.
        what: String,
        /// What it said.
        why: String,
        /// What to do, or nothing.
        advice: &'static str,
    },
    /// The DNS has no servers for the domain, or cannot be asked.
    #[error(
        "no server found for {domain}: {why}; is the DNS server of this host one that knows {domain}? Or name servers with --server"
    )]
    Discovery {
        /// The domain.
        domain: String,
        /// What was asked, and what came.
        why: String,
    },
    /// No server can be used.
    #[error("no server of {domain} can be used:{}", listed(tried))]
    Servers {
        /// The domain.
        domain: String,
        /// Each server and what is wrong.
        tried: Vec<String>,
    },
    /// An LDAP operation was refused.
    #[error("{server} refuses {what}: {why}{advice}")]
    Ldap {
        /// The server.
        server: String,
        /// What was tried.
        what: String,
        /// What it said.
        why: String,
        /// What to do, or nothing.
        advice: &'static str,
    },
    /// The clocks differ too much for Kerberos (RFC 4120, 1.6).
    #[error(
        "the clock of {server} is {seconds} s {direction} this host's; Kerberos allows 300. Set the time (`timedatectl`), then try again"
    )]
    Skew {
        /// The server.
        server: String,
        /// How much.
        seconds: u64,
        /// "ahead of" or "behind".
        direction: &'static str,
    },
    /// A configuration file looks different from what can be edited.
    #[error("{path} {problem}; nothing was changed")]
    Layout {
        /// The file.
        path: String,
        /// What is unexpected.
        problem: &'static str,
    },
    /// sudo does not like the rules.
    #[error("visudo refuses the rules for sudo: {why}; nothing was changed")]
    Sudoers {
        /// What it said.
        why: String,
    },
    /// A file could not be read or written.
    #[error("cannot {what} {}: {source}", path.display())]
    File {
        /// Read, write, ...
        what: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file could not be replaced.
    #[error(transparent)]
    Replace(#[from] atomic_file::Error),
    /// The record of a change cannot be understood.
    #[error("the record of the last change, {}, cannot be read: {why}; without it nothing can be put back", path.display())]
    Record {
        /// Where.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A service could not be started, and everything was put back.
    #[error("{unit} does not start: {why}; see `journalctl -u {unit}`. Everything was put back as it was")]
    Service {
        /// The unit.
        unit: &'static str,
        /// What systemctl said.
        why: String,
    },
}

fn listed(tried: &[String]) -> String {
    tried.iter().map(|line| format!("\n  {line}")).collect()
}

impl Error {
    pub(crate) fn file(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { what, path, source }
    }
}
