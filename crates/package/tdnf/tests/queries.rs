//! Commands that look: each with its flags, on one root and one repository.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use repodata::{Advisory, AdvisoryPackage, Reference};
use rpmfile::{Builder, DepFlags, Dependency};
use serde_json::json;
use support::{Case, Lab, TIME, TestPackage, bad, good, run_cases};

fn now() -> u32 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u32::try_from(now.as_secs()).unwrap()
}

fn relations(builder: &mut Builder) {
    let parse = |text: &str| Dependency::parse(text).unwrap();
    builder.url = Some("https://example.org/app".to_owned());
    builder.source_rpm = Some("app-suite-1-1.src.rpm".to_owned());
    builder.requires.push(Dependency::new(
        "early",
        DepFlags::PREREQ | DepFlags::SCRIPT_PRE,
        "",
    ));
    builder.suggests.push(parse("tip"));
    builder.supplements.push(parse("big"));
    builder.enhances.push(parse("other"));
    builder.conflicts.push(parse("rival < 3"));
    builder.obsoletes.push(parse("ancient < 1"));
    builder.changelog.push(rpmfile::ChangelogEntry {
        time: 1_625_572_800,
        author: "Jo <jo@example.org> - 1-1".to_owned(),
        text: "- first".to_owned(),
    });
}

/// Installed: app, lib, early, extra (by recommendation), strace, kernel twice, tool-old, and own, which no
/// repository has. On offer: newer lib, strace and kernel; tool-new, which obsoletes tool-old; fresh.
fn lab() -> Lab {
    let kernel = |evr| {
        TestPackage::new("kernel", evr)
            .provides("installonlypkg(kernel)")
            .with(|builder| builder.files.clear())
    };
    let lab = Lab::with(vec![
        TestPackage::new("app", "1-1")
            .requires("lib >= 1")
            .recommends("extra")
            .provides("service = 2")
            .with(relations),
        TestPackage::new("lib", "1-1").provides("libtest.so.1"),
        TestPackage::new("early", "1-1"),
        TestPackage::new("extra", "1-1"),
        TestPackage::new("strace", "6.1-2"),
        TestPackage::new("tool-old", "1-1"),
        TestPackage::new("own", "1-1"),
        kernel("1-1"),
    ]);
    let ran = lab.tdnf("install -y app strace tool-old own kernel");
    assert_eq!(ran.status, 0, "{ran:?}");
    fs::remove_file(lab.repo().join("own-1-1.noarch.rpm")).unwrap();
    for package in [
        TestPackage::new("lib", "2-1").provides("libtest.so.1"),
        TestPackage::new("strace", "6.0-1"),
        TestPackage::new("strace", "6.2-1"),
        kernel("2-1"),
        TestPackage::new("tool-new", "1-1").obsoletes("tool-old < 2"),
        TestPackage::new("fresh", "1-1").with(|builder| builder.build_time = now()),
        TestPackage::new("foreign", "1-1").with(|builder| builder.nevra.arch = "s390x".to_owned()),
    ] {
        lab.build(&lab.repo(), &package);
    }
    lab.write_metadata_with(TIME + 1, &advisories());
    assert_eq!(lab.tdnf("install -y --refresh kernel-2-1").status, 0);
    lab
}

fn advisory(id: &str, kind: &str, severity: &str, name: &str, version: &str, release: &str) -> Advisory {
    Advisory {
        id: id.to_owned(),
        kind: kind.to_owned(),
        severity: severity.to_owned(),
        title: format!("{name} is better now"),
        description: format!("About {id}."),
        updated: "2015-05-01 12:00:00".to_owned(),
        references: vec![Reference {
            id: "CVE-2015-1".to_owned(),
            ..Reference::default()
        }],
        packages: vec![AdvisoryPackage {
            name: name.to_owned(),
            epoch: "0".to_owned(),
            version: version.to_owned(),
            release: release.to_owned(),
            arch: "noarch".to_owned(),
            file_name: format!("{name}-{version}-{release}.noarch.rpm"),
            reboot_suggested: name == "lib",
        }],
        ..Advisory::default()
    }
}

