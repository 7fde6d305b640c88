//! Rows of the original's tables whose effect the other tests do not look at: commands, options, keys of the
//! configuration and variables of the environment, each by output and exit status.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use rpmfile::{FileFlags, Scriptlet, ScriptletKind};
use serde_json::json;
use support::server::Server;
use support::{Case, Lab, Ran, TIME, TestPackage, bad, good, run_cases};

/// Installed: app with lib, strace 6.1-2 and `ahead` 2-1, of which the repository has 1-1 only.
fn lab() -> Lab {
    let lab = Lab::with(vec![
        TestPackage::new("app", "1-1").requires("lib >= 1"),
        TestPackage::new("lib", "1-1").provides("libtest.so.1 = 4"),
        TestPackage::new("strace", "6.1-2"),
        TestPackage::new("ahead", "2-1"),
    ]);
    assert_eq!(lab.tdnf("install -y app strace ahead").status, 0);
    fs::remove_file(lab.repo().join("ahead-2-1.noarch.rpm")).unwrap();
    lab.publish(vec![
        TestPackage::new("ahead", "1-1"),
        TestPackage::new("strace", "6.2-1"),
        TestPackage::new("solo", "1-1").provides("single = 3"),
        TestPackage::new("solo", "1-2"),
        TestPackage::new("second", "1-1"),
        TestPackage::new("heir", "1-1").obsoletes("app < 2"),
    ]);
    lab
}

/// The configuration of the root, with these lines in `[main]` and in the section of the repository.
fn configure(lab: &Lab, main: &str, repo: &str) {
    lab.write_config();
    let etc = lab.root().join("etc");
    fs::write(etc.join("tdnf/tdnf.conf"), format!("[main]\n{main}\n")).unwrap();
    let text = format!(
        "[test]\nname=Test packages\nbaseurl=file://{}\ngpgkey=file://{}\n{repo}\n",
        lab.repo().display(),
        lab.key_file().display()
    );
    fs::write(etc.join("yum.repos.d/test.repo"), text).unwrap();
}

/// Runs with variables of the environment.
fn with_environment(lab: &Lab, variables: &[(&str, &str)], line: &str) -> Ran {
    lab.write_config();
    let output = Command::new(env!("CARGO_BIN_EXE_tdnf"))
        .current_dir(lab.dir.path())
        .arg("--installroot")
        .arg(lab.root())
        .args(line.split(' '))
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Ran::of(&output)
}

