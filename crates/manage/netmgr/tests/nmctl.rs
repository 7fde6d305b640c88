//! Every command of nmctl: what it does to files or prints, and how it fails. The cases are in `nmctl/*.txt`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod written;

use netmgr::nmctl::table::{self, Does};
use written::{Suite, words};

const NMCTL: Suite = Suite {
    name: "nmctl",
    program: env!("CARGO_BIN_EXE_nmctl"),
};

#[test]
fn every_command_does_what_is_written() {
    written::check(NMCTL);
}

#[test]
fn every_command_has_a_case_of_success_and_one_of_failure() {
    let without: Vec<_> = table::commands()
        .flat_map(|command| [(command.name, false), (command.name, true)])
        .filter(|(name, fails)| !NMCTL.tries(name, *fails, |words| words.iter().any(|word| word == name)))
        .collect();
    assert!(without.is_empty(), "{without:?}");
    let unknown: Vec<_> = NMCTL
        .cases()
        .into_iter()
        .filter(|case| table::find(&case.name).is_none())
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn there_are_128_commands_and_no_name_or_alias_is_taken_twice() {
    assert_eq!(table::commands().count(), 128);
    let mut names: Vec<&str> = table::commands()
        .flat_map(|command| [command.name, command.alias])
        .filter(|name| !name.is_empty())
        .collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn every_setting_in_the_table_is_one_that_networkd_knows() {
    for command in table::commands() {
        for word in command.words {
            if let table::Holds::Setting(kind, section, key) = word.holds {
                assert!(
                    kind.key(section, key).is_some(),
                    "{}: [{section}] {key}",
                    command.name
                );
            }
        }
    }
}

#[test]
fn every_command_that_prints_does_it_in_json_too() {
    let cases = NMCTL.cases();
    let mut tried = 0;
    for case in &cases {
        let Some(command) = table::find(&case.name) else {
            continue;
        };
        if !matches!(command.does, Does::Show(_)) {
            continue;
        }
        for run in case.runs.iter().filter(|run| !run.fails) {
            let mut all = words(&run.words);
            if all[0] != "-j" {
                all.insert(0, "-j".to_owned());
            }
            let output = case.run(NMCTL, &case.tree(), &all);
            let parsed: Result<serde_json::Value, _> = serde_json::from_slice(&output.stdout);
            assert!(parsed.is_ok(), "{}: {output:?}", run.words);
            tried += 1;
        }
    }
    assert!(tried >= 20, "{tried}");
}
