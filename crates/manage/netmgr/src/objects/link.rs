//! What a link is: MAC address, MTU, whether networkd manages it.

use std::path::PathBuf;

use super::dhcp_mode::is_true;
use crate::error::Error;
use crate::session::Session;
use crate::unit::Unit;

/// Whether networkd configures a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It does.
    Auto,
    /// It leaves the link alone.
    Manual,
}

/// What `IPForward=` says, as the settings that systemd 256 has for it (systemd.network(5)); later versions ignore the old
/// one, earlier ones the new. None is to be left to the system.
pub(crate) fn forwarding(value: &str) -> [(&'static str, Option<&'static str>); 2] {
    let (ipv4, ipv6) = match value {
        "ipv4" => (Some("yes"), None),
        "ipv6" => (None, Some("yes")),
        value if is_true(value) => (Some("yes"), Some("yes")),
        _ => (Some("no"), Some("no")),
    };
    [("IPv4Forwarding", ipv4), ("IPv6Forwarding", ipv6)]
}

/// What to change of a link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The MAC address.
    pub mac: Option<String>,
    /// The MTU.
    pub mtu: Option<String>,
    /// Whether networkd manages it.
    pub mode: Option<Mode>,
}

/// Whether networkd manages a link, by its configuration.
pub fn mode(session: &mut Session, interface: &str) -> Result<Mode, Error> {
    let unit = Unit::of_interface(session, interface)?;
    match unit.value(session, "Link", "Unmanaged")? {
        Some(value) if is_true(&value) => Ok(Mode::Manual),
        _ => Ok(Mode::Auto),
    }
}

/// The file that is this interface's own and no other's, which is made if there is none.
pub fn own_file(session: &mut Session, interface: &str) -> Result<PathBuf, Error> {
    Ok(Unit::own(session, interface)?.main())
}

/// MAC address and MTU that are configured.
pub fn configured(session: &mut Session, interface: &str) -> Result<Settings, Error> {
    let unit = Unit::of_interface(session, interface)?;
    Ok(Settings {
        mac: unit.value(session, "Link", "MACAddress")?,
        mtu: unit.value(session, "Link", "MTUBytes")?,
        mode: Some(mode(session, interface)?),
    })
}

/// Changes what is given.
pub fn set(session: &mut Session, interface: &str, settings: &Settings) -> Result<(), Error> {
    let unit = Unit::own(session, interface)?;
    if let Some(mac) = &settings.mac {
        unit.set(session, "Link", "MACAddress", mac)?;
    }
    if let Some(mtu) = &settings.mtu {
        unit.set(session, "Link", "MTUBytes", mtu)?;
    }
    match settings.mode {
        Some(Mode::Manual) => unit.set(session, "Link", "Unmanaged", "yes"),
        Some(Mode::Auto) => unit.remove(session, "Link", "Unmanaged", |_| true).map(|_| ()),
        None => Ok(()),
    }
}
