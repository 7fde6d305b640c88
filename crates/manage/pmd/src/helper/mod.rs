//! A helper: a process of root's that does what one domain's messages say, and nothing else.
//!
//! systemd starts it when the daemon connects to its socket, and it ends when nothing was asked for a while. Only the
//! daemon's user and root may connect. Changes of a domain happen one after the other, so that an entity tag that was
//! checked is still true while the change is made.

mod access;
mod auth;
mod backup;
mod command;
mod context;
mod directory;
mod firewall;
mod guard;
mod identities;
mod logs;
mod network;
mod packages;
mod plugins;
mod serve;
mod services;
mod sysctl;
mod system;
mod updates;
mod users;

pub use auth::daemon_user;
pub use context::Context;
pub use serve::{Options, serve};
