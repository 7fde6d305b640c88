//! What is printed where: results to stdout, trouble to stderr; nothing but one JSON document in JSON mode.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use crate::error::Error;

/// The original's width when it is not on a terminal.
const DEFAULT_WIDTH: usize = 80;

/// How much is said, and in which form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Output {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
    /// The document of JSON mode: it is printed at the end, when it is known what became of the command.
    document: Arc<Mutex<Option<String>>>,
}

impl Output {
    pub(crate) fn new(json: bool, quiet: bool, verbose: bool) -> Self {
        Self {
            json,
            quiet,
            verbose,
            document: Arc::default(),
        }
    }

    /// A result. A closed pipe (`| head`) ends the program quietly.
    pub(crate) fn result(&self, text: &str) {
        if !self.json {
            print(text);
        }
    }

    /// Something on the way.
    pub(crate) fn info(&self, text: &str) {
        if !self.json && !self.quiet {
            print(&format!("{text}\n"));
        }
    }

    /// Something worth knowing that is no failure.
    pub(crate) fn warning(&self, text: &str) {
        eprintln!("Warning: {text}");
    }

    /// The one document of JSON mode.
    pub(crate) fn document(&self, value: &impl Serialize) {
        if self.json {
            let text = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
            *self.document.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
        }
    }

    /// Prints the document; commands without a result have an empty one.
    pub(crate) fn finish(&self) {
        if self.json {
            let document = self
                .document
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            print(&format!("{}\n", document.unwrap_or_else(|| "{}".to_owned())));
        }
    }

    /// The explanation, then the original's line with its number.
    pub(crate) fn error(&self, error: &Error) {
        if self.json && error.is_failure() {
            return self.json_error(error);
        }
        if error.is_failure() {
            self.explain(error);
            eprintln!("Error({}) : {}", error.code(), error.summary());
        } else if !self.json && !self.quiet {
            eprintln!("{}", error.summary());
        }
    }

    /// An object that was the result so far, the plan of a transaction, gets the error added; any other
    /// result gives way to it.
    fn json_error(&self, error: &Error) {
        let mut document = self.document.lock().unwrap_or_else(PoisonError::into_inner);
        let so_far = document
            .take()
            .and_then(|text| serde_json::from_str::<serde_json::Map<_, _>>(&text).ok());
        let mut whole: serde_json::Map<String, serde_json::Value> = so_far.unwrap_or_default();
        whole.insert("Error".to_owned(), error.code().into());
        whole.insert("ErrorMessage".to_owned(), error.to_string().into());
        *document = Some(serde_json::Value::Object(whole).to_string());
    }

    fn explain(&self, error: &Error) {
        match error {
            Error::Usage { .. } => {}
            Error::Unsolvable(refusal) => {
                eprintln!("Found 1 problem(s) while resolving");
                eprintln!("1. {}", refusal.lines.join("\n   "));
            }
            other => eprintln!("{other}"),
        }
    }
}

fn print(text: &str) {
    let mut stdout = std::io::stdout().lock();
    if stdout.write_all(text.as_bytes()).is_err() {
        // The reader has gone; there is nobody to tell.
        std::process::exit(0);
    }
}

/// Columns of the terminal, or the original's default.
pub(crate) fn width() -> usize {
    if !std::io::stdout().is_terminal() {
        return DEFAULT_WIDTH;
    }
    let size = rustix::termios::tcgetwinsize(std::io::stdout());
    size.map_or(DEFAULT_WIDTH, |size| usize::from(size.ws_col).max(40))
}

/// Widths from the original's percentages.
pub(crate) fn columns<const N: usize>(percents: [usize; N]) -> [usize; N] {
    let width = width();
    percents.map(|percent| width * percent / 100)
}

/// A size as the original writes it: two digits after the point and one letter.
pub(crate) fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut units = "bkMGTPE".chars();
    let mut unit = units.next().unwrap_or('b');
    while value > 1024.0 {
        let Some(next) = units.next() else { break };
        value /= 1024.0;
        unit = next;
    }
    format!("{value:.2}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_digits_and_a_letter() {
        assert_eq!(size(65), "65.00b");
        assert_eq!(size(6633), "6.48k");
        assert_eq!(size(5 << 30), "5.00G");
    }

    #[test]
    fn columns_are_percentages_of_80_without_a_terminal() {
        assert_eq!(columns([55, 25, 15]), [44, 20, 12]);
    }
}
