//! Repositories with several addresses: metalinks, lists of mirrors, failover, names and passwords; and the
//! settings that switch the original's plugins.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::fs;

use sha2::{Digest, Sha256};
use support::server::Server;
use support::{Lab, Ran, TestPackage};

/// A repository on two servers, and a third one for lists of mirrors.
struct Net {
    lab: Lab,
    first: Server,
    second: Server,
    lists: Server,
}

impl Net {
    fn new() -> Self {
        let lab = Lab::with(vec![
            TestPackage::new("app", "1-1"),
            TestPackage::new("lib", "1-1"),
        ]);
        let serve = || Server::serve(&lab.repo());
        let (first, second) = (serve(), serve());
        let lists = Server::serve(lab.dir.path());
        fs::create_dir_all(lab.root().join("etc/yum.repos.d")).unwrap();
        fs::create_dir_all(lab.root().join("etc/tdnf")).unwrap();
        fs::write(lab.root().join("etc/tdnf/tdnf.conf"), "[main]\nretries=0\n").unwrap();
        Self {
            lab,
            first,
            second,
            lists,
        }
    }

    /// Configures the repository with these lines.
    fn configure(&self, lines: &str) {
        let key = self.lab.key_file().display().to_string();
        let text = format!("[net]\nenabled=1\ngpgkey=file://{key}\n{lines}\n");
        fs::write(self.lab.root().join("etc/yum.repos.d/net.repo"), text).unwrap();
    }

    fn metalink(&self, hash: &str) {
        let text = format!(
            "<metalink version='3.0' xmlns='http://www.metalinker.org/'><files><file name='repomd.xml'>\
             <verification>{hash}</verification><resources>\
             <url protocol='http' preference='10'>{}/repodata/repomd.xml</url>\
             <url protocol='http' preference='90'>{}/repodata/repomd.xml</url>\
             </resources></file></files></metalink>",
            self.second.url, self.first.url
        );
        fs::write(self.lab.dir.path().join("metalink"), text).unwrap();
        self.configure(&format!("metalink={}/metalink", self.lists.url));
    }

    fn right_hash(&self) -> String {
        let repomd = fs::read(self.lab.repo().join("repodata/repomd.xml")).unwrap();
        format!(
            "<hash type='sha256'>{}</hash>",
            hex::encode(Sha256::digest(repomd))
        )
    }

    fn tdnf(&self, line: &str) -> Ran {
        self.lab.tdnf(line)
    }
}

#[test]
fn a_metalink_names_mirrors_by_preference_and_what_repomd_must_be() {
    let net = Net::new();
    net.metalink(&net.right_hash());
    let ran = net.tdnf("install -y app");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(net.second.asked(), 0, "the preferred one did");
    assert!(net.first.paths().contains(&"app-1-1.noarch.rpm".to_owned()));
}

#[test]
fn a_mirror_with_another_repomd_is_passed_over() {
    let net = Net::new();
    net.metalink(&net.right_hash());
    net.first.change("repomd.xml", b"<repomd/>".to_vec());
    let ran = net.tdnf("makecache");
    assert_eq!(ran.status, 0, "{ran:?}");
    net.second.change("repomd.xml", b"<repomd/>".to_vec());
    let ran = net.tdnf("--refresh makecache");
    assert_eq!(ran.status, 2501 & 0xff, "{ran:?}");
    assert!(ran.err.contains("not the one its metalink describes"), "{ran:?}");
    assert_eq!(
        net.tdnf("-C list available").status,
        0,
        "the cache that was there stays"
    );
}

#[test]
fn a_metalink_that_proves_nothing_or_makes_no_sense_is_refused_by_its_number() {
    let net = Net::new();
    for (hash, number) in [
        ("<hash type='md5'>00</hash><hash type='sha1'>00</hash>", 2600),
        ("", 2502),
        ("<hash>00</hash>", 2706),
        ("<hash type='sha256'></hash>", 2707),
        ("<hash", 2701),
    ] {
        net.metalink(hash);
        let ran = net.tdnf("makecache");
        assert_eq!(ran.status, number & 0xff, "{hash}: {ran:?}");
        assert!(ran.err.contains(&format!("Error({number})")), "{ran:?}");
    }
}

#[test]
fn the_mirror_that_worked_is_remembered() {
    let net = Net::new();
    fs::write(
        net.lab.dir.path().join("list"),
        format!("# mirrors\n{}/\n{}\n", net.first.url, net.second.url),
    )
    .unwrap();
    net.configure(&format!("mirrorlist={}/list", net.lists.url));
    net.first.set_down(true);
    let ran = net.tdnf("makecache");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(net.first.connections() > 0);
    net.first.set_down(false);
    let before = net.first.connections();
    let ran = net.tdnf("--refresh install -y app");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(
        net.first.connections(),
        before,
        "the one that worked last is asked first"
    );
    net.lists.set_down(true);
    assert_eq!(net.tdnf("--refresh makecache").status, 0, "an old list will do");
}

