//! How a transaction is to be carried out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rpmdb::Mode;
use rustix::process::geteuid;

/// Choices that are the caller's, not the packages'.
#[derive(Debug, Clone)]
pub struct Options {
    /// Flush to disk, so that a power cut leaves the state before or after. Off for an image under construction:
    /// a crash there only costs the image.
    pub durable: bool,
    /// Set owners and capabilities. Only root can; an ordinary user leaves them to the package database, from which the
    /// image's archive takes them.
    pub apply_owners: bool,
    /// Run scriptlets and triggers.
    pub scriptlets: bool,
    /// Install documentation (files marked `%doc`).
    pub documentation: bool,
    /// Of how many transactions the replaced files are kept; 0 keeps none.
    pub keep_undo: usize,
    /// The time and transaction number to record, instead of the clock: `SOURCE_DATE_EPOCH` of a reproducible build.
    pub time: Option<u32>,
    /// Colors of this system, rpm's `%_transaction_color`: 3 where 32 and 64 bits may live together.
    pub color: u32,
    /// Stop before anything is changed: check only.
    pub check_only: bool,
    /// Threads that unpack; 0 for one per processor.
    pub threads: usize,
    /// Set by another thread: stop, unless it is decided already. The error is [`crate::Error::Stopped`].
    pub stop: Arc<AtomicBool>,
}

impl Default for Options {
    /// What a running host wants.
    fn default() -> Self {
        Self {
            durable: true,
            apply_owners: geteuid().is_root(),
            scriptlets: true,
            documentation: true,
            keep_undo: 3,
            time: None,
            color: if cfg!(target_arch = "x86_64") { 3 } else { 0 },
            check_only: false,
            threads: 0,
            stop: Arc::default(),
        }
    }
}

impl Options {
    /// Whether to stop.
    pub(crate) fn stops(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// How the package database is opened.
    pub(crate) fn database_mode(&self) -> Mode {
        match self.durable {
            true => Mode::Write,
            false => Mode::WriteUnflushed,
        }
    }

    /// What an image under construction wants: no flushing, nothing kept, the same bytes every time.
    pub fn image(time: u32) -> Self {
        Self {
            durable: false,
            keep_undo: 0,
            time: Some(time),
            ..Self::default()
        }
    }
}
