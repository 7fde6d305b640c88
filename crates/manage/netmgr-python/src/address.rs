//! Addresses and gateways.

use netmgr::Error;
use netmgr::live::{self, AddressKind};
use netmgr::objects::{ipv4, ipv6};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::host::{change, host, look, raised, work};
use crate::link::seconds;

const MODES: [(&str, u32, ipv4::Mode); 3] = [
    ("IPV4_ADDR_MODE_NONE", 0, ipv4::Mode::None),
    ("IPV4_ADDR_MODE_STATIC", 1, ipv4::Mode::Static),
    ("IPV4_ADDR_MODE_DHCP", 2, ipv4::Mode::Dhcp),
];

const KINDS: [(&str, u32, AddressKind); 6] = [
    ("STATIC_IPV4", 0x01, AddressKind::StaticIpv4),
    ("STATIC_IPV6", 0x02, AddressKind::StaticIpv6),
    ("DHCP_IPV4", 0x10, AddressKind::DhcpIpv4),
    ("DHCP_IPV6", 0x20, AddressKind::DhcpIpv6),
    ("AUTO_IPV6", 0x40, AddressKind::AutoIpv6),
    ("LINK_LOCAL_IPV6", 0x80, AddressKind::LinkLocalIpv6),
];

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    MODES
        .iter()
        .try_for_each(|(name, number, _)| module.add(*name, number))?;
    KINDS
        .iter()
        .try_for_each(|(name, number, _)| module.add(*name, number))?;
    module.add_function(wrap_pyfunction!(get_ipv4_addr_gateway, module)?)?;
    module.add_function(wrap_pyfunction!(set_ipv4_addr_gateway, module)?)?;
    module.add_function(wrap_pyfunction!(get_ipv6_addr, module)?)?;
    module.add_function(wrap_pyfunction!(add_static_ipv6_addr, module)?)?;
    module.add_function(wrap_pyfunction!(del_static_ipv6_addr, module)?)?;
    module.add_function(wrap_pyfunction!(get_ipv6_addr_mode, module)?)?;
    module.add_function(wrap_pyfunction!(set_ipv6_addr_mode, module)?)?;
    module.add_function(wrap_pyfunction!(get_ipv6_gateway, module)?)?;
    module.add_function(wrap_pyfunction!(set_ipv6_gateway, module)?)?;
    module.add_function(wrap_pyfunction!(get_ip_addr, module)?)?;
    module.add_function(wrap_pyfunction!(wait_for_ip, module)?)
}

/// Mode, address and gateway that are configured for IPv4.
#[pyfunction]
fn get_ipv4_addr_gateway(py: Python<'_>, ifname: &str) -> PyResult<(u32, Option<String>, Option<String>)> {
    let found = look(py, |session| ipv4::get(session, ifname))?;
    let mode = MODES
        .iter()
        .find(|(_, _, mode)| *mode == found.mode)
        .map_or(0, |(_, number, _)| *number);
    Ok((mode, found.addresses.into_iter().next(), found.gateway))
}

/// Sets where the IPv4 address comes from.
#[pyfunction]
#[pyo3(signature = (ifname, addr_mode, addr_prefix=None, gateway=None))]
fn set_ipv4_addr_gateway(
    py: Python<'_>,
    ifname: &str,
    addr_mode: u32,
    addr_prefix: Option<&str>,
    gateway: Option<&str>,
) -> PyResult<u32> {
    let mode = MODES.iter().find(|(_, number, _)| *number == addr_mode);
    let wrong = || raised(py, &Error::Mode(format!("{addr_mode} is no mode of an address")));
    let mode = mode.ok_or_else(wrong)?.2;
    change(py, |session| {
        ipv4::set(session, ifname, mode, addr_prefix, gateway)
    })
}

/// The IPv6 addresses that are configured.
#[pyfunction]
fn get_ipv6_addr(py: Python<'_>, ifname: &str) -> PyResult<Vec<String>> {
    Ok(look(py, |session| ipv6::get(session, ifname))?.addresses)
}

/// Adds an IPv6 address.
#[pyfunction]
fn add_static_ipv6_addr(py: Python<'_>, ifname: &str, addr_prefix: &str) -> PyResult<u32> {
    change(py, |session| ipv6::add(session, ifname, &[addr_prefix], None))
}

/// Removes an IPv6 address.
#[pyfunction]
fn del_static_ipv6_addr(py: Python<'_>, ifname: &str, addr_prefix: &str) -> PyResult<u32> {
    change(py, |session| ipv6::delete(session, ifname, &[addr_prefix], None))
}

