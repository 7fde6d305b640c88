//! Reading repositories: fetch, verify, parse once, and look things up in a mapped cache ever after.

mod decompress;
mod digest;
mod fetch;
mod filelists;
mod filelists_parse;
mod package_ref;
mod package_table;
mod parse_primary;
mod primary_columns;
mod repo;
mod repomd_xml;
mod sections;
mod store;
mod strings;
mod updateinfo;
mod xml;

pub use filelists::FileTable;
pub use package_ref::{DependencyKind, DependencyRef, PackageRef};
pub use package_table::PackageTable;
pub use repo::{Config, Freshness, Repo, expire};
