//! How often: a bucket of tokens for each source or user, and lock-out after wrong passwords.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::config::Limits;

/// So many names are remembered; when there are more, those that have been quiet longest are forgotten.
const REMEMBERED: usize = 10_000;
/// The longest lock-out.
const LONGEST: Duration = Duration::from_secs(3600);

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

#[derive(Debug)]
struct Failures {
    count: u32,
    locks: u32,
    until: Option<Instant>,
    at: Instant,
}

/// What everybody has used up.
#[derive(Debug)]
pub(crate) struct Throttle {
    limits: Limits,
    buckets: HashMap<String, Bucket>,
    failures: HashMap<String, Failures>,
}

impl Throttle {
    pub(crate) fn new(limits: &Limits) -> Self {
        Throttle {
            limits: limits.clone(),
            buckets: HashMap::new(),
            failures: HashMap::new(),
        }
    }

    /// Takes a token; how long to wait when there is none.
    pub(crate) fn take(&mut self, who: &str, now: Instant) -> Result<(), Duration> {
        forget(&mut self.buckets, |bucket| bucket.at);
        let (rate, burst) = (
            f64::from(self.limits.per_second.max(1)),
            f64::from(self.limits.burst.max(1)),
        );
        let bucket = self.buckets.entry(who.to_owned()).or_insert(Bucket {
            tokens: burst,
            at: now,
        });
        let grown = now.saturating_duration_since(bucket.at).as_secs_f64() * rate;
        bucket.tokens = (bucket.tokens + grown).min(burst);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.tokens) / rate));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }

    /// How long the longest lock-out of any of these names still lasts.
    pub(crate) fn locked(&self, names: &[(String, u32)], now: Instant) -> Option<Duration> {
        let until = names
            .iter()
            .filter_map(|(name, _)| self.failures.get(name)?.until);
        until
            .map(|until| until.saturating_duration_since(now))
            .filter(|left| !left.is_zero())
            .max()
    }

    /// A wrong password. Each name has its own number of attempts.
    pub(crate) fn failed(&mut self, names: &[(String, u32)], now: Instant) {
        forget(&mut self.failures, |failures| failures.at);
        for (name, attempts) in names {
            let entry = self.failures.entry(name.clone()).or_insert(Failures {
                count: 0,
                locks: 0,
                until: None,
                at: now,
            });
            if now.saturating_duration_since(entry.at) > LONGEST {
                (entry.count, entry.locks) = (0, 0);
            }
            entry.at = now;
            entry.count += 1;
            if entry.count >= *attempts {
                let seconds = self.limits.lock_seconds.saturating_mul(1 << entry.locks.min(10));
                entry.until = Some(now + Duration::from_secs(seconds).min(LONGEST));
                (entry.count, entry.locks) = (0, entry.locks + 1);
            }
        }
    }

    /// A right password: the user's own failures from this source are forgotten.
    pub(crate) fn succeeded(&mut self, name: &str) {
        self.failures.remove(name);
    }
}

fn forget<T>(map: &mut HashMap<String, T>, at: impl Fn(&T) -> Instant) {
    if map.len() < REMEMBERED {
        return;
    }
    let mut times: Vec<Instant> = map.values().map(&at).collect();
    times.sort_unstable();
    let middle = times[times.len() / 2];
    map.retain(|_, value| at(value) > middle);
}

/// The names under which wrong passwords are counted: this user from this source; all users from this source; and this
/// user from everywhere, with so many attempts that nobody can lock another out by a few.
pub(crate) fn names(user: &str, source: &str, attempts: u32) -> [(String, u32); 3] {
    [
        (format!("{user}\n{source}"), attempts),
        (format!("\n{source}"), attempts.saturating_mul(4)),
        (user.to_owned(), attempts.saturating_mul(20)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills() {
        let mut throttle = Throttle::new(&Limits {
            per_second: 2,
            burst: 3,
            ..Limits::default()
        });
        let now = Instant::now();
        assert_eq!((0..4).filter(|_| throttle.take("a", now).is_ok()).count(), 3);
        assert!(throttle.take("b", now).is_ok());
        assert!(throttle.take("a", now + Duration::from_secs(1)).is_ok());
    }

    #[test]
    fn wrong_passwords_lock_longer_and_longer() {
        let limits = Limits {
            attempts: 2,
            lock_seconds: 10,
            ..Limits::default()
        };
        let mut throttle = Throttle::new(&limits);
        let (names, other) = (names("u", "1.2.3.4", 2), names("u", "5.6.7.8", 2));
        let now = Instant::now();
        throttle.failed(&names, now);
        assert_eq!(throttle.locked(&names, now), None);
        throttle.failed(&names, now);
        assert_eq!(throttle.locked(&names, now), Some(Duration::from_secs(10)));
        assert_eq!(throttle.locked(&other, now), None);
        let later = now + Duration::from_secs(11);
        assert_eq!(throttle.locked(&names, later), None);
        throttle.failed(&names, later);
        throttle.failed(&names, later);
        assert_eq!(throttle.locked(&names, later), Some(Duration::from_secs(20)));
    }

    #[test]
    fn a_source_that_tries_many_users_is_locked_out_for_all() {
        let mut throttle = Throttle::new(&Limits {
            attempts: 2,
            ..Limits::default()
        });
        let now = Instant::now();
        for user in 0..8 {
            throttle.failed(&names(&user.to_string(), "1.2.3.4", 2), now);
        }
        assert!(throttle.locked(&names("fresh", "1.2.3.4", 2), now).is_some());
        assert!(throttle.locked(&names("fresh", "1.2.3.5", 2), now).is_none());
    }

    #[test]
    fn memory_is_bounded() {
        let mut throttle = Throttle::new(&Limits::default());
        for number in 0..REMEMBERED * 2 {
            let _ = throttle.take(&number.to_string(), Instant::now());
        }
        assert!(throttle.buckets.len() <= REMEMBERED);
    }
}