#[rustfmt::skip]
const WORDS: &[Case] = &[
    good("-j install solo-1", &["\"Evr\":\"1-2\""]),
    good("-j install solo-1-1", &["\"Evr\":\"1-1\""]),
    good("-j install solo-1-1.noarch", &["\"Evr\":\"1-1\""]),
    good("-j install solo.noarch", &["\"Evr\":\"1-2\""]),
    good("-j install so*", &["\"Name\":\"solo\"", "!second"]),
    good("-j install s?lo sec[o]nd", &["\"Name\":\"solo\"", "\"Name\":\"second\""]),
    good("-j install single", &["\"Name\":\"solo\"", "\"Evr\":\"1-1\""]),
    good("-j install heir", &["\"Install\":[{\"Name\":\"heir\"", "\"Obsolete\":[{\"Name\":\"app\",\"Arch\":\"noarch\",\"Evr\":\"1-1\""]),
    good("-j distro-sync", &["\"Upgrade\":[{\"Name\":\"strace\"", "\"Downgrade\":[{\"Name\":\"ahead\",\"Arch\":\"noarch\",\"Evr\":\"1-1\""]),
    good("-j distro-sync ahead", &["\"Downgrade\":[{\"Name\":\"ahead\"", "!strace"]),
    bad("distro-sync nothere", 1011, &["Error(1011)"]),
    good("-j update strace ahead", &["\"Upgrade\":[{\"Name\":\"strace\"", "!ahead"]),
    bad("update nothere", 1011, &["Error(1011)"]),
    bad("autoremove nothere", 1011, &["Error(1011)"]),
    bad("reinstall solo", 1011, &["Error(1011)"]),
    bad("reinstall ahead", 1011, &["ahead-2-1"]),
    good("check-update ahead", &["="]),
    good("-j check-update ahead", &["=[]\n"]),
    good("-j list strace", &["\"Repo\":\"@System\"", "\"Repo\":\"test\""]),
    good("-j search nothere", &["=[]\n"]),
    good("-j provides solo", &["{\"Name\":\"solo\",\"Arch\":\"noarch\",\"Evr\":\"1-1\",\"Summary\":\"Test package solo\"}"]),
    good("repolist all", &["repo id", "Test packages", "enabled"]),
    good("history list 1-2", &["(set)", "install -y app"]),
    good("-j history --to 1", &["\"Id\":1,", "!\"Id\":2,"]),
    good("-j history --from 2", &["\"Id\":2,", "!\"Id\":1,"]),
    bad("history list soon", 902, &["use N, N-M or last"]),
    bad("history redo", 904, &["Error(904)"]),
    bad("history rollback", 904, &["Error(904)"]),
    bad("mark sing app", 902, &["use install or remove"]),
    bad("install", 1001, &["Error(1001)"]),
    bad("erase", 1001, &["Error(1001)"]),
    bad("whatprovides", 907, &["Error(907)"]),
    good("help nonsense", &["Usage: tdnf [options] COMMAND"]),
    // Options whose value or number of uses makes the difference.
    bad("--exclude=solo:second install -y solo", 1011, &["Error(1011)"]),
    bad("--exclude solo,second install -y second", 1011, &["Error(1011)"]),
    good("--repo=test --repo=te* list available solo", &["solo"]),
    good("-q list installed lib", &["lib.noarch"]),
    good("-q makecache", &["=Metadata cache created.\n"]),
    good("-q -y --testonly install solo", &["="]),
    good("-j --version", &["={\"Name\":\"tdnf\",\"Version\":\"3.6.0\"}\n"]),
    good("--rpmverbosity=emergency count", &["Package count"]),
    good("--rpmverbosity=alert count", &["Package count"]),
    good("--rpmverbosity=critical count", &["Package count"]),
    good("--rpmverbosity=error count", &["Package count"]),
    good("--rpmverbosity=warning count", &["Package count"]),
    good("--rpmverbosity=notice count", &["Package count"]),
    good("--rpmverbosity=info count", &["Package count"]),
    good("repoquery --qf %{conflicts}|%{obsoletes}|%{recommends}|%{suggests}|%{supplements}|%{enhances}|%{depends} heir", &["=|app < 2|||||\n"]),
    good("repoquery --qf %{size}|%{downloadsize} heir", &["|"]),
    bad("--setopt=test.priority=high list", 902, &["test.priority=high"]),
];

#[test]
fn words_and_values_mean_what_they_mean_in_the_original() {
    let lab = lab();
    run_cases(WORDS, |line| lab.tdnf(line));
}

#[test]
fn the_running_system_is_changed_by_root_only() {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = dir.path().join("tdnf");
    let copied = Command::new("cp")
        .arg(env!("CARGO_BIN_EXE_tdnf"))
        .arg(&program)
        .status();
    assert!(copied.unwrap().success());
    fs::write(dir.path().join("tdnf.conf"), "[main]\n").unwrap();
    for line in [
        "install x",
        "reinstall x",
        "erase x",
        "remove x",
        "autoremove",
        "autoerase x",
        "update",
        "upgrade x",
        "update-to x",
        "upgrade-to x",
        "downgrade",
        "distro-sync",
        "mark install x",
        "history undo 1",
        "history redo 1",
        "history rollback 1",
        "history init",
        "history update",
        "recover",
    ] {
        let mut command = Command::new(&program);
        command
            .current_dir(dir.path())
            .args(["-c", "tdnf.conf"])
            .args(line.split(' '));
        if rustix::process::geteuid().is_root() {
            command.uid(65534);
        }
        let ran = Ran::of(&command.stdin(Stdio::null()).output().unwrap());
        assert_eq!(ran.status, 1601 & 0xff, "{line}: {ran:?}");
        assert!(
            ran.err.contains("Error(1601)") && ran.out.is_empty(),
            "{line}: {ran:?}"
        );
    }
}

