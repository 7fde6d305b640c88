//! A file with its drop-ins, seen as one.

use std::path::{Path, PathBuf};

use networkd::{EditError, FileKind, Found, Match};

use crate::error::Error;
use crate::session::Session;

/// A configuration file and its drop-ins, in the order in which systemd reads them.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    kind: FileKind,
    parts: Vec<PathBuf>,
}

impl Unit {
    /// One of the files in /etc/systemd with a fixed name.
    pub(crate) fn conf(session: &mut Session, kind: FileKind) -> Result<Self, Error> {
        let main = session.layout().path("/etc/systemd").join(kind.pattern());
        Self::with_drop_ins(session, kind, main)
    }

    /// The file for an interface, to look at; without one, nothing is set.
    pub(crate) fn of_interface(session: &mut Session, interface: &str) -> Result<Self, Error> {
        check_interface(session, interface)?;
        match network_file(session, interface)? {
            Some(found) => Self::with_drop_ins(session, FileKind::Network, found.path),
            None => Ok(Unit {
                kind: FileKind::Network,
                parts: Vec::new(),
            }),
        }
    }

    /// The file for an interface alone, to be changed; made if there is none.
    pub(crate) fn own(session: &mut Session, interface: &str) -> Result<Self, Error> {
        check_interface(session, interface)?;
        if let Some(unit) = Self::made_now(session, FileKind::Network, interface, "network") {
            return Ok(unit);
        }
        let found = network_file(session, interface)?;
        match found {
            Some(found) if found.fit == Match::Exact => {
                Self::with_drop_ins(session, FileKind::Network, found.path)
            }
            Some(found) => Self::copied(session, interface, &found.path),
            None => Self::made(session, interface),
        }
    }

    /// A part that systemd gives up half way would count for nothing, so that it is neither shown nor changed.
    fn with_drop_ins(session: &mut Session, kind: FileKind, main: PathBuf) -> Result<Self, Error> {
        let mut parts = session.layout().drop_ins(&main)?;
        parts.insert(0, main);
        for part in &parts {
            if let Some(problem) = session.file(part)?.fatal_problem() {
                return Err(edit(part, EditError::BrokenFile(problem)));
            }
        }
        Ok(Unit { kind, parts })
    }

    /// The `.link` file for an interface alone, to be changed. udev takes one file only, so that a new one starts
    /// with what the one in force until now says: without the policies in 99-default.link the interface would be
    /// called another name.
    pub(crate) fn own_link(session: &mut Session, interface: &str) -> Result<Self, Error> {
        check_interface(session, interface)?;
        if let Some(unit) = Self::made_now(session, FileKind::Link, interface, "link") {
            return Ok(unit);
        }
        let mac = mac_of(session, interface);
        let found = session.layout().link_file(interface, mac.as_deref())?;
        let shared = match found {
            Some(found) if found.fit == Match::Exact => {
                return Self::with_drop_ins(session, FileKind::Link, found.path);
            }
            found => found.map(|found| found.path),
        };
        let path = new_path(session, interface, "link", shared.as_deref())?;
        if let Some(shared) = shared {
            *session.file(&path)? = session.file(&shared)?.clone();
        }
        let unit = Self::new(FileKind::Link, path);
        for key in unit.keys_of(session, "Match")? {
            unit.remove(session, "Match", &key, |_| true)?;
        }
        unit.set(session, "Match", "OriginalName", interface)?;
        Ok(unit)
    }

    /// The `.link` file for an interface, to look at.
    pub(crate) fn link_of(session: &mut Session, interface: &str) -> Result<Self, Error> {
        let mac = mac_of(session, interface);
        match session.layout().link_file(interface, mac.as_deref())? {
            Some(found) => Self::with_drop_ins(session, FileKind::Link, found.path),
            None => Ok(Unit {
                kind: FileKind::Link,
                parts: Vec::new(),
            }),
        }
    }

    /// One file, there already or to be made.
    pub(crate) fn new(kind: FileKind, path: PathBuf) -> Self {
        Unit {
            kind,
            parts: vec![path],
        }
    }

    /// The files, as they are to be.
    pub(crate) fn paths(&self, session: &mut Session) -> Result<Vec<PathBuf>, Error> {
        self.current(session)
    }

