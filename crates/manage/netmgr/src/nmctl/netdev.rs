//! Virtual interfaces: a `.netdev` file, a `.network` file to configure the interface, and a line in the files of the
//! interfaces it belongs to.

use std::path::{Path, PathBuf};

use networkd::{Document, FileKind, Match};

use super::edit;
use super::request::{Given, Request, pairs};
use super::table::Netdev;
use crate::error::Error;
use crate::session::Session;
use crate::unit::{self, Unit};

/// The settings of `[Network]` that name a virtual interface.
const REFERENCES: [&str; 10] = [
    "Bond", "Bridge", "IPVLAN", "IPVTAP", "MACVLAN", "MACVTAP", "Tunnel", "VLAN", "VRF", "VXLAN",
];

/// Makes a virtual interface.
pub(super) fn create(session: &mut Session, request: &Request, netdev: &Netdev) -> Result<(), Error> {
    let name = request.need("name")?;
    let mut settings = request.settings();
    if let Some(mode) = request.get("mode")
        && !settings.iter().any(|given| given.key == "Mode")
    {
        settings.push(mode_of(netdev.kind, mode));
    }
    let below = request.get("dev").filter(|_| netdev.below.is_some());
    let said = settings.iter().any(|given| given.key == "Independent");
    if let (Some(section), None, false) = (netdev.independent, below, said) {
        settings.push(given(section, "Independent", "yes"));
    }
    make(session, name, netdev.kind, &settings)?;
    if let (Some(key), Some(below)) = (netdev.below, below) {
        Unit::own(session, below)?.append(session, "Network", key, name)?;
    }
    if let Some(key) = netdev.members {
        for member in request.list("dev") {
            join(session, member, key, name)?;
        }
    }
    Ok(())
}

fn given(section: &'static str, key: &'static str, value: &str) -> Given {
    Given {
        kind: FileKind::NetDev,
        section,
        key,
        value: value.to_owned(),
    }
}

/// macvlan and ipvlan have their modes in sections of their own; networkd writes those of ipvlan large.
fn mode_of(kind: &str, mode: &str) -> Given {
    match kind {
        "macvlan" => given("MACVLAN", "Mode", mode),
        "macvtap" => given("MACVTAP", "Mode", mode),
        "ipvtap" => given("IPVTAP", "Mode", &mode.to_uppercase()),
        _ => given("IPVLAN", "Mode", &mode.to_uppercase()),
    }
}

/// Writes the files of a new interface.
fn make(session: &mut Session, name: &str, kind: &str, settings: &[Given]) -> Result<Unit, Error> {
    let valid = FileKind::NetDev.check("NetDev", "Name", name);
    valid.map_err(|invalid| Error::Interface(invalid.source.to_string()))?;
    if let Some(path) = unit::netdev_file(session, name)? {
        let text = format!("{name} is made by {} already", path.display());
        return Err(Error::Exists(text));
    }
    let path = unit::new_path(session, name, "netdev", None)?;
    let unit = Unit::new(FileKind::NetDev, path);
    unit.set(session, "NetDev", "Name", name)?;
    unit.set(session, "NetDev", "Kind", kind)?;
    for given in settings {
        edit::put(&unit, session, given)?;
    }
    Unit::own(session, name)?;
    Ok(unit)
}

/// Makes an interface a member. One that is a member of something else already would leave that.
fn join(session: &mut Session, member: &str, key: &str, name: &str) -> Result<(), Error> {
    let unit = Unit::own(session, member)?;
    for other in ["Bridge", "Bond", "VRF"] {
        if let Some(master) = unit.value(session, "Network", other)?
            && (other, master.as_str()) != (key, name)
        {
            let text = format!("{member} is in {master} already ({other}=); take it out there first");
            return Err(Error::Exists(text));
        }
    }
    unit.set(session, "Network", key, name)
}

