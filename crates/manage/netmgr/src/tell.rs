//! Telling the services, and the kernel, that their configuration has changed.

use std::path::Path;

use crate::error::Error;
use crate::live;
use crate::live::services::Services;
use crate::objects::hostname;
use crate::session::{Change, Session};

/// Files with settings that a service reads only when it starts, and the service.
const READ_AT_START: [(&str, &str); 4] = [
    ("/systemd/networkd.conf", "systemd-networkd.service"),
    ("/systemd-networkd.service.d/", "systemd-networkd.service"),
    ("/systemd/resolved.conf", "systemd-resolved.service"),
    ("/systemd/timesyncd.conf", "systemd-timesyncd.service"),
];

/// Tells the services whose files were written; what to say about those that do not run. The files count when these
/// start, so that it is no failure.
pub fn services(changes: &[Change]) -> Result<Vec<String>, Error> {
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
    if wrote("/systemd-networkd.service.d/") {
        notes.extend(tell("systemd", Services::reload_systemd)?);
    }
    if wrote("/systemd/network/") {
        notes.extend(tell("networkd", Services::reload_networkd)?);
    }
    for name in changes.iter().filter_map(removed_netdev) {
        if live::exists(&name) {
            live::delete(&name)?;
        }
    }
    for (part, unit) in READ_AT_START {
        if wrote(part) {
            let name = unit.trim_start_matches("systemd-").trim_end_matches(".service");
            notes.extend(tell(name, |services| services.try_restart(unit))?);
        }
    }
    Ok(notes)
}

/// The interface of a .netdev file that has gone. networkd makes interfaces, but never removes one by itself.
fn removed_netdev(change: &Change) -> Option<String> {
    let is_netdev = change
        .path
        .extension()
        .is_some_and(|extension| extension == "netdev");
    match (&change.before, &change.after) {
        (Some(before), None) if is_netdev => networkd::Document::parse(before)
            .value("NetDev", "Name")
            .map(str::to_owned),
        _ => None,
    }
}

/// Gives the kernel the name in /etc/hostname: by hostnamed, which tells others of it, or ourselves.
fn take_name() -> Result<(), Error> {
    let name = hostname::get(&mut Session::reading(Path::new("/")))?;
    let announced = Services::connect().and_then(|mut services| services.announce_hostname(&name));
    if announced.is_ok() && rustix::system::uname().nodename().to_bytes() == name.as_bytes() {
        return Ok(());
    }
    rustix::system::sethostname(name.as_bytes()).map_err(|error| Error::Kernel {
        what: format!("name this host {name}, which it will be after the next start"),
        source: error.into(),
    })
}

/// A note if the service, or D-Bus, is not there.
fn tell(service: &str, order: impl Fn(&mut Services) -> Result<(), Error>) -> Result<Option<String>, Error> {
    let done = Services::connect().and_then(|mut services| order(&mut services));
    match done {
        Ok(()) => Ok(None),
        Err(Error::Offline(reason)) => Ok(Some(format!(
            "{service} was not told, for {reason}; the change takes effect when it next starts"
        ))),
        Err(error) => Err(error),
    }
}
