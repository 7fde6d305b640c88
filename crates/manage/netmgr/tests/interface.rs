//! What the commands about an interface write into its file, print, and refuse.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod tree;

use tree::{ETH0, Tree};

#[test]
fn link_info_sets_mac_mtu_and_mode() {
    let tree = Tree::eth0("");
    tree.ok("link_info --set --interface eth0 --macaddr 00:0c:29:99:dc:41 --mtu 1400 --mode manual");
    assert_eq!(
        tree.eth0_rest(),
        "\n[Link]\nMACAddress=00:0c:29:99:dc:41\nMTUBytes=1400\nUnmanaged=yes\n"
    );
    tree.ok("link_info --set -i eth0 -u 1500 -m auto");
    assert_eq!(
        tree.eth0_rest(),
        "\n[Link]\nMACAddress=00:0c:29:99:dc:41\nMTUBytes=1500\n"
    );
}

#[test]
fn link_info_refuses_what_no_link_can_be() {
    let tree = Tree::eth0("[Link]\nMTUBytes=1500\n");
    let (status, message) = tree.fails("link_info --set --interface eth0 --mtu 99999999");
    assert_eq!(status, 201);
    assert_eq!(
        message,
        "Error: [Link] MTUBytes: \"99999999\" is not an MTU from 68 to 65536 bytes\n"
    );
    assert_eq!(
        tree.fails("link_info --set --interface eth0 --macaddr ff:ff:ff:ff:ff:ff")
            .0,
        207
    );
    assert_eq!(tree.fails("link_info --set --interface eth/0 --mtu 1500").0, 206);
    assert_eq!(
        tree.fails("link_info --set --interface eth0 --state up").0,
        202,
        "not below --root"
    );
}

#[test]
fn ip4_address_static_dhcp_none() {
    let tree = Tree::eth0("[Network]\nDHCP=yes\nAddress=2001:db8::5/64\n");
    tree.ok("ip4_address --set --interface eth0 --mode static --addr 10.0.0.5/24 --gateway 10.0.0.1");
    assert_eq!(
        tree.eth0_rest(),
        "[Network]\nDHCP=ipv6\nAddress=2001:db8::5/64\nAddress=10.0.0.5/24\nGateway=10.0.0.1\n"
    );
    let shown = "IPv4 Address Mode: static\nIPv4 Address=10.0.0.5/24\nIPv4 Gateway=10.0.0.1\n";
    assert_eq!(tree.says("ip4_address --get --interface eth0"), shown);
    tree.ok("ip4_address --set --interface eth0 --mode dhcp");
    assert_eq!(tree.eth0_rest(), "[Network]\nDHCP=yes\nAddress=2001:db8::5/64\n");
    assert_eq!(
        tree.says("ip4_address --get --interface eth0"),
        "IPv4 Address Mode: dhcp\n"
    );
    tree.ok("ip4_address --set --interface eth0 --mode none");
    assert_eq!(tree.eth0_rest(), "[Network]\nDHCP=ipv6\nAddress=2001:db8::5/64\n");
    assert_eq!(
        tree.says("ip4_address --get --interface eth0"),
        "IPv4 Address Mode: none\n"
    );
}

/// The original dropped LLMNR, LLDP and the like when an address was set.
#[test]
fn ip4_address_keeps_everything_else() {
    let rest =
        "[Network]\nLLMNR=no\n# the printer needs it\nLLDP=yes\nIPMasquerade=ipv4\n[DHCPv4]\nUseMTU=yes\n";
    let tree = Tree::eth0(rest);
    tree.ok("ip4_address --set --interface eth0 --mode static --addr 10.0.0.5/24");
    let expected = rest.replace("IPMasquerade=ipv4\n", "IPMasquerade=ipv4\nAddress=10.0.0.5/24\n");
    assert_eq!(tree.eth0_rest(), expected);
}

#[test]
fn ip4_address_refuses_addresses_that_are_none() {
    let tree = Tree::eth0("");
    for (options, status) in [
        ("--mode static --addr 10.0.0.5", 207),
        ("--mode static --addr 10.0.0.5/33", 207),
        ("--mode static --addr 10.0.0.500/24", 208),
        ("--mode static --addr 2001:db8::1/64", 208),
        ("--mode static --addr 10.0.0.5/24 --gateway nowhere", 208),
        ("--mode static", 208),
        ("--mode dhcp --addr 10.0.0.5/24", 208),
    ] {
        let command = format!("ip4_address --set --interface eth0 {options}");
        assert_eq!(tree.fails(&command).0, status, "{options}");
    }
}

