//! One small case per rule of RPM, each the whole answer.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use depsolve::RefusalKind;
use support::World;

fn assert_solves(world: &str, job: &str, expected: &[&str]) {
    let solved = World::parse(world).solve(job);
    assert_eq!(
        solved.as_deref(),
        Ok(&expected.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()[..]),
        "{world}"
    );
}

fn assert_refused(world: &str, job: &str, facts: &[&str]) {
    let refusal = World::parse(world).solve(job).expect_err("must be refused");
    assert_ne!(refusal.kind, RefusalKind::Internal, "{refusal}");
    for fact in facts {
        assert!(
            refusal.to_string().contains(fact),
            "«{fact}» is missing in:\n{refusal}"
        );
    }
}

#[test]
fn a_requirement_is_met_by_name() {
    assert_solves("a x-1: requires y\na y-1", "install x", &["x-1", "y-1"]);
}

#[test]
fn a_versioned_requirement_picks_the_version() {
    assert_solves(
        "a x-1: requires y < 2\na y-1\na y-2",
        "install x",
        &["x-1", "y-1"],
    );
}

#[test]
fn the_newest_version_is_preferred() {
    assert_solves("a x-1\na x-2\na x-10", "install x", &["x-10"]);
}

#[test]
fn a_versioned_virtual_provide_counts() {
    assert_solves(
        "a x-1: requires mail >= 2\na exim-1: provides mail = 1\na postfix-1: provides mail = 3",
        "install x",
        &["postfix-1", "x-1"],
    );
}

#[test]
fn two_providers_of_one_capability_live_together() {
    let world = "a exim-1: provides mail\na postfix-1: provides mail\na x-1: requires mail";
    assert_solves(
        world,
        "install exim; install postfix; install x",
        &["exim-1", "postfix-1", "x-1"],
    );
}

#[test]
fn a_condition_that_holds_brings_its_package() {
    assert_solves(
        "a x-1: requires (y if z)\na y-1\na z-1",
        "install x; install z",
        &["x-1", "y-1", "z-1"],
    );
}

#[test]
fn a_condition_that_does_not_hold_brings_nothing() {
    assert_solves("a x-1: requires (y if z)\na y-1\na z-1", "install x", &["x-1"]);
}

#[test]
fn an_else_branch_is_taken_without_the_condition() {
    let world = "a x-1: requires (y if z else w)\na y-1\na z-1\na w-1";
    assert_solves(world, "install x", &["w-1", "x-1"]);
    assert_solves(world, "install x; install z", &["x-1", "y-1", "z-1"]);
}

#[test]
fn a_condition_on_one_version_ignores_the_others() {
    // The version that meets the condition is preferred, but cannot be used; the other must not bring y.
    let world = "a x-1: requires (nowhere if z >= 2); requires z\na z-1\na z-2";
    assert_solves(world, "install x", &["x-1", "z-1"]);
}

#[test]
fn an_abandoned_condition_leaves_no_demand_behind() {
    // m-2 would bring z-2, which asks for what nothing provides; with m-1 nothing of z is needed.
    let world = "a x-1: requires (nowhere if z); requires m\na m-1\na m-2: requires z\na z-1\na z-2";
    assert_solves(world, "install x", &["m-1", "x-1"]);
}

#[test]
fn with_wants_one_package_for_both() {
    let world =
        "a x-1: requires (p with q)\na a-1: provides p\na b-1: provides q\na c-1: provides p; provides q";
    assert_solves(world, "install x", &["c-1", "x-1"]);
}

#[test]
fn without_excludes_providers() {
    let world = "a x-1: requires (p without q)\na a-1: provides p; provides q\na b-1: provides p";
    assert_solves(world, "install x", &["b-1", "x-1"]);
}

#[test]
fn conditions_nest() {
    let world = "a x-1: requires (y if (z and w))\na y-1\na z-1\na w-1";
    assert_solves(world, "install x; install z", &["x-1", "z-1"]);
    assert_solves(
        world,
        "install x; install z; install w",
        &["w-1", "x-1", "y-1", "z-1"],
    );
}

#[test]
fn and_wants_both_or_wants_one() {
    assert_solves(
        "a x-1: requires (y and z)\na y-1\na z-1",
        "install x",
        &["x-1", "y-1", "z-1"],
    );
    assert_solves("a x-1: requires (y or z)\na z-1", "install x", &["x-1", "z-1"]);
}

