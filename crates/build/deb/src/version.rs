//! Version numbers: `deb-version(7)`.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// `[epoch:]upstream[-revision]`, ordered as dpkg orders it.
#[derive(Debug, Clone)]
pub struct Version {
    /// The epoch, 0 when not written.
    pub epoch: u32,
    /// The upstream version.
    pub upstream: String,
    /// Debian's revision, empty when there is none.
    pub revision: String,
}

impl FromStr for Version {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let fail = |reason| Error::Version {
            version: text.to_owned(),
            reason,
        };
        let (epoch, rest) = text.split_once(':').unwrap_or(("0", text));
        let epoch = epoch.parse().map_err(|_| fail("its epoch is not a number"))?;
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
        if rest.ends_with('-') {
            return Err(fail("its revision is empty"));
        }
        if upstream.is_empty() {
            return Err(fail("it has no upstream part"));
        }
        if !rest
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ".+-~:".contains(c))
        {
            return Err(fail(
                "it has a character other than letters, digits and . + - ~ :",
            ));
        }
        Ok(Self {
            epoch,
            upstream: upstream.to_owned(),
            revision: revision.to_owned(),
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.epoch > 0 {
            write!(f, "{}:", self.epoch)?;
        }
        f.write_str(&self.upstream)?;
        match self.revision.as_str() {
            "" => Ok(()),
            revision => write!(f, "-{revision}"),
        }
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let epochs = self.epoch.cmp(&other.epoch);
        epochs
            .then_with(|| part(&self.upstream, &other.upstream))
            .then_with(|| part(&self.revision, &other.revision))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

/// Compares one part: alternately the longest non-digit and the longest digit prefix of each.
fn part(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left, right);
    while !left.is_empty() || !right.is_empty() {
        let (left_text, left_rest) = split(left, |c| !c.is_ascii_digit());
        let (right_text, right_rest) = split(right, |c| !c.is_ascii_digit());
        let (left_number, left_next) = split(left_rest, |c| c.is_ascii_digit());
        let (right_number, right_next) = split(right_rest, |c| c.is_ascii_digit());
        let order = words(left_text, right_text).then_with(|| numbers(left_number, right_number));
        if order.is_ne() {
            return order;
        }
        (left, right) = (left_next, right_next);
    }
    Ordering::Equal
}

fn split(text: &str, wanted: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !wanted(c)).unwrap_or(text.len()))
}

/// "All the letters sort earlier than all the non-letters", a tilde before everything, even the end.
fn words(left: &str, right: &str) -> Ordering {
    let weights = |text: &str| text.chars().map(weight).chain([0]).collect::<Vec<i32>>();
    weights(left).cmp(&weights(right))
}

fn weight(c: char) -> i32 {
    match c {
        '~' => -1,
        c if c.is_ascii_alphabetic() => c as i32,
        c => c as i32 + 256,
    }
}

/// Compares digits of any length without overflow.
fn numbers(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn the_manual_pages_order_holds() {
        // deb-version(7): ~~, ~~a, ~, the empty part, a.
        let sorted = ["1~~", "1~~a", "1~", "1", "1a", "1+", "1.1", "1.10", "1:0"];
        for pair in sorted.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn equal_versions_may_look_different() {
        assert_eq!(version("0:1.0-0"), version("1.0"));
        assert_eq!(version("1.001-1"), version("1.1-1"));
        assert_ne!(version("1.0-1"), version("1.0"));
    }

    #[test]
    fn revisions_split_at_the_last_hyphen() {
        let parsed = version("1:1.3.dfsg+really1.3.1-1-2+b1");
        assert_eq!(
            (parsed.upstream.as_str(), parsed.revision.as_str()),
            ("1.3.dfsg+really1.3.1-1", "2+b1")
        );
        assert_eq!(parsed.to_string(), "1:1.3.dfsg+really1.3.1-1-2+b1");
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in ["", "x:1", "-1", "1-", "1 2", "1/2"] {
            assert!(bad.parse::<Version>().is_err(), "{bad:?}");
        }
    }
}
