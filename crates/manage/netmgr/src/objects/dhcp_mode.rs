//! `[Network] DHCP=`, which is about two families at once.

use crate::error::Error;
use crate::session::Session;
use crate::unit::Unit;

/// For which families an interface asks a DHCP server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dhcp {
    pub(crate) v4: bool,
    pub(crate) v6: bool,
}

impl Dhcp {
    pub(crate) fn get(unit: &Unit, session: &mut Session) -> Result<Self, Error> {
        let value = unit.value(session, "Network", "DHCP")?.unwrap_or_default();
        let both = is_true(&value);
        Ok(Dhcp {
            v4: both || value == "ipv4",
            v6: both || value == "ipv6",
        })
    }

    /// Writes the mode if it is another one.
    pub(crate) fn set(self, unit: &Unit, session: &mut Session) -> Result<(), Error> {
        if Dhcp::get(unit, session)? == self {
            return Ok(());
        }
        unit.set(session, "Network", "DHCP", self.name())
    }

    /// As networkd writes it.
    pub(crate) fn name(self) -> &'static str {
        match (self.v4, self.v6) {
            (true, true) => "yes",
            (true, false) => "ipv4",
            (false, true) => "ipv6",
            (false, false) => "no",
        }
    }
}

/// `parse_boolean()` of systemd.
pub(crate) fn is_true(value: &str) -> bool {
    ["1", "yes", "y", "true", "t", "on"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(value))
}
