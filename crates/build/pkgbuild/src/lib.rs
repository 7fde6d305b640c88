//! Our own packages, from recipes under `distro/packages`.
//!
//! A recipe of kind `tree` packages files as they lie there: the skeleton of the system, its name, its policy. One of
//! kind `cargo` adds programs of this workspace, compiled in a sandbox: a root made of our own packages, without
//! network, with the host's Rust compiler and nothing else of the host.
//!
//! One of kind `spec` is built by rpmbuild from upstream's sources, see [`spec`].
//!
//! Packages are reproducible. The same sources, lumen.lock and key give the same bytes, in any directory and for any
//! user; what is up to date is not made again.

pub mod catalog;
mod compile;
mod compiled;
mod entry;
mod error;
mod fingerprint;
mod names;
mod offers;
mod package;
pub mod recipe;
pub mod spec;
mod toolchain;
pub mod tools;
mod workshop;
mod workspace;

pub use compiled::{compiled_files, is_compiled};
pub use error::Error;
pub use names::Names;
pub use workshop::{Ready, Workshop};