#[test]
fn info_tells_everything_in_text_and_as_json() {
    let lab = lab();
    let text = lab.tdnf("info available heir").out;
    let labels: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(label, _)| label.trim())
        .collect();
    let expected = [
        "Name",
        "Arch",
        "Epoch",
        "Version",
        "Release",
        "Install Size",
        "Download Size",
        "Repo",
        "Summary",
        "URL",
        "License",
        "Description",
        "Total Size",
    ];
    assert_eq!(labels, expected, "{text}");
    let keys = |line: &str| {
        let json = lab.tdnf(line).json();
        let mut keys: Vec<String> = json[0].as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys.join(" ")
    };
    let installed = "Arch Description Evr InstallSize License Name Repo Summary Url";
    assert_eq!(keys("-j info --installed lib"), installed);
    assert_eq!(
        keys("-j info --available heir"),
        installed.replace("Evr", "DownloadSize Evr")
    );
}

#[test]
fn a_range_of_the_past_is_undone_and_done_again() {
    let lab = lab();
    let before = lab.rpm_qa();
    assert_eq!(lab.tdnf("install -y solo").status, 0);
    assert_eq!(lab.tdnf("install -y second").status, 0);
    for (verb, words) in [
        ("undo", "3-4"),
        ("redo", "3-4"),
        ("undo", "--from 3 --to 4"),
        ("redo", "--from=3 --to=4"),
    ] {
        let ran = lab.tdnf(&format!("history {verb} {words} -y"));
        assert_eq!(ran.status, 0, "{verb} {words}: {ran:?}");
        let now = lab.rpm_qa().len();
        assert_eq!(
            now,
            before.len() + if verb == "redo" { 2 } else { 0 },
            "{verb} {words}: {ran:?}"
        );
    }
    assert_eq!(lab.tdnf("history rollback --to 2 -y").status, 0);
    assert_eq!(lab.rpm_qa(), before);
    assert_eq!(
        lab.tdnf("-j history rollback 2").json()["Error"],
        json!(null),
        "that state is this one"
    );
}

#[test]
fn an_option_of_another_build_is_taken_by_distro_sync_where_the_configuration_says_so() {
    let lab = lab();
    lab.build(
        &lab.repo(),
        &TestPackage::new("lib", "1-1").with(|builder| builder.build_time = TIME + 5),
    );
    lab.write_metadata(TIME + 1);
    let plan = |main: &str| {
        configure(&lab, main, "");
        lab.tdnf("-j distro-sync").json()["Reinstall"].clone()
    };
    assert_eq!(plan(""), json!(null));
    assert_eq!(plan("distrosync_reinstall_changed=0"), json!(null));
    let reinstalled = plan("distrosync_reinstall_changed=1");
    assert_eq!(
        (reinstalled.as_array().unwrap().len(), &reinstalled[0]["Name"]),
        (1, &json!("lib"))
    );
    assert_eq!(lab.tdnf("distro-sync -y lib").status, 0);
    assert_eq!(
        plan("distrosync_reinstall_changed=1"),
        json!(null),
        "now it is the same"
    );
}

#[test]
fn files_may_be_named_by_path_and_by_address() {
    let lab = lab();
    let file = lab.repo().join("solo-1-2.noarch.rpm");
    for word in [file.display().to_string(), format!("file://{}", file.display())] {
        let ran = lab.tdnf_words(&["-j", "install", &word]);
        let plan = &ran.json()["Install"][0];
        assert_eq!(
            (ran.status, &plan["Name"], &plan["Repo"]),
            (0, &json!("solo"), &json!("@cmdline")),
            "{ran:?}"
        );
    }
    let ran = lab.tdnf_in(&lab.repo(), &["-j", "install", "solo-1-1.noarch.rpm"]);
    assert_eq!(ran.json()["Install"][0]["Evr"], "1-1");
    let ran = lab.tdnf("install -y /nowhere/x.rpm");
    assert_eq!(ran.status, 1602 & 0xff, "{ran:?}");
}

