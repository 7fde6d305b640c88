//! Filling a root from a repository, and what is refused.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::fs;

use support::{Lab, TestPackage};
use tdnf::Error;

fn base() -> Vec<TestPackage> {
    vec![
        TestPackage::new("app", "1-1")
            .requires("lib >= 1")
            .recommends("extra"),
        TestPackage::new("lib", "1-1").provides("libtest.so.1"),
        TestPackage::new("extra", "1-1"),
        TestPackage::new("other", "1-1"),
    ]
}

#[test]
fn packages_come_with_what_they_need() {
    let lab = Lab::with(base());
    let report = lab.install(&["app"]).unwrap();
    assert_eq!(report.items.len(), 2);
    assert_eq!(lab.rpm_qa(), ["app-1-1.noarch", "lib-1-1.noarch"]);
    assert_eq!(
        fs::read_to_string(lab.root().join("usr/share/test/app")).unwrap(),
        "app 1-1\n"
    );
}

#[test]
fn recommendations_are_followed_on_demand() {
    let lab = Lab::with(base());
    let options = tdnf::InstallOptions {
        weak_dependencies: true,
        ..lab.options()
    };
    tdnf::install_into(&lab.root(), &[lab.repo_config()], &["app"], &options).unwrap();
    assert_eq!(
        lab.rpm_qa(),
        ["app-1-1.noarch", "extra-1-1.noarch", "lib-1-1.noarch"]
    );
}

#[test]
fn a_second_call_adds_and_a_third_finds_nothing_to_do() {
    let lab = Lab::with(base());
    lab.install(&["app"]).unwrap();
    lab.install(&["other"]).unwrap();
    assert_eq!(lab.rpm_qa().len(), 3);
    assert!(lab.install(&["other"]).unwrap().items.is_empty());
}

#[test]
fn the_same_call_gives_the_same_root() {
    let lab = Lab::with(base());
    let files = |root: &str| {
        let root = lab.dir.path().join(root);
        tdnf::install_into(&root, &[lab.repo_config()], &["app", "other"], &lab.options()).unwrap();
        let path = root.join("usr/lib/sysimage");
        (
            fs::read(path.join("rpm/rpmdb.sqlite")).unwrap(),
            fs::read(path.join("tdnf/history.db")).unwrap(),
        )
    };
    assert!(files("one") == files("two"));
}

#[test]
fn an_unknown_name_is_refused_with_the_nearest() {
    let lab = Lab::with(base());
    let error = lab.install(&["oter"]).unwrap_err();
    assert_eq!(error.code(), 1011);
    assert!(error.to_string().contains("nearest names: other"), "{error}");
}

#[test]
fn an_unsigned_package_is_refused() {
    let lab = Lab::with(vec![TestPackage::new("naked", "1-1").unsigned()]);
    let error = lab.install(&["naked"]).unwrap_err();
    assert!(matches!(error, Error::Untrusted { code: 1510, .. }), "{error}");
    assert!(lab.rpm_qa().is_empty());
}

#[test]
fn a_package_signed_by_another_key_is_refused() {
    let (lab, stranger) = (Lab::new(), Lab::new());
    stranger.build(&lab.repo(), &TestPackage::new("strange", "1-1"));
    lab.write_metadata(support::TIME);
    let error = lab.install(&["strange"]).unwrap_err();
    assert!(matches!(error, Error::Untrusted { code: 1514, .. }), "{error}");
}

#[test]
fn a_package_changed_after_the_metadata_is_refused() {
    let lab = Lab::with(base());
    let path = lab.repo().join("other-1-1.noarch.rpm");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, bytes).unwrap();
    let error = lab.install(&["other"]).unwrap_err();
    assert_eq!(error.code(), 1528, "{error}");
    assert!(lab.rpm_qa().is_empty());
}

#[test]
fn a_payload_changed_with_fresh_metadata_is_refused_by_the_signature() {
    let lab = Lab::with(base());
    let path = lab.repo().join("other-1-1.noarch.rpm");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, bytes).unwrap();
    lab.write_metadata(support::TIME + 1);
    assert!(matches!(
        lab.install(&["other"]).unwrap_err(),
        Error::Untrusted { code: 1528, .. }
    ));
}

#[test]
fn metadata_signed_by_another_key_is_refused() {
    let (lab, stranger) = (Lab::with(base()), Lab::new());
    let mut repo = lab.repo_config();
    repo.gpgkey = vec![stranger.key_file().display().to_string()];
    let options = tdnf::InstallOptions {
        trusted: keyring::Keyring::new(),
        ..lab.options()
    };
    let error = tdnf::install_into(&lab.root(), &[repo], &["other"], &options).unwrap_err();
    assert!(error.to_string().contains("not trusted"), "{error}");
}

#[test]
fn without_any_key_the_error_says_where_to_put_one() {
    let lab = Lab::with(base());
    let mut repo = lab.repo_config();
    repo.gpgkey.clear();
    repo.repo_gpgcheck = false;
    let options = tdnf::InstallOptions {
        trusted: keyring::Keyring::new(),
        ..lab.options()
    };
    let error = tdnf::install_into(&lab.root(), &[repo], &["other"], &options).unwrap_err();
    assert_eq!(error.code(), 1523);
    assert!(error.to_string().contains("gpgkey="), "{error}");
}

#[test]
fn two_packages_with_one_path_and_different_content_are_refused() {
    let lab = Lab::with(vec![
        TestPackage::new("a", "1-1").file("/etc/shared", "a"),
        TestPackage::new("b", "1-1").file("/etc/shared", "b"),
    ]);
    let error = lab.install(&["a", "b"]).unwrap_err();
    assert_eq!(error.code(), 1525);
    assert!(error.to_string().contains("/etc/shared"), "{error}");
    assert!(lab.rpm_qa().is_empty());
}

#[test]
fn what_contradicts_itself_is_explained() {
    let lab = Lab::with(vec![
        TestPackage::new("a", "1-1").conflicts("b"),
        TestPackage::new("b", "1-1"),
        TestPackage::new("c", "1-1").requires("nowhere"),
    ]);
    let error = lab.install(&["a", "b"]).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("package a-1-1.noarch conflicts with b"),
        "{error}"
    );
    let error = lab.install(&["c"]).unwrap_err();
    assert_eq!(error.code(), 1301);
    assert!(
        error
            .to_string()
            .contains("nothing provides nowhere needed by c-1-1.noarch"),
        "{error}"
    );
}
