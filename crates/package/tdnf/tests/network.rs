//! Repositories over http: caches, cut connections, and what someone on the way may have changed.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::PathBuf;

use support::server::Server;
use support::{Lab, Ran, TestPackage};

struct Net {
    lab: Lab,
    server: Server,
}

impl Net {
    fn new() -> Self {
        let lab = Lab::with(vec![
            TestPackage::new("app", "1-1").requires("lib"),
            TestPackage::new("lib", "1-1"),
        ]);
        let server = Server::serve(&lab.repo());
        let repos = lab.root().join("etc/yum.repos.d");
        fs::create_dir_all(&repos).unwrap();
        fs::create_dir_all(lab.root().join("etc/tdnf")).unwrap();
        fs::write(lab.root().join("etc/tdnf/tdnf.conf"), "[main]\nretries=1\n").unwrap();
        let text = format!(
            "[net]\nbaseurl={}\ngpgkey=file://{}\nrepo_gpgcheck=1\nenabled=1\n",
            server.url,
            lab.key_file().display()
        );
        fs::write(repos.join("net.repo"), text).unwrap();
        Self { lab, server }
    }

    fn tdnf(&self, line: &str) -> Ran {
        self.lab.tdnf(line)
    }

    fn cached_packages(&self) -> usize {
        let dir = self.lab.root().join("var/cache/tdnf/rpms");
        let mut found = 0;
        let mut dirs = vec![dir];
        while let Some(dir) = dirs.pop() {
            for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
                let path: PathBuf = entry.path();
                if path.is_dir() {
                    dirs.push(path)
                } else {
                    found += 1
                }
            }
        }
        found
    }
}

#[test]
fn packages_are_fetched_installed_and_not_kept() {
    let net = Net::new();
    let ran = net.tdnf("install -y app");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(net.lab.rpm_qa().len(), 2);
    assert_eq!(net.cached_packages(), 0);
}

#[test]
fn keepcache_keeps_them() {
    let net = Net::new();
    net.tdnf("install -y --setopt keepcache=yes app");
    assert_eq!(net.cached_packages(), 2);
    assert_eq!(net.tdnf("clean packages").status, 0);
    assert_eq!(net.cached_packages(), 0);
}

#[test]
fn fresh_metadata_is_not_asked_for_again() {
    let net = Net::new();
    net.tdnf("makecache");
    let asked = net.server.asked();
    assert!(net.tdnf("list available").out.contains("app.noarch"));
    assert_eq!(net.server.asked(), asked);
    net.tdnf("--refresh list available");
    assert!(net.server.asked() > asked);
}

#[test]
fn without_a_cache_cacheonly_is_refused() {
    let net = Net::new();
    let ran = net.tdnf("-C list available");
    assert_eq!(ran.status, 1034 & 0xff, "{ran:?}");
    assert!(ran.err.contains("makecache"), "{ran:?}");
    net.tdnf("makecache");
    net.server.set_down(true);
    assert_eq!(net.tdnf("-C list available").status, 0);
    assert_eq!(net.tdnf("-C -y install app").status, 1034 & 0xff);
}

#[test]
fn a_failed_refresh_leaves_a_usable_cache() {
    let net = Net::new();
    net.tdnf("makecache");
    net.server.set_down(true);
    let ran = net.tdnf("--refresh makecache");
    assert_ne!(ran.status, 0, "{ran:?}");
    assert_eq!(net.tdnf("-C list available").status, 0);
    net.tdnf("clean expire-cache");
    let ran = net.tdnf("list available");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.err.contains("old metadata of repository net is used"),
        "{ran:?}"
    );
}

#[test]
fn a_cut_connection_changes_nothing_and_is_resumed() {
    let net = Net::new();
    net.server.cut_packages(true);
    let ran = net.tdnf("install -y app");
    assert_ne!(ran.status, 0, "{ran:?}");
    assert!(net.lab.rpm_qa().is_empty());
    net.server.cut_packages(false);
    assert_eq!(net.tdnf("install -y app").status, 0);
    assert_eq!(net.lab.rpm_qa().len(), 2);
}

#[test]
fn a_repository_that_is_away_can_be_skipped() {
    let net = Net::new();
    net.server.set_down(true);
    let repo = net.lab.root().join("etc/yum.repos.d/net.repo");
    let text = fs::read_to_string(&repo).unwrap();
    assert_ne!(net.tdnf("list available").status, 0);
    fs::write(&repo, text + "skip_if_unavailable=true\n").unwrap();
    let ran = net.tdnf("list");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.err.contains("repository net is skipped"), "{ran:?}");
}

#[test]
fn a_package_changed_on_the_way_is_refused() {
    let net = Net::new();
    net.tdnf("makecache");
    let path = net.lab.repo().join("lib-1-1.noarch.rpm");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(&path, bytes).unwrap();
    let ran = net.tdnf("install -y app");
    assert_eq!(ran.status, 1528 & 0xff, "{ran:?}");
    assert!(net.lab.rpm_qa().is_empty());
}

#[test]
fn metadata_changed_on_the_way_is_refused() {
    let net = Net::new();
    let dir = net.lab.repo().join("repodata");
    let primary = fs::read_dir(&dir)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.to_string_lossy().contains("primary"))
        .unwrap();
    let mut bytes = fs::read(&primary).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&primary, bytes).unwrap();
    let ran = net.tdnf("list available");
    assert_ne!(ran.status, 0, "{ran:?}");
    assert!(ran.err.contains("repository net"), "{ran:?}");
    fs::write(dir.join("repomd.xml"), "<repomd/>").unwrap();
    let ran = net.tdnf("list available");
    assert!(ran.err.contains("not trusted"), "{ran:?}");
}

#[test]
fn a_key_from_the_network_is_trusted_only_after_a_yes() {
    let net = Net::new();
    fs::copy(net.lab.key_file(), net.lab.repo().join("key.asc")).unwrap();
    let repo = net.lab.root().join("etc/yum.repos.d/net.repo");
    let url = &net.server.url;
    fs::write(&repo, format!("[net]\nbaseurl={url}\ngpgkey={url}/key.asc\n")).unwrap();
    let ran = net.tdnf("install --assumeno app");
    assert_eq!(ran.status, 8, "{ran:?}");
    let ran = net.tdnf("install -y app");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.err.contains("wants to use the key"), "{ran:?}");
}

#[test]
fn a_package_file_is_fetched_by_its_address() {
    let net = Net::new();
    let ran = net.tdnf(&format!("install -y {}/lib-1-1.noarch.rpm", net.server.url));
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(net.lab.rpm_qa(), ["lib-1-1.noarch"]);
}
