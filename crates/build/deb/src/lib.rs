//! Debian's side of an import: signed indexes, version numbers and `.deb` archives.
//!
//! Everything here reads foreign bytes: sizes are bounded, paths are checked and nothing panics on a
//! broken file. Debian Policy and the manual pages `deb(5)`, `deb822(5)` and `deb-version(7)` are the
//! specification; the clause is cited where the code follows it.

mod ar;
mod arch;
mod archive;
mod deb822;
mod entry;
mod error;
mod index;
mod member;
mod release;
mod version;

pub use arch::{debian_arch, rpm_arch};
pub use archive::{Archive, Control};
pub use deb822::{Paragraph, paragraphs};
pub use entry::{Entry, Kind, Meta};
pub use error::Error;
pub use index::{Index, Package};
pub use member::decompress;
pub use release::{IndexFile, Release, parse_date};
pub use version::Version;
