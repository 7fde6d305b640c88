//! The command: what it prints and with which status it ends.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::fs;

use serde_json::json;
use support::{Lab, TestPackage};

fn lab() -> Lab {
    Lab::with(vec![
        TestPackage::new("app", "1-1")
            .requires("lib >= 1")
            .recommends("extra"),
        TestPackage::new("lib", "1-1").provides("libtest.so.1"),
        TestPackage::new("extra", "1-1"),
        TestPackage::new("strace", "6.1-2"),
    ])
}

#[test]
fn an_installation_is_shown_done_and_recorded() {
    let lab = lab();
    let ran = lab.tdnf("install -y app");
    assert_eq!(ran.status, 0, "{ran:?}");
    let columns = format!("{:<16} {:<12} {:<16} {:<12} ", "app", "noarch", "1-1", "test");
    assert!(
        ran.out.contains("\nInstalling:\n") && ran.out.contains(&columns),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("Complete!"));
    assert_eq!(
        lab.rpm_qa(),
        ["app-1-1.noarch", "extra-1-1.noarch", "lib-1-1.noarch"]
    );
    let history = lab.tdnf("-j history --info").json();
    assert_eq!(history[0]["CmdLine"], "(set)");
    assert_eq!(history[1]["AddedCount"], 3);
    assert!(history[1]["CmdLine"].as_str().unwrap().contains("install -y app"));
}

#[test]
fn the_installed_list_is_that_of_rpm() {
    let lab = lab();
    lab.tdnf("install -y app strace");
    let listed = lab.tdnf("list installed -j").json();
    let mut ours: Vec<String> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|p| {
            let text = |key: &str| p[key].as_str().unwrap().to_owned();
            format!("{}-{}.{}", text("Name"), text("Evr"), text("Arch"))
        })
        .collect();
    ours.sort();
    assert_eq!(ours, lab.rpm_qa());
    assert_eq!(listed[0]["Repo"], "@System");
}

#[test]
fn a_list_has_the_columns_of_the_original() {
    let ran = lab().tdnf("list available strace");
    let expected = format!("{:<44} {:<20} {:>12}\n", "strace.noarch", "6.1-2", "test");
    assert_eq!(ran.out, expected, "{ran:?}");
}

#[test]
fn without_a_yes_nothing_happens() {
    let lab = lab();
    let ran = lab.tdnf("install app");
    assert_eq!((ran.status, lab.rpm_qa().len()), (8, 0), "{ran:?}");
    assert!(ran.err.contains("Is this ok [y/N]: "), "{ran:?}");
    assert!(ran.err.ends_with("Error(1032) : Operation aborted.\n"), "{ran:?}");
    assert_eq!(lab.tdnf("install --assumeno app").status, 8);
}

#[test]
fn json_tells_what_would_be_done() {
    let lab = lab();
    let ran = lab.tdnf("-j install strace");
    let size = ran.json()["Install"][0]["InstallSize"].clone();
    let entry =
        json!({"Name": "strace", "Arch": "noarch", "Evr": "6.1-2", "InstallSize": size, "Repo": "test"});
    assert_eq!(ran.json(), json!({ "Install": [entry] }));
    assert_eq!((ran.status, lab.rpm_qa().len()), (0, 0));
    assert_eq!(lab.tdnf("-j -y install strace").status, 0);
    assert_eq!(lab.rpm_qa().len(), 1);
}

#[test]
fn removing_takes_dependants_along() {
    let lab = lab();
    lab.tdnf("install -y app");
    let ran = lab.tdnf("remove -y lib");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.out.contains("Removing:"), "{}", ran.out);
    assert_eq!(lab.rpm_qa(), ["extra-1-1.noarch"]);
    assert!(!lab.root().join("usr/share/test/app").exists());
}

#[test]
fn a_removal_leaves_no_trace() {
    let lab = lab();
    lab.tdnf("install -y lib");
    let tree = || {
        let output = std::process::Command::new("find")
            .arg(lab.root())
            .args(["-path", "*/sysimage/*", "-prune", "-o", "-print"])
            .output();
        let mut lines: Vec<String> = String::from_utf8_lossy(&output.unwrap().stdout)
            .lines()
            .filter(|l| !l.contains("/var/lib/tdnf"))
            .map(str::to_owned)
            .collect();
        lines.sort();
        lines
    };
    let before = tree();
    lab.tdnf("install -y strace");
    lab.tdnf("remove -y strace");
    assert_eq!(tree(), before);
}

