//! The management daemon of a guest, asked from the host over TLS: by curl, by pmd-cli and by Python.

use crate::{Guest, build_dir};
use anyhow::{Context as _, ensure};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Where the daemon listens in the guest.
pub const MANAGEMENT_PORT: u16 = 2081;

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// The name.
    pub user: &'a str,
    /// The password.
    pub password: &'a str,
}

/// The daemon of a guest, by the certificate that the guest shows at its console.
#[derive(Debug)]
pub struct Manager {
    port: u16,
    folder: tempfile::TempDir,
}

/// What came of a command.
#[derive(Debug)]
pub struct Said {
    /// Whether it ended with 0.
    pub success: bool,
    /// Output and errors.
    pub text: String,
}

impl Said {
    /// The text, when it went well.
    ///
    /// # Errors
    /// With the text when it did not.
    pub fn good(self) -> anyhow::Result<String> {
        ensure!(self.success, "it failed: {}", self.text);
        Ok(self.text)
    }

    /// Checks that it was refused, in these words.
    ///
    /// # Errors
    /// When it was not.
    pub fn refused(self, words: &str) -> anyhow::Result<()> {
        ensure!(
            !self.success && self.text.contains(words),
            "this is no refusal with {words:?}: {}",
            self.text
        );
        Ok(())
    }
}

impl Manager {
    /// That of a guest that was booted with [`MANAGEMENT_PORT`] and has pmd running.
    ///
    /// # Errors
    /// When it has no certificate.
    pub fn of(guest: &mut Guest) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        std::fs::write(
            folder.path().join("host.crt"),
            guest.succeed("pmd certificate show")?,
        )?;
        Ok(Self {
            port: guest.host_port(MANAGEMENT_PORT)?,
            folder,
        })
    }

    /// Checks that the audit log of the guest is whole, and has lines of all these users, operations and outcomes.
    ///
    /// # Errors
    /// When it is not, or has not.
    pub fn audited(guest: &mut Guest, expected: &[(&str, &str, &str)]) -> anyhow::Result<()> {
        guest.succeed("pmd audit verify")?;
        let log = guest.succeed("cat /var/log/pmd/audit.jsonl")?;
        let lines = log.lines().map(serde_json::from_str);
        let lines = lines.collect::<Result<Vec<Value>, _>>()?;
        for (user, operation, result) in expected {
            let there = lines.iter().any(|line| {
                line["user"] == *user && line["operation"] == *operation && line["result"] == *result
            });
            ensure!(there, "{user} {operation} {result} is not in:\n{log}");
        }
        Ok(())
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("host.crt")
    }

    /// A file with the caller's password, since no program takes it as an argument.
    fn password_file(&self, caller: Caller<'_>) -> anyhow::Result<PathBuf> {
        let path = self.folder.path().join(caller.user);
        std::fs::write(&path, caller.password)?;
        Ok(path)
    }

    /// One request; the status and the body.
    ///
    /// # Errors
    /// When there is no answer, or it is no JSON.
    pub fn request(
        &self,
        caller: Option<Caller<'_>>,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<(u16, Value)> {
        let (status, text) = self.curl(caller, method, path, body)?;
        let value = match text.is_empty() {
            true => Value::Null,
            false => serde_json::from_str(&text).with_context(|| format!("{method} {path}: {text:?}"))?,
        };
        Ok((status, value))
    }

    /// One request that must go well; of a job, its result.
    ///
    /// # Errors
    /// When it does not.
    pub fn rest(
        &self,
        caller: Caller<'_>,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let (status, answer) = self.request(Some(caller), method, path, body)?;
        ensure!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        if status != 202 {
            return Ok(answer);
        }
        let id = answer["id"].as_str().context("a job without an id")?;
        // The stream ends when the job does.
        self.curl(Some(caller), "GET", &format!("/jobs/{id}/events"), None)?;
        let job = self.rest(caller, "GET", &format!("/jobs/{id}"), None)?;
        ensure!(job["state"] == "done", "{method} {path}: {job}");
        Ok(job["result"].clone())
    }

    fn curl(
        &self,
        caller: Option<Caller<'_>>,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<(u16, String)> {
        let mut curl = Command::new("curl");
        curl.args([
            "--silent",
            "--show-error",
            "--max-time",
            "300",
            "--request",
            method,
        ]);
        curl.args(["--write-out", "\n%{http_code}", "--cacert"])
            .arg(self.certificate());
        if let Some(caller) = caller {
            let file = self.folder.path().join("curl");
            std::fs::write(&file, format!("user = \"{}:{}\"\n", caller.user, caller.password))?;
            curl.arg("--config").arg(file);
        }
        if let Some(body) = body {
            let file = self.folder.path().join("body");
            std::fs::write(&file, body.to_string())?;
            curl.args(["--header", "content-type: application/json", "--data-binary"])
                .arg(format!("@{}", file.display()));
        }
        let output = curl
            .arg(format!("https://localhost:{}/api/v2{path}", self.port))
            .output()
            .context("cannot run curl; install the package curl")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (text, status) = text.rsplit_once('\n').unwrap_or_default();
        let said = String::from_utf8_lossy(&output.stderr);
        let status = status.parse().unwrap_or(0);
        ensure!(status != 0, "{method} {path}: {}", said.trim());
        Ok((status, text.to_owned()))
    }

    /// `pmd-cli` of this workspace, on the host.
    ///
    /// # Errors
    /// When it is not built.
    pub fn cli(&self, caller: Caller<'_>, words: &[&str]) -> anyhow::Result<Said> {
        let program = build_dir().join("../target/release/pmd-cli");
        let mut command = Command::new(&program);
        command
            .args(["--servername", &format!("localhost:{}", self.port)])
            .args(["--user", caller.user, "--cacert"])
            .arg(self.certificate())
            .arg("--password-file")
            .arg(self.password_file(caller)?)
            .args(words);
        run(&mut command).with_context(|| {
            format!(
                "run {}; `cargo build --release -p pmd-cli` makes it",
                program.display()
            )
        })
    }

    /// Lines of Python with the package pmd of this workspace; `host` is the server.
    ///
    /// # Errors
    /// When there is no Python.
    pub fn python(&self, caller: Caller<'_>, lines: &str) -> anyhow::Result<Said> {
        let program = format!(
            "import os, pathlib, pmd\n\
             host = pmd.server('localhost:{}', os.environ['CALLER'], pathlib.Path(os.environ['PASSWORD']).read_text(), \
             cafile=os.environ['CERTIFICATE'])\n{lines}\n",
            self.port
        );
        let mut command = Command::new("python3");
        command
            .args(["-B", "-c", &program])
            .env(
                "PYTHONPATH",
                build_dir().join("../crates/manage/pmd-python/python"),
            )
            .env("CALLER", caller.user)
            .env("PASSWORD", self.password_file(caller)?)
            .env("CERTIFICATE", self.certificate());
        run(&mut command).context("cannot run python3; install the package python3")
    }
}

fn run(command: &mut Command) -> anyhow::Result<Said> {
    let output = command.stdin(Stdio::null()).output()?;
    let text = [output.stdout, output.stderr].concat();
    Ok(Said {
        success: output.status.success(),
        text: String::from_utf8_lossy(&text).into_owned(),
    })
}
