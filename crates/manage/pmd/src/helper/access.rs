//! Who may talk to a helper, and where its socket comes from.

use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use anyhow::{Context as _, bail};
use rustix::net::sockopt::socket_peercred;

/// The socket that systemd passes, or one at a path.
pub(super) fn listener(path: Option<&Path>) -> anyhow::Result<UnixListener> {
    match path {
        Some(path) => crate::listen::unix(path, 0o600),
        None => Ok(UnixListener::from(crate::listen::passed()?)),
    }
}

/// Refuses everybody but root and the daemon.
pub(super) fn check(stream: &UnixStream, daemon: u32) -> anyhow::Result<()> {
    let peer = socket_peercred(stream).context("the peer's credentials cannot be read")?;
    let uid = peer.uid.as_raw();
    if uid != 0 && uid != daemon {
        bail!("user {uid} may not talk to this helper; only the daemon's user {daemon} and root may");
    }
    Ok(())
}
