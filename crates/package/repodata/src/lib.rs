//! Repository metadata: read, verify, cache and write
