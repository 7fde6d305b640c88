//! What the commands about the whole system write, print, and refuse; the command line itself.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod tree;

use std::process::Command;

use tree::Tree;

const RESOLVED: &str = "etc/systemd/resolved.conf";
const TIMESYNCD: &str = "etc/systemd/timesyncd.conf";
const NETWORKD: &str = "etc/systemd/networkd.conf";

#[test]
fn dns_of_the_system() {
    let tree = Tree::new(&[
        (RESOLVED, "# defaults\n[Resolve]\n#DNS=\n"),
        ("run/systemd/resolve/resolv.conf", "# x\nnameserver 10.0.2.3\n"),
    ]);
    assert_eq!(
        tree.says("dns_servers --get"),
        "DNSMode=dhcp\nDNSServers=10.0.2.3 \n",
        "not 127.0.0.53"
    );
    tree.ok("dns_servers --set --mode static --servers 1.1.1.1,9.9.9.9#dns.quad9.net");
    assert_eq!(
        tree.read(RESOLVED),
        "# defaults\n[Resolve]\nDNS=1.1.1.1 9.9.9.9#dns.quad9.net\n#DNS=\n"
    );
    assert_eq!(
        tree.says("dns_servers --get"),
        "DNSMode=static\nDNSServers=1.1.1.1 9.9.9.9#dns.quad9.net \n"
    );
    tree.ok("dns_domains --set --domains corp.example,~internal.example");
    assert_eq!(
        tree.says("dns_domains --get"),
        "Domains=corp.example ~internal.example \n"
    );
    tree.ok("dns_servers --set --mode dhcp");
    assert_eq!(
        tree.read(RESOLVED),
        "# defaults\n[Resolve]\nDomains=corp.example ~internal.example\n#DNS=\n"
    );
}

#[test]
fn duid_of_the_system() {
    let tree = Tree::new(&[(
        NETWORKD,
        "[Network]\n#SpeedMeter=no\n\n[DHCPv4]\n#DUIDType=vendor\n",
    )]);
    assert_eq!(tree.fails("dhcp_duid --get").0, 204);
    tree.ok("dhcp_duid --set --duid 00:04:aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99");
    let data = "aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99";
    let v4 = format!("[DHCPv4]\nDUIDType=uuid\nDUIDRawData={data}\n#DUIDType=vendor\n");
    let v6 = format!("\n[DHCPv6]\nDUIDType=uuid\nDUIDRawData={data}\n");
    assert_eq!(
        tree.read(NETWORKD),
        format!("[Network]\n#SpeedMeter=no\n\n{v4}{v6}")
    );
    assert_eq!(tree.says("dhcp_duid --get"), format!("DUID=00:04:{data}\n"));
}

#[test]
fn ntp_servers_are_timesyncds() {
    let tree = Tree::new(&[(TIMESYNCD, "[Time]\nNTP=a.example\nFallbackNTP=f.example\n")]);
    tree.ok("ntp_servers --add --servers b.example,10.0.0.9");
    tree.ok("ntp_servers --del --servers a.example");
    assert_eq!(
        tree.read(TIMESYNCD),
        "[Time]\nNTP=b.example\nNTP=10.0.0.9\nFallbackNTP=f.example\n"
    );
    assert_eq!(
        tree.says("ntp_servers --get"),
        "NTPServers= b.example 10.0.0.9 \n"
    );
    tree.ok("ntp_servers --set --servers c.example");
    assert_eq!(
        tree.read(TIMESYNCD),
        "[Time]\nNTP=c.example\nFallbackNTP=f.example\n"
    );
    assert_eq!(tree.fails("ntp_servers --del --servers a.example").0, 204);
    assert_eq!(tree.fails("ntp_servers --add --servers c.example").0, 205);
    // The original gave the name to a shell.
    assert_eq!(tree.fails("ntp_servers --add --servers $(id)").0, 201);
}

#[test]
fn hostname() {
    let tree = Tree::new(&[("etc/hostname", "# set by us\nold\n")]);
    assert_eq!(tree.says("hostname --get"), "Hostname: old\n");
    tree.ok("hostname --set --name web-1.example");
    assert_eq!(tree.read("etc/hostname"), "# set by us\nweb-1.example\n");
    for bad in ["-x", "a_b", "a..b", "a;b", &"x".repeat(65)] {
        assert_eq!(
            tree.fails(&format!("hostname --set --name={bad}")).0,
            201,
            "{bad}"
        );
    }
    assert_eq!(Tree::new(&[]).fails("hostname --get").0, 204);
}

