//! The root that all machines share.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What is in it. Debian 13, since that is where the image's sssd and adcli come from.
const PACKAGES: &str = "slapd,ldap-utils,krb5-kdc,krb5-admin-server,krb5-user,sssd-ad,sssd-ldap,sssd-krb5,sssd-tools,\
libnss-sss,libpam-sss,adcli,samba-ad-dc,samba-ad-provision,samba-dsdb-modules,iproute2,libsasl2-modules-gssapi-mit,sudo";

/// Made once, from the mirror that `LUMEN_MIRROR` names or else the one that mmdebstrap knows; about a minute and 360 MB.
pub(crate) fn root() -> PathBuf {
    let roots = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../build/roots");
    let root = roots.join("debian-13-directory");
    std::fs::create_dir_all(&roots).unwrap();
    // Two test programs may want it at the same time.
    let lock = std::fs::File::create(roots.join("debian-13-directory.lock")).unwrap();
    lock.lock().unwrap();
    if !root.exists() {
        make(&root);
    }
    root.canonicalize().unwrap()
}

fn make(root: &Path) {
    let new = root.with_extension("new");
    let mut command = Command::new("mmdebstrap");
    command.args([
        "--quiet",
        "--variant=minbase",
        "--aptopt=APT::Install-Recommends \"false\"",
    ]);
    for unwanted in ["man", "doc", "locale"] {
        command.arg(format!("--dpkgopt=path-exclude=/usr/share/{unwanted}/*"));
    }
    command.args([
        "--dpkgopt=force-unsafe-io",
        &format!("--include={PACKAGES}"),
        "trixie",
    ]);
    // As an archive, for the users that mmdebstrap becomes see no folder in a home of mode 700.
    command.arg("-").args(std::env::var_os("LUMEN_MIRROR"));
    let mut mmdebstrap = command
        .stdout(Stdio::piped())
        .spawn()
        .expect("install mmdebstrap and uidmap");
    let archive = mmdebstrap.stdout.take().unwrap();
    let _ = std::fs::remove_dir_all(&new);
    std::fs::create_dir(&new).unwrap();
    let unpacked = unpack(&new).stdin(archive).status().unwrap();
    let status = mmdebstrap.wait().unwrap();
    assert!(
        status.success() && unpacked.success(),
        "cannot make a root of Debian 13: mmdebstrap ended with {status}, tar with {unpacked}"
    );
    std::fs::rename(&new, root).unwrap();
}

/// Owned as the machines will see it: their root is whoever runs the test.
fn unpack(folder: &Path) -> Command {
    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.args(["--map-root-user", "--map-auto"]);
    }
    // Devices are for real administrators only; the machines bring some of their own.
    command.args(["tar", "-xp", "--numeric-owner", "--exclude=./dev/*", "-C"]);
    command.arg(folder);
    command
}
