//! Each row becomes something that `pmd-cli` and nmctl know.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use netmgr::nmctl::table;

use super::*;

fn split(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

fn said(line: &str) -> String {
    translate(&split(line)).unwrap().join(" ")
}

fn refused(line: &str) -> String {
    translate(&split(line)).unwrap_err().text
}

/// A command line of a row: the first of several words, and something for each in capitals.
fn example(row: &Row) -> Vec<String> {
    let words = row.given.split(' ').filter(|word| *word != "...");
    let word = |word: &str| match word {
        "FAMILY" => "inet".to_owned(),
        "GID" => "1001".to_owned(),
        name if is_name(name) => name.to_lowercase(),
        word => word.split('|').next().unwrap_or_default().to_owned(),
    };
    words.map(word).collect()
}

#[test]
fn every_row_is_found_by_its_own_words() {
    for row in TABLE {
        let words = example(row);
        let found = TABLE.iter().find(|other| fit(other, &words).is_some()).unwrap();
        assert!(
            found.given == row.given || row.given.ends_with("..."),
            "{} hides {}",
            found.given,
            row.given
        );
    }
}

#[test]
fn every_row_of_the_api_is_a_command_line_of_pmd_cli() {
    let needed = |row: &Row| match row.given {
        given if given.starts_with("sysctl update") => "key k value v",
        given if given.starts_with("sysctl remove") => "key k",
        "pkg ..." => "list",
        _ => "",
    };
    for row in TABLE
        .iter()
        .filter(|row| !row.becomes.starts_with(['!']) && !row.becomes.starts_with("net "))
    {
        let mut words = example(row);
        words.extend(needed(row).split_whitespace().map(str::to_owned));
        let said = translate(&words).unwrap();
        let parsed =
            crate::command().try_get_matches_from([vec!["pmd-cli".to_owned()], said.clone()].concat());
        assert!(parsed.is_ok(), "{}: {said:?}: {}", row.given, parsed.unwrap_err());
    }
}

#[test]
fn every_key_is_an_option_of_the_command_that_it_is_given_to() {
    for row in TABLE {
        let Some((words, keys)) = row.becomes.split_once(" | ") else {
            continue;
        };
        let others = keys
            .split_whitespace()
            .map(|pair| pair.split_once(':').unwrap().1);
        for other in others.filter(|other| *other != "!") {
            assert!(takes(words, other), "{}: {words} has no {other}", row.given);
        }
    }
}

fn takes(words: &str, key: &str) -> bool {
    let mut split = words.split(' ');
    let (first, second) = (split.next().unwrap(), split.next().unwrap());
    if first == "net" {
        let command = table::find(second).unwrap();
        return command.words.iter().any(|word| word.names.contains(&key));
    }
    let mut parser = crate::command();
    let domain = parser.find_subcommand_mut(first).unwrap();
    let operation = domain.find_subcommand(second).unwrap();
    operation
        .get_arguments()
        .any(|argument| argument.get_long() == key.strip_prefix("--"))
}

#[test]
fn every_command_of_the_network_is_one_of_nmctl() {
    for row in TABLE {
        let Some(words) = row.becomes.strip_prefix("net ") else {
            continue;
        };
        let (words, _) = words.split_once(" | ").unwrap_or((words, ""));
        let (name, rest) = words.split_once(' ').unwrap_or((words, ""));
        if name == "LINK" {
            continue;
        }
        let command = table::find(name).unwrap_or_else(|| panic!("nmctl has no {name}"));
        let fixed = rest
            .split(' ')
            .filter(|word| word.len() > 1 && word.chars().all(|letter| letter.is_ascii_lowercase()));
        for word in fixed.filter(|word| *word != "yes") {
            assert!(
                command.words.iter().any(|known| known.names.contains(&word)),
                "{name} has no {word}"
            );
        }
    }
}

/// Lines of its document.
#[test]
fn what_its_document_has_is_understood() {
    for (line, wanted) in [
        (
            "service status nginx.service",
            "services get --unit nginx.service",
        ),
        (
            "service try-restart nginx.service",
            "services act --verb try-restart --unit nginx.service",
        ),
        ("status network -i ens33", "net status ens33"),
        ("status group photon-mgmt", "users get-group --name photon-mgmt"),
        (
            "sysctl u -k fs.file-max -v 65566",
            "system set-sysctl --persistent true --key fs.file-max --value 65566",
        ),
        (
            "user add kit home-dir /home/kit groups a,b uid 1005 shell /bin/sh",
            "users add --name kit --home /home/kit --groups a,b --uid 1005 --shell /bin/sh",
        ),
        ("network set-dhcp ens37 ipv4", "net set-dhcp dev ens37 dhcp ipv4"),
        (
            "network add-route dev ens33 gw 192.168.1.0 gwonlink no prefsrc 192.168.8.9 table 1234",
            "net add-route dev ens33 gw 192.168.1.0 onlink no pref-src 192.168.8.9 table 1234",
        ),
        (
            "network create-bond bond1 dev ens37,ens38 mode 802.3ad thp layer2+3 mms 1s",
            "net create-bond bond1 dev ens37,ens38 mode 802.3ad xmit-hash-policy layer2+3 miimon 1s",
        ),
        (
            "network add-nft-chain name chain1 table test99 family inet hook input priority 300 type filter policy drop",
            "firewall add-chain --chain chain1 --table test99 --family inet --hook input --priority 300 --kind filter \
             --policy drop",
        ),
        (
            "link set-mac dev eth0 macpolicy none",
            "net set-link-mac dev eth0 macpolicy none",
        ),
        ("pkg update --security lsof", "pkg update --security lsof"),
        (
            "--servername web1 --user kit -j status user",
            "--servername web1 --user kit -j users list",
        ),
    ] {
        assert_eq!(said(line), wanted);
    }
}

/// A value that is called as a key is, stays a value.
#[test]
fn values_are_not_keys() {
    assert_eq!(
        said("user add kit home-dir shell"),
        "users add --name kit --home shell"
    );
}

#[test]
fn what_is_gone_says_what_to_use() {
    assert!(refused("network nft-run nft flush ruleset").contains("set-tables"));
    assert!(refused("status proc cpuinfo").contains("system metrics"));
    assert!(refused("--url http://web1:5208 status system").contains("--servername"));
    assert!(refused("user add kit password secret").contains("users add --help"));
    assert!(refused("service frobnicate a.service").contains("pmctl service status UNIT"));
    assert!(refused("frobnicate").contains("pmctl --help"));
    assert!(refused("--servername").contains("pmctl has no command"));
}
