//! Ctrl-C and its kin (signal(7)): SIGINT, SIGTERM and SIGHUP.
//!
//! | when | what happens |
//! |---|---|
//! | nothing is being changed: queries, metadata, questions, downloads | the program ends at once with error 1032; what has arrived of a file is kept and continued the next time |
//! | a transaction is being staged | it is taken back, then the same |
//! | from the commit record on | it is completed |

use std::fs;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::output::Output;
use crate::error::Error;

/// Watches for signals as long as the program runs.
pub(crate) struct Interrupts {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Whether a transaction is under way. Who holds this lock decides what a signal means.
    changing: Mutex<bool>,
    /// Whether its commit record is written.
    decided: AtomicBool,
    /// Tells the transaction to stop.
    stop: Arc<AtomicBool>,
}

impl Interrupts {
    /// Begins to watch. Where that is impossible, signals do what they always do.
    pub(crate) fn watch(output: &Output) -> Self {
        let shared = Arc::new(Shared::default());
        let wanted = [SIGINT, SIGTERM, SIGHUP]
            .into_iter()
            .filter(|signal| !is_ignored(*signal));
        if let Ok(signals) = Signals::new(wanted) {
            let (ours, output) = (Arc::clone(&shared), output.clone());
            std::thread::spawn(move || listen(&ours, &output, signals));
        }
        Self { shared }
    }

    /// What tells a transaction to stop.
    pub(crate) fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.shared.stop)
    }

    /// A transaction begins.
    pub(crate) fn hold(&self) {
        self.set_changing(true);
    }

    /// Its commit record is written.
    pub(crate) fn decided(&self) {
        self.shared.decided.store(true, Ordering::Relaxed);
    }

    /// No transaction is under way any more.
    pub(crate) fn release(&self) {
        self.set_changing(false);
    }

    fn set_changing(&self, changing: bool) {
        *self
            .shared
            .changing
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = changing;
    }
}

fn listen(shared: &Shared, output: &Output, mut signals: Signals) {
    for _ in signals.forever() {
        // Held to the end: while we end the program nothing can begin to change.
        let changing = shared.changing.lock().unwrap_or_else(PoisonError::into_inner);
        begin_line();
        if !*changing {
            end(output);
        }
        shared.stop.store(true, Ordering::Relaxed);
        output.warning(match shared.decided.load(Ordering::Relaxed) {
            true => "the transaction is decided and is being completed",
            false => "the transaction is being taken back",
        });
    }
}

/// The terminal has shown `^C`, perhaps behind a bar.
fn begin_line() {
    if std::io::stderr().is_terminal() {
        eprintln!();
    }
}

fn end(output: &Output) -> ! {
    atomic_file::abandon_all();
    output.error(&Error::Aborted);
    output.finish();
    std::process::exit(i32::from(Error::Aborted.exit_status()))
}

/// Who starts us with a signal ignored (nohup(1), `&` in a script) wants it ignored.
fn is_ignored(signal: i32) -> bool {
    ignores(
        &fs::read_to_string("/proc/self/status").unwrap_or_default(),
        signal,
    )
}

/// Whether the process of this `status` ignores a signal (proc(5), `SigIgn`).
fn ignores(status: &str, signal: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.unwrap_or(0) & (1 << (signal - 1)) != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use signal_hook::consts::SIGPIPE;

    #[test]
    fn what_is_ignored_is_told_from_what_is_not() {
        let status = "Name:\tx\nSigBlk:\t0000000000000002\nSigIgn:\t0000000000001002\n";
        assert!(ignores(status, SIGINT) && ignores(status, SIGPIPE));
        assert!(!ignores(status, SIGTERM));
        assert!(!ignores("", SIGINT));
        assert!(is_ignored(SIGPIPE), "Rust programs begin like that");
    }
}
