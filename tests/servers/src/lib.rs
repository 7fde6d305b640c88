//! OpenLDAP, Samba and MIT Kerberos for tests, in a root and in namespaces of their own.
//!
//! One Debian root holds servers and clients; it is made once by mmdebstrap under `build/roots`. A [`Lab`] is a network without a
//! way out and two machines on it, `server` (10.99.0.1) and `client` (10.99.0.2): two overlays over that root, whose changes
//! live in memory and end with the lab, as do all its processes. Nothing is installed, started or changed on the machine that
//! runs the tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "for tests, which fail that way"
)]

mod kerberos;
mod lab;
mod ldap;
mod root;
mod samba;

pub use kerberos::Kdc;
pub use lab::{Finished, Lab};
pub use ldap::{Authority, Slapd};
pub use samba::Samba;
