//! The kept corpus, damaged by seeded chance: every target comes to an end, and soon.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use hostile_input::{TARGETS, Target, corpus};
use std::fs;
use std::time::{Duration, Instant};

/// Damaged copies of each seed. A few CPU seconds for all targets together.
const COPIES: u64 = 150;
/// Far beyond what any of these small inputs takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

/// xorshift64* (Vigna, An experimental exploration of Marsaglia's xorshift generators, 2016).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit.max(1)
    }
}

/// Values at which lengths and offsets go wrong.
const EDGES: [u8; 6] = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

fn damage(seed: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        let length = random.below(16).min(bytes.len().saturating_sub(at));
        match random.below(6) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            1 if !bytes.is_empty() => bytes[at] = EDGES[random.below(EDGES.len())],
            2 => bytes[at..at + length].fill(EDGES[random.below(EDGES.len())]),
            3 => bytes.truncate(at),
            4 => drop(bytes.drain(at..at + length)),
            _ => {
                let copy = bytes[at..at + length].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
        }
    }
    bytes
}

fn seeds(target: &Target) -> Vec<(String, Vec<u8>)> {
    let folder = corpus().join(target.name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| (path.display().to_string(), fs::read(path).unwrap());
    paths.iter().map(read).collect()
}

fn run(target: &Target, name: &str, bytes: &[u8]) {
    let start = Instant::now();
    let outcome = std::panic::catch_unwind(|| (target.run)(bytes));
    let slow = start.elapsed() > LIMIT;
    if outcome.is_err() || slow {
        let kept = std::env::temp_dir().join(format!("{}-found", target.name));
        fs::write(&kept, bytes).unwrap();
        panic!(
            "{}: {name}, damaged, ends badly; the input is in {}",
            target.name,
            kept.display()
        );
    }
}

#[test]
fn every_target_ends_on_damaged_input() {
    for target in TARGETS {
        let seeds = seeds(target);
        assert!(!seeds.is_empty(), "{} has no corpus", target.name);
        for (number, (name, seed)) in seeds.iter().enumerate() {
            run(target, name, seed);
            let mut random = Random(number as u64 * 7919 + 1);
            (0..COPIES).for_each(|_| run(target, name, &damage(seed, &mut random)));
        }
    }
}

#[test]
fn every_folder_of_the_corpus_has_its_target() {
    for entry in fs::read_dir(corpus()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            TARGETS.iter().any(|target| target.name == name),
            "no target {name}"
        );
    }
}

/// Seeds that are refused at once would test nothing.
#[test]
fn seeds_of_our_own_formats_are_current() {
    let packages = fs::read(corpus().join("package-cache/seed")).unwrap();
    let files = fs::read(corpus().join("file-cache/seed")).unwrap();
    let advice = "cargo run --release -p hostile-input --example seeds";
    assert!(repodata::foreign::package_cache(packages).is_some(), "{advice}");
    assert!(repodata::foreign::file_cache(files).is_some(), "{advice}");
}

/// The assertions in the targets would catch what they are there for.
#[test]
fn a_target_that_does_not_exist_is_no_success() {
    assert!(std::panic::catch_unwind(|| hostile_input::run("nothing", b"")).is_err());
}
