//! What can be found out beforehand is, and then nothing has been changed.

#![allow(clippy::unwrap_used)] // also outside of #[test] functions

mod lab;

use std::fs;
use std::path::{Path, PathBuf};

use lab::{Lab, package, with_files};
use rpmfile::{FileEntry, Scriptlet, ScriptletKind};
use transaction::{Error, Silent, Transaction};

fn one_file(name: &str, path: &str, content: &str) -> rpmfile::Builder {
    with_files(package(name, "1"), [FileEntry::regular(path, content)])
}

/// The transaction is refused and the root is as it was, without even a trace of our log.
fn refused(root: &Path, files: &[&PathBuf]) -> Error {
    let before = lab::tree(root);
    let error = lab::upgrade(root, files).unwrap_err();
    assert_eq!(lab::tree(root), before, "{error}");
    assert!(!root.join("var/lib/tdnf/transaction").exists(), "{error}");
    error
}

#[test]
fn two_packages_with_one_path_and_different_content() {
    let lab = Lab::new();
    let root = lab.root("conflict");
    let (a, b) = (
        lab.build(&one_file("a", "/opt/x", "1")),
        lab.build(&one_file("b", "/opt/x", "2")),
    );
    let text = refused(&root, &[&a, &b]).to_string();
    assert!(
        text.contains("/opt/x of a-1-1.noarch differs from that of b-1-1.noarch (to be installed too)"),
        "{text}"
    );
    lab::upgrade(&root, &[&a]).unwrap();
    let text = refused(&root, &[&b]).to_string();
    assert!(
        text.contains("/opt/x of b-1-1.noarch differs from that of a-1-1.noarch (installed)"),
        "{text}"
    );
}

#[test]
fn every_conflict_is_listed_not_just_the_first() {
    let lab = Lab::new();
    let root = lab.root("conflicts");
    let files = |content: &str| ["/opt/x", "/opt/y"].map(|path| FileEntry::regular(path, content));
    let a = lab.build(&with_files(package("a", "1"), files("1")));
    let b = lab.build(&with_files(package("b", "1"), files("2")));
    let error = refused(&root, &[&a, &b]);
    assert!(
        matches!(&error, Error::Conflicts { conflicts } if conflicts.len() == 2),
        "{error}"
    );
}

#[test]
fn a_conflict_behind_a_link() {
    let lab = Lab::new();
    let root = lab.root("behind");
    let link = with_files(
        package("base", "1"),
        [
            FileEntry::symlink("/opt/lib", "usr"),
            FileEntry::directory("/opt/usr"),
        ],
    );
    let files = [
        link,
        one_file("a", "/opt/usr/x", "1"),
        one_file("b", "/opt/lib/x", "2"),
    ]
    .map(|b| lab.build(&b));
    let error = refused(&root, &[&files[0], &files[1], &files[2]]);
    assert!(matches!(error, Error::Conflicts { .. }), "{error}");
}

#[test]
fn a_failing_pre_stops_all_packages() {
    let lab = Lab::new();
    let root = lab.root("pre");
    let mut failing = one_file("failing", "/opt/y", "1");
    failing.scriptlets.push(Scriptlet::shell(
        ScriptletKind::Pre,
        "echo no room for me; exit 3",
    ));
    let (good, failing) = (lab.build(&one_file("good", "/opt/x", "1")), lab.build(&failing));
    let text = refused(&root, &[&good, &failing]).to_string();
    assert!(
        text.contains("%pre of failing-1-1.noarch failed (exit status: 3)"),
        "{text}"
    );
    assert!(text.contains("no room for me"), "{text}");
}

#[test]
fn a_failing_preun_keeps_the_package() {
    let lab = Lab::new();
    let root = lab.root("preun");
    let mut stubborn = one_file("stubborn", "/opt/x", "1");
    stubborn
        .scriptlets
        .push(Scriptlet::shell(ScriptletKind::PreUn, "exit 1"));
    lab::upgrade(&root, &[&lab.build(&stubborn)]).unwrap();
    let error = lab::erase(&root, &["stubborn"]).unwrap_err();
    assert!(matches!(error, Error::Scriptlet { .. }), "{error}");
    assert!(root.join("opt/x").exists() && lab::row_of(&root, "stubborn") > 0);
}

#[test]
fn a_failing_post_is_a_warning() {
    let lab = Lab::new();
    let root = lab.root("post");
    let mut failing = one_file("failing", "/opt/x", "1");
    failing
        .scriptlets
        .push(Scriptlet::shell(ScriptletKind::Post, "echo oh dear; exit 1"));
    let report = lab::upgrade(&root, &[&lab.build(&failing)]).unwrap();
    assert!(report.warnings[0].contains("oh dear"), "{report:?}");
    assert!(root.join("opt/x").exists());
}