fn advisories() -> Vec<Advisory> {
    vec![
        advisory("A-1", "security", "Critical", "lib", "2", "1"),
        advisory("A-2", "bugfix", "", "strace", "6.2", "1"),
        advisory("A-3", "security", "3.1", "strace", "6.2", "1"),
        advisory("A-4", "enhancement", "", "app", "1", "1"),
        advisory("A-5", "security", "High", "absent", "1", "1"),
        // Not on offer: an update that nobody has published.
        advisory("A-6", "newpackage", "", "extra", "9", "1"),
    ]
}

const LISTS: &[Case] = &[
    good("list installed", &["own.noarch", "@System", "!tool-new"]),
    good("list --installed strace", &["6.1-2", "!6.2-1"]),
    good("list available", &["tool-new.noarch", "!own.noarch", "!foreign"]),
    good("list --available strace", &["6.0-1", "6.2-1", "!@System"]),
    good("list all strace", &["6.1-2", "6.2-1", "@System"]),
    good("list --all lib", &["1-1", "2-1"]),
    good("list extras", &["own.noarch", "!strace"]),
    good("list --extras", &["own.noarch", "!lib"]),
    good("list obsoletes", &["tool-new.noarch", "!app"]),
    good("list --obsoletes", &["tool-new.noarch"]),
    good("list recent", &["fresh.noarch", "!lib"]),
    good("list --recent", &["fresh.noarch", "!strace"]),
    good("list upgrades", &["lib.noarch", "2-1", "6.2-1", "!6.0-1"]),
    good("list updates strace", &["6.2-1", "!lib"]),
    good("list --upgrades", &["6.2-1"]),
    good("list --updates", &["6.2-1"]),
    good("list downgrades", &["6.0-1", "!6.2-1"]),
    good("list --downgrades", &["6.0-1"]),
    good("list --scope=extras", &["own.noarch", "!lib"]),
    good("list -scope extras", &["own.noarch", "!lib"]),
    bad("list --scope=strange", 902, &["strange is no scope"]),
    bad("list nothere", 1011, &["Error(1011) : No matching packages"]),
    good(
        "info --installed strace",
        &[
            "Name          : strace\n",
            "Repo          : @System\n",
            "!Download",
        ],
    ),
    good("info available lib", &["Version       : 2\n", "Download Size : "]),
    good(
        "-j list own",
        &["=[{\"Name\":\"own\",\"Arch\":\"noarch\",\"Evr\":\"1-1\",\"Repo\":\"@System\"}]\n"],
    ),
    good("-j list nothere", &["=[]\n"]),
    good("tdnf-is-not-a-command --help", &["Usage: tdnf [options] COMMAND"]),
    good("count", &["Package count = "]),
    good("-j count", &["=23\n"]),
    good("search early", &["=early : Test package early\n"]),
    good(
        "provides service",
        &[
            "app-1-1.noarch : Test package app\n",
            "Repo\t : @System\n",
            "Repo\t : test\n",
        ],
    ),
    good("whatprovides libtest.so.1", &["lib-2-1.noarch"]),
    bad("provides nothere", 1011, &[]),
    good("provides /usr/share/*/fresh", &["fresh-1-1.noarch : ", "!lib"]),
    good("provides lib*.so.1", &["lib-1-1.noarch : ", "lib-2-1.noarch : "]),
    good("provides early extra", &["early-1-1.noarch", "extra-1-1.noarch"]),
    Case {
        line: "-j provides nothere",
        status: 243,
        out: &["{\"Error\":1011,\"ErrorMessage\":\"no package matches nothere\"}\n"],
        err: &[],
    },
    good("check-update", &["strace.noarch", "6.2-1", "lib.noarch"]),
    good("check-update lib", &["lib.noarch", "!strace"]),
    good("check-update --security", &["lib.noarch", "strace.noarch"]),
    good("check-update --sec-severity=critical", &["lib.noarch", "!strace"]),
    good("check-update --reboot-required", &["lib.noarch", "!strace"]),
    good("--setopt=dnf_check_update_compat=0 check-update nothere", &["="]),
    Case {
        line: "--setopt=dnf_check_update_compat=1 check-update",
        status: 100,
        out: &["6.2-1"],
        err: &[],
    },
    Case {
        line: "-j --setopt=dnf_check_update_compat=1 check-update lib",
        status: 100,
        out: &["=[{\"Name\":\"lib\",\"Arch\":\"noarch\",\"Evr\":\"2-1\",\"Repo\":\"test\"}]\n"],
        err: &[],
    },
    good("repolist", &["test", "enabled"]),
    good(
        "repolist enabled -j",
        &["=[{\"Repo\":\"test\",\"RepoName\":\"Test packages\",\"Enabled\":true}]\n"],
    ),
    good("repolist disabled", &["="]),
    good("repolist all --disablerepo=te*", &["test", "disabled"]),
    bad("repolist some", 902, &["Error(902)"]),
    good("makecache", &["Metadata cache created.\n"]),
    good("-j makecache", &["={}\n"]),
];

