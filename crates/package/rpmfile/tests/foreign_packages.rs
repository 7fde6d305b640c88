//! Packages made by rpmbuild and signed by rpmsign, read by us and by rpm.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use rpmfile::{Digests, Error, FileFlags, Package, ScriptletKind};

const SPEC: &str = r#"
Name: foreign
Version: 2.0
Release: 1
Epoch: 1
Summary: From elsewhere
License: MIT
BuildArch: noarch
Requires: (a if b)
%description
From elsewhere.
%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/etc %{buildroot}/usr/share/foreign/sub
seq 1 20000 > %{buildroot}/usr/bin/foreign
ln %{buildroot}/usr/bin/foreign %{buildroot}/usr/bin/a-link
ln %{buildroot}/usr/bin/foreign %{buildroot}/usr/bin/z-link
ln -s foreign %{buildroot}/usr/bin/soft
: > %{buildroot}/usr/share/foreign/empty
ln %{buildroot}/usr/share/foreign/empty %{buildroot}/usr/share/foreign/empty2
echo conf > %{buildroot}/etc/foreign.conf
touch %{buildroot}/etc/ghost
%pretrans -p <lua>
print("hello")
%post -p "/usr/bin/env -i true"
%filetriggerin -P 123 -- /usr/lib /usr/share
cat
%transfiletriggerun -- /etc
true
%triggerpostun -- other < 2
true
%files
%attr(2711,root,games) %caps(cap_net_bind_service=ep) /usr/bin/foreign
%attr(2711,root,games) /usr/bin/a-link
%attr(2711,root,games) /usr/bin/z-link
/usr/bin/soft
%dir %attr(1777,root,root) /usr/share/foreign/sub
/usr/share/foreign/empty*
%config(noreplace) /etc/foreign.conf
%ghost %config /etc/ghost
%changelog
* Mon Jan 01 2024 A <a@example.org> - 1-0
- First
"#;

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).env("LC_ALL", "C").output();
    let output = output
        .unwrap_or_else(|e| panic!("cannot run {program} ({e}): install the Debian packages rpm, gnupg"));
    assert!(
        output.status.success(),
        "{program} {arguments:?} failed: {output:?}"
    );
    String::from_utf8(output.stdout).unwrap()
}

fn build(dir: &Path, payload: &str) -> PathBuf {
    let spec = dir.join("foreign.spec");
    fs::write(&spec, SPEC).unwrap();
    let top = format!("_topdir {}/rpmbuild", dir.display());
    let payload = format!("_binary_payload {payload}");
    run(
        "rpmbuild",
        &[
            "-bb",
            "--quiet",
            "--define",
            &top,
            "--define",
            &payload,
            spec.to_str().unwrap(),
        ],
    );
    dir.join("rpmbuild/RPMS/noarch/foreign-2.0-1.noarch.rpm")
}

fn contents(package: &Package) -> Vec<(Vec<String>, usize)> {
    let mut payload = package.payload().unwrap();
    let paths: Vec<String> = payload.files().iter().map(|file| file.path.clone()).collect();
    let mut found = Vec::new();
    while let Some(mut entry) = payload.next_entry().unwrap() {
        let names = entry.links().iter().map(|i| paths[*i].clone()).collect();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        found.push((
            names,
            if entry.info().is_regular() {
                content.len()
            } else {
                0
            },
        ));
    }
    found.sort();
    found
}

#[test]
fn every_compression_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    for payload in ["w3.zstdio", "w6.gzdio", "w2.xzdio", "w.ufdio"] {
        let package = Package::open(build(dir.path(), payload)).unwrap();
        let all = Digests {
            header_sha256: true,
            header_sha1: true,
            payload_sha256: true,
            md5: false,
        };
        assert_eq!(package.verify_digests().unwrap(), all, "{payload}");
        let expected = [
            (names(&["/etc/foreign.conf"]), 5),
            (
                names(&["/usr/bin/a-link", "/usr/bin/foreign", "/usr/bin/z-link"]),
                108_894,
            ),
            (names(&["/usr/bin/soft"]), 0),
            (
                names(&["/usr/share/foreign/empty", "/usr/share/foreign/empty2"]),
                0,
            ),
            (names(&["/usr/share/foreign/sub"]), 0),
        ];
        assert_eq!(contents(&package), expected, "{payload}");
    }
}

#[test]
fn an_unknown_compression_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let package = Package::open(build(dir.path(), "w9.bzdio")).unwrap();
    package.verify_digests().unwrap();
    let error = package.payload().err().unwrap();
    assert!(error.to_string().contains("bzip2"), "{error}");
}

