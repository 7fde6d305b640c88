//! What systemd's journal is told: a receiver of our own, strict about the protocol.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod tree;

use std::fs;
use std::io::{IoSliceMut, Read as _, Seek as _};
use std::mem::MaybeUninit;
use std::os::unix::net::UnixDatagram;
use std::process::Command;

use rustix::fs::SealFlags;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags};
use tree::Tree;

struct Journal(UnixDatagram);

type Entry = Vec<(String, String)>;

impl Journal {
    fn of(tree: &Tree) -> Self {
        let folder = tree.path().join("run/systemd/journal");
        fs::create_dir_all(&folder).unwrap();
        let socket = UnixDatagram::bind(folder.join("socket")).unwrap();
        socket.set_nonblocking(true).unwrap();
        Journal(socket)
    }

    /// The next entry, which must have been sent by now.
    fn next(&self) -> Entry {
        let mut buffer = vec![0; 1 << 20];
        let length = self.0.recv(&mut buffer).unwrap();
        parse(&buffer[..length])
    }

    fn is_empty(&self) -> bool {
        self.0.recv(&mut [0; 1]).is_err()
    }
}

/// <https://systemd.io/JOURNAL_NATIVE_PROTOCOL/>
fn parse(mut bytes: &[u8]) -> Entry {
    let mut entry = Entry::new();
    while !bytes.is_empty() {
        let end = bytes
            .iter()
            .position(|b| matches!(b, b'=' | b'\n'))
            .expect("a field has = or a line break");
        let key = std::str::from_utf8(&bytes[..end]).unwrap().to_owned();
        let valid = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
        assert!((1..=64).contains(&key.len()) && key.bytes().all(valid), "{key:?}");
        assert!(
            !key.starts_with('_') && !key.as_bytes()[0].is_ascii_digit(),
            "{key:?} is the journal's own"
        );
        let is_text = bytes[end] == b'=';
        bytes = &bytes[end + 1..];
        let length = if is_text {
            bytes.iter().position(|b| *b == b'\n').expect("a line ends")
        } else {
            let length = u64::from_le_bytes(bytes[..8].try_into().unwrap());
            bytes = &bytes[8..];
            usize::try_from(length).unwrap()
        };
        let value = std::str::from_utf8(&bytes[..length]).unwrap().to_owned();
        assert_eq!(bytes[length], b'\n', "a value is followed by a line break");
        bytes = &bytes[length + 1..];
        entry.push((key, value));
    }
    entry
}

fn get<'a>(entry: &'a Entry, key: &str) -> &'a str {
    let mut found = entry.iter().filter(|(name, _)| name == key);
    let value = found.next().unwrap_or_else(|| panic!("no {key} in {entry:?}"));
    assert!(found.next().is_none(), "{key} twice in {entry:?}");
    &value.1
}

fn nmctl(tree: &Tree, words: &[&str]) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nmctl"));
    command.env_remove("SUDO_USER").arg("--root").arg(tree.path());
    let output = command.args(words).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

#[test]
fn a_change_is_in_the_journal_with_who_and_what() {
    let tree = Tree::eth0("[Link]\nMTUBytes=1500\n");
    let journal = Journal::of(&tree);
    nmctl(&tree, &["set-mtu", "dev", "eth0", "mtu", "1400"]);
    let entry = journal.next();
    assert_eq!(get(&entry, "NETMGR_ACTION"), "change");
    assert_eq!(
        get(&entry, "NETMGR_UID"),
        rustix::process::getuid().as_raw().to_string()
    );
    let login = fs::read_to_string("/proc/self/loginuid").unwrap_or_default();
    match login.trim() {
        "" | "4294967295" => assert!(entry.iter().all(|(key, _)| key != "NETMGR_LOGINUID")),
        login => assert_eq!(get(&entry, "NETMGR_LOGINUID"), login),
    }
    assert!(get(&entry, "NETMGR_FILE").ends_with("/etc/systemd/network/10-eth0.network"));
    assert!(get(&entry, "NETMGR_DIFFERENCE").contains("\n-MTUBytes=1500\n+MTUBytes=1400\n"));
    assert!(get(&entry, "MESSAGE").starts_with("change: ") && get(&entry, "MESSAGE").contains("(by uid "));
    assert_eq!(get(&entry, "MESSAGE_ID").len(), 32);
    assert_eq!(
        (get(&entry, "PRIORITY"), get(&entry, "SYSLOG_IDENTIFIER")),
        ("5", "netmgr")
    );
    assert!(journal.is_empty(), "one change is one entry");
}

