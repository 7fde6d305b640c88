//! Programs of the tools root: their versions do not depend on the host, so neither does what they make.

use crate::error::Error;
use crate::identity::Identity;
use crate::layout::Layout;
use confine::Confine;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where the directory that is worked on is seen inside the tools root.
pub(crate) const WORK: &str = "/mnt";
/// Settings of mtools, in the work directory.
pub(crate) const MTOOLS_FILE: &str = "mtools.conf";

/// The tools root and the directory its programs work on.
#[derive(Debug)]
pub(crate) struct Tools<'a> {
    /// Usually build/tools/root.
    pub(crate) root: &'a Path,
    /// Shown as [`WORK`].
    pub(crate) work: &'a Path,
    /// SOURCE_DATE_EPOCH: "now" for all of them.
    pub(crate) epoch: u64,
}

/// The disk image that the tools write to, and what they have to know of it.
#[derive(Debug)]
pub(crate) struct DiskFile<'a> {
    /// The tools.
    pub(crate) tools: &'a Tools<'a>,
    /// Name of the file in the work directory.
    pub(crate) name: &'a str,
    /// Where its partitions lie.
    pub(crate) layout: &'a Layout,
    /// What its identifiers are derived from.
    pub(crate) identity: &'a Identity,
}

impl DiskFile<'_> {
    /// The file as the tools see it.
    pub(crate) fn path(&self) -> String {
        format!("{WORK}/{}", self.name)
    }
}

/// A program that is running and reads from a pipe.
pub(crate) type Feed<'f> = &'f mut dyn FnMut(&mut dyn io::Write) -> Result<(), Error>;

impl Tools<'_> {
    /// Runs a program to its end; `feed` writes its standard input.
    pub(crate) fn run(
        &self,
        program: &str,
        arguments: &[String],
        feed: Option<Feed<'_>>,
    ) -> Result<(), Error> {
        let mut command = self.command(program, arguments)?;
        let log = tempfile::tempfile_in(self.work).map_err(Error::write("log of a tool", self.work))?;
        connect(&mut command, &log).map_err(Error::write("log of a tool", self.work))?;
        command.stdin(if feed.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        let mut child = command
            .spawn()
            .map_err(|error| self.failed(program, error.to_string()))?;
        let fed = match (child.stdin.take(), feed) {
            (Some(mut stdin), Some(feed)) => feed(&mut stdin),
            _ => Ok(()),
        };
        let status = child
            .wait()
            .map_err(|error| self.failed(program, error.to_string()))?;
        if !status.success() {
            // The reason why feeding failed is that the program ended; what it said matters more.
            return Err(self.failed(program, format!("{status}: {}", read_log(log).trim())));
        }
        fed
    }

    fn command(&self, program: &str, arguments: &[String]) -> Result<Command, Error> {
        if !self.has(program) {
            let remedy = format!(
                "the tools root {} does not have it; remove that folder and build again, which makes it anew",
                self.root.display()
            );
            return Err(Error::ToolMissing {
                program: program.into(),
                remedy,
            });
        }
        // The wrapper starts elsewhere, where relative paths lead nowhere.
        let confine = Confine::new(absolute(self.root))
            .bind(absolute(self.work), WORK)
            .env("SOURCE_DATE_EPOCH", self.epoch.to_string())
            .env("TZ", "UTC0")
            // mtools complains about sizes that are not whole tracks of a floppy disk.
            .env("MTOOLS_SKIP_CHECK", "1")
            .env("MTOOLSRC", format!("{WORK}/{MTOOLS_FILE}"));
        confine
            .command(program, arguments)
            .map_err(|error| self.failed(program, error.to_string()))
    }

    fn has(&self, program: &str) -> bool {
        ["usr/bin", "usr/sbin", "bin", "sbin"]
            .iter()
            .any(|folder| self.root.join(folder).join(program).exists())
    }

    fn failed(&self, program: &str, reason: String) -> Error {
        Error::Tool {
            program: program.into(),
            path: self.work.into(),
            reason,
        }
    }
}

fn connect(command: &mut Command, log: &File) -> io::Result<()> {
    command.stdout(log.try_clone()?).stderr(log.try_clone()?);
    Ok(())
}

fn read_log(mut log: File) -> String {
    use std::io::{Read, Seek};
    let mut bytes = Vec::new();
    let _ = log.rewind().and_then(|()| log.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The path from `/`; one that cannot be found out stays as it is and fails with its name.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.into())
}

/// Runs a program of the host that the tools root cannot have; `package` says what to install.
pub(crate) fn run_on_host(program: &str, package: &str, arguments: &[PathBuf]) -> Result<(), Error> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    let path = || arguments.last().cloned().unwrap_or_default();
    let output = output.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::ToolMissing {
            program: program.into(),
            remedy: format!("install the package {package}"),
        },
        _ => Error::Tool {
            program: program.into(),
            path: path(),
            reason: error.to_string(),
        },
    })?;
    if output.status.success() {
        return Ok(());
    }
    let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::Tool {
        program: program.into(),
        path: path(),
        reason,
    })
}
