//! RPM dependency resolution, with explained refusals.
//!
//! A pure function: packages go in as a [`Pool`] over one or more [`PackageSource`]s (what is installed,
//! what each repository offers), a [`Job`] says what is wanted, and out comes a [`Solution`] or a
//! [`Refusal`] that a person can act on. Nothing here touches a disk or a network.
//!
//! The search itself is done by resolvo, a CDCL solver. RPM's rules are mapped to it as follows:
//!
//! | RPM | resolvo |
//! |---|---|
//! | package name, version | name, solvable |
//! | a required capability | the matching packages, *grouped by package name*: a union of version sets |
//! | `Conflicts`, `Obsoletes` | constraints on each provider's name |
//! | rich dependencies | conjunctive normal form; one clause each |
//!
//! A capability must never be modelled as a resolvo name: resolvo lets only one solvable of a name be
//! chosen and takes the name from a requirement's first candidate, so two different providers of one
//! capability could silently not be installed together.
//!
//! Every solution is checked by [`check`] before it is handed out, by code that shares nothing with the
//! solver.

mod check;
mod erase;
mod explain;
mod formula;
mod glob;
mod hints;
mod job;
mod memory;
mod nearest;
mod pool;
mod provider;
mod rank;
mod relation;
mod rich;
mod roots;
mod select;
mod solve;
mod source;
mod trim;
mod weak;

pub use check::{Fault, check};
pub use erase::{dependants, unneeded};
pub use explain::{Refusal, RefusalKind};

pub use glob::glob_match;
pub use job::{Action, Job, Options};
pub use memory::{PackageList, PackageRecord};
pub use nearest::nearest;
pub use pool::{PackageId, Pool, PoolBuilder};
pub use relation::{Relation, compare_evr, split_evr};
pub use select::Selection;
pub use solve::{Change, ChangeKind, Reason, Solution, solve};
pub use source::{Identity, PackageSource, RelationKind};
