//! Messages to and from the kernel: netlink(7) and rtnetlink(7), written and read byte by byte.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::OwnedFd;

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use rustix::net::{bind, recv, send, socket_with};

/// linux/netlink.h.
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const REQUEST: u16 = 1;
const ACK: u16 = 4;
const DUMP: u16 = 0x300;
const HEADER: usize = 16;
/// The bits of an attribute's type that say how it is encoded: NLA_F_NESTED and NLA_F_NET_BYTEORDER.
const TYPE: u16 = 0x3fff;
/// RTMGRP_LINK, RTMGRP_IPV4_IFADDR and RTMGRP_IPV6_IFADDR.
pub(super) const LINKS_AND_ADDRESSES: u32 = 0x1 | 0x10 | 0x100;
/// RTMGRP_NEIGH.
pub(super) const NEIGHBOURS: u32 = 0x4;

/// A message, without its header.
pub(super) struct Message {
    pub(super) kind: u16,
    pub(super) body: Vec<u8>,
}

/// Everything of a kind: the bodies of the messages `answer` with which the kernel answers a dump.
pub(super) fn dump(request: u16, head: &[u8], answer: u16) -> io::Result<Vec<Vec<u8>>> {
    let socket = open(0)?;
    ask(&socket, request, DUMP, head)?;
    let mut found = Vec::new();
    loop {
        for message in receive(&socket)? {
            match message.kind {
                NLMSG_DONE => return Ok(found),
                NLMSG_ERROR => return Err(error(&message.body)),
                kind if kind == answer => found.push(message.body),
                _ => {}
            }
        }
    }
}

/// Has the kernel do something, and waits until it has.
pub(super) fn order(request: u16, flags: u16, body: &[u8]) -> io::Result<()> {
    let socket = open(0)?;
    ask(&socket, request, ACK | flags, body)?;
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

/// A socket that becomes readable whenever something of the groups changes.
pub(super) fn changes(groups: u32) -> io::Result<OwnedFd> {
    open(groups)
}

/// Takes what has arrived from the socket. Messages that were lost are no matter, the state is read anew.
pub(super) fn drain(socket: &OwnedFd) {
    let mut buffer = vec![0; 65536];
    while recv(socket, &mut buffer, RecvFlags::DONTWAIT).is_ok() {}
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

/// The messages that arrive next; waits for them.
pub(super) fn receive(socket: &OwnedFd) -> io::Result<Vec<Message>> {
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

/// The attributes of a message, or within one.
pub(super) struct Attributes<'a>(Vec<(u16, &'a [u8])>);

impl<'a> Attributes<'a> {
    pub(super) fn read(mut bytes: &'a [u8]) -> Self {
        let mut found = Vec::new();
        while let (Some(length), Some(kind)) = (short(bytes, 0), short(bytes, 2)) {
            let Some(value) = bytes.get(4..usize::from(length)) else {
                break;
            };
            found.push((kind & TYPE, value));
            bytes = bytes.get(aligned(usize::from(length))..).unwrap_or_default();
        }
        Attributes(found)
    }

    /// The values of all attributes of a type.
    pub(super) fn all(&self, wanted: u16) -> impl Iterator<Item = &'a [u8]> + '_ {
        let fits = move |(kind, _): &&(u16, &'a [u8])| *kind == wanted;
        self.0.iter().filter(fits).map(|(_, value)| *value)
    }

    pub(super) fn bytes(&self, wanted: u16) -> Option<&'a [u8]> {
        self.all(wanted).next()
    }

    pub(super) fn number(&self, wanted: u16) -> Option<u32> {
        number(self.bytes(wanted)?, 0)
    }

    pub(super) fn ip(&self, wanted: u16) -> Option<IpAddr> {
        ip(self.bytes(wanted)?)
    }
}

/// A string, which ends with a zero.
pub(super) fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned()
}

/// A hardware address as it is printed.
pub(super) fn mac(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.join(":")
}

/// An attribute as it is sent.
pub(super) fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).unwrap_or(u16::MAX);
    let mut bytes = length.to_ne_bytes().to_vec();
    bytes.extend_from_slice(&kind.to_ne_bytes());
    bytes.extend_from_slice(value);
    bytes.resize(aligned(bytes.len()), 0);
    bytes
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

pub(super) fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

pub(super) fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn aligned(length: usize) -> usize {
    length.div_ceil(4) * 4
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(Attributes::read(&[0; 8]).all(0).count(), 0);
    }

    #[test]
    fn an_attribute_is_read_as_it_is_written() {
        let bytes = [attribute(1, b"abcde"), attribute(3 | 0x8000, &7u32.to_ne_bytes())].concat();
        let read = Attributes::read(&bytes);
        assert_eq!(read.bytes(1), Some(&b"abcde"[..]));
        assert_eq!(read.number(3), Some(7));
    }
}
