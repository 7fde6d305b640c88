//! Addresses of all layers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::Family;
use super::name;
use super::number;

/// An address of something: `0.0.0.0` and `::` are none.
pub(super) fn is_ip(value: &str, family: Family) -> bool {
    parse(value, family).is_some_and(|address| !address.is_unspecified())
}

fn parse(value: &str, family: Family) -> Option<IpAddr> {
    match family {
        Family::V4 => Ipv4Addr::from_str(value).ok().map(IpAddr::V4),
        Family::V6 => Ipv6Addr::from_str(value).ok().map(IpAddr::V6),
        Family::Any => IpAddr::from_str(value).ok(),
    }
}

/// An address with a prefix length, which may be left out of networks only.
pub(super) fn is_prefix(value: &str, family: Family, with_length: bool) -> bool {
    let (address, length) = match value.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (value, None),
    };
    let most = if address.contains(':') { 128 } else { 32 };
    let length_fits = match length {
        Some(length) => number::in_range(length, 0, most),
        None => !with_length,
    };
    // Of no address and no bits nothing is left: 0.0.0.0/0 is a network, but not an address on a link.
    let nothing = with_length && length == Some("0") && !is_ip(address, family);
    parse(address, family).is_some() && length_fits && !nothing
}

/// An address that others can ask: neither loopback nor link-local.
pub(super) fn is_server4(value: &str) -> bool {
    let (address, _) = cut(value, '/');
    let reachable = |address: Ipv4Addr| !address.is_loopback() && !address.is_link_local();
    is_prefix(value, Family::V4, true) && Ipv4Addr::from_str(address).is_ok_and(reachable)
}

pub(super) fn is_subnet6(value: &str) -> bool {
    is_prefix(value, Family::V6, true) && !value.ends_with("/0")
}

/// Six bytes in hexadecimal that a device may have: not a group address, not all zero.
pub(super) fn is_mac(value: &str) -> bool {
    let first = value.get(..2).and_then(|byte| u8::from_str_radix(byte, 16).ok());
    is_hardware(value) && first.is_some_and(|byte| byte & 1 == 0) && value != "00:00:00:00:00:00"
}

/// Six bytes in hexadecimal, whatever they are.
pub(super) fn is_hardware(value: &str) -> bool {
    let is_byte = |byte: &str| byte.len() == 2 && byte.bytes().all(|b| b.is_ascii_hexdigit());
    value.split(':').count() == 6 && value.split(':').all(is_byte)
}

pub(super) fn is_multicast(value: &str) -> bool {
    IpAddr::from_str(value).is_ok_and(|address| address.is_multicast())
}

/// `ADDRESS[:PORT][%INTERFACE][#NAME]`, with an IPv6 address in brackets when there is a port.
pub(super) fn is_dns_server(value: &str) -> bool {
    let (rest, server_name) = cut(value, '#');
    let (rest, interface) = cut(rest, '%');
    let (address, port) = match rest.strip_prefix('[') {
        Some(bracketed) => match bracketed.split_once(']') {
            Some((address, port)) => (address, port.strip_prefix(':')),
            None => return false,
        },
        None if rest.contains('.') && !rest.contains("::") => cut(rest, ':'),
        None => (rest, None),
    };
    let family = if rest.starts_with('[') {
        Family::V6
    } else {
        Family::Any
    };
    let bracket_without_port = rest.starts_with('[') && port.is_none();
    is_ip(address, family)
        && !bracket_without_port
        && port.is_none_or(number::is_port)
        && interface.is_none_or(name::is_interface)
        && server_name.is_none_or(name::is_domain)
}

fn cut(value: &str, at: char) -> (&str, Option<&str>) {
    match value.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (value, None),
    }
}

/// A WireGuard peer's endpoint.
pub(super) fn is_endpoint(value: &str) -> bool {
    let Some((host, port)) = value.rsplit_once(':') else {
        return false;
    };
    let host_fits = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').is_some_and(|host| is_ip(host, Family::V6)),
        None => is_ip(host, Family::V4) || name::is_domain(host),
    };
    host_fits && number::is_port(port)
}

pub(super) fn is_allowed_ips(value: &str) -> bool {
    let mut words = value.split([',', ' ']).filter(|word| !word.is_empty()).peekable();
    words.peek().is_some() && words.all(is_network)
}

/// An address and prefix length without bits beyond it; networkd would cut them off.
fn is_network(value: &str) -> bool {
    let (address, length) = cut(value, '/');
    let Some(address) = parse(address, Family::Any) else {
        return false;
    };
    let host_bits = |bits: u128, width: u32| {
        let length = length.map_or(Some(width), |length| length.parse::<u32>().ok())?;
        width
            .checked_sub(length)
            .map(|host| bits & (u128::MAX.checked_shl(host).map_or(u128::MAX, |mask| !mask)))
    };
    let beyond = match address {
        IpAddr::V4(address) => host_bits(u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => host_bits(address.to_bits(), 128),
    };
    is_prefix(value, Family::Any, false) && beyond == Some(0)
}

/// The interface identifier: the high half of the address is of no account, the low half must not be zero.
pub(super) fn is_token(value: &str) -> bool {
    let identifier = |address: Ipv6Addr| address.to_bits() << 64 != 0;
    matches!(value, "eui64" | "prefixstable") || Ipv6Addr::from_str(value).is_ok_and(identifier)
}
