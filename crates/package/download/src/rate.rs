//! Not faster than allowed, and not slower than worth waiting for.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes a second that all transfers of a client may use together.
#[derive(Debug, Default)]
pub(crate) struct Limit {
    bytes_per_second: u64,
    /// When the bytes taken so far have been paid for.
    paid: Mutex<Option<Instant>>,
}

impl Limit {
    pub(crate) fn new(bytes_per_second: u64) -> Self {
        Self {
            bytes_per_second,
            paid: Mutex::new(None),
        }
    }

    /// How long to wait after having taken so many bytes.
    fn take(&self, bytes: u64, now: Instant) -> Duration {
        if self.bytes_per_second == 0 {
            return Duration::ZERO;
        }
        let cost = Duration::from_secs_f64(bytes as f64 / self.bytes_per_second as f64);
        let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        let until = paid.unwrap_or(now).max(now) + cost;
        *paid = Some(until);
        until - now
    }
}

/// A stream under a limit that fails when it is too slow for too long.
pub(crate) struct Paced<R> {
    inner: R,
    limit: Arc<Limit>,
    floor: Floor,
}

impl<R: Read> Paced<R> {
    pub(crate) fn new(inner: R, limit: Arc<Limit>, min_rate: u64, patience: Duration) -> Self {
        let floor = Floor {
            min_rate,
            patience,
            since: Instant::now(),
            bytes: 0,
        };
        Self { inner, limit, floor }
    }
}

impl<R: Read> Read for Paced<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let now = Instant::now();
        let pause = self.limit.take(count as u64, now);
        self.floor.check(count as u64, now)?;
        if !pause.is_zero() {
            std::thread::sleep(pause);
            // We were the slow ones.
            self.floor.since += pause;
        }
        Ok(count)
    }
}

/// As curl's low speed limit: less than so many bytes a second during so much time is a failure.
struct Floor {
    min_rate: u64,
    patience: Duration,
    since: Instant,
    bytes: u64,
}

impl Floor {
    fn check(&mut self, bytes: u64, now: Instant) -> io::Result<()> {
        self.bytes += bytes;
        let elapsed = now.saturating_duration_since(self.since);
        if self.min_rate == 0 || bytes == 0 || elapsed < self.patience {
            return Ok(());
        }
        let needed = self.min_rate as f64 * elapsed.as_secs_f64();
        if (self.bytes as f64) < needed {
            let text = format!(
                "only {} bytes in {:.0} s, and minrate is {} bytes a second",
                self.bytes,
                elapsed.as_secs_f64(),
                self.min_rate
            );
            return Err(io::Error::other(text));
        }
        (self.since, self.bytes) = (now, 0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_shared_and_waits_for_what_was_taken() {
        let limit = Limit::new(1000);
        let now = Instant::now();
        assert_eq!(limit.take(500, now), Duration::from_millis(500));
        assert_eq!(limit.take(500, now), Duration::from_secs(1));
        let later = now + Duration::from_secs(10);
        assert_eq!(
            limit.take(100, later),
            Duration::from_millis(100),
            "no credit for idling"
        );
        assert_eq!(Limit::new(0).take(1 << 40, now), Duration::ZERO);
    }

    #[test]
    fn too_slow_for_too_long_is_a_failure() {
        let start = Instant::now();
        let mut floor = Floor {
            min_rate: 100,
            patience: Duration::from_secs(5),
            since: start,
            bytes: 0,
        };
        assert!(floor.check(1, start + Duration::from_secs(4)).is_ok(), "not yet");
        assert!(floor.check(600, start + Duration::from_secs(6)).is_ok());
        let error = floor.check(100, start + Duration::from_secs(12)).unwrap_err();
        assert!(error.to_string().contains("minrate"), "{error}");
    }
}
