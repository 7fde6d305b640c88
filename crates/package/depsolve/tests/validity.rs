//! Every answer is valid: nothing unmet, no conflict, no package twice, and what was asked for is there.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use depsolve::{RefusalKind, check};
use proptest::prelude::*;
use support::generate::problem;

fn assert_valid(seed: u64, rich: bool) {
    let (world, job) = problem(seed, rich);
    let pool = world.pool();
    match world.solution(&pool, &job, |_| {}) {
        Err(refusal) => assert_ne!(refusal.kind, RefusalKind::Internal, "seed {seed}: {refusal}"),
        Ok(solution) => {
            let faults = check(&pool, &solution.installed, &|_| false);
            assert!(faults.is_empty(), "seed {seed}: {faults:?}");
            for wanted in job.split("; ").map(|part| part.trim_start_matches("install ")) {
                let there = solution
                    .installed
                    .iter()
                    .any(|&id| pool.identity(id).name == wanted);
                assert!(there, "seed {seed}: {wanted} was asked for and is not there");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plain_answers_are_valid(seed in 0_u64..1_000_000) {
        assert_valid(seed, false);
    }

    #[test]
    fn rich_answers_are_valid(seed in 0_u64..1_000_000) {
        assert_valid(seed, true);
    }

    /// Removing leaves a consistent rest.
    #[test]
    fn an_erasure_leaves_nothing_unmet(seed in 0_u64..1_000_000) {
        let (world, job) = problem(seed, true);
        let Ok(installed) = world.solve(&job) else { return Ok(()) };
        let specs = world.specs.iter().filter(|spec| {
            !spec.installed && installed.contains(&format!("{}-{}", spec.name, spec.version))
        });
        let system = support::World::of(specs.map(|spec| support::Spec { installed: true, ..spec.clone() }).collect());
        let pool = system.pool();
        let Some(victim) = pool.installed().next().map(|id| pool.identity(id).name) else { return Ok(()) };
        let solution = system.solution(&pool, &format!("erase {victim}"), |_| {}).expect("possible");
        prop_assert!(check(&pool, &solution.installed, &|_| false).is_empty());
    }
}
