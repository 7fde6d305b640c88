//! sssd and what must hear of it.

use std::time::Duration;

use crate::error::Error;
use crate::host::Host;
use crate::tool::{Finished, Tool};

const SSSD: &str = "sssd.service";

fn systemctl(arguments: &[&str]) -> Result<Finished, Error> {
    let tool = arguments
        .iter()
        .fold(Tool::new("systemctl"), |tool, argument| tool.arg(argument));
    tool.limit(Duration::from_secs(100)).run()
}

/// Starts sssd now and at every boot. Without systemd - in a tree, in a container - that is for who starts things there.
pub(crate) fn start(host: &Host) -> Result<(), Error> {
    if !host.is_running() {
        return Ok(());
    }
    systemctl(&["enable", "--quiet", SSSD])?;
    let started = systemctl(&["restart", SSSD])?;
    reload_others(host);
    match started.success {
        true => Ok(()),
        false => Err(Error::Service {
            unit: SSSD,
            why: started.reason(),
        }),
    }
}

/// Stops it.
pub(crate) fn stop(host: &Host) -> Result<(), Error> {
    if host.is_running() {
        systemctl(&["disable", "--quiet", "--now", SSSD])?;
    }
    Ok(())
}

/// Tells those whose configuration has changed and who run: sshd, and pmd, whose roles are mapped to groups. An sshd that a
/// socket has started would end by a reload, since it cannot bind the port again; a restart leaves its sessions alone.
pub(crate) fn reload_others(host: &Host) {
    if host.is_running() {
        let _ = systemctl(&["try-restart", "ssh.service"]);
        let _ = systemctl(&["try-reload-or-restart", "pmd.service"]);
    }
}

/// Forgets what sssd has cached of another directory: its data base belongs to the one we leave.
pub(crate) fn forget(host: &Host) -> Result<(), Error> {
    for folder in ["/var/lib/sss/db", "/var/lib/sss/mc"] {
        let Ok(entries) = std::fs::read_dir(host.path(folder)) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            std::fs::remove_file(&path).map_err(Error::file("remove", path))?;
        }
    }
    Ok(())
}
