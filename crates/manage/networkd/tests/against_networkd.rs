//! Every setting of the table with some hundred values each, against systemd-networkd: it must know the setting,
//! and must accept what we accept.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use networkd::{FileKind, Key, Kind, Repeat, Section};
use support::{Complaints, complaints, tree};

/// Values good and bad for something.
const VALUES: &str = "
yes no true FALSE on Off 1 0 maybe 2 3 5 10 16 60 64 67 68 100 128 255 256 500 576 1023 1024 1279 1280 1400 1500
4094 4095 4096 9000 9216 65535 65536 65537 99999 1048575 1048576 16777215 16777216 2147483647 2147483648 4294967294
4294967295 4294967296 99999999 18446744073709551616 -1 +1 007 010 08 0x10 1e3 1.5 1,5 1_000 ١
ipv4 ipv6 both any none auto up down always-up manual bound routable carrier degraded missing off resolve
opportunistic allow-downgrade routers-only nearest-bridge non-tpmr-bridge customer-bridge prefer-public kernel
static boot dhcp dhcp-on-stop route always eui64 prefixstable stable-privacy random mac duid duid-only vendor uuid
link-layer link-layer-time link-layer-time:2018 solicit information-request low medium high normal default main
local global site link host nowhere unicast broadcast anycast multicast blackhole unreachable prohibit throw nat
xresolve tcp udp sctp icmp icmpv6 forever infinity inherit max _dhcp4 _ipv6ra 802.1Q 802.1q 802.1ad
private vepa bridge passthru source L2 L3 L3S l3 ip6ip6 ipip6 balance-rr active-backup balance-xor 802.3ad
balance-tlb balance-alb layer2 layer3+4 layer2+3 encap2+3 encap3+4 slow fast stable bandwidth count active follow
backup all better failure bond dummy gre gretap ip6gre ip6gretap ip6tnl ipip ipvlan ipvtap macvlan
macvtap sit tap tun veth vlan vrf vti vti6 vxlan wireguard
00:00:00:00:00:00 00:11:22:33:44:55 02:aa:BB:cc:dd:ee ff:ff:ff:ff:ff:ff 01:00:5e:00:00:01 00:11:22:33:44
00:11:22:33:44:55:66 00-11-22-33-44-55 0011.2233.4455 0:1:2:3:4:5 00:11:22:33:44:5g
0.0.0.0 10.0.0.1 10.0.0.1/24 10.0.0.0/8 10.0.0.1/32 10.0.0.1/33 10.0.0.1/0 10.0.0.1/ 10.0.0.256 10.0.0 10.0.0.1.2
010.0.0.1 127.0.0.1 127.0.0.1/8 169.254.1.1/16 192.168.1.10/24 224.0.0.1 239.1.1.1 255.255.255.255 10.0.0.1/024 10.0.0.1/+8
:: ::1 ::1/128 ::/0 fe80::1 fe80::1/64 2001:db8::1 2001:db8::1/64 2001:db8::/32 2001:db8::1/129 2001:db8::g
2001:db8:::1 ff02::1 ::ffff:10.0.0.1 ::ffff:10.0.0.1/96 2001:db8::1/64/64 ::a:b:c:d 1::
1.1.1.1:53 1.1.1.1:0 1.1.1.1:65536 1.1.1.1#dns.example 1.1.1.1:853%lo#dns.example 1.1.1.1%lo [::1]:53 [::1] [::1]:
fe80::1%lo [fe80::1]:53%lo#x.example 1.1.1.1# 1.1.1.1:53:53 ::1:53 [10.0.0.1]:53 [::1%eth0]:53
10.0.0.0/8,2001:db8::/32 10.0.0.0/8, host:51820 vpn.example.org:51820 10.0.0.1:51820 [2001:db8::1]:51820 :51820 host:
host:0 host:99999 2001:db8::1:51820
eth0 en* e?h[0-9] !eth0 !eth* ! eth0.100 abcdefghijklmno abcdefghijklmnop eth/0 eth:0 eth%0 12345 . .. lo
example.com ~example.com ~. . ~ example.com. .example.com a..b -a.example a-.example a_b.example localhost ~localhost
x.localhost xn--bcher-kva.example bücher.example aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example 0.pool.ntp.org time.example * ? $(id) `id` a;b
30 30s 1min 500ms 1h 1d 2w 1month 1year 30x -5s 5.5s 999999999 999999999w 00:11 0:1 00 zz 00:01:00:01:2a:b1:00:00
abc 00:zz 000:1 80-90 90-80 80-80 80- -90 0-5 1-65536 80:90 5/255 5/0 0/5 5/ 0x5/0xf tunl:1000 main:5 5:5 blue:0 blue:x red:4294967296
10G 100M 1K G 10g /etc/key etc/key /etc/../key /a%b /etc/systemd/network/wg.key
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA AAAA=
\"quoted\" it's a\\b";

