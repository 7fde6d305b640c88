//! The filter as a whole: what is kept, what is in force, what is left alone.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod namespace;

use std::net::{TcpListener, TcpStream};

use firewall::{
    Base, Chain, ChainType, Change, Error, Family, Firewall, Hook, HookChain, IpVersion, Policy, Position,
    Rule, Ruleset, Statement, Table,
};
use namespace::{inside, kernel, run};

const V4: IpVersion = IpVersion::Ipv4;
const V6: IpVersion = IpVersion::Ipv6;

fn rule(spec: &str) -> Rule {
    Rule::parse(spec, V4).unwrap()
}

fn specs(firewall: &Firewall, version: IpVersion) -> Vec<String> {
    firewall
        .rules(version)
        .unwrap()
        .into_iter()
        .map(|found| found.spec)
        .collect()
}

#[test]
fn a_rule_decides_about_packets_and_counts_them() {
    inside("a_rule_decides_about_packets_and_counts_them", || {
        run("ip", &["link", "set", "lo", "up"], "");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let connect = || TcpStream::connect(("127.0.0.1", port));
        let firewall = Firewall::host();
        let refuse = rule(&format!(
            "-p tcp --dport {port} -j REJECT --reject-with tcp-reset"
        ));
        connect().unwrap();
        firewall
            .add(V4, HookChain::Input, Position::Append, &refuse, false)
            .unwrap();
        connect().unwrap_err();
        let listed = firewall.rules(V4).unwrap();
        assert!(
            listed[0].packets >= 1 && listed[0].bytes > 0 && !listed[0].persistent,
            "{listed:?}"
        );
        // Before it, one that lets in.
        let accept = rule(&format!("-p tcp --dport {port} -j ACCEPT"));
        firewall
            .add(V4, HookChain::Input, Position::Insert(1), &accept, false)
            .unwrap();
        connect().unwrap();
        firewall.delete(V4, HookChain::Input, &accept, false).unwrap();
        connect().unwrap_err();
        firewall.flush(V4, None, false).unwrap();
        connect().unwrap();
        // Output is a chain that is made when it is needed.
        firewall
            .add(V4, HookChain::Output, Position::Append, &refuse, false)
            .unwrap();
        connect().unwrap_err();
    });
}

#[test]
fn what_is_kept_is_there_again_and_nothing_else() {
    inside("what_is_kept_is_there_again_and_nothing_else", || {
        let firewall = Firewall::host();
        let (web, ssh, dns) = (
            rule("-p tcp --dport 80 -j ACCEPT"),
            rule("-p tcp --dport 22 -j DROP"),
            rule("-p udp --dport 53 -j ACCEPT"),
        );
        firewall
            .add(V4, HookChain::Input, Position::Append, &web, true)
            .unwrap();
        firewall
            .add(V4, HookChain::Input, Position::Append, &ssh, false)
            .unwrap();
        firewall
            .add(V4, HookChain::Forward, Position::Append, &dns, true)
            .unwrap();
        firewall
            .add(V6, HookChain::Input, Position::Append, &web, true)
            .unwrap();
        assert_eq!(
            firewall.persistent(V4).unwrap(),
            [
                "-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT",
                "-A FORWARD -p udp -m udp --dport 53 -j ACCEPT"
            ]
        );
        assert_eq!(specs(&firewall, V4).len(), 3);
        firewall.restore().unwrap();
        assert_eq!(specs(&firewall, V4), [web.spec(V4), dns.spec(V4)]);
        assert_eq!(specs(&firewall, V6), [web.spec(V6)]);
        // The file of the next boot makes the same, and the real iptables-restore would take the other.
        let restored = kernel();
        run("nft", &["flush", "ruleset"], "");
        run(
            "nft",
            &["-f", "-"],
            "table inet lumen { chain input { type filter hook input priority filter; policy accept; meta nfproto ipv6 jump ip6tables_input\nmeta nfproto ipv4 jump iptables_input\n }\nchain iptables_input { }\nchain ip6tables_input { }\n}",
        );
        run("nft", &["-f", "/etc/nftables/managed.d/iptables.nft"], "");
        assert_eq!(specs(&firewall, V4), [web.spec(V4), dns.spec(V4)], "{restored}");
        run(
            "iptables-restore",
            &["--test", "/etc/nftables/managed.d/iptables.rules"],
            "",
        );
        firewall.delete(V4, HookChain::Input, &web, true).unwrap();
        assert!(matches!(
            firewall.delete(V4, HookChain::Input, &web, true),
            Err(Error::NotFound(_))
        ));
        firewall.restore().unwrap();
        assert_eq!(specs(&firewall, V4), [dns.spec(V4)]);
    });
}

