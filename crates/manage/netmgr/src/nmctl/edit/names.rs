//! DNS servers, search domains and NTP servers.

use super::super::request::Request;
use super::write;
use crate::error::Error;
use crate::objects::{dns as object, ntp as system};
use crate::session::Session;
use crate::unit::Unit;

/// The interface, or none for the system.
fn place(request: &Request) -> Result<Option<&str>, Error> {
    match request.get("dev") {
        Some("system" | "global") => Ok(None),
        Some(interface) => Ok(Some(interface)),
        None => Err(request.misuse("needs dev DEVICE, global or system")),
    }
}

/// Sets the servers; with `keep yes` beside those that are there.
pub(in super::super) fn dns(session: &mut Session, request: &Request) -> Result<(), Error> {
    let keep = request.switch("keep")?.unwrap_or(false);
    servers(session, request, keep)
}

/// Adds servers.
pub(in super::super) fn add_dns(session: &mut Session, request: &Request) -> Result<(), Error> {
    servers(session, request, true)
}

fn servers(session: &mut Session, request: &Request, keep: bool) -> Result<(), Error> {
    let place = place(request)?;
    let servers = request.list("dns");
    let settings = request.settings();
    match (servers.is_empty(), keep) {
        (true, _) if settings.is_empty() => return Err(request.misuse("needs dns SERVER,...")),
        (true, _) => {}
        (false, true) => object::add_servers(session, place, &servers)?,
        (false, false) => object::put_servers(session, place, &servers)?,
    }
    match (place, settings.is_empty()) {
        (_, true) => Ok(()),
        (Some(interface), false) => write(session, interface, &settings),
        (None, false) => Err(request.misuse("has use-dns-ipv4 or -ipv6, which are for interfaces")),
    }
}

/// Sets the search domains; with `keep yes` beside those that are there.
pub(in super::super) fn domains(session: &mut Session, request: &Request) -> Result<(), Error> {
    let keep = request.switch("keep")?.unwrap_or(false);
    search(session, request, keep)
}

/// Adds search domains.
pub(in super::super) fn add_domains(session: &mut Session, request: &Request) -> Result<(), Error> {
    search(session, request, true)
}

fn search(session: &mut Session, request: &Request, keep: bool) -> Result<(), Error> {
    let place = place(request)?;
    let domains = request.list("domains");
    match (domains.is_empty(), keep) {
        (true, _) => Err(request.misuse("needs domains DOMAIN,...")),
        (false, true) => object::add_domains(session, place, &domains),
        (false, false) => object::set_domains(session, place, &domains),
    }
}

/// Removes servers and domains of an interface: both, unless one is named.
pub(in super::super) fn revert_names(session: &mut Session, request: &Request) -> Result<(), Error> {
    let (dns, domain) = (request.switch("dns")?, request.switch("domain")?);
    let all = dns.is_none() && domain.is_none();
    let unit = Unit::own(session, request.device()?)?;
    for (key, wanted) in [("DNS", dns), ("Domains", domain)] {
        if wanted.unwrap_or(all) {
            unit.remove(session, "Network", key, |_| true)?;
        }
    }
    Ok(())
}

/// Sets the NTP servers of an interface, or of the system.
pub(in super::super) fn ntp(session: &mut Session, request: &Request) -> Result<(), Error> {
    let keep = request.switch("keep")?.unwrap_or(false);
    let servers = request.list("ntp");
    match (place(request)?, keep) {
        (None, true) => system::add(session, &servers),
        (None, false) => system::set(session, &servers),
        (Some(interface), true) => system::add_to(session, interface, &servers),
        (Some(interface), false) => system::set_of(session, interface, &servers),
    }
}

/// Removes the NTP servers of an interface.
pub(in super::super) fn remove_ntp(session: &mut Session, request: &Request) -> Result<(), Error> {
    let interface = request.device()?;
    let unit = Unit::own(session, interface)?;
    match unit.remove(session, "Network", "NTP", |_| true)? {
        0 => Err(Error::NotFound(format!(
            "{interface} has no NTP server in its configuration"
        ))),
        _ => Ok(()),
    }
}
