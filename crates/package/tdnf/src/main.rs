//! The tdnf command.

fn main() {}