/// The policy of the image with our chains in it: an accepted port is open although the policy drops, and a reload of
/// the policy loads the kept rules again.
#[test]
fn rules_are_part_of_the_hosts_policy() {
    inside("rules_are_part_of_the_hosts_policy", || {
        let policy = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../distro/policy/firewall/etc/nftables/firewall.nft"
        );
        run("ip", &["link", "set", "lo", "up"], "");
        run("nft", &["-f", policy], "");
        let firewall = Firewall::host();
        let drop = rule("-p tcp --dport 22 -s 192.0.2.1 -j DROP");
        firewall
            .add(V4, HookChain::Input, Position::Append, &drop, true)
            .unwrap();
        let after = kernel();
        assert_eq!(after.matches("jump iptables_input").count(), 1, "{after}");
        run("nft", &["-f", policy], "");
        assert_eq!(kernel(), after, "a reload changes nothing");
        assert_eq!(specs(&firewall, V4), [drop.spec(V4)]);
    });
}

#[test]
fn tables_of_docker_and_of_the_policy_are_left_alone() {
    inside("tables_of_docker_and_of_the_policy_are_left_alone", || {
        let docker = "*nat\n:DOCKER - [0:0]\n-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n-A DOCKER -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80\nCOMMIT\n";
        run("iptables-restore", &[], docker);
        run("nft", &["add", "table", "ip", "docker-bridges"], "");
        let before = run("nft", &["list", "table", "ip", "nat"], "");
        let firewall = Firewall::host();
        for (family, name) in [
            (Family::Ip, "nat"),
            (Family::Ip6, "filter"),
            (Family::Ip, "docker-bridges"),
            (Family::Inet, "lumen"),
        ] {
            let table = Table::new(family, name).unwrap();
            let refused = firewall.apply(&[Change::DeleteTable(table.clone())]).unwrap_err();
            assert!(matches!(refused, Error::Protected { .. }), "{refused}");
            let chain = Chain::new(&table, "DOCKER").unwrap();
            let refused = firewall.apply(&[Change::FlushChain(chain)]).unwrap_err();
            assert!(matches!(refused, Error::Protected { .. }), "{refused}");
        }
        firewall
            .add(
                V4,
                HookChain::Input,
                Position::Append,
                &rule("-p tcp --dport 80 -j ACCEPT"),
                true,
            )
            .unwrap();
        firewall.restore().unwrap();
        firewall.replace(&Ruleset::default()).unwrap();
        firewall.save().unwrap();
        firewall.load_saved().unwrap();
        assert_eq!(run("nft", &["list", "table", "ip", "nat"], ""), before);
        let listed = firewall.ruleset().unwrap();
        let nat = listed
            .tables
            .iter()
            .find(|table| table.name.as_str() == "nat")
            .unwrap();
        assert!(nat.protected.is_some() && nat.chains.iter().any(|chain| chain.name.as_str() == "DOCKER"));
    });
}

fn site() -> (Table, Chain, Base) {
    let table = Table::new(Family::Inet, "site").unwrap();
    let chain = Chain::new(&table, "web").unwrap();
    let base = Base {
        kind: ChainType::Filter,
        hook: Hook::Input,
        priority: -5,
        policy: Policy::Accept,
        device: None,
    };
    (table, chain, base)
}

fn add(chain: &Chain, rule: &str) -> Change {
    Change::AddRule {
        chain: chain.clone(),
        after: None,
        rule: Statement::new(rule).unwrap(),
    }
}