#[test]
fn a_conflict_is_refused_and_named() {
    assert_refused(
        "a x-1: conflicts y\na y-1",
        "install x; install y",
        &["package x-1-1.noarch conflicts with y provided by y-1-1.noarch"],
    );
}

#[test]
fn a_versioned_conflict_steers_the_choice() {
    assert_solves(
        "a x-1: conflicts y >= 2\na y-1\na y-2",
        "install x; install y",
        &["x-1", "y-1"],
    );
}

#[test]
fn a_package_does_not_conflict_with_itself() {
    assert_solves("a x-1: provides mail; conflicts mail", "install x", &["x-1"]);
}

#[test]
fn mutual_conflicts_exclude_each_other() {
    let world = "a x-1: provides m; conflicts m\na y-1: provides m; conflicts m";
    assert_refused(world, "install x; install y", &["conflicts with m provided by"]);
}

#[test]
fn a_conflict_unless_something_brings_that() {
    let world = "a x-1: conflicts (y unless z)\na y-1\na z-1";
    assert_solves(world, "install x; install y", &["x-1", "y-1", "z-1"]);
    assert_solves(world, "install x", &["x-1"]);
}

#[test]
fn a_conflict_with_two_together_allows_each() {
    let world = "a x-1: conflicts (y and z)\na y-1\na z-1";
    assert_solves(world, "install x; install y", &["x-1", "y-1"]);
    let facts = [
        "cannot install x, y, z:",
        "package x-1-1.noarch conflicts with (y and z)",
    ];
    assert_refused(world, "install x; install y; install z", &facts);
}

#[test]
fn a_file_is_a_requirement_like_another() {
    assert_solves(
        "a x-1: requires /usr/bin/sh\na dash-1: file /usr/bin/sh",
        "install x",
        &["dash-1", "x-1"],
    );
}

#[test]
fn two_versions_of_one_package_are_refused() {
    assert_refused(
        "a x-1: requires z = 1\na y-1: requires z = 2\na z-1\na z-2",
        "install x; install y",
        &["z"],
    );
}

#[test]
fn an_obsoleting_package_replaces() {
    assert_solves("i old-1\na new-1: obsoletes old", "install new", &["new-1"]);
    assert_solves("i old-1\na new-1: obsoletes old < 2", "upgrade", &["new-1"]);
}

/// Either would replace the other at each run.
#[test]
fn what_the_installed_package_obsoletes_is_no_update_of_it() {
    let world = "i one-1: obsoletes other\na other-1: obsoletes one";
    assert_solves(world, "upgrade", &["one-1"]);
    assert_solves(world, "install other", &["other-1"]);
    let best = |world: &str| World::parse(world).solve_with("upgrade one", |job| job.options.best = true);
    assert_eq!(best(world), Ok(vec!["one-1".to_owned()]));
    assert_eq!(
        best("i one-1\na other-1: obsoletes one"),
        Ok(vec!["other-1".to_owned()])
    );
}

#[test]
fn obsoletes_match_names_not_provides() {
    assert_solves(
        "i old-1: provides thing\na new-1: obsoletes thing",
        "upgrade",
        &["old-1"],
    );
}

#[test]
fn a_split_package_is_replaced_by_all_its_parts() {
    let world = "i old-1\na part1-1: obsoletes old\na part2-1: obsoletes old";
    assert_solves(world, "upgrade", &["part1-1", "part2-1"]);
}

#[test]
fn what_is_installed_stays() {
    let world = "i y-1: provides c\na y-2: provides c\na z-1: provides c\na x-1: requires c";
    assert_solves(world, "install x", &["x-1", "y-1"]);
}

#[test]
fn an_install_updates_what_it_needs_newer() {
    assert_solves(
        "i y-1\na y-2\na x-1: requires y >= 2",
        "install x",
        &["x-1", "y-2"],
    );
}

#[test]
fn installing_what_is_installed_updates_it() {
    assert_solves("i y-1\na y-2", "install y", &["y-2"]);
    assert_solves("i y-2\na y-1", "install y", &["y-2"]);
}

#[test]
fn an_upgrade_keeps_what_cannot_be_upgraded() {
    let world = "i lib-1\ni app-1: requires lib = 1\na lib-2\ni tool-1\na tool-2";
    assert_solves(world, "upgrade", &["app-1", "lib-1", "tool-2"]);
}

