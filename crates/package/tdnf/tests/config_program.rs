//! `tdnf-config`: what it prints, how it changes files, and with which status it ends.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use support::{Ran, face};

struct Files {
    dir: tempfile::TempDir,
}

const REPO: &str = "# Packages\n[one]\nname=One   # not a comment\n# where\nbaseurl = http://a\n\thttp://b\n\n[two]\nname=Two\npassword=geheim\n";

impl Files {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("repos")).unwrap();
        let text = format!(
            "[main]\n# strict\ngpgcheck=1\nrepodir={}\n",
            dir.path().join("repos").display()
        );
        fs::write(dir.path().join("tdnf.conf"), text).unwrap();
        fs::write(dir.path().join("repos/test.repo"), REPO).unwrap();
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn run(&self, words: &[&str]) -> Ran {
        let conf = self.path("tdnf.conf").display().to_string();
        face(self.dir.path(), "tdnf-config", &[&["-c", &conf], words].concat())
    }

    fn repo(&self) -> String {
        fs::read_to_string(self.path("repos/test.repo")).unwrap()
    }
}

#[test]
fn edit_changes_only_what_is_asked_for() {
    let files = Files::new();
    let mode = fs::Permissions::from_mode(0o640);
    fs::set_permissions(files.path("repos/test.repo"), mode).unwrap();
    let ran = files.run(&["edit", "one", "baseurl=http://c", "enabled=1"]);
    assert_eq!((ran.status, ran.out.as_str()), (0, ""), "{ran:?}");
    let expected = "# Packages\n[one]\nname=One   # not a comment\n# where\nbaseurl = http://c\nenabled=1\n\n[two]\nname=Two\npassword=geheim\n";
    assert_eq!(files.repo(), expected);
    let mode = fs::metadata(files.path("repos/test.repo")).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o640);
    assert_eq!(files.run(&["edit", "main", "keepcache=1"]).status, 0);
    let main = fs::read_to_string(files.path("tdnf.conf")).unwrap();
    assert!(main.starts_with("[main]\n# strict\ngpgcheck=1\n") && main.ends_with("\nkeepcache=1\n"));
}

#[test]
fn create_makes_a_file_or_adds_to_one_and_refuses_a_second_of_that_name() {
    let files = Files::new();
    assert_eq!(files.run(&["create", "new", "name=New", "enabled=1"]).status, 0);
    let text = fs::read_to_string(files.path("repos/new.repo")).unwrap();
    assert_eq!(text, "[new]\nname=New\nenabled=1\n");
    let file = files.path("repos/test.repo").display().to_string();
    assert_eq!(files.run(&["-f", &file, "create", "three", "name=3"]).status, 0);
    assert_eq!(files.repo(), format!("{REPO}\n[three]\nname=3\n"));
    let ran = files.run(&["create", "one", "name=Other"]);
    assert_eq!(ran.status, 5, "{ran:?}");
    assert!(ran.err.contains("repo 'one' already exists"), "{ran:?}");
}

#[test]
fn get_prints_a_value() {
    let files = Files::new();
    assert_eq!(files.run(&["get", "one", "baseurl"]).out, "http://a http://b\n");
    assert_eq!(files.run(&["get", "main", "gpgcheck"]).out, "1\n");
    assert_eq!(files.run(&["get", "one", "nothing"]).status, 4);
    assert_eq!(files.run(&["get", "nowhere", "name"]).status, 3);
}

#[test]
fn remove_takes_settings_and_their_further_lines() {
    let files = Files::new();
    assert_eq!(files.run(&["remove", "one", "baseurl", "name"]).status, 0);
    assert!(files.repo().starts_with("# Packages\n[one]\n# where\n\n[two]\n"));
    let before = files.repo();
    assert_eq!(files.run(&["remove", "two", "name", "nothing"]).status, 4);
    assert_eq!(files.repo(), before, "all or nothing");
}

#[test]
fn removerepo_removes_the_section_and_the_last_one_the_file() {
    let files = Files::new();
    assert_eq!(files.run(&["removerepo", "one"]).status, 0);
    assert_eq!(files.repo(), "# Packages\n[two]\nname=Two\npassword=geheim\n");
    assert_eq!(files.run(&["removerepo", "two"]).status, 0);
    assert!(!files.path("repos/test.repo").exists());
    assert_eq!(files.run(&["removerepo", "two"]).status, 3);
    assert_eq!(files.run(&["removerepo", "main"]).status, 1);
}

#[test]
fn dump_prints_the_file_or_one_section_as_json() {
    let files = Files::new();
    assert_eq!(files.run(&["dump", "two"]).out, REPO);
    let json = files.run(&["dump", "-j", "one"]).json();
    let expected = serde_json::json!({"one": {
        "name": "One   # not a comment", "baseurl": "http://a http://b", ".comment": "# where"}});
    assert_eq!(json, expected);
}

#[test]
fn a_command_line_that_makes_no_sense_ends_with_1_and_changes_nothing() {
    let files = Files::new();
    for words in [
        &[] as &[&str],
        &["sing", "one"],
        &["edit"],
        &["edit", "one"],
        &["edit", "one", "nothing"],
        &["edit", "one", "name=x\n[evil]"],
        &["edit", "one", "a b=c"],
        &["edit", "one", "=c"],
        &["create", "main", "a=b"],
        &["create", "../x", "a=b"],
        &["get", "one"],
        &["get", "one", "a", "b"],
        &["--unknown", "dump", "one"],
    ] {
        let ran = files.run(words);
        assert_eq!(ran.status, 1, "{words:?}: {ran:?}");
        assert!(ran.err.starts_with("tdnf-config: "), "{ran:?}");
    }
    assert_eq!(files.repo(), REPO);
    assert_eq!(files.run(&["--help"]).status, 0);
}

#[test]
fn a_file_that_is_not_there_is_the_systems_fault() {
    let files = Files::new();
    fs::remove_file(files.path("tdnf.conf")).unwrap();
    let ran = files.run(&["edit", "main", "gpgcheck=1"]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.err.contains("tdnf.conf"), "{ran:?}");
}

#[test]
fn a_link_stays_a_link_and_two_changes_at_once_are_both_made() {
    let files = Files::new();
    fs::rename(files.path("repos/test.repo"), files.path("real")).unwrap();
    std::os::unix::fs::symlink(files.path("real"), files.path("repos/test.repo")).unwrap();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let files = &files;
            scope.spawn(move || {
                let setting = format!("key{number}={number}");
                assert_eq!(files.run(&["edit", "two", &setting]).status, 0);
            });
        }
    });
    let link = fs::symlink_metadata(files.path("repos/test.repo")).unwrap();
    assert!(link.is_symlink());
    let text = files.repo();
    assert!(
        (0..8).all(|number| text.contains(&format!("key{number}={number}\n"))),
        "{text}"
    );
}