#[test]
fn lists_and_searches() {
    let lab = lab();
    run_cases(LISTS, |line| lab.tdnf(line));
}

const SELECTS: &[Case] = &[
    good("repoquery", &["tool-new-1-1.noarch\n", "!own", "!foreign"]),
    good(
        "repoquery strace",
        &["=strace-6.0-1.noarch\nstrace-6.1-2.noarch\nstrace-6.2-1.noarch\n"],
    ),
    good(
        "repoquery tool-*",
        &["tool-new-1-1.noarch\n", "tool-old-1-1.noarch\n", "!app"],
    ),
    good("repoquery lib-2-1.noarch", &["=lib-2-1.noarch\n"]),
    good("repoquery nothere", &["="]),
    bad("repoquery one two", 902, &["one package at most"]),
    good("repoquery --available own", &["="]),
    good("repoquery --installed own", &["=own-1-1.noarch\n"]),
    good(
        "repoquery --all lib",
        &["=lib-1-1.noarch\nlib-1-1.noarch\nlib-2-1.noarch\n"],
    ),
    good(
        "repoquery --duplicates",
        &["=kernel-1-1.noarch\nkernel-2-1.noarch\n"],
    ),
    good("repoquery --extras", &["=own-1-1.noarch\n"]),
    good(
        "repoquery --upgrades",
        &["=lib-2-1.noarch\nstrace-6.2-1.noarch\n"],
    ),
    good("repoquery --downgrades", &["=strace-6.0-1.noarch\n"]),
    good(
        "repoquery --userinstalled",
        &["app-1-1", "own-1-1", "!lib", "!extra"],
    ),
    good("repoquery --file /usr/share/test/fresh", &["=fresh-1-1.noarch\n"]),
    good(
        "repoquery --installed --file=/usr/share/test/own",
        &["=own-1-1.noarch\n"],
    ),
    good("repoquery --arch s390x", &["=foreign-1-1.s390x\n"]),
    good(
        "repoquery --whatprovides service,libtest.so.1",
        &["=app-1-1.noarch\nlib-1-1.noarch\nlib-2-1.noarch\n"],
    ),
    good(
        "repoquery --whatprovides /usr/share/test/app",
        &["=app-1-1.noarch\n"],
    ),
    good("repoquery --whatobsoletes tool-old", &["=tool-new-1-1.noarch\n"]),
    good("repoquery --whatconflicts rival", &["=app-1-1.noarch\n"]),
    good("repoquery --whatrequires lib", &["=app-1-1.noarch\n"]),
    good(
        "repoquery --installed --whatrequires l?b,nothing",
        &["=app-1-1.noarch\n"],
    ),
    good("repoquery --whatrecommends extra", &["=app-1-1.noarch\n"]),
    good("repoquery --whatsuggests tip", &["=app-1-1.noarch\n"]),
    good("repoquery --whatsupplements big", &["=app-1-1.noarch\n"]),
    good("repoquery --whatenhances other", &["=app-1-1.noarch\n"]),
    good("repoquery --whatdepends tip", &["=app-1-1.noarch\n"]),
    good("repoquery --whatrequires lib --whatconflicts nothing", &["="]),
];