#[test]
fn firewall_rules() {
    let script = "etc/systemd/scripts/iptables";
    let tree = Tree::new(&[(
        script,
        "#!/bin/sh\niptables -P INPUT DROP\n# ssh\niptables -A INPUT -p tcp --dport 22 -j ACCEPT\n",
    )]);
    let rule = |verb: &str, rule: &str| {
        let words = [
            "--root",
            tree.path().to_str().unwrap(),
            "fw_rule",
            verb,
            "--rule",
            rule,
        ];
        netmgr::command::main(&words.map(str::to_owned)).status
    };
    assert_eq!(
        tree.says("fw_rule --get"),
        "-P INPUT DROP\n-A INPUT -p tcp --dport 22 -j ACCEPT\n"
    );
    assert_eq!(rule("--add", "-A INPUT -p  icmp -j ACCEPT"), 0);
    assert_eq!(rule("--add", "-A INPUT -p icmp -j ACCEPT"), 205);
    assert_eq!(rule("--del", "-P INPUT DROP"), 0);
    assert_eq!(rule("--del", "-P INPUT DROP"), 204);
    let rest = "#!/bin/sh\n# ssh\niptables -A INPUT -p tcp --dport 22 -j ACCEPT\niptables -A INPUT -p icmp -j ACCEPT\n";
    assert_eq!(tree.read(script), rest);
    for bad in [
        "-A INPUT; reboot",
        "-A INPUT $(id)",
        "-A INPUT `id`",
        "-A INPUT --modprobe=/tmp/x",
        "reboot",
        "-A INPUT\nid",
    ] {
        let expected = if bad.contains('\n') { [0, 201] } else { [201, 201] };
        assert!(expected.contains(&rule("--add", bad)), "{bad}");
        assert!(!tree.read(script).contains("\nid"), "{bad}");
    }
}

#[test]
fn error_info_knows_numbers_and_exit_statuses() {
    let tree = Tree::new(&[]);
    for (number, text) in [
        ("204", "value not found"),
        ("4100", "value not found"),
        ("4108", "timed out waiting for DHCP"),
        ("209", "bad configuration file"),
    ] {
        assert_eq!(
            tree.says(&format!("error_info --errcode {number}")),
            format!("ErrorInfo: {text}\n")
        );
    }
    assert!(tree.says("error_info --errcode 13").contains("Permission denied"));
    assert_eq!(tree.fails("error_info --errcode x").0, 201);
}

#[test]
fn net_info_of_a_file() {
    let tree = Tree::new(&[(
        "etc/systemd/network/10-vlan7.netdev",
        "[NetDev]\nName=vlan7\nKind=vlan\n[VLAN]\nId=7\n",
    )]);
    let file = "net_info --set --object /etc/systemd/network/10-vlan7.netdev --paramname";
    tree.ok(&format!("{file} VLAN_Id --paramvalue 8"));
    assert!(
        tree.read("etc/systemd/network/10-vlan7.netdev")
            .ends_with("[VLAN]\nId=8\n")
    );
    assert_eq!(tree.fails(&format!("{file} VLAN_Id --paramvalue 4095")).0, 201);
    for object in [
        "/etc/passwd",
        "/etc/systemd/../passwd.network",
        "/etc/systemd/system.conf",
    ] {
        let command = format!("net_info --set --object {object} --paramname A_B --paramvalue c");
        assert_eq!(tree.fails(&command).0, 201, "{object}");
    }
}

#[test]
fn arguments_that_make_no_sense_end_with_33() {
    let tree = Tree::new(&[]);
    for command in [
        "nonsense --get",
        "ip4_address --get",
        "ip4_address --set --interface eth0",
        "ip4_address --set --interface eth0 --mode sometimes",
        "dns_servers",
        "dns_servers --get --set",
        "dns_servers --set --servers 1.1.1.1",
        "hostname --set",
        "hostname --get --nonsense",
        "link_info --set --interface eth0",
        "wait_for_ip --interface eth0 --timeout 1",
        "ip_route --add --interface eth0",
    ] {
        let output = tree.run(command);
        assert_eq!(output.status, 33, "{command}: {output:?}");
        assert!(!output.err.is_empty() && output.out.is_empty(), "{command}");
    }
}

#[test]
fn help_and_version() {
    let said = |words: &[&str]| {
        netmgr::command::main(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(said(&["-v"]).out, "netmgmt: 1.2.0\n");
    for object in netmgr::command::table::OBJECTS {
        assert!(said(&["--help"]).out.contains(object.name), "{}", object.name);
        let help = said(&[object.name, "--help"]);
        assert_eq!((help.status, help.err.as_str()), (0, ""));
        for option in object.options {
            assert!(
                help.out.contains(&format!("--{}", option.long)),
                "{} --{}",
                object.name,
                option.long
            );
        }
    }
}

#[test]
fn completions_and_manual_come_from_the_table() {
    for shell in ["bash", "zsh", "fish"] {
        let text = Tree::new(&[]).says(&format!("completions {shell}"));
        for object in netmgr::command::table::OBJECTS {
            assert!(text.contains(object.name), "{shell}: {}", object.name);
        }
    }
    assert!(Tree::new(&[]).says("manual").contains(".TH netmgr"));
}

#[test]
fn the_program_prints_and_exits_as_the_library_says() {
    let run = |words: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_netmgr"))
            .args(words)
            .output()
            .unwrap()
    };
    let version = run(&["--version"]);
    assert_eq!(
        (version.status.code(), version.stdout.as_slice()),
        (Some(0), &b"netmgmt: 1.2.0\n"[..])
    );
    let root = Tree::new(&[]);
    let missing = run(&["--root", root.path().to_str().unwrap(), "hostname", "--get"]);
    assert_eq!(missing.status.code(), Some(204));
    assert!(missing.stderr.starts_with(b"Error: "));
}
