//! Passwords, which are never arguments: other users see those in the list of processes.

use std::fs;
use std::io::{BufRead as _, IsTerminal as _, Write as _};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::failure::Failure;

/// Reads a password: from a file, or with `-` from the terminal, where it is not shown, or else from standard input.
pub(crate) fn read(source: &str, question: &str) -> Result<String, Failure> {
    let text = match source {
        "-" => ask(question)?,
        path => fs::read_to_string(path)
            .map_err(|error| Failure::system(&format!("cannot read {path}"), &error))?,
    };
    let secret = text.trim_end_matches(['\n', '\r']).to_owned();
    match secret.is_empty() {
        true => Err(Failure::misuse(format!("{question}: nothing was given"))),
        false => Ok(secret),
    }
}

fn ask(question: &str) -> Result<String, Failure> {
    let stdin = std::io::stdin();
    let failed = |error: std::io::Error| Failure::system("cannot read the password", &error);
    let mut line = String::new();
    if !stdin.is_terminal() {
        stdin.lock().read_line(&mut line).map_err(failed)?;
        return Ok(line);
    }
    let _ = write!(std::io::stderr(), "{question}: ");
    let shown = tcgetattr(&stdin).map_err(|error| failed(error.into()))?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Flush, &hidden).map_err(|error| failed(error.into()))?;
    let outcome = stdin.lock().read_line(&mut line);
    let _ = tcsetattr(&stdin, OptionalActions::Flush, &shown);
    let _ = writeln!(std::io::stderr());
    outcome.map_err(failed)?;
    Ok(line)
}
