//! A repository that the guest can reach.

use crate::build_dir;
use anyhow::{Context as _, ensure};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// `lumen repo serve` in the background; dropping it ends it.
#[derive(Debug)]
pub struct Server {
    child: Child,
    port: String,
}

impl Server {
    /// Serve a folder on a free port of the host.
    ///
    /// # Errors
    /// When `lumen` is not built or does not start.
    pub fn start(folder: &Path) -> anyhow::Result<Self> {
        let lumen = build_dir().join("../target/release/lumen");
        let mut command = Command::new(&lumen);
        command
            .args(["repo", "serve", "--port", "0", "--dir"])
            .arg(folder)
            .current_dir(build_dir().join(".."))
            .stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .with_context(|| format!("run {}", lumen.display()))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let server = Self {
            child,
            port: port_in(&line).to_owned(),
        };
        ensure!(!server.port.is_empty(), "`lumen repo serve` said {line:?}");
        Ok(server)
    }

    /// The options that make tdnf use only the repository in this subfolder, from inside the guest.
    pub fn options(&self, subfolder: &str) -> String {
        format!("--repofrompath=test,{}/{subfolder} --repoid=test", self.address())
    }

    /// Where the guest finds it.
    pub fn address(&self) -> String {
        format!("http://10.0.2.2:{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The port in `... http://ADDRESS:PORT/ ...`.
fn port_in(line: &str) -> &str {
    let after = line.split_once("http://").map_or("", |(_, after)| after);
    let address = after.split('/').next().unwrap_or_default();
    address.rsplit(':').next().unwrap_or_default()
}
