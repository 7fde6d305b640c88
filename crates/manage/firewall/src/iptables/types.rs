//! The parts of a rule.

use serde::{Deserialize, Serialize};

use super::address::Addresses;

/// IPv4 (iptables) or IPv6 (ip6tables).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum IpVersion {
    Ipv4,
    Ipv6,
}

/// A condition, or its opposite: `!`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match<T> {
    /// Whether the packets are meant for which it does not hold.
    pub inverted: bool,
    /// What is compared with.
    pub value: T,
}

/// The number of a protocol over IP. <https://www.iana.org/assignments/protocol-numbers>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protocol(pub u8);

impl Protocol {
    /// ICMP of IPv4.
    pub const ICMP: Protocol = Protocol(1);
    /// TCP.
    pub const TCP: Protocol = Protocol(6);
    /// UDP.
    pub const UDP: Protocol = Protocol(17);
    /// ICMP of IPv6.
    pub const ICMPV6: Protocol = Protocol(58);
}

/// The name of an interface; with `any_end`, its beginning (`eth+`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Name or beginning: up to 15 letters, digits and `_.-@`.
    pub name: String,
    /// Whether anything may follow.
    pub any_end: bool,
}

/// Ports from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub struct PortRange {
    pub first: u16,
    pub last: u16,
}

/// Ports, in order, no two of them touching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ports(Vec<PortRange>);

impl Ports {
    /// Puts ranges in order and joins those that touch.
    pub fn new(mut ranges: Vec<PortRange>) -> Self {
        ranges.sort_unstable();
        let mut joined: Vec<PortRange> = Vec::new();
        for range in ranges {
            match joined.last_mut() {
                Some(before) if range.first <= before.last.saturating_add(1) => {
                    before.last = before.last.max(range.last);
                }
                _ => joined.push(range),
            }
        }
        Ports(joined)
    }

    /// The ranges.
    pub fn ranges(&self) -> &[PortRange] {
        &self.0
    }
}

/// `--tcp-flags MASK SET`: of the flags in the mask, exactly these are set. Bits as RFC 9293 section 3.1 has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the option says it")]
pub struct TcpFlags {
    pub mask: u8,
    pub set: u8,
}

/// A type of ICMP, and a code of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the option says it")]
pub struct Icmp {
    pub kind: u8,
    pub code: Option<u8>,
}

/// States of connection tracking, as the kernel's bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct States(pub u32);

/// The unit of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Per {
    Second,
    Minute,
    Hour,
    Day,
}

/// How often a rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Packets per unit.
    pub rate: u32,
    /// The unit.
    pub per: Per,
    /// How many at once.
    pub burst: u32,
}

/// A packet's mark under a mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the option says it")]
pub struct Mark {
    pub value: u32,
    pub mask: u32,
}

/// To whom the frame was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum PacketType {
    Unicast,
    Broadcast,
    Multicast,
}

/// What an address is by the routing table, with the kernel's numbers (`RTN_*` of rtnetlink(7)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum AddressType {
    Unicast = 1,
    Local = 2,
    Broadcast = 3,
    Anycast = 4,
    Multicast = 5,
    Blackhole = 6,
    Unreachable = 7,
    Prohibit = 8,
}

/// How a packet is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reject {
    /// By a segment with RST.
    TcpReset,
    /// By "destination unreachable" with this code.
    Icmp(u8),
}

/// What is written to the kernel's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// What the line begins with.
    pub prefix: Option<String>,
    /// Level, from 0 (emergency) to 7 (debug).
    pub level: u8,
}

/// What becomes of a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Target {
    Accept,
    Drop,
    Return,
    Reject(Reject),
    Log(Log),
}

/// A rule: all conditions that it has must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rule {
    /// `-p`.
    pub protocol: Option<Match<Protocol>>,
    /// `-s`, `--src-range`.
    pub source: Option<Match<Addresses>>,
    /// `-d`, `--dst-range`.
    pub destination: Option<Match<Addresses>>,
    /// `-i`.
    pub input: Option<Match<Interface>>,
    /// `-o`.
    pub output: Option<Match<Interface>>,
    /// `--sport`, `--sports`.
    pub source_ports: Option<Match<Ports>>,
    /// `--dport`, `--dports`.
    pub destination_ports: Option<Match<Ports>>,
    /// `--tcp-flags`, `--syn`.
    pub tcp_flags: Option<Match<TcpFlags>>,
    /// `--icmp-type`, `--icmpv6-type`.
    pub icmp: Option<Match<Icmp>>,
    /// `--ctstate`, `--state`.
    pub states: Option<Match<States>>,
    /// `--mark`.
    pub mark: Option<Match<Mark>>,
    /// `--mac-source`.
    pub mac: Option<Match<[u8; 6]>>,
    /// `--pkt-type`.
    pub packet_type: Option<Match<PacketType>>,
    /// `--src-type`.
    pub source_type: Option<Match<AddressType>>,
    /// `--dst-type`.
    pub destination_type: Option<Match<AddressType>>,
    /// `--limit`, `--limit-burst`.
    pub limit: Option<Limit>,
    /// `--comment`.
    pub comment: Option<String>,
    /// `-j`; without, the rule only counts.
    pub target: Option<Target>,
}
