//! What someone on the way, on the mirror, or on this machine may try. Tests are named after the attack.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use rustix::fs::{FlockOperation, flock};
use support::server::Server;
use support::{Lab, Ran, TIME, TestPackage};

struct Net {
    lab: Lab,
    server: Server,
}

impl Net {
    fn new() -> Self {
        let lab = Lab::with(vec![TestPackage::new("app", "1-1")]);
        let server = Server::serve(&lab.repo());
        fs::create_dir_all(lab.root().join("etc/yum.repos.d")).unwrap();
        fs::create_dir_all(lab.root().join("etc/tdnf")).unwrap();
        fs::write(lab.root().join("etc/tdnf/tdnf.conf"), "[main]\nretries=0\n").unwrap();
        let net = Self { lab, server };
        net.configure("repo_gpgcheck=1");
        net
    }

    fn configure(&self, lines: &str) {
        let (url, key) = (&self.server.url, self.lab.key_file());
        let text = format!(
            "[net]\nenabled=1\nbaseurl={url}\ngpgkey=file://{}\n{lines}\n",
            key.display()
        );
        fs::write(self.lab.root().join("etc/yum.repos.d/net.repo"), text).unwrap();
    }

    fn tdnf(&self, line: &str) -> Ran {
        self.lab.tdnf(line)
    }

    /// The same repository as someone else would make it, with a key of his own.
    fn forge(&self) -> Lab {
        let forger = Lab::with(vec![TestPackage::new("app", "2-1")]);
        for name in ["repomd.xml", "repomd.xml.asc"] {
            let bytes = fs::read(forger.repo().join("repodata").join(name)).unwrap();
            self.server.change(&format!("/{name}"), bytes);
        }
        forger
    }

    fn nothing_installed(&self) -> bool {
        self.lab.rpm_qa().is_empty()
    }
}

#[test]
fn repomd_replaced_and_signed_with_another_key() {
    let net = Net::new();
    net.forge();
    let ran = net.tdnf("-y install app");
    assert_eq!(ran.status, 2004 & 0xff, "{ran:?}");
    assert!(
        ran.err.contains("not trusted") && net.nothing_installed(),
        "{ran:?}"
    );
}

#[test]
fn repomd_replaced_and_the_old_signature_kept() {
    let net = Net::new();
    let path = net.lab.repo().join("repodata/repomd.xml");
    let text = fs::read_to_string(path).unwrap() + "\n";
    net.server.change("/repomd.xml", text.into_bytes());
    let ran = net.tdnf("makecache");
    assert_eq!(ran.status, 2004 & 0xff, "{ran:?}");
}

#[test]
fn an_older_state_served_again_to_hide_an_update() {
    let net = Net::new();
    let old: Vec<_> = ["repomd.xml", "repomd.xml.asc"]
        .map(|name| {
            (
                name,
                fs::read(net.lab.repo().join("repodata").join(name)).unwrap(),
            )
        })
        .into();
    net.lab.build(&net.lab.repo(), &TestPackage::new("app", "2-1"));
    net.lab.write_metadata(TIME + 100);
    assert_eq!(net.tdnf("makecache").status, 0);
    for (name, bytes) in old {
        net.server.change(&format!("/{name}"), bytes);
    }
    let ran = net.tdnf("--refresh makecache");
    assert_ne!(ran.status, 0, "{ran:?}");
    assert!(ran.err.contains("offers an older state"), "{ran:?}");
    assert!(
        net.tdnf("-C list available").out.contains("2-1"),
        "the newer one stays in use"
    );
}

#[test]
fn a_package_without_a_signature() {
    let net = Net::new();
    net.lab.publish(vec![TestPackage::new("bare", "1-1").unsigned()]);
    let ran = net.tdnf("-y install bare");
    assert_eq!(ran.status, 1510 & 0xff, "{ran:?}");
    // That one repository needs no signatures says nothing about the other.
    let lax = Lab::with(vec![TestPackage::new("lax", "1-1").unsigned()]);
    let text = format!(
        "[lax]\nenabled=1\ngpgcheck=0\nbaseurl=file://{}\n",
        lax.repo().display()
    );
    fs::write(net.lab.root().join("etc/yum.repos.d/lax.repo"), text).unwrap();
    let ran = net.tdnf("-y install lax bare");
    assert_eq!(ran.status, 1510 & 0xff, "{ran:?}");
    assert!(net.nothing_installed(), "both or none");
    assert_eq!(net.tdnf("-y install lax").status, 0);
}

