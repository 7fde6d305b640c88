//! Whole imports from a small signed mirror: pinning, fetching, converting, and every way it may go wrong.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop at the first surprise

mod world;

use std::fs;

use import::{ImportError, Mode};
use world::World;

#[test]
fn the_first_import_pins_the_highest_versions_and_converts_all() {
    let world = World::new();
    let summary = world.import(Mode::Normal).unwrap();
    assert_eq!(summary.converted, ["bash", "zlib"]);
    assert_eq!(summary.rpms.len(), 2);
    let lock = world.lock();
    assert!(
        lock.contains("bash = { version = \"5.3-1\""),
        "security wins: {lock}"
    );
    assert!(lock.contains("zlib1g = { version = \"1:1.3-1\""), "{lock}");
    assert!(
        lock.lines()
            .any(|line| line.starts_with("bash") && line.contains("security = true")),
        "{lock}"
    );
    assert!(!lock.contains("file:"), "no mirror in the lock: {lock}");
}

#[test]
fn nothing_is_converted_twice_and_no_network_is_needed() {
    let world = World::new();
    world.import(Mode::Normal).unwrap();
    let lock = world.lock();
    fs::remove_dir_all(world.path("mirror")).unwrap();
    assert_eq!(world.take_converted(), ["bash", "zlib"]);
    let summary = world.import(Mode::Locked).unwrap();
    assert_eq!((summary.converted.len(), summary.unchanged), (0, 2));
    fs::remove_dir_all(world.path("rpms")).unwrap();
    assert_eq!(
        world.import(Mode::Normal).unwrap().converted,
        ["bash", "zlib"],
        "from the cache"
    );
    assert_eq!(world.lock(), lock);
}

#[test]
fn two_imports_of_one_lock_write_the_same_lock() {
    let (first, second) = (World::new(), World::new());
    first.import(Mode::Normal).unwrap();
    fs::write(second.path("lumen.lock"), first.lock()).unwrap();
    second.import(Mode::Locked).unwrap();
    assert_eq!(first.lock(), second.lock());
}

#[test]
fn an_update_takes_what_is_newest_and_tells_what_changed() {
    let mut world = World::new();
    world.import(Mode::Normal).unwrap();
    world.put("trixie", "zlib1g", "1:1.4-1");
    world.publish();
    assert!(world.import(Mode::Normal).unwrap().changes.is_empty(), "pinned");
    world.take_converted();
    let summary = world.import(Mode::Update).unwrap();
    let told: Vec<String> = summary.changes.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["~ zlib1g 1:1.3-1 -> 1:1.4-1"]);
    let rpms = fs::read_dir(world.path("rpms/x86_64")).unwrap().count();
    assert_eq!(rpms, 3, "two RPMs and the records: the old one is gone");
}

#[test]
fn a_dropped_file_is_pinned_anew_alone_and_loudly() {
    let mut world = World::new();
    world.import(Mode::Normal).unwrap();
    fs::remove_dir_all(world.path("cache")).unwrap();
    fs::remove_dir_all(world.path("rpms")).unwrap();
    fs::remove_file(world.pool_file("trixie", "zlib1g", "1:1.3-1")).unwrap();
    world.put("trixie", "zlib1g", "1:1.4-1");
    world.put("trixie", "bash", "5.4-1");
    world.publish();
    let refused = world.import(Mode::Locked).unwrap_err();
    assert!(matches!(refused, ImportError::Dropped { .. }), "{refused}");
    assert!(refused.to_string().contains("zlib1g 1:1.3-1"), "{refused}");
    world.import(Mode::Normal).unwrap();
    let (lock, notices) = (world.lock(), world.take_notices());
    assert!(
        notices.contains("dropped zlib1g 1:1.3-1: pinned zlib1g 1:1.4-1"),
        "{notices}"
    );
    assert!(
        lock.contains("\"1:1.4-1\"") && lock.contains("\"5.3-1\""),
        "bash stays pinned: {lock}"
    );
}

#[test]
fn an_archive_mirror_keeps_dropped_files() {
    let mut world = World::new();
    world.import(Mode::Normal).unwrap();
    let lock = world.lock();
    fs::remove_dir_all(world.path("cache")).unwrap();
    fs::remove_dir_all(world.path("rpms")).unwrap();
    fs::rename(world.path("mirror"), world.path("old")).unwrap();
    world.put("trixie", "zlib1g", "1:1.4-1");
    world.publish();
    world.archive_mirror = Some(format!("file://{}/{{archive}}", world.path("old").display()));
    world.import(Mode::Locked).unwrap();
    assert_eq!(world.lock(), lock);
}