#[test]
fn netmgr_undo_rollback_and_confirm_are_in_the_journal_too() {
    let tree = Tree::eth0("[Link]\nMTUBytes=1500\n");
    let journal = Journal::of(&tree);
    tree.ok("link_info --set --interface eth0 --mtu 1400");
    tree.ok("undo");
    nmctl(
        &tree,
        &["--confirm", "3", "set-mtu", "dev", "eth0", "mtu", "1300"],
    );
    nmctl(&tree, &["rollback"]);
    nmctl(
        &tree,
        &["--confirm", "3", "set-mtu", "dev", "eth0", "mtu", "1300"],
    );
    nmctl(&tree, &["confirm"]);
    let actions: Vec<String> = (0..6)
        .map(|_| get(&journal.next(), "NETMGR_ACTION").to_owned())
        .collect();
    assert_eq!(
        actions,
        ["change", "undo", "change", "rollback", "change", "confirm"]
    );
}

#[test]
fn looking_planning_and_failing_leave_no_entry() {
    let tree = Tree::eth0("[Link]\nMTUBytes=1500\n");
    let journal = Journal::of(&tree);
    nmctl(&tree, &["status"]);
    nmctl(&tree, &["plan", "set-mtu", "dev", "eth0", "mtu", "1400"]);
    nmctl(&tree, &["set-mtu", "dev", "eth0", "mtu", "1500"]);
    tree.fails("link_info --set --interface eth0 --mtu 99999999");
    assert!(journal.is_empty());
}

#[test]
fn keys_are_not_in_the_journal() {
    let key = format!("{}=", "k".repeat(42) + "A");
    let tree = Tree::eth0("");
    let journal = Journal::of(&tree);
    nmctl(&tree, &["create-wg", "wg0", "private-key", &key]);
    let entry = journal.next();
    assert!(entry.iter().all(|(_, value)| !value.contains(&key)), "{entry:?}");
}

/// What the environment says must not become fields of its own.
#[test]
fn a_user_name_with_line_breaks_forges_nothing() {
    let tree = Tree::eth0("");
    let journal = Journal::of(&tree);
    let forged = "alice\nNETMGR_ACTION=confirm\nPRIORITY=7";
    let status = Command::new(env!("CARGO_BIN_EXE_nmctl"))
        .env("SUDO_USER", forged)
        .arg("--root")
        .arg(tree.path())
        .args(["set-mtu", "dev", "eth0", "mtu", "1400"])
        .status()
        .unwrap();
    assert!(status.success());
    let entry = journal.next();
    assert_eq!(get(&entry, "NETMGR_SUDO_USER"), forged);
    assert_eq!(
        (get(&entry, "NETMGR_ACTION"), get(&entry, "PRIORITY")),
        ("change", "5")
    );
}

#[test]
fn an_entry_too_large_for_a_datagram_comes_as_a_sealed_file() {
    let lines: String = (0..6000)
        .map(|number| {
            format!("Domains=a-name-of-some-length-{number}.another-part-of-it.and-one-more.example\n")
        })
        .collect();
    let tree = Tree::eth0(&format!("[Network]\n{lines}"));
    let journal = Journal::of(&tree);
    nmctl(&tree, &["set-dns-domains", "dev", "eth0", "domains", "b.example"]);
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut data = [0; 16];
    let got = rustix::net::recvmsg(
        &journal.0,
        &mut [IoSliceMut::new(&mut data)],
        &mut control,
        RecvFlags::empty(),
    )
    .unwrap();
    assert_eq!(got.bytes, 0, "the datagram itself is empty");
    let file = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut files) => files.next(),
        _ => None,
    });
    let mut file = fs::File::from(file.expect("a file comes with it"));
    let seals = rustix::fs::fcntl_get_seals(&file).unwrap();
    assert!(seals.contains(SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE | SealFlags::SEAL));
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    let entry = parse(&bytes);
    assert!(get(&entry, "NETMGR_DIFFERENCE").lines().count() > 6000);
}
