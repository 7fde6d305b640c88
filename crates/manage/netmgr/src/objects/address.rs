//! Addresses of an interface: lines in [Network] and sections of their own.

use super::family::{Family, same};
use crate::error::Error;
use crate::session::Session;
use crate::unit::Unit;

/// Settings of a section: names and values.
pub type Settings<'a> = [(&'a str, &'a str)];

/// All addresses that are configured.
pub fn get(session: &mut Session, interface: &str) -> Result<Vec<String>, Error> {
    let unit = Unit::of_interface(session, interface)?;
    all(&unit, session)
}

pub(crate) fn all(unit: &Unit, session: &mut Session) -> Result<Vec<String>, Error> {
    let mut addresses = unit.values(session, "Network", "Address")?;
    addresses.extend(unit.values(session, "Address", "Address")?);
    Ok(addresses)
}

/// Adds addresses, each with the same further settings; one that is there already is refused.
pub fn add(session: &mut Session, interface: &str, new: &[&str], more: &Settings<'_>) -> Result<(), Error> {
    let unit = Unit::own(session, interface)?;
    for address in new {
        refuse_present(&unit, session, interface, address)?;
        session.check_unused(interface, address)?;
        let settings: Vec<(&str, &str)> = [("Address", *address)]
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        unit.add_block(session, "Address", &settings)?;
    }
    Ok(())
}

pub(crate) fn refuse_present(
    unit: &Unit,
    session: &mut Session,
    interface: &str,
    address: &str,
) -> Result<(), Error> {
    match all(unit, session)?.iter().any(|old| same(old, address)) {
        true => Err(Error::Exists(format!(
            "{interface} has the address {address} already"
        ))),
        false => Ok(()),
    }
}

/// Removes an address; one that is not there is an error.
pub fn remove(session: &mut Session, interface: &str, address: &str) -> Result<(), Error> {
    let unit = Unit::own(session, interface)?;
    match remove_where(&unit, session, |old| same(old, address))? {
        0 => Err(Error::NotFound(format!(
            "{interface} has no address {address} in its configuration"
        ))),
        _ => Ok(()),
    }
}

/// Removes all addresses of some families; none at all is an error.
pub fn remove_families(session: &mut Session, interface: &str, families: &[Family]) -> Result<(), Error> {
    let unit = Unit::own(session, interface)?;
    match clear(&unit, session, families)? {
        0 => Err(Error::NotFound(format!(
            "{interface} has no such address in its configuration"
        ))),
        _ => Ok(()),
    }
}

/// Removes all addresses of some families; how many.
pub(crate) fn clear(unit: &Unit, session: &mut Session, families: &[Family]) -> Result<usize, Error> {
    remove_where(unit, session, |old| families.iter().any(|family| family.has(old)))
}

pub(crate) fn remove_where(
    unit: &Unit,
    session: &mut Session,
    wanted: impl Fn(&str) -> bool,
) -> Result<usize, Error> {
    let lines = unit.remove(session, "Network", "Address", &wanted)?;
    let blocks = unit.remove_blocks(session, "Address", |settings| {
        settings
            .iter()
            .any(|(key, value)| *key == "Address" && wanted(value))
    })?;
    Ok(lines + blocks)
}
