//! Started by the kernel linux-secure in place of any other program; see the library for why.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

/// What a shell returns for a program that may not be run.
const NOT_ALLOWED: u8 = 126;
/// And for one that could not be.
const FAILED: u8 = 127;

fn main() -> ExitCode {
    let mut words = env::args_os();
    let asked = words.next().unwrap_or_default();
    let Some(program) = asked.to_str().and_then(usermode_helper::program) else {
        say(&format!(
            "the kernel asked for {asked:?}, which is not on the list of usermode-helper"
        ));
        return ExitCode::from(NOT_ALLOWED);
    };
    let words: Vec<OsString> = words.collect();
    // The kernel gives an environment of its own: HOME, TERM and PATH.
    let error = Command::new(program).arg0(&asked).args(words).exec();
    say(&format!("usermode-helper cannot start {program}: {error}"));
    ExitCode::from(FAILED)
}

/// Into the kernel's log, where nobody else is there to listen; and to whoever started it by hand.
fn say(text: &str) {
    eprintln!("{text}");
    // <4>: a warning. Without the device there is nowhere to say that it is missing.
    let _ = fs::write("/dev/kmsg", format!("<4>{text}\n"));
}
