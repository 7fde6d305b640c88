//! The database of installed packages, row-compatible with rpm 4.18 to 4.20.
//!
//! `rpmdb.sqlite` holds the main header of each installed package, with what was added on installation, and 18
//! tables of keys (rpm's lib/rpmdb.c, lib/backend/sqlite.c). Real `rpm -qa`, `-V`, `-e` and `--verifydb` work on
//! what this crate writes; a differential test compares every row with those of real rpm.
//!
//! Changes happen in one SQLite transaction ([`RpmDb::begin`]) under rpm's own lock. For the same packages, times
//! and order, the file's bytes are the same, and nothing lies beside it once it is closed.

mod change;
mod error;
mod index;
mod installed;
mod lock;
mod open;
mod query;

pub use change::Change;
pub use error::Error;
pub use index::Index;
pub use installed::{FileState, InstallInfo, installed_header};
pub use open::{Mode, RpmDb};
pub use query::{Installed, Owner};

/// Where the database is, below the root. Photon OS and Fedora keep it there too, so that /usr alone says what is
/// in it.
pub const DB_DIR: &str = "usr/lib/sysimage/rpm";
