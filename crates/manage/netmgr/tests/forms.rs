//! The YAML form beside netplan, and both forms where something is wrong.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../../networkd/tests/support/mod.rs"]
mod support;
mod tree;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use netmgr::command::Output;
use networkd::Document;
use tree::Tree;

fn documents() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/forms");
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

fn nmctl(tree: &Tree, words: &[&str]) -> Output {
    let words: Vec<String> = ["--root", tree.path().to_str().unwrap()]
        .iter()
        .chain(words)
        .map(|word| (*word).to_owned())
        .collect();
    netmgr::nmctl::main(&words)
}

fn apply(tree: &Tree, file: &Path) {
    let output = nmctl(tree, &["apply-file", file.to_str().unwrap()]);
    assert_eq!(output, Output::default(), "{}", file.display());
}

/// A setting: the file, the section with its number among those of its name, the key and the value.
type Setting = (String, String, String, String);

fn settings(folder: &Path) -> BTreeSet<Setting> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .replace("netplan-", "");
        let document = Document::parse(&fs::read(&path).unwrap());
        let mut seen: Vec<String> = Vec::new();
        for block in document.blocks() {
            // The old name of two sections, of which only one is asked.
            let name = match block.name {
                "DHCP" if document.value("Network", "DHCP") == Some("ipv6") => "DHCPv6",
                "DHCP" => "DHCPv4",
                name => name,
            };
            seen.push(name.to_owned());
            let number = seen.iter().filter(|other| *other == name).count();
            for (key, value) in block.assignments() {
                let words: Vec<&str> = match key {
                    "DNS" | "Domains" => value.split(' ').collect(),
                    _ => vec![value],
                };
                for word in words {
                    let word = match word {
                        "true" => "yes",
                        "false" => "no",
                        word => word,
                    };
                    found.insert((
                        file.clone(),
                        format!("{name} {number}"),
                        key.to_owned(),
                        word.to_owned(),
                    ));
                }
            }
        }
    }
    found
}

/// What netplan writes and we do not: where, and why. An empty value is any.
const DIFFERENCES: [(&str, &str, &str, &str, &str); 11] = [
    (
        ".network",
        "Network",
        "LinkLocalAddressing",
        "ipv6",
        "networkd's default",
    ),
    (
        ".network",
        "Network",
        "LinkLocalAddressing",
        "no",
        "networkd's default for members of bonds and bridges",
    ),
    (
        ".network",
        "Network",
        "ConfigureWithoutCarrier",
        "yes",
        "that is what ignore-carrier is for",
    ),
    (
        ".network",
        "DHCPv4",
        "RouteMetric",
        "100",
        "networkd's default is 1024; route-metric sets it",
    ),
    (
        ".network",
        "DHCPv6",
        "RouteMetric",
        "100",
        "DHCPv6 brings no routes",
    ),
    (
        ".network",
        "DHCPv4",
        "UseMTU",
        "yes",
        "a server's MTU is taken if use-mtu says so",
    ),
    (".network", "DHCPv6", "UseMTU", "yes", "DHCPv6 brings no MTU"),
    (".network", "Link", "MACAddress", "", "the .netdev file has it"),
    (".netdev", "NetDev", "MTUBytes", "", "the .network file has it"),
    (
        ".netdev",
        "WireGuard",
        "FwMark",
        "",
        "networkd has no such setting; it is FirewallMark",
    ),
    (
        ".link",
        "",
        "",
        "",
        "a .link file that says only what networkd sets as well, and turns wake on LAN off",
    ),
];

fn is_known_difference((file, section, key, value): &Setting, ours: &BTreeSet<Setting>) -> bool {
    DIFFERENCES.iter().any(|(end, in_section, of_key, with, _)| {
        let fits = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
        let is_whole_file = in_section.is_empty();
        file.ends_with(end)
            && fits(in_section, section.split(' ').next().unwrap())
            && fits(of_key, key)
            && fits(with, value)
            && (!is_whole_file || ours.iter().all(|(other, ..)| other != file))
    })
}

