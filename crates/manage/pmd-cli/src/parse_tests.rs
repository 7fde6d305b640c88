//! Command lines, and the calls that they become.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::*;

/// An API that writes down what it is asked and answers what it was told to.
#[derive(Default)]
struct Book {
    calls: Vec<(String, Value)>,
    answers: VecDeque<Value>,
    consents: bool,
}

impl Api for Book {
    fn call(&mut self, operation: &str, mut arguments: Value) -> Result<Value, Failure> {
        let known = pmd_api::find(operation).unwrap();
        arguments
            .as_object_mut()
            .unwrap()
            .retain(|_, value| !value.is_null());
        // Whatever a command sends, the API must understand.
        (known.parse)(arguments.clone()).unwrap_or_else(|error| panic!("{operation} {arguments}: {error}"));
        self.calls.push((operation.to_owned(), arguments));
        Ok(self.answers.pop_front().unwrap_or_default())
    }

    fn ask(&mut self, _question: &str) -> bool {
        self.consents
    }
}

fn perform_with(book: &mut Book, line: &[&str]) -> Result<String, Failure> {
    let words = std::iter::once("pmd-cli").chain(line.iter().copied());
    let matches = command()
        .try_get_matches_from(words)
        .map_err(|error| Failure::misuse(error.to_string()))?;
    let (name, inner) = matches.subcommand().unwrap();
    perform(book, name, inner, matches.get_flag("json"))
}

/// The one call that a command line becomes.
fn call(line: &[&str]) -> (String, Value) {
    let mut book = Book::default();
    perform_with(&mut book, line).unwrap();
    assert_eq!(book.calls.len(), 1, "{:?}", book.calls);
    book.calls.remove(0)
}

