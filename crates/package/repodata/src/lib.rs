//! Repository metadata in the yum format: written for everyone, read with nothing taken on trust.
//!
//! A repository is a directory of packages and a `repodata/` that describes them: `repomd.xml` names the other files
//! with their digests, `primary` has what a solver needs, `filelists` every path, `other` the changelogs, `updateinfo`
//! the advisories. Nobody owns a specification; createrepo_c is the reference writer and libsolv the reference reader,
//! and both (with dnf) are what the tests compare with.
//!
//! - [`write_repo`] makes `repodata/` from a directory of packages: deterministic, signed, swapped in at once.
//! - [`Repo`] is a repository to be searched: refreshed when due, every file verified before it is read, parsed once into
//!   a memory-mapped cache ([`PackageTable`]; [`FileTable`] when asked for), usable offline.

mod advisory;
mod error;
mod escape;
#[doc(hidden)]
pub mod foreign;
mod read;
mod repomd;
mod write;

pub use advisory::{Advisory, AdvisoryPackage, Reference};
pub use error::Error;
pub use read::{
    Changelog, Config, DependencyKind, DependencyRef, FileTable, Freshness, MetalinkFault, MirrorSource,
    PackageRef, PackageTable, Repo, expire,
};
pub use repomd::{Record, Repomd};
pub use write::{WriteOptions, Written, write_repo};
