//! Looking at what is. Below a root directory that is what is configured, and says so.

use std::collections::BTreeMap;

use networkd::Match;
use serde_json::{Value, json};

use super::request::Request;
use crate::error::Error;
use crate::live;
use crate::objects::dhcp_mode::Dhcp;
use crate::objects::{address, dns as names, hostname, ipv4 as v4, ntp as time};
use crate::session::Session;
use crate::unit::Unit;

/// The system, or an interface.
pub(super) fn status(session: &mut Session, request: &Request) -> Result<Value, Error> {
    if let Some(interface) = request.get("dev") {
        let interface = by_name_or_number(session, interface)?;
        return device(session, &interface);
    }
    let servers = names::servers(session, None)?;
    Ok(json!({
        "host_name": optional(hostname::get(session))?,
        "running": session.is_live(),
        "dns": servers.servers,
        "search_domains": names::domains(session, None)?,
        "ntp": time::get(session)?,
        "interfaces": interfaces(session)?,
    }))
}

/// The name of an interface that may be given by its number.
fn by_name_or_number(session: &Session, word: &str) -> Result<String, Error> {
    let Ok(number) = word.parse::<u32>() else {
        return Ok(word.to_owned());
    };
    let missing = || Error::Interface(format!("there is no interface number {number}"));
    if !session.is_live() {
        return Err(missing());
    }
    let found = live::links()?.into_iter().find(|link| link.index == number);
    found.map(|link| link.name).ok_or_else(missing)
}

/// What is configured, and on the running system what is.
fn device(session: &mut Session, interface: &str) -> Result<Value, Error> {
    let unit = Unit::of_interface(session, interface)?;
    let dhcp = mode(&unit, session)?;
    let servers = names::servers(session, Some(interface))?;
    let mut found = json!({
        "name": interface,
        "files": unit.paths(session)?,
        "dhcp": dhcp,
        "configured_addresses": address::get(session, interface)?,
        "gateways": unit.values(session, "Network", "Gateway")?,
        "dns": servers.servers,
        "search_domains": names::domains(session, Some(interface))?,
        "ntp": time::of(session, interface)?,
    });
    if session.is_live() {
        let link = live::links()?.into_iter().find(|link| link.name == interface);
        if let (Some(link), Some(fields)) = (link, found.as_object_mut()) {
            let addresses = addresses_now(interface)?;
            fields.insert("mac".to_owned(), json!(link.mac));
            fields.insert("mtu".to_owned(), json!(link.mtu));
            fields.insert("state".to_owned(), json!(if link.up { "up" } else { "down" }));
            fields.insert("addresses".to_owned(), json!(addresses));
        }
    }
    Ok(found)
}

/// The interfaces.
pub(super) fn devices(session: &mut Session, request: &Request) -> Result<Value, Error> {
    match request.get("dev") {
        Some(interface) => device(session, interface),
        None => interfaces(session),
    }
}

/// Those that are there, or else those that there are files for.
fn interfaces(session: &mut Session) -> Result<Value, Error> {
    if session.is_live() {
        let row = |link: live::Link| {
            let state = if link.up { "up" } else { "down" };
            json!({"name": link.name, "state": state, "mtu": link.mtu, "mac": link.mac})
        };
        return Ok(Value::Array(live::links()?.into_iter().map(row).collect()));
    }
    let mut found = BTreeMap::new();
    for path in session.layout().network_files()? {
        let Some(name) = session.file(&path)?.value("Match", "Name").map(str::to_owned) else {
            continue;
        };
        let own = session.layout().network_file(&name, None)?;
        if own.is_some_and(|own| own.fit == Match::Exact && own.path == path) {
            found.insert(name.clone(), json!({"name": name, "file": path}));
        }
    }
    Ok(Value::Array(found.into_values().collect()))
}

/// IPv4: mode, addresses, gateway.
pub(super) fn ipv4(session: &mut Session, request: &Request) -> Result<Value, Error> {
    let interface = request.device()?;
    let found = v4::get(session, interface)?;
    Ok(json!({
        "name": interface,
        "mode": found.mode.name(),
        "addresses": found.addresses,
        "gateway": found.gateway,
    }))
}

