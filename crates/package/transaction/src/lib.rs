//! Staged, write-ahead-logged, crash-safe install, upgrade and erase of RPM packages.
//!
//! A [`Transaction`] either happens wholly or not at all, whatever instant it is killed at: see [`wal`] for how and
//! why. What it does is what rpm does, without librpm: configuration files, ghosts, hard links, shared files,
//! scriptlets, triggers and file triggers in rpm's order with rpm's arguments, and the same rows in `rpmdb.sqlite`.
//!
//! ```no_run
//! use transaction::{Options, Silent, Transaction};
//!
//! let mut transaction = Transaction::new("/", Options::default());
//! transaction.upgrade("strace-6.13-1.x86_64.rpm");
//! let report = transaction.run(&Silent)?;
//! println!("{}", report.installed.join(" "));
//! # Ok::<(), transaction::Error>(())
//! ```
//!
//! Everything that can be found out beforehand is: file conflicts, lack of space, damaged packages, a failing %pre.
//! Such an error means that nothing was changed. Only [`Error::Unfinished`] does not; [`recover`] completes the
//! transaction then, as it does after a crash.

pub mod capability;
mod carry_out;
mod element;
mod error;
mod executor;
mod fate;
mod installed;
mod layout;
mod lua;
mod needs;
mod options;
mod order;
mod owners;
mod parallel;
mod past;
mod progress;
mod recording;
mod removal;
mod resolve;
mod sequence;
mod set;
mod space;
mod staging;
mod survey;
pub mod syscalls;
mod task;
#[cfg(test)]
mod test_files;
mod transaction;
mod triggers;
mod unpack;
pub mod wal;

pub use error::{Conflict, Error};
pub use options::Options;
pub use past::{undo, undo_with, undoable};
pub use progress::{Event, Listener, Silent};
pub use transaction::{Report, Transaction, is_interrupted, recover, recover_with};
pub use wal::Recovery;
