//! How files are read: the rules of systemd.syntax(7), and what is reported.

use networkd::{Document, Fault};

fn parse(text: &str) -> Document {
    Document::parse(text.as_bytes())
}

#[test]
fn sections_keys_and_values() {
    let file = parse("[Match]\nName=eth0\n\n[Network]\n DNS = 1.1.1.1 \nDNS=9.9.9.9\n");
    assert_eq!(file.value("Match", "Name"), Some("eth0"));
    assert_eq!(file.values("Network", "DNS"), ["1.1.1.1", "9.9.9.9"]);
    assert_eq!(file.value("Network", "NTP"), None);
    let names: Vec<&str> = file.blocks().map(|block| block.name).collect();
    assert_eq!(names, ["Match", "Network"]);
}

#[test]
fn repeated_sections_are_one_to_the_keys_and_many_to_the_blocks() {
    let file = parse("[Route]\nGateway=10.0.0.1\n[Network]\nDNS=a\n[Route]\nGateway=10.0.0.2\n");
    assert_eq!(file.values("Route", "Gateway"), ["10.0.0.1", "10.0.0.2"]);
    let gateways: Vec<_> = file
        .blocks()
        .filter(|b| b.name == "Route")
        .map(|b| (b.index, b.get("Gateway")))
        .collect();
    assert_eq!(gateways, [(0, Some("10.0.0.1")), (2, Some("10.0.0.2"))]);
}

#[test]
fn an_empty_value_resets_what_came_before() {
    let file = parse("[Network]\nDNS=1.1.1.1\nDNS=\nDNS=9.9.9.9\nDHCP=yes\nDHCP=\n");
    assert_eq!(file.values("Network", "DNS"), ["9.9.9.9"]);
    assert_eq!(file.value("Network", "DHCP"), None);
    assert_eq!(file.assigned("Network", "DNS"), ["1.1.1.1", "", "9.9.9.9"]);
}

#[test]
fn a_continued_line_runs_over_comments_and_ends_at_an_empty_line() {
    let file = parse("[Network]\nDNS=1.1.1.1 \\\n# why\n  9.9.9.9\\\n\nNTP=x\n");
    assert_eq!(file.value("Network", "DNS"), Some("1.1.1.1    9.9.9.9"));
    assert_eq!(file.value("Network", "NTP"), Some("x"));
}

#[test]
fn an_escaped_backslash_does_not_continue_the_line() {
    let file = parse("[Network]\nDescription=a\\\\\nNTP=x\n");
    assert_eq!(file.value("Network", "Description"), Some("a\\\\"));
    assert_eq!(file.value("Network", "NTP"), Some("x"));
}

#[test]
fn the_end_of_the_file_completes_a_continuation() {
    assert_eq!(
        parse("[Network]\nDNS=1.1.1.1 \\").value("Network", "DNS"),
        Some("1.1.1.1")
    );
}

#[test]
fn comments_start_with_either_sign_and_values_may_hold_both() {
    let file = parse("[Network]\n  ;DNS=a\n# DNS=b\nDescription=a # b ; c\n");
    assert!(file.assigned("Network", "DNS").is_empty());
    assert_eq!(file.value("Network", "Description"), Some("a # b ; c"));
}

#[test]
fn a_byte_order_mark_and_foreign_line_endings_are_read() {
    let file = parse("\u{feff}[Network]\r\nDNS=1.1.1.1\r\nNTP=x\0LLMNR=no\n");
    assert_eq!(file.value("Network", "DNS"), Some("1.1.1.1"));
    assert_eq!(file.value("Network", "NTP"), Some("x"));
    assert_eq!(file.value("Network", "LLMNR"), Some("no"));
}

#[test]
fn problems_are_told_by_line() {
    let file = Document::parse(b"a=b\n[Network]\nnonsense\n=x\nDNS=\\\n\xff\n[Open\n");
    let problems: Vec<_> = file.problems().into_iter().map(|p| (p.line, p.fault)).collect();
    let expected = [
        (1, Fault::NoSection),
        (3, Fault::NoEquals),
        (4, Fault::NoKey),
        (6, Fault::NotUtf8),
        (7, Fault::OpenHeader),
    ];
    assert_eq!(problems, expected);
    assert_eq!(
        file.fatal_problem().unwrap().to_string(),
        "line 6: the line is not UTF-8"
    );
}

#[test]
fn a_line_longer_than_a_mebibyte_is_a_problem() {
    let text = format!("[Network]\nDescription={}\n", "x".repeat(1 << 20));
    assert_eq!(parse(&text).fatal_problem().unwrap().fault, Fault::TooLong);
    let text = format!("[Network]\nDescription={}\\\n{0}\n", "x".repeat(600_000));
    assert_eq!(parse(&text).fatal_problem().unwrap().fault, Fault::TooLong);
}