#[test]
fn a_package_signed_with_another_key() {
    let net = Net::new();
    let forger = Lab::new();
    forger.build(&net.lab.repo(), &TestPackage::new("evil", "1-1"));
    net.lab.write_metadata(TIME);
    let ran = net.tdnf("-y install evil");
    assert_eq!(ran.status, 1514 & 0xff, "{ran:?}");
    assert!(
        ran.err.contains("not among the trusted keys") && net.nothing_installed(),
        "{ran:?}"
    );
}

#[test]
fn another_package_under_a_trusted_name() {
    let net = Net::new();
    net.tdnf("makecache");
    // Signed by us, but not what the metadata announced.
    let other = net
        .lab
        .build(net.lab.dir.path(), &TestPackage::new("other", "1-1"));
    net.server.change("app-1-1.noarch.rpm", fs::read(other).unwrap());
    let ran = net.tdnf("-y install app");
    assert_eq!(ran.status, 1528 & 0xff, "{ran:?}");
    assert!(net.nothing_installed());
}

#[test]
fn a_key_that_signed_nothing_is_not_slipped_in() {
    let net = Net::new();
    let stranger = Lab::new();
    fs::copy(stranger.key_file(), net.lab.repo().join("stranger.asc")).unwrap();
    fs::copy(net.lab.key_file(), net.lab.repo().join("key.asc")).unwrap();
    let url = &net.server.url;
    net.configure(&format!(
        "repo_gpgcheck=1\ngpgkey={url}/stranger.asc {url}/key.asc"
    ));
    let ran = net.tdnf("-y install app");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.err.contains("/key.asc") && !ran.err.contains("stranger"),
        "{ran:?}"
    );
    let kept = fs::read_dir(net.lab.root().join("var/cache/tdnf/keys")).unwrap();
    assert_eq!(kept.count(), 1);
    let again = net.tdnf("-y reinstall app");
    assert!(!again.err.contains("wants to use"), "asked once: {again:?}");
}

#[test]
fn a_key_that_is_not_agreed_to_is_neither_used_nor_kept() {
    let net = Net::new();
    fs::copy(net.lab.key_file(), net.lab.repo().join("key.asc")).unwrap();
    net.configure(&format!("repo_gpgcheck=1\ngpgkey={}/key.asc", net.server.url));
    let ran = net.tdnf("--assumeno makecache");
    assert_eq!(ran.status, 1505 & 0xff, "{ran:?}");
    let ran = net.tdnf("install app");
    assert_eq!(ran.status, 1505 & 0xff, "no answer is no: {ran:?}");
    assert!(!net.lab.root().join("var/cache/tdnf/keys").exists());
    // Nor is what was fetched with it.
    assert_ne!(net.tdnf("--assumeno -C list available").status, 0);
}

/// Expired keys, those that may not sign and others that gpg does not make are in the tests of `keyring`.
#[test]
fn a_weak_and_a_revoked_key() {
    for (kind, part) in [
        ("rsa1024", "1024 bits"),
        ("revoked", "revoked"),
        ("sha1", "weak digest"),
    ] {
        let net = Net::new();
        let (key, signature) = gpg_signature(&net.lab, kind);
        net.server.change("/repomd.xml.asc", signature);
        fs::write(net.lab.key_file(), key).unwrap();
        let ran = net.tdnf("makecache");
        assert_eq!(ran.status, 2004 & 0xff, "{kind}: {ran:?}");
        assert!(ran.err.contains(part), "{kind}: {ran:?}");
    }
}