#[test]
fn ip6_address_adds_and_deletes() {
    let tree = Tree::eth0("[Network]\nAddress=10.0.0.5/24\n");
    tree.ok(
        "ip6_address --add --interface eth0 --addrlist 2001:db8::1/64,2001:db8::2/64 --gateway 2001:db8::ff",
    );
    let added = "Address=2001:db8::1/64\nAddress=2001:db8::2/64\nGateway=2001:db8::ff\n";
    assert_eq!(
        tree.eth0_rest(),
        format!("[Network]\nAddress=10.0.0.5/24\n{added}")
    );
    assert_eq!(
        tree.says("ip6_address --get --interface eth0"),
        "DHCP IPv6 disabled\nAutoconf IPv6 enabled\nIPv6 static Address=2001:db8::1/64\n\
         IPv6 static Address=2001:db8::2/64\nIPv6 Gateway=2001:db8::ff\n"
    );
    tree.ok("ip6_address --del --interface eth0 --addrlist 2001:DB8:0::1/64,2001:db8::2/64 --gateway 2001:db8::ff");
    assert_eq!(tree.eth0_rest(), "[Network]\nAddress=10.0.0.5/24\n");
}

#[test]
fn ip6_address_refuses_duplicates_and_strangers() {
    let tree = Tree::eth0("[Address]\nAddress=2001:db8::1/64\nLabel=web\n");
    let (status, message) = tree.fails("ip6_address --add --interface eth0 --addrlist 2001:db8:0:0::1/64");
    assert_eq!(
        (status, message.contains("has the address")),
        (205, true),
        "{message}"
    );
    assert_eq!(
        tree.fails("ip6_address --del --interface eth0 --addrlist 2001:db8::9/64")
            .0,
        204
    );
    assert_eq!(
        tree.fails("ip6_address --add --interface eth0 --addrlist 10.0.0.1/24")
            .0,
        208
    );
    tree.ok("ip6_address --del --interface eth0 --addrlist 2001:db8::1/64");
    assert_eq!(tree.eth0_rest(), "");
}

#[test]
fn ip6_address_modes() {
    let tree = Tree::eth0("[Network]\nDHCP=ipv4\n");
    tree.ok("ip6_address --set --interface eth0 --dhcp 1 --autoconf 0");
    assert_eq!(tree.eth0_rest(), "[Network]\nDHCP=yes\nIPv6AcceptRA=no\n");
    assert_eq!(
        tree.says("ip6_address --get --interface eth0"),
        "DHCP IPv6 enabled\nAutoconf IPv6 disabled\n"
    );
    tree.ok("ip6_address --set --interface eth0 --dhcp false --autoconf true");
    assert_eq!(tree.eth0_rest(), "[Network]\nDHCP=ipv4\nIPv6AcceptRA=yes\n");
}

#[test]
fn ip_route_adds_shows_and_deletes() {
    let tree = Tree::eth0("[Network]\nDHCP=no\n");
    tree.ok("ip_route --add --interface eth0 --destination 192.168.7.0/24 --gateway 10.0.0.1 --metric 5 --scope link");
    tree.ok("ip_route --add --interface eth0 --destination 2001:db8:7::/48 --gateway 2001:db8::ff");
    let first = "\n[Route]\nDestination=192.168.7.0/24\nGateway=10.0.0.1\nScope=link\nMetric=5\n";
    let second = "\n[Route]\nDestination=2001:db8:7::/48\nGateway=2001:db8::ff\n";
    assert_eq!(tree.eth0_rest(), format!("[Network]\nDHCP=no\n{first}{second}"));
    assert_eq!(
        tree.says("ip_route --get --interface eth0"),
        "Static IP Routes:\nRoute #1\n  Dest=192.168.7.0/24\n  Gateway=10.0.0.1\n  Scope=link\n  Metric=5\n\
         Route #2\n  Dest=2001:db8:7::/48\n  Gateway=2001:db8::ff\n"
    );
    tree.ok("ip_route --del --interface eth0 --destination 192.168.7.0/24");
    assert_eq!(tree.eth0_rest(), format!("[Network]\nDHCP=no\n{second}"));
}

#[test]
fn ip_route_refuses_duplicates_strangers_and_mixed_families() {
    let tree = Tree::eth0("[Route]\nDestination=192.168.7.0/24\nGateway=10.0.0.1\n");
    let add = "ip_route --add --interface eth0 --destination";
    assert_eq!(
        tree.fails(&format!("{add} 192.168.7.0/24 --gateway 10.0.0.1")).0,
        205
    );
    assert_eq!(
        tree.fails(&format!("{add} 192.168.8.0/24 --gateway 2001:db8::1"))
            .0,
        201
    );
    assert_eq!(tree.fails(&format!("{add} 192.168.8.0/33")).0, 207);
    assert_eq!(tree.fails(&format!("{add} 192.168.8.0/24 --metric -1")).0, 201);
    assert_eq!(
        tree.fails("ip_route --del --interface eth0 --destination 192.168.9.0/24")
            .0,
        204
    );
}

