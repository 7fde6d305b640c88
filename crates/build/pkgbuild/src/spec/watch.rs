//! A build that takes long says how far it is.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How often it says so.
const TICK: Duration = Duration::from_secs(1);

/// More than the longest line that is worth showing.
const END_OF_LOG: u64 = 4096;

/// Runs a program to its end, and tells every second for how long it has been running.
pub(crate) fn run(command: &mut Command, tell: &(dyn Fn(Duration) + Sync)) -> io::Result<ExitStatus> {
    let started = Instant::now();
    let (running, end) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            while end.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                tell(started.elapsed());
            }
        });
        let status = command.status();
        drop(running);
        status
    })
}

/// The last whole line of a log that is being written; empty when it cannot be read, since it is only to be looked at.
pub(crate) fn last_line(log: &Path) -> String {
    let text = end_of(log).unwrap_or_default();
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let line = whole.rsplit('\n').find(|line| !line.trim().is_empty());
    let words: Vec<&str> = line.unwrap_or_default().split_whitespace().collect();
    words.join(" ")
}

fn end_of(log: &Path) -> io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END_OF_LOG)))?;
    let mut bytes = Vec::new();
    file.take(END_OF_LOG).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;
    use std::sync::Mutex;

    #[test]
    fn who_runs_long_is_told_about_until_the_end() {
        let (reader, writer) = io::pipe().unwrap();
        let writer = Mutex::new(Some(writer));
        // The program ends when something was told, and not before.
        let mut command = Command::new("sh");
        command.args(["-c", "read line && exit 7"]).stdin(reader);
        let status = run(&mut command, &|_| {
            if let Some(mut pipe) = writer.lock().unwrap().take() {
                pipe.write_all(b"go\n").unwrap();
            }
        });
        assert_eq!(status.unwrap().code(), Some(7));
    }

    #[test]
    fn the_last_line_is_the_last_whole_one() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("log");
        assert_eq!(last_line(&log), "");
        fs::write(&log, "  CC      first.o").unwrap();
        assert_eq!(last_line(&log), "");
        fs::write(
            &log,
            format!("{}\n  CC      fs/namei.o\n\n  CC   half", "x".repeat(9000)),
        )
        .unwrap();
        assert_eq!(last_line(&log), "CC fs/namei.o");
    }
}
