//! The journal, read by journalctl(1): its format is systemd's own business.

use pmd_api::Problem;
use pmd_api::logs::{Handler, LogEntry, LogQuery};
use serde_json::Value;

use super::{Context, command};

/// Does what the domain `logs` offers.
pub(super) struct Logs {
    context: Context,
}

impl Logs {
    /// For one call.
    pub(super) fn new(context: Context) -> Self {
        Logs { context }
    }
}

impl Handler for Logs {
    fn list(&mut self, asked: LogQuery) -> Result<Vec<LogEntry>, Problem> {
        let text = command::output("/usr/bin/journalctl", &line(&self.context, &asked)).map_err(blame)?;
        Ok(text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .map(|entry| describe(&entry))
            .collect())
    }
}

/// What journalctl does not understand is the caller's: a time is in systemd.time(7)'s words, of which it is the only
/// reader, and so is a cursor. A boot that the journal does not reach back to is not there.
fn blame(problem: Problem) -> Problem {
    const WORDS: [&str; 2] = ["Failed to parse timestamp", "Failed to seek to cursor"];
    const NO_BOOT: [&str; 2] = ["Data from the specified boot", "No journal boot entry found"];
    let says = |words: &[&str]| words.iter().any(|words| problem.detail.contains(words));
    match (says(&WORDS), says(&NO_BOOT)) {
        (true, _) => Problem::invalid(problem.detail),
        (_, true) => Problem::not_found(problem.detail),
        _ => problem,
    }
}

/// The command line; each argument is one word behind its option's `=`, so that none can be an option itself.
fn line(context: &Context, asked: &LogQuery) -> Vec<String> {
    let mut words = vec![
        "--output=json".to_owned(),
        "--no-pager".to_owned(),
        "--quiet".to_owned(),
    ];
    if !context.is_live() {
        words.push(format!("--root={}", context.root.display()));
    }
    let mut option = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            words.push(format!("--{name}={value}"));
        }
    };
    option("unit", asked.unit.as_ref().map(ToString::to_string));
    option("identifier", asked.identifier.as_ref().map(ToString::to_string));
    option("since", asked.since.as_ref().map(ToString::to_string));
    option("until", asked.until.as_ref().map(ToString::to_string));
    option("priority", asked.priority.map(|number| number.min(7).to_string()));
    option("boot", asked.boot.map(|number| format!("-{number}")));
    option("after-cursor", asked.after.as_ref().map(ToString::to_string));
    let lines = asked.lines.clamp(1, 10_000);
    option(
        "lines",
        Some(if asked.after.is_some() {
            format!("+{lines}")
        } else {
            lines.to_string()
        }),
    );
    words
}

fn describe(entry: &Value) -> LogEntry {
    let text = |key: &str| entry.get(key).map(plain);
    let number = |key: &str| text(key).and_then(|text| text.parse::<u64>().ok());
    LogEntry {
        time: number("__REALTIME_TIMESTAMP")
            .map_or_else(String::new, |micros| crate::clock::format(micros / 1_000_000)),
        priority: number("PRIORITY")
            .and_then(|number| u8::try_from(number).ok())
            .unwrap_or(6),
        unit: text("_SYSTEMD_UNIT"),
        identifier: text("SYSLOG_IDENTIFIER").unwrap_or_default(),
        pid: number("_PID").and_then(|number| u32::try_from(number).ok()),
        message: text("MESSAGE").unwrap_or_default(),
        cursor: text("__CURSOR").unwrap_or_default(),
    }
}

/// A field is text, or bytes where they are no UTF-8 (journalctl(1), --output=json).
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let bytes: Vec<u8> = items
                .iter()
                .filter_map(|item| u8::try_from(item.as_u64()?).ok())
                .collect();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_argument_becomes_an_option() {
        let context = Context::new(std::path::Path::new("/"), String::new(), None);
        let asked: LogQuery =
            serde_json::from_str(r#"{"since":"--vacuum-size=1","unit":"a.service","lines":5}"#).unwrap();
        let words = line(&context, &asked);
        assert!(words.contains(&"--since=--vacuum-size=1".to_owned()));
        assert!(serde_json::from_str::<LogQuery>(r#"{"unit":"--flush.service"}"#).is_err());
    }

    #[test]
    fn bytes_become_text() {
        let entry = serde_json::json!({ "MESSAGE": [104, 105, 255], "PRIORITY": "3" });
        let entry = describe(&entry);
        assert_eq!((entry.message.as_str(), entry.priority), ("hi\u{fffd}", 3));
    }
}