#[test]
fn files_are_those_that_rpm_lists() {
    let dir = tempfile::tempdir().unwrap();
    let path = build(dir.path(), "w1.zstdio");
    let format = "[%{FILENAMES}|%{LONGFILESIZES}|%{FILEMODES}|%{FILEMTIMES}|%{FILEDIGESTS}|%{FILEFLAGS}|\
                  %{FILEUSERNAME}|%{FILEGROUPNAME}|%{FILECAPS}|%{FILELINKTOS}|%{FILENLINKS}|%{FILEVERIFYFLAGS}\n]";
    let expected = run("rpm", &["-qp", "--qf", format, path.to_str().unwrap()]);
    let files = Package::open(&path).unwrap().header.files().unwrap();
    let line = |f: &rpmfile::FileInfo| {
        let caps = f.caps.clone().unwrap_or_default();
        let (flags, verify) = (f.flags.0, f.verify_flags);
        format!(
            "{}|{}|{}|{}|{}|{flags}|{}|{}|{caps}|{}|{}|{verify}\n",
            f.path, f.size, f.mode, f.mtime, f.digest, f.user, f.group, f.linkto, f.nlinks
        )
    };
    assert_eq!(files.iter().map(line).collect::<String>(), expected);
    let conf = files
        .iter()
        .find(|file| file.path == "/etc/foreign.conf")
        .unwrap();
    assert!(conf.flags.intersects(FileFlags::NOREPLACE));
}

#[test]
fn scripts_and_triggers_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let header = Package::open(build(dir.path(), "w1.zstdio")).unwrap().header;
    let pretrans = header.scriptlet(ScriptletKind::PreTrans).unwrap();
    assert_eq!(
        (&*pretrans.body, &pretrans.interpreter[..]),
        ("print(\"hello\")", &["<lua>".to_owned()][..])
    );
    assert_eq!(
        header.scriptlet(ScriptletKind::Post).unwrap().interpreter,
        ["/usr/bin/env", "-i", "true"]
    );
    let trigger = &header.file_triggers().unwrap()[0];
    assert_eq!(
        (trigger.priority, trigger.conditions.len(), &*trigger.body),
        (123, 2, "cat")
    );
    assert_eq!(
        header.transaction_file_triggers().unwrap()[0].conditions[0].name,
        "/etc"
    );
    assert_eq!(
        header.triggers().unwrap()[0].conditions[0].to_string(),
        "other < 2"
    );
    assert_eq!(header.changelog()[0].1, "A <a@example.org> - 1-0");
    assert!(header.requires().iter().any(|dependency| dependency.is_rich()));
    assert_eq!(header.nevra().unwrap().to_string(), "foreign-1:2.0-1.noarch");
}

#[test]
fn signatures_of_rpmsign_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let path = build(dir.path(), "w1.zstdio");
    let before = Package::open(&path).unwrap();
    assert!(before.signatures().is_empty());
    let home = dir.path().join("gnupg");
    fs::create_dir(&home).unwrap();
    let home = home.to_str().unwrap();
    let key = [
        "--homedir",
        home,
        "--batch",
        "--quiet",
        "--passphrase",
        "",
        "--quick-gen-key",
        "t@example.org",
        "rsa2048",
    ];
    run("gpg", &key);
    let (name, gpg) = ("_gpg_name t@example.org", format!("_gpg_path {home}"));
    // Debian's rpm calls gnupg by a name that not every machine has.
    let sign = [
        "--addsign",
        "--define",
        name,
        "--define",
        &gpg,
        "--define",
        "__gpg /usr/bin/gpg",
    ];
    run("rpmsign", &[&sign[..], &[path.to_str().unwrap()]].concat());
    let after = Package::open(&path).unwrap();
    assert_eq!(after.signatures().len(), 1);
    assert_eq!(after.signed_bytes(), before.signed_bytes());
    let (data, signature) = (dir.path().join("data"), dir.path().join("data.sig"));
    fs::write(&data, after.signed_bytes()).unwrap();
    fs::write(&signature, &after.signatures()[0]).unwrap();
    run(
        "gpg",
        &[
            "--homedir",
            home,
            "--verify",
            signature.to_str().unwrap(),
            data.to_str().unwrap(),
        ],
    );
}

#[test]
fn what_is_no_package_is_refused_with_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fake.rpm");
    fs::write(&path, "PK\u{3}\u{4}".repeat(100)).unwrap();
    let error = Package::open(&path).unwrap_err();
    assert!(matches!(error, Error::Open { .. }));
    assert!(
        error.to_string().contains("fake.rpm: this is not an RPM package"),
        "{error}"
    );
    let error = Package::open(dir.path().join("missing.rpm")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("missing.rpm: cannot read the file: No such file"),
        "{error}"
    );
}
