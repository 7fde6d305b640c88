//! What one run of a command costs.

use anyhow::{Context as _, ensure};
use serde::Serialize;
use std::ffi::OsString;
use std::process::{Command, Stdio};

/// What a run cost.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Figures {
    pub(crate) wall_seconds: f64,
    pub(crate) cpu_seconds: f64,
    pub(crate) peak_mib: f64,
}

/// bash measures time to the millisecond, GNU time knows the memory; neither reads the output.
const SCRIPT: &str =
    "TIMEFORMAT='%3R %3U %3S'; time command time -q -o \"$0\" -f %M \"$@\" >/dev/null 2>\"$0.said\"";

/// Runs a command that ends with one of `expected`.
pub(crate) fn measure(command: &[OsString], expected: &[i32]) -> anyhow::Result<Figures> {
    let file = std::env::temp_dir().join(format!("bench-{}", std::process::id()));
    let output = Command::new("bash")
        .args(["-c", SCRIPT])
        .arg(&file)
        .args(command)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .context("run bash")?;
    let said = std::fs::read_to_string(file.with_extension("said")).unwrap_or_default();
    let status = output.status.code().unwrap_or(-1);
    ensure!(
        expected.contains(&status),
        "{command:?} ended with {status}: {said}"
    );
    let times: Vec<f64> = numbers(&String::from_utf8_lossy(&output.stderr));
    let memory = numbers(&std::fs::read_to_string(&file).context("install the package time")?);
    let ([wall, user, system], [kib]) = (times.as_slice(), memory.as_slice()) else {
        anyhow::bail!("{command:?}: unexpected figures {times:?} {memory:?}");
    };
    Ok(Figures {
        wall_seconds: *wall,
        cpu_seconds: user + system,
        peak_mib: kib / 1024.0,
    })
}

fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect()
}
