//! Turning the daemon on and off: it is off until somebody wants it.

use std::process::Command;

use anyhow::{Context as _, bail};
use pmd_api::Domain;

/// The units that belong together.
fn units() -> Vec<String> {
    let domains = Domain::ALL.into_iter().filter(|domain| *domain != Domain::Daemon);
    let names = domains.map(Domain::name).chain(["auth"]);
    let sockets = names.map(|name| format!("pmd-helper@{name}.socket"));
    sockets.chain(["pmd.service".to_owned()]).collect()
}

/// Enables and starts everything, or stops and disables it.
pub fn switch(on: bool) -> anyhow::Result<()> {
    let verb = if on { "enable" } else { "disable" };
    let status = Command::new("systemctl")
        .args([verb, "--now", "--quiet"])
        .args(units())
        .status()
        .with_context(|| format!("cannot run systemctl {verb}"))?;
    if !status.success() {
        bail!("systemctl {verb} failed; `systemctl status pmd` says more");
    }
    Ok(())
}
