//! Running a plugin.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use crate::error::Error;
use crate::protocol::{Event, Request};
use crate::role_file::Role;

/// The longest line of a plugin's.
const LONGEST: u64 = 256 << 10;
/// The most that is kept of what a plugin says to its standard error.
const MOST_COMPLAINT: u64 = 16 << 10;
/// How often is looked whether it is to end.
const LOOK: Duration = Duration::from_millis(100);

/// Ends a plugin from another thread.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Ends it as soon as somebody sets this.
    pub fn by(flag: Arc<AtomicBool>) -> Self {
        Cancel(flag)
    }

    /// Has the plugin ended.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_wanted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs the plugin of a role on a request until its last line.
pub(crate) fn run(
    plugins: &Path,
    role: &Role,
    request: &Request,
    patience: Option<Duration>,
    cancel: &Cancel,
    tell: &mut dyn FnMut(&Event),
) -> Result<Value, Error> {
    let path = plugins.join(&role.plugin);
    trusted(plugins)?;
    trusted(&path)?;
    let mut running = Running::start(path, request)?;
    let answer = running.answer(&role.plugin, patience, cancel, tell);
    running.end();
    answer
}

/// Only root, or who runs us, may have written it.
fn trusted(path: &Path) -> Result<(), Error> {
    let untrusted = |why| {
        Err(Error::Untrusted {
            path: path.to_owned(),
            why,
        })
    };
    let found = path.symlink_metadata().map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    if found.is_symlink() {
        return untrusted("it is a symbolic link");
    }
    let ours = found.uid() == 0 || found.uid() == rustix::process::geteuid().as_raw();
    match (ours, found.mode() & 0o022) {
        (false, _) => untrusted("it is not root's; chown it to root"),
        (_, 0) => Ok(()),
        _ => untrusted("others than its owner may write it; chmod go-w it"),
    }
}

struct Running {
    child: Child,
    lines: Receiver<Result<String, String>>,
}

impl Running {
    fn start(path: PathBuf, request: &Request) -> Result<Self, Error> {
        let failed = |source| Error::Start {
            path: path.clone(),
            source,
        };
        let mut child = Command::new(&path)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .current_dir("/")
            // Its own group, so that what it has started ends with it.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let line = format!("{}\n", serde_json::to_string(request).unwrap_or_default());
        if let Some(mut stdin) = child.stdin.take() {
            // Another thread, for a plugin that reads nothing must not hold us up.
            thread::spawn(move || stdin.write_all(line.as_bytes()));
        }
        let (send, lines) = sync_channel(64);
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || {
                let mut reader = BufReader::new(stdout);
                while let Some(line) = next_line(&mut reader) {
                    if send.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        Ok(Running { child, lines })
    }

    fn answer(
        &mut self,
        plugin: &str,
        patience: Option<Duration>,
        cancel: &Cancel,
        tell: &mut dyn FnMut(&Event),
    ) -> Result<Value, Error> {
        let bad = |why: String| Error::Answer {
            plugin: plugin.to_owned(),
            why,
        };
        let begun = Instant::now();
        loop {
            let line = match self.lines.recv_timeout(LOOK) {
                Ok(line) => line.map_err(bad)?,
                Err(RecvTimeoutError::Disconnected) => return Err(self.silence(plugin)),
                Err(RecvTimeoutError::Timeout) if cancel.is_wanted() => {
                    return Err(Error::Cancelled {
                        plugin: plugin.to_owned(),
                    });
                }
                Err(RecvTimeoutError::Timeout) => {
                    match patience.filter(|patience| begun.elapsed() > *patience) {
                        None => continue,
                        Some(patience) => {
                            return Err(Error::TimeOut {
                                plugin: plugin.to_owned(),
                                seconds: patience.as_secs(),
                            });
                        }
                    }
                }
            };
            let event: Event =
                serde_json::from_str(&line).map_err(|error| bad(format!("{error} in the line {line:?}")))?;
            tell(&event);
            match event {
                Event::Log(_) | Event::Progress(_) => {}
                Event::Result(value) => return Ok(value),
                Event::Error(text) => {
                    return Err(Error::Failed {
                        plugin: plugin.to_owned(),
                        text,
                    });
                }
            }
        }
    }

    /// It ended without a last line: what it said to its standard error is all there is to tell.
    fn silence(&mut self, plugin: &str) -> Error {
        let mut said = Vec::new();
        if let Some(stderr) = self.child.stderr.take() {
            let _ = stderr.take(MOST_COMPLAINT).read_to_end(&mut said);
        }
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        Error::Answer {
            plugin: plugin.to_owned(),
            why: format!("it ended without a result; it said {said:?}"),
        }
    }

    /// Ends it and what it has started. It has had its say.
    fn end(mut self) {
        if let Some(group) = Pid::from_raw(self.child.id().cast_signed()) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

fn next_line(reader: &mut impl std::io::BufRead) -> Option<Result<String, String>> {
    let mut bytes = Vec::new();
    match reader.take(LONGEST).read_until(b'\n', &mut bytes) {
        Err(error) => Some(Err(error.to_string())),
        Ok(0) => None,
        Ok(_) if !bytes.ends_with(b"\n") && bytes.len() as u64 == LONGEST => {
            Some(Err("a line is too long".to_owned()))
        }
        Ok(_) => Some(String::from_utf8(bytes).map_err(|_| "a line is not UTF-8".to_owned())),
    }
}
