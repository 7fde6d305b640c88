//! Repository metadata in the yum format: written for everyone, read with nothing taken on trust.
//!
//! A repository is a directory of packages and a `repodata/` that describes them: `repomd.xml` names the other files
//! with their digests, `primary` has what a solver needs, `filelists` every path, `other` the changelogs, `updateinfo`
//! the advisories. Nobody owns a specification; createrepo_c is the reference writer and libsolv the reference reader,
//! and both (with dnf) are what the tests compare with.
//!
//! - [`write_repo`] makes `repodata/` from a directory of packages: deterministic, signed, swapped in at once.

mod advisory;
mod error;
mod escape;
mod repomd;
mod write;

pub use advisory::{Advisory, AdvisoryPackage, Reference};
pub use error::Error;
pub use repomd::{Record, Repomd};
pub use write::{WriteOptions, Written, write_repo};
