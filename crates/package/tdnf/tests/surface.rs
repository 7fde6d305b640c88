//! Every other command and option: what it prints and with which status it ends. `queries.rs` has those that
//! look; `every_row_of_the_tables_is_tested` sees to it that none is forgotten.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::{Case, Lab, TestPackage, bad, good, run_cases};

/// Installed: app with lib and extra, strace 6.1. On offer also: newer and older strace, rival, solo.
fn lab() -> Lab {
    let lab = Lab::with(vec![
        TestPackage::new("app", "1-1")
            .requires("lib >= 1")
            .recommends("extra"),
        TestPackage::new("lib", "1-1"),
        TestPackage::new("extra", "1-1"),
        TestPackage::new("strace", "6.1-2"),
    ]);
    assert_eq!(lab.tdnf("install -y app strace").status, 0);
    lab.publish(vec![
        TestPackage::new("strace", "6.0-1"),
        TestPackage::new("strace", "6.2-1"),
        TestPackage::new("rival", "1-1").conflicts("lib"),
        TestPackage::new("solo", "1-1").recommends("side"),
        TestPackage::new("side", "1-1"),
        TestPackage::new("broken", "1-1").requires("nowhere"),
        TestPackage::new("big", "1-1").requires("app"),
    ]);
    lab
}

#[rustfmt::skip]
const PLANS: &[Case] = &[
    good("-j install solo", &["\"Install\":[{\"Name\":\"side\"", "\"Name\":\"solo\""]),
    good("-j install solo --noweakdeps", &["\"Name\":\"solo\"", "!side"]),
    good("-j reinstall lib", &["\"Reinstall\":[{\"Name\":\"lib\""]),
    good("-j remove lib", &["\"Remove\":[{\"Name\":\"app\"", "\"Name\":\"lib\""]),
    good("-j erase extra", &["\"Remove\":[{\"Name\":\"extra\""]),
    good("-j autoremove app", &["\"Remove\":[{\"Name\":\"app\"", "\"UnNeeded\":[{\"Name\":\"extra\"", "\"Name\":\"lib\""]),
    good("-j autoerase app --noautoremove", &["\"Remove\":[{\"Name\":\"app\""]),
    good("-j --setopt=clean_requirements_on_remove=1 remove app", &["\"UnNeeded\""]),
    good("-j --setopt=clean_requirements_on_remove=1 remove app --noautoremove", &["!UnNeeded"]),
    good("-j update", &["\"Upgrade\":[{\"Name\":\"strace\",\"Arch\":\"noarch\",\"Evr\":\"6.2-1\""]),
    good("-j upgrade strace", &["\"Evr\":\"6.2-1\""]),
    good("-j update-to strace", &["\"Evr\":\"6.2-1\""]),
    good("-j upgrade-to strace", &["\"Evr\":\"6.2-1\""]),
    good("-j --best update", &["\"Evr\":\"6.2-1\""]),
    good("-j -b update", &["\"Evr\":\"6.2-1\""]),
    good("-j downgrade", &["\"Downgrade\":[{\"Name\":\"strace\",\"Arch\":\"noarch\",\"Evr\":\"6.0-1\""]),
    good("-j downgrade strace", &["\"Evr\":\"6.0-1\""]),
    bad("downgrade lib", 1027, &["No downgrade path for lib"]),
    good("-j distro-sync", &["\"Upgrade\":[{\"Name\":\"strace\""]),
    good("-j install rival --allowerasing", &["\"Install\":[{\"Name\":\"rival\"", "\"Remove\":[{\"Name\":\"app\""]),
    bad("install -y rival", 1301, &["Error(1301)"]),
    good("-j install solo broken --skip-broken", &["\"Name\":\"solo\"", "\"Unavailable\":[\"broken\"]"]),
    good("-j install solo broken --skipbroken", &["\"Name\":\"solo\""]),
    bad("install -y broken", 1301, &["nowhere"]),
    bad("install -y --exclude=solo solo", 1011, &[]),
    good("-j --setopt=excludepkgs=solo --disableexcludes install solo", &["\"Name\":\"solo\""]),
    bad("--setopt=excludepkgs=solo install -y solo", 1011, &[]),
    good("-j --setopt=skip-broken=1 install solo broken", &["\"Unavailable\":[\"broken\"]"]),
    Case { line: "install solo", status: 8, out: &["\nInstalling:\n"], err: &["Is this ok [y/N]: ", "Error(1032) : Operation aborted.\n"] },
    Case { line: "--assumeno install solo", status: 8, out: &["Total installed size"], err: &["Error(1032)"] },
    good("-j --assumeno -y install solo", &["\"Name\":\"solo\""]),
    good("-y --testonly install solo", &["Installing:", "Complete!"]),
    good("-y install solo --downloadonly", &["tdnf will only download packages", "Packages have been downloaded to cache.\n"]),
    good("-q -y install solo --downloadonly", &["="]),
    Case { line: "install -y app", status: 0, out: &["=Package app-1-1.noarch is already installed, skipping.\n"], err: &["Nothing to do.\n"] },
    good("-j install app solo", &["{\"Exist\":[{\"Name\":\"app\",\"Arch\":\"noarch\",\"Evr\":\"1-1\"", "\"Name\":\"solo\""]),
    good("-j install strace", &["!Exist", "\"Upgrade\":[{\"Name\":\"strace\""]),
    good("-j install app", &["={}\n"]),
    good("-j -y install app", &["={}\n"]),
];

