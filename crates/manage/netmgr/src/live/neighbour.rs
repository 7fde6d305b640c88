//! Whether somebody else has an address: what `arping -D` is for, by the kernel's own ARP and neighbour discovery.
//!
//! RFC 5227 section 2.1.1 (IPv4) and RFC 4862 section 5.4 (IPv6): before an address is used, its owner is asked for. The
//! kernel asks when it is told that the neighbour is about to be used, and tells what it learns; no raw socket is needed.

use std::io;
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::netlink::{self, Attributes, Message, attribute, number, short};
use super::{Link, addresses, link};
use crate::error::Error;

/// linux/rtnetlink.h and linux/neighbour.h.
const RTM_NEWNEIGH: u16 = 28;
const RTM_DELNEIGH: u16 = 29;
const NDA_DST: u16 = 1;
const NDA_LLADDR: u16 = 2;
const NTF_USE: u8 = 1;
const NUD_INCOMPLETE: u16 = 0x01;
const NUD_REACHABLE: u16 = 0x02;
const NUD_STALE: u16 = 0x04;
const NUD_DELAY: u16 = 0x08;
const NUD_PROBE: u16 = 0x10;
const CREATE: u16 = 0x400;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;

/// The kernel asks once a second; an answer on a link comes within milliseconds.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Refuses an address, with or without the length of a prefix, that another host on the link has. Where the link
/// is down nobody can be asked, and the address is taken.
pub fn check_unused(interface: &str, address: &str) -> Result<(), Error> {
    let bare = address.split('/').next().unwrap_or_default();
    let (Ok(ip), Ok(link)) = (bare.parse::<IpAddr>(), link(interface)) else {
        return Ok(());
    };
    let failed = |source| Error::Kernel {
        what: format!("ask on {interface} whether somebody has {ip}"),
        source,
    };
    let ours = addresses()
        .map_err(failed)?
        .iter()
        .any(|address| address.ip == ip);
    if ours || !link.up || !link.carrier || ip.is_loopback() {
        return Ok(());
    }
    match owner(&link, ip).map_err(failed)? {
        None => Ok(()),
        Some(mac) => Err(Error::Exists(format!(
            "{mac} on {interface} has the address {ip} already; RFC 5227 allows one owner"
        ))),
    }
}

/// The hardware address of the neighbour with an address, if there is one.
fn owner(link: &Link, ip: IpAddr) -> io::Result<Option<String>> {
    let events = netlink::changes(netlink::NEIGHBOURS)?;
    // What the kernel remembers may be old.
    let _ = netlink::order(RTM_DELNEIGH, 0, &message(link, ip, 0));
    netlink::order(RTM_NEWNEIGH, CREATE, &message(link, ip, NTF_USE))?;
    let found = answer(&events, link, ip);
    let _ = netlink::order(RTM_DELNEIGH, 0, &message(link, ip, 0));
    found
}

fn answer(events: &OwnedFd, link: &Link, ip: IpAddr) -> io::Result<Option<String>> {
    let end = Instant::now() + PATIENCE;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let limit = Timespec::try_from(left).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(events, PollFlags::IN)], Some(&limit)) {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        for event in netlink::receive(events)? {
            match state(&event, link, ip) {
                None | Some((NUD_INCOMPLETE, _)) => {}
                Some((NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE, mac @ Some(_))) => return Ok(mac),
                Some(_) => return Ok(None),
            }
        }
    }
}

/// The state of the neighbour that an event is about, and its hardware address.
fn state(event: &Message, link: &Link, ip: IpAddr) -> Option<(u16, Option<String>)> {
    let attributes = Attributes::read(event.body.get(12..)?);
    let about = number(&event.body, 4)? == link.index && attributes.ip(NDA_DST)? == ip;
    let mac = attributes.bytes(NDA_LLADDR).map(netlink::mac);
    (event.kind == RTM_NEWNEIGH && about).then_some((short(&event.body, 8)?, mac))
}

/// An ndmsg: family and padding, index, state, flags and type; then the address.
fn message(link: &Link, ip: IpAddr, flags: u8) -> Vec<u8> {
    let (family, bytes) = match ip {
        IpAddr::V4(ip) => (AF_INET, ip.octets().to_vec()),
        IpAddr::V6(ip) => (AF_INET6, ip.octets().to_vec()),
    };
    let mut body = vec![family, 0, 0, 0];
    body.extend_from_slice(&link.index.to_ne_bytes());
    body.extend_from_slice(&[0, 0, flags, 0]);
    body.extend_from_slice(&attribute(NDA_DST, &bytes));
    body
}