/// FirewallMark is networkd's name for what netplan calls FwMark. netplan 1.1 names the links that are waited for in a
/// drop-in of networkd-wait-online instead.
fn is_said_otherwise((file, _, key, value): &Setting, root: &Path) -> bool {
    let drop_in = "run/systemd/system/systemd-networkd-wait-online.service.d/10-netplan.conf";
    let is_unwaited = || {
        let link = file.trim_start_matches("10-").trim_end_matches(".network");
        fs::read_to_string(root.join(drop_in)).is_ok_and(|text| !text.contains(&format!("-i {link}:")))
    };
    key == "FirewallMark" || (key == "RequiredForOnline" && value == "no" && is_unwaited())
}

#[test]
fn netplan_writes_the_same() {
    for path in documents() {
        let tree = Tree::new(&[]);
        apply(&tree, &path);
        let ours = settings(&tree.path().join("etc/systemd/network"));
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("etc/netplan");
        fs::create_dir_all(&folder).unwrap();
        fs::copy(&path, folder.join("10.yaml")).unwrap();
        fs::set_permissions(folder.join("10.yaml"), fs::Permissions::from_mode(0o600)).unwrap();
        let output = Command::new("netplan")
            .args(["generate", "--root-dir"])
            .arg(root.path())
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .output()
            .expect("netplan is missing; install netplan.io, or run setup/install test");
        assert!(output.status.success(), "{}: {output:?}", path.display());
        let theirs = settings(&root.path().join("run/systemd/network"));
        let missing: Vec<_> = theirs
            .difference(&ours)
            .filter(|setting| !is_known_difference(setting, &ours))
            .collect();
        let more: Vec<_> = ours
            .difference(&theirs)
            .filter(|setting| !is_said_otherwise(setting, root.path()))
            .collect();
        assert!(
            missing.is_empty() && more.is_empty(),
            "{}: missing {missing:#?}, more {more:#?}",
            path.display()
        );
    }
}