#[test]
fn of_several_addresses_each_file_comes_from_one_that_has_it() {
    let net = Net::new();
    net.configure(&format!("baseurl={} {}", net.first.url, net.second.url));
    net.tdnf("makecache");
    net.first.change("app-1-1.noarch.rpm", b"not a package".to_vec());
    net.first.cut_packages(true);
    let ran = net.tdnf("install -y app lib");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(net.lab.rpm_qa().len(), 2);
    assert!(net.second.paths().contains(&"app-1-1.noarch.rpm".to_owned()));
}

#[test]
fn an_interrupted_package_is_continued_where_it_broke_off() {
    let net = Net::new();
    net.configure(&format!("baseurl={}", net.first.url));
    net.tdnf("makecache");
    net.first.cut_packages(true);
    let ran = net.tdnf("install -y app");
    assert_ne!(ran.status, 0, "{ran:?}");
    assert!(ran.err.contains("what arrived is kept"), "{ran:?}");
    net.first.cut_packages(false);
    assert_eq!(net.tdnf("install -y app").status, 0);
}

#[test]
fn a_name_and_password_get_to_the_server_and_nowhere_else() {
    let net = Net::new();
    net.first.require("Basic bWU6Z2VoZWlt");
    let base = net.first.url.clone();
    net.configure(&format!("baseurl={base}"));
    let ran = net.tdnf("makecache");
    assert_ne!(ran.status, 0, "{ran:?}");
    assert!(ran.err.contains("401"), "{ran:?}");
    net.configure(&format!("baseurl={base}\nusername=me\npassword=geheim"));
    let ran = net.tdnf("-v install -y app");
    assert_eq!(ran.status, 0, "{ran:?}");
    let with = base.replace("://", "://me:geheim@");
    net.configure(&format!("baseurl={with}"));
    let listed = net.tdnf("repolist -v");
    let installed = net.tdnf(&format!("install -y {with}/lib-1-1.noarch.rpm"));
    assert_eq!(installed.status, 0, "{installed:?}");
    let lost = net.tdnf(&format!(
        "install -y {with}/gone.rpm --setopt proxy_password=geheim"
    ));
    assert_ne!(lost.status, 0);
    net.first.set_down(true);
    let down = net.tdnf("--refresh makecache");
    let history = net.tdnf("history --info");
    let lock = net.tdnf("-C lock write -");
    for ran in [ran, listed, installed, lost, down, history, lock] {
        assert!(
            !ran.out.contains("geheim") && !ran.err.contains("geheim"),
            "{ran:?}"
        );
    }
    let database = fs::read(net.lab.root().join("usr/lib/sysimage/tdnf/history.db")).unwrap();
    assert!(!database.windows(6).any(|bytes| bytes == b"geheim"));
}

#[test]
fn plugins_are_switched_by_configuration_and_command_line() {
    let net = Net::new();
    net.metalink(&net.right_hash());
    assert_eq!(net.tdnf("makecache").status, 0);
    for words in ["--noplugins", "--disableplugin=meta*", "--setopt plugins=0"] {
        let ran = net.tdnf(&format!("{words} --refresh makecache"));
        assert_ne!(ran.status, 0, "{words}: a metalink is all there is: {ran:?}");
    }
    let ran = net.tdnf("--disableplugin=* --enableplugin=metalink --refresh makecache");
    assert_eq!(ran.status, 0, "{ran:?}");

    fs::remove_file(net.lab.repo().join("repodata/repomd.xml.asc")).unwrap();
    net.configure(&format!("baseurl={}\nrepo_gpgcheck=1", net.first.url));
    let ran = net.tdnf("--refresh makecache");
    assert_ne!(ran.status, 0, "{ran:?}");
    let ran = net.tdnf("--disableplugin repogpgcheck --refresh makecache");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.err.contains("the metadata of repository net is not verified"),
        "{ran:?}"
    );
    let dir = net.lab.root().join("etc/tdnf/pluginconf.d");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("repogpgcheck.conf"), "[main]\nenabled=0\n").unwrap();
    assert_eq!(net.tdnf("--refresh makecache").status, 0);
    assert_ne!(
        net.tdnf("--refresh --enableplugin repogpgcheck makecache").status,
        0
    );
}

#[test]
fn settings_of_the_network_are_checked_and_used() {
    let net = Net::new();
    for line in ["sslverify=perhaps", "throttle=fast", "minrate=-1"] {
        net.configure(&format!("baseurl={}\n{line}", net.first.url));
        let ran = net.tdnf("makecache");
        assert_eq!(ran.status, 1004 & 0xff, "{line}: {ran:?}");
    }
    net.configure(&format!(
        "baseurl={}\nproxy=http://127.0.0.1:1\ntimeout=2",
        net.first.url
    ));
    assert_ne!(net.tdnf("makecache").status, 0, "the proxy is not there");
    assert_eq!(net.first.connections(), 0, "and nobody went past it");
    net.configure(&format!(
        "baseurl={}\nthrottle=1M\nminrate=1\nsslverify=0",
        net.first.url
    ));
    assert_eq!(net.tdnf("makecache").status, 0);
    net.configure(&format!("baseurl={}", net.first.url));
    assert_eq!(net.tdnf("-4 --refresh makecache").status, 0);
    assert_ne!(
        net.tdnf("-6 --refresh makecache").status,
        0,
        "127.0.0.1 is of version 4"
    );
}
