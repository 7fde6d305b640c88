//! DHCP and router advertisements.

use super::super::request::{Request, pairs, truth};
use super::{put, some, write};
use crate::error::Error;
use crate::objects::dhcp_id;
use crate::objects::dhcp_mode::Dhcp;
use crate::session::Session;
use crate::unit::Unit;

/// For which families a server is asked, and what is taken from it.
pub(in super::super) fn dhcp(session: &mut Session, request: &Request) -> Result<(), Error> {
    let interface = request.device()?;
    let families = request.get("dhcp").map(families);
    if families.is_none() {
        some(request)?;
    }
    if let Some(families) = families {
        let unit = Unit::own(session, interface)?;
        families.set(&unit, session)?;
    }
    write(session, interface, &request.settings())
}

/// The families that a word is about.
pub(in super::super) fn families(word: &str) -> Dhcp {
    let both = truth(word) == Some(true);
    Dhcp {
        v4: both || word == "ipv4",
        v6: both || word == "ipv6",
    }
}

/// networkd no longer has duid-only; what it did is what duid does without an IAID.
pub(in super::super) fn identifier(word: &str) -> &str {
    match word {
        "duid-only" => "duid",
        word => word,
    }
}

/// By what the DHCPv4 server knows the interface.
pub(in super::super) fn client_identifier(session: &mut Session, request: &Request) -> Result<(), Error> {
    let unit = Unit::own(session, request.device()?)?;
    let identifier = identifier(request.need("id")?);
    unit.set(session, "DHCPv4", "ClientIdentifier", identifier)
}

/// The IAID of one family, or both.
pub(in super::super) fn iaid(session: &mut Session, request: &Request) -> Result<(), Error> {
    let value = request.need("iaid")?;
    let number = value
        .parse()
        .map_err(|_| request.misuse(&format!("iaid: {value:?} is not a number from 0 to 4294967295")))?;
    dhcp_id::set_iaid_of(session, request.device()?, &request.families(), number)
}

/// The DUID of an interface, or of the system.
pub(in super::super) fn duid(session: &mut Session, request: &Request) -> Result<(), Error> {
    let kind = match request.need("type")? {
        "1" => "link-layer-time",
        "2" => "vendor",
        "3" => "link-layer",
        "4" => "uuid",
        other => other,
    };
    let interface = match request.device()? {
        "system" => None,
        interface => Some(interface),
    };
    dhcp_id::set_duid_parts(session, interface, &request.families(), kind, request.get("data"))
}

/// A DHCPv4 server.
pub(in super::super) fn add_dhcp_server(session: &mut Session, request: &Request) -> Result<(), Error> {
    let unit = Unit::own(session, request.device()?)?;
    unit.set(session, "Network", "DHCPServer", "yes")?;
    request
        .settings()
        .iter()
        .try_for_each(|given| put(&unit, session, given))
}

/// No DHCPv4 server any more.
pub(in super::super) fn remove_dhcp_server(session: &mut Session, request: &Request) -> Result<(), Error> {
    withdraw(
        session,
        request,
        "DHCPServer",
        &["DHCPServer", "DHCPServerStaticLease"],
    )
}

/// Takes a setting of [Network] away and the sections that belong to it.
fn withdraw(session: &mut Session, request: &Request, key: &str, sections: &[&str]) -> Result<(), Error> {
    let interface = request.device()?;
    let unit = Unit::own(session, interface)?;
    let mut removed = unit.remove(session, "Network", key, |_| true)?;
    for section in sections {
        removed += unit.remove_blocks(session, section, |_| true)?;
    }
    match removed {
        0 => Err(Error::NotFound(format!(
            "{interface} has no {key} in its configuration"
        ))),
        _ => Ok(()),
    }
}

/// The address that is kept for a client.
pub(in super::super) fn remove_lease(session: &mut Session, request: &Request) -> Result<(), Error> {
    let interface = request.device()?;
    let unit = Unit::own(session, interface)?;
    let given = request.settings();
    let wanted = pairs(&given);
    let fits = |found: &[(&str, &str)]| wanted.iter().all(|setting| found.contains(setting));
    match unit.remove_blocks(session, "DHCPServerStaticLease", fits)? {
        0 => Err(Error::NotFound(format!(
            "{interface} keeps no such address in its configuration"
        ))),
        _ => Ok(()),
    }
}

/// Router advertisements: the settings of the router, and a section for each prefix and route.
pub(in super::super) fn add_router(session: &mut Session, request: &Request) -> Result<(), Error> {
    some(request)?;
    for (section, first) in [("IPv6Prefix", "prefix"), ("IPv6RoutePrefix", "route")] {
        if !request.section(section).is_empty() && request.get(first).is_none() {
            return Err(request.misuse(&format!("needs {first} for what else it says of one")));
        }
    }
    let unit = Unit::own(session, request.device()?)?;
    unit.set(session, "Network", "IPv6SendRA", "yes")?;
    for given in request.section("IPv6SendRA") {
        put(&unit, session, &given)?;
    }
    for section in ["IPv6Prefix", "IPv6RoutePrefix"] {
        let given = request.section(section);
        if !given.is_empty() {
            unit.add_new_block(session, section, &pairs(&given))?;
        }
    }
    Ok(())
}

/// No router advertisements any more.
pub(in super::super) fn remove_router(session: &mut Session, request: &Request) -> Result<(), Error> {
    withdraw(
        session,
        request,
        "IPv6SendRA",
        &["IPv6SendRA", "IPv6Prefix", "IPv6RoutePrefix"],
    )
}