#[test]
fn what_only_the_removed_needed_goes_by_autoremove() {
    let lab = lab();
    lab.tdnf("install -y app");
    lab.tdnf("remove -y app");
    assert_eq!(lab.rpm_qa(), ["extra-1-1.noarch", "lib-1-1.noarch"]);
    let ran = lab.tdnf("autoremove -y");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.out.contains("Removing unused:"), "{}", ran.out);
    assert!(lab.rpm_qa().is_empty());
    assert_eq!(lab.tdnf("autoremove -y").err, "Nothing to do.\n");
}

#[test]
fn updates_are_listed_and_done() {
    let lab = lab();
    lab.tdnf("install -y strace lib");
    lab.publish(vec![TestPackage::new("strace", "6.2-1")]);
    assert!(lab.tdnf("check-update").out.contains("6.2-1"));
    assert_eq!(lab.tdnf("list upgrades -j").json()[0]["Evr"], "6.2-1");
    let ran = lab.tdnf("update -y");
    assert!(ran.out.contains("Upgrading:"), "{ran:?}");
    assert_eq!(lab.rpm_qa(), ["lib-1-1.noarch", "strace-6.2-1.noarch"]);
    let ran = lab.tdnf("update -y");
    assert_eq!((ran.status, ran.err.as_str()), (0, "Nothing to do.\n"));
}

#[test]
fn an_update_does_not_change_who_wanted_a_package() {
    let lab = lab();
    lab.tdnf("install -y app");
    lab.publish(vec![TestPackage::new("lib", "2-1").provides("libtest.so.1")]);
    lab.tdnf("update -y");
    lab.tdnf("remove -y app");
    let ran = lab.tdnf("autoremove -y");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        lab.rpm_qa().is_empty(),
        "lib came with app and goes with it: {ran:?}"
    );
}

#[test]
fn what_cannot_be_updated_is_told_and_explained() {
    let lab = Lab::with(vec![
        TestPackage::new("app", "1-1").requires("lib = 1-1"),
        TestPackage::new("lib", "1-1"),
    ]);
    lab.tdnf("install -y app");
    lab.publish(vec![TestPackage::new("lib", "2-1")]);
    let ran = lab.tdnf("update -y");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.err
            .contains("lib-1-1.noarch is left out: lib-2-1.noarch does not fit"),
        "{ran:?}"
    );
    let ran = lab.tdnf("update -y --best");
    assert_eq!(ran.status, 1301 & 0xff, "{ran:?}");
    assert!(ran.err.contains("app-1-1.noarch requires lib = 1-1"), "{ran:?}");
}

#[test]
fn a_downgrade_and_a_reinstallation() {
    let lab = lab();
    lab.publish(vec![TestPackage::new("strace", "6.2-1")]);
    lab.tdnf("install -y strace");
    assert!(lab.tdnf("downgrade -y strace").out.contains("Downgrading:"));
    assert_eq!(lab.rpm_qa(), ["strace-6.1-2.noarch"]);
    let path = lab.root().join("usr/share/test/strace");
    fs::write(&path, "spoilt").unwrap();
    assert_eq!(lab.tdnf("reinstall -y strace").status, 0);
    assert_eq!(fs::read_to_string(&path).unwrap(), "strace 6.1-2\n");
}

#[test]
fn history_is_undone_and_redone() {
    let lab = lab();
    lab.tdnf("install -y strace");
    lab.publish(vec![TestPackage::new("strace", "6.2-1")]);
    lab.tdnf("update -y");
    let ran = lab.tdnf("history undo last -y");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(lab.rpm_qa(), ["strace-6.1-2.noarch"]);
    assert_eq!(lab.tdnf("history redo 3 -y").status, 0);
    assert_eq!(lab.rpm_qa(), ["strace-6.2-1.noarch"]);
    let ran = lab.tdnf("history rollback 1 -y");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(lab.rpm_qa().is_empty());
}