#[test]
fn networkd_accepts_what_the_forms_write() {
    let tree = Tree::new(&[]);
    let all: Vec<PathBuf> = documents();
    for (number, path) in all.iter().enumerate() {
        // Together they would contradict each other.
        let each = Tree::new(&[]);
        apply(&each, path);
        for (file, text) in each.files() {
            let name =
                file.file_name()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replacen("10-", &format!("10-{number}-"), 1);
            if !name.ends_with(".link") {
                tree.put(&format!("etc/systemd/network/{name}"), &text);
            }
        }
    }
    fs::set_permissions(tree.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut said = support::complaints(&tree.path().join("etc/systemd"));
    said.retain(|_, complaints| !complaints.is_empty());
    assert!(said.is_empty(), "{said:#?}");
}

/// A document, and what must be said of it: the line, the key and what is wrong.
const WRONG: &[(&str, &str)] = &[
    (
        "network:\n  ethernets:\n    eth0:\n      mtu: 99999999\n",
        ":4: mtu: [Link] MTUBytes: \"99999999\" is not an MTU",
    ),
    (
        "network:\n  ethernets:\n    eth0:\n      mtuu: 1400\n",
        ":4: mtuu: there is no such key here; there are accept-ra,",
    ),
    (
        "network:\n  ethernets:\n    eth0:\n      dhcp4: perhaps\n",
        ":4: dhcp4: \"perhaps\" is not true or false",
    ),
    (
        "network:\n  ethernets:\n    eth0:\n      addresses: [10.0.0.300/24]\n",
        ":4: addresses: [Network] Address: \"10.0.0.300/24\"",
    ),
    (
        "network:\n  ethernets:\n    eth0:\n      addresses:\n      - 10.0.0.5/24\n      - 10.0.0.5/24\n",
        ":6: addresses: Address=10.0.0.5/24 is there already",
    ),
    (
        "network:\n  ethernets:\n    eth0:\n      routes:\n      - to: 10.0.0.0/33\n        via: 10.0.0.1\n",
        ":5: to: [Route] Destination: \"10.0.0.0/33\"",
    ),
    (
        "network:\n  ethernets:\n    eth0:\n      routes:\n      - via: 10.0.0.1\n",
        ":5: routes: a route needs to",
    ),
    (
        "network:\n  ethernets:\n    eth0:\n      routes:\n      - to: 10.0.0.0/8\n",
        ":5: routes: a route needs via",
    ),
    (
        "network:\n  ethernets:\n    eth0:\n      set-name: wan\n",
        ":4: set-name: it needs match",
    ),
    (
        "network:\n  ethernets:\n    eth0: [1, 2]\n",
        ":3: eth0: it must be a map",
    ),
    (
        "network:\n  ethernets:\n    eth0:\n      dhcp4: yes\n      dhcp4: no\n",
        ":5: dhcp4: it is there twice, first in line 4",
    ),
    (
        "network:\n  ethernets:\n    eth0: &x\n      dhcp4: yes\n    eth1: *x\n",
        ":5: YAML: aliases",
    ),
    ("network:\n  ethernets:\n   eth0:\n  dhcp4: {\n", ":5: YAML: "),
    ("network:\n  version: 1\n", ":2: version: only version 2"),
    (
        "network:\n  renderer: NetworkManager\n",
        ":2: renderer: only networkd",
    ),
    (
        "network:\n  wifis:\n    wlan0: {}\n",
        ":2: wifis: wireless networks need a supplicant",
    ),
    (
        "network:\n  ethernet: {}\n",
        ":2: ethernet: there is no such key here; there are bonds,",
    ),
    (
        "networks: {}\n",
        ":1: networks: there is no such key here; there are network",
    ),
    (
        "network:\n  vlans:\n    v1:\n      link: eth0\n",
        ":4: v1: it needs id",
    ),
    (
        "network:\n  vlans:\n    v1:\n      id: 4095\n      link: eth0\n",
        ":4: id: [VLAN] Id: \"4095\"",
    ),
    (
        "network:\n  vlans:\n    this-name-is-too-long: {id: 1, link: eth0}\n",
        ":3: this-name-is-too-long: ",
    ),
    (
        "network:\n  bonds:\n    b0: {interfaces: [eth0]}\n    b1: {interfaces: [eth0]}\n",
        ":4: interfaces: eth0 is in b0 already",
    ),
    (
        "network:\n  bonds:\n    b0:\n      parameters: {mode: fast}\n",
        ":4: mode: [Bond] Mode: \"fast\"",
    ),
    (
        "network:\n  tunnels:\n    t0: {mode: carrier-pigeon, remote: 1.2.3.4}\n",
        ":3: mode: \"carrier-pigeon\" is not one of",
    ),
    (
        "network:\n  tunnels:\n    t0: {mode: sit}\n",
        ":3: t0: it needs remote",
    ),
    (
        "network:\n  tunnels:\n    t0: {mode: wireguard}\n",
        ":3: t0: it needs key",
    ),
    (
        "network:\n  tunnels:\n    t0: {mode: wireguard, key: c2VjcmV0}\n",
        ":3: key: it is not 32 bytes",
    ),
    (
        "network:\n  tunnels:\n    t0: {mode: wireguard, key: /k, peers: [{endpoint: 'a:1'}]}\n",
        ":3: peers: each needs keys: public",
    ),
    (
        "network:\n  vrfs:\n    v0: {interfaces: [eth0]}\n",
        ":3: v0: it needs table",
    ),
    (
        "network:\n  bridges:\n    br0:\n      parameters: {path-cost: {eth0: much}}\n",
        ":4: eth0: \"much\" is not a number",
    ),
    (
        "network:\n  ethernets:\n    eth0:\n      dhcp4-server: {static-leases: [{address: 10.0.0.9}]}\n",
        ":4: static-leases: a lease needs",
    ),
];

#[test]
fn errors_name_line_and_key() {
    for (text, said) in WRONG {
        let tree = Tree::new(&[("x.yaml", text)]);
        let file = tree.path().join("x.yaml");
        let output = nmctl(&tree, &["apply-file", file.to_str().unwrap()]);
        assert_eq!(output.status, 234, "{text}{output:?}");
        let expected = format!("Error: {}{said}", file.display());
        assert!(
            output.err.starts_with(&expected),
            "{text}expected {expected}\nfound    {}",
            output.err
        );
        assert!(tree.files().is_empty(), "{text}");
    }
}

#[test]
fn yaml_that_is_nested_without_end_is_refused() {
    let deep = format!("network: {}{}", "[".repeat(100_000), "]".repeat(100_000));
    let tree = Tree::new(&[("x.yaml", &deep)]);
    let output = nmctl(
        &tree,
        &["apply-file", tree.path().join("x.yaml").to_str().unwrap()],
    );
    assert_eq!(output.status, 234, "{:.300}", output.err);
}

#[test]
fn what_was_made_is_made_anew_and_goes_when_nothing_asks_for_it() {
    let folder = "etc/network-config-manager/yaml";
    let tree = Tree::new(&[(
        &format!("{folder}/1.yaml"),
        "network:\n  ethernets:\n    eth0: {dhcp4: yes}\n",
    )]);
    tree.put(
        &format!("{folder}/2.yml"),
        "network:\n  vlans:\n    v2: {id: 2, link: eth0}\n",
    );
    tree.put("etc/systemd/network/10-own.network", "[Match]\nName=own\n");
    assert_eq!(nmctl(&tree, &["apply"]), Output::default());
    let eth0 = tree.read("etc/systemd/network/10-eth0.network");
    assert!(
        eth0.starts_with("# Made by nmctl from YAML;") && eth0.ends_with("DHCP=ipv4\nVLAN=v2\n"),
        "{eth0}"
    );
    fs::remove_file(tree.path().join(folder).join("2.yml")).unwrap();
    assert_eq!(nmctl(&tree, &["apply"]), Output::default());
    let left: Vec<String> = tree
        .files()
        .into_keys()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(left, ["1.yaml", "10-eth0.network", "10-own.network"]);
    let before = tree.files();
    assert_eq!(nmctl(&tree, &["apply"]), Output::default());
    assert_eq!(tree.files(), before, "twice is as once");
    assert_eq!(nmctl(&tree, &["undo"]), Output::default());
    assert_eq!(
        tree.files().len(),
        5,
        "the last change that changed something is taken back"
    );
}

#[test]
fn a_file_that_somebody_wrote_is_not_taken_over() {
    let own = "# by hand\n[Match]\nName=eth0\n[Network]\nDHCP=no\n";
    let tree = Tree::new(&[("etc/systemd/network/10-eth0.network", own)]);
    let path = documents()
        .into_iter()
        .find(|path| path.ends_with("static.yaml"))
        .unwrap();
    let output = nmctl(&tree, &["apply-file", path.to_str().unwrap()]);
    assert_eq!(output.status, 239, "{output:?}");
    assert!(
        output.err.contains("was not made by nmctl apply"),
        "{}",
        output.err
    );
    assert_eq!(tree.read("etc/systemd/network/10-eth0.network"), own);
}

#[test]
fn keys_in_yaml_get_files_of_their_own() {
    let key = format!("{}=", "A".repeat(43));
    let text = format!(
        "network:\n  tunnels:\n    wg0:\n      mode: wireguard\n      key: {key}\n      peers:\n      - keys: {{public: {key}, shared: {key}}}\n"
    );
    let tree = Tree::new(&[("x.yaml", &text)]);
    apply(&tree, &tree.path().join("x.yaml"));
    let netdev = tree.read("etc/systemd/network/10-wg0.netdev");
    assert!(
        netdev.contains("PrivateKeyFile=/etc/systemd/network/wg0.key\n"),
        "{netdev}"
    );
    assert!(
        netdev.contains("PresharedKeyFile=/etc/systemd/network/wg0-peer1.key\n"),
        "{netdev}"
    );
    for file in ["wg0.key", "wg0-peer1.key"] {
        let path = tree.path().join("etc/systemd/network").join(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{key}\n"));
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o137,
            0,
            "{file}"
        );
    }
}