#[test]
fn the_configuration_file_and_the_root_may_be_named_elsewhere() {
    let lab = lab();
    let (conf, root) = (lab.dir.path().join("own.conf"), lab.root().display().to_string());
    let repos = lab.root().join("etc/yum.repos.d").display().to_string();
    fs::write(&conf, format!("[main]\nreposdir={repos}\nexcludepkgs=solo\n")).unwrap();
    let conf = conf.display().to_string();
    let run = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_tdnf"))
            .args(words)
            .stdin(Stdio::null())
            .output();
        Ran::of(&output.unwrap())
    };
    for words in [
        ["-c", &conf, "-i", &root, "-j", "install", "solo"].to_vec(),
        ["--config", &conf, "--installroot", &root, "-j", "install", "solo"].to_vec(),
        [
            &format!("-c{conf}"),
            &format!("-i{root}"),
            "-j",
            "install",
            "solo",
        ]
        .map(|word: &str| word)
        .to_vec(),
        [
            &format!("--config={conf}"),
            &format!("-installroot={root}"),
            "-j",
            "install",
            "solo",
        ]
        .map(|word: &str| word)
        .to_vec(),
    ] {
        let ran = run(&words);
        assert_eq!(
            (ran.status, &ran.json()["Error"]),
            (1011 & 0xff, &json!(1011)),
            "{words:?}: {ran:?}"
        );
    }
    assert_eq!(
        run(&["-i", &root, "-j", "install", "solo"]).json()["Install"][0]["Name"],
        "solo"
    );
}

#[test]
fn switches_of_the_transaction_leave_out_scriptlets_and_documentation() {
    let script = Scriptlet {
        interpreter: vec!["<lua>".to_owned()],
        ..Scriptlet::shell(ScriptletKind::Post, "io.open('/ran', 'w'):close()")
    };
    let package = TestPackage::new("both", "1-1").with(|builder| {
        builder.scriptlets.push(script);
        let mut file = rpmfile::FileEntry::regular("/usr/share/doc/both", b"text".to_vec());
        file.flags |= FileFlags::DOC;
        builder.file(file);
    });
    let lab = Lab::with(vec![package]);
    for (flags, ran, documented) in [
        ("", true, true),
        ("--setopt=tsflags=noscripts", false, true),
        ("--setopt tsflags=nodocs", true, false),
        ("--setopt=tsflags=noscripts --setopt=tsflags=nodocs", false, false),
    ] {
        let _ = fs::remove_file(lab.root().join("ran"));
        let done = lab.tdnf(&format!("-y install both {flags}"));
        assert_eq!(done.status, 0, "{done:?}");
        assert_eq!(lab.root().join("ran").exists(), ran, "{flags}");
        assert_eq!(
            lab.root().join("usr/share/doc/both").exists(),
            documented,
            "{flags}"
        );
        assert_eq!(lab.tdnf("-y remove both").status, 0);
    }
}

/// In JSON mode what scriptlets print does not spoil the document.
#[test]
fn what_scriptlets_print_is_not_in_the_document() {
    let script = Scriptlet {
        interpreter: vec!["<lua>".to_owned()],
        ..Scriptlet::shell(ScriptletKind::Post, "print('from the scriptlet')")
    };
    let lab = Lab::with(vec![
        TestPackage::new("loud", "1-1").with(|builder| builder.scriptlets.push(script)),
    ]);
    let ran = lab.tdnf("-j -y install loud");
    assert_eq!(ran.json()["Install"][0]["Name"], "loud", "{ran:?}");
    assert!(ran.err.contains("from the scriptlet"), "{ran:?}");
}