#[rustfmt::skip]
const OPTIONS: &[Case] = &[
    good("-4 -6 -x -d 3 -e 2 --debuglevel=1 --errorlevel=1 --noplugins --disableplugin=a --enableplugin=b list installed lib", &["lib.noarch"]),
    good("-v list --installed lib", &["Setting options:\n\tinstalled = 1\n", "lib.noarch"]),
    good("--verbose list --scope=installed lib", &["\tscope = installed\n"]),
    good("--json list nothere", &["=[]\n"]),
    good("-json list nothere", &["=[]\n"]),
    good("--4 --6 --x list installed lib", &["lib.noarch"]),
    good("-qy list installed lib", &["lib.noarch"]),
    good("--refresh list lib", &["lib.noarch"]),
    good("-refr list lib", &["lib.noarch"]),
    good("--disablerepo=* --enablerepo=te?t list available solo", &["solo"]),
    bad("--disablerepo=* list available", 1012, &["Error(1012)"]),
    bad("--repo=nothere list", 1003, &["there are: test"]),
    good("--repoid=test list available solo", &["solo"]),
    good("--setopt=test.enabled=1 list available solo", &["solo"]),
    bad("--setopt=test.enabled=0 list available solo", 1012, &[]),
    bad("--setopt=test.enabled=perhaps list", 902, &[]),
    bad("--setopt=nothere.enabled=0 list", 1003, &[]),
    bad("--setopt=nothing list", 911, &["Error(911)"]),
    bad("--setopt=tsflags=magic list", 902, &["only noscripts and nodocs"]),
    good("--setopt=tsflags=noscripts --setopt=tsflags=nodocs list installed lib", &["lib"]),
    good("--setopt=disablerepo=test --setopt=enablerepo=test list available solo", &["solo"]),
    bad("--repofrompath=far,http://127.0.0.1:9/ --repo=far -C list available", 1034, &["Error(1034)"]),
    bad("--repofrompath=far,http://127.0.0.1:9/ --repo=far --cacheonly list available", 1034, &[]),
    bad("--repofrompath=v,/nowhere/$releasever --repo=v --releasever=9 list available", 1622, &["/nowhere/9"]),
    bad("--repofrompath=nothing list", 902, &["ID,ADDRESS"]),
    bad("--repofromdir=nothing list", 902, &["ID,ADDRESS"]),
    bad("--downloaddir=/x install solo", 913, &["Error(913)"]),
    bad("--alldeps install solo", 915, &["Error(915)"]),
    bad("--nodeps install solo", 916, &["Error(916)"]),
    bad("--nonsense list", 908, &["No such option: --nonsense. Please use /usr/bin/tdnf --help"]),
    bad("-Z list", 908, &["No such option: -Z"]),
    bad("--no list", 908, &["ambiguous"]),
    bad("--config", 909, &["Error(909)"]),
    bad("--best=1 update", 910, &["Error(910)"]),
    bad("nonsense", 912, &["There is no such command: nonsense"]),
    bad("install", 1001, &["Error(1001)"]),
    bad("remove", 1001, &[]),
    bad("reinstall", 1001, &[]),
    bad("search", 904, &[]),
    bad("provides", 907, &[]),
    bad("check-local", 906, &[]),
    bad("mark", 1622, &[]),
    bad("mark install", 1622, &[]),
    bad("clean", 903, &[]),
    bad("clean everything", 902, &[]),
    bad("clean plugins", 1016, &["Error(1016)"]),
    bad("history strange", 902, &[]),
    bad("history undo", 904, &[]),
    bad("history undo 99", 1802, &["Error(1802)"]),
    good("-j --nonsense list", &[]),
    good("", &["You need to give some command\nUsage: tdnf"]),
    good("--help", &["Usage: tdnf [options] COMMAND", "--installroot DIR", "repoquery"]),
    good("help", &["Usage: tdnf [options] COMMAND"]),
    good("help reposync", &["--newest-only", "!--qf"]),
    good("repoquery -h", &["--qf FORMAT", "!--newest-only"]),
    good("--version", &["tdnf: 3.6.0\nLumen tdnf "]),
    good("-j --version", &["={\"Name\":\"tdnf\",\"Version\":\"3.6.0\"}\n"]),
    good("--rpmverbosity=debug list installed lib", &["lib"]),
    good("history", &["ID   cmd line", "+4    / -0"]),
    good("history list --info", &["added: app-1-1.noarch, "]),
    good("history list --reverse -j", &["=["]),
    good("-j history --from 2 --to 2", &["[{\"Id\":2,", "!\"Id\":1,"]),
    good("-j history list 1", &["\"CmdLine\":\"(set)\"", "!\"Id\":2"]),
    good("history init", &["="]),
    good("history update", &["="]),
    good("check", &["=Check completed without issues\n"]),
    good("-j check", &["={}\n"]),
    good("mark remove lib", &["="]),
    good("-j mark install lib", &["={}\n"]),
    bad("mark install nothere", 1011, &[]),
    Case { line: "recover", status: 0, out: &["="], err: &["Nothing to do.\n"] },
    good("clean expire-cache", &["Done.\n"]),
    good("clean packages", &["Done.\n"]),
    good("clean keys", &["Done.\n"]),
    good("clean dbcache", &["Done.\n"]),
    good("clean metadata", &["Done.\n"]),
    good("-j clean all", &["={}\n"]),
];

