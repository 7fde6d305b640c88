//! Values of one address family among those of a setting that holds both.

use std::net::IpAddr;

use crate::error::Error;
use crate::session::Session;
use crate::unit::Unit;

/// An address family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// Both.
    pub const ALL: [Family; 2] = [Family::V4, Family::V6];

    /// The family of an address, with or without a prefix length.
    pub fn of(value: &str) -> Option<Family> {
        match ip(value)? {
            IpAddr::V4(_) => Some(Family::V4),
            IpAddr::V6(_) => Some(Family::V6),
        }
    }

    /// Whether a value is of this family.
    pub fn has(self, value: &str) -> bool {
        Family::of(value) == Some(self)
    }
}

fn ip(value: &str) -> Option<IpAddr> {
    value.split('/').next()?.parse().ok()
}

/// The same address and prefix length, in whatever notation.
pub(crate) fn same(a: &str, b: &str) -> bool {
    parts(a) == parts(b)
}

fn parts(value: &str) -> (Option<IpAddr>, &str) {
    let whole = if value.contains(':') { "128" } else { "32" };
    let length = value.split_once('/').map_or(whole, |(_, length)| length);
    (ip(value), length)
}

/// Leaves these values of one family in a setting of `[Network]`, and those of the other alone.
pub(crate) fn replace(
    unit: &Unit,
    session: &mut Session,
    key: &str,
    family: Family,
    values: &[&str],
) -> Result<(), Error> {
    let wanted = |old: &str| values.iter().any(|new| same(old, new));
    unit.remove(session, "Network", key, |old| family.has(old) && !wanted(old))?;
    for value in values {
        let present = unit.values(session, "Network", key)?;
        if !present.iter().any(|old| same(old, value)) {
            unit.append(session, "Network", key, value)?;
        }
    }
    Ok(())
}
