//! Random files, against systemd-networkd: it must see the same assignments and faults on the same lines.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;
mod text;

use std::collections::BTreeMap;
use std::fs;

use networkd::Document;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

/// The lines networkd has something to say about: it knows none of the settings, so that it names each.
fn expected(file: &Document) -> BTreeMap<usize, String> {
    let end = file.fatal_problem().map_or(usize::MAX, |problem| problem.line);
    let known = |section: &str| matches!(section, "Network" | "Link");
    let mut lines: BTreeMap<usize, String> = BTreeMap::new();
    for found in file
        .assignments()
        .into_iter()
        .filter(|found| known(found.section))
    {
        lines.insert(found.line, format!("{}={}", found.key, found.value));
    }
    for problem in file.problems() {
        lines.insert(problem.line, problem.fault.to_string());
    }
    lines.into_iter().filter(|(line, _)| *line <= end).collect()
}

/// Settings of one section whose every value is wrong, so that networkd names value and line.
fn as_wrong_settings(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text).into_owned();
    let text = text
        .replace("NTP=", "NTQ=")
        .replace("Gateway=", "Gateweg=")
        .replace("DNS=", "DNT=");
    text.replace("[Route]", "[Link]")
        .replace("DNS =", "DNT =")
        .replace('\u{fffe}', "\u{fffe}x")
        .into_bytes()
}

#[test]
fn networkd_sees_what_we_see() {
    let tree = support::tree();
    let mut runner = TestRunner::deterministic();
    let mut files = BTreeMap::new();
    for number in 0..500 {
        let text = as_wrong_settings(&text::text().new_tree(&mut runner).unwrap().current());
        let name = format!("{number:03}.network");
        fs::write(tree.path().join("network").join(&name), &text).unwrap();
        files.insert(name, text);
    }
    let said = support::complaints(tree.path());
    let mut seen = 0;
    for (name, text) in files {
        let mut theirs = said.get(&name).cloned().unwrap_or_default();
        if theirs
            .values()
            .any(|complaint| complaint.starts_with("Unknown section"))
        {
            continue; // in which networkd is silent about everything
        }
        let ours = expected(&Document::parse(&text));
        count_as_we_do(&mut theirs, &ours);
        let same = ours.keys().eq(theirs.keys());
        assert!(
            same,
            "{:?}\nours {ours:#?}\ntheirs {theirs:#?}",
            String::from_utf8_lossy(&text)
        );
        seen += ours.len();
    }
    assert!(seen > 1000, "only {seen} lines were compared");
}

/// Where the end of the file cuts a continuation off, systemd counts one line more than there is.
fn count_as_we_do(theirs: &mut support::Complaints, ours: &BTreeMap<usize, String>) {
    let last = ours.last_key_value().map_or(0, |(line, _)| *line);
    if !theirs.contains_key(&last)
        && let Some(what) = theirs.remove(&(last + 1))
    {
        theirs.insert(last, what);
    }
}
