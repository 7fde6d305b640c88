//! Looking at what is. Below a root directory that is what is configured, and says so.

use serde_json::{Value, json};

use super::request::Request;
use crate::error::Error;
use crate::live;
use crate::objects::dhcp_mode::Dhcp;
use crate::objects::{address, dns as names, ipv4 as v4, ntp as time};
use crate::session::Session;
use crate::unit::Unit;

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

/// The addresses that an interface has.
pub(super) fn addresses_now(interface: &str) -> Result<Vec<String>, Error> {
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
    Ok(json!({"name": interface, "dhcp": dhcp_of(&unit, session)?}))
}

/// For which families a DHCP server is asked.
pub(super) fn dhcp_of(unit: &Unit, session: &mut Session) -> Result<&'static str, Error> {
    Ok(Dhcp::get(unit, session)?.name())
}

/// The proxy.
pub(super) fn proxy(session: &mut Session, _request: &Request) -> Result<Value, Error> {
    super::proxy::show(session)
}

/// A value that need not be there.
pub(super) fn optional(found: Result<String, Error>) -> Result<Option<String>, Error> {
    match found {
        Err(Error::NotFound(_)) => Ok(None),
        found => found.map(Some),
    }
}
