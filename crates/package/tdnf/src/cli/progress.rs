//! Progress: a line that is drawn anew on a terminal, plain lines elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::output::{Output, size, width};

/// Drawing more often only costs time.
const PAUSE: Duration = Duration::from_millis(80);

/// Shows how far downloading and unpacking are.
pub(crate) struct Progress {
    output: Output,
    terminal: bool,
    state: Mutex<State>,
}

struct State {
    doing: &'static str,
    done: u64,
    total: u64,
    drawn: Option<Instant>,
}

impl Progress {
    /// Nothing is drawn in quiet or JSON mode.
    pub(crate) fn new(output: Output, download: u64) -> Self {
        let terminal = std::io::stderr().is_terminal() && !output.quiet && !output.json;
        let state = State {
            doing: "Downloading",
            done: 0,
            total: download,
            drawn: None,
        };
        Self {
            output,
            terminal,
            state: Mutex::new(state),
        }
    }

    /// Takes note of a download.
    pub(crate) fn downloaded(&self, event: download::Event<'_>) {
        match event {
            download::Event::Received(bytes) => self.advance(bytes),
            download::Event::Discarded(bytes) => {
                self.step(|state| state.done = state.done.saturating_sub(bytes))
            }
            download::Event::Started { have, .. } => self.advance(have),
            download::Event::Finished {
                cached: true, size, ..
            } => self.advance(size),
            download::Event::Finished {
                name, size: bytes, ..
            } if !self.terminal => {
                self.output.info(&format!("Downloaded: {name} {}", size(bytes)));
            }
            download::Event::Retry { name, cause, pause } => {
                self.clear();
                let text = format!("{name}: {cause}; trying again in {:.1} s", pause.as_secs_f32());
                self.output.warning(&text);
            }
            _ => {}
        }
    }

    /// Takes note of a step of the transaction.
    pub(crate) fn heard(&self, event: &transaction::Event<'_>) {
        match event {
            transaction::Event::Unpacking { bytes, .. } => {
                self.clear();
                self.output.info("Testing transaction");
                self.step(|state| (state.doing, state.done, state.total) = ("Unpacking", 0, *bytes));
            }
            transaction::Event::Unpacked { bytes } => self.advance(*bytes),
            transaction::Event::Committed => {
                self.clear();
                self.output.info("Running transaction");
            }
            transaction::Event::Scriptlet { package, section } if self.output.verbose => {
                self.output.info(&format!("{package}: {section}"));
            }
            // In JSON mode stdout belongs to the document.
            transaction::Event::Output { text, .. } => eprint!("{text}"),
            transaction::Event::Warning { text } => {
                self.clear();
                self.output.warning(text);
            }
            _ => {}
        }
    }

    fn advance(&self, bytes: u64) {
        self.step(|state| state.done += bytes);
    }

    fn step(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        change(&mut state);
        let due = state.drawn.is_none_or(|drawn| drawn.elapsed() >= PAUSE);
        if self.terminal && due && state.total > 0 {
            state.drawn = Some(Instant::now());
            eprint!(
                "\r{}",
                bar(state.doing, state.done, state.total, width().min(100))
            );
            let _ = std::io::stderr().flush();
        }
    }

    /// Wipes the line, so that what is printed next begins on a clean one.
    pub(crate) fn clear(&self) {
        if self.terminal {
            eprint!("\r\x1b[K");
        }
    }
}

/// `Downloading [#####     ]  50% 1.00M/2.00M`
fn bar(doing: &str, done: u64, total: u64, width: usize) -> String {
    let done = done.min(total);
    let percent = (done * 100).checked_div(total).unwrap_or(100);
    let numbers = format!("{percent:>3}% {}/{}", size(done), size(total));
    let room = width.saturating_sub(doing.len() + numbers.len() + 5).max(4);
    let filled = room * percent as usize / 100;
    format!(
        "{doing} [{}{}] {numbers}",
        "#".repeat(filled),
        " ".repeat(room - filled)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_fits_its_line_and_never_overflows() {
        for done in [0, 1, 500, 1000, 5000] {
            let bar = bar("Downloading", done, 1000, 60);
            assert!(bar.len() <= 60, "{bar}");
        }
        assert!(bar("Unpacking", 1000, 1000, 60).contains("100%"));
        assert!(bar("Unpacking", 0, 0, 60).contains("100%"));
    }
}
