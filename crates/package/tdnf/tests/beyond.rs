//! Commands that the original does not have: lock, download, why, needs-restarting.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::json;
use support::{Lab, Ran, TestPackage};

fn lab() -> Lab {
    Lab::with(vec![
        TestPackage::new("app", "1-1")
            .requires("lib >= 1")
            .recommends("extra"),
        TestPackage::new("lib", "1-1").requires("base"),
        TestPackage::new("base", "1-1"),
        TestPackage::new("extra", "1-1"),
        TestPackage::new("other", "1-1").requires("lib"),
    ])
}

fn path(lab: &Lab, name: &str) -> String {
    lab.dir.path().join(name).display().to_string()
}

/// A command with a path in it, which may hold blanks.
fn run(lab: &Lab, line: &str, more: &[&str]) -> Ran {
    lab.write_config();
    let words: Vec<&str> = line.split(' ').chain(more.iter().copied()).collect();
    lab.tdnf_words(&words)
}

#[test]
fn a_system_is_written_checked_and_made_again_from_its_lock_file() {
    let lab = lab();
    lab.tdnf("install -y app");
    let file = path(&lab, "system.lock");
    let ran = run(&lab, "lock write", &[&file]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let text = fs::read_to_string(&file).unwrap();
    let line = text.lines().find(|line| line.starts_with("lib ")).unwrap();
    let rpm = lab.repo().join("lib-1-1.noarch.rpm");
    let digest = Command::new("sha256sum").arg(&rpm).output().unwrap();
    let digest = String::from_utf8(digest.stdout).unwrap();
    let digest = digest.split(' ').next().unwrap();
    let size = fs::metadata(&rpm).unwrap().len();
    assert_eq!(
        line,
        format!(
            "lib 1-1 noarch {digest} {size} auto test file://{}",
            rpm.display()
        )
    );
    assert!(text.contains("\napp 1-1 noarch "), "{text}");
    assert_eq!(
        run(&lab, "lock write -", &[]).out,
        text,
        "the same system gives the same bytes"
    );
    assert_eq!(run(&lab, "lock check", &[&file]).status, 0);

    lab.publish(vec![TestPackage::new("lib", "2-1").requires("base")]);
    lab.tdnf("update -y");
    lab.tdnf("remove -y extra");
    lab.tdnf("install -y other");
    let ran = run(&lab, "lock check", &[&file]);
    assert_eq!(ran.status, 1902 & 0xff, "{ran:?}");
    let expected = "- extra-1-1.noarch\n- lib-1-1.noarch\n+ lib-2-1.noarch\n+ other-1-1.noarch\n";
    assert_eq!(ran.out, expected);
    let ran = run(&lab, "lock install -y", &[&file]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.out.contains("Downgrading:") && ran.out.contains("Removing:"),
        "{ran:?}"
    );
    assert_eq!(run(&lab, "lock check", &[&file]).status, 0);
    assert_eq!(
        run(&lab, "lock write -", &[]).out,
        text,
        "who asked for what included"
    );
    let again = run(&lab, "lock install -y", &[&file]);
    assert_eq!((again.status, again.err.as_str()), (0, "Nothing to do.\n"));
}

#[test]
fn a_lock_file_fills_an_empty_root_without_any_metadata() {
    let lab = lab();
    lab.tdnf("install -y app");
    let before = lab.rpm_qa();
    let file = path(&lab, "system.lock");
    run(&lab, "lock write", &[&file]);
    fs::remove_dir_all(lab.repo().join("repodata")).unwrap();
    lab.tdnf("remove -y base extra");
    assert!(lab.rpm_qa().is_empty());
    let ran = run(&lab, "lock install -y", &[&file]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(lab.rpm_qa(), before);
}

#[test]
fn a_lock_file_is_not_half_obeyed() {
    let lab = lab();
    lab.tdnf("install -y app");
    let file = path(&lab, "system.lock");
    run(&lab, "lock write", &[&file]);
    let text = fs::read_to_string(&file).unwrap();
    lab.tdnf("remove -y base extra");
    let line = |name: &str| {
        text.lines()
            .find(|line| line.starts_with(name))
            .unwrap()
            .to_owned()
    };
    let digest = line("lib ").split(' ').nth(3).unwrap().to_owned();
    let unsigned = lab.build(&lab.repo(), &TestPackage::new("bare", "1-1").unsigned());
    let bytes = fs::read(&unsigned).unwrap();
    let bare = format!(
        "bare 1-1 noarch {} {} user test file://{}",
        hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes)),
        bytes.len(),
        unsigned.display()
    );
    for (what, changed, code, part) in [
        (
            "a needed package is missing",
            text.replace(&line("base "), ""),
            1301,
            "requires base",
        ),
        (
            "another digest",
            text.replace(&digest, &"0".repeat(64)),
            1528,
            "lib",
        ),
        ("an unsigned package", text.clone() + &bare + "\n", 1510, "bare"),
        (
            "another machine",
            text.replacen("x86_64", "m68k", 1).replacen("aarch64", "m68k", 1),
            1903,
            "m68k",
        ),
        (
            "no lock file",
            text.replacen("tdnf-lock", "tdnf-hook", 1),
            1901,
            "line 1",
        ),
    ] {
        fs::write(&file, changed).unwrap();
        let ran = run(&lab, "lock install -y", &[&file]);
        assert_eq!(ran.status, code & 0xff, "{what}: {ran:?}");
        assert!(ran.err.contains(part), "{what}: {ran:?}");
        assert!(lab.rpm_qa().is_empty(), "{what}");
    }
}

