//! Progress: bars that are drawn anew on a terminal, plain lines elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::bars;
use super::output::Output;

/// Drawing more often only costs time.
const PAUSE: Duration = Duration::from_millis(80);

/// Shows how far downloading and unpacking are: a bar for each file that is being fetched, and one for the whole.
pub(crate) struct Progress {
    output: Output,
    terminal: bool,
    state: Mutex<State>,
}

struct State {
    doing: &'static str,
    done: u64,
    total: u64,
    /// Bytes that came in this run, and since when.
    received: u64,
    since: Option<Instant>,
    transfers: Vec<Transfer>,
    drawn: Option<Instant>,
    /// Lines on the screen, the last of them without an end.
    lines: usize,
}

/// A file that is being fetched.
struct Transfer {
    name: String,
    done: u64,
    size: u64,
}

impl Progress {
    /// Nothing is drawn in quiet or JSON mode.
    pub(crate) fn new(output: Output, download: u64) -> Self {
        let terminal = std::io::stderr().is_terminal() && !output.quiet && !output.json;
        let state = State {
            doing: "Downloading",
            done: 0,
            total: download,
            received: 0,
            since: None,
            transfers: Vec::new(),
            drawn: None,
            lines: 0,
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
            download::Event::Started { name, size, have } => self.step(|state| state.start(name, size, have)),
            download::Event::Received { name, bytes } => self.step(|state| state.receive(name, bytes)),
            download::Event::Discarded { name, bytes } => self.step(|state| state.discard(name, bytes)),
            download::Event::Finished {
                cached: true, size, ..
            } => self.step(|state| state.done += size),
            download::Event::Finished { name, size, .. } => {
                self.step(|state| state.transfers.retain(|transfer| transfer.name != name));
                self.say(|| self.output.info(&format!("{} 100%", bars::numbers(name, size))));
            }
            download::Event::Retry { name, cause, pause } => {
                let text = format!("{name}: {cause}; trying again in {:.1} s", pause.as_secs_f32());
                self.say(|| self.output.warning(&text));
            }
            _ => {}
        }
    }

    /// Takes note of a step of the transaction.
    pub(crate) fn heard(&self, event: &transaction::Event<'_>) {
        match event {
            transaction::Event::Unpacking { bytes, .. } => {
                self.say(|| self.output.info("Testing transaction"));
                self.step(|state| (state.doing, state.done, state.total) = ("Unpacking", 0, *bytes));
            }
            transaction::Event::Unpacked { bytes } => self.step(|state| state.done += bytes),
            transaction::Event::Committed => self.say(|| self.output.info("Running transaction")),
            transaction::Event::Scriptlet { package, section } if self.output.verbose => {
                self.output.info(&format!("{package}: {section}"));
            }
            // In JSON mode stdout belongs to the document.
            transaction::Event::Output { text, .. } => eprint!("{text}"),
            transaction::Event::Warning { text } => self.say(|| self.output.warning(text)),
            _ => {}
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prints a line that stays, above the bars.
    fn say(&self, print: impl FnOnce()) {
        let mut state = self.state();
        self.wipe(&mut state);
        print();
    }

    fn step(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        let due = state.drawn.is_none_or(|drawn| drawn.elapsed() >= PAUSE);
        if self.terminal && due && state.total > 0 {
            state.drawn = Some(Instant::now());
            self.draw(&mut state);
        }
    }

    fn draw(&self, state: &mut State) {
        let (width, height) = screen();
        let bars = state.bars(width, height.saturating_sub(1));
        let text = format!("{}{}\x1b[J", back(state.lines), bars.join("\x1b[K\n"));
        state.lines = bars.len();
        let mut stderr = std::io::stderr().lock();
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }

    /// Wipes the bars, so that what is printed next begins on a clean line.
    pub(crate) fn clear(&self) {
        self.wipe(&mut self.state());
    }

    fn wipe(&self, state: &mut State) {
        if self.terminal && state.lines > 0 {
            eprint!("{}\x1b[J", back(state.lines));
            (state.lines, state.drawn) = (0, None);
        }
    }
}

impl State {
    fn start(&mut self, name: &str, size: u64, have: u64) {
        self.since.get_or_insert_with(Instant::now);
        self.done += have;
        self.transfers.push(Transfer {
            name: name.to_owned(),
            done: have,
            size,
        });
    }

    fn receive(&mut self, name: &str, bytes: u64) {
        self.done += bytes;
        self.received += bytes;
        if let Some(transfer) = self.transfer(name) {
            transfer.done += bytes;
        }
    }

    fn discard(&mut self, name: &str, bytes: u64) {
        self.done = self.done.saturating_sub(bytes);
        if let Some(transfer) = self.transfer(name) {
            transfer.done = 0;
        }
    }

    fn transfer(&mut self, name: &str) -> Option<&mut Transfer> {
        self.transfers.iter_mut().find(|transfer| transfer.name == name)
    }

    /// So many lines at most; the whole comes last.
    fn bars(&self, width: usize, most: usize) -> Vec<String> {
        let each = self.transfers.iter().take(most.saturating_sub(1));
        let bar = |transfer: &Transfer| bars::transfer(&transfer.name, transfer.done, transfer.size, width);
        let mut lines: Vec<String> = each.map(bar).collect();
        let speed = Some(self.speed()).filter(|_| !self.transfers.is_empty());
        lines.push(bars::whole(self.doing, self.done, self.total, speed, width));
        lines
    }

    /// Bytes a second.
    fn speed(&self) -> u64 {
        let passed = self.since.map_or(0, |since| since.elapsed().as_millis());
        u128::from(self.received)
            .saturating_mul(1000)
            .checked_div(passed)
            .map_or(0, |speed| u64::try_from(speed).unwrap_or(u64::MAX))
    }
}

/// To the beginning of the first of so many lines.
fn back(lines: usize) -> String {
    match lines {
        0 | 1 => "\r".to_owned(),
        lines => format!("\r\x1b[{}A", lines - 1),
    }
}

/// Columns and rows of the terminal that the bars are drawn on.
fn screen() -> (usize, usize) {
    let size = rustix::termios::tcgetwinsize(std::io::stderr());
    size.map_or((80, 24), |size| {
        let (columns, rows) = (usize::from(size.ws_col), usize::from(size.ws_row));
        (columns.clamp(40, 100), if rows == 0 { 24 } else { rows })
    })
}
