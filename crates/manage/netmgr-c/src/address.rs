//! Addresses and gateways.

use std::ffi::c_char;

use netmgr::Error;
use netmgr::live::{self, AddressKind};
use netmgr::objects::{ipv4, ipv6};

use crate::answer::{answer, bad, change, host, look};
use crate::memory::{copy, copy_optional, optional, out, out_pointer, put_array, single, text};
use crate::types::*;

/// Kinds of addresses, and the bits that ask for them.
pub(crate) const KINDS: [(NET_ADDR_TYPE, AddressKind); 6] = [
    (STATIC_IPV4, AddressKind::StaticIpv4),
    (STATIC_IPV6, AddressKind::StaticIpv6),
    (DHCP_IPV4, AddressKind::DhcpIpv4),
    (DHCP_IPV6, AddressKind::DhcpIpv6),
    (AUTO_IPV6, AddressKind::AutoIpv6),
    (LINK_LOCAL_IPV6, AddressKind::LinkLocalIpv6),
];

/// Sets where the IPv4 address comes from; address and gateway may be NULL where the mode needs none.
#[unsafe(no_mangle)]
pub extern "C" fn nm_set_ipv4_addr_gateway(
    pszInterfaceName: *const c_char,
    mode: NET_IPV4_ADDR_MODE,
    pszIPv4AddrPrefix: *const c_char,
    pszIPv4Gateway: *const c_char,
) -> u32 {
    answer(|| {
        let name = text(pszInterfaceName)?;
        let (address, gateway) = (optional(pszIPv4AddrPrefix)?, optional(pszIPv4Gateway)?);
        let mode = match mode {
            IPV4_ADDR_MODE_NONE => ipv4::Mode::None,
            IPV4_ADDR_MODE_STATIC => ipv4::Mode::Static,
            IPV4_ADDR_MODE_DHCP => ipv4::Mode::Dhcp,
            other => return Err(Error::Mode(format!("{other} is no mode of an address"))),
        };
        change(|session| ipv4::set(session, &name, mode, address.as_deref(), gateway.as_deref()))
    })
}

/// The IPv4 address and gateway that are configured; NULL if there are none. Their pointers may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_ipv4_addr_gateway(
    pszInterfaceName: *const c_char,
    pMode: *mut NET_IPV4_ADDR_MODE,
    ppszIPv4AddrPrefix: *mut *mut c_char,
    ppszIPv4Gateway: *mut *mut c_char,
) -> u32 {
    answer(|| {
        let mode = out(pMode, IPV4_ADDR_MODE_NONE)?;
        let (address, gateway) = (out_pointer(ppszIPv4AddrPrefix), out_pointer(ppszIPv4Gateway));
        let name = text(pszInterfaceName)?;
        let found = look(|session| ipv4::get(session, &name))?;
        if let Ok(address) = address {
            address.put(copy_optional(found.addresses.first().map(String::as_str))?);
        }
        if let Ok(gateway) = gateway {
            gateway.put(copy_optional(found.gateway.as_deref())?);
        }
        mode.put(match found.mode {
            ipv4::Mode::None => IPV4_ADDR_MODE_NONE,
            ipv4::Mode::Static => IPV4_ADDR_MODE_STATIC,
            ipv4::Mode::Dhcp => IPV4_ADDR_MODE_DHCP,
        });
        Ok(())
    })
}

/// Adds an IPv6 address.
#[unsafe(no_mangle)]
pub extern "C" fn nm_add_static_ipv6_addr(
    pszInterfaceName: *const c_char,
    pszIPv6AddrPrefix: *const c_char,
) -> u32 {
    answer(|| {
        let (name, address) = (text(pszInterfaceName)?, text(pszIPv6AddrPrefix)?);
        change(|session| ipv6::add(session, &name, &[&address], None))
    })
}

/// Removes an IPv6 address.
#[unsafe(no_mangle)]
pub extern "C" fn nm_delete_static_ipv6_addr(
    pszInterfaceName: *const c_char,
    pszIPv6AddrPrefix: *const c_char,
) -> u32 {
    answer(|| {
        let (name, address) = (text(pszInterfaceName)?, text(pszIPv6AddrPrefix)?);
        change(|session| ipv6::delete(session, &name, &[&address], None))
    })
}

