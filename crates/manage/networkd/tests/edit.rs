//! What each change does to the text of a file.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use networkd::{Document, EditError};

fn edited(text: &str, change: impl FnOnce(&mut Document) -> Result<(), EditError>) -> String {
    let mut file = Document::parse(text.as_bytes());
    change(&mut file).unwrap();
    assert_eq!(
        Document::parse(&file.to_bytes()),
        file,
        "the document in memory is what its text says"
    );
    String::from_utf8(file.to_bytes()).unwrap()
}

#[test]
fn set_rewrites_the_line_in_force_and_keeps_its_style() {
    let text = "[Link]\n# jumbo\n  MTUBytes =  9000  \nMACAddress=x\n";
    let new = edited(text, |f| f.set("Link", "MTUBytes", "1500"));
    assert_eq!(new, "[Link]\n# jumbo\n  MTUBytes =  1500\nMACAddress=x\n");
}

#[test]
fn set_adds_to_the_last_section_of_the_name_behind_its_settings() {
    let text = "[Network]\nDNS=a\n\n# about the link\n[Link]\n";
    assert_eq!(
        edited(text, |f| f.set("Network", "DHCP", "yes")),
        "[Network]\nDNS=a\nDHCP=yes\n\n# about the link\n[Link]\n"
    );
    assert_eq!(
        edited(text, |f| f.set("Link", "MTUBytes", "1500")),
        format!("{text}MTUBytes=1500\n")
    );
}

#[test]
fn set_makes_a_missing_section_and_ends_an_unended_file() {
    assert_eq!(
        edited("[Match]\nName=e", |f| f.set("Link", "MTUBytes", "1500")),
        "[Match]\nName=e\n\n[Link]\nMTUBytes=1500\n"
    );
    assert_eq!(
        edited("", |f| f.set("Link", "MTUBytes", "1500")),
        "[Link]\nMTUBytes=1500\n"
    );
}

#[test]
fn an_open_continuation_at_the_end_does_not_swallow_the_new_line() {
    let new = edited("[Network]\nDNS=a \\", |f| f.set("Network", "NTP", "x"));
    assert_eq!(new, "[Network]\nDNS=a \\\n\nNTP=x\n");
    let new = edited("[Network]\nDNS=a \\\n# c", |f| f.set("Network", "NTP", "x"));
    assert_eq!(new, "[Network]\nDNS=a \\\n# c\n\nNTP=x\n");
}

#[test]
fn comments_inside_a_continued_line_outlive_it() {
    let text = "[Network]\nDNS=a \\\n# why\n  b\nNTP=x\n";
    assert_eq!(
        edited(text, |f| f.set("Network", "DNS", "c")),
        "[Network]\nDNS=c\n# why\nNTP=x\n"
    );
    let gone = edited(text, |f| f.remove("Network", "DNS", |_| true).map(|_| ()));
    assert_eq!(gone, "[Network]\n# why\nNTP=x\n");
    let cut_off = edited("[Network]\nDNS=a \\\n# why", |f| f.set("Network", "DNS", "c"));
    assert_eq!(cut_off, "[Network]\nDNS=c\n# why");
}

#[test]
fn append_stands_behind_its_like() {
    let text = "[Network]\nDNS=a\nNTP=x\n";
    assert_eq!(
        edited(text, |f| f.append("Network", "DNS", "b")),
        "[Network]\nDNS=a\nDNS=b\nNTP=x\n"
    );
}

#[test]
fn words_are_removed_and_an_emptied_line_goes() {
    let text = "[Network]\nDNS=a b\nDNS=b\n";
    let new = edited(text, |f| {
        f.remove_words("Network", "DNS", |w| w == "b").map(|_| ())
    });
    assert_eq!(new, "[Network]\nDNS=a\n");
}

#[test]
fn windows_line_ends_stay() {
    let new = edited("[Network]\r\nDNS=a\r\n", |f| f.append("Network", "DNS", "b"));
    assert_eq!(new, "[Network]\r\nDNS=a\r\nDNS=b\r\n");
}

#[test]
fn a_block_comes_and_goes_without_a_trace() {
    let text = "[Match]\nName=e\n";
    let with = edited(text, |f| {
        f.add_block("Route", &[("Gateway", "10.0.0.1"), ("Metric", "5")])
    });
    assert_eq!(with, "[Match]\nName=e\n\n[Route]\nGateway=10.0.0.1\nMetric=5\n");
    assert_eq!(edited(&with, |f| f.remove_block(1)), text);
}

#[test]
fn removing_a_block_keeps_the_comment_about_the_next() {
    let text = "[Route]\nGateway=10.0.0.1\n\n# the second\n[Route]\nGateway=10.0.0.2\n";
    assert_eq!(
        edited(text, |f| f.remove_block(0)),
        "\n# the second\n[Route]\nGateway=10.0.0.2\n"
    );
}

#[test]
fn set_in_changes_one_of_several_blocks() {
    let text = "[Route]\nMetric=1\n[Route]\nMetric=2\n";
    assert_eq!(
        edited(text, |f| f.set_in(0, "Metric", "7")),
        "[Route]\nMetric=7\n[Route]\nMetric=2\n"
    );
    assert_eq!(
        edited(text, |f| f.set_in(0, "Table", "9")),
        "[Route]\nMetric=1\nTable=9\n[Route]\nMetric=2\n"
    );
}

#[test]
fn what_would_read_back_as_something_else_is_refused() {
    let mut file = Document::parse(b"[Network]\nDNS=a\n");
    let before = file.clone();
    for value in ["a\nUnmanaged=yes", "a\0b", "a\\", " a", "a\t", "a\r", "\u{7}"] {
        assert_eq!(
            file.set("Network", "DNS", value),
            Err(EditError::BadValue(value.to_owned()))
        );
    }
    for name in ["", "#DNS", "[x", "a=b", "a\nb", " a", ";a", "a\\"] {
        assert!(
            matches!(file.set("Network", name, "x"), Err(EditError::BadName(_))),
            "{name:?}"
        );
        assert!(
            matches!(file.set(name, "DNS", "x"), Err(EditError::BadName(_))),
            "{name:?}"
        );
    }
    assert_eq!(file.remove_block(1), Err(EditError::NoBlock(1)));
    assert_eq!(file, before);
}

#[test]
fn a_file_that_systemd_gives_up_is_left_alone() {
    let mut file = Document::parse(b"[Network\nDNS=a\n");
    let message = file.set("Link", "MTUBytes", "1500").unwrap_err().to_string();
    assert!(
        message.contains("line 1: the section header is not closed"),
        "{message}"
    );
    assert_eq!(file.to_bytes(), b"[Network\nDNS=a\n");
}
