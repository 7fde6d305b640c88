//! How often and how patiently a failed transfer is tried again.

use std::time::Duration;

/// Counts failures in a row; a failure after which bytes had arrived starts the count anew.
#[derive(Debug)]
pub(crate) struct Retries {
    allowed: u32,
    failed: u32,
    first: Duration,
}

impl Retries {
    pub(crate) fn new(allowed: u32, first: Duration) -> Self {
        Self {
            allowed,
            failed: 0,
            first,
        }
    }

    /// The pause before the next try, or `None` when it is time to give up.
    pub(crate) fn next(&mut self, advanced: bool) -> Option<Duration> {
        self.failed = if advanced { 1 } else { self.failed + 1 };
        let pause = self.first * 2_u32.saturating_pow(self.failed - 1);
        (self.failed <= self.allowed).then_some(pause.min(Duration::from_secs(10)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_end() {
        let mut retries = Retries::new(3, Duration::from_millis(100));
        let pauses: Vec<_> = std::iter::from_fn(|| retries.next(false)).collect();
        assert_eq!(pauses, [100, 200, 400].map(Duration::from_millis));
    }

    #[test]
    fn arriving_bytes_start_the_count_anew() {
        let mut retries = Retries::new(1, Duration::from_millis(100));
        assert!((0..50).all(|_| retries.next(true).is_some()));
        assert!(retries.next(false).is_none());
    }
}
