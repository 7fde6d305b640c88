//! The same packages by real rpm and by us: same tree, same rows, same scriptlet calls.

#![allow(clippy::unwrap_used)] // also outside of #[test] functions

mod lab;

use std::fs;
use std::os::unix::fs::symlink;

use lab::{Lab, package, with_files, with_scripts, with_triggers};
use rpmfile::{
    Builder, DepFlags, Dependency, FileEntry, FileFlags, ScriptletKind, Trigger, TriggerEvent, TriggerScope,
};

const NOREPLACE: FileFlags = FileFlags(FileFlags::CONFIG.0 | FileFlags::NOREPLACE.0);

fn every_kind(version: &str) -> Builder {
    let files = [
        FileEntry::directory("/opt/app"),
        FileEntry::directory("/opt/app/closed").mode(0o750),
        FileEntry::regular("/opt/app/program", format!("program {version}").as_str()).mode(0o755),
        FileEntry::regular("/opt/app/privileged", "setuid").mode(0o4755),
        FileEntry::regular("/opt/app/secret", "secret").mode(0o600),
        FileEntry::regular("/opt/app/empty", ""),
        FileEntry::regular("/opt/app/first", format!("linked {version}").as_str()),
        FileEntry::hard_link("/opt/app/first-2", "/opt/app/first"),
        FileEntry::hard_link("/opt/app/first-3", "/opt/app/first"),
        FileEntry::symlink("/opt/app/link", "program"),
        FileEntry::symlink("/opt/app/dangling", "/nowhere"),
        FileEntry::ghost("/opt/app/cache"),
        FileEntry::regular("/opt/parents/of/no/package", "deep"),
        FileEntry::regular(format!("/opt/app/only-{version}"), "comes and goes"),
        FileEntry::regular(format!("/opt/app/folder-{version}/file"), "comes and goes"),
        FileEntry::directory(format!("/opt/app/folder-{version}")),
    ];
    with_files(package("kinds", version), files)
}

#[test]
fn files_of_every_kind_come_change_and_go() {
    let lab = Lab::new();
    let pair = lab.pair("kinds");
    pair.upgrade(&[&lab.build(&every_kind("1"))]);
    pair.assert_equal();
    assert_eq!(lab::verify(&pair.ours), "");
    pair.edit(|root| fs::write(root.join("opt/app/cache"), "made by the program").unwrap());
    pair.upgrade(&[&lab.build(&every_kind("2"))]);
    pair.assert_equal();
    pair.erase(&["kinds"]);
    assert!(!pair.ours.join("opt/parents").exists());
    fs::remove_dir_all(pair.rpm.join("opt/parents")).unwrap(); // rpm leaves empty folders of no package behind
    pair.assert_equal();
    assert!(!pair.ours.join("opt/app").exists());
}

fn configured(version: &str, content: &str) -> Builder {
    let names = ["untouched", "edited", "deleted", "same-edit"];
    let plain =
        names.map(|name| FileEntry::regular(format!("/etc/{name}"), content).flags(FileFlags::CONFIG));
    let kept = names.map(|name| FileEntry::regular(format!("/etc/kept-{name}"), content).flags(NOREPLACE));
    let constant = [FileFlags::CONFIG, NOREPLACE].map(|flags| {
        FileEntry::regular(format!("/etc/constant-{}", flags.0), "always the same").flags(flags)
    });
    let mut files: Vec<FileEntry> = plain.into_iter().chain(kept).chain(constant).collect();
    if version == "1" {
        files.push(FileEntry::regular("/etc/dropped", "v1").flags(FileFlags::CONFIG));
        files.push(FileEntry::regular("/etc/dropped-edited", "v1").flags(FileFlags::CONFIG));
        files.push(FileEntry::symlink("/etc/dropped-link", "v1").flags(FileFlags::CONFIG));
        files.push(FileEntry::regular("/etc/was-plain", "v1"));
    } else {
        files.push(FileEntry::regular("/etc/was-plain", "v2").flags(NOREPLACE));
    }
    with_files(package("configured", version), files)
}

