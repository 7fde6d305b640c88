//! NTP servers of the system, which are systemd-timesyncd's.

use networkd::FileKind;

use crate::error::Error;
use crate::session::Session;
use crate::unit::Unit;

/// The servers that are configured.
pub fn get(session: &mut Session) -> Result<Vec<String>, Error> {
    unit(session)?.words(session, "Time", "NTP")
}

/// Sets the servers.
pub fn set(session: &mut Session, servers: &[&str]) -> Result<(), Error> {
    unit(session)?.set_words(session, "Time", "NTP", servers)
}

/// Adds servers; one that is there already is refused.
pub fn add(session: &mut Session, servers: &[&str]) -> Result<(), Error> {
    let unit = unit(session)?;
    add_words(&unit, session, "Time", servers)
}

/// Removes servers.
pub fn delete(session: &mut Session, servers: &[&str]) -> Result<(), Error> {
    let unit = unit(session)?;
    for server in servers {
        if unit.remove_word(session, "Time", "NTP", server)? == 0 {
            return Err(Error::NotFound(format!("{server} is not in the configuration")));
        }
    }
    Ok(())
}

/// Sets the servers of an interface, which timesyncd asks while the interface is up.
pub fn set_of(session: &mut Session, interface: &str, servers: &[&str]) -> Result<(), Error> {
    Unit::own(session, interface)?.set_words(session, "Network", "NTP", servers)
}

/// Adds servers of an interface; one that is there already is refused.
pub fn add_to(session: &mut Session, interface: &str, servers: &[&str]) -> Result<(), Error> {
    let unit = Unit::own(session, interface)?;
    add_words(&unit, session, "Network", servers)
}

/// The servers of an interface that are configured.
pub fn of(session: &mut Session, interface: &str) -> Result<Vec<String>, Error> {
    Unit::of_interface(session, interface)?.words(session, "Network", "NTP")
}

fn add_words(unit: &Unit, session: &mut Session, section: &str, servers: &[&str]) -> Result<(), Error> {
    for server in servers {
        let present = unit.words(session, section, "NTP")?;
        if present.iter().any(|old| old == server) {
            return Err(Error::Exists(format!("{server} is configured already")));
        }
        unit.append(session, section, "NTP", server)?;
    }
    Ok(())
}

fn unit(session: &mut Session) -> Result<Unit, Error> {
    Unit::conf(session, FileKind::TimesyncdConf)
}
