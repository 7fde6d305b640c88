//! The same situations, given to libsolv: what it can solve, we can, and the other way round; and where the answers
//! differ, the reason is one of docs/solver.md.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::ops::Range;

use depsolve::{Pool, Refusal, Solution};
use support::oracle::{self, Answer};
use support::reasons;
use support::scenario::Scenario;

/// What a comparison came to.
#[derive(Default, Debug)]
struct Tally {
    solved: usize,
    refused: usize,
    reasons: BTreeMap<&'static str, usize>,
    /// Situations for which libsolv's answer breaks a dependency, as the check finds that looks at ours too.
    broken: Vec<u64>,
    /// Situations that only one of the two can solve, and differences without a reason.
    unexplained: Vec<String>,
}

impl Tally {
    fn add(
        &mut self,
        seed: u64,
        scenario: &Scenario,
        pool: &Pool<'_>,
        ours: &Result<Solution, Refusal>,
        theirs: &Answer,
    ) {
        if let Some(installed) = &theirs.installed
            && reasons::is_broken(scenario, pool, installed)
        {
            return self.broken.push(seed);
        }
        let reason = match (ours, &theirs.installed) {
            (Err(_), None) => {
                self.refused += 1;
                return;
            }
            (Ok(solution), Some(installed)) => {
                self.solved += 1;
                if names(pool, solution) == *installed {
                    return;
                }
                reasons::of_sets(scenario, pool, &solution.installed, installed)
            }
            _ => None,
        };
        match reason {
            Some(reason) => *self.reasons.entry(reason).or_default() += 1,
            None => {
                let ours = ours.as_ref().map(|solution| names(pool, solution));
                let text = format!(
                    "seed {seed}: {}--- ours\n{ours:?}\n--- libsolv\n{theirs:?}\n",
                    scenario.describe()
                );
                self.unexplained.push(text);
            }
        }
    }
}

fn names(pool: &Pool<'_>, solution: &Solution) -> Vec<String> {
    let mut names: Vec<String> = solution
        .installed
        .iter()
        .map(|&id| pool.identity(id).to_string())
        .collect();
    names.sort();
    names
}

fn compare(seeds: Range<u64>) -> Tally {
    let scenarios: Vec<Scenario> = seeds.clone().map(Scenario::of).collect();
    let answers = oracle::ask(&scenarios);
    let mut tally = Tally::default();
    for ((seed, scenario), theirs) in seeds.zip(&scenarios).zip(&answers) {
        let pool = scenario.pool();
        tally.add(seed, scenario, &pool, &scenario.solve(&pool), theirs);
    }
    tally
}

fn assert_explained(seeds: Range<u64>) {
    let count = seeds.end - seeds.start;
    let tally = compare(seeds);
    println!(
        "{} solved, {} refused by both; different for a reason: {:?}; broken by libsolv: {:?}",
        tally.solved, tally.refused, tally.reasons, tally.broken
    );
    assert!(
        tally.unexplained.is_empty(),
        "{} of {count}:\n{}",
        tally.unexplained.len(),
        tally.unexplained.join("\n")
    );
    assert!(
        tally.solved > tally.refused / 2 && tally.refused > tally.solved / 10,
        "{tally:?} says little"
    );
}

#[test]
fn three_hundred_situations() {
    assert_explained(0..300);
}

/// With TEST_LONG=1; half a minute.
#[test]
fn thirty_thousand_situations() {
    if std::env::var_os("TEST_LONG").is_some() {
        assert_explained(1000..31_000);
    }
}

/// One of each kind in which the two once disagreed about whether there is an answer, and an answer of libsolv that is
/// none: it has p8, p6 that `requires (p12 = 1-1 if p8 else capf)`, and no p12. That of Debian 13 has one.
#[test]
fn where_only_one_had_an_answer() {
    for (seed, broken) in [(3072, 0), (8691, 0), (23_584, 0), (30_002, 0), (2820, 1)] {
        let tally = compare(seed..seed + 1);
        assert!(tally.broken.len() <= broken, "{tally:?}");
        assert!(tally.unexplained.is_empty(), "{tally:?}");
    }
}

/// In these two of the thirty thousand resolvo panics while recommended packages are looked for.
#[test]
fn where_resolvo_gives_up_on_itself_there_is_an_answer() {
    for seed in [1788, 29_196] {
        let tally = compare(seed..seed + 1);
        assert_eq!(tally.solved, 1, "{tally:?}");
        assert!(tally.unexplained.is_empty(), "{tally:?}");
    }
}
