//! The defects of the original netmgr 1.2.0 and nmctl 0.7.5, each with the test that it is not ours.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod tree;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use netmgr::command::Output;
use tree::{ETH0, Tree};

fn nmctl(tree: &Tree, command: &str) -> Output {
    let words = ["--root", tree.path().to_str().unwrap()];
    let words: Vec<String> = words
        .into_iter()
        .chain(command.split(' '))
        .map(str::to_owned)
        .collect();
    netmgr::nmctl::main(&words)
}

fn ok(tree: &Tree, command: &str) -> String {
    let output = nmctl(tree, command);
    assert_eq!((output.status, output.err.as_str()), (0, ""), "{command}");
    output.out
}

const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

#[test]
fn set_ipv4proxyarp_aborts() {
    let tree = Tree::eth0("");
    ok(&tree, "set-ipv4proxyarp dev eth0 yes");
    assert_eq!(tree.eth0_rest(), "\n[Network]\nIPv4ProxyARP=yes\n");
}

#[test]
fn set_ipv6proxyndp_aborts() {
    let tree = Tree::eth0("");
    ok(&tree, "set-ipv6proxyndp dev eth0 yes");
    assert_eq!(tree.eth0_rest(), "\n[Network]\nIPv6ProxyNDP=yes\n");
}

#[test]
fn add_ipv6ra_with_a_prefix_alone_crashes() {
    let tree = Tree::eth0("");
    ok(&tree, "add-ipv6ra dev eth0 prefix 2001:db8::/64");
    assert!(tree.eth0_rest().ends_with("[IPv6Prefix]\nPrefix=2001:db8::/64\n"));
}

#[test]
fn create_wg_writes_the_private_key_into_a_file_for_all_to_read() {
    let tree = Tree::eth0("");
    ok(
        &tree,
        &format!("create-wg wg0 private-key {KEY} preshared-key {KEY} public-key {KEY}"),
    );
    let folder = tree.path().join("etc/systemd/network");
    for file in ["wg0.key", "wg0-preshared.key"] {
        let path = folder.join(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{KEY}\n"));
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o137, 0, "{file}: {mode:o}");
    }
    let netdev = tree.read("etc/systemd/network/10-wg0.netdev");
    assert!(
        !netdev.contains("PrivateKey=") && !netdev.contains("PresharedKey="),
        "{netdev}"
    );
}

#[test]
fn set_static_drops_llmnr_masquerading_lldp_and_usemtu() {
    let before = "[Network]\nLLMNR=no\nIPMasquerade=ipv4\nLLDP=yes\nEmitLLDP=yes\n\n[DHCPv4]\nUseMTU=yes\n";
    let tree = Tree::eth0(before);
    ok(&tree, "set-static dev eth0 address 10.0.0.5/24 gw 10.0.0.1");
    let rest = tree.eth0_rest();
    for line in before.lines() {
        assert!(rest.lines().any(|left| left == line), "{line} has gone:\n{rest}");
    }
    assert!(rest.contains("Address=10.0.0.5/24\nGateway=10.0.0.1\n"), "{rest}");
}

#[test]
fn set_rule_replaces_the_existing_address() {
    let tree = Tree::eth0("[Network]\nAddress=10.0.0.5/24\n");
    ok(&tree, "set-rule dev eth0 address 10.0.1.5/24 gw 10.0.1.1 table 7");
    assert!(
        tree.eth0_rest()
            .starts_with("[Network]\nAddress=10.0.0.5/24\n\n[Address]\nAddress=10.0.1.5/24\n")
    );
}

#[test]
fn set_mtu_99999999_is_accepted() {
    let tree = Tree::eth0("");
    assert_eq!(nmctl(&tree, "set-mtu dev eth0 mtu 99999999").status, 234);
    assert_eq!(tree.eth0_rest(), "");
}

#[test]
fn sd_is_set_dynamic_and_not_status_devs() {
    let tree = Tree::eth0("");
    assert_eq!(ok(&tree, "sd"), ok(&tree, "status-devs"));
    ok(&tree, "sdyn dev eth0 dhcp yes");
    assert_eq!(tree.eth0_rest(), "\n[Network]\nDHCP=yes\n");
}

