//! Ctrl-C at a terminal, and its kin: while files come, while they are unpacked, and when it is too late.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rpmfile::{Scriptlet, ScriptletKind};
use rustix::process::{Pid, Signal};
use support::server::Server;
use support::{Lab, TestPackage};

/// What has not happened by now will not.
const PATIENCE: Duration = Duration::from_secs(60);

fn wait_for(what: &str, mut happened: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < PATIENCE, "{what} has not happened");
        thread::sleep(Duration::from_millis(5));
    }
}

/// For env(1): who runs these tests in the background of a script ignores signals, and so would tdnf.
const HEED: &str = "--default-signal=INT,TERM,HUP";

/// `tdnf` at a terminal of its own: script(1) makes one and passes keys on.
struct Terminal {
    child: Child,
    shown: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Terminal {
    fn run(lab: &Lab, line: &str) -> Self {
        lab.write_config();
        let command = format!(
            "stty cols 100 rows 40; exec env {HEED} {} --installroot {} {line}",
            env!("CARGO_BIN_EXE_tdnf"),
            lab.root().display()
        );
        let mut child = Command::new("script")
            .args(["-q", "-e", "-c", &command, "/dev/null"])
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script is missing: install the package bsdutils");
        let shown = Arc::new(Mutex::new(String::new()));
        let (mut stdout, text) = (child.stdout.take().unwrap(), Arc::clone(&shown));
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = stdout.read(&mut buffer) {
                text.lock()
                    .unwrap()
                    .push_str(&String::from_utf8_lossy(&buffer[..count]));
            }
        });
        Self { child, shown, reader }
    }

    fn shown(&self) -> String {
        self.shown.lock().unwrap().clone()
    }

    fn wait_for(&self, text: &str) {
        wait_for(text, || self.shown().contains(text));
    }

    fn press_ctrl_c(&mut self) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(b"\x03").and_then(|()| stdin.flush()).unwrap();
    }

    /// Exit status, and all that was shown.
    fn end(mut self) -> (i32, String) {
        let status = self.child.wait().unwrap().code().unwrap();
        self.reader.join().unwrap();
        (status, self.shown.lock().unwrap().clone())
    }
}

/// Bytes that do not become fewer when compressed.
fn noise(length: usize) -> Vec<u8> {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// A repository behind a server, with a package of 300 kB.
fn net() -> (Lab, Server) {
    let big = TestPackage::new("big", "1-1").with(|builder| {
        builder.file(rpmfile::FileEntry::regular(
            "/usr/share/test/noise",
            noise(300_000),
        ));
    });
    let lab = Lab::with(vec![big]);
    let server = Server::serve(&lab.repo());
    lab.write_config();
    let repo = lab.root().join("etc/yum.repos.d/test.repo");
    let text = fs::read_to_string(&repo).unwrap();
    let text = text.replace(
        &format!("file://{}\ngpgkey", lab.repo().display()),
        &format!("{}\ngpgkey", server.url),
    );
    fs::write(&repo, text).unwrap();
    (lab, server)
}

/// Files below a directory that are no metadata, with their sizes.
fn files(dir: &Path) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files(&entry.path())),
            false => found.push((entry.path(), entry.metadata().unwrap().len())),
        }
    }
    found.sort();
    found
}

fn wait_for_half(lab: &Lab) -> u64 {
    let whole = fs::metadata(lab.repo().join("big-1-1.noarch.rpm")).unwrap().len();
    let rpms = lab.root().join("var/cache/tdnf/rpms");
    let half = whole / 2;
    wait_for("half of the package", || {
        files(&rpms).iter().any(|(_, size)| *size == half)
    });
    half
}

#[test]
fn ctrl_c_during_a_download_ends_it_cleanly_and_the_next_run_goes_on_there() {
    let (lab, server) = net();
    server.stall(true);
    let mut terminal = Terminal::run(&lab, "-y install big");
    let half = wait_for_half(&lab);
    terminal.press_ctrl_c();
    let (status, shown) = terminal.end();
    assert_eq!(status, 1032 & 0xff, "{shown}");
    assert!(shown.contains("Error(1032) : Operation aborted."), "{shown}");
    let kept = files(&lab.root().join("var/cache/tdnf"));
    let odd = |path: &Path| path.to_string_lossy().contains(".new");
    assert!(!kept.iter().any(|(path, _)| odd(path)), "{kept:?}");
    assert!(lab.rpm_qa().is_empty());
    assert_eq!(lab.tdnf("-j history").out, "[]\n");
    server.stall(false);
    let ran = lab.tdnf("-y install big");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(server.ranges(), [usize::try_from(half).unwrap()]);
    assert_eq!(lab.rpm_qa(), ["big-1-1.noarch"]);
}

