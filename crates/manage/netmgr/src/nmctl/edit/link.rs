//! What a link is.

use super::super::request::{Request, truth};
use crate::error::Error;
use crate::objects::dhcp_mode::Dhcp;
use crate::objects::family::Family;
use crate::objects::{address, link as object};
use crate::session::Session;
use crate::unit::Unit;

/// MTU, MAC address, whether networkd manages it.
pub(in super::super) fn link(session: &mut Session, request: &Request) -> Result<(), Error> {
    let mode = request.switch("manage")?.map(|on| match on {
        true => object::Mode::Auto,
        false => object::Mode::Manual,
    });
    let settings = object::Settings {
        mac: request.get("mac").map(str::to_owned),
        mtu: request.get("mtu").map(str::to_owned),
        mode,
    };
    object::set(session, request.device()?, &settings)
}

/// For which family the interface counts as online.
pub(in super::super) fn required_family(session: &mut Session, request: &Request) -> Result<(), Error> {
    let family = match request.need("f")? {
        value if truth(value) == Some(true) => "both",
        value if truth(value) == Some(false) => "any",
        value => value,
    };
    let unit = Unit::own(session, request.device()?)?;
    unit.set(session, "Link", "RequiredFamilyForOnline", family)
}

/// networkd takes yes for ipv4, and says that it should not be written any more.
pub(in super::super) fn masquerade(session: &mut Session, request: &Request) -> Result<(), Error> {
    let family = match request.need("family")? {
        value if truth(value) == Some(true) => "ipv4",
        value if truth(value) == Some(false) => "no",
        value => value,
    };
    let unit = Unit::own(session, request.device()?)?;
    unit.set(session, "Network", "IPMasquerade", family)
}

/// Forwarding of packets, under the names of all versions of networkd.
pub(in super::super) fn forwarding(session: &mut Session, request: &Request) -> Result<(), Error> {
    let value = request.need("forward")?;
    let unit = Unit::own(session, request.device()?)?;
    unit.set(session, "Network", "IPForward", value)?;
    for (key, value) in object::forwarding(value) {
        match value {
            Some(value) => unit.set(session, "Network", key, value)?,
            None => unit.remove(session, "Network", key, |_| true).map(drop)?,
        }
    }
    Ok(())
}

/// How often it is asked whether an address is taken.
pub(in super::super) fn probes(session: &mut Session, request: &Request) -> Result<(), Error> {
    let number = match request.need("probes")? {
        "yes" | "true" | "on" => "1",
        "no" | "false" | "off" => "0",
        value => value,
    };
    let unit = Unit::own(session, request.device()?)?;
    unit.set(session, "Network", "IPv6DuplicateAddressDetection", number)
}

/// networkd turns IPv6 off in the kernel when nothing wants it: no link-local address, no router advertisements, no
/// DHCPv6 and no address (systemd.network(5), LinkLocalAddressing=).
pub(in super::super) fn enable_ipv6(session: &mut Session, request: &Request) -> Result<(), Error> {
    let interface = request.device()?;
    let unit = Unit::own(session, interface)?;
    let local = unit.value(session, "Network", "LinkLocalAddressing")?;
    let local4 = matches!(local.as_deref(), Some("ipv4" | "yes"));
    if request.switch("enable")? == Some(true) {
        let local = if local4 { "yes" } else { "ipv6" };
        unit.set(session, "Network", "LinkLocalAddressing", local)?;
        let is_off = |value: &str| truth(value) == Some(false);
        return unit
            .remove(session, "Network", "IPv6AcceptRA", is_off)
            .map(|_| ());
    }
    let addresses = address::all(&unit, session)?;
    if let Some(address) = addresses.iter().find(|address| Family::V6.has(address)) {
        let text = format!("{interface} has the address {address}; remove it first, or IPv6 stays on");
        return Err(Error::Mode(text));
    }
    let local = if local4 { "ipv4" } else { "no" };
    unit.set(session, "Network", "LinkLocalAddressing", local)?;
    unit.set(session, "Network", "IPv6AcceptRA", "no")?;
    let dhcp = Dhcp::get(&unit, session)?;
    Dhcp { v6: false, ..dhcp }.set(&unit, session)
}
