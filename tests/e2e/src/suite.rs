//! Runs a list of named checks against one guest and reports them as cargo's own test runner would.

use crate::Guest;
use std::process::ExitCode;
use std::time::Instant;

/// A statement about the guest and how to find out whether it holds.
pub struct Check {
    /// The statement, as a sentence without the guest as its subject.
    pub name: &'static str,
    /// Finds out; an error says what was seen instead.
    pub run: fn(&mut Guest) -> anyhow::Result<()>,
}

/// Boot the guest, check every statement, report.
///
/// The arguments of the test program work as usual: words select the checks whose names contain one of
/// them, `--list` lists; flags of libtest that make no sense here are ignored.
pub fn run_suite(guest: impl FnOnce() -> anyhow::Result<Guest>, checks: &[Check]) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    if arguments.iter().any(|argument| argument == "--ignored") {
        return report(0, 0, checks.len());
    }
    let wanted: Vec<&Check> = checks
        .iter()
        .filter(|check| selected(check.name, &words))
        .collect();
    if arguments.iter().any(|argument| argument == "--list") {
        wanted.iter().for_each(|check| println!("{}: test", check.name));
        return ExitCode::SUCCESS;
    }
    println!("\nrunning {} tests", wanted.len());
    match guest() {
        Ok(mut guest) => run_all(&mut guest, &wanted, checks.len()),
        Err(error) => {
            println!("the guest did not come up: {error:#}");
            report(0, wanted.len(), checks.len() - wanted.len())
        }
    }
}

fn selected(name: &str, words: &[&String]) -> bool {
    words.is_empty() || words.iter().any(|word| name.contains(word.as_str()))
}

fn run_all(guest: &mut Guest, wanted: &[&Check], all: usize) -> ExitCode {
    let failed = wanted.iter().filter(|check| !passes(guest, check)).count();
    report(wanted.len() - failed, failed, all - wanted.len())
}

fn passes(guest: &mut Guest, check: &Check) -> bool {
    let start = Instant::now();
    let result = (check.run)(guest);
    let verdict = if result.is_ok() { "ok" } else { "FAILED" };
    println!(
        "test {} ... {verdict} ({:.1} s)",
        check.name,
        start.elapsed().as_secs_f64()
    );
    if let Err(error) = &result {
        println!("    {}", format!("{error:#}").replace('\n', "\n    "));
    }
    result.is_ok()
}

fn report(passed: usize, failed: usize, filtered: usize) -> ExitCode {
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {verdict}. {passed} passed; {failed} failed; 0 ignored; 0 measured; {filtered} filtered out\n"
    );
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
