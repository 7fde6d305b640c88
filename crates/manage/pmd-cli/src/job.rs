//! Following a job: server-sent events (WHATWG HTML, section 9.2), and what people see of them.

use std::io::{IsTerminal as _, Write as _};

use pmd_api::Problem;
use serde_json::Value;

use crate::failure::Failure;

/// What is shown of a job that goes on: on a terminal one line that changes, otherwise a line for each new message.
pub(crate) struct Progress {
    quiet: bool,
    terminal: bool,
    last: String,
}

impl Progress {
    pub(crate) fn new(quiet: bool) -> Self {
        Progress {
            quiet,
            terminal: std::io::stderr().is_terminal(),
            last: String::new(),
        }
    }

    fn show(&mut self, progress: &Value) {
        let message: String = progress
            .get("message")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .chars()
            .filter(|c| !c.is_control())
            .collect();
        let of = |key: &str| progress.get(key).and_then(Value::as_u64).unwrap_or_default();
        let percent = match of("total") {
            0 => String::new(),
            total => format!(" {}%", of("done").saturating_mul(100) / total),
        };
        let mut stderr = std::io::stderr();
        if self.quiet {
            return;
        }
        let _ = match self.terminal {
            true => write!(stderr, "\r\x1b[K{message}{percent}"),
            false if message != self.last => writeln!(stderr, "{message}"),
            false => Ok(()),
        };
        self.last = message;
    }

    fn end(&self) {
        if self.terminal && !self.quiet && !self.last.is_empty() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

/// Puts events together from lines.
#[derive(Default)]
pub(crate) struct Events {
    name: String,
    data: String,
}

impl Events {
    /// Takes a line; what came of the job, when it was the last.
    pub(crate) fn line(&mut self, line: &str, progress: &mut Progress) -> Option<Result<Value, Failure>> {
        if let Some(name) = line.strip_prefix("event:") {
            self.name = name.trim().to_owned();
        } else if let Some(data) = line.strip_prefix("data:") {
            self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
        } else if line.is_empty() {
            let event = std::mem::take(self);
            return event.done(progress);
        }
        None
    }

    fn done(self, progress: &mut Progress) -> Option<Result<Value, Failure>> {
        let data: Value = serde_json::from_str(&self.data).unwrap_or_default();
        match self.name.as_str() {
            "progress" => progress.show(&data),
            "end" => {
                progress.end();
                return Some(outcome(&data));
            }
            _ => {}
        }
        None
    }
}

/// What came of a job that has ended.
fn outcome(job: &Value) -> Result<Value, Failure> {
    let problem = job
        .get("problem")
        .cloned()
        .and_then(|problem| serde_json::from_value::<Problem>(problem).ok());
    match (job.get("state").and_then(Value::as_str), problem) {
        (Some("done"), _) => Ok(job.get("result").cloned().unwrap_or_default()),
        (_, Some(problem)) => Err(Failure::problem(&problem)),
        (Some("cancelled"), None) => Err(Failure::strange("the job was cancelled")),
        _ => Err(Failure::strange("the job has ended and nobody says how")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_followed_to_its_end() {
        let mut progress = Progress::new(true);
        let mut events = Events::default();
        let text = "event: begin\ndata: {}\n\n: alive\n\nevent: progress\ndata: {\"message\":\"x\",\"done\":1,\"total\":2}\n\n\
                    event: end\ndata: {\"state\":\"done\",\"result\":{\"a\":1}}\n\n";
        let mut ends = text.lines().filter_map(|line| events.line(line, &mut progress));
        assert_eq!(ends.next().unwrap().unwrap(), serde_json::json!({"a": 1}));
        let failed = serde_json::json!({"state": "failed", "problem": {"type": "x", "title": "y", "status": 409, "detail": "no"}});
        assert_eq!(
            outcome(&failed).unwrap_err(),
            Failure {
                code: 3616,
                text: "no".to_owned()
            }
        );
    }
}
