//! The few messages of rtnetlink(7) that are needed, written and read byte by byte.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::OwnedFd;

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use rustix::net::{bind, recv, send, socket_with};

/// linux/netlink.h and linux/rtnetlink.h.
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const RTM_SETLINK: u16 = 19;
const RTM_NEWADDR: u16 = 20;
const RTM_GETADDR: u16 = 22;
const REQUEST: u16 = 1;
const ACK: u16 = 4;
const DUMP: u16 = 0x300;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_FLAGS: u16 = 8;
const HEADER: usize = 16;
/// RTMGRP_LINK, RTMGRP_IPV4_IFADDR and RTMGRP_IPV6_IFADDR.
const CHANGES: u32 = 0x1 | 0x10 | 0x100;

/// An address of a link as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// The index of the link.
    pub link: u32,
    /// The address.
    pub ip: IpAddr,
    /// The length of its prefix.
    pub prefix: u8,
    /// `IFA_F_*` of linux/if_addr.h.
    pub flags: u32,
    /// Its scope: 0 everywhere, 253 this link, 254 this host.
    pub scope: u8,
}

/// All addresses of all links.
pub fn addresses() -> io::Result<Vec<Address>> {
    let socket = open(0)?;
    // An ifaddrmsg with no family is all of them.
    ask(&socket, RTM_GETADDR, DUMP, &[0; 8])?;
    let mut found = Vec::new();
    loop {
        for message in receive(&socket)? {
            match message.kind {
                NLMSG_DONE => return Ok(found),
                NLMSG_ERROR => return Err(error(&message.body)),
                RTM_NEWADDR => found.extend(address(&message.body)),
                _ => {}
            }
        }
    }
}

/// Changes flags of a link: those in `mask` become those in `flags`.
pub(super) fn set_flags(link: u32, flags: u32, mask: u32) -> io::Result<()> {
    let socket = open(0)?;
    let mut body = vec![0; 4];
    for number in [link, flags, mask] {
        body.extend_from_slice(&number.to_ne_bytes());
    }
    ask(&socket, RTM_SETLINK, ACK, &body)?;
    let answers = receive(&socket)?;
    let answer = answers.iter().find(|message| message.kind == NLMSG_ERROR);
    match answer.map(|message| number(&message.body, 0)) {
        Some(Some(0)) => Ok(()),
        _ => Err(answer.map_or_else(
            || io::ErrorKind::InvalidData.into(),
            |message| error(&message.body),
        )),
    }
}

/// A socket that becomes readable whenever a link or an address changes.
pub(super) fn changes() -> io::Result<OwnedFd> {
    open(CHANGES)
}

/// Takes what has arrived from the socket. Messages that were lost are no matter, the state is read anew.
pub(super) fn drain(socket: &OwnedFd) {
    let mut buffer = vec![0; 65536];
    while recv(socket, &mut buffer, RecvFlags::DONTWAIT).is_ok() {}
}

struct Message {
    kind: u16,
    body: Vec<u8>,
}

/// Protocol 0 of the family is NETLINK_ROUTE.
fn open(groups: u32) -> io::Result<OwnedFd> {
    let socket = socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        None,
    )?;
    bind(&socket, &SocketAddrNetlink::new(0, groups))?;
    Ok(socket)
}

fn ask(socket: &OwnedFd, kind: u16, flags: u16, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(HEADER + body.len()).map_err(io::Error::other)?;
    let mut message = length.to_ne_bytes().to_vec();
    message.extend_from_slice(&kind.to_ne_bytes());
    message.extend_from_slice(&(REQUEST | flags).to_ne_bytes());
    message.extend_from_slice(&1u32.to_ne_bytes());
    message.extend_from_slice(&0u32.to_ne_bytes());
    message.extend_from_slice(body);
    send(socket, &message, SendFlags::empty())?;
    Ok(())
}

fn receive(socket: &OwnedFd) -> io::Result<Vec<Message>> {
    let mut buffer = vec![0; 65536];
    let (length, _) = recv(socket, &mut buffer, RecvFlags::empty())?;
    buffer.truncate(length);
    Ok(messages(&buffer))
}

fn messages(mut bytes: &[u8]) -> Vec<Message> {
    let mut found = Vec::new();
    while let (Some(length), Some(kind)) = (number(bytes, 0), short(bytes, 4)) {
        let length = length as usize;
        let Some(body) = bytes.get(HEADER..length) else {
            break;
        };
        found.push(Message {
            kind,
            body: body.to_vec(),
        });
        bytes = bytes.get(aligned(length)..).unwrap_or_default();
    }
    found
}

/// An ifaddrmsg and its attributes.
fn address(body: &[u8]) -> Option<Address> {
    let (prefix, flags, scope, link) = (*body.get(1)?, *body.get(2)?, *body.get(3)?, number(body, 4)?);
    let attributes = attributes(body.get(8..)?);
    let find = |wanted: u16| {
        attributes
            .iter()
            .find(|(kind, _)| *kind == wanted)
            .map(|(_, value)| *value)
    };
    // On a point-to-point link the local address is the link's own.
    let ip = ip(find(IFA_LOCAL).or_else(|| find(IFA_ADDRESS))?)?;
    let flags = find(IFA_FLAGS)
        .and_then(|value| number(value, 0))
        .unwrap_or(u32::from(flags));
    Some(Address {
        link,
        ip,
        prefix,
        flags,
        scope,
    })
}

fn attributes(mut bytes: &[u8]) -> Vec<(u16, &[u8])> {
    let mut found = Vec::new();
    while let (Some(length), Some(kind)) = (short(bytes, 0), short(bytes, 2)) {
        let Some(value) = bytes.get(4..usize::from(length)) else {
            break;
        };
        found.push((kind, value));
        bytes = bytes.get(aligned(usize::from(length))..).unwrap_or_default();
    }
    found
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes)
            .ok()
            .map(|b| IpAddr::V4(Ipv4Addr::from(b))),
        16 => <[u8; 16]>::try_from(bytes)
            .ok()
            .map(|b| IpAddr::V6(Ipv6Addr::from(b))),
        _ => None,
    }
}

/// The error in an NLMSG_ERROR: a negative errno.
fn error(body: &[u8]) -> io::Error {
    match number(body, 0) {
        Some(number) => io::Error::from_raw_os_error((number as i32).wrapping_neg()),
        None => io::ErrorKind::InvalidData.into(),
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn aligned(length: usize) -> usize {
    length.div_ceil(4) * 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_device_has_its_address_where_it_is_up() {
        let found = addresses().unwrap();
        let loopback: Vec<_> = found.iter().filter(|address| address.ip.is_loopback()).collect();
        assert!(loopback.iter().all(|address| address.link == 1), "{loopback:?}");
    }

    #[test]
    fn messages_that_are_cut_off_end_the_reading() {
        let whole = [20u32.to_ne_bytes(), 20u32.to_ne_bytes(), [0; 4], [0; 4], [7; 4]].concat();
        for length in 0..whole.len() {
            assert!(messages(&whole[..length]).is_empty(), "{length}");
        }
        assert_eq!(messages(&whole)[0].body, [7; 4]);
        assert!(
            messages(&[0; 64]).is_empty(),
            "a message of no length would never end"
        );
        assert!(attributes(&[0; 8]).is_empty());
    }
}
