//! Run a program inside a root directory, as root or as an ordinary user.
//!
//! Scriptlets of packages, file-system makers and compilers must see the tree that is being
//! built, not the machine that builds it. Three ways lead there, chosen by where the root is and
//! who we are:
//!
//! | root | user | way |
//! |---|---|---|
//! | `/` | any | executed directly: this *is* the system |
//! | other | any, `bwrap` there | [bubblewrap](https://github.com/containers/bubblewrap): own mounts, processes and network |
//! | other | root, no `bwrap` | chroot(8): the tree as it is, without `/proc` and `/dev` |
//!
//! [`Confine::call`] needs no program in the root: see there.
//!
//! The environment is never inherited. A build that depends on the caller's variables is not
//! reproducible, and a scriptlet that sees the caller's `LD_PRELOAD` is not safe.

mod arguments;
mod call;
mod error;
mod run;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

pub use error::Error;
pub use run::Finished;

/// What rpm gives its scriptlets (`%_install_script_path`), without the historical X11 folder.
const SEARCH_PATH: &str = "/sbin:/bin:/usr/sbin:/usr/bin";

/// A file or folder of the host shown inside the root.
#[derive(Debug, Clone)]
struct Bind {
    from: PathBuf,
    to: PathBuf,
    writable: bool,
}

/// A root directory and what a program run in it may see.
#[derive(Debug, Clone)]
pub struct Confine {
    root: PathBuf,
    read_only: bool,
    binds: Vec<Bind>,
    environment: Vec<(OsString, OsString)>,
    network: bool,
    user: Option<u32>,
    terminal: bool,
    directory: PathBuf,
}

impl Confine {
    /// Programs will see `root` as `/`, writable, without network and with nothing of the host in it.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            read_only: false,
            binds: Vec::new(),
            environment: Vec::new(),
            network: false,
            user: None,
            terminal: false,
            directory: PathBuf::from("/"),
        }
    }

    /// Protect the root itself from writing; folders given by [`Confine::bind`] stay writable.
    #[must_use]
    pub fn read_only_root(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Show the host's `from` at `to` inside the root, writable.
    #[must_use]
    pub fn bind(self, from: impl Into<PathBuf>, to: impl Into<PathBuf>) -> Self {
        self.add_bind(from.into(), to.into(), true)
    }

    /// Show the host's `from` at `to` inside the root, protected from writing.
    #[must_use]
    pub fn bind_read_only(self, from: impl Into<PathBuf>, to: impl Into<PathBuf>) -> Self {
        self.add_bind(from.into(), to.into(), false)
    }

    fn add_bind(mut self, from: PathBuf, to: PathBuf, writable: bool) -> Self {
        self.binds.push(Bind { from, to, writable });
        self
    }

    /// Set one environment variable; a later call wins over an earlier one and over the defaults.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Let programs use the host's network. It is off by default: what a build fetches is not pinned.
    #[must_use]
    pub fn network(mut self, allowed: bool) -> Self {
        self.network = allowed;
        self
    }

    /// Run as an ordinary user of this number, alone in a user namespace, whoever the caller is: a build must not be
    /// able to do what an administrator can.
    #[must_use]
    pub fn user(mut self, number: u32) -> Self {
        self.user = Some(number);
        self
    }

    /// Leave the caller's terminal to the program, for a shell that a person types in. Otherwise the program gets a
    /// session of its own and cannot push characters into the terminal (ioctl_tty(2), TIOCSTI).
    #[must_use]
    pub fn terminal(mut self) -> Self {
        self.terminal = true;
        self
    }

    /// The working directory, as seen inside the root.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = directory.into();
        self
    }

    /// A command that runs `program` (a path inside the root) there; the caller sets up its streams.
    ///
    /// # Errors
    /// When no way into the root exists for this user, see [`Error`].
    pub fn command<A: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Command, Error> {
        let mut command = self.entry()?;
        command.arg_program(program.as_ref());
        let mut command = command.finish();
        command.args(arguments);
        Ok(command)
    }

    /// Whether programs run on the system itself rather than in a tree below it.
    pub fn is_system(&self) -> bool {
        self.root == Path::new("/") && self.binds.is_empty() && !self.read_only
    }

    /// The variables a program gets: fixed defaults, then the caller's.
    fn variables(&self) -> Vec<(OsString, OsString)> {
        let mut all: Vec<(OsString, OsString)> = vec![
            ("PATH".into(), SEARCH_PATH.into()),
            ("HOME".into(), "/root".into()),
            ("LC_ALL".into(), "C.UTF-8".into()),
        ];
        // systemd's tools must not talk to the host's manager (systemd: docs/ENVIRONMENT.md), nor at boot to one that
        // waits for us; who started us knows that.
        if !self.is_system() || std::env::var_os("SYSTEMD_OFFLINE").is_some() {
            all.push(("SYSTEMD_OFFLINE".into(), "1".into()));
        }
        all.extend(self.environment.iter().cloned());
        all
    }
}
