//! Versions as rpm orders them (rpm's lib/rpmvercmp.c; rpm-version(7)).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// Epoch, version and release.
///
/// Equality is that of the ordering: `1.0` equals `1_00`, as it does for rpm.
#[derive(Debug, Clone, Default)]
pub struct Evr {
    /// Overrides everything else; 0 when not given.
    pub epoch: u32,
    /// The upstream version.
    pub version: String,
    /// The packager's release; may be empty, in dependencies.
    pub release: String,
}

impl Evr {
    /// From its three parts.
    pub fn new(epoch: u32, version: impl Into<String>, release: impl Into<String>) -> Self {
        Self {
            epoch,
            version: version.into(),
            release: release.into(),
        }
    }

    /// From `[epoch:]version[-release]`, split as rpm's `parseEVR` does: the epoch is what stands before a colon
    /// when it is all digits, the release what follows the last dash.
    pub fn parse(text: &str) -> Self {
        let parts = EvrParts::split(text);
        Self::new(parts.epoch(), parts.version, parts.release.unwrap_or(""))
    }
}

/// A borrowed `[epoch:]version[-release]`, which knows whether a release was given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EvrParts<'a> {
    pub(crate) epoch: Option<&'a str>,
    pub(crate) version: &'a str,
    pub(crate) release: Option<&'a str>,
}

impl<'a> EvrParts<'a> {
    pub(crate) fn split(text: &'a str) -> Self {
        let (epoch, rest) = match text.split_once(':') {
            Some((epoch, rest)) if epoch.bytes().all(|b| b.is_ascii_digit()) => (Some(epoch), rest),
            _ => (None, text),
        };
        match rest.rsplit_once('-') {
            Some((version, release)) => Self {
                epoch,
                version,
                release: Some(release),
            },
            None => Self {
                epoch,
                version: rest,
                release: None,
            },
        }
    }

    /// An epoch too large for 32 bits cannot stand in a header; it is taken as the largest that can.
    pub(crate) fn epoch(&self) -> u32 {
        match self.epoch {
            None | Some("") => 0,
            Some(digits) => digits.parse().unwrap_or(u32::MAX),
        }
    }
}

impl Ord for Evr {
    fn cmp(&self, other: &Self) -> Ordering {
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| compare_versions(&self.version, &other.version))
            .then_with(|| compare_versions(&self.release, &other.release))
    }
}

impl PartialOrd for Evr {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Evr {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Evr {}

impl Hash for Evr {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.epoch.hash(state);
        Segments(self.version.as_bytes()).for_each(|s| s.hash(state));
        Segment::End.hash(state);
        Segments(self.release.as_bytes()).for_each(|s| s.hash(state));
    }
}

impl fmt::Display for Evr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.epoch != 0 {
            write!(f, "{}:", self.epoch)?;
        }
        f.write_str(&self.version)?;
        if !self.release.is_empty() {
            write!(f, "-{}", self.release)?;
        }
        Ok(())
    }
}

/// Orders two versions or two releases: rpmvercmp.
pub fn compare_versions(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    let (mut a, mut b) = (Segments(a.as_bytes()), Segments(b.as_bytes()));
    loop {
        let (x, y) = (a.next().unwrap_or(Segment::End), b.next().unwrap_or(Segment::End));
        match x.cmp(&y) {
            Ordering::Equal if x == Segment::End => return Ordering::Equal,
            Ordering::Equal => {}
            unequal => return unequal,
        }
    }
}

/// A part of a version. The derived order is rpm's: a tilde sorts before the end of the string, a caret after
/// the end but before anything else, and numbers are newer than words.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Segment<'a> {
    Tilde,
    End,
    Caret,
    Word(&'a [u8]),
    /// Without leading zeros, so that the longer one is the larger one.
    Number(usize, &'a [u8]),
}

/// Splits a version; whatever is neither ASCII letter, digit, tilde nor caret only separates.
struct Segments<'a>(&'a [u8]);

impl<'a> Segments<'a> {
    fn take_while(&mut self, belongs: impl Fn(&u8) -> bool) -> &'a [u8] {
        let end = self.0.iter().position(|b| !belongs(b)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        self.take_while(|b| !b.is_ascii_alphanumeric() && *b != b'~' && *b != b'^');
        match self.0.first()? {
            b'~' => {
                self.0 = &self.0[1..];
                Some(Segment::Tilde)
            }
            b'^' => {
                self.0 = &self.0[1..];
                Some(Segment::Caret)
            }
            b'0'..=b'9' => {
                self.take_while(|b| *b == b'0');
                let digits = self.take_while(u8::is_ascii_digit);
                Some(Segment::Number(digits.len(), digits))
            }
            _ => Some(Segment::Word(self.take_while(u8::is_ascii_alphabetic))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_displays() {
        for (text, epoch, version, release) in [
            ("1:2-3", 1, "2", "3"),
            ("2-3", 0, "2", "3"),
            ("2", 0, "2", ""),
            ("a:2", 0, "a:2", ""),
            (":2", 0, "2", ""),
        ] {
            let evr = Evr::parse(text);
            assert_eq!(
                (evr.epoch, &*evr.version, &*evr.release),
                (epoch, version, release),
                "{text}"
            );
        }
        assert_eq!(Evr::parse("1:2-3").to_string(), "1:2-3");
        assert_eq!(Evr::parse("0:2-3").to_string(), "2-3");
    }

    /// Every line is from rpm's own tests/rpmvercmp.at.
    #[test]
    fn orders_as_rpm_does() {
        use Ordering::{Equal, Greater, Less};
        for (a, b, expected) in [
            ("1.0", "1.0", Equal),
            ("1.0", "2.0", Less),
            ("2.0.1a", "2.0.1", Greater),
            ("5.5p10", "5.5p1", Greater),
            ("10xyz", "10.1xyz", Less),
            ("xyz10", "xyz10.1", Less),
            ("xyz.4", "8", Less),
            ("5.5p2", "5.6p1", Less),
            ("6.0.rc1", "6.0", Greater),
            ("10b2", "10a1", Greater),
            ("1.0aa", "1.0a", Greater),
            ("10.0001", "10.0039", Less),
            ("4.999.9", "5.0", Less),
            ("20101121", "20101122", Less),
            ("2_0", "2.0", Equal),
            ("a+", "a_", Equal),
            ("+_", "_+", Equal),
            ("1.0~rc1", "1.0", Less),
            ("1.0~rc1~git123", "1.0~rc1", Less),
            ("1.0^", "1.0", Greater),
            ("1.0^git1", "1.01", Less),
            ("1.0^20160101", "1.0.1", Less),
            ("1.0~rc1^git1", "1.0~rc1", Greater),
            ("1.0^git1~pre", "1.0^git1", Less),
            ("1.1.\u{3b1}", "1.1.\u{3b2}", Equal),
        ] {
            assert_eq!(compare_versions(a, b), expected, "{a} {b}");
            assert_eq!(compare_versions(b, a), expected.reverse(), "{b} {a}");
        }
    }

    #[test]
    fn the_epoch_decides_first() {
        assert!(Evr::parse("1:1-1") > Evr::parse("9-9"));
    }

    #[test]
    fn equal_versions_hash_equally() {
        use std::collections::HashSet;
        let set: HashSet<Evr> = [Evr::parse("1.0-1"), Evr::parse("1_00-01")].into_iter().collect();
        assert_eq!(set.len(), 1);
    }
}
