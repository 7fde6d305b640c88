//! DNS servers and search domains, of an interface or of the system.

use networkd::FileKind;

use super::dhcp_mode::is_true;
use crate::error::Error;
use crate::session::Session;
use crate::unit::Unit;

/// Where the servers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// From the configuration only.
    Static,
    /// From a DHCP server, beside those configured.
    Dhcp,
}

/// Servers, and where they come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Servers {
    /// Where they come from.
    pub mode: Mode,
    /// Their addresses.
    pub servers: Vec<String>,
}

/// The servers of an interface, or of the system.
pub fn servers(session: &mut Session, interface: Option<&str>) -> Result<Servers, Error> {
    let place = Place::to_look_at(session, interface)?;
    let mut servers = place.words(session, "DNS")?;
    let mode = match interface {
        Some(_) if !uses_dhcp(&place.unit, session)? => Mode::Static,
        None if !servers.is_empty() => Mode::Static,
        _ => Mode::Dhcp,
    };
    if interface.is_none() && servers.is_empty() {
        servers = in_use(session)?;
    }
    Ok(Servers { mode, servers })
}

/// Sets mode and servers.
pub fn set_servers(
    session: &mut Session,
    interface: Option<&str>,
    mode: Mode,
    servers: &[&str],
) -> Result<(), Error> {
    if mode == Mode::Static && servers.is_empty() {
        return Err(Error::Mode("--mode static needs --servers".to_owned()));
    }
    put_servers(session, interface, servers)?;
    let place = Place::to_change(session, interface)?;
    if interface.is_some() {
        set_uses_dhcp(&place.unit, session, mode == Mode::Dhcp)?;
    }
    Ok(())
}

/// Sets the servers alone, of an interface or of the system; whether a DHCP server's are used is not touched.
pub fn put_servers(session: &mut Session, interface: Option<&str>, servers: &[&str]) -> Result<(), Error> {
    Place::to_change(session, interface)?.set_words(session, "DNS", servers)
}

/// Adds servers to those configured; one that is there already is refused.
pub fn add_servers(session: &mut Session, interface: Option<&str>, servers: &[&str]) -> Result<(), Error> {
    Place::to_change(session, interface)?.add(session, "DNS", servers)
}

/// Removes servers from those configured.
pub fn delete_servers(session: &mut Session, interface: Option<&str>, servers: &[&str]) -> Result<(), Error> {
    Place::to_change(session, interface)?.delete(session, "DNS", servers)
}

/// The search domains of an interface, or of the system.
pub fn domains(session: &mut Session, interface: Option<&str>) -> Result<Vec<String>, Error> {
    Place::to_look_at(session, interface)?.words(session, "Domains")
}

/// Sets the search domains.
pub fn set_domains(session: &mut Session, interface: Option<&str>, domains: &[&str]) -> Result<(), Error> {
    Place::to_change(session, interface)?.set_words(session, "Domains", domains)
}

/// Adds search domains; one that is there already is refused.
pub fn add_domains(session: &mut Session, interface: Option<&str>, domains: &[&str]) -> Result<(), Error> {
    Place::to_change(session, interface)?.add(session, "Domains", domains)
}

/// Removes search domains.
pub fn delete_domains(session: &mut Session, interface: Option<&str>, domains: &[&str]) -> Result<(), Error> {
    Place::to_change(session, interface)?.delete(session, "Domains", domains)
}

/// The section of a file that has DNS= and Domains=.
struct Place {
    unit: Unit,
    section: &'static str,
}

impl Place {
    fn to_look_at(session: &mut Session, interface: Option<&str>) -> Result<Self, Error> {
        match interface {
            Some(name) => Unit::of_interface(session, name).map(Place::network),
            None => Place::system(session),
        }
    }

    fn to_change(session: &mut Session, interface: Option<&str>) -> Result<Self, Error> {
        match interface {
            Some(name) => Unit::own(session, name).map(Place::network),
            None => Place::system(session),
        }
    }

    fn network(unit: Unit) -> Self {
        Place {
            unit,
            section: "Network",
        }
    }

    fn system(session: &mut Session) -> Result<Self, Error> {
        Ok(Place {
            unit: Unit::conf(session, FileKind::ResolvedConf)?,
            section: "Resolve",
        })
    }

    fn words(&self, session: &mut Session, key: &str) -> Result<Vec<String>, Error> {
        self.unit.words(session, self.section, key)
    }

    fn set_words(&self, session: &mut Session, key: &str, words: &[&str]) -> Result<(), Error> {
        self.unit.set_words(session, self.section, key, words)
    }

    fn add(&self, session: &mut Session, key: &str, words: &[&str]) -> Result<(), Error> {
        for word in words {
            if self.words(session, key)?.iter().any(|old| old == word) {
                return Err(Error::Exists(format!("{word} is configured already")));
            }
            self.unit.append(session, self.section, key, word)?;
        }
        Ok(())
    }

    fn delete(&self, session: &mut Session, key: &str, words: &[&str]) -> Result<(), Error> {
        for word in words {
            if self.unit.remove_word(session, self.section, key, word)? == 0 {
                return Err(Error::NotFound(format!("{word} is not in the configuration")));
            }
        }
        Ok(())
    }
}

/// The sections that say whether a DHCP server's DNS servers are used, the one of old files first.
const DHCP_SECTIONS: [&str; 3] = ["DHCP", "DHCPv4", "DHCPv6"];

fn uses_dhcp(unit: &Unit, session: &mut Session) -> Result<bool, Error> {
    for section in DHCP_SECTIONS {
        if unit
            .value(session, section, "UseDNS")?
            .is_some_and(|value| !is_true(&value))
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// In old files the setting is in [DHCP], and stays there; it counts for both families.
fn set_uses_dhcp(unit: &Unit, session: &mut Session, on: bool) -> Result<(), Error> {
    if uses_dhcp(unit, session)? == on {
        return Ok(());
    }
    let value = if on { "yes" } else { "no" };
    let sections = match unit.value(session, "DHCP", "UseDNS")? {
        Some(_) => &DHCP_SECTIONS[..1],
        None => &DHCP_SECTIONS[1..],
    };
    sections
        .iter()
        .try_for_each(|section| unit.set(session, section, "UseDNS", value))
}

/// The servers that resolved has from elsewhere; its own stub listener is not one.
fn in_use(session: &Session) -> Result<Vec<String>, Error> {
    let path = session.layout().path("/run/systemd/resolve/resolv.conf");
    let text = crate::session::read(&path)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let servers = text.lines().filter_map(|line| line.strip_prefix("nameserver "));
    Ok(servers.map(|server| server.trim().to_owned()).collect())
}
