//! A relation between packages and when two of them meet.

use std::cmp::Ordering;
use std::fmt;

use rpmfile::compare_versions;

use crate::source::Identity;

/// `RPMSENSE_LESS` (rpm's rpmds.h).
pub(crate) const LESS: u32 = 1 << 1;
/// `RPMSENSE_GREATER`.
pub(crate) const GREATER: u32 = 1 << 2;
/// `RPMSENSE_EQUAL`.
pub(crate) const EQUAL: u32 = 1 << 3;
/// The bits that compare versions.
pub(crate) const SENSE: u32 = LESS | GREATER | EQUAL;
/// `RPMSENSE_RPMLIB`: a feature of the package manager itself.
const RPMLIB: u32 = 1 << 24;

/// A name with an optional version range, as stored in package headers and repository metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Relation<'a> {
    /// Capability, file path, or a whole rich dependency in parentheses.
    pub name: &'a str,
    /// `RPMSENSE_*` bits.
    pub flags: u32,
    /// `[epoch:]version[-release]`, or empty.
    pub evr: &'a str,
}

impl<'a> Relation<'a> {
    /// A relation without a version.
    pub fn unversioned(name: &'a str) -> Self {
        Self {
            name,
            flags: 0,
            evr: "",
        }
    }

    /// The relation with only those flag bits that compare versions, so that equal meanings are equal.
    pub(crate) fn plain(self) -> Self {
        let flags = if self.evr.is_empty() {
            0
        } else {
            self.flags & SENSE
        };
        let evr = if flags == 0 { "" } else { self.evr };
        Self {
            name: self.name,
            flags,
            evr,
        }
    }

    /// Whether this is a boolean expression (rpm-dependencies(7), "Boolean dependencies").
    pub fn is_rich(&self) -> bool {
        self.name.starts_with('(')
    }

    /// Whether the package manager itself has to provide this; such a thing is never a package.
    pub fn is_rpmlib(&self) -> bool {
        self.flags & RPMLIB != 0 || self.name.starts_with("rpmlib(")
    }

    /// Whether the version ranges of two relations of the same name meet (rpm's `rpmdsCompare`).
    pub fn meets(&self, other: &Relation<'_>) -> bool {
        let (a, b) = (self.flags & SENSE, other.flags & SENSE);
        if a == 0 || b == 0 || self.evr.is_empty() || other.evr.is_empty() {
            return true;
        }
        match compare_evr(self.evr, other.evr) {
            Ordering::Less => a & GREATER != 0 || b & LESS != 0,
            Ordering::Greater => a & LESS != 0 || b & GREATER != 0,
            Ordering::Equal => a & b & SENSE != 0,
        }
    }

    /// Whether a package of this identity lies in the range, compared by its own version.
    pub fn covers(&self, package: &Identity<'_>) -> bool {
        let sense = self.flags & SENSE;
        if sense == 0 || self.evr.is_empty() {
            return true;
        }
        match compare_to_identity(package, self.evr) {
            Ordering::Less => sense & LESS != 0,
            Ordering::Greater => sense & GREATER != 0,
            Ordering::Equal => sense & EQUAL != 0,
        }
    }
}

/// `name >= evr`, as rpm prints it.
impl fmt::Display for Relation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        let sense = self.flags & SENSE;
        if sense == 0 || self.evr.is_empty() {
            return Ok(());
        }
        let less = if sense & LESS != 0 { "<" } else { "" };
        let greater = if sense & GREATER != 0 { ">" } else { "" };
        let equal = if sense & EQUAL != 0 { "=" } else { "" };
        write!(f, " {less}{greater}{equal} {}", self.evr)
    }
}

/// Splits `[epoch:]version[-release]`; a missing epoch is 0.
pub fn split_evr(evr: &str) -> (u32, &str, Option<&str>) {
    let (epoch, rest) = match evr.split_once(':') {
        Some((epoch, rest)) => (epoch.parse().unwrap_or(0), rest),
        None => (0, evr),
    };
    match rest.rsplit_once('-') {
        Some((version, release)) => (epoch, version, Some(release)),
        None => (epoch, rest, None),
    }
}

/// Compares two `[epoch:]version[-release]`; releases only count when both are stated.
pub fn compare_evr(a: &str, b: &str) -> Ordering {
    let (a_epoch, a_version, a_release) = split_evr(a);
    let (b_epoch, b_version, b_release) = split_evr(b);
    a_epoch
        .cmp(&b_epoch)
        .then_with(|| compare_versions(a_version, b_version))
        .then_with(|| match (a_release, b_release) {
            (Some(a), Some(b)) => compare_versions(a, b),
            _ => Ordering::Equal,
        })
}

/// Compares a package's version to `[epoch:]version[-release]`.
fn compare_to_identity(package: &Identity<'_>, evr: &str) -> Ordering {
    let (epoch, version, release) = split_evr(evr);
    package
        .epoch
        .cmp(&epoch)
        .then_with(|| compare_versions(package.version, version))
        .then_with(|| match release {
            Some(release) => compare_versions(package.release, release),
            None => Ordering::Equal,
        })
}

/// Orders two packages by epoch, version and release.
pub(crate) fn compare_identities(a: &Identity<'_>, b: &Identity<'_>) -> Ordering {
    a.epoch
        .cmp(&b.epoch)
        .then_with(|| compare_versions(a.version, b.version))
        .then_with(|| compare_versions(a.release, b.release))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation(text: &str) -> Relation<'_> {
        let mut parts = text.split(' ');
        let name = parts.next().unwrap_or("");
        let flags = match parts.next() {
            Some("<") => LESS,
            Some("<=") => LESS | EQUAL,
            Some("=") => EQUAL,
            Some(">=") => GREATER | EQUAL,
            Some(">") => GREATER,
            _ => 0,
        };
        Relation {
            name,
            flags,
            evr: parts.next().unwrap_or(""),
        }
    }

    #[test]
    fn ranges_meet_as_rpm_says() {
        for (a, b, expected) in [
            ("a = 1", "a >= 1", true),
            ("a = 1-2", "a = 1", true),
            ("a = 1-2", "a > 1", false),
            ("a = 1:1", "a > 9", true),
            ("a = 1", "a < 1", false),
            ("a", "a > 9", true),
            ("a >= 2", "a < 3", true),
            ("a <= 2", "a >= 3", false),
            ("a = 1~rc1", "a < 1", true),
            ("a = 1^git", "a > 1", true),
        ] {
            assert_eq!(relation(a).meets(&relation(b)), expected, "{a} and {b}");
            assert_eq!(relation(b).meets(&relation(a)), expected, "{b} and {a}");
        }
    }

    #[test]
    fn relations_print_as_rpm_prints_them() {
        assert_eq!(relation("a >= 1:2-3").to_string(), "a >= 1:2-3");
        assert_eq!(relation("/bin/sh").to_string(), "/bin/sh");
    }
}