    /// The names of the settings in a section, each once.
    fn keys_of(&self, session: &mut Session, section: &str) -> Result<Vec<String>, Error> {
        let mut keys: Vec<String> = self
            .blocks(session, section)?
            .into_iter()
            .flatten()
            .map(|(key, _)| key)
            .collect();
        keys.sort();
        keys.dedup();
        Ok(keys)
    }

    /// The file for an interface that was made in this session, which is not on the disk yet.
    fn made_now(session: &Session, kind: FileKind, interface: &str, suffix: &str) -> Option<Self> {
        let names = ["00", session.order()].map(|order| format!("{order}-{interface}.{suffix}"));
        let directory = session.layout().network_dir();
        let main = names
            .iter()
            .map(|name| directory.join(name))
            .find(|path| session.is_new(path))?;
        let drop_ins = main.with_extension(format!("{suffix}.d"));
        let parts = session.new_files().filter(|path| path.starts_with(&drop_ins));
        Some(Unit {
            kind,
            parts: std::iter::once(main.as_path())
                .chain(parts)
                .map(Path::to_owned)
                .collect(),
        })
    }

    fn made(session: &mut Session, interface: &str) -> Result<Self, Error> {
        let path = new_path(session, interface, "network", None)?;
        let file = session.file(&path)?;
        file.set("Match", "Name", interface)
            .map_err(|source| edit(&path, source))?;
        Self::with_drop_ins(session, FileKind::Network, path)
    }

    /// What a file for several interfaces says, in a file for this one, drop-ins included.
    fn copied(session: &mut Session, interface: &str, shared: &Path) -> Result<Self, Error> {
        let path = new_path(session, interface, "network", Some(shared))?;
        let drop_ins = Self::with_drop_ins(session, FileKind::Network, shared.to_owned())?
            .parts
            .split_off(1);
        let mut parts = vec![path.clone()];
        *session.file(&path)? = session.file(shared)?.clone();
        for drop_in in drop_ins {
            let copy = path
                .with_extension("network.d")
                .join(drop_in.file_name().unwrap_or_default());
            *session.file(&copy)? = session.file(&drop_in)?.clone();
            parts.push(copy);
        }
        let unit = Unit {
            kind: FileKind::Network,
            parts,
        };
        unit.remove(session, "Match", "Name", |_| true)?;
        let file = session.file(&path)?;
        file.set("Match", "Name", interface)
            .map_err(|source| edit(&path, source))?;
        Ok(unit)
    }

    /// Its main file.
    pub(crate) fn main(&self) -> PathBuf {
        self.parts.first().cloned().unwrap_or_default()
    }

    /// The values in force of a setting that may be repeated.
    pub(crate) fn values(
        &self,
        session: &mut Session,
        section: &str,
        key: &str,
    ) -> Result<Vec<String>, Error> {
        let mut values = Vec::new();
        for part in self.current(session)? {
            for value in session.file(&part)?.assigned(section, key) {
                match value {
                    "" => values.clear(),
                    value => values.push(value.to_owned()),
                }
            }
        }
        Ok(values)
    }

    /// The words in force of a setting that holds lists.
    pub(crate) fn words(
        &self,
        session: &mut Session,
        section: &str,
        key: &str,
    ) -> Result<Vec<String>, Error> {
        let values = self.values(session, section, key)?;
        Ok(values
            .iter()
            .flat_map(|value| value.split_ascii_whitespace())
            .map(str::to_owned)
            .collect())
    }

    /// The value in force of a setting that holds one.
    pub(crate) fn value(
        &self,
        session: &mut Session,
        section: &str,
        key: &str,
    ) -> Result<Option<String>, Error> {
        Ok(self.values(session, section, key)?.pop())
    }

    /// Gives a single-valued setting its value, where it is in force now.
    pub(crate) fn set(
        &self,
        session: &mut Session,
        section: &str,
        key: &str,
        value: &str,
    ) -> Result<(), Error> {
        self.kind.check(section, key, value)?;
        let part = self.part_for(session, section, key)?;
        session
            .file(&part)?
            .set(section, key, value)
            .map_err(|source| edit(&part, source))
    }

    /// Adds a line for a setting that may be repeated.
    pub(crate) fn append(
        &self,
        session: &mut Session,
        section: &str,
        key: &str,
        value: &str,
    ) -> Result<(), Error> {
        self.kind.check(section, key, value)?;
        let part = self.part_for(session, section, key)?;
        session
            .file(&part)?
            .append(section, key, value)
            .map_err(|source| edit(&part, source))
    }