fn split(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

#[test]
fn the_parser_is_sound() {
    command().debug_assert();
}

/// Who asks is said before the component; behind it the same words are the operation's.
#[test]
fn who_asks_is_not_who_joins() {
    let line = split(
        "pmd-cli --user ada --password-file /a directory join --kind ad --domain corp.example --user bert",
    );
    let matches = command().try_get_matches_from(&line).unwrap();
    let get = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    assert_eq!(
        (get("user"), get("password-file"), get("domain")),
        (Some("ada"), Some("/a"), None)
    );
    let joined = call(&line[5..]);
    assert_eq!(
        joined.1,
        json!({"kind": "ad", "domain": "corp.example", "user": "bert"})
    );
    assert!(perform_with(&mut Book::default(), &split("system info --servername web1")).is_err());
}

#[test]
fn photons_grammar_becomes_calls() {
    let rule = call(&[
        "firewall",
        "rules",
        "--chain",
        "INPUT",
        "--add",
        "-p tcp --dport 80 -j ACCEPT",
        "--persist",
    ]);
    assert_eq!(
        rule,
        (
            "firewall.add-rule".to_owned(),
            json!({"family": "ipv4", "chain": "INPUT", "rule": "-p tcp --dport 80 -j ACCEPT", "persistent": true})
        )
    );
    let cases = [
        ("firewall restore", "firewall.restore", json!({})),
        ("usr users", "users.list", json!({})),
        ("usr useradd ada", "users.add", json!({"name": "ada"})),
        ("usr groupdel web", "users.delete-group", json!({"name": "web"})),
        ("rolemgmt roles --list", "roles.list", json!({})),
        (
            "rolemgmt roles --prereqs --name demo",
            "roles.prerequisites",
            json!({"name": "demo"}),
        ),
        (
            "rolemgmt roles --enable --name demo",
            "roles.alter",
            json!({"name": "demo", "action": "enable", "config": {}}),
        ),
        (
            "pkg list installed",
            "packages.list",
            json!({"filter": "installed", "names": []}),
        ),
        (
            "pkg whatprovides /bin/sh",
            "packages.list",
            json!({"filter": "all", "provides": "/bin/sh"}),
        ),
        (
            "pkg updateinfo --security",
            "updates.advisories",
            json!({"security": true}),
        ),
        ("pkg makecache", "packages.refresh", json!({})),
        (
            "net link_info --set --interface eth0 --mtu 1400 --state up",
            "network.set-link",
            json!({"name": "eth0", "mtu": 1400, "up": true}),
        ),
        (
            "net ip4_address --set -i eth0 --mode static --addr 10.0.0.2/24",
            "network.set-ipv4",
            json!({"name": "eth0", "mode": "static", "address": "10.0.0.2/24"}),
        ),
        (
            "net ip_route --add -i eth0 -d 10.1.0.0/16 --metric 7",
            "network.add-route",
            json!({"name": "eth0", "destination": "10.1.0.0/16", "metric": 7}),
        ),
        (
            "net dns_servers --set --mode static --servers 1.1.1.1,9.9.9.9",
            "network.set-dns",
            json!({"mode": "static", "servers": ["1.1.1.1", "9.9.9.9"]}),
        ),
        (
            "net wait_for_ip -i eth0 -t 5 --addrtype static_ipv4,ipv6",
            "network.wait",
            json!({"name": "eth0", "kinds": ["static-ipv4", "ipv6"], "seconds": 5}),
        ),
        (
            "net if_iaid --set -i eth0 --iaid 5",
            "network.set-dhcp-ids",
            json!({"interface": "eth0", "iaid": 5}),
        ),
        (
            "net hostname --set --name h",
            "system.set-hostname",
            json!({"name": "h"}),
        ),
    ];
    for (line, operation, arguments) in cases {
        assert_eq!(call(&split(line)), (operation.to_owned(), arguments), "{line}");
    }
}

#[test]
fn the_second_grammar_of_net_is_nmctls() {
    let mut book = Book {
        answers: [json!({"output": "done\n"})].into(),
        ..Book::default()
    };
    let text = perform_with(&mut book, &split("net set-mtu dev eth0 mtu 1400")).unwrap();
    assert_eq!(text, "done\n");
    assert_eq!(
        book.calls,
        [(
            "network.nmctl".to_owned(),
            json!({"words": ["set-mtu", "dev", "eth0", "mtu", "1400"]})
        )]
    );
}

#[test]
fn every_operation_has_a_command() {
    for operation in operations() {
        let parser = command();
        let domain = parser.find_subcommand(operation.domain.name()).unwrap();
        assert!(
            domain.find_subcommand(operation.word()).is_some(),
            "{operation:?}"
        );
    }
    let unit = call(&split("services set --unit sshd.service --enabled true"));
    assert_eq!(
        unit,
        (
            "services.set".to_owned(),
            json!({"unit": "sshd.service", "enabled": true})
        )
    );
    let users = call(&split("users set --name ada --groups a,b --groups c"));
    assert_eq!(
        users,
        (
            "users.set".to_owned(),
            json!({"name": "ada", "groups": ["a", "b", "c"]})
        )
    );
}

#[test]
fn packages_change_after_a_look_at_the_plan() {
    let plan = json!({"install": [{"name": "vim", "arch": "x86_64", "evr": "9-1", "repository": "base", "install_size": 1}]});
    let mut book = Book {
        answers: [plan.clone(), plan.clone()].into(),
        consents: true,
        ..Book::default()
    };
    let text = perform_with(&mut book, &split("pkg install vim --exclude a,b")).unwrap();
    assert!(
        text.starts_with("Installing:\nvim  x86_64  9-1  base\n") && text.ends_with("Complete!\n"),
        "{text}"
    );
    let ids: Vec<&str> = book.calls.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["packages.plan", "packages.change"]);
    assert_eq!(book.calls[1].1["exclude"], json!(["a", "b"]));

    let mut no = Book {
        answers: [plan.clone()].into(),
        ..Book::default()
    };
    assert!(perform_with(&mut no, &split("pkg erase vim")).is_err());
    assert_eq!(no.calls.len(), 1, "nothing was changed");
    let mut yes = Book::default();
    perform_with(&mut yes, &split("pkg upgrade -y")).unwrap();
    assert_eq!(
        (yes.calls[0].0.as_str(), &yes.calls[0].1["action"]),
        ("packages.change", &json!("update"))
    );
}

