//! The rpm of Debian 12 (4.18) on whatever machine the tests run, and that of Debian 13 (4.20), with which all comparisons
//! are made once more when `TEST_LONG=1` is set: each in a root of its own.
//!
//! What differs from 4.18, and is compared modulo that: file triggers get the number of instances of the package that
//! sets them off as argument, where 4.18 passes 0 (lib/rpmtriggers.c, runHandleTriggersInPkg). We pass 0. Weak
//! dependencies count for the order in 4.18 only (lib/order.c, addSingleRelation), and here; no test compares that.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The measure is rpm 4.18, that of Photon 5 and of Debian 12, which a machine with another rpm has in a root as well.
const MEASURE: &str = "4.18";

/// Names the release of Debian whose rpm is to be asked.
const VARIABLE: &str = "LAB_RPM_OF";

/// That rpm of Debian 13 is asked, not the measure.
pub(crate) fn is_newer() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// The root whose rpm is asked, unless it is this machine's.
pub(crate) fn chosen() -> Option<&'static Path> {
    static ROOT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || match is_newer() {
        true => Some(root("trixie")),
        false => (!is_measure()).then(|| root("bookworm")),
    };
    ROOT.get_or_init(find).as_deref()
}

/// `rpm --version` says "RPM version 4.18.0".
fn is_measure() -> bool {
    let output = Command::new("rpm").arg("--version").output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&text).contains(&format!(" {MEASURE}."))
}

/// Run all other tests of this program again, with the rpm of Debian 13. `this` is the test that asks for it.
pub(crate) fn repeat_all_but(this: &str) {
    if is_newer() || std::env::var_os("TEST_LONG").is_none() {
        return;
    }
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--skip", this])
        .env(VARIABLE, "trixie")
        .env_remove("TEST_LONG")
        .status();
    assert!(status.unwrap().success(), "see above");
}

/// rpm in that root, which sees the folder of the test under the same name.
pub(crate) fn rpm(debian: &Path, folder: &Path) -> Command {
    let mut command = Command::new("bwrap");
    if !rustix::process::geteuid().is_root() {
        command.args(["--unshare-user", "--uid", "0", "--gid", "0"]);
    }
    command
        .args(["--cap-add", "ALL", "--ro-bind"])
        .arg(debian)
        .arg("/");
    command.args(["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]);
    command.arg("--bind").args([folder, folder]);
    command.arg("rpm");
    command
}

/// Made once, from the mirror that `LUMEN_MIRROR` names or else the one that mmdebstrap knows.
fn root(release: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{release}-rpm"));
    // Several test programs may want it at the same time.
    let lock = fs::File::create(root.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    if !root.exists() {
        make(release, &root);
    }
    root
}

fn make(release: &str, root: &Path) {
    let new = root.with_extension("new");
    let mut command = Command::new("mmdebstrap");
    command.args(["--quiet", "--variant=extract", "--include=rpm", release, "-"]);
    command.args(std::env::var_os("LUMEN_MIRROR"));
    // As an archive, for the users that mmdebstrap becomes see no folder in a home of mode 700.
    let started = command.stdout(Stdio::piped()).spawn();
    assert!(
        started.is_ok(),
        "{started:?}: install the packages mmdebstrap and uidmap"
    );
    let mut mmdebstrap = started.unwrap();
    let archive = mmdebstrap.stdout.take().unwrap();
    let _ = fs::remove_dir_all(&new);
    fs::create_dir(&new).unwrap();
    let mut tar = Command::new("tar");
    tar.args(["-x", "--exclude=./dev/*", "-C"]).arg(&new);
    let unpacked = tar.stdin(archive).status().unwrap();
    let status = mmdebstrap.wait().unwrap();
    assert!(
        status.success() && unpacked.success(),
        "cannot make a root of {release}: mmdebstrap ended with {status}, tar with {unpacked}"
    );
    // Packages of Debian 12 bring these as folders.
    for name in ["bin", "lib", "lib64"] {
        let link = new.join(name);
        if !link.exists() {
            symlink(Path::new("usr").join(name), link).unwrap();
        }
    }
    fs::create_dir_all(new.join("proc")).unwrap();
    fs::rename(&new, root).unwrap();
}

/// The log with what differs in 4.20 left out, if that is what is compared with.
pub(crate) fn comparable(log: String) -> String {
    if !is_newer() {
        return log;
    }
    let line = |line: &str| match line.rsplit_once(": ") {
        Some((label, _)) if label.starts_with("File ") || label.starts_with("Transaction ") => {
            format!("{label}: ?\n")
        }
        _ => format!("{line}\n"),
    };
    log.lines().map(line).collect()
}
