//! What a person is told, to the letter: one case per kind of refusal.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use depsolve::{Job, RefusalKind};
use support::World;

fn told(world: &str, job: &str, change: impl FnOnce(&mut Job)) -> (RefusalKind, String) {
    let refusal = World::parse(world)
        .solve_with(job, change)
        .expect_err("must be refused");
    (refusal.kind.clone(), refusal.to_string())
}

fn assert_told(world: &str, job: &str, change: impl FnOnce(&mut Job), expected: &[&str]) {
    let (kind, text) = told(world, job, change);
    assert_ne!(kind, RefusalKind::Internal, "{text}");
    assert_eq!(text.lines().collect::<Vec<_>>(), expected, "\n{text}");
}

#[test]
fn nothing_provides_it() {
    let world = "a x-1: requires y\na y-1: requires libqux\na libquux-1";
    let expected = [
        "cannot install x:",
        "  package x-1-1.noarch requires y, but none of the providers can be installed",
        "    nothing provides libqux needed by y-1-1.noarch (nearest names: libquux)",
    ];
    assert_told(world, "install x", |_| (), &expected);
}

#[test]
fn the_only_provider_is_another_version() {
    let expected = [
        "cannot install x:",
        "  nothing provides y >= 2 needed by x-1-1.noarch (only provided by y-1-1.noarch)",
    ];
    assert_told("a x-1: requires y >= 2\na y-1", "install x", |_| (), &expected);
}

#[test]
fn two_packages_conflict() {
    let expected = [
        "cannot install x:",
        "  package x-1-1.noarch conflicts with y provided by y-1-1.noarch",
    ];
    let (_, text) = told("a x-1: conflicts y\na y-1", "install x; install y", |_| ());
    assert!(expected.iter().all(|line| text.contains(line)), "{text}");
}

#[test]
fn it_conflicts_with_what_is_installed() {
    let world = "i y-1\na x-1: conflicts y";
    let (_, text) = told(world, "install x", |_| ());
    for line in [
        "cannot install x:",
        "package x-1-1.noarch conflicts with y provided by y-1-1.noarch",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn a_locked_package_is_in_the_way() {
    let world = "i y-1\na y-2\na x-1: requires y >= 2";
    let lock = |job: &mut Job| {
        job.options.locked.insert("y".to_owned());
    };
    let expected = [
        "cannot install x:",
        "  package x-1-1.noarch requires y >= 2, but y-2-1.noarch is locked or to be removed",
    ];
    assert_told(world, "install x", lock, &expected);
}

#[test]
fn a_protected_package_stays() {
    let world = "i tdnf-1: requires lib\ni lib-1";
    let protect = |job: &mut Job| {
        job.options.protected.insert("tdnf".to_owned());
    };
    let expected = [
        "cannot remove lib-1-1.noarch:",
        "  package tdnf-1-1.noarch needs it and is protected",
    ];
    assert_told(world, "erase lib", protect, &expected);
    assert_told(world, "erase tdnf", protect, &["package tdnf is protected"]);
}

#[test]
fn a_protected_package_is_not_removed_to_make_room() {
    let world = "i tdnf-1\na x-1: conflicts tdnf";
    let (kind, text) = told(world, "install x", |job| {
        job.options.allow_erasing = true;
        job.options.protected.insert("tdnf".to_owned());
    });
    let package = "tdnf".to_owned();
    assert_eq!(kind, RefusalKind::Protected { package }, "{text}");
    assert!(
        text.contains("conflicts with tdnf provided by tdnf-1-1.noarch"),
        "{text}"
    );
}

#[test]
fn a_protected_package_is_not_obsoleted_but_updated() {
    let protect = |job: &mut Job| {
        job.options.protected.insert("tdnf".to_owned());
    };
    let obsoleted = World::parse("i tdnf-1\na new-1: obsoletes tdnf");
    assert_eq!(obsoleted.solve_with("upgrade", protect).unwrap(), ["tdnf-1"]);
    let updated = World::parse("i tdnf-1\na tdnf-2");
    assert_eq!(updated.solve_with("upgrade", protect).unwrap(), ["tdnf-2"]);
}

#[test]
fn the_running_kernel_stays() {
    let world = World::parse("i kernel-1\ni kernel-2");
    let pool = world.pool();
    let running = pool.installed().next().unwrap();
    let refusal = world
        .solution(&pool, "erase kernel", |job| {
            job.options.pinned.insert(running);
        })
        .expect_err("it runs");
    assert_eq!(refusal.to_string(), "package kernel is protected");
}

#[test]
fn an_excluded_package_would_do() {
    let expected = [
        "cannot install x:",
        "  nothing provides y needed by x-1-1.noarch (y-1-1.noarch would do, but is excluded)",
    ];
    assert_told("a x-1: requires y\nx y-1", "install x", |_| (), &expected);
    let expected = ["no package provides y (y-1-1.noarch would do, but is excluded)"];
    assert_told("x y-1", "install y", |_| (), &expected);
}

#[test]
fn a_package_of_another_architecture_does_not_do() {
    let expected = [
        "cannot install x:",
        "  nothing provides y needed by x-1-1.noarch (y-1-1.aarch64 is for another architecture)",
    ];
    assert_told("a x-1: requires y\na y-1.aarch64", "install x", |_| (), &expected);
}

#[test]
fn the_best_cannot_be_installed_another_could() {
    let world = "a x-1\na x-2: requires nowhere";
    let expected = [
        "cannot install x-2-1.noarch, the best for x:",
        "  nothing provides nowhere needed by x-2-1.noarch",
    ];
    assert_told(world, "install x", |job| job.options.best = true, &expected);
    assert_eq!(World::parse(world).solve("install x").unwrap(), ["x-1"]);
}

#[test]
fn an_obsoleted_package_cannot_stay_beside() {
    let world = "a new-1: obsoletes old\na old-1";
    let (_, text) = told(world, "install new; install old", |_| ());
    assert!(
        text.contains("package new-1-1.noarch obsoletes old provided by old-1-1.noarch"),
        "{text}"
    );
}

#[test]
fn nothing_becomes_older_unasked() {
    let world = "i lib-2\na lib-1\na x-1: requires lib = 1";
    let expected = [
        "cannot install x:",
        "  package x-1-1.noarch requires lib = 1, but lib-1-1.noarch is older than what is installed",
    ];
    assert_told(world, "install x", |_| (), &expected);
}
