//! Telling the services, and the kernel, that their configuration has changed.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::Error;
use crate::objects::hostname;
use crate::session::{Change, Session};

/// Tells the services whose files were written; what to say about those that do not run.
pub(super) fn tell(changes: &[Change]) -> Result<Vec<String>, Error> {
    let wrote = |part: &str| {
        changes
            .iter()
            .any(|change| change.path.to_string_lossy().contains(part))
    };
    let mut notes = Vec::new();
    if changes
        .iter()
        .any(|change| change.path == Path::new("/etc/hostname") && change.after.is_some())
    {
        take_name()?;
    }
    if wrote("/systemd/network/") {
        notes.extend(try_to("networkd", &["networkctl", "reload"]));
    }
    for (part, service) in [
        ("/systemd/networkd.conf", "systemd-networkd"),
        ("/systemd/resolved.conf", "systemd-resolved"),
        ("/systemd/timesyncd.conf", "systemd-timesyncd"),
    ] {
        if wrote(part) {
            notes.extend(try_to(service, &["systemctl", "try-restart", service]));
        }
    }
    Ok(notes)
}

/// Gives the kernel the name in /etc/hostname.
fn take_name() -> Result<(), Error> {
    let name = hostname::get(&mut Session::reading(Path::new("/")))?;
    rustix::system::sethostname(name.as_bytes()).map_err(|error| Error::Kernel {
        what: format!("name this host {name}, which it will be after the next start"),
        source: error.into(),
    })
}

/// Without systemd as init there is nobody to tell: the files count when it starts.
fn try_to(service: &str, words: &[&str]) -> Option<String> {
    let boots = Path::new("/run/systemd/system").exists();
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    match boots && command.status().is_ok_and(|status| status.success()) {
        true => None,
        false => Some(format!(
            "{service} was not told; the change takes effect when it next starts"
        )),
    }
}
