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
    for server in servers {
        if unit
            .words(session, "Time", "NTP")?
            .iter()
            .any(|old| old == server)
        {
            return Err(Error::Exists(format!("{server} is configured already")));
        }
        unit.append(session, "Time", "NTP", server)?;
    }
    Ok(())
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

fn unit(session: &mut Session) -> Result<Unit, Error> {
    Unit::conf(session, FileKind::TimesyncdConf)
}
