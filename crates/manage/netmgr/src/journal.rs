//! Every change in systemd's journal: who made it, and the difference.
//!
//! This is the native protocol (<https://systemd.io/JOURNAL_NATIVE_PROTOCOL/>): a datagram of fields, `KEY=value` in a
//! line, or `KEY`, a line break, the length in eight bytes and the value where that has line breaks of its own. What
//! does not fit into a datagram is sent as a sealed file. Without a journal nobody is kept from changing anything.

use std::io::{self, Write as _};
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use networkd::Layout;
use rustix::fs::{MemfdFlags, SealFlags};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix};

use crate::diff;
use crate::session::Change;

/// systemd-journald.service(8).
const SOCKET: &str = "/run/systemd/journal/socket";

/// By this all of our entries are found: `journalctl MESSAGE_ID=...`.
const MESSAGE_ID: &str = "5f0b6f4f8d0e4f8ab4b2a9f9a5d7c1e3";

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Files were changed.
    Change,
    /// The last change was taken back.
    Undo,
    /// A change was confirmed.
    Confirm,
    /// A change was not confirmed in time, and taken back.
    Rollback,
    /// Something was done to the running system.
    Act,
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Action::Change => "change",
            Action::Undo => "undo",
            Action::Confirm => "confirm",
            Action::Rollback => "rollback",
            Action::Act => "act",
        }
    }
}

/// Writes an entry about files.
pub(crate) fn record(layout: &Layout, action: Action, changes: &[Change]) {
    let files: Vec<String> = changes
        .iter()
        .map(|change| change.path.display().to_string())
        .collect();
    let mut entry = Entry::new(action, &files.join(", "));
    for file in &files {
        entry.field("NETMGR_FILE", file);
    }
    let difference: String = changes.iter().map(diff::unified).collect();
    entry.field("NETMGR_DIFFERENCE", &difference);
    // A host without a journal is none that cannot be configured.
    let _ = send(&layout.path(SOCKET), &entry.bytes);
}

/// Writes an entry about something else.
pub(crate) fn record_act(layout: &Layout, what: &str) {
    let entry = Entry::new(Action::Act, what);
    let _ = send(&layout.path(SOCKET), &entry.bytes);
}

struct Entry {
    bytes: Vec<u8>,
}

impl Entry {
    fn new(action: Action, what: &str) -> Self {
        let mut entry = Entry { bytes: Vec::new() };
        let who = Who::now();
        entry.field("MESSAGE", &format!("{}: {what} ({})", action.name(), who.text()));
        entry.field("MESSAGE_ID", MESSAGE_ID);
        entry.field("PRIORITY", "5");
        entry.field("SYSLOG_IDENTIFIER", "netmgr");
        entry.field("NETMGR_ACTION", action.name());
        entry.field("NETMGR_UID", &who.uid.to_string());
        if let Some(login) = who.login {
            entry.field("NETMGR_LOGINUID", &login.to_string());
        }
        if let Some(sudo) = &who.sudo {
            entry.field("NETMGR_SUDO_USER", sudo);
        }
        entry
    }

    fn field(&mut self, key: &str, value: &str) {
        self.bytes.extend_from_slice(key.as_bytes());
        if value.contains('\n') {
            self.bytes.push(b'\n');
            self.bytes.extend_from_slice(&(value.len() as u64).to_le_bytes());
        } else {
            self.bytes.push(b'=');
        }
        self.bytes.extend_from_slice(value.as_bytes());
        self.bytes.push(b'\n');
    }
}

/// Who does it: the user of the process, the one who logged in, the one who called sudo.
struct Who {
    uid: u32,
    login: Option<u32>,
    sudo: Option<String>,
}

impl Who {
    fn now() -> Self {
        // 4294967295 is nobody: a process that no login led to.
        let login = std::fs::read_to_string("/proc/self/loginuid").ok();
        let login = login.and_then(|text| text.trim().parse().ok());
        Who {
            uid: rustix::process::getuid().as_raw(),
            login: login.filter(|login| *login != u32::MAX),
            sudo: std::env::var("SUDO_USER").ok(),
        }
    }

    fn text(&self) -> String {
        let mut text = format!("by uid {}", self.uid);
        if let Some(login) = self.login {
            text += &format!(", logged in as uid {login}");
        }
        if let Some(sudo) = &self.sudo {
            let plain: String = sudo.chars().filter(|c| !c.is_control()).collect();
            text += &format!(", sudo by {plain}");
        }
        text
    }
}

fn send(socket: &Path, bytes: &[u8]) -> io::Result<()> {
    let sender = UnixDatagram::unbound()?;
    match sender.send_to(bytes, socket) {
        Ok(_) => Ok(()),
        Err(error) if too_large(&error) => send_file(&sender, socket, bytes),
        Err(error) => Err(error),
    }
}

fn too_large(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::MSGSIZE, Errno::NOBUFS]
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

/// An entry of any size: an empty datagram with a file that nobody can change any more.
fn send_file(sender: &UnixDatagram, socket: &Path, bytes: &[u8]) -> io::Result<()> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let file = rustix::fs::memfd_create("journal-entry", flags)?;
    let mut file = std::fs::File::from(file);
    file.write_all(bytes)?;
    let seals = SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE | SealFlags::SEAL;
    rustix::fs::fcntl_add_seals(&file, seals)?;
    let files = [file.as_fd()];
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    control.push(SendAncillaryMessage::ScmRights(&files));
    let address = SocketAddrUnix::new(socket)?;
    rustix::net::sendmsg_addr(sender, &address, &[], &mut control, SendFlags::empty())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_with_line_breaks_carry_their_length() {
        let mut entry = Entry { bytes: Vec::new() };
        entry.field("A", "one");
        entry.field("B", "two\nlines");
        assert_eq!(entry.bytes, b"A=one\nB\n\x09\0\0\0\0\0\0\0two\nlines\n");
    }
}