#[test]
fn a_package_whose_content_is_not_what_its_header_says() {
    let lab = Lab::new();
    let root = lab.root("damaged");
    let (good, other) = (
        lab.build(&one_file("a", "/opt/x", "good")),
        lab.build(&one_file("a", "/opt/x", "evil")),
    );
    // The header of one package with the payload of the other.
    let (headers, payload) = (fs::read(&good).unwrap(), fs::read(&other).unwrap());
    let offset = |path: &PathBuf| rpmfile::Package::open(path).unwrap().payload_offset as usize;
    let forged = [&headers[..offset(&good)], &payload[offset(&other)..]].concat();
    fs::write(&good, forged).unwrap();
    let error = refused(&root, &[&good]);
    assert!(
        matches!(&error, Error::Damaged { file, .. } if file == "/opt/x"),
        "{error}"
    );
}

#[test]
fn a_package_that_is_cut_short() {
    let lab = Lab::new();
    let root = lab.root("short");
    let file = lab.build(&one_file("a", "/opt/x", "content"));
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() - 20]).unwrap();
    let error = refused(&root, &[&file]);
    assert!(
        matches!(error, Error::Unpack { .. } | Error::Refused { .. }),
        "{error}"
    );
    fs::write(&file, &bytes[..300]).unwrap();
    assert!(matches!(refused(&root, &[&file]), Error::Package { .. }));
}

#[test]
fn a_folder_that_holds_the_users_files_is_not_replaced() {
    let lab = Lab::new();
    let root = lab.root("folder");
    let old = with_files(
        package("p", "1"),
        [
            FileEntry::directory("/opt/f"),
            FileEntry::regular("/opt/f/own", "1"),
        ],
    );
    let new = with_files(package("p", "2"), [FileEntry::symlink("/opt/f", "elsewhere")]);
    let (old, new) = (lab.build(&old), lab.build(&new));
    lab::upgrade(&root, &[&old]).unwrap();
    fs::write(root.join("opt/f/mine"), "mine").unwrap();
    let error = refused(&root, &[&new]);
    assert!(
        matches!(&error, Error::FolderInUse { inside, .. } if inside == "opt/f/mine"),
        "{error}"
    );
    fs::remove_file(root.join("opt/f/mine")).unwrap();
    lab::upgrade(&root, &[&new]).unwrap(); // real rpm cannot do even this
    assert_eq!(fs::read_link(root.join("opt/f")).unwrap(), Path::new("elsewhere"));
    assert_eq!(lab::verify(&root), "");
}

#[test]
fn the_same_package_twice() {
    let lab = Lab::new();
    let root = lab.root("twice");
    let file = lab.build(&one_file("a", "/opt/x", "1"));
    lab::upgrade(&root, &[&file]).unwrap();
    let error = Transaction::new(&root, lab::options())
        .install(&file)
        .run(&Silent)
        .unwrap_err();
    assert!(matches!(error, Error::AlreadyInstalled { .. }), "{error}");
    lab::upgrade(&root, &[&file]).unwrap(); // in its own place: a reinstallation
}

#[test]
fn a_language_nobody_speaks_here() {
    let lab = Lab::new();
    let root = lab.root("language");
    let mut strange = one_file("a", "/opt/x", "1");
    strange
        .scriptlets
        .push(Scriptlet::program(ScriptletKind::Post, "<guile>"));
    let error = refused(&root, &[&lab.build(&strange)]);
    assert!(matches!(error, Error::Language { .. }), "{error}");
}

#[test]
fn two_transactions_at_once() {
    let lab = Lab::new();
    let root = lab.root("busy");
    let mut slow = one_file("slow", "/opt/x", "1");
    slow.scriptlets.push(Scriptlet::shell(
        ScriptletKind::Pre,
        "while [ ! -e /go ]; do read x < /dev/null; done; true",
    ));
    let (slow, other) = (lab.build(&slow), lab.build(&one_file("other", "/opt/y", "1")));
    std::thread::scope(|scope| {
        let first = scope.spawn(|| lab::upgrade(&root, &[&slow]).is_ok());
        while !root.join("var/lib/tdnf/transaction/scriptlet").exists() {
            std::thread::yield_now();
        }
        let error = lab::upgrade(&root, &[&other]).unwrap_err();
        assert!(matches!(error, Error::Busy { .. }), "{error}");
        fs::write(root.join("go"), "").unwrap();
        assert!(first.join().unwrap());
    });
}

#[test]
fn checking_alone_changes_nothing() {
    let lab = Lab::new();
    let root = lab.root("check");
    let before = lab::tree(&root);
    let file = lab.build(&one_file("a", "/opt/x", "1"));
    let options = transaction::Options {
        check_only: true,
        ..lab::options()
    };
    let report = Transaction::new(&root, options)
        .upgrade(&file)
        .run(&Silent)
        .unwrap();
    assert_eq!(report.installed, ["a-1-1.noarch"]);
    assert_eq!(lab::tree(&root), before);
}
