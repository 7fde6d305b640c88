//! A running guest's serial console, driven by a program.

use crate::Error;
use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How much of the console's output an error message shows.
const TAIL: usize = 4000;

/// What a command in the guest did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The exit status.
    pub status: i32,
    /// Standard output and error, as they came.
    pub text: String,
}

/// A running guest. Dropping it ends QEMU.
#[derive(Debug)]
pub struct Console {
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<Vec<u8>>,
    /// Everything the guest has printed.
    log: String,
    /// How far [`Console::expect`] has read in `log`.
    position: usize,
    commands: u32,
    _scratch: tempfile::TempDir,
}

impl Console {
    pub(crate) fn new(mut child: Child, scratch: tempfile::TempDir) -> Self {
        let input = child.stdin.take();
        let output = follow(child.stdout.take());
        Self {
            child,
            input,
            output,
            log: String::new(),
            position: 0,
            commands: 0,
            _scratch: scratch,
        }
    }

    /// Everything the guest has printed so far.
    pub fn log(&self) -> &str {
        &self.log
    }

    /// Wait until `text` appears after what earlier calls have consumed; returns what came before it.
    ///
    /// # Errors
    /// When it does not appear within `timeout`, or the guest ends first.
    pub fn expect(&mut self, text: &str, timeout: Duration) -> Result<String, Error> {
        let start = Instant::now();
        loop {
            if let Some(found) = self.log[self.position..].find(text) {
                let before = self.log[self.position..self.position + found].to_owned();
                self.position += found + text.len();
                return Ok(before);
            }
            self.receive(text, start, timeout)?;
        }
    }

