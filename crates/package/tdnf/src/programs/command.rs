//! Running `tdnf` from the programs beside it: the same binary, in a process of its own, so that its messages
//! and its exit status are those that a person would see.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// How `tdnf` is to be run.
#[derive(Clone, Debug, Default)]
pub(super) struct Tdnf {
    pub(super) config: Option<PathBuf>,
    pub(super) root: Option<PathBuf>,
}

impl Tdnf {
    fn command(&self) -> io::Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg0("tdnf").stdin(Stdio::null());
        if let Some(config) = &self.config {
            command.arg("--config").arg(config);
        }
        if let Some(root) = &self.root {
            command.arg("--installroot").arg(root);
        }
        Ok(command)
    }

    /// Runs it and collects what it prints.
    pub(super) fn output<S: AsRef<OsStr>>(&self, words: &[S]) -> io::Result<Output> {
        self.command()?.args(words).output()
    }

    /// Runs it with our own output; whether it succeeded.
    pub(super) fn run<S: AsRef<OsStr>>(&self, words: &[S]) -> io::Result<bool> {
        Ok(self.command()?.args(words).status()?.success())
    }

    /// A path of the system that is looked at.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        crate::config::path_below(self.root.as_deref().unwrap_or(Path::new("/")), Path::new(path))
    }

    /// Whether we may change the system: it is ours, or we are root.
    pub(super) fn allowed(&self) -> bool {
        self.root.is_some() || rustix::process::geteuid().is_root()
    }
}
