//! DUID and IAID: by what a DHCP server knows a host and its interfaces (RFC 8415 sections 11 and 12).

use networkd::FileKind;

use super::family::Family;
use crate::error::Error;
use crate::session::Session;
use crate::unit::Unit;

/// What networkd calls the types of RFC 8415 section 11.1, from 1.
const TYPES: [&str; 4] = ["link-layer-time", "vendor", "link-layer", "uuid"];

/// How many bytes follow the type: RFC 8415 sections 11.2 to 11.4, RFC 6355. networkd passes the settings when it reads
/// them, but before version 255 fails to configure a link with others.
fn fits(name: &str, bytes: usize) -> Result<(), &'static str> {
    let (fits, rule) = match name {
        "link-layer-time" => (
            bytes > 6,
            "two bytes of hardware type, four of time, and an address",
        ),
        "vendor" => (bytes > 4, "four bytes of enterprise number, and an identifier"),
        "link-layer" => (bytes > 2, "two bytes of hardware type, and an address"),
        _ => (bytes == 16, "16 bytes"),
    };
    if fits { Ok(()) } else { Err(rule) }
}

/// The section that old files have, then those of today.
const SECTIONS: [&str; 3] = ["DHCP", "DHCPv4", "DHCPv6"];

/// The sections of some families.
fn sections(families: &[Family]) -> impl Iterator<Item = &'static str> + '_ {
    families.iter().map(|family| match family {
        Family::V4 => "DHCPv4",
        Family::V6 => "DHCPv6",
    })
}

/// The DUID of an interface, or of the system: two bytes of type and the data, `00:01:...`.
pub fn duid(session: &mut Session, interface: Option<&str>) -> Result<String, Error> {
    let unit = match interface {
        Some(name) => Unit::of_interface(session, name)?,
        None => Unit::conf(session, FileKind::NetworkdConf)?,
    };
    for section in SECTIONS {
        let data = unit.value(session, section, "DUIDRawData")?;
        let name = unit
            .value(session, section, "DUIDType")?
            .unwrap_or_else(|| "vendor".to_owned());
        let number = TYPES.iter().position(|known| *known == name);
        if let (Some(data), Some(number)) = (data, number) {
            return Ok(format!("00:{:02x}:{data}", number + 1));
        }
    }
    Err(Error::NotFound(
        "no DUID is configured; networkd makes one from the machine id".to_owned(),
    ))
}

/// Sets the DUID; an empty one leaves the choice to networkd.
pub fn set_duid(session: &mut Session, interface: Option<&str>, duid: &str) -> Result<(), Error> {
    let parsed = match duid {
        "" => None,
        duid => Some(split(duid)?),
    };
    let unit = match interface {
        Some(name) => Unit::own(session, name)?,
        None => Unit::conf(session, FileKind::NetworkdConf)?,
    };
    match parsed {
        None => remove(&unit, session, &["DUIDType", "DUIDRawData"], &SECTIONS),
        Some((name, data)) => put_duid(&unit, session, &Family::ALL, name, Some(data)),
    }
}

/// Sets how the DUID of some families is made, and with which data; without data that is networkd's choice.
pub fn set_duid_parts(
    session: &mut Session,
    interface: Option<&str>,
    families: &[Family],
    name: &str,
    data: Option<&str>,
) -> Result<(), Error> {
    let unit = match interface {
        Some(name) => Unit::own(session, name)?,
        None => Unit::conf(session, FileKind::NetworkdConf)?,
    };
    put_duid(&unit, session, families, name, data)
}

fn put_duid(
    unit: &Unit,
    session: &mut Session,
    families: &[Family],
    name: &str,
    data: Option<&str>,
) -> Result<(), Error> {
    if let Some(data) = data {
        let bytes = data.split(':').count();
        fits(name, bytes).map_err(|rule| {
            Error::Parameter(format!(
                "a DUID of the type {name} has {rule}; {data:?} has {bytes} bytes"
            ))
        })?;
    }
    // One in the old section would count as well.
    remove(unit, session, &["DUIDType", "DUIDRawData"], &SECTIONS[..1])?;
    for section in sections(families) {
        unit.set(session, section, "DUIDType", name)?;
        match data {
            Some(data) => unit.set(session, section, "DUIDRawData", data)?,
            None => remove(unit, session, &["DUIDRawData"], &[section])?,
        }
    }
    Ok(())
}

/// The IAID of an interface.
pub fn iaid(session: &mut Session, interface: &str) -> Result<u32, Error> {
    let unit = Unit::of_interface(session, interface)?;
    for section in SECTIONS {
        let value = unit.value(session, section, "IAID")?;
        if let Some(number) = value.and_then(|value| value.parse().ok()) {
            return Ok(number);
        }
    }
    Err(Error::NotFound(format!(
        "no IAID is configured for {interface}; networkd makes one from its name"
    )))
}

/// Sets the IAID for both families; 0 leaves the choice to networkd.
pub fn set_iaid(session: &mut Session, interface: &str, iaid: u32) -> Result<(), Error> {
    set_iaid_of(session, interface, &Family::ALL, iaid)
}

/// Sets the IAID for some families; 0 leaves the choice to networkd.
pub fn set_iaid_of(
    session: &mut Session,
    interface: &str,
    families: &[Family],
    iaid: u32,
) -> Result<(), Error> {
    let unit = Unit::own(session, interface)?;
    remove(&unit, session, &["IAID"], &SECTIONS[..1])?;
    sections(families).try_for_each(|section| match iaid {
        0 => remove(&unit, session, &["IAID"], &[section]),
        iaid => unit.set(session, section, "IAID", &iaid.to_string()),
    })
}

fn remove(unit: &Unit, session: &mut Session, keys: &[&str], sections: &[&str]) -> Result<(), Error> {
    for section in sections {
        for key in keys {
            unit.remove(session, section, key, |_| true)?;
        }
    }
    Ok(())
}

/// Type and data of a DUID.
fn split(duid: &str) -> Result<(&'static str, &str), Error> {
    let bad = || {
        Error::Parameter(format!(
            "{duid:?} is not a DUID: two bytes of type (00:01 to 00:04), then data, in hexadecimal with colons"
        ))
    };
    let mut parts = duid.splitn(3, ':');
    let (high, low, data) = (parts.next(), parts.next(), parts.next().ok_or_else(bad)?);
    let number = match (high, low) {
        (Some("00"), Some(low)) if low.len() == 2 => u8::from_str_radix(low, 16).map_err(|_| bad())?,
        _ => return Err(bad()),
    };
    let name = usize::from(number)
        .checked_sub(1)
        .and_then(|index| TYPES.get(index))
        .ok_or_else(bad)?;
    Ok((name, data))
}
