//! Routing policy rules: which table is asked for which packets.

use super::address::Settings;
use crate::error::Error;
use crate::session::Session;
use crate::unit::Unit;

const SECTION: &str = "RoutingPolicyRule";

/// Adds a rule; one that is there already is refused.
pub fn add(session: &mut Session, interface: &str, settings: &Settings<'_>) -> Result<(), Error> {
    Unit::own(session, interface)?.add_new_block(session, SECTION, settings)
}

/// Removes the rules that have these settings, all without any; none at all is an error.
pub fn remove(session: &mut Session, interface: &str, settings: &Settings<'_>) -> Result<(), Error> {
    let unit = Unit::own(session, interface)?;
    let wanted = |found: &[(&str, &str)]| settings.iter().all(|setting| found.contains(setting));
    match unit.remove_blocks(session, SECTION, wanted)? {
        0 => Err(Error::NotFound(format!(
            "{interface} has no such rule in its configuration"
        ))),
        _ => Ok(()),
    }
}