/// Sets whether a DHCPv6 server is asked and router advertisements are heeded: 0 or 1 each.
#[unsafe(no_mangle)]
pub extern "C" fn nm_set_ipv6_addr_mode(
    pszInterfaceName: *const c_char,
    enableDhcp: u32,
    enableAutoconf: u32,
) -> u32 {
    answer(|| {
        let name = text(pszInterfaceName)?;
        let (dhcp, autoconf) = (truth(enableDhcp)?, truth(enableAutoconf)?);
        change(|session| ipv6::set_mode(session, &name, Some(dhcp), Some(autoconf)))
    })
}

/// Whether a DHCPv6 server is asked and router advertisements are heeded. Either pointer may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_ipv6_addr_mode(
    pszInterfaceName: *const c_char,
    pDhcpEnabled: *mut u32,
    pAutoconfEnabled: *mut u32,
) -> u32 {
    answer(|| {
        let (dhcp, autoconf) = (out(pDhcpEnabled, 0), out(pAutoconfEnabled, 0));
        let name = text(pszInterfaceName)?;
        let found = look(|session| ipv6::get(session, &name))?;
        if let Ok(dhcp) = dhcp {
            dhcp.put(found.dhcp.into());
        }
        if let Ok(autoconf) = autoconf {
            autoconf.put(found.autoconf.into());
        }
        Ok(())
    })
}

/// Sets the IPv6 gateway; NULL or an empty one removes it.
#[unsafe(no_mangle)]
pub extern "C" fn nm_set_ipv6_gateway(pszInterfaceName: *const c_char, pszIPv6Gateway: *const c_char) -> u32 {
    answer(|| {
        let (name, gateway) = (
            text(pszInterfaceName)?,
            optional(pszIPv6Gateway)?.unwrap_or_default(),
        );
        change(|session| {
            if !gateway.is_empty() {
                return ipv6::add(session, &name, &[], Some(&gateway));
            }
            let present = ipv6::get(session, &name)?.gateway;
            let present = present.ok_or_else(|| Error::NotFound(format!("{name} has no IPv6 gateway")))?;
            ipv6::delete(session, &name, &[], Some(&present))
        })
    })
}

/// The IPv6 gateway that is configured.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_ipv6_gateway(
    pszInterfaceName: *const c_char,
    ppszIPv6Gateway: *mut *mut c_char,
) -> u32 {
    answer(|| {
        let gateway = out_pointer(ppszIPv6Gateway)?;
        let name = text(pszInterfaceName)?;
        let found = look(|session| ipv6::get(session, &name))?.gateway;
        let found = found.ok_or_else(|| Error::NotFound(format!("{name} has no IPv6 gateway")))?;
        gateway.put(copy(&found)?);
        Ok(())
    })
}

/// The addresses of some kinds that an interface of the running system has, or with a NULL name all interfaces.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_ip_addr(
    pszInterfaceName: *const c_char,
    addrTypes: u32,
    pCount: *mut usize,
    pppIpAddrList: *mut *mut *mut NET_IP_ADDR,
) -> u32 {
    answer(|| {
        let (count, list) = (out(pCount, 0)?, out_pointer(pppIpAddrList)?);
        host().need_live("an address in use")?;
        let kinds = kinds(addrTypes)?;
        let links = match optional(pszInterfaceName)? {
            Some(name) => vec![live::link(&name)?],
            None => live::links()?,
        };
        let all = live::addresses().map_err(|source| Error::Kernel {
            what: "list the addresses".to_owned(),
            source,
        })?;
        let found = all.iter().filter_map(|address| {
            let link = links.iter().find(|link| link.index == address.link)?;
            let (kind, _) = kinds.iter().find(|(_, kind)| kind.fits(address))?;
            Some(entry(link, *kind, address))
        });
        put_array(&count, &list, found)
    })
}

fn entry(link: &live::Link, kind: NET_ADDR_TYPE, address: &live::Address) -> Result<*mut NET_IP_ADDR, Error> {
    single(NET_IP_ADDR {
        pszInterfaceName: copy(&link.name)?,
        r#type: kind,
        pszIPAddrPrefix: copy(&format!("{}/{}", address.ip, address.prefix))?,
    })
}

/// The kinds that a sum of bits asks for.
pub(crate) fn kinds(bits: u32) -> Result<Vec<(NET_ADDR_TYPE, AddressKind)>, Error> {
    let known: u32 = KINDS.iter().map(|(bit, _)| bit).sum();
    match bits & !known {
        0 if bits != 0 => Ok(KINDS.into_iter().filter(|(bit, _)| bits & bit != 0).collect()),
        _ => Err(bad("sum of kinds of addresses", bits)),
    }
}

fn truth(number: u32) -> Result<bool, Error> {
    match number {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(bad("truth, 0 or 1", other)),
    }
}
