//! libnetmgr: the functions of Photon's `netmgr.h`, for C.
//!
//! Nothing is implemented here: each function reads its arguments, calls the crate `netmgr` and writes its results. All
//! that touches a pointer is in [`memory`].
#![allow(
    unsafe_code,
    reason = "functions that C can call, and the pointers it passes; each block says why it is right"
)]
#![allow(
    non_camel_case_types,
    non_snake_case,
    clippy::upper_case_acronyms,
    reason = "the names are those of the C interface"
)]

pub mod address;
pub mod answer;
pub mod dhcp;
pub mod dns;
pub mod firewall;
pub mod host;
pub mod link;
mod memory;
pub mod ntp;
pub mod parameter;
pub mod route;
pub mod service;
pub mod types;
pub mod wait;
pub mod words;