/// Values with spaces in them, and the empty one.
const MORE: &[&str] = &[
    "",
    "1min 30s",
    "two words",
    "10.0.0.1 10.0.0.2",
    "10.0.0.0/8 2001:db8::/32",
    "a b c",
    "1 2",
    "# x",
];

fn values() -> Vec<&'static str> {
    VALUES
        .split_ascii_whitespace()
        .chain(MORE.iter().copied())
        .collect()
}

/// A file that tries all values for one setting: its text, and for each line the value.
struct Trial {
    name: String,
    text: String,
    key: &'static Key,
    lines: BTreeMap<usize, &'static str>,
}

impl Trial {
    fn new(file: String, section: &Section, key: &'static Key, head: &str, tail: &str) -> Self {
        let mut text = format!("{head}[{}]\n", section.name);
        let mut lines = BTreeMap::new();
        for value in values() {
            if section.many {
                writeln!(text, "[{}]", section.name).unwrap();
            }
            if key.repeat == Repeat::Words {
                writeln!(text, "{}=", key.name).unwrap();
            }
            writeln!(text, "{}={value}", key.name).unwrap();
            lines.insert(text.lines().count(), value);
        }
        text.push_str(tail);
        Trial {
            name: file,
            text,
            key,
            lines,
        }
    }
}

/// All settings that the installed version knows.
fn settings(kind: FileKind) -> impl Iterator<Item = (&'static Section, &'static Key)> {
    let version = support::version();
    let all = kind
        .sections()
        .iter()
        .flat_map(|section| section.keys.iter().map(move |key| (section, key)));
    all.filter(move |(_, key)| key.since <= version)
}

fn network_trials() -> Vec<Trial> {
    let trial = |(section, key): (&'static Section, &'static Key)| {
        let name = format!("10-{}-{}.network", section.name, key.name);
        Trial::new(name, section, key, "[Match]\nName=x\n", "")
    };
    settings(FileKind::Network).map(trial).collect()
}

fn netdev_kind(section: &str) -> &str {
    match section {
        "NetDev" => "dummy",
        "Peer" => "veth",
        "Tunnel" => "ip6tnl",
        "WireGuardPeer" => "wireguard",
        other => other,
    }
}

fn netdev_trials() -> Vec<Trial> {
    let trial = |(number, (section, key)): (usize, (&'static Section, &'static Key))| {
        let name = format!("10-{}-{}.netdev", section.name, key.name);
        let identity = format!(
            "Name=x{number}\nKind={}\n",
            netdev_kind(section.name).to_ascii_lowercase()
        );
        match section.name {
            "NetDev" => Trial::new(name, section, key, "", &identity),
            _ => Trial::new(name, section, key, &format!("[NetDev]\n{identity}"), ""),
        }
    };
    settings(FileKind::NetDev).enumerate().map(trial).collect()
}

/// Writes the trials, lets networkd read them, and compares.
fn compare(trials: &[Trial], folder: &str) {
    let tree = tree();
    for trial in trials {
        fs::write(tree.path().join(folder).join(&trial.name), &trial.text).unwrap();
    }
    let said = complaints(tree.path());
    let silent = Complaints::new();
    let wrong: Vec<String> = trials
        .iter()
        .flat_map(|trial| disagreements(trial, said.get(&trial.name).unwrap_or(&silent)))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} disagreements:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn disagreements(trial: &Trial, said: &Complaints) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut good, mut bad) = (0, 0);
    for (line, value) in &trial.lines {
        match (trial.key.check(value), said.get(line)) {
            (Ok(()), Some(complaint)) if is_no_complaint(complaint) => good += 1,
            (Ok(()), Some(complaint)) => wrong.push(format!("{}: {value}: {complaint}", trial.name)),
            (Ok(()), None) => good += 1,
            (Err(_), Some(_)) => bad += 1,
            (Err(_), None) => {}
        }
    }
    if good == 0 || (bad == 0 && trial.key.kind != Kind::Text) {
        wrong.push(format!(
            "{}: {good} values are good and {bad} bad for both",
            trial.name
        ));
    }
    wrong
}

/// A file can only describe devices of one kind; that is no complaint about the value. Nor is it one that there is a
/// newer setting.
fn is_no_complaint(text: &str) -> bool {
    text.contains("netdev kind is different from the previous value")
        || text.contains("setting is deprecated")
}

#[test]
fn network_files() {
    compare(&network_trials(), "network");
}

#[test]
fn netdev_files() {
    compare(&netdev_trials(), "network");
}

/// There is only one networkd.conf, so that networkd is asked once for each setting.
#[test]
fn networkd_conf() {
    for (section, key) in settings(FileKind::NetworkdConf) {
        compare(
            &[Trial::new("networkd.conf".to_owned(), section, key, "", "")],
            "",
        );
    }
}
