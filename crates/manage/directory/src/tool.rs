//! Run a program that others keep well: adcli, ldapsearch, systemctl, visudo.
//!
//! Arguments are never put through a shell, passwords go through standard input or a file of root's and are in no argument,
//! the environment is not inherited, and a program that does not end is ended.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::error::Error;

/// A password; never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes it over.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// For who must write it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What a program said.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) success: bool,
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) errors: String,
}

/// One run of a program.
pub(crate) struct Tool {
    program: &'static str,
    command: Command,
    input: Option<String>,
    limit: Duration,
}

/// The longest output that is read.
const MAX_OUTPUT: u64 = 4 << 20;

impl Tool {
    pub(crate) fn new(program: &'static str) -> Self {
        let mut command = Command::new(program);
        command.env_clear();
        command
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LC_ALL", "C.UTF-8");
        Self {
            program,
            command,
            input: None,
            limit: Duration::from_secs(60),
        }
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn input(mut self, text: &str) -> Self {
        self.input = Some(text.to_owned());
        self
    }

    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    pub(crate) fn run(mut self) -> Result<Finished, Error> {
        let stdin = if self.input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        };
        self.command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self.command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Error::Missing {
                program: self.program,
            },
            _ => self.failed(error),
        })?;
        if let (Some(text), Some(mut stdin)) = (&self.input, child.stdin.take()) {
            // A program that ends without reading says why by its status.
            let _ = stdin.write_all(text.as_bytes());
        }
        let (output, errors) = (reader(child.stdout.take()), reader(child.stderr.take()));
        let status = self.wait(&mut child)?;
        Ok(Finished {
            success: status.success(),
            code: status.code(),
            output: text(output),
            errors: text(errors),
        })
    }

    fn wait(&self, child: &mut Child) -> Result<std::process::ExitStatus, Error> {
        let deadline = Instant::now() + self.limit;
        loop {
            if let Some(status) = child.try_wait().map_err(|error| self.failed(error))? {
                return Ok(status);
            }
            if Instant::now() >= deadline {
                let _ = child.kill();
                let _ = child.wait();
                return Err(self.failed(format!("it did not end within {} s", self.limit.as_secs())));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn failed(&self, why: impl std::fmt::Display) -> Error {
        Error::Run {
            program: self.program,
            why: why.to_string(),
        }
    }
}

fn reader(stream: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(stream) = stream {
            let _ = stream.take(MAX_OUTPUT).read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn text(reader: JoinHandle<String>) -> String {
    reader.join().unwrap_or_default()
}

impl Finished {
    /// The last thing it said, without its name in front.
    pub(crate) fn reason(&self) -> String {
        let said = |text: &str| {
            text.lines()
                .map(str::trim)
                .rfind(|line| !line.is_empty())
                .map(str::to_owned)
        };
        let line = said(&self.errors).or_else(|| said(&self.output));
        let line = line.unwrap_or_else(|| format!("it ended with status {}", self.code.unwrap_or(-1)));
        let name = line.split_once(": ").filter(|(name, _)| !name.contains(' '));
        name.map_or(line.clone(), |(_, rest)| rest.to_owned())
    }
}

/// A folder that only we can enter, gone when it is dropped; for what a program wants to read from a file.
pub(crate) fn private_folder() -> std::io::Result<tempfile::TempDir> {
    // 0700, as tempfile makes them.
    tempfile::Builder::new().prefix("lumen-directory-").tempdir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_gets_its_input_and_nothing_of_our_environment() {
        let finished = Tool::new("sh")
            .arg("-c")
            .arg("cat; env | grep -c CARGO; exit 3")
            .input("secret")
            .run()
            .unwrap();
        assert_eq!((finished.output.as_str(), finished.code), ("secret0\n", Some(3)));
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let error = Tool::new("sleep")
            .arg("600")
            .limit(Duration::from_millis(50))
            .run()
            .unwrap_err();
        assert!(matches!(&error, Error::Run { program: "sleep", .. }), "{error}");
    }

    #[test]
    fn a_missing_program_names_the_package() {
        let error = Tool::new("no-such-program-here").run().unwrap_err();
        assert!(error.to_string().contains("lumen-directory"), "{error}");
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret::new("x")), "Secret(..)");
    }
}