#[test]
fn a_terminal_shows_a_bar_for_each_file_and_one_for_the_whole() {
    let (lab, server) = net();
    server.stall(true);
    let mut terminal = Terminal::run(&lab, "-y install big");
    wait_for_half(&lab);
    terminal.wait_for("Downloading [");
    server.stall(false);
    terminal.child.stdin.as_mut().unwrap().flush().unwrap();
    let (status, shown) = terminal.end();
    assert_eq!(status, 0, "{shown}");
    let size = fs::metadata(lab.repo().join("big-1-1.noarch.rpm")).unwrap().len();
    let line = |bytes: u64| format!("{:<35} {bytes:>10} ", "big-1-1.noarch");
    assert!(shown.contains(&format!("{}  0% [  ", line(0))), "{shown}");
    assert!(shown.contains(&format!("{}100%\r\n", line(size))), "{shown}");
    assert!(shown.contains("Unpacking ["), "{shown}");
    // Elsewhere there are plain lines.
    assert_eq!(lab.tdnf("-y remove big").status, 0);
    let plain = lab.tdnf("-y install big");
    assert!(plain.out.contains(&format!("{}100%\n", line(size))), "{plain:?}");
    assert!(
        !plain.out.contains('\x1b') && !plain.err.contains('\x1b'),
        "{plain:?}"
    );
}

#[test]
fn a_termination_from_outside_is_the_same() {
    let (lab, server) = net();
    server.stall(true);
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let child = Command::new("env")
            .args([HEED, env!("CARGO_BIN_EXE_tdnf")])
            .arg("--installroot")
            .arg(lab.root())
            .args(["-j", "-y", "install", "big"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let asked = server.asked();
        wait_for("the request", || {
            server.asked() > asked || files(&lab.root().join("var/cache/tdnf/rpms")).len() > 1
        });
        rustix::process::kill_process(Pid::from_child(&child), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1032 & 0xff), "{signal:?}: {output:?}");
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["Error"], 1032, "{document}");
    }
}

/// A script in Lua that says that it runs, and ends when it is told to.
fn waiting(kind: ScriptletKind) -> Scriptlet {
    let body = "io.open('/running', 'w'):close()\nwhile not posix.stat('/go-on') do posix.sleep(0) end";
    Scriptlet {
        interpreter: vec!["<lua>".to_owned()],
        ..Scriptlet::shell(kind, body)
    }
}

/// Presses Ctrl-C while the scriptlet runs; what was shown by then must hold `answer`.
fn interrupt_during(kind: ScriptletKind, answer: &str) -> (Lab, i32, String) {
    let slow = TestPackage::new("slow", "1-1").with(|builder| builder.scriptlets.push(waiting(kind)));
    let lab = Lab::with(vec![slow]);
    let mut terminal = Terminal::run(&lab, "-y install slow");
    wait_for("the scriptlet", || lab.root().join("running").exists());
    terminal.press_ctrl_c();
    terminal.wait_for(answer);
    fs::write(lab.root().join("go-on"), "").unwrap();
    let (status, shown) = terminal.end();
    (lab, status, shown)
}

#[test]
fn ctrl_c_before_the_decision_takes_everything_back() {
    let (lab, status, shown) = interrupt_during(ScriptletKind::PreTrans, "is being taken back");
    assert_eq!(status, 1032 & 0xff, "{shown}");
    assert!(
        shown.contains("Error(1032)") && !shown.contains("Complete!"),
        "{shown}"
    );
    assert!(lab.rpm_qa().is_empty() && !lab.root().join("usr/share/test/slow").exists());
    let left = files(&lab.root().join("var/lib"));
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(lab.tdnf("recover").err, "Nothing to do.\n");
    assert_eq!(lab.tdnf("-j history --from 2").out, "[]\n");
    assert_eq!(lab.tdnf("-y install slow").status, 0);
}

#[test]
fn ctrl_c_after_the_decision_waits_until_it_is_done() {
    let (lab, status, shown) = interrupt_during(ScriptletKind::Post, "is being completed");
    assert_eq!(status, 0, "{shown}");
    assert!(shown.contains("Complete!"), "{shown}");
    assert_eq!(lab.rpm_qa(), ["slow-1-1.noarch"]);
    assert_eq!(lab.tdnf("-j history --from 2").json()[0]["AddedCount"], 1);
    assert_eq!(lab.tdnf("recover").err, "Nothing to do.\n");
}

#[test]
fn ctrl_c_at_a_question_is_no() {
    let (lab, _server) = net();
    let mut terminal = Terminal::run(&lab, "install big");
    terminal.wait_for("Is this ok [y/N]: ");
    terminal.press_ctrl_c();
    let (status, shown) = terminal.end();
    assert_eq!(status, 1032 & 0xff, "{shown}");
    assert!(lab.rpm_qa().is_empty());
}
