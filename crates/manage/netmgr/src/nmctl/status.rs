//! The state of the system and of an interface: what the files say, what the kernel has, and what systemd's services tell
//! of it over D-Bus. A service that does not answer is named; the rest is shown all the same.

use std::collections::BTreeMap;
use std::path::Path;

use networkd::Match;
use serde_json::{Map, Value, json};

use super::request::Request;
use super::show::{addresses_now, dhcp_of, optional};
use crate::error::Error;
use crate::live;
use crate::live::services::Services;
use crate::objects::{address, dns as names, hostname, ntp as time};
use crate::session::Session;
use crate::unit::Unit;

/// What is found out, and who did not answer.
#[derive(Default)]
struct Found {
    fields: Map<String, Value>,
    silent: Vec<String>,
}

impl Found {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.to_owned(), value.into());
    }

    /// Asks a service; what it says is put where it belongs.
    fn ask<T>(&mut self, service: &str, answer: Result<T, Error>, put: impl FnOnce(&mut Self, T)) {
        match answer {
            Ok(answer) => put(self, answer),
            Err(Error::Offline(_)) => self.silent.push(format!("{service} does not run")),
            Err(error) => self.silent.push(format!("{service}: {error}")),
        }
    }

    fn finish(mut self) -> Value {
        if !self.silent.is_empty() {
            self.put("no_answer", self.silent.clone());
        }
        Value::Object(self.fields)
    }
}

/// The system, or an interface.
pub(super) fn status(session: &mut Session, request: &Request) -> Result<Value, Error> {
    if let Some(interface) = request.get("dev") {
        let interface = by_name_or_number(session, interface)?;
        return device(session, &interface);
    }
    let servers = names::servers(session, None)?;
    let mut found = Found::default();
    found.put("host_name", optional(hostname::get(session))?);
    found.put("running", session.is_live());
    found.put("dns", servers.servers);
    found.put("search_domains", names::domains(session, None)?);
    found.put("ntp", time::get(session)?);
    if session.is_live() {
        match Services::connect() {
            Ok(mut services) => system_now(&mut found, &mut services),
            Err(error) => found.silent.push(error.to_string()),
        }
    }
    found.put("interfaces", interfaces(session)?);
    Ok(found.finish())
}

/// What the services say of the system.
fn system_now(found: &mut Found, services: &mut Services) {
    found.ask("hostnamed", services.host(), |found, host| {
        found.put("host_name", host.name);
        found.put("kernel", host.kernel);
        found.put("operating_system", host.operating_system);
        found.put("hardware", host.hardware);
    });
    found.ask("systemd", services.system(), |found, system| {
        found.put("systemd", system.version);
        found.put("architecture", system.architecture);
        found.put("virtualization", system.virtualization);
    });
    found.ask("networkd", services.network_state(), |found, state| {
        found.put("operational_state", state.operational);
        found.put("carrier_state", state.carrier);
        found.put("address_state", state.address);
        found.put("ipv4_address_state", state.ipv4_address);
        found.put("ipv6_address_state", state.ipv6_address);
        found.put("online_state", state.online);
    });
    in_use(found, services, None);
    found.ask("timesyncd", services.time_servers(), |found, servers| {
        found.put("ntp", [servers.system, servers.links].concat());
        found.put(
            "ntp_server",
            Some(servers.current).filter(|name| !name.is_empty()),
        );
    });
}

/// The DNS servers and domains that resolved uses: of a link, or all.
fn in_use(found: &mut Found, services: &mut Services, link: Option<u32>) {
    let is_wanted = |of: Option<u32>| link.is_none() || of == link;
    found.ask("resolved", services.dns_servers(), |found, servers| {
        let own = servers.iter().filter(|server| is_wanted(server.link));
        let own: Vec<String> = own.map(|server| server.address.to_string()).collect();
        found.put("dns", own);
    });
    // That resolved does not answer has been said.
    if let Ok(domains) = services.dns_domains() {
        let own = domains.iter().filter(|domain| is_wanted(domain.link));
        let sign = |route_only| if route_only { "~" } else { "" };
        let own: Vec<String> = own
            .map(|domain| format!("{}{}", sign(domain.route_only), domain.name))
            .collect();
        found.put("search_domains", own);
    }
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
    let servers = names::servers(session, Some(interface))?;
    let mut found = Found::default();
    found.put("name", interface);
    found.put("dhcp", dhcp_of(&unit, session)?);
    found.put("configured_addresses", address::get(session, interface)?);
    found.put("gateways", unit.values(session, "Network", "Gateway")?);
    found.put("dns", servers.servers);
    found.put("search_domains", names::domains(session, Some(interface))?);
    found.put("ntp", time::of(session, interface)?);
    let files = unit.paths(session)?;
    found.put("files", files.iter().map(|path| json!(path)).collect::<Vec<_>>());
    if session.is_live() {
        device_now(&mut found, interface)?;
    }
    Ok(found.finish())
}