const QUERIES: &[Case] = &[
    good("repoquery --list app", &["=/usr/share/test/app\n"]),
    good("repoquery --installed --list own", &["=/usr/share/test/own\n"]),
    good("repoquery --source app", &["=app-suite-1-1.src.rpm\n"]),
    good(
        "repoquery --changelogs app",
        &["=Tue Jul 06 2021 Jo <jo@example.org> - 1-1\n- first\n"],
    ),
    good(
        "repoquery --changelogs --installed app",
        &["=Tue Jul 06 2021 Jo <jo@example.org> - 1-1\n- first\n"],
    ),
    good("repoquery --provides app", &["=app = 1-1\nservice = 2\n"]),
    good("repoquery --obsoletes app", &["=ancient < 1\n"]),
    good("repoquery --conflicts app", &["=rival < 3\n"]),
    good("repoquery --requires app", &["=early\nlib >= 1\n"]),
    good("repoquery --installed --requires app", &["=early\nlib >= 1\n"]),
    good("repoquery --recommends app", &["=extra\n"]),
    good("repoquery --suggests app", &["=tip\n"]),
    good("repoquery --supplements app", &["=big\n"]),
    good("repoquery --enhances app", &["=other\n"]),
    good(
        "repoquery --depends app",
        &["=big\nearly\nextra\nlib >= 1\nother\ntip\n"],
    ),
    good("repoquery --requires-pre app", &["=early\n"]),
    good("repoquery --requires-pre --installed app", &["=early\n"]),
    good("repoquery --location app", &["/app-1-1.noarch.rpm\n"]),
    good(
        "repoquery --qf %{name}|%{arch}|%{version}|%{release}|%{evr}|%{reponame} app",
        &["=app|noarch|1|1|1-1|test\n"],
    ),
    good(
        "repoquery --qf %{sourcename}|%{sourcerpm}|%{license}|%{url}|%{summary} app",
        &["=app-suite|app-suite-1-1.src.rpm|MIT|https://example.org/app|Test package app\n"],
    ),
    good(
        "repoquery --qf=%{size}%{installsize}%{downloadsize}%{description}%{location} app",
        &["The package app of a test."],
    ),
    good(
        "repoquery --qf %{requires}|%{requires-pre}|%{provides}\\n app",
        &["=early\nlib >= 1|early|app = 1-1\nservice = 2\n"],
    ),
    good("repoquery --qf %{name},\\t lib", &["=lib,\t\nlib,\t\n"]),
    bad(
        "repoquery --qf %{repo} app",
        1622,
        &["%{repo} is no tag", "Error(1622)"],
    ),
    bad("repoquery --requires --provides app", 914, &["Error(914)"]),
    bad("repoquery --qf %{name} --requires app", 917, &["Error(917)"]),
    good("repoquery --requires --available app", &["=early\nlib >= 1\n"]),
    good(
        "-j repoquery --requires app",
        &[
            "=[{\"Nevra\":\"app-1-1.noarch\",\"Name\":\"app\",\"Arch\":\"noarch\",\"Evr\":\"1-1\",\"Repo\":\"test\",\"Requires\":[\"early\",\"lib >= 1\"]}]\n",
        ],
    ),
    good(
        "-j repoquery --list app",
        &["\"Files\":[\"/usr/share/test/app\"]"],
    ),
    good(
        "-j repoquery --source app",
        &["\"Source\":\"app-suite-1-1.src.rpm\""],
    ),
    good(
        "-j repoquery --changelogs app",
        &[
            "\"ChangeLogs\":[{\"Time\":\"Tue Jul 06 2021\",\"Author\":\"Jo <jo@example.org> - 1-1\",\"Text\":\"- first\"}]",
        ],
    ),
    good("-j repoquery --qf %{name} app", &["\"Formatted\":\"app\""]),
    good("-j repoquery nothere", &["=[]\n"]),
];

#[test]
fn repoquery_selects_and_answers() {
    let lab = lab();
    run_cases(SELECTS.iter().chain(QUERIES), |line| lab.tdnf(line));
}

