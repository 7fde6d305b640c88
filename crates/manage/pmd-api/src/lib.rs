//! The management API of a host: what can be asked and changed, by whom, and in which shape.
//!
//! Everything follows from one table: each domain's module (for example [`network`]) lists its operations with their
//! method, path, access, arguments and answer. From it come the typed messages to the root helpers (`network::Call`),
//! what a helper must be able to do (`network::Handler`), the router ([`route`]), the permissions ([`Roles`]), the
//! OpenAPI document ([`openapi::document`]) and what the command line and the Python client offer
//! ([`Operation::fields`]). This crate does no input or output.
//!
//! An operation's arguments are one structure. Fields that its path names come from the path; the others come from
//! the query string for GET and DELETE, and from the JSON body for POST, PUT and PATCH.

#[macro_use]
mod table;

pub mod backup;
pub mod daemon;
pub mod directory;
pub mod firewall;
pub mod logs;
pub mod message;
pub mod names;
pub mod network;
pub mod openapi;
pub mod packages;
mod problem;
mod role;
pub mod roles;
mod router;
mod secret;
pub mod services;
pub mod system;
pub mod updates;
pub mod users;
mod version;

pub use problem::{Kind, Problem};
pub use role::{Custom, Permission, RoleError, Roles};
pub use router::{Arguments, Found, Missed, percent_decode, route};
pub use secret::Secret;
pub use table::{
    Access, Call, Domain, Empty, Field, Message, Method, Operation, Place, Shape, Work, find, operations,
};
pub use version::entity_tag;

/// Where the API lies on a server.
pub const BASE: &str = "/api/v2";
