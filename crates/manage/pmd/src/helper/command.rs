//! Running a program of the host: by its path, with arguments of ours, never by a shell.

use std::process::{Command, Stdio};

use pmd_api::Problem;

/// Runs it and returns what it prints. Its environment is empty but for a fixed path and language.
pub(super) fn output(program: &str, arguments: &[impl AsRef<std::ffi::OsStr>]) -> Result<String, Problem> {
    let output = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Problem::unavailable(format!("{program} cannot be run: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Problem::failed(format!("{program} failed: {}", said.trim())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