#[test]
fn changes_are_made_as_a_whole_or_not_at_all() {
    inside("changes_are_made_as_a_whole_or_not_at_all", || {
        let firewall = Firewall::host();
        let (table, chain, base) = site();
        let make = [
            Change::AddTable(table.clone()),
            Change::AddChain {
                chain: chain.clone(),
                base: Some(base.clone()),
            },
            add(&chain, "tcp dport { 80, 443 } counter accept"),
        ];
        let mut bad = make.to_vec();
        bad.push(add(&chain, "tcp dport 80 jump nowhere"));
        let refused = firewall.apply(&bad).unwrap_err();
        assert!(
            matches!(refused, Error::Refused { .. }) && kernel().is_empty(),
            "{refused}"
        );
        firewall.check(&make).unwrap();
        assert!(kernel().is_empty());
        firewall.apply(&make).unwrap();

        let whole = firewall.ruleset().unwrap();
        let found = &whole.tables[0].chains[0];
        assert_eq!(
            (found.base.as_ref(), found.rules[0].rule.as_str()),
            (Some(&base), "tcp dport { 80, 443 } counter accept")
        );
        let text = serde_json::to_string(&whole).unwrap();
        assert_eq!(serde_json::from_str::<Ruleset>(&text).unwrap(), whole);

        let handle = found.rules[0].handle.unwrap();
        let rule = Statement::new("udp dport 53 drop").unwrap();
        firewall
            .apply(&[Change::ReplaceRule {
                chain: chain.clone(),
                handle,
                rule,
            }])
            .unwrap();
        assert_eq!(
            firewall.ruleset().unwrap().tables[0].chains[0].rules[0]
                .rule
                .as_str(),
            "udp dport 53 drop"
        );

        // The whole again, as one transaction, and what is not in it goes.
        let other = Table::new(Family::Arp, "other").unwrap();
        firewall.apply(&[Change::AddTable(other)]).unwrap();
        firewall.replace(&whole).unwrap();
        let again = firewall.ruleset().unwrap();
        assert_eq!(
            (
                again.tables.len(),
                again.tables[0].chains[0].rules[0].rule.as_str()
            ),
            (1, "tcp dport { 80, 443 } counter accept")
        );

        // Saved, lost, and there again.
        let before = kernel();
        firewall.save().unwrap();
        run("nft", &["flush", "ruleset"], "");
        firewall.load_saved().unwrap();
        assert_eq!(kernel(), before);
    });
}

#[test]
fn a_table_with_sets_is_not_lost_by_replacing() {
    inside("a_table_with_sets_is_not_lost_by_replacing", || {
        run(
            "nft",
            &["-f", "-"],
            "table inet site { set bad { type ipv4_addr; elements = { 192.0.2.1 }\n}\n}",
        );
        let refused = Firewall::host().replace(&Ruleset::default()).unwrap_err();
        assert!(refused.to_string().contains("set"), "{refused}");
        assert!(kernel().contains("192.0.2.1"));
    });
}

#[test]
fn names_cannot_be_more_than_names() {
    for name in [
        "-f",
        "x y",
        "x;flush",
        "x{",
        "",
        "9x",
        "handle",
        "x\n",
        "../x",
        "ä",
        &"x".repeat(65),
    ] {
        assert!(Table::new(Family::Inet, name).is_err(), "{name:?}");
        assert!(
            serde_json::from_value::<Table>(serde_json::json!({"family": "inet", "name": name})).is_err()
        );
    }
    let base =
        r#"{"type":"filter","hook":"ingress","priority":0,"policy":"accept","device":"x\" ; flush ruleset"}"#;
    let change = format!(
        r#"{{"add_chain":{{"chain":{{"table":{{"family":"netdev","name":"t"}},"name":"c"}},"base":{base}}}}}"#
    );
    let change: Change = serde_json::from_str(&change).unwrap();
    assert!(Firewall::host().apply(&[change]).unwrap_err().is_input());
}

/// The disk is full: the rule is not in force either.
#[test]
fn nothing_is_half_done_on_a_full_disk() {
    inside("nothing_is_half_done_on_a_full_disk", || {
        let firewall = Firewall::below("/mnt".as_ref());
        let web = rule("-p tcp --dport 80 -j ACCEPT");
        firewall
            .add(V4, HookChain::Input, Position::Append, &web, true)
            .unwrap();
        let _ = std::fs::write("/mnt/fill", vec![0; 1 << 20]);
        let refused = firewall
            .add(
                V4,
                HookChain::Input,
                Position::Append,
                &rule("-p tcp --dport 81 -j ACCEPT"),
                true,
            )
            .unwrap_err();
        assert!(refused.to_string().contains("as before"), "{refused}");
        assert_eq!(specs(&firewall, V4), [web.spec(V4)]);
        std::fs::remove_file("/mnt/fill").unwrap();
        firewall.restore().unwrap();
        assert_eq!(specs(&firewall, V4), [web.spec(V4)]);
    });
}

/// A file that somebody edited wrongly: the line is named, and nothing is changed.
#[test]
fn a_damaged_file_is_told_by_its_line() {
    inside("a_damaged_file_is_told_by_its_line", || {
        let firewall = Firewall::host();
        std::fs::create_dir_all(firewall.directory()).unwrap();
        let path = firewall.directory().join("iptables.rules");
        std::fs::write(
            &path,
            "*filter\n-4 -A INPUT -j ACCEPT\n-4 -A INPUT --modprobe=x -j DROP\nCOMMIT\n",
        )
        .unwrap();
        let refused = firewall.restore().unwrap_err();
        assert!(
            refused.to_string().contains("line 3") && refused.to_string().contains("--modprobe"),
            "{refused}"
        );
        assert!(kernel().is_empty());
    });
}