#[test]
fn a_lock_older_than_the_recipes_gets_the_new_names_only() {
    let mut world = World::new();
    world.import(Mode::Normal).unwrap();
    world.put("trixie", "strace", "6.13-1");
    world.put("trixie", "zlib1g", "1:1.4-1");
    world.publish();
    world.recipe("strace", &["strace"]);
    let refused = world.import(Mode::Locked).unwrap_err();
    assert!(
        matches!(&refused, ImportError::LockIncomplete { names } if names == "strace"),
        "{refused}"
    );
    world.take_converted();
    let summary = world.import(Mode::Normal).unwrap();
    assert_eq!(
        summary.converted,
        ["strace"],
        "a single pin leaves the others as they are"
    );
    assert!(world.take_notices().contains("strace 6.13-1 is wanted by strace"));
    assert!(world.lock().contains("\"1:1.3-1\""), "{}", world.lock());
}

#[test]
fn a_dropped_recipe_takes_its_pin_and_its_rpm_along() {
    let world = World::new();
    world.import(Mode::Normal).unwrap();
    fs::remove_file(world.path("recipes/zlib.toml")).unwrap();
    let summary = world.import(Mode::Normal).unwrap();
    assert_eq!(
        summary
            .changes
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["- zlib1g 1:1.3-1"]
    );
    assert_eq!(summary.rpms.len(), 1);
    assert_eq!(fs::read_dir(world.path("rpms/x86_64")).unwrap().count(), 2);
}

#[test]
fn a_package_without_a_fixed_name_is_found_through_its_metapackage() {
    let mut world = World::new();
    world.put_depending(
        "trixie",
        "linux-image-cloud-amd64",
        "6.12.1-1",
        "linux-image-6.12.1-cloud-amd64 (= 6.12.1-1), x",
    );
    world.put("trixie", "linux-image-6.12.1-cloud-amd64", "6.12.1-1");
    world.publish();
    world.recipe("linux", &["linux-image-cloud-{deb-arch} -> linux-image-6*"]);
    world.import(Mode::Normal).unwrap();
    let lock = world.lock();
    assert!(
        lock.contains("\"linux-image-6.12.1-cloud-amd64\" = ")
            && lock.contains("through = \"linux-image-cloud-amd64\""),
        "{lock}"
    );
    world.put_depending(
        "trixie",
        "linux-image-cloud-amd64",
        "6.12.2-1",
        "linux-image-6.12.2-cloud-amd64",
    );
    world.put("trixie", "linux-image-6.12.2-cloud-amd64", "6.12.2-1");
    world.publish();
    let summary = world.import(Mode::Update).unwrap();
    assert_eq!(summary.changes.len(), 2, "{:?}", summary.changes);
}

#[test]
fn an_unknown_package_is_refused_with_names_like_it() {
    let world = World::new();
    world.recipe("zlib", &["zlib1"]);
    let error = world.import(Mode::Normal).unwrap_err().to_string();
    assert!(
        error.contains("recipe zlib") && error.contains("did you mean zlib1g?"),
        "{error}"
    );
    assert_eq!(world.lock(), "", "nothing is half pinned");
}

#[test]
fn a_tampered_inrelease_is_refused() {
    let world = World::new();
    let path = world.path("mirror/debian/dists/trixie/InRelease");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("main/binary-amd64", "main/binary-amd65")).unwrap();
    let error = world.import(Mode::Normal).unwrap_err();
    assert!(matches!(error, ImportError::Signature { .. }), "{error}");
    assert_eq!((world.lock(), world.take_converted().len()), (String::new(), 0));
}

#[test]
fn text_before_the_signed_part_is_refused() {
    let world = World::new();
    let path = world.path("mirror/debian/dists/trixie/InRelease");
    let text = fs::read_to_string(&path).unwrap();
    let digest = "0".repeat(64);
    fs::write(
        &path,
        format!("Codename: evil\nSHA256:\n {digest} 1 main/binary-amd64/Packages.xz\n{text}"),
    )
    .unwrap();
    let error = world.import(Mode::Normal).unwrap_err();
    assert!(matches!(error, ImportError::Signature { .. }), "{error}");
}

#[test]
fn a_suite_signed_by_a_foreign_key_is_refused() {
    let world = World::new();
    world.make_foreign_key();
    world.publish_suite("trixie-security", "trixie-security", "foreign");
    let error = world.import(Mode::Normal).unwrap_err();
    assert!(matches!(error, ImportError::Signature { .. }), "{error}");
    assert!(error.to_string().contains("trixie-security"), "{error}");
}

#[test]
fn one_suite_in_place_of_another_is_refused() {
    let world = World::new();
    world.publish_suite("trixie-security", "bookworm-security", "gpg");
    let error = world.import(Mode::Normal).unwrap_err();
    assert!(matches!(error, ImportError::WrongSuite { .. }), "{error}");
}

