//! Rules as iptables(8) and iptables-extensions(8) have them, as types: parsed, written, and translated to nft and
//! back.
//!
//! What is understood is what a host's filter is made of: protocol, addresses, interfaces, ports, TCP flags, ICMP
//! types, states, limits, marks, MAC addresses, kinds of packets and addresses, comments; ACCEPT, DROP, RETURN, REJECT
//! and LOG. Everything else is refused by its name.

mod address;
mod from_nft;
mod names;
mod parse;
mod print;
mod to_nft;
mod types;
mod words;

pub use address::{Addresses, Span};
pub(crate) use from_nft::{Counted, read};
pub use types::{
    AddressType, Icmp, Interface, IpVersion, Limit, Log, Mark, Match, PacketType, Per, PortRange, Ports,
    Protocol, Reject, Rule, States, Target, TcpFlags,
};