/// Keys of `[main]` that have an effect one sees in one command.
#[test]
fn keys_of_main_have_their_effect() {
    let lab = lab();
    lab.publish(vec![TestPackage::new("naked", "1-1").unsigned()]);
    let vars = lab.root().join("etc/own-vars");
    fs::create_dir(&vars).unwrap();
    fs::write(vars.join("place"), "repo\n").unwrap();
    #[rustfmt::skip]
    let cases: &[(&str, &str, Case)] = &[
        ("gpgcheck=1", "", bad("install -q -y --testonly naked", 1510, &["Error(1510)"])),
        ("gpgcheck=0", "", good("install -y --testonly naked", &["Complete!"])),
        ("gpgcheck=0", "gpgcheck=1", bad("install -q -y --testonly naked", 1510, &["Error(1510)"])),
        ("gpgcheck=1", "gpgcheck=0", good("install -y --testonly naked", &["Complete!"])),
        ("clean_requirements_on_remove=1", "", good("-j remove app", &["UnNeeded"])),
        ("clean_requirements_on_remove=0", "", good("-j remove app", &["!UnNeeded"])),
        ("excludepkgs=second solo", "", bad("install -y solo", 1011, &["Error(1011)"])),
        ("minversions=solo=2-1", "", bad("install -y solo", 1035, &["Error(1035)"])),
        ("openmax=256", "", good("count", &["Package count"])),
        ("unheard_of=1", "unheard_of=1", good("count", &["Package count"])),
        ("dnf_check_update_compat=1", "", Case { line: "check-update", status: 100, out: &["strace.noarch"], err: &[] }),
        ("dnf_check_update_compat=0", "", good("check-update", &["strace.noarch"])),
        ("repodir=/nowhere", "", bad("list available", 1012, &["/nowhere"])),
        ("reposdir=/nowhere", "", bad("list available", 1012, &["/nowhere"])),
        ("", "enabled=0", bad("list available", 1012, &["Error(1012)"])),
        ("", "enabled=no", bad("list available", 1012, &["Error(1012)"])),
        ("", "enabled=yes", good("repolist", &["Test packages", "enabled"])),
        ("", "name=", good("repolist", &["test"])),
        ("", "priority=soon", bad("list", 1004, &["priority=soon"])),
        ("keepcache=perhaps", "", bad("list", 1004, &["keepcache=perhaps"])),
        ("installonly_limit=many", "", bad("list", 1004, &["installonly_limit=many"])),
        ("", "skip_md_filelists=1", bad("provides /usr/share/test/solo", 1011, &["Error(1011)"])),
        ("", "skip_md_filelists=0", good("provides /usr/share/test/solo", &["solo-1-1"])),
        ("", "skip_md_other=1", good("repoquery --changelogs --available solo", &["="])),
        ("", "skip_md_updateinfo=1", good("updateinfo", &["0 updates."])),
        ("", "metadata_expire=soon", bad("list", 1004, &["metadata_expire=soon"])),
        ("", "metadata_expire=2d", good("list available solo", &["solo"])),
        ("", "retries=x", bad("list", 1004, &["retries=x"])),
        ("", "timeout=x", bad("list", 1004, &["timeout=x"])),
        ("", "minrate=x", bad("list", 1004, &["minrate=x"])),
        ("", "throttle=x", bad("list", 1004, &["throttle=x"])),
        ("", "sslverify=x", bad("list", 1004, &["sslverify=x"])),
        ("", "skip_if_unavailable=x", bad("list", 1004, &["skip_if_unavailable=x"])),
        ("", "gpgcheck=x", bad("list", 1004, &["gpgcheck=x"])),
        ("", "repo_gpgcheck=x", bad("list", 1004, &["repo_gpgcheck=x"])),
        ("plugins=x", "", bad("list", 1004, &["plugins=x"])),
        ("sslverify=x", "", bad("list", 1004, &["sslverify=x"])),
        ("varsdir=/etc/own-vars", "name=Kept in $place", good("repolist", &["Kept in repo"])),
        ("varsdir=/nowhere", "name=Kept in $place", good("repolist", &["Kept in $place"])),
        ("", "name=For $basearch", good("repolist", &["For ", "!$basearch"])),
    ];
    for (main, repo, case) in cases {
        configure(&lab, main, repo);
        run_cases([case], |line| {
            let ran = lab.tdnf(line);
            Ran {
                err: format!("{}\n[{main}] [{repo}]", ran.err),
                ..ran
            }
        });
    }
}

