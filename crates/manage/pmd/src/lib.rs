//! The management daemon.