#[test]
fn dhcp_duid_and_iaid_of_an_interface() {
    let tree = Tree::eth0("[DHCP]\nIAID=7\nUseDNS=no\n");
    assert_eq!(tree.says("if_iaid --get --interface eth0"), "IAID=7\n");
    tree.ok("dhcp_duid --set --interface eth0 --duid 00:01:00:01:2a:b1:00:0c:02:01");
    tree.ok("if_iaid --set --interface eth0 --iaid 12345");
    let both = |section| {
        format!("\n[{section}]\nDUIDType=link-layer-time\nDUIDRawData=00:01:2a:b1:00:0c:02:01\nIAID=12345\n")
    };
    assert_eq!(
        tree.eth0_rest(),
        format!("[DHCP]\nUseDNS=no\n{}{}", both("DHCPv4"), both("DHCPv6"))
    );
    assert_eq!(
        tree.says("dhcp_duid --get --interface eth0"),
        "DUID=00:01:00:01:2a:b1:00:0c:02:01\n"
    );
    assert_eq!(tree.says("if_iaid --get --interface eth0"), "IAID=12345\n");
    tree.ok("if_iaid --set --interface eth0 --iaid 0");
    tree.ok("dhcp_duid --set --interface eth0 --duid ''");
    assert_eq!(tree.fails("if_iaid --get --interface eth0").0, 204);
    assert_eq!(tree.fails("dhcp_duid --get --interface eth0").0, 204);
    for bad in [
        "00:09:00",
        "00:01:00:01:2a:b1:00:0c",
        "00:04:00:11",
        "0001",
        "00:01",
        "00:01:zz",
        "01:00:00:11",
    ] {
        let command = format!("dhcp_duid --set --interface eth0 --duid {bad}");
        assert_eq!(tree.fails(&command).0, 201, "{bad}");
    }
    assert_eq!(
        tree.fails("if_iaid --set --interface eth0 --iaid 4294967296").0,
        201
    );
}

#[test]
fn dns_of_an_interface() {
    let tree = Tree::eth0("[Network]\n# ours\nDNS=10.0.0.2 10.0.0.3\nDNS=10.0.0.4\nDomains=old.example\n");
    let get = "dns_servers --get --interface eth0";
    assert_eq!(
        tree.says(get),
        "DNSMode=dhcp\nDNSServers=10.0.0.2 10.0.0.3 10.0.0.4 \n"
    );
    tree.ok("dns_servers --set --mode static --servers 1.1.1.1,9.9.9.9 --interface eth0");
    let rest = "[Network]\n# ours\nDNS=1.1.1.1 9.9.9.9\nDomains=old.example\n\n[DHCPv4]\nUseDNS=no\n\n[DHCPv6]\nUseDNS=no\n";
    assert_eq!(tree.eth0_rest(), rest);
    assert_eq!(tree.says(get), "DNSMode=static\nDNSServers=1.1.1.1 9.9.9.9 \n");
    tree.ok("dns_servers --del --servers 1.1.1.1 --interface eth0");
    tree.ok("dns_servers --add --servers 8.8.8.8 --interface eth0");
    tree.ok("dns_domains --add --domains a.example,b.example --interface eth0");
    tree.ok("dns_domains --del --domains old.example --interface eth0");
    assert!(
        tree.eth0_rest().starts_with(
            "[Network]\n# ours\nDNS=9.9.9.9\nDNS=8.8.8.8\nDomains=a.example\nDomains=b.example\n"
        )
    );
    assert_eq!(
        tree.says("dns_domains --get --interface eth0"),
        "Domains=a.example b.example \n"
    );
    assert_eq!(
        tree.fails("dns_servers --add --servers 8.8.8.8 --interface eth0")
            .0,
        205
    );
    assert_eq!(
        tree.fails("dns_servers --del --servers 7.7.7.7 --interface eth0")
            .0,
        204
    );
    assert_eq!(
        tree.fails("dns_servers --add --servers nonsense --interface eth0")
            .0,
        207
    );
    tree.ok("dns_servers --set --mode dhcp --interface eth0");
    assert_eq!(tree.says(get), "DNSMode=dhcp\nDNSServers=\n");
}

