//! Changes that are taken back unless somebody confirms them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod tree;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify;
use tree::{ETH0, Tree};

const BEFORE: &str = "[Link]\nMTUBytes=1500\n";
const AFTER: &str = "[Link]\nMTUBytes=1400\n";
const PENDING: &str = "var/lib/netmgr/pending.json";

fn nmctl(tree: &Tree, words: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nmctl"));
    command.arg("--root").arg(tree.path());
    command.args(words.split(' ')).output().unwrap()
}

fn ok(tree: &Tree, words: &str) -> String {
    let output = nmctl(tree, words);
    assert!(output.status.success(), "{words}: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn status(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// Waits until a file goes, by the kernel's events.
fn wait_until_gone(path: &Path) {
    let events = inotify::init(inotify::CreateFlags::CLOEXEC).unwrap();
    inotify::add_watch(&events, path.parent().unwrap(), inotify::WatchFlags::DELETE).unwrap();
    let mut buffer = [0; 4096];
    // Far beyond what any guardian here waits for.
    let patience = Timespec {
        tv_sec: 60,
        tv_nsec: 0,
    };
    while path.exists() {
        let mut ready = [PollFd::new(&events, PollFlags::IN)];
        assert_eq!(
            poll(&mut ready, Some(&patience)).unwrap(),
            1,
            "nobody took the change back"
        );
        rustix::io::read(&events, &mut buffer).unwrap();
    }
}

#[test]
fn what_nobody_confirms_is_taken_back() {
    let tree = Tree::eth0(BEFORE);
    let said = ok(&tree, "--confirm 1 set-mtu dev eth0 mtu 1400");
    assert_eq!(
        said,
        "Note: this is taken back in 1 seconds, unless you say: nmctl confirm\n"
    );
    wait_until_gone(&tree.path().join(PENDING));
    assert_eq!(tree.eth0_rest(), BEFORE);
}

/// The connection is cut: everything in the caller's process group is killed, and its session hung up.
#[test]
fn the_guardian_outlives_the_callers_session() {
    let tree = Tree::eth0(BEFORE);
    let script = "\"$@\"; kill -HUP 0; kill -KILL 0";
    let status = Command::new("setsid")
        .args([
            "--wait",
            "sh",
            "-c",
            script,
            "sh",
            env!("CARGO_BIN_EXE_nmctl"),
            "--root",
        ])
        .arg(tree.path())
        .args(["--confirm", "2", "set-mtu", "dev", "eth0", "mtu", "1400"])
        .status()
        .unwrap();
    assert!(!status.success(), "the caller was killed");
    assert_eq!(tree.eth0_rest(), AFTER);
    wait_until_gone(&tree.path().join(PENDING));
    assert_eq!(tree.eth0_rest(), BEFORE);
}

#[test]
fn what_is_confirmed_stays() {
    let tree = Tree::eth0(BEFORE);
    ok(&tree, "--confirm 1 set-mtu dev eth0 mtu 1400");
    let token: serde_json::Value = serde_json::from_str(&tree.read(PENDING)).unwrap();
    ok(&tree, "confirm");
    // The guardian of the change, whose time is over.
    ok(&tree, &format!("rollback {} 0", token["token"].as_str().unwrap()));
    assert_eq!(tree.eth0_rest(), AFTER);
    assert_eq!(
        status(&nmctl(&tree, "confirm")),
        254,
        "there is nothing to confirm any more"
    );
    assert_eq!(status(&nmctl(&tree, "rollback")), 254);
    ok(&tree, "undo");
    assert_eq!(tree.eth0_rest(), BEFORE);
}

#[test]
fn nothing_else_is_changed_while_a_change_waits() {
    let tree = Tree::eth0(BEFORE);
    ok(&tree, "--confirm 3 set-mtu dev eth0 mtu 1400");
    let refused = nmctl(&tree, "set-mtu dev eth0 mtu 1300");
    assert_eq!(status(&refused), 240, "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("a change waits to be confirmed"));
    ok(&tree, "plan set-mtu dev eth0 mtu 1300");
    ok(&tree, "rollback");
    assert_eq!(tree.eth0_rest(), BEFORE);
    ok(&tree, "set-mtu dev eth0 mtu 1300");
}

#[test]
fn a_guardian_leaves_the_next_change_alone() {
    let tree = Tree::eth0(BEFORE);
    ok(&tree, "--confirm 3 set-mtu dev eth0 mtu 1400");
    ok(&tree, "rollback another-token 0");
    assert_eq!(tree.eth0_rest(), AFTER);
    ok(&tree, "rollback");
}

/// The host has died before the time was over: after the start there is another boot id, and no guardian.
#[test]
fn a_restart_takes_back_what_was_not_confirmed() {
    let restarted = || {
        let tree = Tree::eth0(BEFORE);
        ok(&tree, "--confirm 3 set-mtu dev eth0 mtu 1400");
        let mut record: serde_json::Value = serde_json::from_str(&tree.read(PENDING)).unwrap();
        record["boot"] = "of another run of the kernel".into();
        record["token"] = "whose guardian died".into();
        tree.put(PENDING, &record.to_string());
        tree
    };
    // The unit that runs before networkd.
    let tree = restarted();
    ok(&tree, "rollback");
    assert_eq!(tree.eth0_rest(), BEFORE);
    // Without it, the next change.
    let tree = restarted();
    let said = ok(&tree, "set-llmnr dev eth0 no");
    assert!(
        said.contains("a change that nobody confirmed was taken back"),
        "{said}"
    );
    assert_eq!(tree.eth0_rest(), format!("{BEFORE}\n[Network]\nLLMNR=no\n"));
}

#[test]
fn what_somebody_has_edited_since_is_left_alone() {
    let tree = Tree::eth0(BEFORE);
    ok(&tree, "--confirm 3 set-mtu dev eth0 mtu 1400");
    let edited = format!("{}# by hand\n", tree.read(ETH0));
    tree.put(ETH0, &edited);
    let said = ok(&tree, "rollback");
    assert!(
        said.contains("10-eth0.network has been edited since, and was left alone"),
        "{said}"
    );
    assert_eq!(tree.read(ETH0), edited);
}

#[test]
fn undo_is_a_rollback_too() {
    let tree = Tree::eth0(BEFORE);
    ok(&tree, "--confirm 3 set-mtu dev eth0 mtu 1400");
    ok(&tree, "undo");
    assert_eq!(tree.eth0_rest(), BEFORE);
    assert!(!tree.path().join(PENDING).exists());
}

#[test]
fn netmgr_can_do_it_as_well() {
    let tree = Tree::eth0(BEFORE);
    let netmgr = |words: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netmgr"));
        command.arg("--root").arg(tree.path());
        command.args(words.split(' ')).output().unwrap()
    };
    let output = netmgr("--confirm 1 link_info --set --interface eth0 --mtu 1400");
    assert!(output.status.success(), "{output:?}");
    wait_until_gone(&tree.path().join(PENDING));
    assert_eq!(tree.eth0_rest(), BEFORE);
    netmgr("link_info --set --interface eth0 --mtu 1400 --confirm 3");
    assert!(netmgr("confirm").status.success());
    assert_eq!(tree.eth0_rest(), AFTER);
    assert_eq!(
        status(&netmgr("link_info --set --interface eth0 --mtu 9000 --confirm 0")),
        33
    );
}

#[test]
fn a_change_that_changes_nothing_waits_for_nothing() {
    let tree = Tree::eth0(AFTER);
    assert_eq!(ok(&tree, "--confirm 60 set-mtu dev eth0 mtu 1400"), "");
    assert!(!tree.path().join(PENDING).exists());
    for bad in ["0", "86401", "soon"] {
        assert_eq!(
            status(&nmctl(
                &tree,
                &format!("--confirm {bad} set-mtu dev eth0 mtu 1300")
            )),
            234
        );
    }
}

#[test]
fn a_damaged_record_stops_everything_until_somebody_looks() {
    for record in [
        "",
        "{}",
        "{\"token\":\"x\",\"deadline\":1,\"boot\":\"\",\"files\":[{}]}",
    ] {
        let tree = Tree::eth0(BEFORE);
        tree.put(PENDING, record);
        let output = nmctl(&tree, "set-mtu dev eth0 mtu 1400");
        assert_ne!(status(&output), 0);
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("pending.json"),
            "{output:?}"
        );
        assert_eq!(tree.eth0_rest(), BEFORE);
        fs::remove_file(tree.path().join(PENDING)).unwrap();
        ok(&tree, "set-mtu dev eth0 mtu 1400");
    }
}