/// Whether a DHCPv6 server is asked, and whether router advertisements are heeded.
#[pyfunction]
fn get_ipv6_addr_mode(py: Python<'_>, ifname: &str) -> PyResult<(bool, bool)> {
    let found = look(py, |session| ipv6::get(session, ifname))?;
    Ok((found.dhcp, found.autoconf))
}

/// Sets whether a DHCPv6 server is asked, and whether router advertisements are heeded.
#[pyfunction]
fn set_ipv6_addr_mode(
    py: Python<'_>,
    ifname: &str,
    enable_dhcp: bool,
    enable_autoconf: bool,
) -> PyResult<u32> {
    change(py, |session| {
        ipv6::set_mode(session, ifname, Some(enable_dhcp), Some(enable_autoconf))
    })
}

/// The IPv6 gateway that is configured.
#[pyfunction]
fn get_ipv6_gateway(py: Python<'_>, ifname: &str) -> PyResult<String> {
    look(py, |session| gateway_of(session, ifname))
}

/// Sets the IPv6 gateway; None removes it.
#[pyfunction]
#[pyo3(signature = (ifname, gateway=None))]
fn set_ipv6_gateway(py: Python<'_>, ifname: &str, gateway: Option<&str>) -> PyResult<u32> {
    change(py, |session| match gateway {
        Some(gateway) => ipv6::add(session, ifname, &[], Some(gateway)),
        None => {
            let present = gateway_of(session, ifname)?;
            ipv6::delete(session, ifname, &[], Some(&present))
        }
    })
}

fn gateway_of(session: &mut netmgr::Session, ifname: &str) -> Result<String, Error> {
    let found = ipv6::get(session, ifname)?.gateway;
    found.ok_or_else(|| Error::NotFound(format!("{ifname} has no IPv6 gateway")))
}

/// The addresses of some kinds that an interface of the running system has, or all interfaces.
#[pyfunction]
#[pyo3(signature = (ifname=None, addrtypes=0xf3))]
fn get_ip_addr(py: Python<'_>, ifname: Option<&str>, addrtypes: u32) -> PyResult<Vec<Py<PyDict>>> {
    let found = work(py, || {
        host().need_live("an address in use")?;
        in_use(ifname, &kinds(addrtypes)?)
    })?;
    let entry = |(name, kind, address): &(String, u32, String)| {
        let dict = PyDict::new(py);
        dict.set_item("interface", name)?;
        dict.set_item("type", kind)?;
        dict.set_item("address", address)?;
        Ok(dict.unbind())
    };
    found.iter().map(entry).collect()
}

fn in_use(ifname: Option<&str>, kinds: &[(u32, AddressKind)]) -> Result<Vec<(String, u32, String)>, Error> {
    let links = match ifname {
        Some(name) => vec![live::link(name)?],
        None => live::links()?,
    };
    let all = live::addresses().map_err(|source| Error::Kernel {
        what: "list the addresses".to_owned(),
        source,
    })?;
    let entry = |address: &live::Address| {
        let link = links.iter().find(|link| link.index == address.link)?;
        let (number, _) = kinds.iter().find(|(_, kind)| kind.fits(address))?;
        Some((
            link.name.clone(),
            *number,
            format!("{}/{}", address.ip, address.prefix),
        ))
    };
    Ok(all.iter().filter_map(entry).collect())
}

/// Waits until an interface of the running system has an address of one of these kinds; a timeout of 0 is for ever.
#[pyfunction]
fn wait_for_ip(py: Python<'_>, ifname: &str, timeout: u32, addrtypes: u32) -> PyResult<u32> {
    work(py, || {
        let kinds: Vec<AddressKind> = kinds(addrtypes)?.into_iter().map(|(_, kind)| kind).collect();
        host().need_live("waiting for an address")?;
        live::wait_for_ip(ifname, seconds(timeout), &kinds)
    })?;
    Ok(0)
}

/// The kinds that a sum asks for.
fn kinds(sum: u32) -> Result<Vec<(u32, AddressKind)>, Error> {
    let known: u32 = KINDS.iter().map(|(_, number, _)| number).sum();
    if sum == 0 || sum & !known != 0 {
        return Err(Error::Parameter(format!("{sum} is no sum of kinds of addresses")));
    }
    let asked = KINDS.iter().filter(|(_, number, _)| sum & number != 0);
    Ok(asked.map(|(_, number, kind)| (*number, *kind)).collect())
}
