//! Static routes.

use std::ffi::c_char;

use netmgr::Error;
use netmgr::objects::route::{self, Route};

use crate::answer::{answer, bad, change, look};
use crate::memory::{copy, copy_optional, optional, out, out_pointer, put_array, single, structure, text};
use crate::types::*;

const SCOPES: [(NET_ROUTE_SCOPE, &str); 3] = [
    (GLOBAL_ROUTE, "global"),
    (LINK_ROUTE, "link"),
    (HOST_ROUTE, "host"),
];

/// Adds a static route.
#[unsafe(no_mangle)]
pub extern "C" fn nm_add_static_ip_route(pRoute: *const NET_IP_ROUTE) -> u32 {
    answer(|| {
        let (name, mut route) = read(structure(pRoute)?)?;
        // What is usual is not written.
        route.scope = route.scope.filter(|scope| scope != "global");
        change(|session| route::add(session, &name, &route))
    })
}

/// Removes a static route: those to this destination, and where they are given with this gateway, source, metric and
/// table.
#[unsafe(no_mangle)]
pub extern "C" fn nm_delete_static_ip_route(pRoute: *const NET_IP_ROUTE) -> u32 {
    answer(|| {
        let (name, mut route) = read(structure(pRoute)?)?;
        route.scope = route.scope.filter(|scope| scope != "global");
        change(|session| route::delete(session, &name, &route))
    })
}

/// The static routes of an interface.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_static_ip_routes(
    pszInterfaceName: *const c_char,
    pCount: *mut usize,
    pppRouteList: *mut *mut *mut NET_IP_ROUTE,
) -> u32 {
    answer(|| {
        let (count, list) = (out(pCount, 0)?, out_pointer(pppRouteList)?);
        let name = text(pszInterfaceName)?;
        let found = look(|session| route::get(session, &name))?;
        put_array(
            &count,
            &list,
            found.iter().map(|route| single(write(&name, route)?)),
        )
    })
}

fn read(from: &NET_IP_ROUTE) -> Result<(String, Route), Error> {
    let scope = SCOPES.iter().find(|(number, _)| *number == from.scope);
    let (_, scope) = scope.ok_or_else(|| bad("scope", from.scope))?;
    let number = |number: u32| (number != 0).then(|| number.to_string());
    let route = Route {
        destination: Some(text(from.pszDestNetwork)?),
        source: optional(from.pszSourceNetwork)?,
        gateway: optional(from.pszGateway)?,
        scope: Some((*scope).to_owned()),
        metric: number(from.metric),
        table: number(from.table),
        ..Route::default()
    };
    Ok((text(from.pszInterfaceName)?, route))
}

fn write(name: &str, route: &Route) -> Result<NET_IP_ROUTE, Error> {
    let number = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0);
    let scope = SCOPES
        .iter()
        .find(|(_, scope)| route.scope.as_deref() == Some(*scope));
    Ok(NET_IP_ROUTE {
        pszInterfaceName: copy(name)?,
        pszDestNetwork: copy_optional(route.destination.as_deref())?,
        pszSourceNetwork: copy_optional(route.source.as_deref())?,
        pszGateway: copy_optional(route.gateway.as_deref())?,
        scope: scope.map_or(GLOBAL_ROUTE, |(number, _)| *number),
        metric: number(&route.metric),
        table: number(&route.table),
    })
}