    /// Puts words in the place of those that are set.
    pub(crate) fn set_words(
        &self,
        session: &mut Session,
        section: &str,
        key: &str,
        words: &[&str],
    ) -> Result<(), Error> {
        if words.is_empty() {
            return self.remove(session, section, key, |_| true).map(|_| ());
        }
        let value = words.join(" ");
        self.kind.check(section, key, &value)?;
        let part = self.part_for(session, section, key)?;
        // The first line is rewritten and the others go, so that the comment above stays where it belongs.
        let lines = session.file(&part)?.assigned(section, key).len();
        let mut line = 0;
        let not_last = |_: &str| {
            line += 1;
            line < lines
        };
        session
            .file(&part)?
            .remove(section, key, not_last)
            .map_err(|source| edit(&part, source))?;
        session
            .file(&part)?
            .set(section, key, &value)
            .map_err(|source| edit(&part, source))?;
        for other in self.current(session)?.into_iter().filter(|other| *other != part) {
            self.remove_from(session, &other, section, key, |_| true)?;
        }
        Ok(())
    }

    /// Removes lines whose values `wanted` picks; how many.
    pub(crate) fn remove(
        &self,
        session: &mut Session,
        section: &str,
        key: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<usize, Error> {
        let mut removed = 0;
        for part in self.current(session)? {
            removed += self.remove_from(session, &part, section, key, &wanted)?;
        }
        Ok(removed)
    }

    fn remove_from(
        &self,
        session: &mut Session,
        part: &Path,
        section: &str,
        key: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<usize, Error> {
        if !session
            .file(part)?
            .assigned(section, key)
            .into_iter()
            .any(&wanted)
        {
            return Ok(0);
        }
        let part = writable(session, part)?;
        session
            .file(&part)?
            .remove(section, key, wanted)
            .map_err(|source| edit(&part, source))
    }

    /// Removes words of a setting that holds lists; how many.
    pub(crate) fn remove_word(
        &self,
        session: &mut Session,
        section: &str,
        key: &str,
        word: &str,
    ) -> Result<usize, Error> {
        let mut removed = 0;
        for part in self.current(session)? {
            let has = |value: &str| value.split_ascii_whitespace().any(|w| w == word);
            if session.file(&part)?.assigned(section, key).into_iter().any(has) {
                let part = writable(session, &part)?;
                let file = session.file(&part)?;
                removed += file
                    .remove_words(section, key, |w| w == word)
                    .map_err(|source| edit(&part, source))?;
            }
        }
        Ok(removed)
    }

    /// Adds an occurrence of a section that is a thing of its own.
    pub(crate) fn add_block(
        &self,
        session: &mut Session,
        section: &str,
        settings: &[(&str, &str)],
    ) -> Result<(), Error> {
        for (key, value) in settings {
            self.kind.check(section, key, value)?;
        }
        let main = self.parts.first().cloned().unwrap_or_default();
        let part = writable(session, &main)?;
        session
            .file(&part)?
            .add_block(section, settings)
            .map_err(|source| edit(&part, source))
    }

    /// Adds an occurrence of a section, unless there is one with the same settings.
    pub(crate) fn add_new_block(
        &self,
        session: &mut Session,
        section: &str,
        settings: &[(&str, &str)],
    ) -> Result<(), Error> {
        let same = |old: &Vec<(String, String)>| {
            old.len() == settings.len() && old.iter().zip(settings).all(|(a, b)| (&*a.0, &*a.1) == *b)
        };
        match self.blocks(session, section)?.iter().any(same) {
            true => Err(Error::Exists(format!(
                "there is a [{section}] with these settings already"
            ))),
            false => self.add_block(session, section, settings),
        }
    }

    /// The settings of each occurrence of a section, in all parts.
    pub(crate) fn blocks(
        &self,
        session: &mut Session,
        section: &str,
    ) -> Result<Vec<Vec<(String, String)>>, Error> {
        let mut found = Vec::new();
        for part in self.current(session)? {
            for block in session
                .file(&part)?
                .blocks()
                .filter(|block| block.name == section)
            {
                found.push(
                    block
                        .assignments()
                        .map(|(k, v)| (k.to_owned(), v.to_owned()))
                        .collect(),
                );
            }
        }
        Ok(found)
    }

    /// Removes the occurrences of a section that `wanted` picks; how many.
    pub(crate) fn remove_blocks(
        &self,
        session: &mut Session,
        section: &str,
        wanted: impl Fn(&[(&str, &str)]) -> bool,
    ) -> Result<usize, Error> {
        let mut removed = 0;
        for part in self.current(session)? {
            let picked: Vec<usize> = session
                .file(&part)?
                .blocks()
                .filter(|block| block.name == section && wanted(&block.assignments().collect::<Vec<_>>()))
                .map(|block| block.index)
                .collect();
            for index in picked.iter().rev() {
                let part = writable(session, &part)?;
                session
                    .file(&part)?
                    .remove_block(*index)
                    .map_err(|source| edit(&part, source))?;
            }
            removed += picked.len();
        }
        Ok(removed)
    }

    /// The parts as they are to be: a part below /usr that has been changed is the one below /etc.
    fn current(&self, session: &mut Session) -> Result<Vec<PathBuf>, Error> {
        let mut parts = Vec::new();
        for part in &self.parts {
            let path = session.layout().in_etc(part);
            let moved = path != *part && session.exists(&path)?;
            parts.push(if moved { path } else { part.clone() });
        }
        Ok(parts)
    }

    /// The part in which a setting is in force, else the main file; below /etc.
    fn part_for(&self, session: &mut Session, section: &str, key: &str) -> Result<PathBuf, Error> {
        let parts = self.current(session)?;
        let mut chosen = parts.first().cloned().unwrap_or_default();
        for part in parts {
            if !session.file(&part)?.assigned(section, key).is_empty() {
                chosen = part;
            }
        }
        writable(session, &chosen)
    }
}

/// The same file below /etc, with what the one elsewhere says.
fn writable(session: &mut Session, part: &Path) -> Result<PathBuf, Error> {
    let path = session.layout().in_etc(part);
    if path != part && !session.exists(&path)? {
        *session.file(&path)? = session.file(part)?.clone();
    }
    Ok(path)
}

/// Where a file for an interface alone is to be. Files are read in the order of their names, so that it must be
/// before the one that counted until now. One that is there but for something else is not taken over.
pub(crate) fn new_path(
    session: &mut Session,
    interface: &str,
    kind: &str,
    shared: Option<&Path>,
) -> Result<PathBuf, Error> {
    let name = format!("{}-{interface}.{kind}", session.order());
    let too_late = shared
        .and_then(Path::file_name)
        .is_some_and(|shared| shared < std::ffi::OsStr::new(&name));
    let name = match too_late {
        true => format!("00-{interface}.{kind}"),
        false => name,
    };
    let path = session.layout().network_dir().join(name);
    if session.exists(&path)? {
        let text = format!(
            "{} exists but is not for {interface}; rename it first",
            path.display()
        );
        return Err(Error::Exists(text));
    }
    Ok(path)
}

fn network_file(session: &Session, interface: &str) -> Result<Option<Found>, Error> {
    let mac = mac_of(session, interface);
    Ok(session.layout().network_file(interface, mac.as_deref())?)
}

fn mac_of(session: &Session, interface: &str) -> Option<String> {
    match session.is_live() {
        true => crate::live::mac(interface),
        false => None,
    }
}

/// An interface that is not there yet may be configured if there is a file that makes it.
fn check_interface(session: &mut Session, interface: &str) -> Result<(), Error> {
    let valid = FileKind::NetDev.check("NetDev", "Name", interface);
    valid.map_err(|invalid| Error::Interface(invalid.source.to_string()))?;
    if session.is_live() && !crate::live::exists(interface) && netdev_file(session, interface)?.is_none() {
        return Err(Error::Interface(format!("there is no interface {interface}")));
    }
    Ok(())
}

/// The `.netdev` file that makes an interface.
pub(crate) fn netdev_file(session: &mut Session, name: &str) -> Result<Option<PathBuf>, Error> {
    let mut paths = session.layout().files(".netdev")?;
    let new = session
        .new_files()
        .filter(|path| path.extension().is_some_and(|e| e == "netdev"));
    paths.extend(new.map(Path::to_owned));
    for path in paths {
        if session.file(&path)?.value("NetDev", "Name") == Some(name) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

pub(crate) fn edit(path: &Path, source: EditError) -> Error {
    Error::Edit {
        path: path.to_owned(),
        source,
    }
}
