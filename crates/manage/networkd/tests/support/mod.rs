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
    let mut child = sandbox()
        .args(["--uid", "998", "--gid", "998", "--ro-bind"])
        .arg(etc_systemd)
        .args(["/etc/systemd", NETWORKD])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("cannot run bwrap: install the package bubblewrap");
    let log = BufReader::new(child.stderr.take().unwrap());
    let mut lines = Vec::new();
    // The files are read before the links are looked at.
    let mut done = false;
    for line in log.split(b'\n') {
        let line = String::from_utf8_lossy(&line.unwrap()).into_owned();
        done = line.ends_with(": Gained carrier");
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

/// The version of the systemd that is asked.
pub fn version() -> u16 {
    let output = sandbox().args(["networkctl", "--version"]).output();
    let text = output
        .expect("cannot run bwrap: install the package bubblewrap")
        .stdout;
    let text = String::from_utf8(text).unwrap();
    text.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Namespaces with only a loopback device, on the root of this machine, or on that of an image with another
/// version of systemd, which LUMEN_NETWORKD_ROOT names.
fn sandbox() -> Command {
    let root = std::env::var("LUMEN_NETWORKD_ROOT").unwrap_or_else(|_| "/".to_owned());
    let program = Path::new(&root).join(NETWORKD.trim_start_matches('/'));
    assert!(
        program.exists(),
        "{} is missing: install the package systemd",
        program.display()
    );
    // A version that never says what is waited for must not hang the test.
    let mut command = Command::new("timeout");
    command
        .args(["60", "bwrap"])
        .args([
            "--unshare-user",
            "--unshare-net",
            "--unshare-pid",
            "--die-with-parent",
            "--ro-bind",
            &root,
            "/",
        ])
        .args(["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/run"])
        .args([
            "--setenv",
            "SYSTEMD_LOG_TARGET",
            "console",
            "--setenv",
            "SYSTEMD_LOG_LEVEL",
            "info",
        ])
        .args([
            "--dir",
            "/run/systemd/netif/links",
            "--dir",
            "/run/systemd/netif/leases",
        ])
        .args(["--setenv", "SYSTEMD_LOG_COLOR", "0"]);
    command
}

/// An empty /etc/systemd to fill.
pub fn tree() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("network")).unwrap();
    fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    dir
}
