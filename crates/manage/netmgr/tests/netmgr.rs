//! Every object of netmgr with each of its verbs: what it does to files or prints, and how it fails. The cases are in
//! `netmgr/*.txt`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod written;

use netmgr::command::table::OBJECTS;
use written::Suite;

const NETMGR: Suite = Suite {
    name: "netmgr",
    program: env!("CARGO_BIN_EXE_netmgr"),
};

#[test]
fn every_object_does_what_is_written() {
    written::check(NETMGR);
}

/// The object and the option that says what is done.
fn all() -> Vec<(&'static str, Option<String>)> {
    let of_one = |object: &'static netmgr::command::table::Object| match object.verbs {
        [] => vec![(object.name, None)],
        verbs => verbs
            .iter()
            .map(|(verb, _)| (object.name, Some(format!("--{}", verb.name()))))
            .collect(),
    };
    OBJECTS.iter().flat_map(of_one).collect()
}

#[test]
fn every_verb_of_every_object_has_a_case_of_success_and_one_of_failure() {
    let tried = |object: &str, verb: &Option<String>, fails: bool| {
        NETMGR.tries(object, fails, |words| {
            let has = |wanted: &str| words.iter().any(|word| word == wanted);
            has(object) && verb.as_deref().is_none_or(has)
        })
    };
    let mut without = Vec::new();
    for (object, verb) in all() {
        for fails in [false, true] {
            if !tried(object, &verb, fails) {
                without.push((object, verb.clone(), fails));
            }
        }
    }
    assert!(without.is_empty(), "{without:?}");
}
