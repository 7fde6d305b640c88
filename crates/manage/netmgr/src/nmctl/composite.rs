//! Commands that set all of the addresses at once.
//!
//! The original rewrites the whole file unless it is told to keep it, and loses what else was in it. Here `keep no`
//! is about addresses, gateways and DNS servers: they are those of the command afterwards. With `keep yes` they are
//! added to those that are there. Nothing else in the file is touched.

use super::edit;
use super::request::Request;
use crate::error::Error;
use crate::objects::dhcp_mode::Dhcp;
use crate::objects::family::Family;
use crate::objects::{address, dns, gateway};
use crate::session::Session;
use crate::unit::Unit;

/// Addresses from DHCP and routers.
pub(super) fn dynamic(session: &mut Session, request: &Request) -> Result<(), Error> {
    let said = request.get("dhcp").is_some() || request.get("accept-ra").is_some();
    if !said {
        return Err(request.misuse("needs dhcp yes, no, ipv4 or ipv6, or accept-ra"));
    }
    compose(
        session,
        request,
        request.get("dhcp").map(edit::families),
        &Family::ALL,
    )
}

/// Addresses that are given.
pub(super) fn fixed(session: &mut Session, request: &Request) -> Result<(), Error> {
    if addresses(request).is_empty() && request.list("gw").is_empty() {
        return Err(request.misuse("needs address ADDRESS/LENGTH or gw ADDRESS"));
    }
    let none = Dhcp { v4: false, v6: false };
    let keep = request.switch("keep")?.unwrap_or(false);
    compose(session, request, (!keep).then_some(none), &Family::ALL)
}

/// Both.
pub(super) fn both(session: &mut Session, request: &Request) -> Result<(), Error> {
    let nothing = request.settings().is_empty()
        && ["dhcp", "address", "many", "gw", "dns", "client-id-ipv4"]
            .iter()
            .all(|word| request.get(word).is_none());
    if nothing {
        return Err(request.misuse("needs dhcp, accept-ra, address, gw, dns or lla"));
    }
    compose(
        session,
        request,
        request.get("dhcp").map(edit::families),
        &Family::ALL,
    )
}

/// All of IPv4.
pub(super) fn ipv4(session: &mut Session, request: &Request) -> Result<(), Error> {
    one(session, request, Family::V4)
}

/// All of IPv6.
pub(super) fn ipv6(session: &mut Session, request: &Request) -> Result<(), Error> {
    one(session, request, Family::V6)
}

fn one(session: &mut Session, request: &Request, family: Family) -> Result<(), Error> {
    let given = request.switch("dhcp")?;
    let values = || addresses(request).into_iter().chain(request.list("gw"));
    if given.is_none() && values().next().is_none() && request.get("accept-ra").is_none() {
        return Err(request.misuse("needs dhcp yes or no, address ADDRESS/LENGTH or gw ADDRESS"));
    }
    if let Some(other) = values().find(|value| !family.has(value)) {
        return Err(request.misuse(&format!("has {other}, which is not of its family")));
    }
    let keep = request.switch("keep")?.unwrap_or(false);
    let unit = Unit::own(session, request.device()?)?;
    let old = Dhcp::get(&unit, session)?;
    // Static addresses alone mean that there is no DHCP.
    let on = given.or((!keep && values().next().is_some()).then_some(false));
    let dhcp = on.map(|on| match family {
        Family::V4 => Dhcp { v4: on, ..old },
        Family::V6 => Dhcp { v6: on, ..old },
    });
    compose(session, request, dhcp, &[family])
}

fn compose(
    session: &mut Session,
    request: &Request,
    dhcp: Option<Dhcp>,
    families: &[Family],
) -> Result<(), Error> {
    let interface = request.device()?;
    let keep = request.switch("keep")?.unwrap_or(false);
    let unit = Unit::own(session, interface)?;
    if let Some(dhcp) = dhcp {
        dhcp.set(&unit, session)?;
    }
    if let Some(identifier) = request.get("client-id-ipv4") {
        unit.set(
            session,
            "DHCPv4",
            "ClientIdentifier",
            edit::identifier(identifier),
        )?;
    }
    edit::write(session, interface, &request.settings())?;
    put_addresses(&unit, session, request, families, keep)?;
    put_gateways(&unit, session, request, families, keep)?;
    match (request.list("dns"), keep) {
        (servers, _) if servers.is_empty() => Ok(()),
        (servers, true) => dns::add_servers(session, Some(interface), &servers),
        (servers, false) => dns::put_servers(session, Some(interface), &servers),
    }
}

fn addresses(request: &Request) -> Vec<&str> {
    let mut addresses = request.list("address");
    addresses.extend(request.list("many"));
    addresses
}

fn put_addresses(
    unit: &Unit,
    session: &mut Session,
    request: &Request,
    families: &[Family],
    keep: bool,
) -> Result<(), Error> {
    let new = addresses(request);
    if !keep {
        // One that stays is not written anew, so that its label and its comments stay too.
        let stays = |old: &str| new.iter().any(|new| crate::objects::family::same(old, new));
        address::remove_where(unit, session, |old| {
            families.iter().any(|family| family.has(old)) && !stays(old)
        })?;
    }
    for address in new {
        let present = address::all(unit, session)?;
        if !present
            .iter()
            .any(|old| crate::objects::family::same(old, address))
        {
            session.check_unused(request.device()?, address)?;
            unit.append(session, "Network", "Address", address)?;
        }
    }
    Ok(())
}

fn put_gateways(
    unit: &Unit,
    session: &mut Session,
    request: &Request,
    families: &[Family],
    keep: bool,
) -> Result<(), Error> {
    let new = request.list("gw");
    let without: Vec<Family> = families
        .iter()
        .copied()
        .filter(|family| !new.iter().any(|gateway| family.has(gateway)))
        .collect();
    if !keep {
        gateway::clear(unit, session, &without)?;
    }
    let present = unit.values(session, "Network", "Gateway")?;
    new.iter()
        .filter(|gateway| !keep || !present.iter().any(|old| old == *gateway))
        .try_for_each(|gateway| gateway::put(unit, session, gateway, None, keep))
}
