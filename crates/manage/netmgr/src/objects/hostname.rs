//! The host name: hostname(5).

use networkd::{Document, FileKind};

use crate::error::Error;
use crate::session::Session;

/// The name in /etc/hostname: its first line that is no comment.
pub fn get(session: &mut Session) -> Result<String, Error> {
    let path = session.layout().path("/etc/hostname");
    let text = String::from_utf8_lossy(&session.file(&path)?.to_bytes()).into_owned();
    let name = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#'));
    name.map(str::to_owned)
        .ok_or_else(|| Error::NotFound(format!("{} names no host", path.display())))
}

/// Sets the name, in the line where it stands.
pub fn set(session: &mut Session, name: &str) -> Result<(), Error> {
    // The rules are those of the host name that networkd sends to DHCP servers.
    let valid = FileKind::Network.check("DHCPv4", "Hostname", name);
    valid.map_err(|invalid| Error::Parameter(invalid.source.to_string()))?;
    let path = session.layout().path("/etc/hostname");
    let file = session.file(&path)?;
    let text = String::from_utf8_lossy(&file.to_bytes()).into_owned();
    let comments: String = text
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| format!("{line}\n"))
        .collect();
    *file = Document::parse(format!("{comments}{name}\n").as_bytes());
    Ok(())
}
