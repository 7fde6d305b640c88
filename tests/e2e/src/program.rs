//! Small programs in C that a guest runs, for what no command can try.

use anyhow::{Context as _, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles `programs/NAME.c` into `directory`, static: it needs nothing of the guest.
///
/// # Errors
/// When there is no C compiler, or it refuses the program.
pub fn static_program(name: &str, directory: &Path) -> anyhow::Result<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("programs/{name}.c"));
    let program = directory.join(name);
    let output = Command::new("cc")
        .args(["-static", "-O2", "-Wall", "-Werror", "-o"])
        .arg(&program)
        .arg(&source)
        .output()
        .context("run cc")?;
    ensure!(
        output.status.success(),
        "cc {}: {}",
        source.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(program)
}