#[test]
fn an_upgrade_by_name_leaves_the_rest() {
    assert_solves("i a-1\na a-2\ni b-1\na b-2", "upgrade a", &["a-2", "b-1"]);
}

#[test]
fn nothing_is_downgraded_without_being_asked() {
    let world = "i lib-2\na lib-1\na x-1: requires lib = 1";
    assert_refused(
        world,
        "install x",
        &["requires lib = 1, but lib-1-1.noarch is older than what is installed"],
    );
    let solved = World::parse(world).solve_with("install x", |job| job.options.allow_downgrade = true);
    assert_eq!(solved.unwrap(), ["lib-1", "x-1"]);
    assert_solves("i lib-2\na lib-1", "sync", &["lib-1"]);
    assert_solves("i lib-2\na lib-1", "install lib-1", &["lib-1"]);
}

#[test]
fn an_erasure_takes_dependants_along() {
    let world = "i lib-1\ni app-1: requires lib\ni tool-1: requires app\ni other-1";
    assert_solves(world, "erase lib", &["other-1"]);
}

#[test]
fn an_erasure_spares_what_has_another_provider() {
    assert_solves(
        "i a-1: provides c\ni b-1: provides c\ni x-1: requires c",
        "erase a",
        &["b-1", "x-1"],
    );
}

#[test]
fn removing_cleans_what_only_the_removed_needed() {
    let world = World::parse("i app-1: requires lib\ni lib-1: requires base\ni base-1\ni stray-1");
    let pool = world.pool();
    let auto = pool
        .installed()
        .filter(|&id| pool.identity(id).name != "app")
        .collect();
    let solution = world
        .solution(&pool, "erase app", |job| {
            job.options.clean_requirements = true;
            job.options.auto_installed = auto;
        })
        .unwrap();
    assert_eq!(support::names(&pool, &solution.installed), ["stray-1"]);
}

#[test]
fn recommended_packages_come_when_they_can() {
    let world = "a x-1: recommends y; recommends nowhere; recommends bad\na y-1: recommends z\na z-1\na bad-1: conflicts x";
    assert_solves(world, "install x", &["x-1", "y-1", "z-1"]);
    let without = World::parse(world).solve_with("install x", |job| job.options.weak_dependencies = false);
    assert_eq!(without.unwrap(), ["x-1"]);
}

#[test]
fn a_supplementing_package_comes_with_what_it_supplements() {
    let world = "a x-1\na lang-1\na x-de-1: supplements (x and lang)";
    assert_solves(world, "install x", &["x-1"]);
    assert_solves(world, "install x; install lang", &["lang-1", "x-1", "x-de-1"]);
}

#[test]
fn a_suggestion_decides_between_providers() {
    let world = "a x-1: requires mail; suggests postfix\na exim-1: provides mail\na postfix-1: provides mail";
    assert_solves(world, "install x", &["postfix-1", "x-1"]);
    let world = "a x-1: requires mail\na exim-1: provides mail\na postfix-1: provides mail; enhances x";
    assert_solves(world, "install x", &["postfix-1", "x-1"]);
    let world = "i exim-1: provides mail\na x-1: requires mail; suggests postfix\na postfix-1: provides mail";
    assert_solves(world, "install x", &["exim-1", "x-1"]);
}

#[test]
fn a_declined_recommendation_does_not_come_back_by_upgrade() {
    assert_solves(
        "i x-1: recommends y\na x-2: recommends y\na y-1",
        "upgrade",
        &["x-2"],
    );
}

#[test]
fn installonly_packages_stand_beside_each_other_up_to_the_limit() {
    let world = World::parse("i kernel-1\ni kernel-2\na kernel-3");
    let limited = |limit| {
        world.solve_with("upgrade", |job| {
            job.options.installonly.insert("kernel".to_owned(), limit);
        })
    };
    assert_eq!(limited(0).unwrap(), ["kernel-1", "kernel-2", "kernel-3"]);
    assert_eq!(limited(2).unwrap(), ["kernel-2", "kernel-3"]);
}

