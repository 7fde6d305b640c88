//! Links as the kernel has them.

use super::netlink::{self, Attributes, number};
use crate::error::Error;

/// linux/rtnetlink.h, linux/if_link.h and netdevice(7).
const RTM_NEWLINK: u16 = 16;
const RTM_DELLINK: u16 = 17;
const RTM_GETLINK: u16 = 18;
const RTM_SETLINK: u16 = 19;
const IFLA_ADDRESS: u16 = 1;
const IFLA_IFNAME: u16 = 3;
const IFLA_MTU: u16 = 4;
const IFLA_LINK: u16 = 5;
const IFLA_MASTER: u16 = 10;
const IFLA_OPERSTATE: u16 = 16;
const IFLA_LINKINFO: u16 = 18;
const IFLA_CARRIER: u16 = 33;
const IFLA_PROP_LIST: u16 = 52;
const IFLA_ALT_IFNAME: u16 = 53;
const IFLA_INFO_KIND: u16 = 1;
const IFF_UP: u32 = 1;

/// RFC 2863's operational state of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the RFC says what each means")]
pub enum Operational {
    Unknown,
    NotPresent,
    Down,
    LowerLayerDown,
    Testing,
    Dormant,
    Up,
}

impl Operational {
    fn of(number: u8) -> Self {
        match number {
            1 => Operational::NotPresent,
            2 => Operational::Down,
            3 => Operational::LowerLayerDown,
            4 => Operational::Testing,
            5 => Operational::Dormant,
            6 => Operational::Up,
            _ => Operational::Unknown,
        }
    }
}

/// A link as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its number.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// Its other names.
    pub alternative_names: Vec<String>,
    /// Its MAC address; empty if it has none.
    pub mac: String,
    /// Its MTU.
    pub mtu: u32,
    /// Whether it is up (by the administrator's will, whether or not there is a carrier).
    pub up: bool,
    /// Whether there is a carrier.
    pub carrier: bool,
    /// Whether packets pass.
    pub operational: Operational,
    /// What kind of virtual link it is: `bridge`, `veth` ...
    pub kind: Option<String>,
    /// The bridge, bond or VRF that it belongs to.
    pub master: Option<u32>,
    /// The link that it lies upon.
    pub lower: Option<u32>,
}

/// All links, by name.
pub fn links() -> Result<Vec<Link>, Error> {
    let failed = |source| Error::Kernel {
        what: "list the links".to_owned(),
        source,
    };
    // An ifinfomsg with no family is all of them.
    let found = netlink::dump(RTM_GETLINK, &[0; 16], RTM_NEWLINK).map_err(failed)?;
    let mut links: Vec<Link> = found.iter().filter_map(|body| parse(body)).collect();
    links.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(links)
}

/// The link of a name, or of another name of it.
pub fn link(name: &str) -> Result<Link, Error> {
    let is_it = |link: &Link| link.name == name || link.alternative_names.iter().any(|other| other == name);
    let found = links()?.into_iter().find(is_it);
    found.ok_or_else(|| Error::Interface(format!("there is no interface {name}")))
}

/// An ifinfomsg and its attributes.
fn parse(body: &[u8]) -> Option<Link> {
    let (index, flags) = (number(body, 4)?, number(body, 8)?);
    let attributes = Attributes::read(body.get(16..)?);
    let inner = |wanted| Attributes::read(attributes.bytes(wanted).unwrap_or_default());
    let byte = |wanted| attributes.bytes(wanted).and_then(|value| value.first().copied());
    let names = inner(IFLA_PROP_LIST);
    Some(Link {
        index,
        name: attributes.bytes(IFLA_IFNAME).map(netlink::text)?,
        alternative_names: names.all(IFLA_ALT_IFNAME).map(netlink::text).collect(),
        mac: attributes
            .bytes(IFLA_ADDRESS)
            .map(netlink::mac)
            .unwrap_or_default(),
        mtu: attributes.number(IFLA_MTU)?,
        up: flags & IFF_UP != 0,
        carrier: byte(IFLA_CARRIER) == Some(1),
        operational: Operational::of(byte(IFLA_OPERSTATE).unwrap_or(0)),
        kind: inner(IFLA_LINKINFO).bytes(IFLA_INFO_KIND).map(netlink::text),
        master: attributes.number(IFLA_MASTER),
        lower: attributes
            .number(IFLA_LINK)
            .filter(|lower| *lower != 0 && *lower != index),
    })
}

pub(crate) fn exists(interface: &str) -> bool {
    link(interface).is_ok()
}

pub(crate) fn mac(interface: &str) -> Option<String> {
    link(interface).ok().map(|link| link.mac)
}

/// Brings a link up or down, now.
pub fn set_up(interface: &str, up: bool) -> Result<(), Error> {
    let index = link(interface)?.index;
    // An ifinfomsg: family, type and padding, then index, flags and which of them change.
    let mut body = vec![0; 4];
    for number in [index, if up { IFF_UP } else { 0 }, IFF_UP] {
        body.extend_from_slice(&number.to_ne_bytes());
    }
    netlink::order(RTM_SETLINK, 0, &body).map_err(|source| Error::Kernel {
        what: format!("bring {interface} {}", if up { "up" } else { "down" }),
        source,
    })
}

/// Removes a virtual link.
pub fn delete(interface: &str) -> Result<(), Error> {
    let index = link(interface)?.index;
    let mut body = vec![0; 16];
    body[4..8].copy_from_slice(&index.to_ne_bytes());
    netlink::order(RTM_DELLINK, 0, &body).map_err(|source| Error::Kernel {
        what: format!("remove the interface {interface}"),
        source,
    })
}

pub(super) fn is_running(interface: &str) -> bool {
    // A loopback device has no carrier to speak of: its state is "unknown".
    link(interface)
        .is_ok_and(|link| link.up && matches!(link.operational, Operational::Up | Operational::Unknown))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_loopback_device_everywhere() {
        let lo = link("lo").unwrap();
        assert_eq!((lo.index, lo.mac.as_str()), (1, "00:00:00:00:00:00"));
        assert_eq!((lo.kind, lo.master, lo.lower), (None, None, None));
    }
}
