//! What a rule in iptables' words becomes, beside the real nft and the real iptables.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod namespace;

use firewall::{Firewall, HookChain, IpVersion, Position, Rule};
use namespace::{inside, kernel, run};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

const V4: IpVersion = IpVersion::Ipv4;
const V6: IpVersion = IpVersion::Ipv6;

fn rule(spec: &str) -> Rule {
    Rule::parse(spec, V4).unwrap()
}

#[test]
fn a_rule_is_written_one_way() {
    let cases = [
        (
            "-p tcp --dport 80 -j ACCEPT",
            "-p tcp -m tcp --dport 80 -j ACCEPT",
        ),
        (
            "--proto=6 --destination-port=80:90 --jump=DROP",
            "-p tcp -m tcp --dport 80:90 -j DROP",
        ),
        (
            "-p tcp -m multiport --dports 443,80,81 -j ACCEPT",
            "-p tcp -m multiport --dports 80:81,443 -j ACCEPT",
        ),
        (
            "! -s 10.1.2.3/255.0.0.0 -i eth+ -j DROP",
            "! -s 10.0.0.0/8 -i eth+ -j DROP",
        ),
        (
            "-m state --state ESTABLISHED,RELATED -j ACCEPT",
            "-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
        ),
        (
            "-p tcp --syn -j REJECT --reject-with tcp-reset",
            "-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j REJECT --reject-with tcp-reset",
        ),
        (
            "-p icmp --icmp-type ping -j ACCEPT",
            "-p icmp -m icmp --icmp-type 8 -j ACCEPT",
        ),
        ("-j REJECT", "-j REJECT --reject-with icmp-port-unreachable"),
        (
            "-m limit --limit 3/min -j LOG --log-prefix 'in: ' --log-level info",
            "-m limit --limit 3/minute --limit-burst 5 -j LOG --log-prefix \"in: \" --log-level 6",
        ),
        (
            "-m iprange --src-range 10.0.0.1-10.0.0.9 -m comment --comment x -j RETURN",
            "-m iprange --src-range 10.0.0.1-10.0.0.9 -m comment --comment x -j RETURN",
        ),
    ];
    for (given, written) in cases {
        assert_eq!(rule(given).spec(V4), written, "{given}");
        assert_eq!(rule(written), rule(given), "{given}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    let cases = [
        ("-p tcp --dport 80 --modprobe=/tmp/x -j ACCEPT", "--modprobe"),
        ("-p tcp -j ACCEPT -t nat", "-t"),
        ("-p tcp --dport 99999 -j ACCEPT", "99999"),
        ("--dport 80 -j ACCEPT", "ports need -p"),
        ("-p tcp --dport 80 --dport 81", "--dport is there twice"),
        ("-m u32 --u32 0=0", "-m u32"),
        ("-j DNAT --to-destination 1.2.3.4", "--to-destination"),
        ("-j DNAT", "DNAT"),
        ("-s ::1 -j DROP", "::1"),
        ("-s -j DROP", "\"-j\" is not an IPv4 address"),
        ("-i ../../x -j DROP", "../../x"),
        ("-i eth0;reboot -j DROP", "eth0;reboot"),
        ("-m comment --comment 'a\"b' -j DROP", "--comment"),
        ("-j LOG --log-prefix '$x'", "--log-prefix"),
        ("-p tcp\n-j DROP", "line break"),
        ("-p tcp ! -j DROP", "-j cannot have"),
        ("-A INPUT -p tcp", "-A"),
        ("", "says nothing"),
        ("accept", "\"accept\" is not an option"),
        ("-p udp --syn", "need -p tcp"),
        ("--icmpv6-type 128", "--icmpv6-type"),
        ("-p tcp --dport +80", "+80"),
        ("-p tcp --syn=x", "--syn takes no value"),
    ];
    for (spec, named) in cases {
        let error = Rule::parse(spec, V4).unwrap_err();
        assert!(
            error.is_input() && error.to_string().contains(named),
            "{spec}: {error}"
        );
    }
}

fn choose(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(str::to_owned)
}

/// A condition, or none, each of a kind of its own.
fn some(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![3 => Just(String::new()), 1 => choose(words)]
}

const TARGETS: &[&str] = &[
    "-j ACCEPT",
    "-j DROP",
    "-j RETURN",
    "-j REJECT",
    "",
    "-j LOG",
    "-j LOG --log-prefix \"a b: \" --log-level debug",
];
const TCP: &[&str] = &[
    "-p tcp",
    "-p tcp --dport 22",
    "-p tcp ! --sport 1024:",
    "-p tcp --sports 1,3,5:9 --dport 80:81",
    "-p tcp --syn",
    "-p tcp ! --syn",
    "-p tcp --tcp-flags SYN,RST NONE",
    "-p tcp --tcp-flags ALL ALL",
    "-p tcp ! --tcp-flags ACK ACK",
    "-p tcp ! --dports 80,443",
    "-p udp --dport 53",
    "-p sctp --dport 9",
    "! -p udp",
    "-p 50",
    "-p 47",
    "",
    "-p tcp --tcp-flags ACK ACK",
];

fn specs(
    broadcast: bool,
    addresses: [&'static [&'static str]; 2],
    protocols: &'static [&'static str],
) -> impl Strategy<Value = String> {
    (
        (
            some(addresses[0]),
            some(addresses[1]),
            some(&["-i eth0", "! -i eth+", "-i br-1.5"]),
            some(&["-o lo"]),
        ),
        prop_oneof![choose(TCP), choose(protocols)],
        some(&[
            "--ctstate NEW",
            "! --ctstate INVALID",
            "--ctstate NEW,RELATED,ESTABLISHED",
            "! --ctstate NEW,UNTRACKED",
        ]),
        some(&["--mark 5", "--mark 1/0xff", "! --mark 0x10/0x10"]),
        some(&[
            "--pkt-type broadcast",
            "! --pkt-type unicast",
            "--mac-source 02:00:00:00:00:01",
        ]),
        some(&["--dst-type LOCAL", "--src-type UNICAST", "! --dst-type BROADCAST"]),
        some(&["--limit 3/sec", "--limit 7/day --limit-burst 9"]),
        some(&["--comment \"a comment; with # {things}\""]),
        choose(TARGETS),
    )
        .prop_map(
            |((s, d, i, o), p, state, mark, kind, route, limit, comment, target)| {
                [s, d, i, o, p, state, mark, kind, route, limit, comment, target].join(" ")
            },
        )
        .prop_map(move |spec| match broadcast {
            true => spec,
            false => spec.replace("--dst-type BROADCAST", "--dst-type MULTICAST"),
        })
        .prop_filter("a rule says something", |spec| !spec.trim().is_empty())
}