#[test]
fn the_running_kernel_is_not_dropped() {
    let world = World::parse("i kernel-1\ni kernel-2\na kernel-3");
    let pool = world.pool();
    let running = pool.installed().next().unwrap();
    let solution = world
        .solution(&pool, "install kernel", |job| {
            job.options.installonly.insert("kernel".to_owned(), 2);
            job.options.pinned.insert(running);
        })
        .unwrap();
    assert_eq!(
        support::names(&pool, &solution.installed),
        ["kernel-1", "kernel-3"]
    );
}

#[test]
fn a_broken_installed_package_does_not_block_other_work() {
    assert_solves(
        "i broken-1: requires nowhere\na x-1",
        "install x",
        &["broken-1", "x-1"],
    );
}

#[test]
fn an_installed_package_is_only_removed_when_allowed() {
    let world = "i y-1\na x-1: conflicts y";
    assert_refused(world, "install x", &["y-1-1.noarch"]);
    let solved = World::parse(world).solve_with("install x", |job| job.options.allow_erasing = true);
    assert_eq!(solved.unwrap(), ["x-1"]);
}

#[test]
fn broken_requests_are_skipped_on_demand() {
    let world = World::parse("a good-1\na bad-1: requires nowhere");
    let pool = world.pool();
    let solution = world
        .solution(&pool, "install bad; install good", |job| {
            job.options.skip_broken = true
        })
        .unwrap();
    assert_eq!(support::names(&pool, &solution.installed), ["good-1"]);
    assert_eq!(solution.skipped[0].0, "bad");
}

#[test]
fn best_refuses_what_is_not_the_newest() {
    let world = World::parse("a x-1\na x-2: requires nowhere");
    assert_eq!(world.solve("install x").unwrap(), ["x-1"]);
    assert!(
        world
            .solve_with("install x", |job| job.options.best = true)
            .is_err()
    );
}

#[test]
fn best_refuses_an_upgrade_that_is_not_complete() {
    let world = World::parse("i lib-1\ni app-1: requires lib = 1\na lib-2");
    assert_eq!(world.solve("upgrade").unwrap(), ["app-1", "lib-1"]);
    let refusal = world
        .solve_with("upgrade", |job| job.options.best = true)
        .expect_err("held back");
    assert!(
        refusal.to_string().contains("app-1-1.noarch requires lib = 1"),
        "{refusal}"
    );
}

#[test]
fn what_is_broken_is_left_out_and_said() {
    let world = World::parse("a x-1: requires nowhere\na y-1\ni lib-1\ni app-1: requires lib = 1\na lib-2");
    let pool = world.pool();
    let skip = |job: &mut depsolve::Job| job.options.skip_broken = true;
    let solution = world.solution(&pool, "install x; install y", skip).unwrap();
    assert_eq!(
        support::names(&pool, &solution.installed),
        ["app-1", "lib-1", "y-1"]
    );
    let (what, why) = &solution.skipped[0];
    assert_eq!((solution.skipped.len(), what.as_str()), (1, "x"), "{why}");
    assert!(why.to_string().contains("nothing provides nowhere"), "{why}");
    let best = |job: &mut depsolve::Job| (job.options.skip_broken, job.options.best) = (true, true);
    let solution = world.solution(&pool, "upgrade", best).unwrap();
    assert_eq!(support::names(&pool, &solution.installed), ["app-1", "lib-1"]);
}

#[test]
fn locked_packages_do_not_move() {
    let world = World::parse("i x-1\na x-2");
    let locked = world.solve_with("upgrade", |job| {
        job.options.locked.insert("x".to_owned());
    });
    assert_eq!(locked.unwrap(), ["x-1"]);
}

#[test]
fn a_refusal_tells_the_chain_down_to_the_missing_thing() {
    assert_refused(
        "a x-1: requires y\na y-1: requires libqux\na libquux-1",
        "install x",
        &[
            "cannot install x:",
            "package x-1-1.noarch requires y, but none of the providers can be installed",
            "nothing provides libqux needed by y-1-1.noarch (nearest names: libquux)",
        ],
    );
}

#[test]
fn an_unknown_name_gets_the_nearest() {
    let refusal = World::parse("a strace-1\na bash-1")
        .solve("install starce")
        .expect_err("unknown");
    assert_eq!(
        refusal.kind,
        RefusalKind::Unknown {
            what: "starce".to_owned(),
            nearest: vec!["strace".to_owned()]
        }
    );
}