#[test]
fn the_help_says_tso6_and_the_table_t6so() {
    for word in ["tso6", "t6so"] {
        let tree = Tree::eth0("");
        ok(&tree, &format!("set-link-feature dev eth0 {word} no"));
        let link = tree.read("etc/systemd/network/10-eth0.link");
        assert!(link.ends_with("TCP6SegmentationOffload=no\n"), "{link}");
    }
    assert!(ok(&Tree::eth0(""), "help set-link-feature").contains("tso6|t6so"));
}

/// What a shell reads at login is nothing that a shell would run.
#[test]
fn set_proxy_writes_what_a_shell_runs() {
    let tree = Tree::eth0("");
    for bad in [
        "http://x\"$(id)",
        "http://x`id`",
        "http://x;id",
        "http://x\nid",
        "http://x\\",
    ] {
        let words = ["--root", tree.path().to_str().unwrap(), "set-proxy", "http", bad];
        let output = netmgr::nmctl::main(&words.map(str::to_owned));
        assert_eq!(output.status, 234, "{bad}");
    }
    ok(&tree, "set-proxy http http://proxy.example:3128/?a=b&c");
    assert_eq!(
        tree.read("etc/sysconfig/proxy"),
        "HTTP_PROXY=\"http://proxy.example:3128/?a=b&c\"\n"
    );
}

#[test]
fn error_info_does_not_know_its_own_numbers() {
    let tree = Tree::new(&[]);
    for (numbers, text) in [(["204", "4100"], "value not found"), (["212", "4108"], "DHCP")] {
        for number in numbers {
            let said = tree.says(&format!("error_info --errcode {number}"));
            assert!(said.contains(text), "{number}: {said}");
        }
    }
}

#[test]
fn hostname_set_succeeds_although_nothing_was_set() {
    let tree = Tree::new(&[("etc", "a file, so that nothing can be written")]);
    assert_ne!(tree.run("hostname --set --name new").status, 0);
}

#[test]
fn dhcp_duid_stumbles_over_the_networkd_conf_of_systemd() {
    let stock = "[Network]\n#SpeedMeter=no\n\n[DHCPv4]\n#DUIDType=vendor\n#DUIDRawData=\n";
    let tree = Tree::new(&[("etc/systemd/networkd.conf", stock)]);
    tree.ok("dhcp_duid --set --duid 00:02:00:00:ab:11:f9:2a:c2:77");
    assert_eq!(
        tree.says("dhcp_duid --get"),
        "DUID=00:02:00:00:ab:11:f9:2a:c2:77\n"
    );
}

#[test]
fn net_info_shows_the_first_value_only() {
    let tree = Tree::eth0("[Network]\nDNS=1.1.1.1\nDNS=9.9.9.9\n");
    let said = tree.says("net_info --get --object eth0 --paramname Network_DNS");
    assert_eq!(said, "ParamName: Network_DNS, ParamValue: 1.1.1.1 9.9.9.9\n");
}

#[test]
fn dns_servers_are_127_0_0_53() {
    let tree = Tree::new(&[
        ("run/systemd/resolve/resolv.conf", "nameserver 10.0.2.3\n"),
        ("run/systemd/resolve/stub-resolv.conf", "nameserver 127.0.0.53\n"),
    ]);
    assert!(tree.says("dns_servers --get").ends_with("DNSServers=10.0.2.3 \n"));
}

#[test]
fn ip6_address_autoconf_0_does_nothing() {
    let tree = Tree::eth0("");
    tree.ok("ip6_address --set --interface eth0 --autoconf 0");
    assert_eq!(tree.eth0_rest(), "\n[Network]\nIPv6AcceptRA=no\n");
    assert!(
        tree.says("ip6_address --get --interface eth0")
            .contains("Autoconf IPv6 disabled")
    );
}

/// The original ran `echo server %s >>` in a shell, as root.
#[test]
fn ntp_servers_go_through_a_shell() {
    let tree = Tree::new(&[]);
    assert_eq!(tree.fails("ntp_servers --add --servers a;reboot").0, 201);
    assert!(tree.read(ETH0).is_empty());
}
