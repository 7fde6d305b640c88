use std::time::Duration;

/// Something worth showing while files are fetched.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A transfer begins; `have` bytes of `size` are there from an earlier run.
    Started {
        /// What is fetched.
        name: &'a str,
        /// Its size.
        size: u64,
        /// The bytes an interrupted run left.
        have: u64,
    },
    /// More bytes arrived.
    Received {
        /// What is fetched.
        name: &'a str,
        /// How many.
        bytes: u64,
    },
    /// A transfer starts over: so many bytes counted before do not count.
    Discarded {
        /// What is fetched.
        name: &'a str,
        /// How many.
        bytes: u64,
    },
    /// A failure that is tried again after a pause.
    Retry {
        /// What is fetched.
        name: &'a str,
        /// What failed.
        cause: &'a str,
        /// The pause.
        pause: Duration,
    },
    /// The file is in the cache.
    Finished {
        /// What was fetched.
        name: &'a str,
        /// Whether it was there already.
        cached: bool,
        /// Its size.
        size: u64,
    },
}

/// Is told what happens; called from several threads.
pub type Progress<'a> = &'a (dyn Fn(Event<'_>) + Sync);
