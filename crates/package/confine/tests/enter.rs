//! Programs really run in the root they were given. The host's own tree serves as the root.

#![allow(clippy::unwrap_used)] // also outside of #[test] functions

use std::fs;
use std::process::Command;

use confine::Confine;

/// Fails, with the package to install, where bubblewrap is missing: then nothing here is proved.
fn host_as_root() -> Confine {
    assert!(
        Command::new("bwrap").arg("--version").output().is_ok(),
        "install the package `bubblewrap`"
    );
    Confine::new("/").read_only_root()
}

fn shell(confine: &Confine, script: &str, input: &[u8]) -> (bool, String) {
    let done = confine.run("/bin/sh", ["-c", script], input).unwrap();
    (done.status.success(), String::from_utf8(done.output).unwrap())
}

#[test]
fn the_system_itself_is_entered_directly() {
    let confine = Confine::new("/");
    assert!(confine.is_system());
    assert_eq!(shell(&confine, "cat; pwd", b"in\n"), (true, "in\n/\n".into()));
}

/// Ctrl-C at the terminal goes to the whole process group of the caller; a scriptlet must survive it.
#[test]
fn a_program_has_a_process_group_of_its_own() {
    let script = "read -r _ _ _ _ group _ < /proc/self/stat; test $group = $$";
    assert!(shell(&Confine::new("/"), script, b"").0);
}

#[test]
fn nothing_of_the_callers_environment_gets_in() {
    let (_, seen) = shell(&host_as_root().env("LUMEN_PROBE", "1"), "env", b"");
    assert!(
        seen.contains("LUMEN_PROBE=1") && seen.contains("SYSTEMD_OFFLINE=1"),
        "{seen}"
    );
    assert!(!seen.contains("CARGO"), "{seen}");
}

#[test]
fn the_root_can_be_protected_and_one_folder_opened() {
    let folder = tempfile::tempdir().unwrap();
    let confine = host_as_root().bind(folder.path(), "/mnt").directory("/mnt");
    assert!(shell(&confine, "touch made-here", b"").0);
    assert!(folder.path().join("made-here").exists());
    assert!(!shell(&confine, "touch /usr/made-there", b"").0);
}

#[test]
fn a_read_only_bind_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("seen"), "content").unwrap();
    let confine = host_as_root().bind_read_only(folder.path(), "/mnt");
    assert_eq!(shell(&confine, "cat /mnt/seen", b"").1, "content");
    assert!(!shell(&confine, "rm /mnt/seen", b"").0);
}

#[test]
fn the_network_is_off_unless_asked_for() {
    let interfaces = "tail -n +3 /proc/net/dev | wc -l";
    assert_eq!(shell(&host_as_root(), interfaces, b"").1.trim(), "1");
    let outside = Command::new("sh")
        .args(["-c", interfaces])
        .output()
        .unwrap()
        .stdout;
    let inside = shell(&host_as_root().network(true), interfaces, b"").1;
    assert_eq!(inside, String::from_utf8(outside).unwrap());
}

#[test]
fn programs_run_as_root_whoever_called() {
    assert_eq!(shell(&host_as_root(), "id -u", b"").1.trim(), "0");
}

#[test]
fn processes_of_the_host_are_not_seen() {
    let own = std::process::id().to_string();
    let script = format!("tr '\\0' ' ' < /proc/{own}/cmdline");
    assert!(!shell(&host_as_root(), &script, b"").1.contains("enter"));
}

#[test]
fn scratch_folders_leave_nothing_behind() {
    let (ok, _) = shell(
        &host_as_root(),
        "touch /tmp/lumen-confine-probe && touch /run/lumen-confine-probe",
        b"",
    );
    assert!(ok && !std::path::Path::new("/tmp/lumen-confine-probe").exists());
}

#[test]
fn a_failing_program_is_reported_not_an_error() {
    let done = host_as_root().run("/bin/sh", ["-c", "exit 3"], b"").unwrap();
    assert_eq!(done.status.code(), Some(3));
}

#[test]
fn a_daemon_that_keeps_its_streams_does_not_hold_us_up() {
    let start = std::time::Instant::now();
    assert!(
        shell(&Confine::new("/"), "sleep 5 & echo started", b"")
            .1
            .contains("started")
    );
    assert!(start.elapsed().as_secs() < 4);
}

#[test]
fn a_numbered_user_is_nobody_special_whoever_calls() {
    let user = host_as_root().user(1234);
    assert_eq!(shell(&user, "id -u; id -g", b"").1, "1234\n1234\n");
    let (_, capabilities) = shell(&user, "grep CapEff /proc/self/status", b"");
    assert_eq!(
        capabilities.trim().trim_end_matches('0'),
        "CapEff:\t",
        "{capabilities}"
    );
}