const ADVICE: &[Case] = &[
    good(
        "updateinfo",
        &["=1 Unknown notice(s)\n2 Security notice(s)\n1 Bugfix notice(s)\n"],
    ),
    good(
        "updateinfo summary",
        &["=1 Unknown notice(s)\n2 Security notice(s)\n1 Bugfix notice(s)\n"],
    ),
    good("updateinfo --summary all", &["1 Enhancement notice(s)\n"]),
    good(
        "updateinfo list",
        &[
            "=patch:A-1 Security lib-2-1.noarch.rpm\npatch:A-2 Bugfix strace-6.2-1.noarch.rpm\npatch:A-3 Security strace-6.2-1.noarch.rpm\npatch:A-6 Unknown extra-9-1.noarch.rpm\n",
        ],
    ),
    good(
        "updateinfo --list lib",
        &["=patch:A-1 Security lib-2-1.noarch.rpm\n"],
    ),
    good(
        "updateinfo list installed",
        &["=patch:A-4 Enhancement app-1-1.noarch.rpm\n"],
    ),
    good(
        "updateinfo list --installed",
        &["=patch:A-4 Enhancement app-1-1.noarch.rpm\n"],
    ),
    good("updateinfo list --all", &["A-4", "A-1"]),
    good("updateinfo list available", &["A-3", "!A-4"]),
    good("updateinfo list --updates", &["A-3", "!A-4", "!A-6"]),
    good("updateinfo list --security", &["A-1", "A-3", "!A-2"]),
    good("updateinfo list --sec-severity 7", &["A-1", "!A-3"]),
    good("updateinfo list --sec-severity=low", &["A-1", "A-3", "!A-2"]),
    bad("updateinfo --sec-severity=awful", 902, &["use a CVSS score"]),
    good(
        "updateinfo list --reboot-required",
        &["=patch:A-1 Security lib-2-1.noarch.rpm\n"],
    ),
    good(
        "updateinfo info lib",
        &[
            "=       Name : lib-2-1.noarch.rpm\n  Update ID : patch:A-1\n       Type : Security\n    Updated : Fri May  1 12:00:00 2015\nNeeds Reboot: 1\nDescription : About A-1.\n",
        ],
    ),
    good("updateinfo --info strace", &["A-2", "Needs Reboot: 0"]),
    Case {
        line: "updateinfo own",
        status: 0,
        out: &["=\n0 updates.\n"],
        err: &["No data\n"],
    },
    Case {
        line: "updateinfo list own",
        status: 0,
        out: &["="],
        err: &["No data\n"],
    },
    good(
        "-j updateinfo",
        &["={\"Unknown\":1,\"Security\":2,\"Bugfix\":1,\"Enhancement\":0}\n"],
    ),
    good(
        "-j updateinfo list lib",
        &["=[{\"Type\":\"Security\",\"UpdateID\":\"patch:A-1\",\"Packages\":[\"lib-2-1.noarch.rpm\"]}]\n"],
    ),
    good(
        "-j updateinfo own",
        &["={\"Unknown\":0,\"Security\":0,\"Bugfix\":0,\"Enhancement\":0}\n"],
    ),
];

#[test]
fn advisories_are_counted_listed_and_described() {
    let lab = lab();
    run_cases(ADVICE, |line| lab.tdnf(line));
    let info = lab.tdnf("-j updateinfo info lib").json();
    assert_eq!(info[0]["Updated"], "Fri May  1 12:00:00 2015");
    assert_eq!(info[0]["NeedsReboot"], json!(true));
    assert_eq!(info[0]["Description"], "About A-1.");
    assert_eq!(info[0]["References"], json!(["CVE-2015-1"]));
}

#[test]
fn a_capability_may_have_a_version() {
    let lab = lab();
    let provides = |capability| lab.tdnf_words(&["provides", capability]).out;
    assert!(
        provides("lib >= 2").starts_with("lib-2-1.noarch"),
        "{}",
        provides("lib >= 2")
    );
    assert!(!provides("lib < 2").contains("lib-2-1"));
    let query = |flag, capability| lab.tdnf_words(&["repoquery", flag, capability]).out;
    assert_eq!(query("--whatprovides", "service = 2"), "app-1-1.noarch\n");
    assert_eq!(query("--whatprovides", "service > 2"), "");
    assert_eq!(query("--whatrequires", "lib = 3"), "app-1-1.noarch\n");
    assert_eq!(query("--whatrequires", "lib < 1"), "");
    assert_eq!(query("--whatconflicts", "rival > 3"), "");
}

#[test]
fn an_update_can_be_limited_to_what_advisories_name() {
    let lab = lab();
    let plan = lab.tdnf("-j update --sec-severity=critical").json();
    assert_eq!(plan["Upgrade"][0]["Name"], "lib");
    assert_eq!(plan["Upgrade"].as_array().unwrap().len(), 1);
    let names = |line| lab.tdnf(line).json()["Upgrade"].as_array().map_or(0, Vec::len);
    assert_eq!(names("-j update --reboot-required"), 1);
    assert_eq!(names("-j update --security"), 2);
    let ran = lab.tdnf("update --security own");
    assert_eq!((ran.status, ran.err.as_str()), (0, "Nothing to do.\n"));
}
