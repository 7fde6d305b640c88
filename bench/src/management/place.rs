//! A host of the benchmark's own: files, the daemon, its helpers.

use anyhow::{Context as _, ensure};
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::process::Process;

const USER: &str = "vera";
const PASSWORD: &str = "correct horse";
/// `vera:correct horse`, base64.
const BASIC: &str = "dmVyYTpjb3JyZWN0IGhvcnNl";

/// Helpers that run where there is no systemd and no repository, and what each is asked before its memory is looked at.
const HELPERS: [(&str, &str); 5] = [
    ("auth", "/api/v2/whoami"),
    ("system", "/api/v2/system/info"),
    ("network", "/api/v2/network/ntp"),
    ("users", "/api/v2/users"),
    ("packages", "/api/v2/packages/count"),
];

/// The directory that is the host's root.
pub(super) struct Place {
    root: PathBuf,
    programs: PathBuf,
}

impl Place {
    /// Makes it. `vera` may look at everything; whoever runs this may do everything.
    pub(super) fn make(programs: &Path) -> anyhow::Result<Self> {
        let root = std::env::temp_dir().join(format!("bench-management-{}", std::process::id()));
        let at = root.display();
        let files = [
            (
                "etc/passwd",
                format!("{USER}:x:5001:5001::/:/bin/sh\nroot:x:0:0::/:/bin/sh\n"),
            ),
            ("etc/group", format!("root:x:0:\npmd-viewer:x:101:{USER}\n")),
            ("etc/pmd/passwords", format!("{USER}:{PASSWORD}\n")),
            ("etc/hostname", "bench\n".to_owned()),
            ("proc/meminfo", "MemTotal: 1000 kB\n".to_owned()),
            ("etc/tdnf/tdnf.conf", "[main]\n".to_owned()),
            ("run/helper/.keep", String::new()),
            ("state/.keep", String::new()),
            (
                "etc/pmd/pmd.toml",
                format!(
                    "[listen]\ntls = [\"127.0.0.1:0\"]\nunix = \"{at}/run/pmd.sock\"\n\
                     [paths]\nhelpers = \"{at}/run/helper\"\nstate = \"{at}/state\"\naudit = \"{at}/audit.jsonl\"\n"
                ),
            ),
        ];
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().context("a file is in a directory")?)?;
            fs::write(path, text)?;
        }
        Ok(Place {
            root,
            programs: programs.to_owned(),
        })
    }

    /// The header that says who asks.
    pub(super) fn authorization(&self) -> String {
        format!("Authorization: Basic {BASIC}")
    }

    /// Starts the helpers.
    pub(super) fn helpers(&self) -> anyhow::Result<Vec<(&'static str, Process)>> {
        HELPERS
            .iter()
            .map(|(domain, _)| Ok((*domain, self.helper(domain)?)))
            .collect()
    }

    fn helper(&self, domain: &str) -> anyhow::Result<Process> {
        let socket = UnixListener::bind(self.root.join(format!("run/helper/{domain}.sock")))?;
        let child = Command::new(self.programs.join("pmd-helper"))
            .args([domain, "--idle", "600", "--root"])
            .arg(&self.root)
            .arg("--config")
            .arg(self.root.join("etc/pmd/pmd.toml"))
            .stdin(Stdio::from(OwnedFd::from(socket)))
            .spawn()
            .context("run pmd-helper: cargo build --release -p pmd")?;
        Ok(Process(child))
    }

    /// Starts the daemon and waits until it says that it is ready; its port.
    pub(super) fn daemon(&self) -> anyhow::Result<(Process, u16)> {
        let notify = self.root.join("run/notify.sock");
        let _ = fs::remove_file(&notify);
        let socket = UnixDatagram::bind(&notify)?;
        socket.set_read_timeout(Some(Duration::from_secs(60)))?;
        let child = Command::new(self.programs.join("pmd"))
            .arg("--config")
            .arg(self.root.join("etc/pmd/pmd.toml"))
            .arg("serve")
            .env("NOTIFY_SOCKET", &notify)
            .spawn()
            .context("run pmd: cargo build --release -p pmd")?;
        let daemon = Process(child);
        let mut buffer = [0; 4096];
        let length = socket.recv(&mut buffer).context("pmd is not ready")?;
        let text = String::from_utf8_lossy(buffer.get(..length).unwrap_or_default()).into_owned();
        let port = text
            .rsplit_once(':')
            .and_then(|(_, port)| port.trim().parse().ok());
        Ok((daemon, port.context("pmd does not say where it listens")?))
    }

    /// Has every helper do something once.
    pub(super) fn ask_all(&self) -> anyhow::Result<()> {
        for (_, path) in HELPERS {
            let mut stream = UnixStream::connect(self.root.join("run/pmd.sock"))?;
            write!(
                stream,
                "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            )?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            ensure!(answer.starts_with("HTTP/1.1 200"), "GET {path}: {answer}");
        }
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}