#[test]
fn configuration_edited_by_the_user_is_kept_as_rpm_keeps_it() {
    let lab = Lab::new();
    let pair = lab.pair("config");
    pair.upgrade(&[&lab.build(&configured("1", "one"))]);
    pair.assert_equal();
    pair.edit(|root| {
        let etc = root.join("etc");
        let edited = ["edited", "kept-edited", "dropped-edited", "was-plain"];
        let constant = [FileFlags::CONFIG.0, NOREPLACE.0].map(|flags| format!("constant-{flags}"));
        for name in edited.map(String::from).iter().chain(&constant) {
            fs::write(etc.join(name), "mine").unwrap();
        }
        for name in ["same-edit", "kept-same-edit"] {
            fs::write(etc.join(name), "two").unwrap();
        }
        fs::remove_file(etc.join("deleted")).unwrap();
        fs::remove_file(etc.join("kept-deleted")).unwrap();
        fs::remove_file(etc.join("dropped-link")).unwrap();
        symlink("elsewhere", etc.join("dropped-link")).unwrap();
    });
    let report = pair.upgrade(&[&lab.build(&configured("2", "two"))]);
    pair.assert_equal();
    assert!(
        report.attention.contains(&"/etc/kept-edited.rpmnew".to_owned()),
        "{report:?}"
    );
    pair.edit(|root| fs::write(root.join("etc/untouched"), "mine at last").unwrap());
    pair.erase(&["configured"]);
    pair.assert_equal();
    assert_eq!(
        fs::read_to_string(pair.ours.join("etc/untouched.rpmsave")).unwrap(),
        "mine at last"
    );
}

#[test]
fn configuration_of_no_package_is_respected() {
    let lab = Lab::new();
    let pair = lab.pair("orphans");
    pair.edit(|root| {
        for name in ["edited", "kept-edited", "was-plain"] {
            fs::write(root.join("etc").join(name), "older than the package").unwrap();
        }
    });
    pair.upgrade(&[&lab.build(&configured("1", "one"))]);
    pair.assert_equal();
    assert!(pair.ours.join("etc/edited.rpmorig").exists());
}

fn sharing(name: &str, version: &str, own: &str) -> Builder {
    let files = [
        FileEntry::directory("/opt/shared"),
        FileEntry::regular("/opt/shared/licence", "the same for all"),
        FileEntry::regular(format!("/opt/shared/{own}"), version),
    ];
    with_files(package(name, version), files)
}

#[test]
fn shared_files_stay_until_the_last_owner_goes() {
    let lab = Lab::new();
    let pair = lab.pair("shared");
    pair.upgrade(&[
        &lab.build(&sharing("one", "1", "one")),
        &lab.build(&sharing("two", "1", "two")),
    ]);
    pair.assert_equal();
    pair.upgrade(&[&lab.build(&sharing("one", "2", "renamed"))]);
    pair.assert_equal();
    pair.erase(&["one"]);
    pair.assert_equal();
    assert!(pair.ours.join("opt/shared/licence").exists());
    pair.erase(&["two"]);
    pair.assert_equal();
    assert!(!pair.ours.join("opt/shared").exists());
}

#[test]
fn files_behind_links_are_one_file() {
    let lab = Lab::new();
    let pair = lab.pair("links");
    let base = with_files(
        package("base", "1"),
        [
            FileEntry::directory("/opt/usr"),
            FileEntry::directory("/opt/usr/lib"),
            FileEntry::symlink("/opt/lib", "usr/lib"),
            FileEntry::symlink("/opt/absolute", "/opt/usr"),
        ],
    );
    let user = |version: &str, path: &str| {
        let mut user = with_files(package("user", version), [FileEntry::regular(path, version)]);
        user.requires.push(Dependency::any("base"));
        user
    };
    pair.upgrade(&[&lab.build(&base), &lab.build(&user("1", "/opt/lib/a.so"))]);
    pair.assert_equal();
    pair.upgrade(&[&lab.build(&user("2", "/opt/absolute/lib/a.so"))]);
    pair.assert_equal();
    assert_eq!(
        fs::read_to_string(pair.ours.join("opt/usr/lib/a.so")).unwrap(),
        "2"
    );
    pair.erase(&["user", "base"]);
    pair.assert_equal();
    assert!(!pair.ours.join("opt/usr").exists());
}

#[test]
fn the_users_files_keep_their_folder() {
    let lab = Lab::new();
    let pair = lab.pair("stray");
    pair.upgrade(&[&lab.build(&every_kind("1"))]);
    pair.edit(|root| {
        fs::write(root.join("opt/app/notes"), "mine").unwrap();
        fs::remove_file(root.join("opt/app/program")).unwrap();
    });
    pair.erase(&["kinds"]);
    fs::remove_dir_all(pair.rpm.join("opt/parents")).unwrap();
    pair.assert_equal();
    assert!(pair.ours.join("opt/app/notes").exists());
}

