//! Addresses, gateways, routes and rules.

use super::super::request::{Given, Request, pairs};
use super::some;
use crate::error::Error;
use crate::objects::family::Family;
use crate::objects::{address, gateway as object, route, rule};
use crate::session::Session;
use crate::unit::Unit;

/// The addresses that were given, with either word.
fn addresses(request: &Request) -> Vec<&str> {
    let mut addresses = request.list("address");
    addresses.extend(request.list("many"));
    addresses
}

fn needed_addresses(request: &Request) -> Result<Vec<&str>, Error> {
    match addresses(request) {
        found if found.is_empty() => Err(request.misuse("needs address ADDRESS/LENGTH or many ADDRESS,...")),
        found => Ok(found),
    }
}

/// Adds addresses.
pub(in super::super) fn add_address(session: &mut Session, request: &Request) -> Result<(), Error> {
    let more = request.section("Address");
    let addresses = needed_addresses(request)?;
    address::add(session, request.device()?, &addresses, &pairs(&more))
}

/// Removes addresses, or families of them.
pub(in super::super) fn remove_address(session: &mut Session, request: &Request) -> Result<(), Error> {
    let interface = request.device()?;
    let addresses = addresses(request);
    match (addresses.is_empty(), request.get("f")) {
        (true, None) => Err(request.misuse("needs address ADDRESS/LENGTH, many ADDRESS,... or f FAMILY")),
        (true, Some(_)) => address::remove_families(session, interface, &request.families()),
        _ => addresses
            .iter()
            .try_for_each(|old| address::remove(session, interface, old)),
    }
}

/// Puts addresses in the place of those of a family: the one that was named, or else theirs.
pub(in super::super) fn replace_address(session: &mut Session, request: &Request) -> Result<(), Error> {
    let new = needed_addresses(request)?;
    let families: Vec<Family> = match request.get("f") {
        Some(_) => request.families(),
        None => new.iter().filter_map(|address| Family::of(address)).collect(),
    };
    let unit = Unit::own(session, request.device()?)?;
    address::clear(&unit, session, &families)?;
    address::add(session, request.device()?, &new, &[])
}

/// Sets the gateway of a family.
pub(in super::super) fn gateway(session: &mut Session, request: &Request) -> Result<(), Error> {
    let keep = request.switch("keep")?.unwrap_or(false);
    let on_link = request.switch("onlink")?;
    object::set(session, request.device()?, request.need("gw")?, on_link, keep)
}

/// Sets the gateways of both families.
pub(in super::super) fn gateways(session: &mut Session, request: &Request) -> Result<(), Error> {
    let given = [(request.get("gw4"), Family::V4), (request.get("gw6"), Family::V6)];
    if given.iter().all(|(gateway, _)| gateway.is_none()) {
        return Err(request.misuse("needs gw4 ADDRESS or gw6 ADDRESS"));
    }
    for (gateway, family) in given {
        let Some(gateway) = gateway else { continue };
        if !family.has(gateway) {
            return Err(request.misuse(&format!("{gateway} is not an address of that family")));
        }
        object::set(session, request.device()?, gateway, None, false)?;
    }
    Ok(())
}

/// Removes gateways.
pub(in super::super) fn remove_gateway(session: &mut Session, request: &Request) -> Result<(), Error> {
    object::remove(session, request.device()?, &request.families())
}

/// Adds a route.
pub(in super::super) fn add_route(session: &mut Session, request: &Request) -> Result<(), Error> {
    let mut route = route::Route::default();
    for Given { key, value, .. } in some(request)? {
        match key {
            "Destination" => route.destination = Some(value),
            "Gateway" => route.gateway = Some(value),
            "Scope" => route.scope = Some(value),
            "Metric" => route.metric = Some(value),
            "Source" => route.source = Some(value),
            "Table" => route.table = Some(value),
            key => route.others.push((key, value)),
        }
    }
    if route.destination.is_none() && route.gateway.is_none() {
        return Err(request.misuse("needs dest NETWORK or gw ADDRESS"));
    }
    route::add(session, request.device()?, &route)
}

/// Removes the routes of a family.
pub(in super::super) fn remove_route(session: &mut Session, request: &Request) -> Result<(), Error> {
    route::remove_families(session, request.device()?, &request.families())
}

/// An address with a gateway of its own: packets from and to it go by a table in which that is the way.
pub(in super::super) fn source_routing(session: &mut Session, request: &Request) -> Result<(), Error> {
    let (interface, own) = (request.device()?, request.need("address")?);
    let table = request.need("table")?.to_owned();
    let present = address::get(session, interface)?;
    if !present.iter().any(|old| crate::objects::family::same(old, own)) {
        address::add(session, interface, &[own], &[])?;
    }
    let route = route::Route {
        destination: request.get("dest").map(str::to_owned),
        gateway: Some(request.need("gw")?.to_owned()),
        table: Some(table.clone()),
        ..route::Route::default()
    };
    route::add(session, interface, &route)?;
    let host = own.split('/').next().unwrap_or(own);
    for direction in ["From", "To"] {
        rule::add(session, interface, &[("Table", &table), (direction, host)])?;
    }
    Ok(())
}

/// Removes rules.
pub(in super::super) fn remove_rule(session: &mut Session, request: &Request) -> Result<(), Error> {
    rule::remove(session, request.device()?, &pairs(&request.settings()))
}
