//! What a step cost: time on the clock, and processor time of this program and of those it ran.

use std::fmt;
use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{WaitOptions, getpid, set_child_subreaper, wait};

/// USER_HZ, the unit of proc(5): 100 on every architecture we build for.
const TICKS_PER_SECOND: u64 = 100;

/// Makes the programs in the sandbox count: bubblewrap ends without waiting for the first process in it, and only the
/// time of processes that somebody waited for is added up. As a subreaper (prctl(2)) we inherit them.
pub(crate) fn count_orphans() {
    // Where this fails, less is counted; nothing else depends on it.
    let _ = set_child_subreaper(Some(getpid()));
}

/// Waits for the inherited processes that have ended. To be called only while no child of ours is being waited for,
/// which is so between steps.
fn reap() {
    while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch {
    started: Instant,
    cpu: Duration,
}

/// The time between start and now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spent {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
            cpu: cpu_time(),
        }
    }

    pub(crate) fn spent(&self) -> Spent {
        reap();
        Spent {
            wall: self.started.elapsed(),
            cpu: cpu_time().saturating_sub(self.cpu),
        }
    }
}

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.1} s ({:.1} CPU-s)",
            self.wall.as_secs_f64(),
            self.cpu.as_secs_f64()
        )
    }
}

/// proc(5), `/proc/self/stat`: fields 14 to 17 are user and system time of the process and its waited-for children.
fn cpu_time() -> Duration {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field, the name in brackets, may contain blanks.
    let fields = text
        .rsplit_once(')')
        .map(|(_, rest)| rest.split_ascii_whitespace().skip(11).take(4));
    let ticks: u64 = fields
        .into_iter()
        .flatten()
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_counted_and_sleep_is_not() {
        let watch = Stopwatch::start();
        std::thread::sleep(Duration::from_millis(50));
        let mut sum = 0_u64;
        while watch.spent().cpu < Duration::from_millis(100) {
            sum = std::hint::black_box((0..100_000_u64).fold(sum, |sum, n| sum.wrapping_add(n * n)));
        }
        assert!(watch.spent().wall >= Duration::from_millis(130));
    }
}