const V4_ADDRESSES: [&[&str]; 2] = [
    &[
        "-s 10.0.0.0/8",
        "! -s 192.168.1.7",
        "-s 10.0.0.1,10.0.0.2,172.16.0.0/12",
        "--src-range 10.0.0.3-10.0.1.7",
        "-s 10.0.0.0/9,10.128.0.0/9",
    ],
    &["-d 127.0.0.1", "! -d 10.1.0.0/16,10.3.0.0/16", "-d 1.0.0.0/32"],
];
const V6_ADDRESSES: [&[&str]; 2] = [
    &[
        "-s fe80::/10",
        "! -s 2001:db8::1",
        "-s ::1,2001:db8::/32",
        "--src-range fe80::1-fe80::9",
    ],
    &["-d ff02::1", "! -d fd00::/8"],
];

/// Rules at random: given to the kernel by ours, listed from there by ours, they are the same; the real iptables takes
/// what ours has written, and what it writes itself is to ours the same rule.
fn there_and_back(
    version: IpVersion,
    addresses: [&'static [&'static str]; 2],
    icmp: &'static [&'static str],
) {
    let mut runner = TestRunner::deterministic();
    let specs = prop::collection::vec(specs(version == V4, addresses, icmp), 250)
        .new_tree(&mut runner)
        .unwrap()
        .current();
    let rules: Vec<Rule> = specs
        .iter()
        .map(|spec| Rule::parse(spec, version).unwrap())
        .collect();
    let written: Vec<String> = rules.iter().map(|rule| rule.spec(version)).collect();
    let flag = if version == V4 { "-4" } else { "-6" };
    let file: String = written
        .iter()
        .map(|spec| format!("{flag} -A FORWARD {spec}\n"))
        .collect();
    let firewall = Firewall::host();
    std::fs::create_dir_all(firewall.directory()).unwrap();
    std::fs::write(firewall.directory().join("iptables.rules"), &file).unwrap();
    firewall.restore().unwrap();
    let listed: Vec<String> = firewall
        .rules(version)
        .unwrap()
        .into_iter()
        .map(|found| found.spec)
        .collect();
    for (listed, written) in listed.iter().zip(&written) {
        assert_eq!(listed, written);
    }
    assert_eq!(listed.len(), written.len());

    let (restore, list) = if version == V4 {
        ("iptables-restore", "iptables")
    } else {
        ("ip6tables-restore", "ip6tables")
    };
    // The real one makes two rules of "-s a,b", and knows no "! -s a,b".
    let single =
        |spec: &&String| !spec.contains(',') || !["-s", "-d"].iter().any(|option| has_list(spec, option));
    let singles: Vec<&String> = written.iter().filter(single).collect();
    let lines: String = singles
        .iter()
        .map(|spec| format!("-A FORWARD {spec}\n"))
        .collect();
    run(
        restore,
        &[],
        &format!("*filter\n:FORWARD ACCEPT\n{lines}COMMIT\n"),
    );
    let said = run(list, &["-S", "FORWARD"], "");
    let theirs = said.lines().filter_map(|line| line.strip_prefix("-A FORWARD "));
    let mut count = 0;
    for (theirs, ours) in theirs.zip(&singles) {
        assert_eq!(
            Rule::parse(theirs, version).unwrap().spec(version),
            **ours,
            "{theirs}"
        );
        count += 1;
    }
    assert_eq!(count, singles.len());
}