/// What the kernel and the services say of a link.
fn device_now(found: &mut Found, interface: &str) -> Result<(), Error> {
    let link = live::link(interface)?;
    found.put("number", link.index);
    found.put("mac", link.mac);
    found.put("mtu", link.mtu);
    found.put("state", if link.up { "up" } else { "down" });
    found.put("carrier", link.carrier);
    found.put("kind", link.kind);
    found.put("other_names", link.alternative_names);
    found.put("addresses", addresses_now(interface)?);
    found.put("routers", routers(link.index)?);
    let lease = live::lease(Path::new("/"), link.index);
    found.ask("the DHCP lease", lease, |found, lease| {
        let server = lease.and_then(|lease| lease.get("SERVER_ADDRESS").cloned());
        found.put("dhcp_server", server);
    });
    match Services::connect() {
        Ok(mut services) => link_now(found, &mut services, link.index),
        Err(error) => found.silent.push(error.to_string()),
    }
    Ok(())
}

/// The gateways of the default routes that lead out through a link.
fn routers(index: u32) -> Result<Vec<String>, Error> {
    let routes = live::routes()?;
    let own = routes
        .iter()
        .filter(|route| route.link == Some(index) && route.prefix == 0);
    Ok(own
        .filter_map(|route| route.gateway.map(|gateway| gateway.to_string()))
        .collect())
}

/// What networkd calls it, and what it is called here.
const DESCRIBED: [(&str, &str); 14] = [
    ("Type", "type"),
    ("Driver", "driver"),
    ("Vendor", "vendor"),
    ("Model", "model"),
    ("Path", "path"),
    ("NetworkFile", "network_file"),
    ("LinkFile", "link_file"),
    ("AdministrativeState", "setup_state"),
    ("OperationalState", "operational_state"),
    ("AddressState", "address_state"),
    ("IPv4AddressState", "ipv4_address_state"),
    ("IPv6AddressState", "ipv6_address_state"),
    ("OnlineState", "online_state"),
    ("ActivationPolicy", "activation_policy"),
];

fn link_now(found: &mut Found, services: &mut Services, index: u32) {
    found.ask("networkd", services.describe_link(index), |found, all| {
        for (theirs, ours) in DESCRIBED {
            if let Some(value) = all.get(theirs) {
                found.put(ours, value.clone());
            }
        }
        if let Some(required) = all.get("RequiredForOnline") {
            found.put("required_for_online", required.clone());
        }
    });
    in_use(found, services, Some(index));
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
    match session.is_live() {
        true => Ok(interfaces_now()?),
        false => interfaces_of_files(session),
    }
}

/// The links of the kernel; what networkd makes of them, if it answers.
fn interfaces_now() -> Result<Value, Error> {
    let described = Services::connect()
        .and_then(|mut services| services.describe_network())
        .unwrap_or_default();
    let word = |index: u32, key: &str| -> Value {
        let all = described["Interfaces"].as_array().into_iter().flatten();
        let mut own = all.filter(|link| link["Index"] == index);
        own.next().map_or(Value::Null, |link| link[key].clone())
    };
    let row = |link: live::Link| {
        json!({
            "name": link.name,
            "state": if link.up { "up" } else { "down" },
            "operational": word(link.index, "OperationalState"),
            "setup": word(link.index, "AdministrativeState"),
            "mtu": link.mtu,
            "mac": link.mac,
        })
    };
    Ok(Value::Array(live::links()?.into_iter().map(row).collect()))
}

fn interfaces_of_files(session: &mut Session) -> Result<Value, Error> {
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
