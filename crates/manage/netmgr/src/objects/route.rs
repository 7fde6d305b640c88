//! Static routes: a [Route] section each.

use std::net::IpAddr;

use super::family::Family;
use crate::error::Error;
use crate::session::Session;
use crate::unit::Unit;

/// A static route.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route {
    /// The network it leads to.
    pub destination: Option<String>,
    /// Through which router.
    pub gateway: Option<String>,
    /// How far away the destination is: global, link, host.
    pub scope: Option<String>,
    /// The lower, the better.
    pub metric: Option<String>,
    /// For packets from which network.
    pub source: Option<String>,
    /// In which table.
    pub table: Option<String>,
    /// Further settings of its section, by name.
    pub others: Vec<(&'static str, String)>,
}

impl Route {
    /// The settings of its section, in the order in which they are written.
    fn settings(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("Destination", &self.destination),
            ("Gateway", &self.gateway),
            ("Scope", &self.scope),
            ("Metric", &self.metric),
            ("Source", &self.source),
            ("Table", &self.table),
        ];
        let given = all
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.as_deref()?)));
        let others = self.others.iter().map(|(key, value)| (*key, value.as_str()));
        given.chain(others).collect()
    }

    fn from(settings: &[(String, String)]) -> Self {
        let value = |wanted: &str| {
            let found = settings.iter().rfind(|(key, _)| key == wanted);
            found
                .map(|(_, value)| value.clone())
                .filter(|value| !value.is_empty())
        };
        Route {
            destination: value("Destination"),
            gateway: value("Gateway"),
            scope: value("Scope"),
            metric: value("Metric"),
            source: value("Source"),
            table: value("Table"),
            others: Vec::new(),
        }
    }

    /// Whether the kernel would take both for one: the same network and metric in the same table.
    fn collides(&self, other: &Route) -> bool {
        let metric = |route: &Route| route.metric.clone().unwrap_or_default();
        network(self) == network(other)
            && metric(self) == metric(other)
            && self.gateway == other.gateway
            && self.table == other.table
            && self.source == other.source
    }
}

/// The routes that are configured.
pub fn get(session: &mut Session, interface: &str) -> Result<Vec<Route>, Error> {
    let unit = Unit::of_interface(session, interface)?;
    Ok(unit
        .blocks(session, "Route")?
        .iter()
        .map(|settings| Route::from(settings))
        .collect())
}

/// Adds a route; one that is there already is refused.
pub fn add(session: &mut Session, interface: &str, route: &Route) -> Result<(), Error> {
    check_families(route)?;
    let unit = Unit::own(session, interface)?;
    let present = unit.blocks(session, "Route")?;
    if present
        .iter()
        .any(|settings| Route::from(settings).collides(route))
    {
        let destination = route.destination.as_deref().unwrap_or("the default");
        return Err(Error::Exists(format!(
            "{interface} has this route to {destination} already"
        )));
    }
    unit.add_block(session, "Route", &route.settings())
}

/// Removes the routes with these settings.
pub fn delete(session: &mut Session, interface: &str, route: &Route) -> Result<(), Error> {
    let unit = Unit::own(session, interface)?;
    let removed = unit.remove_blocks(session, "Route", |settings| {
        let owned: Vec<_> = settings
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let found = Route::from(&owned);
        let agrees = |wanted: &Option<String>, has: &Option<String>| wanted.is_none() || wanted == has;
        network(&found) == network(route)
            && agrees(&route.gateway, &found.gateway)
            && agrees(&route.metric, &found.metric)
            && agrees(&route.scope, &found.scope)
            && agrees(&route.source, &found.source)
            && agrees(&route.table, &found.table)
    })?;
    match removed {
        0 => {
            let destination = route.destination.as_deref().unwrap_or("the default");
            Err(Error::NotFound(format!(
                "{interface} has no such route to {destination} in its configuration"
            )))
        }
        _ => Ok(()),
    }
}

/// Removes all routes of some families; none at all is an error.
pub fn remove_families(session: &mut Session, interface: &str, families: &[Family]) -> Result<(), Error> {
    let unit = Unit::own(session, interface)?;
    let fits = |value: &str| families.iter().any(|family| family.has(value));
    let removed = unit.remove_blocks(session, "Route", |settings| {
        let told = |key: &str| matches!(key, "Destination" | "Gateway");
        settings.iter().any(|(key, value)| told(key) && fits(value))
    })?;
    match removed {
        0 => Err(Error::NotFound(format!(
            "{interface} has no such route in its configuration"
        ))),
        _ => Ok(()),
    }
}

/// The destination as numbers: an address alone is a network of one.
fn network(route: &Route) -> Option<(IpAddr, u8)> {
    let destination = route.destination.as_deref()?;
    let (address, length) = destination.split_once('/').unwrap_or((destination, ""));
    let address: IpAddr = address.parse().ok()?;
    let whole = if address.is_ipv4() { 32 } else { 128 };
    Some((address, length.parse().unwrap_or(whole)))
}

fn check_families(route: &Route) -> Result<(), Error> {
    let is_v6 = |value: &Option<String>| value.as_deref().map(|value| value.contains(':'));
    match (is_v6(&route.destination), is_v6(&route.gateway)) {
        (Some(destination), Some(gateway)) if destination != gateway => Err(Error::Parameter(
            "destination and gateway are of different families".to_owned(),
        )),
        _ => Ok(()),
    }
}
