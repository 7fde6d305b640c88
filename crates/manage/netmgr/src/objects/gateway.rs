//! The default gateways of an interface: a line in [Network], or a [Route] where more is to be said of it.

use super::family::{Family, replace};
use crate::error::Error;
use crate::session::Session;
use crate::unit::Unit;

/// Sets the gateway of its family; with `keep` beside those that are there. `on_link` is for one that is not in the
/// network of an address.
pub fn set(
    session: &mut Session,
    interface: &str,
    gateway: &str,
    on_link: Option<bool>,
    keep: bool,
) -> Result<(), Error> {
    let unit = Unit::own(session, interface)?;
    put(&unit, session, gateway, on_link, keep)
}

pub(crate) fn put(
    unit: &Unit,
    session: &mut Session,
    gateway: &str,
    on_link: Option<bool>,
    keep: bool,
) -> Result<(), Error> {
    let family = family(gateway)?;
    if !keep && on_link.is_some() {
        clear(unit, session, &[family])?;
    } else if !keep {
        remove_default_routes(unit, session, &[family])?;
    }
    let Some(on_link) = on_link else {
        return match keep {
            true => add(unit, session, gateway),
            false => replace(unit, session, "Gateway", family, &[gateway]),
        };
    };
    let on_link = if on_link { "yes" } else { "no" };
    unit.add_block(
        session,
        "Route",
        &[("Gateway", gateway), ("GatewayOnLink", on_link)],
    )
}

fn add(unit: &Unit, session: &mut Session, gateway: &str) -> Result<(), Error> {
    if unit
        .values(session, "Network", "Gateway")?
        .iter()
        .any(|old| old == gateway)
    {
        return Err(Error::Exists(format!("the gateway {gateway} is there already")));
    }
    unit.append(session, "Network", "Gateway", gateway)
}

/// Removes the gateways of some families; none at all is an error.
pub fn remove(session: &mut Session, interface: &str, families: &[Family]) -> Result<(), Error> {
    let unit = Unit::own(session, interface)?;
    match clear(&unit, session, families)? {
        0 => Err(Error::NotFound(format!(
            "{interface} has no such gateway in its configuration"
        ))),
        _ => Ok(()),
    }
}

/// Removes the gateways of some families; how many.
pub(crate) fn clear(unit: &Unit, session: &mut Session, families: &[Family]) -> Result<usize, Error> {
    let wanted = |value: &str| families.iter().any(|family| family.has(value));
    let lines = unit.remove(session, "Network", "Gateway", wanted)?;
    Ok(lines + remove_default_routes(unit, session, families)?)
}

/// Default routes of the main table: those of other tables belong to rules.
fn remove_default_routes(unit: &Unit, session: &mut Session, families: &[Family]) -> Result<usize, Error> {
    unit.remove_blocks(session, "Route", |settings| {
        let value = |wanted: &str| settings.iter().rfind(|(key, _)| *key == wanted).map(|(_, v)| *v);
        let is_default = value("Destination").is_none_or(|to| matches!(to, "0.0.0.0/0" | "::/0"));
        let is_main = value("Table").is_none_or(|table| table == "main");
        let fits = value("Gateway").is_some_and(|via| families.iter().any(|family| family.has(via)));
        is_default && is_main && fits
    })
}

fn family(gateway: &str) -> Result<Family, Error> {
    Family::of(gateway)
        .filter(|_| !gateway.contains('/'))
        .ok_or_else(|| Error::Mode(format!("{gateway} is not an address")))
}
