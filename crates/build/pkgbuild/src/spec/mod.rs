//! Kind `spec`: packages built from upstream's sources by real rpmbuild.
//!
//! Each is built by an ordinary user in namespaces of its own (user, mount, pid, ipc, network), in a root that holds
//! exactly the packages of distro/build/root.toml and those its spec file requires, installed from our own repository.
//! What comes out depends on the recipe, the sources, the macro file, the compiler and the other packages of that root,
//! and on nothing else; a digest over all of them decides whether it is built at all.
//!
//! The root starts from imported packages. A package of ours is in it only where a spec file names it in
//! `BuildRequires`: so there is an order in which everything can be built, and a circle is always one of names that
//! somebody wrote down.

mod build;
mod go;
mod graph;
mod hardening;
mod module_key;
mod publish;
mod query;
mod record;
mod root;
mod sandbox;
mod schedule;
mod sources;
mod stage;
mod symbols;
mod watch;

pub use build::{Builds, Event, Options};
pub use sources::Urls;

/// The files that the note of a stamp of this kind lists.
pub(crate) fn outputs_of_note(note: &str) -> Vec<String> {
    publish::Outputs::read(note).files
}