#[test]
fn the_last_transaction_is_undone_without_any_repository() {
    let lab = lab();
    lab.tdnf("install -y strace lib");
    lab.publish(vec![TestPackage::new("strace", "6.2-1")]);
    lab.tdnf("update -y");
    fs::remove_dir_all(lab.repo()).unwrap();
    let ran = lab.tdnf("history undo last -y");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.out.contains("Restoring kept packages:\nstrace-6.1-2.noarch"),
        "{}",
        ran.out
    );
    assert_eq!(lab.rpm_qa(), ["lib-1-1.noarch", "strace-6.1-2.noarch"]);
    assert_eq!(
        fs::read_to_string(lab.root().join("usr/share/test/strace")).unwrap(),
        "strace 6.1-2\n"
    );
    let history = lab.tdnf("-j history --info").json();
    assert_eq!(history[3]["Added"], json!(["strace-6.1-2.noarch"]));
    assert_eq!(history[3]["Removed"], json!(["strace-6.2-1.noarch"]));
    assert_eq!(lab.tdnf("history undo last -y").status, 0);
    assert_eq!(lab.rpm_qa(), ["lib-1-1.noarch", "strace-6.2-1.noarch"]);
}

#[test]
fn changes_made_by_rpm_are_noticed() {
    let lab = lab();
    lab.tdnf("install -y strace lib");
    let done = superuser::command("rpm")
        .args(["--dbpath", "/usr/lib/sysimage/rpm", "-e", "lib", "--root"])
        .arg(lab.root())
        .status()
        .expect("rpm is missing: install the package rpm");
    assert!(done.success());
    lab.tdnf("install -y extra");
    let history = lab.tdnf("history -j --info").json();
    assert_eq!(history[2]["CmdLine"], "(unknown)");
    assert_eq!(history[2]["Removed"], json!(["lib-1-1.noarch"]));
}

#[test]
fn unknown_things_are_refused_with_the_original_numbers() {
    let lab = lab();
    for (line, status, text) in [
        ("install -y starce", 243, "nearest names: strace"),
        ("remove -y nothere", 243, "Error(1011) : No matching packages"),
        ("list nothere", 243, "Error(1011)"),
        (
            "nonsense",
            144,
            "Error(912) : There is no such command: nonsense. Please use /usr/bin/tdnf --help",
        ),
        ("instal x", 144, "did you mean install, reinstall?"),
        (
            "--nonsense list",
            140,
            "Error(908) : No such option: --nonsense. Please use /usr/bin/tdnf --help",
        ),
        ("install", 233, "Error(1001)"),
        ("provides", 139, "Error(907)"),
        ("clean", 135, "Error(903)"),
        ("clean plugins", 248, "Error(1016)"),
        ("--downloaddir /x install app", 145, "Error(913)"),
        ("--setopt novalue list", 143, "Error(911)"),
        ("--disablerepo=* list available", 244, "Error(1012)"),
        ("--enablerepo=nothere list", 235, "there are: test"),
        ("-c /nonexistent list", 234, "Error(1002)"),
        ("search zzzz", 63, "Error(1599)"),
    ] {
        let ran = lab.tdnf(line);
        assert_eq!(ran.status, status, "{line}: {ran:?}");
        assert!(ran.err.contains(text), "{line}: {ran:?}");
        assert!(ran.out.is_empty(), "{line}: {ran:?}");
    }
    let ran = lab.tdnf("-j install nothere");
    assert_eq!((ran.status, &ran.json()["Error"]), (243, &json!(1011)));
    assert_eq!(lab.tdnf("-j list nothere").out, "[]\n");
}

#[test]
fn queries_find_packages() {
    let lab = lab();
    let found = lab.tdnf("provides -j libtest.so.1").json();
    assert_eq!(found[0]["Name"], "lib");
    assert!(
        lab.tdnf("provides /usr/share/test/strace")
            .out
            .starts_with("strace-6.1-2.noarch : ")
    );
    assert!(lab.tdnf("provides libtest*").out.contains("lib-1-1.noarch"));
    assert_eq!(
        lab.tdnf("search -j STRACE").json(),
        json!([{"Name": "strace", "Summary": "Test package strace"}])
    );
    let info = lab.tdnf("info strace").out;
    for line in [
        "Name          : strace\n",
        "License       : MIT\n",
        "Repo          : test\n",
        "\nTotal Size: ",
    ] {
        assert!(info.contains(line), "{line} in {info}");
    }
    assert_eq!(lab.tdnf("count").out, "Package count = 4\n");
    let line = format!("{:<20}{:<40}{:<10}\n", "test", "Test packages", "enabled");
    assert!(lab.tdnf("repolist").out.ends_with(&line));
    assert_eq!(lab.tdnf("--version").out.lines().next(), Some("tdnf: 3.6.0"));
    assert_eq!(
        lab.tdnf("--version -j").json(),
        json!({"Name": "tdnf", "Version": "3.6.0"})
    );
}

