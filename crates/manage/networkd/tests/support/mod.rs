//! Asks systemd-networkd itself what it makes of a configuration.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

const NETWORKD: &str = "/lib/systemd/systemd-networkd";

/// What networkd said about a file: by line, its complaint.
pub type Complaints = BTreeMap<usize, String>;

/// Lets networkd read the tree as /etc/systemd, in namespaces of its own with only a loopback device, and gives
/// its complaints by file name.
pub fn complaints(etc_systemd: &Path) -> BTreeMap<String, Complaints> {
    assert!(
        Path::new(NETWORKD).exists(),
        "{NETWORKD} is missing: install the package systemd"
    );
    let mut child = Command::new("bwrap")
        .args([
            "--unshare-user",
            "--uid",
            "998",
            "--gid",
            "998",
            "--unshare-net",
            "--unshare-pid",
        ])
        .args([
            "--die-with-parent",
            "--ro-bind",
            "/",
            "/",
            "--dev",
            "/dev",
            "--proc",
            "/proc",
        ])
        .args(["--tmpfs", "/run", "--ro-bind"])
        .arg(etc_systemd)
        .args(["/etc/systemd", "--setenv", "SYSTEMD_LOG_TARGET", "console"])
        .args([
            "--setenv",
            "SYSTEMD_LOG_LEVEL",
            "info",
            "--setenv",
            "SYSTEMD_LOG_COLOR",
            "0",
            NETWORKD,
        ])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("cannot run bwrap: install the package bubblewrap");
    let log = BufReader::new(child.stderr.take().unwrap());
    let mut lines = Vec::new();
    let mut done = false;
    for line in log.split(b'\n') {
        let line = String::from_utf8_lossy(&line.unwrap()).into_owned();
        done = line.contains("Enumeration completed");
        if done {
            break;
        }
        lines.push(line);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(done, "networkd did not come up:\n{}", lines.join("\n"));
    by_file(&lines)
}

/// Lines such as `/etc/systemd/network/10-x.network:4: Invalid address ...`.
fn by_file(log: &[String]) -> BTreeMap<String, Complaints> {
    let mut found: BTreeMap<String, Complaints> = BTreeMap::new();
    for line in log.iter().filter_map(|line| line.strip_prefix("/etc/systemd/")) {
        let mut parts = line.splitn(3, ':');
        let (Some(file), Some(number), Some(what)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        if let Ok(number) = number.parse() {
            let name = file.rsplit('/').next().unwrap().to_owned();
            found
                .entry(name)
                .or_default()
                .insert(number, what.trim().to_owned());
        }
    }
    found
}

/// The version of the systemd that is installed.
pub fn version() -> u16 {
    let output = Command::new("networkctl").arg("--version").output();
    let text = output
        .expect("cannot run networkctl: install the package systemd")
        .stdout;
    let text = String::from_utf8(text).unwrap();
    text.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// An empty /etc/systemd to fill.
pub fn tree() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("network")).unwrap();
    fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    dir
}
