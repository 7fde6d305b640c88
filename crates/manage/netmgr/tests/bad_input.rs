//! What users and machines do wrong: each is refused with its reason, and nothing is lost.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod tree;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use tree::{ETH0, Tree};

const NMCTL: &str = env!("CARGO_BIN_EXE_nmctl");
const NETMGR: &str = env!("CARGO_BIN_EXE_netmgr");

fn run(program: &str, words: &str) -> (i32, String) {
    told(&Command::new(program).args(words.split(' ')).output().unwrap())
}

fn told(output: &Output) -> (i32, String) {
    (
        output.status.code().unwrap(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// Both faces, on the same tree.
fn both(tree: &Tree, nmctl: &str, netmgr: &str) -> [(i32, String); 2] {
    let before = tree.files();
    let root = tree.path().display();
    let said = [
        run(NMCTL, &format!("--root {root} {nmctl}")),
        run(NETMGR, &format!("--root {root} {netmgr}")),
    ];
    assert_eq!(tree.files(), before);
    said
}

/// Looked at only: the machine of the test is not to be changed.
#[test]
fn an_interface_that_is_not_there() {
    for (program, words, status) in [
        (NMCTL, "plan set-mtu dev not-there mtu 1400", 237),
        (
            NETMGR,
            "plan link_info --set --interface not-there --mtu 1400",
            206,
        ),
    ] {
        let (found, message) = run(program, words);
        assert_eq!(
            (found, message.as_str()),
            (status, "Error: there is no interface not-there\n")
        );
    }
}

#[test]
fn an_mtu_of_99999999() {
    let rule = "Error: [Link] MTUBytes: \"99999999\" is not an MTU from 68 to 65536 bytes\n";
    let [nmctl, netmgr] = both(
        &Tree::eth0(""),
        "set-mtu dev eth0 mtu 99999999",
        "link_info --set --interface eth0 --mtu 99999999",
    );
    assert_eq!((nmctl, netmgr), ((234, rule.to_owned()), (201, rule.to_owned())));
}

#[test]
fn an_address_that_is_there_already_in_whatever_notation() {
    let rule = "Error: eth0 has the address 2001:db8::5/64 already\n";
    let [nmctl, netmgr] = both(
        &Tree::eth0("[Address]\nAddress=2001:0DB8:0::5/64\n"),
        "add-addr dev eth0 a 2001:db8::5/64",
        "ip6_address --add --interface eth0 --addrlist 2001:db8::5/64",
    );
    assert_eq!((nmctl, netmgr), ((239, rule.to_owned()), (205, rule.to_owned())));
}

#[test]
fn a_file_edited_by_hand_with_errors() {
    let tree = Tree::new(&[(ETH0, "[Match]\nName=eth0\n[Network\nDNS=1.1.1.1\n")]);
    for (status, message) in both(
        &tree,
        "set-mtu dev eth0 mtu 1400",
        "link_info --set --interface eth0 --mtu 1400",
    ) {
        assert!(matches!(status, 182 | 209), "{status}");
        assert!(
            message.contains(
                "10-eth0.network: systemd gives the file up at line 3: the section header is not closed"
            ),
            "{message}"
        );
    }
}

#[test]
fn no_dbus() {
    let output = Command::new("unshare")
        .args(["-rn", NMCTL, "reload"])
        .env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
        .output()
        .unwrap();
    let (status, message) = told(&output);
    assert_eq!(status, 149);
    assert!(message.contains("there is no D-Bus at /nonexistent"), "{message}");
    assert!(message.contains("files can be edited without it"), "{message}");
    let tree = Tree::eth0("");
    let root = tree.path().display();
    assert_eq!(
        run(NMCTL, &format!("--root {root} set-mtu dev eth0 mtu 1400")),
        (0, String::new())
    );
}

#[test]
fn no_permission() {
    let tree = Tree::eth0("");
    fs::create_dir_all(tree.path().join("run/lock")).unwrap();
    let mut command = match rustix::process::getuid().is_root() {
        // To root nothing is forbidden; this is an ordinary user.
        true => {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", NMCTL]);
            fs::set_permissions(tree.path(), fs::Permissions::from_mode(0o755)).unwrap();
            command
        }
        false => {
            fs::set_permissions(tree.path().join("run/lock"), fs::Permissions::from_mode(0o555)).unwrap();
            Command::new(NMCTL)
        }
    };
    let output = command
        .arg("--root")
        .arg(tree.path())
        .args(["set-mtu", "dev", "eth0", "mtu", "1400"])
        .output();
    let (status, message) = told(&output.unwrap());
    assert_eq!(status, 243, "{message}");
    assert!(
        message.contains("cannot lock") && message.contains("netmgr.lck: Permission denied"),
        "{message}"
    );
    assert!(message.contains("only root may do that"), "{message}");
    assert_eq!(tree.eth0_rest(), "");
}

/// A file system of 64 kB that is full, in a mount namespace. Nothing is half written, and with room again all works.
#[test]
fn a_full_disk() {
    let tree = Tree::eth0("");
    let script = r#"
        mount -t tmpfs -o size=64k,nr_inodes=64 none "$1"
        mkdir -p "$1/etc/systemd/network"
        printf '[Match]\nName=eth0\n' > "$1/etc/systemd/network/10-eth0.network"
        "$2" --root "$1" set-llmnr dev eth0 no
        cp -r "$1/etc" "$1/before"
        dd if=/dev/zero of="$1/filler" bs=1k 2>/dev/null || true
        "$2" --root "$1" set-mtu dev eth0 mtu 1400 && exit 99
        echo "status $?"
        diff -r "$1/etc" "$1/before" && echo same
        rm "$1/filler"
        "$2" --root "$1" set-mtu dev eth0 mtu 1400
        grep MTU "$1/etc/systemd/network/10-eth0.network"
        ls -A "$1/etc/systemd/network"
    "#;
    let output = Command::new("unshare")
        .args(["-rm", "sh", "-c", script, "sh"])
        .arg(tree.path())
        .arg(NMCTL)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        said, "status 228\nsame\nMTUBytes=1400\n10-eth0.network\n",
        "{output:?}"
    );
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("No space left on device"), "{message}");
}

#[test]
fn two_writers_at_once() {
    let tree = Tree::eth0("");
    let root = tree.path().display().to_string();
    let writers: Vec<_> = (1..=8)
        .map(|number| {
            let (program, words) = match number % 2 {
                0 => (
                    NMCTL,
                    format!("--root {root} add-addr dev eth0 a 2001:db8::{number}/64"),
                ),
                _ => (
                    NETMGR,
                    format!(
                        "--root {root} ip6_address --add --interface eth0 --addrlist 2001:db8::{number}/64"
                    ),
                ),
            };
            Command::new(program).args(words.split(' ')).spawn().unwrap()
        })
        .collect();
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    let text = tree.read(ETH0);
    for number in 1..=8 {
        assert!(
            text.contains(&format!("Address=2001:db8::{number}/64\n")),
            "{text}"
        );
    }
}
