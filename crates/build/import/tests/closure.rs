//! What `make image` has made can be installed: no package needs what none provides.

use std::path::{Path, PathBuf};

#[test]
fn every_requirement_of_the_repository_is_provided_in_it() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../build/rpms")
        .join(std::env::consts::ARCH);
    let entries = std::fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}; run `make image`", directory.display()));
    let rpms: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rpm"))
        .collect();
    assert!(
        rpms.len() > 100,
        "only {} packages in {}",
        rpms.len(),
        directory.display()
    );
    let left = import::unresolved(&rpms, &[]).unwrap();
    assert!(left.is_empty(), "{left:#?}");
}
