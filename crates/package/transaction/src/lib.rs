//! Staged, write-ahead-logged, crash-safe install, upgrade and erase.

mod resolve;
pub mod syscalls;
pub mod wal;