fn has_list(spec: &str, option: &str) -> bool {
    let value = spec.split_whitespace().skip_while(|word| *word != option).nth(1);
    value.is_some_and(|value| value.contains(','))
}

#[test]
fn rules_of_ipv4_come_back_as_they_were_given() {
    inside("rules_of_ipv4_come_back_as_they_were_given", || {
        there_and_back(
            V4,
            V4_ADDRESSES,
            &[
                "-p icmp --icmp-type 3/4",
                "-p icmp ! --icmp-type 8",
                "-p icmp",
                "-p igmp",
            ],
        );
    });
}

#[test]
fn rules_of_ipv6_come_back_as_they_were_given() {
    inside("rules_of_ipv6_come_back_as_they_were_given", || {
        there_and_back(
            V6,
            V6_ADDRESSES,
            &[
                "-p icmpv6 --icmpv6-type 135",
                "-p ipv6-icmp --icmpv6-type 1/4",
                "-p icmpv6",
            ],
        );
    });
}

/// Section 5.1-4: the words of a rule reached the command line of a program that root runs.
#[test]
fn hole_5_1_4_no_option_of_a_rule_reaches_a_program() {
    inside("hole_5_1_4_no_option_of_a_rule_reaches_a_program", || {
        let (firewall, before) = (Firewall::host(), kernel());
        for spec in [
            "-p tcp --dport 80 -j ACCEPT --modprobe=/tmp/evil",
            "-p tcp -j ACCEPT; flush ruleset",
            "-j ACCEPT -m comment --comment \"x\\\" ; flush ruleset; #\"",
            "-p tcp -j ACCEPT\nflush ruleset",
            "--set-counters 1 1 -j ACCEPT",
            "-f /etc/shadow",
            "-w 9999 -j DROP",
        ] {
            let refused = Rule::parse(spec, V4).unwrap_err();
            assert!(refused.is_input(), "{spec}: {refused}");
        }
        for chain in ["-F", "INPUT -t nat", "input; flush ruleset", "PREROUTING"] {
            assert!(chain.parse::<HookChain>().is_err(), "{chain}");
        }
        // A comment can be what looks like commands, and stays a comment.
        let odd = rule("-p tcp --dport 1 -m comment --comment '; flush ruleset }' -j ACCEPT");
        firewall
            .add(V4, HookChain::Input, Position::Append, &odd, true)
            .unwrap();
        assert_eq!(firewall.rules(V4).unwrap()[0].spec, odd.spec(V4));
        firewall.delete(V4, HookChain::Input, &odd, true).unwrap();
        assert!(before.is_empty() && !kernel().contains("flush"));
    });
}