#[test]
fn adding_a_server_keeps_those_that_there_are() {
    let mut book = Book {
        answers: [json!({"servers": ["a", "b"]})].into(),
        ..Book::default()
    };
    perform_with(&mut book, &split("net ntp_servers --add --servers b,c")).unwrap();
    assert_eq!(
        book.calls[1],
        ("network.set-ntp".to_owned(), json!({"servers": ["a", "b", "c"]}))
    );
    let mut book = Book {
        answers: [json!({"servers": ["1.1.1.1", "9.9.9.9"]})].into(),
        ..Book::default()
    };
    perform_with(&mut book, &split("net dns_servers --del --servers 1.1.1.1")).unwrap();
    assert_eq!(book.calls[1].1, json!({"servers": ["9.9.9.9"]}));
}

/// Section 5.2-6: options of tdnf that decide what is trusted came from the client, and `{pkgs}` could be options.
#[test]
fn hole_5_2_6_what_is_trusted_is_not_decided_from_afar() {
    for option in [
        "--nogpgcheck",
        "--repofrompath=x,http://evil",
        "--config=/tmp/x",
        "--installroot=/tmp",
        "--setopt=gpgcheck=0",
        "--enablerepo=x",
        "--skipsignature",
    ] {
        let mut book = Book {
            consents: true,
            ..Book::default()
        };
        let refused = perform_with(&mut book, &["pkg", "install", "-y", "vim", option]).unwrap_err();
        assert!(
            refused.text.contains("host's configuration"),
            "{option}: {refused}"
        );
        assert!(book.calls.is_empty());
    }
    let mut book = Book {
        consents: true,
        ..Book::default()
    };
    assert!(perform_with(&mut book, &["pkg", "install", "-y", "--", "vim"]).is_ok());
    // A word that begins with a hyphen is no package to the API either.
    for word in ["-y", "--nogpgcheck", "-c/tmp/x"] {
        let change = json!({"action": "install", "packages": [word]});
        assert!(
            (pmd_api::find("packages.change").unwrap().parse)(change).is_err(),
            "{word}"
        );
    }
}

#[test]
fn command_lines_that_make_no_sense_are_refused() {
    for line in [
        "firewall rules --chain INPUT",
        "firewall rules --add x",
        "net link_info",
        "net link_info --get --set",
        "usr useradd",
        "pkg install",
        "rolemgmt roles --enable --remove --name x",
        "rolemgmt roles --logs",
        "net error_info --errcode 7",
        "services act --unit sshd.service --verb explode",
        "pkg check-local /tmp",
        "system nothing",
    ] {
        let mut book = Book::default();
        assert!(perform_with(&mut book, &split(line)).is_err(), "{line}");
        assert!(book.calls.is_empty(), "{line}");
    }
}

#[test]
fn hosts_and_ports() {
    assert_eq!(address("h").unwrap(), ("h".to_owned(), 2081));
    assert_eq!(address("h:1").unwrap(), ("h".to_owned(), 1));
    assert_eq!(address("[::1]:1").unwrap(), ("::1".to_owned(), 1));
    assert_eq!(address("fe80::1").unwrap(), ("fe80::1".to_owned(), 2081));
    assert!(address("h:x").is_err() && address("[::1").is_err());
}

#[test]
fn no_option_takes_a_password() {
    fn look(parser: &Parser, path: &str) {
        for arg in parser.get_arguments() {
            let name = arg.get_long().unwrap_or_default();
            let secret = ["password", "token", "secret"]
                .iter()
                .any(|word| name.contains(word));
            assert!(!secret || name.ends_with("-file"), "{path} --{name}");
        }
        for inner in parser.get_subcommands() {
            look(inner, &format!("{path} {}", inner.get_name()));
        }
    }
    look(&command(), "pmd-cli");
}

#[test]
fn a_service_is_named_as_gssapi_has_it() {
    for name in ["HTTP/web1.corp.example", "HTTP/web1.corp.example@CORP.EXAMPLE"] {
        assert_eq!(service(name).unwrap(), "HTTP@web1.corp.example");
    }
    for bad in ["", "web1", "HTTP/", "/web1", "@X"] {
        assert!(service(bad).is_err(), "{bad}");
    }
}
