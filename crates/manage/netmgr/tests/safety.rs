//! Plan, undo, the lock, and what networkd makes of what was written.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../networkd/tests/support/mod.rs"]
mod support;
mod tree;

use std::fs;

use tree::{ETH0, Tree};

#[test]
fn plan_shows_the_difference_and_writes_nothing() {
    let tree = Tree::eth0("[Link]\nMTUBytes=1500\n");
    let before = tree.files();
    let said = tree.says("plan link_info --set --interface eth0 --mtu 1400");
    let path = tree.path().join(ETH0);
    let expected = "@@ -5,4 +5,4 @@\n [X-Site]\n Rack=7\n [Link]\n-MTUBytes=1500\n+MTUBytes=1400\n";
    assert_eq!(said, format!("--- {0}\n+++ {0}\n{expected}", path.display()));
    assert_eq!(tree.files(), before);
    let new = tree.says("plan ip4_address --set --interface eth9 --mode dhcp");
    assert!(
        new.starts_with("--- /dev/null\n+++ ") && new.contains("@@ -0,0 +1,5 @@\n+[Match]\n"),
        "{new}"
    );
}

#[test]
fn plan_does_not_show_keys() {
    let tree = Tree::new(&[(
        "etc/systemd/network/wg0.netdev",
        "[NetDev]\nName=wg0\nKind=wireguard\n[WireGuard]\n",
    )]);
    let key = format!("{}=", "A".repeat(43));
    let object = "/etc/systemd/network/wg0.netdev";
    let said = tree.says(&format!(
        "plan net_info --set --object {object} --paramname WireGuard_PrivateKey --paramvalue {key}"
    ));
    assert!(
        said.contains("+PrivateKey=(not shown)") && !said.contains(&key),
        "{said}"
    );
}

#[test]
fn undo_takes_the_last_change_back_and_again_brings_it_back() {
    let tree = Tree::eth0("[Link]\nMTUBytes=1500\n");
    let before = tree.files();
    tree.ok("link_info --set --interface eth0 --mtu 1400");
    let after = tree.files();
    assert!(
        tree.says("plan undo")
            .contains("-MTUBytes=1400\n+MTUBytes=1500\n")
    );
    assert_eq!(tree.files(), after);
    tree.ok("undo");
    assert_eq!(tree.files(), before);
    tree.ok("undo");
    assert_eq!(tree.files(), after);
}

#[test]
fn undo_removes_files_that_were_made() {
    let tree = Tree::new(&[]);
    tree.ok("link_info --set --interface eth0 --mtu 1400");
    assert_eq!(tree.files().len(), 1);
    tree.ok("undo");
    assert!(tree.files().is_empty());
}

#[test]
fn undo_refuses_to_lose_what_was_edited_since() {
    let tree = Tree::eth0("[Link]\nMTUBytes=1500\n");
    tree.ok("link_info --set --interface eth0 --mtu 1400");
    let edited = format!("{}# by hand\n", tree.read(ETH0));
    tree.put(ETH0, &edited);
    let (status, message) = tree.fails("undo");
    assert_eq!(
        (status, message.contains("changed by somebody else")),
        (210, true),
        "{message}"
    );
}

#[test]
fn undo_without_a_change_or_with_a_damaged_record() {
    let tree = Tree::new(&[]);
    assert_eq!(tree.fails("undo").0, 204);
    for record in [
        "",
        "{",
        "{}",
        "{\"files\":[{}]}",
        "{\"files\":[{\"path\":\"/x\",\"before\":\"zz\",\"after\":null}]}",
    ] {
        tree.put("var/lib/netmgr/last-change.json", record);
        assert_eq!(tree.fails("undo").0, 210, "{record}");
    }
}

/// A change of two files that was cut off after the first is taken back too.
#[test]
fn undo_completes_a_change_that_was_cut_off() {
    let shared = "[Match]\nName=e*\n";
    let tree = Tree::new(&[
        ("usr/lib/systemd/network/80-all.network", shared),
        (
            "usr/lib/systemd/network/80-all.network.d/x.conf",
            "[Network]\nLLDP=yes\n",
        ),
    ]);
    tree.ok("link_info --set --interface eth0 --mtu 1400");
    assert_eq!(tree.files().len(), 2);
    fs::remove_file(tree.path().join("etc/systemd/network/00-eth0.network.d/x.conf")).unwrap();
    tree.ok("undo");
    assert!(tree.files().is_empty());
}

#[test]
fn a_change_that_changes_nothing_leaves_the_record_of_the_last() {
    let tree = Tree::eth0("[Link]\nMTUBytes=1500\n");
    tree.ok("link_info --set --interface eth0 --mtu 1400");
    tree.ok("link_info --set --interface eth0 --mtu 1400");
    tree.ok("undo");
    assert_eq!(tree.eth0_rest(), "[Link]\nMTUBytes=1500\n");
}

#[test]
fn two_writers_at_once_lose_nothing() {
    let tree = Tree::eth0("[Network]\nDHCP=no\n");
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let tree = &tree;
            scope.spawn(move || {
                tree.ok(&format!(
                    "ip6_address --add --interface eth0 --addrlist 2001:db8::{writer:x}1/64"
                ))
            });
        }
    });
    let addresses = tree.says("ip6_address --get --interface eth0");
    assert_eq!(
        addresses.matches("IPv6 static Address=").count(),
        8,
        "{addresses}"
    );
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    let tree = Tree::new(&[("etc/systemd/network", "a file")]);
    let output = tree.run("link_info --set --interface eth0 --mtu 1400");
    assert!(
        output.status != 0 && output.err.contains("etc/systemd/network"),
        "{output:?}"
    );
}

/// One of everything, read by systemd-networkd itself.
#[test]
fn networkd_accepts_what_the_commands_write() {
    let tree = Tree::eth0("");
    for command in [
        "link_info --set --interface eth0 --macaddr 00:0c:29:99:dc:41 --mtu 1400 --mode auto",
        "ip4_address --set --interface eth0 --mode static --addr 10.0.0.5/24 --gateway 10.0.0.1",
        "ip6_address --add --interface eth0 --addrlist 2001:db8::1/64 --gateway 2001:db8::ff",
        "ip6_address --set --interface eth0 --dhcp 1 --autoconf 0",
        "ip_route --add --interface eth0 --destination 192.168.7.0/24 --gateway 10.0.0.1 --metric 5",
        "dns_servers --set --mode static --servers 1.1.1.1,9.9.9.9 --interface eth0",
        "dns_domains --set --domains corp.example,~internal.example --interface eth0",
        "dhcp_duid --set --interface eth0 --duid 00:01:00:01:2a:b1:00:0c:02:01",
        "dhcp_duid --set --duid 00:02:00:00:ab:11:f9:2a:c2:77",
        "if_iaid --set --interface eth0 --iaid 12345",
        "net_info --set --object eth0 --paramname Network_LLDP --paramvalue routers-only",
        "link_info --set --interface eth1 --mtu 9000",
    ] {
        tree.ok(command);
    }
    let etc = tree.path().join("etc/systemd");
    fs::set_permissions(tree.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut said = support::complaints(&etc);
    // The site's own section is no business of networkd's, and X- keeps it quiet.
    said.retain(|_, complaints| !complaints.is_empty());
    assert!(said.is_empty(), "{said:#?}");
}
