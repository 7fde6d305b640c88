//! What the user sees while work goes on: a bar on a terminal, plain lines otherwise. All of it goes to standard
//! error; standard output is for results.

use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::stopwatch::Stopwatch;

/// How often a plain line says how far a step is.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// How often a plain line says that a long piece still goes on.
const STILL_EVERY: Duration = Duration::from_secs(60);

/// What a step counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Items,
    Bytes,
    /// Nothing: the step is one piece.
    Whole,
}

pub(crate) struct Console {
    quiet: bool,
    bars: Option<MultiProgress>,
    step: Mutex<Option<Step>>,
}

struct Step {
    title: String,
    unit: Unit,
    total: u64,
    done: u64,
    bar: Option<ProgressBar>,
    watch: Stopwatch,
    said: Instant,
}

impl Console {
    pub(crate) fn new(quiet: bool) -> Self {
        let bars = (!quiet && io::stderr().is_terminal()).then(MultiProgress::new);
        Self {
            quiet,
            bars,
            step: Mutex::new(None),
        }
    }

    /// Begins a step; one at a time.
    pub(crate) fn begin(&self, title: &str, total: u64, unit: Unit) {
        let bar = self.bars.as_ref().map(|bars| bars.add(bar(title, total, unit)));
        if self.bars.is_none() {
            self.say(&announcement(title, total, unit));
        }
        let title = title.to_owned();
        let (watch, said) = (Stopwatch::start(), Instant::now());
        *self.lock() = Some(Step {
            title,
            unit,
            total,
            done: 0,
            bar,
            watch,
            said,
        });
    }

    /// So much more of the step is done.
    pub(crate) fn advance(&self, amount: u64) {
        let mut step = self.lock();
        let Some(step) = step.as_mut() else { return };
        step.done += amount;
        match &step.bar {
            Some(bar) => bar.set_position(step.done),
            None if step.said.elapsed() >= LINE_EVERY => {
                step.said = Instant::now();
                self.say(&step.progress());
            }
            None => {}
        }
    }

    /// So much of what was counted does not count.
    pub(crate) fn take_back(&self, amount: u64) {
        if let Some(step) = self.lock().as_mut() {
            step.done = step.done.saturating_sub(amount);
        }
    }

    /// Shows what the step is at, where there is room for it.
    pub(crate) fn detail(&self, text: &str) {
        if let Some(bar) = self.lock().as_ref().and_then(|step| step.bar.as_ref()) {
            bar.set_message(text.to_owned());
        }
    }

    /// Shows what a piece of the step that takes long is at; on plain lines every minute, since nothing else is said then.
    pub(crate) fn still(&self, text: &str) {
        let mut step = self.lock();
        let Some(step) = step.as_mut() else { return };
        match &step.bar {
            Some(bar) => bar.set_message(text.to_owned()),
            None if step.said.elapsed() >= STILL_EVERY => {
                step.said = Instant::now();
                self.say(text);
            }
            None => {}
        }
    }

    /// Ends the step and says what it cost.
    pub(crate) fn end(&self) {
        let Some(step) = self.lock().take() else { return };
        if let Some(bar) = &step.bar {
            bar.finish_and_clear();
        }
        self.say(&format!("{}: done in {}", step.title, step.watch.spent()));
    }

    /// Takes a step that failed off the terminal.
    pub(crate) fn abandon(&self) {
        if let Some(bar) = self.lock().take().and_then(|step| step.bar) {
            bar.finish_and_clear();
        }
    }

    /// Tells something, unless quiet.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            self.notice(text);
        }
    }

    /// Tells something the user must know.
    pub(crate) fn notice(&self, text: &str) {
        let print = || {
            // Nobody reads standard error any more: no reason to stop.
            let _ = writeln!(io::stderr(), "{text}");
        };
        match &self.bars {
            Some(bars) => bars.suspend(print),
            None => print(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Step>> {
        self.step.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Step {
    fn progress(&self) -> String {
        let percent = self.done * 100 / self.total.max(1);
        format!(
            "{}: {} of {} ({percent} %)",
            self.title,
            amount(self.done, self.unit),
            amount(self.total, self.unit)
        )
    }
}

fn bar(title: &str, total: u64, unit: Unit) -> ProgressBar {
    let template = match unit {
        Unit::Items => "{prefix} [{bar:30}] {pos}/{len} {wide_msg}",
        Unit::Bytes => "{prefix} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {wide_msg}",
        Unit::Whole => "{prefix} {spinner} {elapsed} {wide_msg}",
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(total)
        .with_prefix(title.to_owned())
        .with_style(style.progress_chars("=> "));
    if unit == Unit::Whole {
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    bar
}

fn announcement(title: &str, total: u64, unit: Unit) -> String {
    match unit {
        Unit::Whole => title.to_owned(),
        _ => format!("{title}: {}", amount(total, unit)),
    }
}

fn amount(count: u64, unit: Unit) -> String {
    match unit {
        Unit::Items | Unit::Whole => count.to_string(),
        Unit::Bytes => format!("{:.1} MB", count as f64 / 1e6),
    }
}

/// Prints a result to standard output; a reader that went away is no error.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints a result as JSON.
pub(crate) fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    print(&serde_json::to_string_pretty(value)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_in_the_unit_of_the_step() {
        let step = |unit, total, done| Step {
            title: "Fetching".into(),
            unit,
            total,
            done,
            bar: None,
            watch: Stopwatch::start(),
            said: Instant::now(),
        };
        assert_eq!(
            step(Unit::Bytes, 2_000_000, 500_000).progress(),
            "Fetching: 0.5 MB of 2.0 MB (25 %)"
        );
        assert_eq!(step(Unit::Items, 0, 0).progress(), "Fetching: 0 of 0 (0 %)");
    }

    #[test]
    fn a_step_that_never_began_is_no_trouble() {
        let console = Console::new(true);
        console.advance(1);
        console.end();
    }
}
