//! What a package needs, offers and refuses (rpm's lib/rpmds.c).

use std::cmp::Ordering;
use std::fmt;
use std::ops::{BitOr, BitOrAssign};

use crate::compare_versions;
use crate::evr::EvrParts;

/// The bits of RPMSENSE: how the version is compared, and what the dependency is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct DepFlags(pub u32);

impl DepFlags {
    /// Any version.
    pub const ANY: Self = Self(0);
    /// An older version.
    pub const LESS: Self = Self(1 << 1);
    /// A newer version.
    pub const GREATER: Self = Self(1 << 2);
    /// This version.
    pub const EQUAL: Self = Self(1 << 3);
    /// This version or an older one.
    pub const LESS_OR_EQUAL: Self = Self(1 << 1 | 1 << 3);
    /// This version or a newer one.
    pub const GREATER_OR_EQUAL: Self = Self(1 << 2 | 1 << 3);
    /// Needed by %posttrans.
    pub const POSTTRANS: Self = Self(1 << 5);
    /// A prerequisite of the old kind: installed before.
    pub const PREREQ: Self = Self(1 << 6);
    /// Needed by %pretrans.
    pub const PRETRANS: Self = Self(1 << 7);
    /// The interpreter of a scriptlet.
    pub const INTERP: Self = Self(1 << 8);
    /// Needed by %pre.
    pub const SCRIPT_PRE: Self = Self(1 << 9);
    /// Needed by %post.
    pub const SCRIPT_POST: Self = Self(1 << 10);
    /// Needed by %preun.
    pub const SCRIPT_PREUN: Self = Self(1 << 11);
    /// Needed by %postun.
    pub const SCRIPT_POSTUN: Self = Self(1 << 12);
    /// Needed by the %verify script.
    pub const SCRIPT_VERIFY: Self = Self(1 << 13);
    /// Found by a dependency generator.
    pub const FIND_REQUIRES: Self = Self(1 << 14);
    /// Found by a dependency generator.
    pub const FIND_PROVIDES: Self = Self(1 << 15);
    /// A trigger that runs on installation.
    pub const TRIGGER_IN: Self = Self(1 << 16);
    /// A trigger that runs before removal.
    pub const TRIGGER_UN: Self = Self(1 << 17);
    /// A trigger that runs after removal.
    pub const TRIGGER_POSTUN: Self = Self(1 << 18);
    /// Optional: missing is not an error.
    pub const MISSING_OK: Self = Self(1 << 19);
    /// A feature of the package format, satisfied by the package manager itself.
    pub const RPMLIB: Self = Self(1 << 24);
    /// A trigger that runs before installation.
    pub const TRIGGER_PREIN: Self = Self(1 << 25);
    /// A key in rpm's keyring.
    pub const KEYRING: Self = Self(1 << 26);
    /// A feature of rpm's configuration.
    pub const CONFIG: Self = Self(1 << 28);
    /// Orders nothing: metapackages.
    pub const META: Self = Self(1 << 29);

    /// Whether any of the given bits is set.
    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Only the bits that compare versions.
    pub fn sense(self) -> Self {
        Self(self.0 & (Self::LESS.0 | Self::GREATER.0 | Self::EQUAL.0))
    }

    /// From `<`, `<=`, `=`, `==`, `>=`, `>`.
    pub fn from_operator(operator: &str) -> Option<Self> {
        Some(match operator {
            "<" => Self::LESS,
            "<=" | "=<" => Self::LESS_OR_EQUAL,
            "=" | "==" => Self::EQUAL,
            ">=" | "=>" => Self::GREATER_OR_EQUAL,
            ">" => Self::GREATER,
            _ => return None,
        })
    }

    /// The operator, or the empty string for any version.
    pub fn operator(self) -> &'static str {
        match self.sense() {
            Self::LESS => "<",
            Self::LESS_OR_EQUAL => "<=",
            Self::EQUAL => "=",
            Self::GREATER_OR_EQUAL => ">=",
            Self::GREATER => ">",
            _ => "",
        }
    }
}

impl BitOr for DepFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for DepFlags {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// A capability with a range of versions: one entry of Requires, Provides, Conflicts and their kin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dependency {
    /// The capability: a package's name, a path, `libc.so.6()(64bit)`, or a rich dependency in parentheses.
    pub name: String,
    /// How the version is compared, and what the dependency is for.
    pub flags: DepFlags,
    /// The version, empty for any.
    pub evr: String,
}

