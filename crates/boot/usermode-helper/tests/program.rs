//! The program as the kernel starts it: the path it would have started is the first word.

#![allow(clippy::unwrap_used)] // tests

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output};

fn asked_for(path: &str, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_usermode-helper"));
    command.arg0(path).args(words).output().unwrap()
}

#[test]
fn modprobe_is_started_with_its_words() {
    let output = asked_for("/sbin/modprobe", &["--version"]);
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("kmod version"));
}

#[test]
fn another_program_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let trace = directory.path().join("trace");
    let output = asked_for("/usr/bin/touch", &[trace.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(126));
    assert!(String::from_utf8_lossy(&output.stderr).contains("\"/usr/bin/touch\""));
    assert!(!trace.exists());
}
