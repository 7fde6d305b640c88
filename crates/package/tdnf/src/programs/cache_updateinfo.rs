//! `tdnf-cache-updateinfo`: how many updates of which kind there are, kept for the login message. Logging in
//! must not wait for the network.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use super::command::Tdnf;
use super::options::{self, Flag};

const CACHED: &str = "/var/cache/tdnf/cached-updateinfo.txt";
/// Read by pam_motd(8) at every login.
const MESSAGE: &str = "/run/motd.d/90-tdnf-updateinfo";

#[rustfmt::skip]
const FLAGS: &[Flag] = &[
    Flag { short: 'i', long: "installroot", takes_value: true },
];

/// Runs the program with its arguments.
pub(super) fn run(words: Vec<String>) -> ExitCode {
    let outcome = options::parse(FLAGS, words).and_then(|parsed| {
        let root = parsed.value('i').map(Into::into);
        write(&Tdnf { config: None, root })
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tdnf-cache-updateinfo: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The old file stays when there is no new one: what was known is better than nothing.
fn write(tdnf: &Tdnf) -> Result<(), String> {
    let output = tdnf
        .output(&["-q", "--refresh", "updateinfo"])
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    replace(&tdnf.path(CACHED), &text)?;
    let message = tdnf.path(MESSAGE);
    match login_message(&text) {
        Some(text) => replace(&message, &text),
        None => {
            // It is not there most of the time.
            let _ = fs::remove_file(message);
            Ok(())
        }
    }
}

fn replace(path: &Path, text: &str) -> Result<(), String> {
    if let Some(dir) = path.parent() {
        let created = fs::create_dir_all(dir);
        created.map_err(|error| format!("cannot create {}: {error}", dir.display()))?;
    }
    atomic_file::write(path, text.as_bytes(), 0o644).map_err(|error| error.to_string())
}

/// As the original's motdgen script: nothing when there is nothing to update.
fn login_message(text: &str) -> Option<String> {
    let kinds = ["Security", "Bugfix", "Enhancement"];
    kinds.iter().any(|kind| text.contains(kind)).then(|| {
        format!(
            "\n{}\nRun 'tdnf updateinfo info' to see the details.\n",
            text.trim_end()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_updates_there_is_no_message() {
        assert_eq!(login_message("0 updates.\n"), None);
        let message = login_message("2 Security notice(s)\n").unwrap();
        assert!(message.contains("2 Security") && message.contains("updateinfo info"));
    }
}
