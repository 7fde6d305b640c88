//! Any setting of any of the files: `Section_Key`.

use std::path::Path;

use networkd::{FileKind, Repeat};

use crate::error::Error;
use crate::session::Session;
use crate::unit::{self, Unit};

/// Where a setting is.
enum Place {
    Interface(Unit),
    File(std::path::PathBuf, FileKind),
}

/// All values in force of a setting of an interface, or of a file given by its path.
pub fn get(session: &mut Session, object: &str, name: &str) -> Result<Vec<String>, Error> {
    let (section, key) = split(name)?;
    let values = match place(session, object, false)? {
        Place::Interface(unit) => unit.values(session, section, key)?,
        Place::File(path, _) => session
            .file(&path)?
            .values(section, key)
            .into_iter()
            .map(str::to_owned)
            .collect(),
    };
    match values.is_empty() {
        true => Err(Error::NotFound(format!(
            "{name} is not set in the configuration of {object}"
        ))),
        false => Ok(values),
    }
}

/// Sets a setting; `+` before its name adds a value, `-` removes one, and an empty value removes it.
pub fn set(session: &mut Session, object: &str, name: &str, value: &str) -> Result<(), Error> {
    let (sign, bare) = match name.strip_prefix('+') {
        Some(bare) => ('+', bare),
        None => name.strip_prefix('-').map_or((' ', name), |bare| ('-', bare)),
    };
    let (section, key) = split(bare)?;
    let count = match place(session, object, true)? {
        Place::Interface(unit) => in_unit(session, &unit, sign, section, key, value)?,
        Place::File(path, kind) => in_file(session, &path, kind, sign, section, key, value)?,
    };
    match count {
        0 => Err(Error::NotFound(format!(
            "{bare} has no value {value:?} in the configuration of {object}"
        ))),
        _ => Ok(()),
    }
}

fn in_unit(
    session: &mut Session,
    unit: &Unit,
    sign: char,
    section: &str,
    key: &str,
    value: &str,
) -> Result<usize, Error> {
    let many = is_list(FileKind::Network, section, key);
    match (sign, value) {
        ('+', _) => unit.append(session, section, key, value).map(|()| 1),
        ('-', _) if many => unit.remove_word(session, section, key, value),
        ('-', _) => unit.remove(session, section, key, |old| old == value),
        (_, "") => unit.remove(session, section, key, |_| true),
        _ if many => unit.set_words(session, section, key, &words(value)).map(|()| 1),
        _ => unit.set(session, section, key, value).map(|()| 1),
    }
}

fn in_file(
    session: &mut Session,
    path: &Path,
    kind: FileKind,
    sign: char,
    section: &str,
    key: &str,
    value: &str,
) -> Result<usize, Error> {
    if sign != '-' && !value.is_empty() {
        kind.check(section, key, value)?;
    }
    let many = is_list(kind, section, key);
    let file = session.file(path)?;
    let done = match (sign, value) {
        ('+', _) => file.append(section, key, value).map(|()| 1),
        ('-', _) if many => file.remove_words(section, key, |old| old == value),
        ('-', _) => file.remove(section, key, |old| old == value),
        (_, "") => file.remove(section, key, |_| true),
        _ => file.set(section, key, value).map(|()| 1),
    };
    done.map_err(|source| unit::edit(path, source))
}

fn is_list(kind: FileKind, section: &str, key: &str) -> bool {
    kind.key(section, key)
        .is_some_and(|key| key.repeat == Repeat::Words)
}

fn words(value: &str) -> Vec<&str> {
    value.split_ascii_whitespace().collect()
}

/// An object with a slash is a file, which must be one of systemd's network files; else it is an interface.
fn place(session: &mut Session, object: &str, change: bool) -> Result<Place, Error> {
    if !object.contains('/') {
        let unit = match change {
            true => Unit::own(session, object)?,
            false => Unit::of_interface(session, object)?,
        };
        return Ok(Place::Interface(unit));
    }
    let path = session.layout().path(object);
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let inside = object.starts_with("/etc/systemd/") && !object.split('/').any(|part| part == "..");
    match FileKind::of(&name) {
        Some(kind) if inside => Ok(Place::File(path, kind)),
        _ => Err(Error::Parameter(format!(
            "{object} is not one of systemd's network files below /etc/systemd"
        ))),
    }
}

fn split(name: &str) -> Result<(&str, &str), Error> {
    match name.split_once('_') {
        Some((section, key)) if !section.is_empty() && !key.is_empty() => Ok((section, key)),
        _ => Err(Error::Parameter(format!(
            "{name:?} is not SECTION_SETTING, such as Network_DNS"
        ))),
    }
}
