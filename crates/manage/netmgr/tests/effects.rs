//! What every command does to a system that runs: the kernel and networkd are asked, not the files.
//!
//! `effects/*.txt` are run here, in namespaces with networkd, hostnamed and a router; `effects/guest/*.txt` on the booted
//! image (tests/e2e/tests/network.rs), which has resolved, timesyncd, udev and the kinds of links that this kernel may lack.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod case;
#[path = "sandbox/mod.rs"]
mod sandbox;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use case::Case;
use netmgr::command::table::OBJECTS;
use netmgr::nmctl::table::{self, Does};
use sandbox::{Sandbox, script};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/effects")
}

fn cases(path: &Path) -> Vec<Case> {
    case::read(&fs::read_to_string(path).unwrap())
}

/// The other end of the pair stays here, or goes to a router with a DHCP server.
const NEAR: &str = "far() { ip link set live1 up; }";
const ROUTER: &str = "
cat > /run/router.network <<'END'
[Match]
Name=live1
[Network]
Address=10.9.0.1/24
Address=2001:db8:9::1/64
DHCPServer=yes
IPv6SendRA=yes
IPv6AcceptRA=no
[DHCPServer]
DNS=10.9.0.53
NTP=10.9.0.123
[IPv6Prefix]
Prefix=2001:db8:9::/64
END
ip link add veth0 type veth peer name veth1; router; ip link delete veth0
far() { ip link set live1 netns $peer; }";

/// Runs the cases of a file, each with a pair of its own, and tells of all that fail.
fn run(file: &str, far: &str) {
    let mut text = format!(
        "nmctl() {{ $nmctl \"$@\"; }}; netmgr() {{ $netmgr \"$@\"; }}\n{}\n{far}\n",
        case::HEAD
    );
    for case in cases(&folder().join(file)) {
        text += &format!(
            "( {}) > /run/case.log 2>&1 || {{ echo '--- {}'; cat /run/case.log; }}\naway\n",
            case.script, case.name
        );
    }
    let said = script(Sandbox::Services, &text);
    assert!(said.is_empty(), "{said}");
}

#[test]
fn of_links() {
    run("10-link.txt", NEAR);
}

#[test]
fn of_addresses_and_routes() {
    run("20-address.txt", NEAR);
}

#[test]
fn of_names_and_toggles() {
    run("30-names.txt", NEAR);
}

#[test]
fn of_dhcp() {
    run("40-dhcp.txt", ROUTER);
}

#[test]
fn of_servers() {
    run("50-server.txt", NEAR);
}

/// What has no effect on what runs, and why.
const NONE: [(&str, &str); 12] = [
    ("show-config", "it shows files"),
    ("show-proxy", "it shows a file"),
    ("set-proxy", "shells read the file when somebody logs in"),
    (
        "edit",
        "what an editor has written takes effect as what set-mtu writes",
    ),
    ("edit-link", "udev reads .link files when a card appears"),
    ("ip4_address --get", "it shows files"),
    ("ip6_address --get", "it shows files"),
    ("ip_route --get", "it shows files"),
    ("dhcp_duid --get", "it shows files"),
    ("if_iaid --get", "it shows files"),
    ("net_info --get", "it shows files"),
    ("error_info", "it explains a number"),
];

/// The script of a packet filter that is not ours takes effect when that is started.
const FIREWALL: &str = "fw_rule";

/// The cases of nft are in `nmctl/90-nft.txt`: they are run in a namespace as well.
fn is_filter(name: &str) -> bool {
    let command = table::find(name).unwrap();
    name.contains("nft") && matches!(command.does, Does::Act(_) | Does::Show(_))
}

#[test]
fn every_command_of_both_tools_has_a_case_or_a_reason() {
    let mut tried = BTreeSet::new();
    for folder in [folder(), folder().join("guest")] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                tried.extend(cases(&path).into_iter().map(|case| case.name));
            }
        }
    }
    let mut commands: BTreeSet<String> = table::commands()
        .filter(|command| !is_filter(command.name))
        .map(|command| command.name.to_owned())
        .collect();
    for object in OBJECTS.iter().filter(|object| object.name != FIREWALL) {
        let verb = |verb: &netmgr::command::table::Verb| format!("{} --{}", object.name, verb.name());
        match object.verbs {
            [] => drop(commands.insert(object.name.to_owned())),
            verbs => commands.extend(verbs.iter().map(|(one, _)| verb(one))),
        }
    }
    let excused: BTreeSet<String> = NONE.iter().map(|(name, _)| (*name).to_owned()).collect();
    let without: Vec<_> = commands
        .difference(&tried)
        .filter(|name| !excused.contains(*name))
        .collect();
    assert!(without.is_empty(), "no case of its effect: {without:?}");
    let unknown: Vec<_> = tried
        .union(&excused)
        .filter(|name| !commands.contains(*name))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let both: Vec<_> = tried.intersection(&excused).collect();
    assert!(both.is_empty(), "{both:?}");
}