#[test]
fn what_no_repository_has_cannot_be_locked() {
    let lab = lab();
    lab.tdnf("install -y base");
    fs::remove_file(lab.repo().join("base-1-1.noarch.rpm")).unwrap();
    lab.publish(vec![TestPackage::new("base", "2-1")]);
    let ran = run(&lab, "lock write", &[&path(&lab, "x.lock")]);
    assert_eq!(ran.status, 1904 & 0xff, "{ran:?}");
    assert!(ran.err.contains("base-1-1.noarch"), "{ran:?}");
    assert!(!lab.dir.path().join("x.lock").exists());
}

#[test]
fn lock_speaks_json_and_knows_its_verbs() {
    let lab = lab();
    lab.tdnf("install -y base");
    let file = path(&lab, "system.lock");
    let json = run(&lab, "-j lock write", &[&file]).json();
    assert_eq!(json, json!({"File": file, "Packages": 1}));
    assert_eq!(
        run(&lab, "-j lock check", &[&file]).json(),
        json!({"Missing": [], "Extra": []})
    );
    lab.tdnf("install -y extra");
    let json = run(&lab, "-j lock check", &[&file]).json();
    assert_eq!(
        (&json["Extra"], &json["Error"]),
        (&json!(["extra-1-1.noarch"]), &json!(1902))
    );
    assert_eq!(run(&lab, "lock sing", &[]).status, 902 & 0xff);
    assert_eq!(run(&lab, "lock", &[]).status, 904 & 0xff);
    assert_eq!(
        run(&lab, "lock check", &[&path(&lab, "nowhere")]).status,
        1602 & 0xff
    );
}

