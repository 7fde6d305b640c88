//! What a transaction tells about itself while it runs.

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Unpacking begins: so many bytes in so many packages.
    Unpacking {
        /// Uncompressed size of all new files.
        bytes: u64,
        /// Number of packages.
        packages: usize,
    },
    /// One more file is staged.
    Unpacked {
        /// Its size.
        bytes: u64,
    },
    /// The commit record is written: from here on the transaction will be completed, come what may.
    Committed,
    /// A scriptlet begins.
    Scriptlet {
        /// The package it belongs to.
        package: &'a str,
        /// Its section of the spec file.
        section: &'a str,
    },
    /// A scriptlet has printed something.
    Output {
        /// The package it belongs to.
        package: &'a str,
        /// What it printed.
        text: &'a str,
    },
    /// Something went wrong that does not stop the transaction.
    Warning {
        /// What.
        text: &'a str,
    },
}

/// Who wants to know. Called from several threads.
pub trait Listener: Sync {
    /// Take note of an event.
    fn hear(&self, event: &Event<'_>);
}

impl<F: Fn(&Event<'_>) + Sync> Listener for F {
    fn hear(&self, event: &Event<'_>) {
        self(event);
    }
}

/// Nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Listener for Silent {
    fn hear(&self, _event: &Event<'_>) {}
}
