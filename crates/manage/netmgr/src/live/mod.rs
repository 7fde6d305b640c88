//! The running kernel: links and addresses as they are now.

mod link;
mod rtnetlink;
mod wait;

pub use link::{Link, links, set_up};
pub use rtnetlink::{Address, addresses};
pub use wait::{AddressKind, wait_for_ip, wait_for_link};

pub(crate) use link::{exists, mac};
