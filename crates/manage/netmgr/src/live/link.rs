//! Links, from sysfs.

use std::io;
use std::path::{Path, PathBuf};

use super::rtnetlink;
use crate::error::Error;

const CLASS: &str = "/sys/class/net";
/// `IFF_UP` of netdevice(7).
const IFF_UP: u32 = 1;

/// A link as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its name.
    pub name: String,
    /// Its MAC address.
    pub mac: String,
    /// Its MTU.
    pub mtu: u32,
    /// Whether it is up (by the administrator's will, whether or not there is a carrier).
    pub up: bool,
}

/// All links, by name.
pub fn links() -> Result<Vec<Link>, Error> {
    let failed = |source| Error::File {
        what: "list the links in",
        path: PathBuf::from(CLASS),
        source,
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(CLASS).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    // Files such as bonding_masters are no links, and a link may be gone by now.
    Ok(names.into_iter().filter_map(|name| link(name).ok()).collect())
}

fn link(name: String) -> io::Result<Link> {
    let attribute = |what: &str| {
        let text = std::fs::read_to_string(Path::new(CLASS).join(&name).join(what))?;
        Ok::<_, io::Error>(text.trim().to_owned())
    };
    let flags = attribute("flags")?;
    let flags = u32::from_str_radix(flags.trim_start_matches("0x"), 16).map_err(io::Error::other)?;
    Ok(Link {
        mac: attribute("address")?,
        mtu: attribute("mtu")?.parse().map_err(io::Error::other)?,
        up: flags & IFF_UP != 0,
        name,
    })
}

pub(crate) fn exists(interface: &str) -> bool {
    !interface.contains('/') && Path::new(CLASS).join(interface).join("ifindex").exists()
}

pub(crate) fn mac(interface: &str) -> Option<String> {
    link(interface.to_owned()).ok().map(|link| link.mac)
}

/// Brings a link up or down, now.
pub fn set_up(interface: &str, up: bool) -> Result<(), Error> {
    let index = index(interface)?;
    rtnetlink::set_flags(index, if up { IFF_UP } else { 0 }, IFF_UP).map_err(|source| Error::Kernel {
        what: format!("bring {interface} {}", if up { "up" } else { "down" }),
        source,
    })
}

pub(super) fn index(interface: &str) -> Result<u32, Error> {
    let missing = || Error::Interface(format!("there is no interface {interface}"));
    if !exists(interface) {
        return Err(missing());
    }
    let text =
        std::fs::read_to_string(Path::new(CLASS).join(interface).join("ifindex")).map_err(|_| missing())?;
    text.trim().parse().map_err(|_| missing())
}

pub(super) fn is_running(interface: &str) -> bool {
    let state = std::fs::read_to_string(Path::new(CLASS).join(interface).join("operstate"));
    let up = link(interface.to_owned()).is_ok_and(|link| link.up);
    // A loopback device has no carrier to speak of: its state is "unknown".
    up && state.is_ok_and(|state| matches!(state.trim(), "up" | "unknown"))
}
