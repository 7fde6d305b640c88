//! The table of settings: what is refused with which words, and the page made of it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use networkd::{FileKind, Repeat};

fn refusal(section: &str, key: &str, value: &str) -> String {
    FileKind::Network
        .check(section, key, value)
        .unwrap_err()
        .to_string()
}

#[test]
fn a_refusal_names_the_setting_the_value_and_the_rule() {
    assert_eq!(
        refusal("Link", "MTUBytes", "99999999"),
        "[Link] MTUBytes: \"99999999\" is not an MTU from 68 to 65536 bytes"
    );
    assert_eq!(
        refusal("Network", "Address", "10.0.0.300/24"),
        "[Network] Address: \"10.0.0.300/24\" is not an IP address with its prefix length"
    );
    assert_eq!(
        refusal("Network", "LLMNR", "perhaps"),
        "[Network] LLMNR: \"perhaps\" is not yes, no or resolve"
    );
}

#[test]
fn every_word_of_a_list_is_checked() {
    assert!(
        FileKind::Network
            .check("Network", "DNS", "1.1.1.1 [2001:db8::1]:53")
            .is_ok()
    );
    assert!(
        FileKind::Network.check("Network", "DNS", "").is_ok(),
        "a list can be reset"
    );
    assert!(refusal("Network", "DNS", "1.1.1.1 nonsense").contains("\"nonsense\""));
}

#[test]
fn what_is_not_in_the_table_is_not_judged() {
    assert!(FileKind::Network.check("Network", "FromTheFuture", "x").is_ok());
    assert!(FileKind::Network.check("X-Ours", "Key", "x").is_ok());
}

#[test]
fn kinds_of_files_are_told_by_their_names() {
    assert_eq!(FileKind::of("10-eth0.network"), Some(FileKind::Network));
    assert_eq!(FileKind::of("resolved.conf"), Some(FileKind::ResolvedConf));
    assert_eq!(FileKind::of("other.conf"), None);
}

#[test]
fn no_setting_is_listed_twice() {
    for kind in FileKind::ALL {
        for section in kind.sections() {
            let mut names: Vec<_> = section.keys.iter().map(|key| key.name).collect();
            let before = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), before, "[{}] of {}", section.name, kind.pattern());
        }
    }
}

#[test]
fn a_file_is_reviewed_by_line() {
    let text =
        b"[Match]\nName=eth0\n[Network]\nDNS=1.1.1.1 \\\n  1.1.1\nAddress=\n[Link]\nMTUBytes=12\nnonsense\n";
    let remarks = FileKind::Network.review(&networkd::Document::parse(text));
    let lines: Vec<usize> = remarks.iter().map(|remark| remark.line).collect();
    assert_eq!(lines, [5, 8, 9], "{remarks:?}");
    assert!(
        remarks[0]
            .to_string()
            .starts_with("line 5: [Network] DNS: \"1.1.1\" is not a DNS server")
    );
}

/// Octal, signs and spaces mean something else to systemd than to people.
#[test]
fn numbers_are_decimal() {
    for number in ["010", "0x10", "+5", "-5", " 5", "5 ", "1e3", "٣", ""] {
        assert!(
            FileKind::Network.check("Route", "Metric", number).is_err(),
            "{number:?}"
        );
    }
    assert!(FileKind::Network.check("Route", "Metric", "0").is_ok());
}

#[test]
fn the_page_in_the_documentation_is_made_of_the_table() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/network-settings.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(page, document()).unwrap();
    }
    let written = std::fs::read_to_string(page).unwrap();
    assert!(
        written == document(),
        "set UPDATE_DOCS=1 and run this test to write {page} anew"
    );
}

fn document() -> String {
    let mut page = String::from(
        "# Network settings\n\nWhat is checked before it is written, and how. Settings that are not listed are kept \
         as they are.\n",
    );
    for kind in FileKind::ALL {
        page += &format!("\n## {}\n", kind.pattern());
        for section in kind.sections() {
            let many = if section.many {
                " (each is a thing of its own)"
            } else {
                ""
            };
            page += &format!(
                "\n**[{}]**{many}\n\n| setting | value |\n|---|---|\n",
                section.name
            );
            for key in section.keys {
                page += &format!("| {} | {} |\n", key.name, what(key));
            }
        }
    }
    page
}

fn what(key: &networkd::Key) -> String {
    let since = if key.since > 252 {
        format!(" (systemd {})", key.since)
    } else {
        String::new()
    };
    match key.repeat {
        Repeat::Once => format!("{}{since}", key.kind),
        Repeat::Lines => format!("{}, on a line each{since}", key.kind),
        Repeat::Words => format!("{}, any number of them{since}", key.kind),
    }
}