/// Addresses: those of the kernel, or those of the files.
pub(super) fn addresses(session: &mut Session, request: &Request) -> Result<Value, Error> {
    let interface = request.device()?;
    let configured = address::get(session, interface)?;
    let mut found: Vec<(String, bool)> = configured.into_iter().map(|address| (address, true)).collect();
    if session.is_live() {
        let now = addresses_now(interface)?;
        let is_configured = |address: &String| found.iter().any(|(old, _)| old == address);
        found = now
            .into_iter()
            .map(|address| (address.clone(), is_configured(&address)))
            .collect();
    }
    let families = request.families();
    found.retain(|(address, _)| families.iter().any(|family| family.has(address)));
    let row = |(address, configured)| json!({"address": address, "configured": configured});
    Ok(Value::Array(found.into_iter().map(row).collect()))
}

fn addresses_now(interface: &str) -> Result<Vec<String>, Error> {
    let index = live::link(interface)?.index;
    let failed = |source| Error::Kernel {
        what: format!("ask for the addresses of {interface}"),
        source,
    };
    let all = live::addresses().map_err(failed)?;
    let own = all.iter().filter(|address| address.link == index);
    Ok(own
        .map(|address| format!("{}/{}", address.ip, address.prefix))
        .collect())
}

/// DNS servers.
pub(super) fn dns(session: &mut Session, request: &Request) -> Result<Value, Error> {
    let found = names::servers(session, place(request))?;
    Ok(json!({ "dns": found.servers }))
}

/// Search domains.
pub(super) fn domains(session: &mut Session, request: &Request) -> Result<Value, Error> {
    let found = names::domains(session, place(request))?;
    Ok(json!({ "search_domains": found }))
}

/// NTP servers.
pub(super) fn ntp(session: &mut Session, request: &Request) -> Result<Value, Error> {
    let found = match place(request) {
        Some(interface) => time::of(session, interface)?,
        None => time::get(session)?,
    };
    Ok(json!({ "ntp": found }))
}

fn place(request: &Request) -> Option<&str> {
    request
        .get("dev")
        .filter(|word| !matches!(*word, "system" | "global"))
}

/// The files of an interface, with keys hidden.
pub(super) fn config(session: &mut Session, request: &Request) -> Result<Value, Error> {
    let interface = request.device()?;
    let unit = Unit::of_interface(session, interface)?;
    let link = Unit::link_of(session, interface)?;
    let mut paths = unit.paths(session)?;
    paths.extend(link.paths(session)?);
    paths.extend(crate::unit::netdev_file(session, interface)?);
    if paths.is_empty() {
        return Err(Error::NotFound(format!("no file configures {interface}")));
    }
    let mut files = Vec::new();
    for path in paths {
        let text = crate::diff::without_keys(&session.file(&path)?.to_bytes());
        files.push(json!({"file": path, "text": text}));
    }
    Ok(json!({"name": interface, "files": files}))
}

/// Where DNS servers come from.
pub(super) fn dns_mode(session: &mut Session, request: &Request) -> Result<Value, Error> {
    let interface = request.device()?;
    let unit = Unit::of_interface(session, interface)?;
    let dhcp = Dhcp::get(&unit, session)?;
    let found = names::servers(session, Some(interface))?;
    let from_dhcp = (dhcp.v4 || dhcp.v6) && found.mode == names::Mode::Dhcp;
    let mode = match (from_dhcp, found.servers.is_empty()) {
        (true, true) => "dhcp",
        (true, false) => "merged",
        (false, false) => "static",
        (false, true) => "none",
    };
    Ok(json!({"name": interface, "dns_mode": mode}))
}

/// For which families a DHCP server is asked.
pub(super) fn dhcp_mode(session: &mut Session, request: &Request) -> Result<Value, Error> {
    let interface = request.device()?;
    let unit = Unit::of_interface(session, interface)?;
    Ok(json!({"name": interface, "dhcp": mode(&unit, session)?}))
}

fn mode(unit: &Unit, session: &mut Session) -> Result<&'static str, Error> {
    Ok(Dhcp::get(unit, session)?.name())
}

/// The proxy.
pub(super) fn proxy(session: &mut Session, _request: &Request) -> Result<Value, Error> {
    super::proxy::show(session)
}

/// A value that need not be there.
fn optional(found: Result<String, Error>) -> Result<Option<String>, Error> {
    match found {
        Err(Error::NotFound(_)) => Ok(None),
        found => found.map(Some),
    }
}