#[test]
fn help_names_every_command_and_flag() {
    let help = lab().tdnf("--help").out;
    for word in [
        "install",
        "autoremove",
        "history",
        "--installroot",
        "--assumeyes",
        "-y,",
    ] {
        assert!(help.contains(word), "{word} in {help}");
    }
    assert!(lab().tdnf("help install").out.contains("PACKAGE|FILE|URL"));
}

#[test]
fn a_package_file_is_installed_with_what_it_needs() {
    let lab = lab();
    let path = lab.build(lab.dir.path(), &TestPackage::new("own", "1-1").requires("lib"));
    let ran = lab.tdnf(&format!("install -y {}", path.display()));
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.out.contains("@cmdline"), "{}", ran.out);
    assert_eq!(lab.rpm_qa(), ["lib-1-1.noarch", "own-1-1.noarch"]);
    let naked = lab.build(lab.dir.path(), &TestPackage::new("naked", "1-1").unsigned());
    assert_eq!(
        lab.tdnf(&format!("install -y {}", naked.display())).status,
        (1510 & 0xff)
    );
    assert_eq!(
        lab.tdnf(&format!("install -y --nogpgcheck {}", naked.display()))
            .status,
        0
    );
}

#[test]
fn protected_locked_and_excluded_packages() {
    let lab = lab();
    lab.tdnf("install -y strace lib");
    let conf = lab.root().join("etc/tdnf");
    fs::create_dir(conf.join("protected.d")).unwrap();
    fs::write(conf.join("protected.d/x.conf"), "strace\n").unwrap();
    let ran = lab.tdnf("remove -y strace");
    assert_eq!(ran.status, (1030 & 0xff), "{ran:?}");
    fs::create_dir(conf.join("locks.d")).unwrap();
    fs::write(conf.join("locks.d/x.conf"), "lib\n").unwrap();
    lab.publish(vec![
        TestPackage::new("strace", "7-1"),
        TestPackage::new("lib", "7-1"),
    ]);
    lab.tdnf("update -y --exclude=strace");
    assert_eq!(lab.rpm_qa(), ["lib-1-1.noarch", "strace-6.1-2.noarch"]);
    lab.tdnf("update -y");
    assert_eq!(lab.rpm_qa(), ["lib-1-1.noarch", "strace-7-1.noarch"]);
}

#[test]
fn nothing_below_the_lowest_version_is_installed() {
    let lab = lab();
    lab.write_config();
    fs::write(
        lab.root().join("etc/tdnf/tdnf.conf"),
        "[main]\nminversions=strace=6.2-1\n",
    )
    .unwrap();
    let ran = lab.tdnf("install -y strace");
    assert_eq!(ran.status, 1035 & 0xff, "{ran:?}");
    assert!(ran.err.contains("older than 6.2-1"), "{ran:?}");
}

#[test]
fn only_checking_and_only_downloading_change_nothing() {
    let lab = lab();
    let ran = lab.tdnf("install -y --testonly strace");
    assert_eq!((ran.status, lab.rpm_qa().len()), (0, 0), "{ran:?}");
    let dir = lab.dir.path().join("out");
    let ran = lab.tdnf(&format!(
        "install -y --downloadonly --downloaddir {} app",
        dir.display()
    ));
    assert_eq!((ran.status, lab.rpm_qa().len()), (0, 0), "{ran:?}");
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 3);
}

#[test]
fn a_consistent_root_passes_the_check() {
    let lab = lab();
    lab.tdnf("install -y app");
    assert_eq!(lab.tdnf("check").out, "Check completed without issues\n");
    let done = superuser::command("rpm")
        .args([
            "--dbpath",
            "/usr/lib/sysimage/rpm",
            "-e",
            "--nodeps",
            "lib",
            "--root",
        ])
        .arg(lab.root())
        .status();
    assert!(done.expect("rpm is missing: install the package rpm").success());
    let ran = lab.tdnf("check");
    assert!(
        ran.status != 0 && ran.err.contains("app-1-1.noarch requires lib >= 1"),
        "{ran:?}"
    );
}

#[test]
fn a_mark_decides_what_autoremove_takes() {
    let lab = lab();
    lab.tdnf("install -y strace");
    assert_eq!(lab.tdnf("mark remove strace").status, 0);
    assert!(lab.tdnf("autoremove --assumeno").out.contains("strace"));
    lab.tdnf("mark install strace");
    assert_eq!(lab.tdnf("autoremove --assumeno").err, "Nothing to do.\n");
}