fn files(dir: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn download_fetches_what_is_named_and_on_request_what_it_needs() {
    let lab = lab();
    let dir = path(&lab, "out");
    let ran = run(&lab, "download app --destdir", &[&dir]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.out, format!("{dir}/app-1-1.noarch.rpm\n"));
    assert_eq!(
        fs::read(format!("{dir}/app-1-1.noarch.rpm")).unwrap(),
        fs::read(lab.repo().join("app-1-1.noarch.rpm")).unwrap()
    );
    lab.tdnf("install -y base");
    let dir = path(&lab, "resolved");
    run(&lab, "download app --resolve --noweakdeps --downloaddir", &[&dir]);
    assert_eq!(files(&dir), ["app-1-1.noarch.rpm", "lib-1-1.noarch.rpm"]);
    let dir = path(&lab, "all");
    run(&lab, "download app --alldeps --noweakdeps --destdir", &[&dir]);
    assert_eq!(
        files(&dir),
        ["app-1-1.noarch.rpm", "base-1-1.noarch.rpm", "lib-1-1.noarch.rpm"]
    );
    assert_eq!(lab.rpm_qa(), ["base-1-1.noarch"], "nothing was installed");
}

#[test]
fn download_takes_the_newest_or_the_one_named_and_checks_it() {
    let lab = lab();
    lab.publish(vec![
        TestPackage::new("base", "2-1"),
        TestPackage::new("bare", "1-1").unsigned(),
    ]);
    let dir = path(&lab, "out");
    run(&lab, "download base --destdir", &[&dir]);
    run(&lab, "download base-1-1 --destdir", &[&dir]);
    assert_eq!(files(&dir), ["base-1-1.noarch.rpm", "base-2-1.noarch.rpm"]);
    let json = run(&lab, "-j download base --destdir", &[&dir]).json();
    let expected = json!([{"Name": "base", "Arch": "noarch", "Evr": "2-1", "Repo": "test",
        "Path": format!("{dir}/base-2-1.noarch.rpm")}]);
    assert_eq!(json, expected);
    let ran = run(&lab, "download bare --destdir", &[&dir]);
    assert_eq!(ran.status, 1510 & 0xff, "{ran:?}");
    assert_eq!(files(&dir).len(), 2);
    let ran = run(&lab, "download bsae --destdir", &[&dir]);
    assert_eq!(ran.status, 1011 & 0xff, "{ran:?}");
    assert!(ran.err.contains("nearest names: base"), "{ran:?}");
    assert_eq!(run(&lab, "download", &[]).status, 904 & 0xff);
}

#[test]
fn download_finds_source_packages_by_the_name_of_what_was_built() {
    let lab = lab();
    lab.build_source("thing", "1-1");
    lab.publish(vec![
        TestPackage::new("thing-tools", "1-1").source("thing-1-1.src.rpm"),
    ]);
    for word in ["thing", "thing-tools"] {
        let dir = path(&lab, word);
        let ran = run(&lab, "download --nogpgcheck --source", &[word, "--destdir", &dir]);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert_eq!(files(&dir), ["thing-1-1.src.rpm"]);
    }
    let ran = run(&lab, "download thing --destdir", &[&path(&lab, "no")]);
    assert_eq!(
        ran.status,
        1011 & 0xff,
        "without --source there is no package of that name: {ran:?}"
    );
}

#[test]
fn why_shows_the_chains_from_what_was_asked_for() {
    let lab = lab();
    lab.tdnf("install -y app");
    lab.tdnf("install -y other");
    let ran = lab.tdnf("why base");
    let expected = "\
base-1-1.noarch
  app-1-1.noarch (asked for) requires lib >= 1
    lib-1-1.noarch requires base
  other-1-1.noarch (asked for) requires lib
    lib-1-1.noarch requires base
";
    assert_eq!((ran.status, ran.out.as_str()), (0, expected), "{ran:?}");
    let json = lab.tdnf("-j why extra app").json();
    let expected = json!([
        {"Package": "app-1-1.noarch", "UserInstalled": true, "Chains": []},
        {"Package": "extra-1-1.noarch", "UserInstalled": false, "Chains":
            [[{"Package": "app-1-1.noarch", "Kind": "recommends", "Capability": "extra"}]]},
    ]);
    assert_eq!(json, expected);
    lab.tdnf("remove -y app other");
    assert!(lab.tdnf("why base").out.contains("autoremove would remove it"));
    assert_eq!(lab.tdnf("why nothing").status, 1011 & 0xff);
    assert_eq!(lab.tdnf("why").status, 904 & 0xff);
}

/// A program that runs from a file of its own until it is dropped.
struct Daemon {
    child: std::process::Child,
    path: PathBuf,
}

impl Daemon {
    fn start(dir: &std::path::Path) -> Self {
        let path = dir.join("daemon");
        // A process of its own copies: what a test beside this one starts could inherit a file that is open for
        // writing here, and then it cannot be run (execve(2), ETXTBSY).
        let copied = Command::new("cp").arg("/bin/cat").arg(&path).status().unwrap();
        assert!(copied.success());
        let mut child = Command::new(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Once it answers it is running.
        use std::io::{Read, Write};
        child.stdin.as_mut().unwrap().write_all(b"x").unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        Self { child, path }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder where a replaced file counts: what programs put below /tmp and the like for themselves does not. The
/// project itself may lie there.
fn outside_of_scratch() -> tempfile::TempDir {
    let home = std::env::var("HOME").unwrap_or_default();
    let places = [env!("CARGO_TARGET_TMPDIR"), &home, "/opt", "/var/lib"];
    let counts = |place: &&str| {
        let scratch = ["/tmp/", "/var/tmp/", "/run/", "/dev/"];
        let real = fs::canonicalize(place).unwrap_or_default();
        real.is_absolute() && !scratch.iter().any(|prefix| real.join("").starts_with(prefix))
    };
    let mut folders = places
        .iter()
        .copied()
        .filter(counts)
        .filter_map(|place| tempfile::tempdir_in(place).ok());
    folders
        .next()
        .expect("a writable folder outside of /tmp: the home, for example")
}

#[test]
fn a_process_whose_file_was_replaced_is_listed() {
    let lab = lab();
    let dir = outside_of_scratch();
    let daemon = Daemon::start(dir.path());
    let pid = daemon.child.id();
    let listed = || {
        let json = lab.tdnf("-j needs-restarting").json();
        let all = json.as_array().unwrap().clone();
        all.into_iter().find(|process| process["Pid"] == pid)
    };
    assert_eq!(listed(), None);
    fs::write(dir.path().join("new"), "").unwrap();
    fs::rename(dir.path().join("new"), &daemon.path).unwrap();
    let process = listed().expect("it is listed now");
    assert_eq!(process["Command"], daemon.path.display().to_string());
    assert_eq!(process["Files"], json!([daemon.path.display().to_string()]));
    let ran = lab.tdnf("needs-restarting");
    assert!(
        ran.out.contains(&format!("{pid} : {}\n", daemon.path.display())),
        "{ran:?}"
    );
    assert_eq!(lab.tdnf("needs-restarting -s").status, 0);
    assert!(lab.tdnf("-j needs-restarting --services").json().is_array());
}

#[test]
fn a_restart_of_the_machine_is_advised_after_the_kernel_or_the_c_library() {
    let lab = lab();
    lab.publish(vec![
        TestPackage::new("libc-of-ours", "1-1").provides("libc.so.6()(64bit)"),
    ]);
    lab.tdnf("install -y base");
    let ran = lab.tdnf("needs-restarting -r");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.out.contains("should not be necessary"), "{ran:?}");
    lab.tdnf("install -y libc-of-ours");
    let ran = lab.tdnf("needs-restarting --reboothint");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.out.contains("  * libc-of-ours\n"), "{ran:?}");
    let ran = lab.tdnf("-j needs-restarting -r");
    assert_eq!(ran.json(), json!({"Reboot": true, "Packages": ["libc-of-ours"]}));
}
