//! Sockets: our own, and the one that systemd passes.

use std::fs;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;
use std::path::Path;

use anyhow::{Context as _, bail};

/// The socket that systemd has made standard input (systemd.exec(5), StandardInput=socket).
pub fn passed() -> anyhow::Result<OwnedFd> {
    let stdin = io::stdin();
    let fd = stdin.as_fd();
    if !matches!(rustix::net::sockopt::socket_acceptconn(fd), Ok(true)) {
        bail!("standard input is no listening socket; start the .socket unit, or give --socket PATH");
    }
    fd.try_clone_to_owned().context("the socket cannot be used")
}

/// Listens at a path with these permissions. A socket that nobody answers at any more is replaced.
pub fn unix(path: &Path, mode: u32) -> anyhow::Result<UnixListener> {
    if let Ok(metadata) = fs::symlink_metadata(path) {
        if !metadata.file_type().is_socket() {
            bail!("{} is there and no socket; remove it", path.display());
        }
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            bail!("somebody listens at {} already", path.display());
        }
        fs::remove_file(path).with_context(|| format!("cannot remove the old {}", path.display()))?;
    }
    let listener =
        UnixListener::bind(path).with_context(|| format!("cannot listen at {}", path.display()))?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .with_context(|| format!("cannot set the permissions of {}", path.display()))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
