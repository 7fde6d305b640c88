//! The management daemon.
fn main() {}