    fn receive(&mut self, expected: &str, start: Instant, timeout: Duration) -> Result<(), Error> {
        match self.output.recv_timeout(timeout.saturating_sub(start.elapsed())) {
            Ok(bytes) => self.log += &String::from_utf8_lossy(&bytes),
            Err(RecvTimeoutError::Timeout) => {
                return Err(Error::Timeout {
                    expected: expected.to_owned(),
                    waited: timeout,
                    tail: self.tail(),
                });
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Error::Ended {
                    expected: expected.to_owned(),
                    tail: self.tail(),
                });
            }
        }
        Ok(())
    }

    fn tail(&self) -> String {
        let mut start = self.log.len().saturating_sub(TAIL);
        while !self.log.is_char_boundary(start) {
            start += 1;
        }
        self.log[start..].to_owned()
    }

    /// Type `text`.
    ///
    /// # Errors
    /// When the console is closed.
    pub fn send(&mut self, text: &str) -> Result<(), Error> {
        let closed = || Error::Write {
            source: std::io::ErrorKind::BrokenPipe.into(),
        };
        let input = self.input.as_mut().ok_or_else(closed)?;
        input
            .write_all(text.as_bytes())
            .and_then(|()| input.flush())
            .map_err(|source| Error::Write { source })
    }

    /// Log in at the login prompt and make the shell quiet and predictable.
    ///
    /// # Errors
    /// When no prompt comes within `timeout` or the password is refused.
    pub fn log_in(&mut self, user: &str, password: &str, timeout: Duration) -> Result<(), Error> {
        self.expect("login: ", timeout)?;
        self.send(&format!("{user}\n"))?;
        self.expect("assword: ", timeout)?;
        self.send(&format!("{password}\n"))?;
        // login(1) throws away what was typed before the shell is there.
        self.expect("# ", timeout)?;
        // The marker is put together by the shell, so that the echo of this line does not match.
        self.send("stty -echo; export TERM=dumb; PS1=; PS2=; unset PROMPT_COMMAND; echo ready-to''-work\n")?;
        self.expect("ready-to-work", timeout)?;
        Ok(())
    }

    /// Run a shell command in the guest, after [`Console::log_in`].
    ///
    /// # Errors
    /// When it does not finish within `timeout`.
    pub fn run(&mut self, command: &str, timeout: Duration) -> Result<Output, Error> {
        self.commands += 1;
        let (begin, end) = (format!("<<{}<<", self.commands), format!(">>{}>>", self.commands));
        let (quoted_begin, quoted_end) = (begin.replacen('<', "<''", 1), end.replacen('>', ">''", 1));
        self.send(&format!(
            "echo '{quoted_begin}'; {{ {command}\n}} 2>&1 </dev/null; echo '{quoted_end}'$?\n"
        ))?;
        self.expect(&begin, timeout)?;
        let text = self.expect(&end, timeout)?;
        let status = self.expect("\n", timeout)?;
        let text = text.replace("\r\n", "\n").trim_matches('\n').to_owned();
        Ok(Output {
            status: status.trim().parse().unwrap_or(-1),
            text,
        })
    }

    /// CPU seconds, user and system, that QEMU has used: the measure of a boot that neither the load
    /// nor the number of processors of the host changes much.
    ///
    /// # Errors
    /// When `/proc` does not tell.
    pub fn cpu_seconds(&self) -> Result<f64, Error> {
        let pid = self.child.id();
        let failed = |reason: String| Error::CpuTime { pid, reason };
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))
            .map_err(|error| failed(error.to_string()))?;
        let ticks = cpu_ticks(&stat).ok_or_else(|| failed(format!("unexpected content {stat:?}")))?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "ticks of a process stay far below 2^52"
        )]
        Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
    }

    /// Wait until the guest has powered off and QEMU has let go of its disk.
    ///
    /// # Errors
    /// When it has not within `timeout`.
    pub fn wait(&mut self, timeout: Duration) -> Result<(), Error> {
        let start = Instant::now();
        loop {
            match self.receive("power off", start, timeout) {
                Ok(()) => {}
                Err(Error::Ended { .. }) => break,
                Err(error) => return Err(error),
            }
        }
        // It has closed its output, which it does last; somebody else may have waited for it already.
        let _ = self.child.wait();
        Ok(())
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        // Both fail only when QEMU has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sum of fields 14 (utime) and 15 (stime) of `/proc/PID/stat`, see proc(5).
fn cpu_ticks(stat: &str) -> Option<u64> {
    let after_name = stat.rsplit_once(')')?.1;
    let mut fields = after_name.split_whitespace().skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

/// Read the guest's output on a thread of its own, so that waiting can have a time limit.
fn follow(stdout: Option<ChildStdout>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    let Some(mut stdout) = stdout else { return receiver };
    std::thread::spawn(move || {
        let mut buffer = [0_u8; 4096];
        while let Ok(count) = stdout.read(&mut buffer) {
            if count == 0 || sender.send(buffer[..count].to_vec()).is_err() {
                break;
            }
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    /// A shell that behaves like a guest's serial console does.
    fn shell(script: &str) -> Console {
        let mut command = Command::new("sh");
        command
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        Console::new(command.spawn().unwrap(), tempfile::tempdir().unwrap())
    }

    const SECOND: Duration = Duration::from_secs(5);

    #[test]
    fn logs_in_and_runs_commands() {
        let login = "printf 'lumen login: '; read u; printf 'Password: '; read p; stty() { :; }; \
                     [ $u = root ] && [ $p = secret ] && printf 'root@lumen:~# ' && while read -r l; do eval \"$l\"; done";
        let mut console = shell(&login.replace("while read -r l; do eval \"$l\"; done", "exec sh"));
        console.log_in("root", "secret", SECOND).unwrap();
        assert_eq!(
            console.run("echo one; echo two", SECOND).unwrap(),
            Output {
                status: 0,
                text: "one\ntwo".into()
            }
        );
        assert_eq!(console.run("(exit 7)", SECOND).unwrap().status, 7);
    }

    #[test]
    fn a_missing_text_times_out_with_the_last_output() {
        let mut console = shell("echo something else; sleep 60");
        console.expect("else", SECOND).unwrap();
        let error = console.expect("login: ", Duration::from_millis(20)).unwrap_err();
        assert!(matches!(error, Error::Timeout { .. }));
        assert!(error.to_string().contains("something else"), "{error}");
    }

    #[test]
    fn an_ended_guest_is_told_from_a_slow_one() {
        let mut console = shell("echo Kernel panic");
        let error = console.expect("login: ", SECOND).unwrap_err();
        assert!(matches!(error, Error::Ended { .. }));
        assert!(error.to_string().contains("Kernel panic"), "{error}");
    }

    #[test]
    fn cpu_time_is_read_after_a_name_with_spaces_and_brackets() {
        let stat = "42 (a ) b) S 1 1 1 0 -1 4194560 1 2 3 4 150 50 0 0 20 0 1 0 100";
        assert_eq!(cpu_ticks(stat), Some(200));
        assert_eq!(cpu_ticks("42 (a) S"), None);
    }
}
