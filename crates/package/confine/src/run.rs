//! Run to the end with given input, and collect what was printed.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};

use rustix::fs::{MemfdFlags, memfd_create};

use crate::{Confine, Error};

/// A program that has ended.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to standard output and standard error, in the order written.
    pub output: Vec<u8>,
}

impl Confine {
    /// Run `program` with `input` as its standard input and wait for it.
    ///
    /// It is in a process group of its own: signals that a terminal sends do not reach it.
    ///
    /// Output goes through a file in memory, not a pipe: a daemon that a scriptlet starts and that
    /// keeps its streams open must not hold up the caller.
    ///
    /// # Errors
    /// When the program could not be started; a program that fails is not an error here.
    pub fn run<A: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
        input: &[u8],
    ) -> Result<Finished, Error> {
        let name = program.as_ref().to_string_lossy().into_owned();
        let mut command = self.command(program, arguments)?;
        let exchange = |source| Error::Exchange {
            program: name.clone(),
            root: self.root.clone(),
            source,
        };
        // Ctrl-C at the terminal is for the caller, who may have to complete what it has begun.
        command.process_group(0);
        let mut output = connect(&mut command, input).map_err(exchange)?;
        let status = command
            .status()
            .map_err(|source| self.not_started(&name, source))?;
        let output = read_back(&mut output).map_err(exchange)?;
        Ok(Finished { status, output })
    }

    fn not_started(&self, program: &str, source: io::Error) -> Error {
        Error::Start {
            program: program.to_owned(),
            root: self.root.clone(),
            source,
        }
    }
}

/// Give the command its streams; returns our end of its output.
fn connect(command: &mut Command, input: &[u8]) -> io::Result<File> {
    let output = memory_file("output")?;
    command
        .stdin(input_stream(input)?)
        .stdout(output.try_clone()?)
        .stderr(output.try_clone()?);
    Ok(output)
}

fn input_stream(input: &[u8]) -> io::Result<Stdio> {
    match input.is_empty() {
        true => Ok(Stdio::null()),
        false => Ok(input_file(input)?.into()),
    }
}

/// A file in memory that has this content yet to be read.
pub(crate) fn input_file(input: &[u8]) -> io::Result<File> {
    let mut file = memory_file("input")?;
    file.write_all(input)?;
    file.rewind()?;
    Ok(file)
}

pub(crate) fn read_back(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    io::copy(file, &mut bytes)?;
    Ok(bytes)
}

pub(crate) fn memory_file(name: &str) -> io::Result<File> {
    Ok(memfd_create(name, MemfdFlags::CLOEXEC)?.into())
}
