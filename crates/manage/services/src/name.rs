//! Names that are checked before they go anywhere.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The kinds of units: systemd.unit(5).
const KINDS: &[&str] = &[
    "service",
    "socket",
    "device",
    "mount",
    "automount",
    "swap",
    "target",
    "path",
    "timer",
    "slice",
    "scope",
];

/// The name of a unit with its suffix: systemd.unit(5).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UnitName(String);

impl UnitName {
    /// Checks a name; one without a suffix is a service's.
    pub fn new(text: &str) -> Result<Self, Error> {
        let bad = || Error::Value {
            what: "unit",
            value: text.to_owned(),
            why: "up to 255 letters, digits and :-_.\\@ with a suffix such as .service",
        };
        let kind = text.rsplit_once('.').map(|(_, kind)| kind);
        let name = match kind.filter(|kind| KINDS.contains(kind)) {
            Some(_) => text.to_owned(),
            None => format!("{text}.service"),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
        let stem = name.rsplit_once('.').map_or("", |(stem, _)| stem);
        let known = !stem.is_empty()
            && !stem.starts_with(['-', '.', '@'])
            && name.len() <= 255
            && name.chars().all(plain);
        // The root slice and mount have a dash alone.
        match known || name == "-.slice" || name == "-.mount" {
            true => Ok(UnitName(name)),
            false => Err(bad()),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The interface of D-Bus that its kind has: `org.freedesktop.systemd1.Service` and so on.
    pub(crate) fn interface(&self) -> String {
        let kind = self.0.rsplit_once('.').map_or("service", |(_, kind)| kind);
        let (first, rest) = kind.split_at(1);
        format!("org.freedesktop.systemd1.{}{rest}", first.to_ascii_uppercase())
    }
}

impl TryFrom<String> for UnitName {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        UnitName::new(&text)
    }
}

impl From<UnitName> for String {
    fn from(name: UnitName) -> String {
        name.0
    }
}

impl fmt::Display for UnitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A time zone of the tz database: `Europe/Berlin`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct TimeZone(String);

impl TimeZone {
    /// Checks a name; whether there is such a zone, timedated knows.
    pub fn new(text: &str) -> Result<Self, Error> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_+-".contains(c);
        let part = |part: &str| !part.is_empty() && part.chars().all(plain);
        match text.len() <= 64 && !text.starts_with('-') && text.split('/').all(part) {
            true => Ok(TimeZone(text.to_owned())),
            false => Err(Error::Value {
                what: "time zone",
                value: text.to_owned(),
                why: "AREA/PLACE of the tz database",
            }),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TimeZone {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        TimeZone::new(&text)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_a_name_and_nothing_else() {
        assert_eq!(UnitName::new("sshd").unwrap().as_str(), "sshd.service");
        assert_eq!(
            UnitName::new("getty@tty1.service").unwrap().interface(),
            "org.freedesktop.systemd1.Service"
        );
        assert_eq!(
            UnitName::new("-.mount").unwrap().interface(),
            "org.freedesktop.systemd1.Mount"
        );
        assert_eq!(UnitName::new("a.b").unwrap().as_str(), "a.b.service");
        for bad in [
            "",
            "../x.service",
            "a b",
            "--now",
            "-x.service",
            "a/b",
            "x\n",
            ".service",
            &"x".repeat(300),
        ] {
            assert!(UnitName::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_zone_is_no_path() {
        for good in [
            "UTC",
            "Europe/Berlin",
            "America/Argentina/Buenos_Aires",
            "Etc/GMT+5",
        ] {
            assert!(TimeZone::new(good).is_ok(), "{good}");
        }
        for bad in ["", "../etc/passwd", "/etc", "a//b", "a/../b", "a b", "-x"] {
            assert!(TimeZone::new(bad).is_err(), "{bad}");
        }
    }
}