/// A key made by gpg, and its signature over repomd.xml.
fn gpg_signature(lab: &Lab, kind: &str) -> (Vec<u8>, Vec<u8>) {
    let home = tempfile::tempdir().unwrap();
    let gpg = |words: &str| {
        let output = Command::new("gpg")
            .args([
                "--batch",
                "--quiet",
                "--pinentry-mode",
                "loopback",
                "--passphrase",
                "",
                "--homedir",
            ])
            .arg(home.path())
            .args(words.split(' '))
            .stdin(Stdio::null())
            .output()
            .expect("gpg is missing: install the package gnupg");
        assert!(
            output.status.success(),
            "gpg {words}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    };
    let algorithm = if kind == "rsa1024" { "rsa1024" } else { "ed25519" };
    gpg(&format!("--quick-gen-key test@example.org {algorithm} sign 0"));
    let repomd = lab.repo().join("repodata/repomd.xml").display().to_string();
    let digest = if kind == "sha1" { "--digest-algo SHA1 " } else { "" };
    let signature = gpg(&format!("{digest}--detach-sign --armor --output - {repomd}"));
    if kind == "revoked" {
        let dir = home.path().join("openpgp-revocs.d");
        let file = fs::read_dir(dir).unwrap().flatten().next().unwrap().path();
        let text = fs::read_to_string(&file)
            .unwrap()
            .replace(":-----BEGIN", "-----BEGIN");
        fs::write(&file, text).unwrap();
        gpg(&format!("--import {}", file.display()));
    }
    (gpg("--export --armor"), signature)
}

#[test]
fn a_link_in_the_cache_that_leads_elsewhere() {
    let net = Net::new();
    net.tdnf("makecache");
    let target = net.lab.dir.path().join("precious");
    fs::write(&target, "precious").unwrap();
    let bytes = fs::read(net.lab.repo().join("app-1-1.noarch.rpm")).unwrap();
    let digest = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(bytes));
    let dir = net
        .lab
        .root()
        .join("var/cache/tdnf/rpms/sha256")
        .join(&digest[..2]);
    fs::create_dir_all(&dir).unwrap();
    symlink(&target, dir.join(format!("{digest}.part"))).unwrap();
    symlink(&target, dir.join(&digest)).unwrap();
    let ran = net.tdnf("-y install app");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
}

#[test]
fn a_repository_id_that_leads_out_of_the_cache() {
    let net = Net::new();
    let file = net.lab.root().join("etc/yum.repos.d/net.repo");
    let text = fs::read_to_string(&file).unwrap().replace("[net]", "[../../net]");
    fs::write(file, text).unwrap();
    let ran = net.tdnf("makecache");
    assert_eq!(ran.status, 1004 & 0xff, "{ran:?}");
}

#[test]
fn an_endless_repomd() {
    let net = Net::new();
    net.server.change("/repomd.xml", vec![b' '; (16 << 20) + 1]);
    let ran = net.tdnf("makecache");
    assert_ne!(ran.status, 0, "{ran:?}");
    assert!(ran.err.contains("more than the"), "{ran:?}");
}

#[test]
fn a_writer_waits_for_another_one_and_readers_for_nobody() {
    let net = Net::new();
    net.tdnf("makecache");
    let dir = net.lab.root().join("var/lib/tdnf");
    fs::create_dir_all(&dir).unwrap();
    let held = fs::File::open(&dir).unwrap();
    flock(&held, FlockOperation::LockExclusive).unwrap();
    for line in [
        "list available",
        "repolist",
        "history",
        "why --help",
        "check-update",
    ] {
        assert_eq!(net.tdnf(line).status, 0, "{line}");
    }
    let mut writer = Command::new(env!("CARGO_BIN_EXE_tdnf"))
        .arg("--installroot")
        .arg(net.lab.root())
        .args(["-y", "install", "app"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(writer.stdout.take().unwrap()));
    let first = lines.next().unwrap().unwrap();
    assert!(first.starts_with("waiting for tdnf_instance lock on "), "{first}");
    assert!(net.nothing_installed());
    drop(held);
    lines.for_each(drop);
    assert!(writer.wait().unwrap().success());
    assert_eq!(net.lab.rpm_qa(), ["app-1-1.noarch"]);
}
