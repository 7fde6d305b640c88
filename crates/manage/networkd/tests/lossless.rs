//! For any bytes, printing what was read gives them back; for any file, an edit changes only its lines.

mod text;

use networkd::Document;
use proptest::prelude::*;
use text::text;

#[derive(Debug, Clone)]
enum Change {
    Set(&'static str, &'static str),
    Append(&'static str, &'static str),
    Remove(&'static str, &'static str),
    RemoveWord,
    AddBlock,
}

fn addition() -> impl Strategy<Value = Change> {
    let section = || prop::sample::select(&["Network", "Route", "Link", "New"][..]);
    let key = || prop::sample::select(&["DNS", "NTP", "Gateway", "Fresh"][..]);
    prop_oneof![
        (section(), key()).prop_map(|(s, k)| Change::Set(s, k)),
        (section(), key()).prop_map(|(s, k)| Change::Append(s, k)),
        Just(Change::AddBlock),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let section = || prop::sample::select(&["Network", "Route", "Link", "New"][..]);
    let key = || prop::sample::select(&["DNS", "NTP", "Gateway", "Fresh"][..]);
    prop_oneof![
        3 => addition(),
        1 => (section(), key()).prop_map(|(s, k)| Change::Remove(s, k)),
        1 => Just(Change::RemoveWord),
    ]
}

fn apply(file: &mut Document, change: &Change) -> bool {
    match change {
        Change::Set(section, key) => file.set(section, key, "new").is_ok(),
        Change::Append(section, key) => file.append(section, key, "new").is_ok(),
        Change::Remove(section, key) => file.remove(section, key, |_| true).is_ok(),
        Change::RemoveWord => file.remove_words("Network", "DNS", |w| w == "b").is_ok(),
        Change::AddBlock => file.add_block("Route", &[("Gateway", "new")]).is_ok(),
    }
}

/// Lines without their endings, empty ones left out: an edit may end the last line.
fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes
        .split(|b| matches!(b, b'\n' | b'\r' | 0))
        .filter(|line| !line.is_empty())
        .collect()
}

/// Every setting as (number of its section, key, value), without those a change is about.
fn others(file: &Document, touched: impl Fn(&str, &str) -> bool) -> Vec<(usize, &str, &str)> {
    file.blocks()
        .flat_map(|block| block.assignments().map(move |(k, v)| (block, k, v)))
        .filter(|(block, key, _)| !touched(block.name, key))
        .map(|(block, key, value)| (block.index, key, value))
        .collect()
}

fn is_comment(line: &&[u8]) -> bool {
    matches!(line.trim_ascii_start().first(), Some(b'#' | b';'))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_bytes_are_given_back(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(Document::parse(&bytes).to_bytes(), bytes);
    }

    #[test]
    fn any_file_is_given_back(bytes in text()) {
        prop_assert_eq!(Document::parse(&bytes).to_bytes(), bytes);
    }

    #[test]
    fn the_text_after_an_edit_says_what_the_document_says(bytes in text(), change in change()) {
        let mut file = Document::parse(&bytes);
        if apply(&mut file, &change) {
            prop_assert_eq!(Document::parse(&file.to_bytes()), file);
        } else {
            prop_assert_eq!(file.to_bytes(), bytes);
        }
    }

    #[test]
    fn no_comment_is_ever_lost(bytes in text(), change in change()) {
        let mut file = Document::parse(&bytes);
        apply(&mut file, &change);
        let comments = |bytes: &[u8]| lines(bytes).into_iter().filter(is_comment).map(<[u8]>::to_vec).collect::<Vec<_>>();
        prop_assert_eq!(comments(&file.to_bytes()), comments(&bytes));
    }

    #[test]
    fn no_other_setting_changes(bytes in text(), change in change()) {
        let old = Document::parse(&bytes);
        let mut new = old.clone();
        apply(&mut new, &change);
        let touched = |section: &str, key: &str| match change {
            Change::Set(s, k) | Change::Append(s, k) | Change::Remove(s, k) => section == s && key == k,
            Change::RemoveWord => section == "Network" && key == "DNS",
            Change::AddBlock => section == "Route" && key == "Gateway",
        };
        prop_assert_eq!(others(&new, touched), others(&old, touched));
    }

    #[test]
    fn setting_and_adding_change_at_most_one_logical_line(bytes in text(), change in addition()) {
        let mut file = Document::parse(&bytes);
        apply(&mut file, &change);
        let (old, new) = (bytes.clone(), file.to_bytes());
        let (old, new) = (lines(&old), lines(&new));
        let same_start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let left = (&old[same_start..], &new[same_start..]);
        let same_end = left.0.iter().rev().zip(left.1.iter().rev()).take_while(|(a, b)| a == b).count();
        let (gone, come) = (old.len() - same_start - same_end, new.len() - same_start - same_end);
        let continuations = old.iter().filter(|line| line.ends_with(b"\\")).count();
        prop_assert!(come <= gone.max(2), "{} lines became {}", gone, come);
        prop_assert!(gone <= 1 + 2 * continuations + old.iter().filter(|line| is_comment(line)).count());
    }

    #[test]
    fn a_value_that_was_set_is_read_back(bytes in text(), value in "[ -~]{0,12}") {
        let mut file = Document::parse(&bytes);
        if file.set("Network", "DNS", &value).is_ok() {
            let file = Document::parse(&file.to_bytes());
            prop_assert_eq!(*file.assigned("Network", "DNS").last().unwrap(), value);
        }
    }
}
