//! shadow's programs.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::Accounts;
use crate::error::Error;

/// Where the programs may be: not the caller's PATH.
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// A program with arguments that are typed values: options are joined to their values, and names stand behind `--`.
pub(crate) struct Program {
    name: &'static str,
    arguments: Vec<String>,
}

impl Program {
    /// One that changes files below a prefix.
    pub(crate) fn prefixed(accounts: &Accounts, name: &'static str) -> Self {
        Self::with_root(accounts, name, "prefix")
    }

    /// One that can only change its root directory.
    pub(crate) fn chrooted(accounts: &Accounts, name: &'static str) -> Self {
        Self::with_root(accounts, name, "root")
    }

    fn with_root(accounts: &Accounts, name: &'static str, option: &str) -> Self {
        let arguments = match accounts.is_host() {
            true => Vec::new(),
            false => vec![format!("--{option}"), accounts.path("").display().to_string()],
        };
        Program { name, arguments }
    }

    pub(crate) fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// `--NAME=VALUE`, if there is a value.
    pub(crate) fn option(self, name: &str, value: Option<impl std::fmt::Display>) -> Self {
        match value {
            Some(value) => self.argument(format!("--{name}={value}")),
            None => self,
        }
    }

    /// `--NAME`, if it is so.
    pub(crate) fn flag(self, name: &str, wanted: bool) -> Self {
        match wanted {
            true => self.argument(format!("--{name}")),
            false => self,
        }
    }

    /// Runs it on an account, which is the last argument.
    pub(crate) fn run_on(self, account: &str) -> Result<(), Error> {
        self.argument("--").argument(account).run(account, "")
    }

    /// Runs it.
    pub(crate) fn run(self, account: &str, input: &str) -> Result<(), Error> {
        let program = self.name;
        let failed = |source| Error::Start { program, source };
        let mut child = Command::new(program)
            .args(&self.arguments)
            .env_clear()
            .env("PATH", PATH)
            .env("LC_ALL", "C")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        if let Some(mut stdin) = child.stdin.take() {
            // When it ends before it has read, its message is what counts.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().map_err(failed)?;
        match output.status.success() {
            true => Ok(()),
            false => Err(Error::Failed {
                program,
                name: account.to_owned(),
                status: output.status.code().unwrap_or(-1),
                text: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            }),
        }
    }
}
