//! Completing what a crash interrupted.

use std::path::Path;

use transaction::{Listener, Recovery};

use crate::config::MainConfig;
use crate::error::Error;
use crate::history::History;

/// Completes or takes back an interrupted transaction of a root, and settles its history. Without one it does
/// nothing.
///
/// # Errors
/// When that fails; it can be tried again.
pub fn recover(root: &Path, main: &MainConfig, listener: &dyn Listener) -> Result<Option<Recovery>, Error> {
    let mut recovery = None;
    if transaction::is_interrupted(root) {
        recovery =
            Some(transaction::recover(root, listener).map_err(|source| Error::Transaction { source })?);
    }
    settle(root, main)?;
    Ok(recovery)
}

fn settle(root: &Path, main: &MainConfig) -> Result<(), Error> {
    match History::read(root, &main.persistdir)? {
        Some(history) if history.has_intents()? => History::open(root, &main.persistdir)?.settle(),
        _ => Ok(()),
    }
}