#[test]
fn changes_are_planned_as_the_options_say() {
    let lab = lab();
    run_cases(PLANS, |line| lab.tdnf(line));
    assert_eq!(
        lab.rpm_qa().len(),
        4,
        "nothing was to be changed: {:?}",
        lab.rpm_qa()
    );
}

#[test]
fn options_are_understood_or_refused() {
    let lab = lab();
    let special = ["-j --nonsense list", "history list --reverse -j"];
    let cases = OPTIONS.iter().filter(|case| !special.contains(&case.line));
    run_cases(cases, |line| lab.tdnf(line));
    let ran = lab.tdnf("-j --nonsense list");
    assert_eq!((ran.status, &ran.json()["Error"]), (140, &908.into()), "{ran:?}");
    let reversed = lab.tdnf("-j history list --reverse").json();
    let ids: Vec<i64> = reversed
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["Id"].as_i64().unwrap())
        .collect();
    assert!(ids.len() > 1 && ids.is_sorted_by(|a, b| a > b), "{ids:?}");
}

#[test]
fn an_empty_word_and_a_relative_root_are_refused() {
    let lab = lab();
    let ran = lab.tdnf_words(&["list", ""]);
    assert_eq!(ran.status, 1622 & 0xff, "{ran:?}");
    let ran = lab.tdnf_words(&["--installroot", "here", "list"]);
    assert_eq!(ran.status, 1622 & 0xff, "{ran:?}");
    assert!(ran.err.contains("must be an absolute path"), "{ran:?}");
}

#[test]
fn every_run_in_json_mode_prints_one_document() {
    let lab = lab();
    for line in [
        "list",
        "info lib",
        "search lib",
        "count",
        "repolist",
        "makecache",
        "check",
        "history",
        "update",
        "install app",
        "install nothere",
        "clean all",
        "mark remove lib",
        "updateinfo",
        "repoquery",
        "provides lib",
        "nonsense",
        "help",
        "--help",
        "",
        "-y install broken",
        "check-update",
        "remove nothere",
        "autoremove",
    ] {
        let ran = lab.tdnf(&format!("-j {line}"));
        assert_eq!(ran.out.lines().count(), 1, "{line}: {ran:?}");
        ran.json();
    }
}

/// A plan is printed before the files are fetched; when that fails the error is part of the document.
#[test]
fn an_error_after_a_plan_is_in_the_same_document() {
    let lab = lab();
    fs::remove_file(lab.repo().join("solo-1-1.noarch.rpm")).unwrap();
    let ran = lab.tdnf("-j -y install solo");
    assert_ne!(ran.status, 0);
    let document = ran.json();
    assert_eq!(document["Install"][1]["Name"], "solo", "{ran:?}");
    assert!(
        document["Error"].is_number() && document["ErrorMessage"].is_string(),
        "{ran:?}"
    );
}

