//! Configuration files.

use tdnf::foreign;

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
