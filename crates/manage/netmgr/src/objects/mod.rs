//! What can be looked at and changed, one file for each thing.

pub mod dhcp_id;
pub mod dns;
pub mod firewall;
pub mod hostname;
pub mod ipv4;
pub mod ipv6;
pub mod link;
pub mod ntp;
pub mod param;
pub mod route;

mod dhcp_mode;
