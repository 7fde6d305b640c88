//! Reading repositories: fetch, verify, parse once, and look things up in a mapped cache ever after.

pub(crate) mod decompress;
mod digest;
mod fetch;
mod filelists;
pub(crate) mod filelists_parse;
pub(crate) mod metalink;
pub(crate) mod mirrors;
pub(crate) mod other;
mod package_ref;
mod package_table;
pub(crate) mod parse_primary;
mod primary_columns;
mod repo;
pub(crate) mod repomd_xml;
mod sections;
mod store;
mod strings;
pub(crate) mod updateinfo;
mod xml;

pub use filelists::FileTable;
pub use metalink::MetalinkFault;
pub use mirrors::MirrorSource;
pub use other::Changelog;
pub use package_ref::{DependencyKind, DependencyRef, PackageRef};
pub use package_table::PackageTable;
pub use repo::{Config, Freshness, Repo, expire};