#[test]
fn owners_and_capabilities_are_set_by_root_and_recorded_for_others() {
    let lab = Lab::new();
    let builder = with_files(
        package("owned", "1"),
        [
            FileEntry::directory("/opt/owned").owner("app", "app"),
            FileEntry::regular("/opt/owned/file", "x")
                .owner("app", "root")
                .mode(0o4750),
            FileEntry::symlink("/opt/owned/link", "file").owner("app", "app"),
            FileEntry::regular("/opt/owned/raw", "x")
                .mode(0o755)
                .caps("cap_net_raw=ep"),
        ],
    );
    let file = lab.build(&builder);
    if rustix::process::geteuid().is_root() {
        let pair = lab.pair("owned");
        pair.upgrade(&[&file]);
        pair.assert_equal();
        assert_eq!(lab::verify(&pair.ours), "");
    } else {
        let root = lab.root("owned");
        lab::upgrade(&root, &[&file]).unwrap();
        let recorded = lab::rpm(
            &root,
            &[
                "-q",
                "--qf",
                "[%{FILENAMES} %{FILEUSERNAME} %{FILECAPS}\\n]",
                "owned",
            ],
        );
        assert!(recorded.contains("/opt/owned app"), "{recorded}");
    }
}

#[test]
fn scriptlets_run_as_in_rpm() {
    let lab = Lab::new();
    let pair = lab.pair("scripts");
    let build = |version: &str| {
        lab.build(&with_scripts(with_files(
            package("s", version),
            [FileEntry::directory("/opt/s")],
        )))
    };
    pair.upgrade(&[&build("1")]);
    pair.upgrade(&[&build("2")]);
    pair.erase(&["s"]);
    let (ours, rpms) = pair.logs();
    assert_eq!(ours, rpms);
    assert!(ours.contains("%postun s-2-1: 0"), "{ours}");
    pair.assert_equal();
}

fn on(scope: TriggerScope, event: TriggerEvent, paths: &[&str], priority: u32) -> Trigger {
    Trigger::on_files(scope, event, paths, "").with_priority(priority)
}

fn triggers() -> Vec<Trigger> {
    let mut all = Vec::new();
    for event in [TriggerEvent::In, TriggerEvent::Un, TriggerEvent::PostUn] {
        for priority in [500, 20_000, 1_000_000] {
            all.push(on(
                TriggerScope::File,
                event,
                &["/opt/watched", "/opt/other"],
                priority,
            ));
            all.push(on(TriggerScope::Transaction, event, &["/opt/watched"], priority));
        }
    }
    all
}

fn watched(name: &str, version: &str) -> Builder {
    let files = [
        FileEntry::directory("/opt/watched"),
        FileEntry::regular(format!("/opt/watched/{name}"), version),
        FileEntry::regular(format!("/opt/watched/{name}-{version}"), version),
    ];
    with_scripts(with_files(package(name, version), files))
}

#[test]
fn file_triggers_of_an_installed_package_run_as_in_rpm() {
    let lab = Lab::new();
    let pair = lab.pair("triggers");
    let watcher = with_triggers(
        with_files(package("watcher", "1"), [FileEntry::directory("/opt/watcher")]),
        triggers(),
    );
    pair.upgrade(&[&lab.build(&watcher)]);
    pair.upgrade(&[&lab.build(&watched("w", "1"))]);
    pair.upgrade(&[&lab.build(&watched("w", "2"))]);
    pair.erase(&["w"]);
    let (ours, rpms) = pair.logs();
    assert_eq!(ours, rpms);
    assert!(ours.contains("Transaction In 20000 of watcher"), "{ours}");
}

#[test]
fn file_triggers_of_a_package_that_comes_or_goes_run_as_in_rpm() {
    let lab = Lab::new();
    let pair = lab.pair("own");
    let watcher = |version: &str| {
        let files = [FileEntry::regular("/opt/watched/own", version)];
        lab.build(&with_triggers(
            with_files(package("watcher", version), files),
            triggers(),
        ))
    };
    pair.upgrade(&[&lab.build(&watched("w", "1"))]);
    pair.upgrade(&[&watcher("1")]);
    pair.upgrade(&[&watcher("2")]);
    pair.erase(&["watcher"]);
    let (ours, rpms) = pair.logs();
    assert_eq!(ours, rpms);
}

