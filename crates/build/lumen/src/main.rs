//! The lumen command: import, package, repo, image

fn main() {}
