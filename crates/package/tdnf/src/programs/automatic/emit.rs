//! Where the message goes.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::cli::date_time;

/// The time, for messages.
pub(super) fn now() -> String {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    date_time(elapsed.as_secs() as i64)
}

/// Replaces the file at once. The original moved the old one aside each time, and so filled the directory of
/// login messages with old ones.
pub(super) fn to_file(path: &Path, text: &str) -> Result<(), String> {
    let written = atomic_file::write(path, format!("{text}\n").as_bytes(), 0o644);
    written.map_err(|error| format!("cannot write the message: {error}"))
}
