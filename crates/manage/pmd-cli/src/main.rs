//! The command. Called as `pmctl`, it has the words of photon-mgmtd's command.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words = std::env::args();
    let called = words.next().unwrap_or_default();
    let arguments: Vec<String> = words.collect();
    let said = match Path::new(&called).file_name().is_some_and(|name| name == "pmctl") {
        true => pmctl(&arguments),
        false => pmd_cli::run(&arguments),
    };
    match said {
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

fn pmctl(arguments: &[String]) -> Result<String, pmd_cli::Failure> {
    match arguments {
        [] => Ok(pmd_cli::pmctl::help()),
        [word] if ["help", "--help", "-h"].contains(&word.as_str()) => Ok(pmd_cli::pmctl::help()),
        arguments => pmd_cli::run(&pmd_cli::pmctl::translate(arguments)?),
    }
}
