//! The policy files say what the documentation and each other say.

#![allow(clippy::unwrap_used, clippy::panic)] // tests, and the functions they share

use std::fs;
use std::path::{Path, PathBuf};

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../..")
        .canonicalize()
        .unwrap()
}

fn read(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Paths of the table `stripped` in setuid.toml, and the number of allowed ones.
fn setuid() -> (Vec<String>, usize) {
    let list: toml::Table = read("distro/policy/setuid.toml").parse().unwrap();
    let stripped = list["stripped"].as_array().unwrap().iter();
    let paths = stripped.map(|entry| entry["path"].as_str().unwrap().to_owned());
    (paths.collect(), list["allowed"].as_array().unwrap().len())
}

#[test]
fn the_page_on_setuid_lists_what_the_data_lists() {
    let page = read("docs/setuid.md");
    let (paths, allowed) = setuid();
    let rows: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("| /")).collect();
    let listed: Vec<String> = rows
        .iter()
        .map(|row| format!("/{}", row.split(' ').next().unwrap()))
        .collect();
    assert_eq!(listed, paths);
    assert_eq!((allowed, page.contains("has **none**")), (0, true));
}

/// Users and groups, as (name, id).
fn accounts(file: &str) -> Vec<(String, String)> {
    let text = read(&format!("distro/packages/filesystem/files/etc/{file}"));
    let fields = text
        .lines()
        .map(|line| line.split(':').map(str::to_owned).collect::<Vec<_>>());
    fields
        .map(|fields| (fields[0].clone(), fields[2].clone()))
        .collect()
}

#[test]
fn every_account_has_a_locked_password() {
    let shadow = read("distro/packages/filesystem/files/etc/shadow");
    let users: Vec<_> = accounts("passwd").into_iter().map(|(name, _)| name).collect();
    let locked: Vec<_> = shadow
        .lines()
        // The last one is root's until a credential or the administrator sets one, systemd-firstboot(1).
        .filter(|line| matches!(line.split(':').nth(1), Some("*" | "!*" | "!unprovisioned")))
        .map(|line| line.split(':').next().unwrap().to_owned())
        .collect();
    assert_eq!(locked, users);
}

#[test]
fn groups_and_their_shadows_agree_and_no_number_is_given_twice() {
    let groups = accounts("group");
    let shadows: Vec<_> = accounts("gshadow").into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        groups.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(),
        shadows
    );
    for list in [groups, accounts("passwd")] {
        let mut numbers: Vec<_> = list.into_iter().map(|(_, number)| number).collect();
        numbers.sort();
        let count = numbers.len();
        numbers.dedup();
        assert_eq!(numbers.len(), count);
    }
}

/// The verdict of our preset files on a unit, systemd.preset(5): the first line that matches, in order of file names.
fn preset(unit: &str) -> String {
    let directory = "distro/policy/services/usr/lib/systemd/system-preset";
    let lines = ["50-lumen.preset", "99-default.preset"]
        .map(|file| read(&format!("{directory}/{file}")))
        .join("\n");
    let rules = lines
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(verb, _)| !verb.starts_with('#'));
    let mut matching = rules.filter(|(_, pattern)| *pattern == unit || *pattern == "*");
    matching.next().unwrap().0.to_owned()
}

#[test]
fn docker_and_ssh_are_started_by_their_sockets_and_nothing_unnamed_starts() {
    assert_eq!(preset("docker.socket"), "enable");
    assert_eq!(preset("ssh.socket"), "enable");
    for unit in [
        "docker.service",
        "containerd.service",
        "ssh.service",
        "whatever.service",
    ] {
        assert_eq!(preset(unit), "disable", "{unit}");
    }
}

#[test]
fn docker_limits_its_logs() {
    let text = read("distro/policy/containers/etc/docker/daemon.json");
    let daemon: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(daemon["log-opts"]["max-size"], "10m");
}

#[test]
fn every_file_of_the_policy_says_why() {
    let mut open = vec![project().join("distro/policy")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_none_or(|ending| ending != "json") {
            let text = fs::read_to_string(&path).unwrap();
            assert!(
                text.starts_with('#'),
                "{} does not begin with a comment",
                path.display()
            );
        }
    }
}

#[test]
fn nothing_flushes_the_rules_of_containers() {
    let firewall = read("distro/policy/firewall/etc/nftables/firewall.nft");
    let unit = read("distro/policy/services/usr/lib/systemd/system/nftables.service.d/10-lumen.conf");
    assert!(
        !firewall
            .lines()
            .any(|line| line.trim_start().starts_with("flush")),
        "{firewall}"
    );
    assert!(
        unit.contains("ExecStop=\n"),
        "the unit's own `nft flush ruleset` must be taken back first"
    );
}
