//! The management daemon: one unprivileged process that faces the network, and a helper of root's for each domain.
//!
//! `pmd` reads requests, finds out who asks and whether they may, and passes a typed message on; it can change nothing
//! itself. `pmd-helper DOMAIN` does what messages of one domain say ([`helper`]). What either of them may be asked is
//! the table of the crate `pmd-api`.

pub mod audit;
mod auth;
pub mod clock;
pub mod config;
mod daemon;
pub mod helper;
mod helpers;
mod http;
mod jobs;
mod limits;
pub mod listen;
mod sandbox;
mod serve;
pub mod setup;
pub mod tls;
mod wire;

pub use serve::serve;
