//! The initramfs program: find the root file system, switch to it

fn main() {}
