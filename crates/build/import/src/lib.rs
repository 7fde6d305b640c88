//! Pinned distribution binaries converted to signed RPMs