#[test]
fn places_of_the_configuration_are_where_files_come_to_be() {
    let lab = lab();
    let server = Server::serve(&lab.repo());
    configure(
        &lab,
        "cachedir=/own/cache\npersistdir=/own/history\nkeepcache=1",
        &format!("baseurl={}", server.url),
    );
    assert_eq!(lab.tdnf("-y install solo").status, 0);
    let root = lab.root();
    assert!(root.join("own/history/history.db").exists());
    assert!(cached(&root.join("own/cache"), "repodata") && root.join("own/cache/rpms").exists());
    let elsewhere = lab.dir.path().join("elsewhere");
    let ran = lab.tdnf(&format!("--setopt=cachedir={} makecache", elsewhere.display()));
    assert_eq!(ran.status, 0, "{ran:?}");
    let below = root.join(elsewhere.strip_prefix("/").unwrap());
    assert!(cached(&elsewhere, "repodata") || cached(&below, "repodata"));
    let repos = root.join("etc/other.repos.d");
    fs::rename(root.join("etc/yum.repos.d"), &repos).unwrap();
    fs::create_dir(root.join("etc/yum.repos.d")).unwrap();
    assert_eq!(lab.tdnf("list available").status, 1012 & 0xff);
    assert_eq!(
        lab.tdnf("--setopt=reposdir=/etc/other.repos.d list available")
            .status,
        0
    );
}

/// Whether a cache of the repository holds something of that name. There is one for each address it had:
/// `<id>-<8 hex digits of the SHA-256 of the address>`.
fn cached(cache: &Path, name: &str) -> bool {
    let ours = |entry: &fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name.strip_prefix("test-").is_some_and(|digest| digest.len() == 8)
    };
    let mut entries = fs::read_dir(cache).into_iter().flatten().flatten();
    entries.any(|entry| ours(&entry) && entry.path().join(name).exists())
}

#[test]
fn clean_removes_what_it_names_and_nothing_else() {
    let lab = lab();
    let server = Server::serve(&lab.repo());
    fs::copy(lab.key_file(), lab.repo().join("key.asc")).unwrap();
    let url = &server.url;
    let repo = format!("baseurl={url}\ngpgkey={url}/key.asc");
    configure(&lab, "keepcache=1", &repo);
    let cache = lab.root().join("var/cache/tdnf");
    // What is there afterwards: metadata, whether it counts as fresh, packages, keys.
    #[rustfmt::skip]
    let cases = [
        ("packages", [true, true, false, true]),
        ("metadata", [false, false, true, true]),
        ("dbcache", [false, false, true, true]),
        ("keys", [true, true, true, false]),
        ("expire-cache", [true, false, true, true]),
        ("all", [false, false, false, false]),
    ];
    for (what, left) in cases {
        assert_eq!(lab.tdnf("-y install solo").status, 0);
        let now = || {
            [
                cached(&cache, "repodata/repomd.xml"),
                cached(&cache, "lastrefresh"),
                cache.join("rpms").exists(),
                cache.join("keys").exists(),
            ]
        };
        assert_eq!(now(), [true; 4], "before {what}");
        let ran = lab.tdnf(&format!("clean {what}"));
        assert_eq!((ran.status, ran.out.as_str()), (0, "Done.\n"), "{ran:?}");
        assert_eq!(now(), left, "after {what}");
        assert_eq!(lab.tdnf("-y remove solo").status, 0);
    }
}

