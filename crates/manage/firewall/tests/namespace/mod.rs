//! A network namespace of the test's own, in which it is root, with an empty /etc: the machine's filter is not seen.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::process::{Command, Output};

const INSIDE: &str = "LUMEN_TEST_INSIDE";

/// Runs a test - the one of this name - in a namespace: outside it starts itself there, inside it does its work.
pub fn inside(name: &str, work: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        return work();
    }
    let output = Command::new("bwrap")
        .args([
            "--unshare-user",
            "--unshare-net",
            "--unshare-pid",
            "--die-with-parent",
        ])
        .args(["--uid", "0", "--gid", "0", "--cap-add", "ALL"])
        .args([
            "--ro-bind",
            "/",
            "/",
            "--dev",
            "/dev",
            "--proc",
            "/proc",
            "--tmpfs",
            "/etc",
            "--tmpfs",
            "/run",
        ])
        .args([
            "--ro-bind",
            "/etc/alternatives",
            "/etc/alternatives",
            "--tmpfs",
            "/tmp",
        ])
        .args(["--size", "65536", "--tmpfs", "/mnt", "--setenv", INSIDE, "1"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads", "1"])
        .output()
        .expect("cannot run bwrap: install the package bubblewrap");
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{out}{err}");
    assert!(
        out.contains("1 passed"),
        "{name} is not the name of the test: {out}"
    );
}

/// Runs a program, which must succeed, with something on its standard input.
pub fn run(program: &str, arguments: &[&str], input: &str) -> String {
    let output = try_run(program, arguments, input);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {said}\n{input}"
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a program.
pub fn try_run(program: &str, arguments: &[&str], input: &str) -> Output {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), input).unwrap();
    Command::new(program)
        .args(arguments)
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(std::fs::File::open(file.path()).unwrap())
        .output()
        .unwrap_or_else(|error| {
            panic!("cannot run {program}: {error}; install the packages nftables and iptables")
        })
}

/// Everything the kernel has, without counts and handles.
pub fn kernel() -> String {
    run("nft", &["-s", "list", "ruleset"], "")
}