#[test]
fn net_info_of_an_interface() {
    let tree = Tree::eth0("[Network]\nDNS=1.1.1.1\nDNS=9.9.9.9\nLLMNR=no\n");
    let get = "net_info --get --object eth0 --paramname";
    assert_eq!(
        tree.says(&format!("{get} Network_DNS")),
        "ParamName: Network_DNS, ParamValue: 1.1.1.1 9.9.9.9\n"
    );
    let set = "net_info --set --object eth0 --paramname";
    tree.ok(&format!("{set} +Network_DNS --paramvalue 8.8.8.8"));
    tree.ok(&format!("{set} -Network_DNS --paramvalue 1.1.1.1"));
    tree.ok(&format!("{set} Network_LLMNR --paramvalue yes"));
    tree.ok(&format!("{set} DHCPv4_UseMTU --paramvalue yes"));
    let rest = "[Network]\nDNS=9.9.9.9\nDNS=8.8.8.8\nLLMNR=yes\n\n[DHCPv4]\nUseMTU=yes\n";
    assert_eq!(tree.eth0_rest(), rest);
    tree.ok(&format!("{set} Network_LLMNR --paramvalue ''"));
    assert_eq!(tree.fails(&format!("{get} Network_LLMNR")).0, 204);
    assert_eq!(
        tree.fails(&format!("{set} -Network_DNS --paramvalue 7.7.7.7")).0,
        204
    );
    assert_eq!(
        tree.fails(&format!("{set} Network_LLMNR --paramvalue perhaps")).0,
        201
    );
    assert_eq!(tree.fails(&format!("{set} NoUnderscore --paramvalue x")).0, 201);
}

#[test]
fn an_interface_under_a_wildcard_gets_a_file_of_its_own_and_the_others_keep_theirs() {
    let shared = "# all\n[Match]\nName=e*\nDriver=virtio_net\n[Network]\nDHCP=yes\n";
    let tree = Tree::new(&[
        ("usr/lib/systemd/network/80-all.network", shared),
        (
            "etc/systemd/network/80-all.network.d/10-x.conf",
            "[Network]\nLLDP=yes\n",
        ),
    ]);
    tree.ok("link_info --set --interface eth0 --mtu 1400");
    assert_eq!(tree.read("usr/lib/systemd/network/80-all.network"), shared);
    let own = "# all\n[Match]\nDriver=virtio_net\nName=eth0\n[Network]\nDHCP=yes\n\n[Link]\nMTUBytes=1400\n";
    assert_eq!(tree.read("etc/systemd/network/00-eth0.network"), own);
    assert_eq!(
        tree.read("etc/systemd/network/00-eth0.network.d/10-x.conf"),
        "[Network]\nLLDP=yes\n"
    );
}

#[test]
fn an_interface_without_a_file_gets_one() {
    let tree = Tree::new(&[]);
    tree.ok("link_info --set --interface eth0 --mtu 1400");
    assert_eq!(
        tree.read("etc/systemd/network/00-eth0.network"),
        "[Match]\nName=eth0\n\n[Link]\nMTUBytes=1400\n"
    );
}

#[test]
fn a_file_of_the_distribution_is_overridden_not_edited() {
    let tree = Tree::new(&[(
        "usr/lib/systemd/network/10-eth0.network",
        "[Match]\nName=eth0\n[Link]\nMTUBytes=1\n",
    )]);
    tree.ok("link_info --set --interface eth0 --mtu 1400 --macaddr 02:00:00:00:00:01");
    let expected = "[Match]\nName=eth0\n[Link]\nMTUBytes=1400\nMACAddress=02:00:00:00:00:01\n";
    assert_eq!(tree.read(ETH0), expected);
    assert!(
        tree.read("usr/lib/systemd/network/10-eth0.network")
            .ends_with("MTUBytes=1\n")
    );
}

#[test]
fn a_setting_is_changed_in_the_drop_in_where_it_is_in_force() {
    let tree = Tree::eth0("[Link]\nMTUBytes=1500\n");
    let drop_in = "etc/systemd/network/10-eth0.network.d/50-mtu.conf";
    tree.put(drop_in, "# jumbo\n[Link]\nMTUBytes=9000\n");
    tree.ok("link_info --set --interface eth0 --mtu 1400");
    assert_eq!(tree.read(drop_in), "# jumbo\n[Link]\nMTUBytes=1400\n");
    assert_eq!(tree.eth0_rest(), "[Link]\nMTUBytes=1500\n");
}

#[test]
fn a_file_with_errors_is_told_by_line_and_left_alone() {
    let tree = Tree::new(&[(ETH0, "[Match]\nName=eth0\n[Network\nDNS=1.1.1.1\n")]);
    let (status, message) = tree.fails("link_info --set --interface eth0 --mtu 1400");
    assert_eq!(status, 209);
    assert!(
        message.contains("10-eth0.network: systemd gives the file up at line 3"),
        "{message}"
    );
}