#[test]
fn makecache_always_asks_and_metadata_expire_says_when_others_do() {
    let lab = lab();
    let server = Server::serve(&lab.repo());
    let asked = |line: &str| {
        let before = server.asked();
        let ran = lab.tdnf(line);
        assert_eq!(ran.status, 0, "{ran:?}");
        server.asked() > before
    };
    let repo = format!("baseurl={}", server.url);
    configure(&lab, "", &repo);
    assert!(asked("makecache") && asked("makecache"));
    assert!(!asked("list available") && asked("--refresh list available") && !asked("-C makecache"));
    configure(&lab, "", &format!("{repo}\nmetadata_expire=0"));
    assert!(asked("list available") && asked("list available"));
    configure(&lab, "", &format!("{repo}\nmetadata_expire=never"));
    assert!(!asked("list available"));
}

#[test]
fn kernels_stay_beside_each_other_up_to_a_limit() {
    let lab = Lab::with(
        ["1-1", "2-1", "3-1"]
            .map(|evr| TestPackage::new("core", evr).with(|builder| builder.files.clear()))
            .into(),
    );
    let left = |main: &str| {
        configure(&lab, main, "");
        lab.tdnf("-y remove core");
        for evr in ["1-1", "2-1", "3-1"] {
            let ran = lab.tdnf(&format!("-y install core-{evr}"));
            assert_eq!(ran.status, 0, "{main}: {ran:?}");
        }
        lab.rpm_qa().join(" ")
    };
    assert_eq!(left(""), "core-3-1.noarch");
    assert_eq!(left("installonlypkgs=core"), "core-2-1.noarch core-3-1.noarch");
    assert_eq!(
        left("installonlypkgs=core\ninstallonly_limit=3"),
        "core-1-1.noarch core-2-1.noarch core-3-1.noarch"
    );
}

#[test]
fn the_release_is_that_of_an_installed_package_or_of_the_option() {
    let lab = Lab::with(vec![
        TestPackage::new("of-test", "7-1").provides("system-release(releasever) = 9"),
        TestPackage::new("other", "8-1"),
    ]);
    assert_eq!(lab.tdnf("-y install of-test other").status, 0);
    let name = |main: &str, flags: &str| {
        configure(&lab, main, "name=Release $releasever");
        lab.tdnf(&format!("-j repolist {flags}")).json()[0]["RepoName"].clone()
    };
    assert_eq!(name("", ""), "Release 9");
    assert_eq!(name("distroverpkg=other", ""), "Release 8");
    assert_eq!(name("", "--releasever=5"), "Release 5");
    assert_eq!(name("distroverpkg=nothing", ""), "Release $releasever");
}

#[test]
fn the_repository_with_the_lower_number_wins() {
    let lab = lab();
    let second = Lab::with(vec![TestPackage::new("solo", "9-1")]);
    let text = |priority: u32| {
        let (repo, key) = (second.repo(), second.key_file());
        let text = format!(
            "[more]\nbaseurl=file://{}\ngpgkey=file://{}\npriority={priority}\n",
            repo.display(),
            key.display()
        );
        fs::write(lab.root().join("etc/yum.repos.d/more.repo"), text).unwrap();
        lab.tdnf("-j install solo").json()["Install"][0]["Evr"].clone()
    };
    assert_eq!(text(50), "9-1", "the newest of equals");
    assert_eq!(text(60), "1-2");
    assert_eq!(text(40), "9-1");
    let only = |flags: &str| lab.tdnf(&format!("{flags} repoquery solo")).out;
    assert_eq!(only("--repo=test --repoid=more").lines().count(), 3);
    assert_eq!(only("--repo=more"), "solo-9-1.noarch\n");
    let path = format!("--repofrompath=third,{} --repo=third", second.repo().display());
    assert_eq!(only(&path), "solo-9-1.noarch\n");
}

