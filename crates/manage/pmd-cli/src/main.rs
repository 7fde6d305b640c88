//! The command.

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match pmd_cli::run(&arguments) {
        Ok(text) => {
            // Who has stopped reading, such as head(1), has read enough.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "Error({}) : {failure}", failure.code);
            ExitCode::FAILURE
        }
    }
}
