//! The running system as it is now: what the kernel has, over rtnetlink, and what systemd's services know, over D-Bus.

mod address;
mod lease;
mod link;
mod neighbour;
mod netlink;
mod route;
pub mod services;
mod wait;

pub use address::{Address, addresses};
pub use lease::{Lease, lease};
pub use link::{Link, Operational, delete, link, links, set_up};
pub use neighbour::check_unused;
pub use route::{Route, routes};
pub use wait::{AddressKind, wait_for_ip, wait_for_link};

pub(crate) use link::{exists, mac};
