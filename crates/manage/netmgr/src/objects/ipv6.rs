//! The IPv6 addresses and gateway of an interface.

use super::address;
use super::dhcp_mode::{Dhcp, is_true};
use super::family::{Family, replace, same};
use crate::error::Error;
use crate::session::Session;
use crate::unit::Unit;

/// The configuration of IPv6 on an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ipv6 {
    /// Whether a DHCPv6 server is asked.
    pub dhcp: bool,
    /// Whether router advertisements are heeded.
    pub autoconf: bool,
    /// Addresses with prefix lengths.
    pub addresses: Vec<String>,
    /// The default gateway.
    pub gateway: Option<String>,
}

/// What is configured.
pub fn get(session: &mut Session, interface: &str) -> Result<Ipv6, Error> {
    let unit = Unit::of_interface(session, interface)?;
    let accept = unit.value(session, "Network", "IPv6AcceptRA")?;
    let gateways = unit.values(session, "Network", "Gateway")?;
    let mut addresses = address::all(&unit, session)?;
    addresses.retain(|address| is_v6(address));
    Ok(Ipv6 {
        dhcp: Dhcp::get(&unit, session)?.v6,
        autoconf: accept.is_none_or(|value| is_true(&value)),
        addresses,
        gateway: gateways.into_iter().rfind(|gateway| is_v6(gateway)),
    })
}

/// Turns DHCPv6 and router advertisements on or off. networkd takes both in hand itself, so that the kernel's
/// sysctl, which the original set, would have no effect.
pub fn set_mode(
    session: &mut Session,
    interface: &str,
    dhcp: Option<bool>,
    autoconf: Option<bool>,
) -> Result<(), Error> {
    let unit = Unit::own(session, interface)?;
    if let Some(v6) = dhcp {
        let old = Dhcp::get(&unit, session)?;
        Dhcp { v6, ..old }.set(&unit, session)?;
    }
    match autoconf {
        Some(on) => unit.set(session, "Network", "IPv6AcceptRA", if on { "yes" } else { "no" }),
        None => Ok(()),
    }
}

/// Adds addresses and sets the gateway; an address that is there already is refused.
pub fn add(session: &mut Session, interface: &str, new: &[&str], gateway: Option<&str>) -> Result<(), Error> {
    check(new, gateway)?;
    let unit = Unit::own(session, interface)?;
    for address in new {
        address::refuse_present(&unit, session, interface, address)?;
        session.check_unused(interface, address)?;
        unit.append(session, "Network", "Address", address)?;
    }
    match gateway {
        Some(gateway) => replace(&unit, session, "Gateway", Family::V6, &[gateway]),
        None => Ok(()),
    }
}

/// Removes addresses and the gateway; one that is not there is an error.
pub fn delete(
    session: &mut Session,
    interface: &str,
    old: &[&str],
    gateway: Option<&str>,
) -> Result<(), Error> {
    check(old, gateway)?;
    let unit = Unit::own(session, interface)?;
    for address in old {
        address::remove(session, interface, address)?;
    }
    if let Some(gateway) = gateway {
        let lines = unit.remove(session, "Network", "Gateway", |value| same(value, gateway))?;
        found(lines, || {
            format!("{interface} has no gateway {gateway} in its configuration")
        })?;
    }
    Ok(())
}

fn found(count: usize, message: impl Fn() -> String) -> Result<(), Error> {
    match count {
        0 => Err(Error::NotFound(message())),
        _ => Ok(()),
    }
}

fn check(addresses: &[&str], gateway: Option<&str>) -> Result<(), Error> {
    match addresses
        .iter()
        .copied()
        .chain(gateway)
        .find(|value| !is_v6(value))
    {
        Some(value) => Err(Error::Mode(format!("{value} is not an IPv6 address"))),
        None => Ok(()),
    }
}

fn is_v6(address: &str) -> bool {
    Family::V6.has(address)
}