#[test]
fn tdnfj_is_json_without_questions() {
    let lab = lab();
    let root = lab.root().display().to_string();
    let ran = support::face(
        lab.dir.path(),
        "tdnfj",
        &["--installroot", &root, "install", "solo"],
    );
    assert_eq!(
        (ran.status, &ran.json()["Install"][1]["Name"]),
        (0, &"solo".into()),
        "{ran:?}"
    );
    assert!(lab.rpm_qa().contains(&"solo-1-1.noarch".to_owned()));
}

#[test]
fn what_is_downloaded_is_what_the_flags_say() {
    let lab = lab();
    let dir = lab.dir.path().join("out");
    let download = |flags: &str| {
        let _ = fs::remove_dir_all(&dir);
        let ran = lab.tdnf(&format!(
            "-y --downloadonly --downloaddir={} {flags}",
            dir.display()
        ));
        assert_eq!(ran.status, 0, "{flags}: {ran:?}");
        assert!(
            ran.out.contains(&format!("downloaded to {}.", dir.display())),
            "{ran:?}"
        );
        let mut names: Vec<String> = fs::read_dir(&dir)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!(download("install big"), "big-1-1.noarch.rpm");
    assert_eq!(
        download("--alldeps install big"),
        "app-1-1.noarch.rpm big-1-1.noarch.rpm extra-1-1.noarch.rpm lib-1-1.noarch.rpm"
    );
    assert_eq!(
        download("--nodeps install broken app"),
        "app-1-1.noarch.rpm broken-1-1.noarch.rpm"
    );
    assert_eq!(lab.rpm_qa().len(), 4);
}

#[test]
fn signatures_are_skipped_only_when_asked() {
    let lab = lab();
    lab.publish(vec![TestPackage::new("naked", "1-1").unsigned()]);
    let install = |flags: &str| lab.tdnf(&format!("-y --testonly install naked {flags}")).status;
    assert_eq!(install(""), 1510 & 0xff);
    assert_eq!(
        install("--skipdigest"),
        1510 & 0xff,
        "a digest is always checked, and is no signature"
    );
    assert_eq!(install("--skipsignature"), 0);
    assert_eq!(install("--nogpgcheck"), 0);
}

#[test]
fn a_directory_of_packages_is_a_repository() {
    let lab = lab();
    let dir = lab.dir.path().join("plain");
    fs::create_dir(&dir).unwrap();
    lab.build(&dir, &TestPackage::new("loose", "1-1"));
    let repo = format!("--repofromdir=plain,{} --nogpgcheck", dir.display());
    assert_eq!(
        lab.tdnf(&format!("{repo} repoquery --repo=plain")).out,
        "loose-1-1.noarch\n"
    );
    assert_eq!(lab.tdnf(&format!("{repo} install -y loose")).status, 0);
    assert_eq!(
        fs::read_dir(&dir).unwrap().count(),
        1,
        "the directory is not written to"
    );
    fs::remove_file(dir.join("loose-1-1.noarch.rpm")).unwrap();
    assert_eq!(lab.tdnf(&format!("{repo} repoquery --repo=plain")).out, "");
}

#[test]
fn a_directory_is_checked_by_itself() {
    let lab = lab();
    let dir = lab.dir.path().join("local");
    fs::create_dir(&dir).unwrap();
    lab.build(&dir, &TestPackage::new("a", "1-1").requires("b"));
    let check = |flags: &str| lab.tdnf(&format!("check-local {} {flags}", dir.display()));
    let ran = check("");
    assert_eq!(ran.status, 1301 & 0xff, "{ran:?}");
    assert!(ran.err.contains("a-1-1.noarch requires b"), "{ran:?}");
    assert!(ran.out.contains("Found 1 packages\n"), "{ran:?}");
    lab.build(&dir, &TestPackage::new("b", "1-1").conflicts("c"));
    assert!(check("").out.ends_with("Check completed without issues\n"));
    lab.build(&dir, &TestPackage::new("c", "1-1").obsoletes("a"));
    let ran = check("");
    assert!(
        ran.err.contains("b-1-1.noarch conflicts with c") && ran.err.contains("c-1-1.noarch obsoletes a"),
        "{ran:?}"
    );
    assert!(!check("--skipconflicts").err.contains("conflicts with"));
    assert_eq!(check("--skipconflicts --skipobsoletes").status, 0);
    assert_eq!(lab.tdnf("check-local /nowhere").status, (1602 & 0xff));
}

/// libsolv's own program reads what we wrote and comes to the same result.
#[test]
fn the_solver_s_problem_can_be_given_to_libsolv() {
    let lab = lab();
    let dir = lab.dir.path().join("work");
    fs::create_dir(&dir).unwrap();
    let root = lab.root().display().to_string();
    lab.tdnf_in(
        &dir,
        &["--installroot", &root, "--debugsolver", "-j", "install", "solo"],
    );
    let output = Command::new("testsolv")
        .arg("-r")
        .arg(dir.join("debugdata/testcase.t"))
        .output()
        .expect("testsolv is missing: install the package libsolv-tools");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("install solo-1-1.noarch@test"),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// `name.spec` with a build requirement on `needs`, made a source package by rpmbuild.
fn source_package(lab: &Lab, name: &str, needs: &str) {
    let top = lab.dir.path().join("top");
    fs::create_dir_all(top.join("SOURCES")).unwrap();
    fs::write(top.join("SOURCES/patch.diff"), "a patch\n").unwrap();
    let spec = format!(
        "Name: {name}\nVersion: 1\nRelease: 1\nSummary: s\nLicense: MIT\nBuildArch: noarch\nPatch0: patch.diff\n\
         BuildRequires: {needs}\n%description\nd\n"
    );
    let path = lab.dir.path().join(format!("{name}.spec"));
    fs::write(&path, spec).unwrap();
    let done = Command::new("rpmbuild")
        .args(["-bs", "--quiet", "--define"])
        .arg(format!("_topdir {}", top.display()))
        .arg("--define")
        .arg(format!("_srcrpmdir {}", lab.repo().display()))
        .arg(&path)
        .status()
        .expect("rpmbuild is missing: install the package rpm");
    assert!(done.success());
}

#[test]
fn source_packages_are_unpacked_and_their_needs_installed() {
    let lab = lab();
    source_package(&lab, "made", "solo >= 1, lib");
    lab.publish(vec![TestPackage::new("built", "1-1").source("made-1-1.src.rpm")]);
    let define = "_topdir /build";
    let words = [
        "--nogpgcheck",
        "-y",
        "--rpmdefine",
        define,
        "install",
        "--source",
        "built",
    ];
    let ran = lab.tdnf_words(&words);
    assert_eq!(ran.status, 0, "{ran:?}");
    let read = |path: &str| fs::read_to_string(lab.root().join(path)).unwrap();
    assert!(read("build/SPECS/made.spec").starts_with("Name: made"));
    assert_eq!(read("build/SOURCES/patch.diff"), "a patch\n");
    assert_eq!(lab.rpm_qa().len(), 4, "a source package is not installed");
    let plan = lab.tdnf("-j install --builddeps made").json();
    let names: Vec<&str> = plan["Install"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["Name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["side", "solo"], "lib is installed already");
    let file = lab.repo().join("made-1-1.src.rpm");
    let plan = lab
        .tdnf(&format!("-j install --builddeps {}", file.display()))
        .json();
    assert_eq!(plan["Install"].as_array().unwrap().len(), 2);
    assert_eq!(lab.tdnf("install --source nothere").status, 1011 & 0xff);
    assert_eq!(lab.tdnf("repoquery made").out, "");
    assert_eq!(lab.tdnf("repoquery --arch=src").out, "made-1-1.src\n");
}

fn tree(dir: &Path) -> Vec<String> {
    let output = Command::new("find")
        .arg(dir)
        .args(["-type", "f", "-printf", "%P\n"])
        .output()
        .unwrap();
    let mut names: Vec<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect();
    names.sort();
    names
}

#[test]
fn repositories_are_copied() {
    let lab = lab();
    lab.publish(vec![TestPackage::new("naked", "1-1").unsigned()]);
    let dir = lab.dir.path().join("mirror");
    let sync = |flags: &str| lab.tdnf(&format!("reposync --download-path={} {flags}", dir.display()));
    let ran = sync("--newest-only");
    assert_eq!(ran.status, 0, "{ran:?}");
    let names = tree(&dir);
    assert!(
        names.contains(&"test/strace-6.2-1.noarch.rpm".to_owned())
            && !names.iter().any(|n| n.contains("6.1")),
        "{names:?}"
    );
    assert!(
        !names
            .iter()
            .any(|name| name.contains("partial") || name.contains("repodata")),
        "{names:?}"
    );
    // A file that is there is kept, a spoilt one is fetched anew, others are removed only when asked.
    fs::write(dir.join("test/lib-1-1.noarch.rpm"), "spoilt").unwrap();
    fs::write(dir.join("test/gone-1-1.noarch.rpm"), "old").unwrap();
    fs::write(dir.join("test/README"), "mine").unwrap();
    assert_eq!(sync("").status, 0);
    assert_eq!(
        fs::read(dir.join("test/lib-1-1.noarch.rpm")).unwrap(),
        fs::read(lab.repo().join("lib-1-1.noarch.rpm")).unwrap()
    );
    assert!(dir.join("test/gone-1-1.noarch.rpm").exists());
    assert!(sync("--delete").out.contains("gone-1-1.noarch.rpm"));
    assert!(!dir.join("test/gone-1-1.noarch.rpm").exists() && dir.join("test/README").exists());
    // What is not signed is removed, and the run fails.
    let ran = sync("--gpgcheck");
    assert_eq!(ran.status, 1510 & 0xff, "{ran:?}");
    assert!(!dir.join("test/naked-1-1.noarch.rpm").exists() && dir.join("test/lib-1-1.noarch.rpm").exists());
    let metadata = lab.dir.path().join("metadata");
    assert_eq!(
        sync(&format!(
            "--download-metadata --metadata-path={}",
            metadata.display()
        ))
        .status,
        0
    );
    let names = tree(&metadata.join("test/repodata"));
    assert!(
        names.contains(&"repomd.xml".to_owned()) && names.contains(&"repomd.xml.asc".to_owned()),
        "{names:?}"
    );
    let urls = lab.tdnf("reposync --urls --newest-only").out;
    assert!(
        urls.lines().any(|url| url.ends_with("/strace-6.2-1.noarch.rpm")),
        "{urls}"
    );
    assert!(lab.tdnf("-j reposync --urls").json().as_array().unwrap().len() > 5);
}

#[test]
fn copies_of_repositories_may_be_narrowed() {
    let lab = lab();
    source_package(&lab, "made", "solo");
    lab.write_metadata(support::TIME + 5);
    let list = |flags: &str| {
        let ran = lab.tdnf(&format!("reposync --urls {flags}"));
        assert_eq!(ran.status, 0, "{ran:?}");
        ran.out.lines().count()
    };
    assert_eq!(list("--source"), 1);
    assert_eq!(list("--arch=noarch"), list(""));
    assert_eq!(list("--arch s390x --arch aarch64"), 0);
    let flat = lab.dir.path().join("flat");
    assert_eq!(
        lab.tdnf(&format!(
            "reposync --source --norepopath --download-path {}",
            flat.display()
        ))
        .status,
        0
    );
    assert_eq!(tree(&flat), ["made-1-1.src.rpm"]);
    for line in [
        "--norepopath --delete",
        "--source --arch=noarch",
        "--norepopath --repofrompath=more,/nowhere --setopt=more.skip_if_unavailable=0",
    ] {
        assert_eq!(
            lab.tdnf(&format!("reposync --urls {line}")).status,
            1622 & 0xff,
            "{line}"
        );
    }
    assert_eq!(lab.tdnf("reposync word").status, 902 & 0xff);
}

/// A flag or command without a test is a promise nobody has checked.
#[test]
fn every_row_of_the_tables_is_tested() {
    let lab = Lab::new();
    let table = lab.tdnf("generate table").json();
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let sources: String = fs::read_dir(dir)
        .unwrap()
        .filter_map(|entry| fs::read_to_string(entry.unwrap().path()).ok())
        .collect();
    let mut untested = Vec::new();
    for flag in table["Flags"].as_array().unwrap() {
        let written = format!("--{}", flag.as_str().unwrap());
        let ends = |at: usize| !sources[at..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
        if !sources
            .match_indices(&written)
            .any(|(at, text)| ends(at + text.len()))
        {
            untested.push(written);
        }
    }
    for command in table["Commands"].as_array().unwrap() {
        let name = command.as_str().unwrap();
        let written = [format!("\"{name}"), format!(" {name} "), format!(" {name}\"")];
        if !written.iter().any(|text| sources.contains(text)) {
            untested.push(name.to_owned());
        }
    }
    assert!(untested.is_empty(), "no test names {untested:?}");
}
