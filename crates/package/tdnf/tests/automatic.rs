//! `tdnf-automatic`, `tdnf-cache-updateinfo` and `tdnf-history-util` over a root with a repository.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::PathBuf;

use support::{Lab, Ran, TIME, TestPackage, face};

/// A root with an old package, and a repository with a newer one.
fn lab() -> Lab {
    let lab = Lab::with(vec![
        TestPackage::new("app", "1-1"),
        TestPackage::new("same", "1-1"),
    ]);
    lab.tdnf("install -y app same");
    lab.publish(vec![
        TestPackage::new("app", "2-1").requires("lib"),
        TestPackage::new("lib", "1-1"),
    ]);
    fs::write(lab.root().join("etc/tdnf/automatic.conf"), conf(&lab, "")).unwrap();
    lab
}

fn conf(lab: &Lab, commands: &str) -> String {
    format!(
        "[commands]\n{commands}\n[emitter]\nsystem_name = host\nemit_to_file = {}\n",
        message(lab).display()
    )
}

fn message(lab: &Lab) -> PathBuf {
    lab.dir.path().join("message")
}

fn configure(lab: &Lab, commands: &str) {
    fs::write(lab.root().join("etc/tdnf/automatic.conf"), conf(lab, commands)).unwrap();
}

fn automatic(lab: &Lab, words: &[&str]) -> Ran {
    let root = lab.root().display().to_string();
    let words = [&["--installroot", root.as_str()], words].concat();
    face(lab.dir.path(), "tdnf-automatic", &words)
}

const AVAILABLE: &str = "The following updates are available on - host:\nlib-1-1\napp-2-1\n";

#[test]
fn updates_are_shown_and_nothing_is_changed() {
    let lab = lab();
    for words in [&[] as &[&str], &["-n"], &["--notify", "--install"]] {
        let ran = automatic(&lab, words);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(ran.out.contains(AVAILABLE), "{ran:?}");
        assert!(ran.out.contains("completed with exit status 0 at "), "{ran:?}");
        assert!(fs::read_to_string(message(&lab)).unwrap().contains(AVAILABLE));
    }
    assert_eq!(lab.rpm_qa(), ["app-1-1.noarch", "same-1-1.noarch"]);
}

#[test]
fn updates_are_installed_when_asked_for_by_the_command_line_or_the_file() {
    for (commands, words) in [
        ("", &["-i"] as &[&str]),
        ("show_updates=no\napply_updates=yes", &[]),
    ] {
        let lab = lab();
        configure(&lab, commands);
        let ran = automatic(&lab, words);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(
            ran.out
                .contains("The following updates are applied on - host:\nlib-1-1\napp-2-1\n"),
            "{ran:?}"
        );
        assert_eq!(
            lab.rpm_qa(),
            ["app-2-1.noarch", "lib-1-1.noarch", "same-1-1.noarch"]
        );
        let ran = automatic(&lab, &[]);
        assert!(
            ran.out
                .contains("No updates available on host. System upto date..."),
            "{ran:?}"
        );
    }
}

#[test]
fn a_message_replaces_the_one_before_and_stays_out_of_stdio_on_request() {
    let lab = lab();
    let quiet = conf(&lab, "") + "emit_to_stdio = no\n";
    fs::write(lab.root().join("etc/tdnf/automatic.conf"), quiet).unwrap();
    for _ in 0..2 {
        let ran = automatic(&lab, &[]);
        assert!(!ran.out.contains("available on"), "{ran:?}");
    }
    let around = fs::read_dir(lab.dir.path()).unwrap().flatten();
    let messages = around.filter(|entry| entry.file_name().to_string_lossy().starts_with("message"));
    assert_eq!(messages.count(), 1);
}

#[test]
fn an_update_that_fails_is_told_by_the_exit_status() {
    let lab = lab();
    fs::remove_file(lab.repo().join("lib-1-1.noarch.rpm")).unwrap();
    let ran = automatic(&lab, &["-i"]);
    assert_eq!(ran.status, 121, "{ran:?}");
    assert!(ran.err.contains("completed with exit status 121"), "{ran:?}");
    assert_eq!(lab.rpm_qa(), ["app-1-1.noarch", "same-1-1.noarch"]);
}

#[test]
fn without_a_repository_it_waits_and_gives_up() {
    let lab = lab();
    fs::remove_dir_all(lab.repo()).unwrap();
    assert_eq!(automatic(&lab, &[]).status, 121);
    configure(&lab, "network_online_timeout=1");
    let ran = automatic(&lab, &[]);
    assert_eq!(ran.status, 64, "{ran:?}");
}

