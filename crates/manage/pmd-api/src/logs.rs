//! The journal.

use crate::names::{Label, Line, UnitName};

shapes! {
    /// Which entries.
    pub struct LogQuery {
        /// Of this unit.
        #[serde(default)]
        pub unit: Option<UnitName>,
        /// Of this identifier, as syslog has it.
        #[serde(default)]
        pub identifier: Option<Label>,
        /// Since then, in the words of systemd.time(7): `2026-01-31 12:00:00`, `-1h`.
        #[serde(default)]
        pub since: Option<Line>,
        /// Until then.
        #[serde(default)]
        pub until: Option<Line>,
        /// At least so urgent: 0 (emergency) to 7 (debug).
        #[serde(default)]
        #[schemars(range(min = 0, max = 7))]
        pub priority: Option<u8>,
        /// Boots before this one: 0 for this one.
        #[serde(default)]
        #[schemars(range(min = 0, max = 1000))]
        pub boot: Option<u32>,
        /// After the entry with this cursor.
        #[serde(default)]
        pub after: Option<Line>,
        /// At most this many, the newest; with `after`, the oldest.
        #[serde(default = "a_hundred")]
        #[schemars(range(min = 1, max = 10000))]
        pub lines: u32,
    }

    /// An entry of the journal.
    pub struct LogEntry {
        /// When, RFC 3339.
        pub time: String,
        /// 0 (emergency) to 7 (debug).
        pub priority: u8,
        /// The unit, if any.
        pub unit: Option<String>,
        /// The program.
        pub identifier: String,
        /// The process.
        pub pid: Option<u32>,
        /// What it says.
        pub message: String,
        /// Where it is in the journal.
        pub cursor: String,
    }
}

fn a_hundred() -> u32 {
    100
}

operations! {
    Logs "logs";

    /// Entries of the journal, oldest first.
    "list" list(LogQuery) -> Vec<LogEntry> = Get "/logs", Read;
}