/// A WireGuard tunnel. Keys get files of their own, which only root and networkd may read.
pub(super) fn wireguard(session: &mut Session, request: &Request) -> Result<(), Error> {
    let name = request.need("name")?;
    let mut own = request.section("WireGuard");
    let mut peer = request.section("WireGuardPeer");
    match (request.get("private-key"), request.get("private-key-file")) {
        (Some(key), None) => {
            let path = key_file(session, name, name, key)?;
            own.insert(0, given("WireGuard", "PrivateKeyFile", &path));
        }
        (None, Some(_)) => {}
        _ => return Err(request.misuse("needs private-key KEY or private-key-file FILE, one of them")),
    }
    if let Some(key) = request.get("preshared-key") {
        let path = key_file(session, name, &format!("{name}-preshared"), key)?;
        peer.push(given("WireGuardPeer", "PresharedKeyFile", &path));
    }
    if !peer.is_empty() && request.get("public-key").is_none() {
        return Err(request.misuse("needs public-key KEY for what else it says of the other side"));
    }
    let unit = make(session, name, "wireguard", &own)?;
    match peer.is_empty() {
        true => Ok(()),
        false => unit.add_block(session, "WireGuardPeer", &pairs(&peer)),
    }
}

/// Puts a key into a file; where that will be on the system.
pub(crate) fn key_file(session: &mut Session, name: &str, file: &str, key: &str) -> Result<String, Error> {
    let valid = FileKind::NetDev.check("WireGuard", "PrivateKey", key);
    // The key is not repeated in the message, which may end up in a log.
    valid.map_err(|_| Error::Parameter(format!("a key of {name} is not 32 bytes in base64")))?;
    let there = format!("/etc/systemd/network/{file}.key");
    let path = session.layout().path(&there);
    if session.exists(&path)? && !session.is_new(&path) {
        return Err(Error::Exists(format!(
            "{} is there already; remove it first",
            path.display()
        )));
    }
    *session.file(&path)? = Document::parse(format!("{key}\n").as_bytes());
    Ok(there)
}

/// Removes a virtual interface: its files, and what other files say of it.
pub(super) fn remove(session: &mut Session, request: &Request) -> Result<(), Error> {
    let name = request.need("name")?;
    let missing = || Error::NotFound(format!("no .netdev file makes {name}"));
    let path = unit::netdev_file(session, name)?.ok_or_else(missing)?;
    if session.layout().in_etc(&path) != path {
        let text = format!("{} is not the administrator's; mask it instead", path.display());
        return Err(Error::NotSupported(text));
    }
    check_kind(session, request, &path)?;
    session.remove(&path)?;
    for key in keys_of(session, name)? {
        session.remove(&key)?;
    }
    let own = session.layout().network_file(name, None)?;
    if let Some(own) =
        own.filter(|own| own.fit == Match::Exact && session.layout().in_etc(&own.path) == own.path)
    {
        session.remove(&own.path)?;
    }
    forget(session, name)
}

fn check_kind(session: &mut Session, request: &Request, path: &Path) -> Result<(), Error> {
    let kind = session
        .file(path)?
        .value("NetDev", "Kind")
        .unwrap_or_default()
        .to_owned();
    let wanted = request.get("kind").map(|kind| match kind {
        "wg" => "wireguard",
        kind => kind,
    });
    match wanted {
        Some(wanted) if wanted != kind => {
            Err(request.misuse(&format!("would remove a {kind}, not a {wanted}")))
        }
        _ => Ok(()),
    }
}

/// The files that [`key_file`] made for an interface.
fn keys_of(session: &mut Session, name: &str) -> Result<Vec<PathBuf>, Error> {
    let files = [format!("{name}.key"), format!("{name}-preshared.key")];
    let mut found = Vec::new();
    for file in files {
        let path = session.layout().network_dir().join(file);
        if session.exists(&path)? {
            found.push(path);
        }
    }
    Ok(found)
}

/// Removes an interface from the files of others.
fn forget(session: &mut Session, name: &str) -> Result<(), Error> {
    for path in session.layout().network_files()? {
        let mut parts = session.layout().drop_ins(&path)?;
        parts.push(path);
        for part in parts {
            if session.layout().in_etc(&part) != part {
                continue;
            }
            let unit = Unit::new(FileKind::Network, part);
            for key in REFERENCES {
                unit.remove(session, "Network", key, |value| value == name)?;
            }
        }
    }
    Ok(())
}
