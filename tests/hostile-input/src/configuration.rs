//! Configuration files.

use tdnf::{LockFile, foreign};

/// A `tdnf.conf` or a `.repo` file.
pub(crate) fn tdnf(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    foreign::configuration(&text);
    foreign::main_configuration(&text);
    for repository in foreign::repositories(&text).unwrap_or_default() {
        // The id is part of a path below the cache.
        assert!(!repository.id.contains('/') && !repository.id.starts_with('.'));
    }
}

/// A file that `tdnf-config` changes.
pub(crate) fn editor(bytes: &[u8]) {
    foreign::edited(&String::from_utf8_lossy(bytes));
}

/// A lock file: what is written is what was read.
pub(crate) fn lock_file(bytes: &[u8]) {
    if let Ok(lock) = LockFile::parse(&String::from_utf8_lossy(bytes), "a test") {
        let again = LockFile::parse(&lock.text(), "a test");
        assert!(again.is_ok_and(|again| again == lock));
    }
}
