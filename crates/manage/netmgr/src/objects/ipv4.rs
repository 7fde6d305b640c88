//! The IPv4 address and gateway of an interface.

use super::dhcp_mode::Dhcp;
use super::family::{Family, replace};
use crate::error::Error;
use crate::session::Session;
use crate::unit::Unit;

/// Where the address comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// There is none.
    None,
    /// From the configuration.
    Static,
    /// From a DHCP server.
    Dhcp,
}

impl Mode {
    /// As the command prints and reads it.
    pub fn name(self) -> &'static str {
        match self {
            Mode::None => "none",
            Mode::Static => "static",
            Mode::Dhcp => "dhcp",
        }
    }
}

/// The configuration of IPv4 on an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ipv4 {
    /// Where the address comes from.
    pub mode: Mode,
    /// Addresses with prefix lengths.
    pub addresses: Vec<String>,
    /// The default gateway.
    pub gateway: Option<String>,
}

/// What is configured.
pub fn get(session: &mut Session, interface: &str) -> Result<Ipv4, Error> {
    let unit = Unit::of_interface(session, interface)?;
    let mut addresses = super::address::all(&unit, session)?;
    addresses.retain(|address| is_v4(address));
    let gateways = unit.values(session, "Network", "Gateway")?;
    let mode = match Dhcp::get(&unit, session)?.v4 {
        true => Mode::Dhcp,
        false if addresses.is_empty() => Mode::None,
        false => Mode::Static,
    };
    Ok(Ipv4 {
        mode,
        addresses,
        gateway: gateways.into_iter().rfind(|gateway| is_v4(gateway)),
    })
}

/// Makes the address static, dynamic, or none. Addresses in [Address] sections, which are additional ones with
/// settings of their own, stay.
pub fn set(
    session: &mut Session,
    interface: &str,
    mode: Mode,
    address: Option<&str>,
    gateway: Option<&str>,
) -> Result<(), Error> {
    check(mode, address, gateway)?;
    let unit = Unit::own(session, interface)?;
    let dhcp = Dhcp::get(&unit, session)?;
    let v4 = mode == Mode::Dhcp;
    Dhcp { v4, ..dhcp }.set(&unit, session)?;
    if let Some(address) = address {
        session.check_unused(interface, address)?;
    }
    replace(&unit, session, "Address", Family::V4, address.as_slice())?;
    replace(&unit, session, "Gateway", Family::V4, gateway.as_slice())
}

fn check(mode: Mode, address: Option<&str>, gateway: Option<&str>) -> Result<(), Error> {
    let not_v4 = |value: &&str| !is_v4(value);
    if let Some(value) = address.into_iter().chain(gateway).find(not_v4) {
        return Err(Error::Mode(format!("{value} is not an IPv4 address")));
    }
    match (mode, address) {
        (Mode::Static, None) => Err(Error::Mode(
            "a static address needs --addr ADDRESS/PREFIX".to_owned(),
        )),
        (Mode::Dhcp | Mode::None, Some(_)) => Err(Error::Mode(format!(
            "--addr goes with --mode static, not {}",
            mode.name()
        ))),
        _ => Ok(()),
    }
}

fn is_v4(address: &str) -> bool {
    Family::V4.has(address)
}