impl Dependency {
    /// Any version of a capability.
    pub fn any(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            flags: DepFlags::ANY,
            evr: String::new(),
        }
    }

    /// A range of versions of a capability.
    pub fn new(name: impl Into<String>, flags: DepFlags, evr: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            flags,
            evr: evr.into(),
        }
    }

    /// From `name`, `name OP evr` or a rich dependency, as written in a spec file. None for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.starts_with('(') {
            return Some(Self::any(text));
        }
        let mut words = text.split_whitespace();
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some(name), None, ..) => Some(Self::any(name)),
            (Some(name), Some(operator), Some(evr), None) => {
                Some(Self::new(name, DepFlags::from_operator(operator)?, evr))
            }
            _ => None,
        }
    }

    /// Whether this is a boolean dependency, to be read by [`crate::rich`].
    pub fn is_rich(&self) -> bool {
        self.name.starts_with('(')
    }

    /// Whether this names a feature of the package format rather than of a package.
    pub fn is_rpmlib(&self) -> bool {
        self.flags.intersects(DepFlags::RPMLIB) || self.name.starts_with("rpmlib(")
    }

    /// Whether both name the same capability with ranges of versions that overlap: what `provides` satisfying
    /// `requires` means (rpmdsCompare).
    pub fn overlaps(&self, other: &Self) -> bool {
        self.name == other.name && ranges_overlap(self.flags, &self.evr, other.flags, &other.evr)
    }
}

/// Whether two ranges of versions have a version in common (rpmverOverlap).
pub(crate) fn ranges_overlap(a_flags: DepFlags, a: &str, b_flags: DepFlags, b: &str) -> bool {
    let unversioned = |flags: DepFlags, evr: &str| flags.sense() == DepFlags::ANY || evr.is_empty();
    if unversioned(a_flags, a) || unversioned(b_flags, b) {
        return true;
    }
    let (a, b) = (EvrParts::split(a), EvrParts::split(b));
    let mut order = a
        .epoch()
        .cmp(&b.epoch())
        .then_with(|| compare_versions(a.version, b.version));
    if order.is_eq() {
        match (present(a.release), present(b.release)) {
            (Some(x), Some(y)) => order = compare_versions(x, y),
            // The side without a release means every release of that version.
            (Some(_), None) if b_flags.intersects(DepFlags::EQUAL) => return true,
            (None, Some(_)) if a_flags.intersects(DepFlags::EQUAL) => return true,
            _ => {}
        }
    }
    overlap_at(order, a_flags, b_flags)
}

fn present(release: Option<&str>) -> Option<&str> {
    release.filter(|release| !release.is_empty())
}

fn overlap_at(order: Ordering, a: DepFlags, b: DepFlags) -> bool {
    match order {
        Ordering::Less => a.intersects(DepFlags::GREATER) || b.intersects(DepFlags::LESS),
        Ordering::Greater => a.intersects(DepFlags::LESS) || b.intersects(DepFlags::GREATER),
        Ordering::Equal => a.sense().intersects(b.sense()),
    }
}

impl fmt::Display for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match self.flags.operator() {
            "" => Ok(()),
            operator => write!(f, " {operator} {}", self.evr),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dep(text: &str) -> Dependency {
        Dependency::parse(text).unwrap()
    }

    #[test]
    fn displays_what_it_parsed() {
        for text in [
            "bash",
            "bash >= 5.2-1",
            "libc.so.6(GLIBC_2.38)(64bit)",
            "(a if b)",
            "/bin/sh",
            "a < 1:2",
        ] {
            assert_eq!(dep(text).to_string(), text);
        }
        assert_eq!(Dependency::parse("a b"), None);
        assert_eq!(Dependency::parse("a ~ 1"), None);
        assert_eq!(Dependency::parse(""), None);
    }

    #[test]
    fn ranges_overlap_as_in_rpm() {
        for (a, b, expected) in [
            ("a", "a", true),
            ("a", "b", false),
            ("a = 1", "a", true),
            ("a = 1-1", "a = 1", true),
            ("a = 1-1", "a > 1", false),
            ("a = 1-1", "a >= 1", true),
            ("a = 1-2", "a >= 1-3", false),
            ("a = 1:1", "a >= 2", true),
            ("a = 2", "a < 2", false),
            ("a < 2", "a < 1", true),
            ("a > 2", "a < 3", true),
            ("a > 3", "a < 3", false),
            ("a = 1~rc1", "a < 1", true),
        ] {
            assert_eq!(dep(a).overlaps(&dep(b)), expected, "{a} | {b}");
            assert_eq!(dep(b).overlaps(&dep(a)), expected, "{b} | {a}");
        }
    }
}