#[test]
fn lists_beside_the_configuration_are_read() {
    let lab = lab();
    let etc = lab.root().join("etc/tdnf");
    let write = |dir: &str, line: &str| {
        fs::create_dir_all(etc.join(dir)).unwrap();
        fs::write(etc.join(dir).join("x.conf"), format!("# why\n{line}\n")).unwrap();
    };
    write("minversions.d", "solo=2-1");
    write("locks.d", "strace");
    write("protected.d", "lib");
    #[rustfmt::skip]
    let cases = [
        bad("install -y solo", 1035, &["Error(1035)", "older than 2-1"]),
        bad("remove -y lib", 1030, &["Error(1030) : "]),
        good("-j update", &["!strace"]),
    ];
    run_cases(&cases, |line| lab.tdnf(line));
}

#[test]
fn proxies_come_from_the_environment_and_the_configuration() {
    let lab = lab();
    let server = Server::serve(&lab.repo());
    configure(&lab, "retries=0\ntimeout=2", &format!("baseurl={}", server.url));
    let nobody = "http://127.0.0.1:1";
    let status = |variables: &[(&str, &str)]| with_environment(&lab, variables, "makecache").status;
    assert_ne!(status(&[("http_proxy", nobody)]), 0);
    assert_eq!(server.connections(), 0, "nobody went past the proxy");
    assert_eq!(status(&[("http_proxy", nobody), ("no_proxy", "127.0.0.1")]), 0);
    // A server that is asked as a proxy gets whole addresses; ours answers whatever it is asked.
    let main = format!(
        "retries=0\nproxy={}\nproxy_username=me\nproxy_password=geheim",
        Server::serve(&lab.repo()).url
    );
    configure(&lab, &main, "baseurl=http://repository.invalid");
    let ran = lab.tdnf("makecache");
    assert_ne!(ran.status, 0, "{ran:?}");
    assert!(!ran.err.contains("geheim"), "{ran:?}");
    configure(
        &lab,
        "retries=0\nproxy=_none_",
        &format!("baseurl={}", server.url),
    );
    assert_eq!(status(&[("http_proxy", nobody)]), 0, "none is none");
}

#[test]
fn who_may_not_write_the_cache_has_one_of_his_own() {
    if rustix::process::geteuid().is_root() {
        return; // root may write everywhere; the test is run as an ordinary user, too
    }
    let lab = lab();
    let server = Server::serve(&lab.repo());
    configure(&lab, "", &format!("baseurl={}", server.url));
    let cache = lab.root().join("var/cache/tdnf");
    fs::create_dir_all(&cache).unwrap();
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o555)).unwrap();
    let own = lab.dir.path().join("own");
    let ran = with_environment(
        &lab,
        &[("XDG_CACHE_HOME", &own.display().to_string())],
        "list available",
    );
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(cached(&own.join("tdnf"), "repodata"));
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn advisories_have_the_scopes_of_lists() {
    let lab = lab();
    let advisory = |id: &str, name: &str, version: &str| repodata::Advisory {
        id: id.to_owned(),
        kind: "bugfix".to_owned(),
        packages: vec![repodata::AdvisoryPackage {
            name: name.to_owned(),
            epoch: "0".to_owned(),
            version: version.to_owned(),
            release: "1".to_owned(),
            arch: "noarch".to_owned(),
            file_name: format!("{name}-{version}-1.noarch.rpm"),
            ..Default::default()
        }],
        ..Default::default()
    };
    lab.write_metadata_with(
        TIME + 1,
        &[advisory("B-1", "strace", "6.2"), advisory("B-2", "lib", "1")],
    );
    #[rustfmt::skip]
    let cases = [
        good("updateinfo list updates", &["=patch:B-1 Bugfix strace-6.2-1.noarch.rpm\n"]),
        good("updateinfo list upgrades", &["=patch:B-1 Bugfix strace-6.2-1.noarch.rpm\n"]),
        good("updateinfo list all", &["B-1", "B-2"]),
        good("updateinfo list installed", &["=patch:B-2 Bugfix lib-1-1.noarch.rpm\n"]),
        good("updateinfo info available", &["Update ID : patch:B-1", "!B-2"]),
        good("updateinfo summary installed", &["=1 Bugfix notice(s)\n"]),
    ];
    run_cases(&cases, |line| lab.tdnf(line));
}