#[test]
fn mistakes_have_the_exit_statuses_of_the_original() {
    let lab = lab();
    configure(&lab, "upgrade_type=some\nrandom_sleep=soon");
    let ran = automatic(&lab, &[]);
    assert_eq!(ran.status, 22, "{ran:?}");
    assert!(ran.err.contains("'random_sleep'='soon'"), "{ran:?}");
    assert_eq!(automatic(&lab, &["-c", "/nonexistent"]).status, 2);
    assert_eq!(automatic(&lab, &["-c"]).status, 1);
    assert_eq!(automatic(&lab, &["--sing"]).status, 22);
    assert_eq!(automatic(&lab, &["update"]).status, 22);
    configure(&lab, "[base]\ntdnf_conf=/nonexistent");
    assert_eq!(automatic(&lab, &[]).status, 2);
    let ran = automatic(&lab, &["-h"]);
    assert!(ran.status == 0 && ran.out.contains("--notify"), "{ran:?}");
    let ran = automatic(&lab, &["--version"]);
    assert!(
        ran.status == 0 && ran.out.starts_with("tdnf-automatic - version: "),
        "{ran:?}"
    );
}

#[test]
fn a_timer_waits_less_than_random_sleep() {
    let lab = lab();
    configure(&lab, "random_sleep=1");
    let ran = automatic(&lab, &["-t"]);
    assert!(
        ran.status == 0 && ran.out.contains("Sleep for 0 second(s)"),
        "{ran:?}"
    );
}

#[test]
fn updates_are_counted_for_the_login_message_and_an_old_count_survives_a_lost_network() {
    let lab = lab();
    let root = lab.root();
    let run = || {
        let root = root.display().to_string();
        face(lab.dir.path(), "tdnf-cache-updateinfo", &["-i", &root])
    };
    let cached = root.join("var/cache/tdnf/cached-updateinfo.txt");
    let message = root.join("run/motd.d/90-tdnf-updateinfo");
    assert_eq!(run().status, 0);
    assert!(cached.exists() && !message.exists(), "nothing to tell");
    lab.write_metadata_with(TIME + 1, &[advisory()]);
    let ran = run();
    assert_eq!(ran.status, 0, "{ran:?}");
    let text = fs::read_to_string(&cached).unwrap();
    assert!(text.contains("Security"), "{text}");
    let told = fs::read_to_string(&message).unwrap();
    assert!(
        told.contains(text.trim()) && told.contains("tdnf updateinfo info"),
        "{told}"
    );
    fs::rename(lab.repo(), lab.dir.path().join("away")).unwrap();
    assert_eq!(run().status, 1);
    assert_eq!(fs::read_to_string(&cached).unwrap(), text);
}

/// An advisory of a security fix in the newer package.
fn advisory() -> repodata::Advisory {
    repodata::Advisory {
        id: "A-1".to_owned(),
        kind: "security".to_owned(),
        packages: vec![repodata::AdvisoryPackage {
            name: "app".to_owned(),
            epoch: "0".to_owned(),
            version: "2".to_owned(),
            release: "1".to_owned(),
            arch: "noarch".to_owned(),
            file_name: "app-2-1.noarch.rpm".to_owned(),
            ..Default::default()
        }],
        ..Default::default()
    }
}

#[test]
fn the_history_is_made_and_marked_without_tdnf() {
    let lab = lab();
    let root = lab.root().display().to_string();
    let util = |words: &[&str]| {
        let words = [&["-r", root.as_str()], words].concat();
        face(lab.dir.path(), "tdnf-history-util", &words)
    };
    fs::remove_file(lab.root().join("usr/lib/sysimage/tdnf/history.db")).unwrap();
    assert_eq!(util(&["init"]).status, 0);
    assert_eq!(util(&["mark", "remove", "same"]).status, 0);
    assert_eq!(lab.tdnf("-j why same").json()[0]["UserInstalled"], false);
    assert_eq!(util(&["mark", "install", "same"]).status, 0);
    assert_eq!(lab.tdnf("-j why same").json()[0]["UserInstalled"], true);
    let ran = util(&["-f", "/var/lib/other/history.db", "update"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(lab.root().join("var/lib/other/history.db").exists());
    for words in [&["mark", "install"] as &[&str], &[], &["sing"]] {
        assert_eq!(util(words).status, 1);
    }
}
