//! What can be looked at and changed, one file for each thing.

pub mod address;
pub mod dhcp_id;
pub mod dns;
pub mod family;
pub mod firewall;
pub mod gateway;
pub mod hostname;
pub mod ipv4;
pub mod ipv6;
pub mod link;
pub mod ntp;
pub mod param;
pub mod route;
pub mod rule;

pub(crate) mod dhcp_mode;
