//! `pmd-cli`: Photon's grammar - `firewall`, `net`, `pkg`, `usr`, `rolemgmt` - and every operation of the API as
//! `pmd-cli DOMAIN OPERATION`, on this host over its socket or on another over TLS.
//!
//! One table says what there is: [`component::COMPONENTS`] for Photon's words, netmgr's own table for the objects of
//! `net`, and the API's for the rest. Parser, help, manual page and completions are made from it.

mod api;
mod client;
pub mod component;
mod failure;
mod given;
mod job;
mod parse;
pub mod pmctl;
mod secret;
mod show;

pub use api::Api;
pub use failure::Failure;
pub use given::Given;
pub use parse::{command, run};
