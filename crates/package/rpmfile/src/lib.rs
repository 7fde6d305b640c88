//! RPM v4 package files: headers, versions, dependencies, payloads; reading and building.
//!
//! A package file is a lead of 96 bytes, a signature header, the main header and a compressed cpio archive
//! (<https://rpm-software-management.github.io/rpm/manual/format_v4.html>). [`Package`] reads one, [`Builder`]
//! writes one; both are proven against rpm 4.18. Everything read from a file is treated as hostile: bounds are
//! checked, sizes are capped, paths that could leave the root are refused, and nothing panics.
//!
//! Signatures are not checked here, so that this crate needs no cryptography beyond digests: see
//! [`Package::signed_bytes`] and [`Package::signatures`], and [`Signer`] for making them.

mod builder;
mod compression;
mod cpio;
mod dependency;
mod digest;
mod error;
mod evr;
mod file_info;
mod header;
mod header_writer;
mod lead;
mod metadata;
mod nevra;
mod package;
mod payload;
pub mod rich;
mod scriptlet;
mod tag;
mod trigger;

pub use builder::{Builder, Built, ChangelogEntry, Content, FileEntry, FileKind, Signer, sign};
pub use dependency::{DepFlags, Dependency};
pub use error::Error;
pub use evr::{Evr, compare_versions};
pub use file_info::{FileFlags, FileInfo, FileType};
pub use header::{Header, MAX_DATA, MAX_ENTRIES, Value};
pub use nevra::Nevra;
pub use package::{Digests, Package};
pub use payload::{Payload, PayloadEntry};
pub use scriptlet::{Scriptlet, ScriptletKind};
pub use tag::{SignatureTag, Tag};
pub use trigger::{DEFAULT_TRIGGER_PRIORITY, Trigger, TriggerEvent, TriggerScope};
