//! The completions in the package are those that the commands print.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

/// With LUMEN_WRITE=1 in the environment it writes them.
#[test]
fn completions_are_in_step_with_the_tables() {
    for (program, path) in [
        ("netmgr", env!("CARGO_BIN_EXE_netmgr")),
        ("nmctl", env!("CARGO_BIN_EXE_nmctl")),
    ] {
        let made = Command::new(path)
            .args(["completions", "bash"])
            .output()
            .unwrap()
            .stdout;
        let kept = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../distro/packages/netmgr/files/usr/share/bash-completion/completions")
            .join(program);
        if std::env::var_os("LUMEN_WRITE").is_some() {
            fs::write(&kept, &made).unwrap();
        }
        assert!(
            fs::read(&kept).unwrap_or_default() == made,
            "{} is old: LUMEN_WRITE=1 cargo test -p netmgr --test packaged writes it",
            kept.display()
        );
    }
}
