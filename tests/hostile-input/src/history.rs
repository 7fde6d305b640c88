//! The history of a root that came from elsewhere.

use std::fs;

/// A `history.db`: any file that SQLite takes for a database, or not.
pub(crate) fn database(bytes: &[u8]) {
    let Ok(root) = tempfile::tempdir() else { return };
    let folder = root.path().join("usr/lib/sysimage/tdnf");
    if fs::create_dir_all(&folder).is_ok() && fs::write(folder.join("history.db"), bytes).is_ok() {
        tdnf::foreign::history(root.path());
    }
}