#[test]
fn triggers_on_packages_run_as_in_rpm() {
    let lab = Lab::new();
    let pair = lab.pair("named");
    let events = [
        TriggerEvent::PreIn,
        TriggerEvent::In,
        TriggerEvent::Un,
        TriggerEvent::PostUn,
    ];
    let named = events.map(|event| on(TriggerScope::Package, event, &["w"], 1_000_000));
    let watcher = |version: &str| {
        lab.build(&with_triggers(
            with_scripts(package("watcher", version)),
            named.clone(),
        ))
    };
    pair.upgrade(&[&watcher("1")]);
    pair.upgrade(&[&lab.build(&watched("w", "1"))]);
    pair.upgrade(&[&watcher("2")]);
    pair.upgrade(&[&lab.build(&watched("w", "2"))]);
    pair.erase(&["watcher"]);
    pair.upgrade(&[&watcher("1")]);
    pair.erase(&["w"]);
    let (ours, rpms) = pair.logs();
    assert_eq!(ours, rpms);
}

#[test]
fn several_packages_run_their_scriptlets_in_the_same_order_by_kind() {
    let lab = Lab::new();
    let pair = lab.pair("several");
    let build = |version: &str| ["a", "b", "c"].map(|name| lab.build(&watched(name, version)));
    for version in ["1", "2"] {
        let [a, b, c] = build(version);
        pair.upgrade(&[&a, &b, &c]);
    }
    let (ours, rpms) = pair.logs();
    for kind in ["%pretrans", "%pre ", "%post ", "%preun", "%postun", "%posttrans"] {
        let of_kind = |log: &str| {
            log.lines()
                .filter(|line| line.starts_with(kind))
                .map(String::from)
                .collect::<Vec<_>>()
        };
        assert_eq!(of_kind(&ours), of_kind(&rpms), "{kind}");
    }
    pair.assert_equal();
}

/// A package whose %pre runs a program of another, which it requires in this version.
fn using(version: &str, of: &str) -> Builder {
    let mut user = with_scripts(with_files(
        package("user", version),
        [FileEntry::directory("/opt/user")],
    ));
    let flags = DepFlags::SCRIPT_PRE | DepFlags::GREATER | DepFlags::EQUAL;
    user.requires.push(Dependency::new("tool", flags, of));
    for scriptlet in &mut user.scriptlets {
        if scriptlet.kind == ScriptletKind::Pre {
            scriptlet.body.insert_str(0, "/opt/tool/make user\n");
        }
    }
    user
}

fn tool(version: &str) -> Builder {
    let program =
        format!("#!/bin/sh\nread state < /opt/tool/state\necho \"tool {version} for $1: $state\" >> /log\n");
    let files = [
        FileEntry::directory("/opt/tool"),
        FileEntry::regular("/opt/tool/make", program.as_str()).mode(0o755),
    ];
    let mut tool = with_scripts(with_files(package("tool", version), files));
    for scriptlet in &mut tool.scriptlets {
        if scriptlet.kind == ScriptletKind::Post {
            scriptlet
                .body
                .insert_str(0, &format!("echo set up {version} > /opt/tool/state\n"));
        }
    }
    tool
}

#[test]
fn a_pre_uses_what_comes_with_the_same_transaction_set_up() {
    let lab = Lab::new();
    let pair = lab.pair("needed");
    for version in ["1", "2"] {
        let (user, tool) = (lab.build(&using(version, version)), lab.build(&tool(version)));
        pair.upgrade(&[&tool, &user]);
    }
    let (ours, rpms) = pair.logs();
    assert_eq!(ours, rpms);
    assert!(
        ours.contains("%post tool-1-1: 1\ntool 1 for user: set up 1\n%pre user-1-1: 1\n"),
        "{ours}"
    );
    assert!(ours.contains("tool 2 for user: set up 2\n"), "{ours}");
}

/// What is there already will do, so that the %pre can still refuse; rpm would run it with the new one.
#[test]
fn a_pre_uses_what_is_there_before() {
    let lab = Lab::new();
    let root = lab.root("there");
    lab::upgrade(&root, &[&lab.build(&tool("1"))]).unwrap();
    lab::upgrade(&root, &[&lab.build(&using("1", "1")), &lab.build(&tool("2"))]).unwrap();
    assert!(lab::log(&root).contains("tool 1 for user: set up 1\n%pre user-1-1: 1\n%post tool-2-1: 2\n"));
}

#[test]
fn all_of_it_is_like_rpm_of_debian_13() {
    lab::debian::repeat_all_but("all_of_it_is_like_rpm_of_debian_13");
}