#[test]
fn an_index_other_than_the_signed_one_is_refused() {
    let world = World::new();
    let path = world.path("mirror/debian/dists/trixie/main/binary-amd64/Packages.xz");
    let mut bytes = fs::read(&path).unwrap();
    bytes[20] ^= 1;
    fs::write(&path, bytes).unwrap();
    let error = world.import(Mode::Normal).unwrap_err();
    assert!(
        matches!(error, ImportError::Download(download::Error::Mismatch { .. })),
        "{error}"
    );
}

#[test]
fn a_replayed_old_state_is_refused() {
    let mut world = World::new();
    let old = world.path("old");
    fs::rename(world.path("mirror/debian-security"), &old).unwrap();
    world.put("trixie-security", "bash", "5.3-2");
    world.publish();
    world.import(Mode::Normal).unwrap();
    let lock = world.lock();
    fs::remove_dir_all(world.path("mirror/debian-security")).unwrap();
    fs::rename(&old, world.path("mirror/debian-security")).unwrap();
    let error = world.import(Mode::Update).unwrap_err();
    assert!(matches!(error, ImportError::Rollback { .. }), "{error}");
    assert_eq!(world.lock(), lock);
}

#[test]
fn a_package_whose_bytes_differ_is_refused_before_anything_is_converted() {
    let world = World::new();
    let path = world.pool_file("trixie", "zlib1g", "1:1.3-1");
    let mut bytes = fs::read(&path).unwrap();
    bytes[0] ^= 1;
    fs::write(&path, bytes).unwrap();
    let error = world.import(Mode::Normal).unwrap_err();
    assert!(
        matches!(error, ImportError::Download(download::Error::Mismatch { .. })),
        "{error}"
    );
    assert!(error.to_string().contains("zlib1g 1:1.3-1"), "{error}");
    assert!(world.take_converted().is_empty());
}

#[test]
fn a_mirror_in_the_middle_of_an_update_is_told_from_a_dropped_file() {
    let world = World::new();
    fs::remove_file(world.pool_file("trixie", "zlib1g", "1:1.3-1")).unwrap();
    let error = world.import(Mode::Normal).unwrap_err();
    assert!(matches!(error, ImportError::OutOfStep { .. }), "{error}");
}

#[test]
fn a_failed_conversion_names_its_recipe_and_keeps_the_others() {
    let world = World::new();
    world.recipe("broken", &["bash"]);
    let error = world.import(Mode::Normal).unwrap_err().to_string();
    assert!(
        error.contains("1 of 3 conversions failed") && error.contains("broken: a reason"),
        "{error}"
    );
    assert_eq!(world.take_converted(), ["bash", "zlib"]);
    world.import(Mode::Normal).unwrap_err();
    assert!(world.take_converted().is_empty(), "what worked is not done again");
}

#[test]
fn a_mirror_that_is_not_one_is_named() {
    let world = World::new();
    fs::remove_dir_all(world.path("mirror")).unwrap();
    let error = world.import(Mode::Normal).unwrap_err();
    assert!(
        matches!(&error, ImportError::Download(cause) if cause.is_not_found()),
        "{error}"
    );
    assert!(
        error.to_string().contains("mirror/debian/dists/trixie/InRelease"),
        "{error}"
    );
}

#[test]
fn an_unwritable_output_directory_is_named() {
    let world = World::new();
    fs::write(world.path("rpms"), "a file").unwrap();
    let error = world.import(Mode::Normal).unwrap_err().to_string();
    assert!(error.contains("rpms/x86_64"), "{error}");
}

#[test]
fn a_full_disk_is_told_once_and_ends_the_work() {
    let world = World::new();
    for number in 0..50 {
        world.recipe(&format!("huge{number}"), &["bash"]);
    }
    let error = world.import(Mode::Normal).unwrap_err();
    assert!(matches!(error, ImportError::DiskFull { .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("rpms/x86_64") && text.contains("free some") && text.lines().count() == 1,
        "{text}"
    );
}

#[test]
fn a_requirement_that_nothing_meets_is_named_with_its_package() {
    let world = World::new();
    let recipe =
        "[[package]]\nname = \"bash\"\nfrom = [\"bash\"]\nrequires = [\"filesystem\", \"libgone.so.1\"]\n";
    fs::write(world.path("recipes/bash.toml"), recipe).unwrap();
    let refused = world.import(Mode::Normal).unwrap_err();
    assert!(matches!(refused, ImportError::Unresolved(_)), "{refused}");
    let text = refused.to_string();
    assert!(text.contains("bash requires libgone.so.1"), "{text}");
    assert!(
        !text.contains("filesystem"),
        "one of our own packages is that: {text}"
    );
}
