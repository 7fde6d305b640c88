//! Finding the file of an interface, and replacing files.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use networkd::{Document, Layout, Match};

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

fn found(root: &tempfile::TempDir, interface: &str) -> Option<(String, Match)> {
    found_by_mac(root, interface, None)
}

fn found_by_mac(root: &tempfile::TempDir, interface: &str, mac: Option<&str>) -> Option<(String, Match)> {
    let found = Layout::new(root.path()).network_file(interface, mac).unwrap()?;
    let path = found
        .path
        .strip_prefix(root.path())
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    Some((path, found.fit))
}

#[test]
fn the_first_file_by_name_that_fits_counts() {
    let root = tree(&[
        ("etc/systemd/network/20-all.network", "[Match]\nName=e*\n"),
        ("usr/lib/systemd/network/10-eth0.network", "[Match]\nName=eth0\n"),
        ("etc/systemd/network/30-eth1.network", "[Match]\nName=eth1\n"),
    ]);
    assert_eq!(
        found(&root, "eth0"),
        Some(("usr/lib/systemd/network/10-eth0.network".into(), Match::Exact))
    );
    assert_eq!(
        found(&root, "eth1"),
        Some(("etc/systemd/network/20-all.network".into(), Match::Shared))
    );
    assert_eq!(found(&root, "wlan0"), None);
}

#[test]
fn etc_hides_usr_and_an_empty_file_hides_all() {
    let root = tree(&[
        (
            "usr/lib/systemd/network/10-a.network",
            "[Match]\nName=eth0\n[Network]\nDHCP=yes\n",
        ),
        ("etc/systemd/network/10-a.network", "[Match]\nName=eth0\n"),
        ("usr/lib/systemd/network/05-b.network", "[Match]\nName=eth0\n"),
        ("etc/systemd/network/05-b.network", ""),
    ]);
    assert_eq!(
        found(&root, "eth0"),
        Some(("etc/systemd/network/10-a.network".into(), Match::Exact))
    );
}

#[test]
fn lists_inversions_and_other_conditions() {
    let root = tree(&[
        ("etc/systemd/network/10-not.network", "[Match]\nName=!eth0 eth1\n"),
        (
            "etc/systemd/network/20-mac.network",
            "[Match]\nName=eth0\nMACAddress=00:11:22:33:44:55\n",
        ),
        (
            "etc/systemd/network/30-two.network",
            "[Match]\nName=eth1\nName=eth2\n",
        ),
    ]);
    assert_eq!(
        found(&root, "eth9").unwrap().0,
        "etc/systemd/network/10-not.network"
    );
    assert_eq!(
        found(&root, "eth0"),
        Some(("etc/systemd/network/20-mac.network".into(), Match::Shared))
    );
    assert_eq!(
        found(&root, "eth1"),
        Some(("etc/systemd/network/30-two.network".into(), Match::Shared))
    );
}

/// systemd brings files such as 80-wifi-adhoc.network, which are about other links.
#[test]
fn a_file_without_name_or_address_is_for_nobody_in_particular() {
    let root = tree(&[
        ("usr/lib/systemd/network/80-wifi.network", "[Match]\nType=wlan\n"),
        ("etc/systemd/network/90-none.network", "[Network]\nDHCP=yes\n"),
    ]);
    assert_eq!(found(&root, "eth0"), None);
}

#[test]
fn a_mac_address_tells_where_it_is_known() {
    let root = tree(&[
        (
            "etc/systemd/network/10-a.network",
            "[Match]\nMACAddress=02:00:00:00:00:0A 02:00:00:00:00:0c\n",
        ),
        (
            "etc/systemd/network/20-b.network",
            "[Match]\nName=eth*\nMACAddress=02:00:00:00:00:0b\n",
        ),
    ]);
    let by = |mac| found_by_mac(&root, "eth0", mac).map(|(path, _)| path);
    assert_eq!(
        by(Some("02:00:00:00:00:0a")).unwrap(),
        "etc/systemd/network/10-a.network"
    );
    assert_eq!(
        by(Some("02:00:00:00:00:0b")).unwrap(),
        "etc/systemd/network/20-b.network"
    );
    assert_eq!(by(Some("02:00:00:00:00:0d")), None);
    assert_eq!(by(None).unwrap(), "etc/systemd/network/20-b.network");
}

#[test]
fn a_drop_in_can_change_what_a_file_is_for() {
    let root = tree(&[
        ("etc/systemd/network/10-a.network", "[Match]\nName=eth0\n"),
        (
            "usr/lib/systemd/network/10-a.network.d/50-x.conf",
            "[Match]\nName=\nName=eth5\n",
        ),
    ]);
    assert_eq!(found(&root, "eth0"), None);
    assert_eq!(
        found(&root, "eth5").unwrap().0,
        "etc/systemd/network/10-a.network"
    );
}

#[test]
fn drop_ins_of_all_directories_are_taken_by_name() {
    let root = tree(&[
        ("usr/lib/systemd/resolved.conf.d/20-b.conf", "[Resolve]\n"),
        ("etc/systemd/resolved.conf.d/10-a.conf", "[Resolve]\n"),
        (
            "etc/systemd/resolved.conf.d/20-b.conf",
            "[Resolve]\nDNS=1.1.1.1\n",
        ),
    ]);
    let layout = Layout::new(root.path());
    let parts = layout
        .drop_ins(&layout.path("/etc/systemd/resolved.conf"))
        .unwrap();
    let etc = root.path().join("etc/systemd/resolved.conf.d");
    assert_eq!(parts, [etc.join("10-a.conf"), etc.join("20-b.conf")]);
    let usr = root.path().join("usr/lib/systemd/resolved.conf.d/20-b.conf");
    assert_eq!(layout.in_etc(&usr), etc.join("20-b.conf"));
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn new_files_are_for_all_and_old_ones_keep_their_mode() {
    let root = tree(&[("etc/old.network", "[Match]\n")]);
    let (old, new) = (
        root.path().join("etc/old.network"),
        root.path().join("made/too/new.network"),
    );
    fs::set_permissions(&old, fs::Permissions::from_mode(0o640)).unwrap();
    let file = Document::parse(b"[Match]\nName=eth0\n");
    networkd::write(&old, &file, None).unwrap();
    networkd::write(&new, &file, None).unwrap();
    assert_eq!((mode(&old), mode(&new)), (0o640, 0o644));
    assert_eq!(fs::read(&old).unwrap(), file.to_bytes());
}

#[test]
fn keys_are_hidden_from_others() {
    let root = tree(&[("etc/wg.netdev", "[NetDev]\nKind=wireguard\n")]);
    let path = root.path().join("etc/wg.netdev");
    let file = Document::parse(b"[WireGuard]\nPrivateKey=abc\n");
    let group = rustix::process::getegid().as_raw();
    networkd::write(&path, &file, Some(group)).unwrap();
    assert_eq!(mode(&path), 0o640);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    networkd::write(&path, &file, None).unwrap();
    assert_eq!(
        mode(&path) & 0o007,
        0,
        "without the group it is still no one else's business"
    );
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let root = tree(&[("etc/file", "x")]);
    let path = root.path().join("etc/file/10-eth0.network");
    let error = networkd::write(&path, &Document::default(), None)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("cannot make the directory") && error.contains("etc/file"),
        "{error}"
    );
}
