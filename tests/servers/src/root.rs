//! The root that all machines share.

use std::path::{Path, PathBuf};
use std::process::Command;

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
    let status = command.arg(&new).args(std::env::var_os("LUMEN_MIRROR")).status();
    assert!(
        status.as_ref().is_ok_and(std::process::ExitStatus::success),
        "cannot make a root of Debian 13 with mmdebstrap ({status:?}): install the packages mmdebstrap and uidmap"
    );
    std::fs::rename(&new, root).unwrap();
}
