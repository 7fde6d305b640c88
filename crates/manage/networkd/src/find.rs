//! Which file configures an interface, and which drop-ins belong to a file.
//!
//! systemd.network(5): the files of all directories are taken together in the order of their names; of two with
//! the same name the one in /etc hides the one in /run, and that the one in /usr; an empty file and a link to
//! /dev/null hide the others too. The first file whose [Match] section fits is the one that counts. Drop-ins are
//! the `*.conf` files in `NAME.d/` of all directories, in the order of their names.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::document::{Assignment, Document};
use crate::store::{self, StoreError};

/// Where configuration is, in the order of precedence.
const DIRECTORIES: [&str; 4] = [
    "etc/systemd",
    "run/systemd",
    "usr/local/lib/systemd",
    "usr/lib/systemd",
];

/// How well a file fits an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// It is for this interface alone: its [Match] section has nothing but the name.
    Exact,
    /// It is for other interfaces as well, or has conditions beside the name.
    Shared,
}

/// A file that fits an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// How well it fits.
    pub fit: Match,
}

/// The tree the files are in: `/`, or that of a system that does not run.
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The tree below `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// A path of the system, such as `/etc/hostname`, in this tree.
    pub fn path(&self, absolute: &str) -> PathBuf {
        self.root.join(absolute.trim_start_matches('/'))
    }

    /// The administrator's directory of network files.
    pub fn network_dir(&self) -> PathBuf {
        self.path("/etc/systemd/network")
    }

    /// The `.network` files in force, in the order in which networkd looks at them.
    pub fn network_files(&self) -> Result<Vec<PathBuf>, StoreError> {
        self.files(".network")
    }

    /// The files below `systemd/network` in force whose names end in `suffix`, such as `.netdev`, in order.
    pub fn files(&self, suffix: &str) -> Result<Vec<PathBuf>, StoreError> {
        let files = self.by_name("network", suffix)?;
        Ok(files.into_values().filter(|path| !is_mask(path)).collect())
    }

    /// The file that networkd would take for an interface of this name and, where that is known, MAC address.
    /// Other conditions are not judged: a file that has the name counts whatever they are, one that has neither
    /// name nor address does not.
    pub fn network_file(&self, interface: &str, mac: Option<&str>) -> Result<Option<Found>, StoreError> {
        self.matching(".network", "Name", interface, mac)
    }

    /// The `.link` file that udev would take for an interface of this name and MAC address.
    pub fn link_file(&self, interface: &str, mac: Option<&str>) -> Result<Option<Found>, StoreError> {
        self.matching(".link", "OriginalName", interface, mac)
    }

    fn matching(
        &self,
        suffix: &str,
        name_key: &str,
        interface: &str,
        mac: Option<&str>,
    ) -> Result<Option<Found>, StoreError> {
        for path in self.files(suffix)? {
            let file = self.with_drop_ins(&path)?;
            if let Some(fit) = fit(&file, name_key, interface, mac) {
                return Ok(Some(Found { path, fit }));
            }
        }
        Ok(None)
    }

    /// The drop-ins of a file such as `10-eth0.network` (in `network/`) or `resolved.conf`, in order.
    pub fn drop_ins(&self, file: &Path) -> Result<Vec<PathBuf>, StoreError> {
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let folder = match name.ends_with(".conf") {
            true => format!("{name}.d"),
            false => format!("network/{name}.d"),
        };
        let files = self.by_name(&folder, ".conf")?;
        Ok(files.into_values().filter(|path| !is_mask(path)).collect())
    }

    /// Where to write a file found anywhere so that it is in force: the same place below /etc.
    pub fn in_etc(&self, found: &Path) -> PathBuf {
        let below = DIRECTORIES
            .iter()
            .find_map(|dir| found.strip_prefix(self.root.join(dir)).ok());
        below.map_or(found.to_owned(), |below| self.path("/etc/systemd").join(below))
    }

    /// The [Match] sections of a file and its drop-ins as one document.
    fn with_drop_ins(&self, path: &Path) -> Result<Document, StoreError> {
        let main = store::load(path)?.unwrap_or_default();
        let drop_ins = self.drop_ins(path)?;
        if drop_ins.is_empty() {
            return Ok(main);
        }
        let mut text = main.to_bytes();
        for part in drop_ins {
            text.extend_from_slice(b"\n");
            text.extend(
                store::load(&part)?
                    .map(|file| file.to_bytes())
                    .unwrap_or_default(),
            );
        }
        Ok(Document::parse(&text))
    }

    /// The files of all directories by name, those of the directory of the highest precedence.
    fn by_name(&self, folder: &str, suffix: &str) -> Result<BTreeMap<String, PathBuf>, StoreError> {
        let mut files = BTreeMap::new();
        for directory in DIRECTORIES.iter().rev() {
            let directory = self.root.join(directory).join(folder);
            for name in names(&directory)?
                .into_iter()
                .filter(|name| name.ends_with(suffix))
            {
                let path = directory.join(&name);
                files.insert(name, path);
            }
        }
        Ok(files)
    }
}

/// The visible names in a directory that may be missing.
fn names(directory: &Path) -> Result<Vec<String>, StoreError> {
    let read = |source: io::Error| StoreError::Read {
        path: directory.to_owned(),
        source,
    };
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(read)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(read)?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    Ok(names)
}

/// An empty file, or a link to /dev/null.
fn is_mask(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|meta| !meta.is_file() || meta.len() == 0)
}

/// Whether a file's [Match] section fits an interface. Of a file that systemd gives up half way it is the part
/// before that which tells for what it was meant.
fn fit(file: &Document, name_key: &str, interface: &str, mac: Option<&str>) -> Option<Match> {
    let end = file.fatal_problem().map_or(usize::MAX, |problem| problem.line);
    let mut conditions = file.assignments();
    conditions.retain(|found| found.section == "Match" && found.line < end);
    let names = words(&conditions, name_key);
    let macs = words(&conditions, "MACAddress");
    let has_mac = mac.is_some_and(|mac| macs.iter().any(|wanted| wanted.eq_ignore_ascii_case(mac)));
    let other_mac = mac.is_some() && !macs.is_empty() && !has_mac;
    let named = if names.is_empty() {
        has_mac
    } else {
        fits(&names, interface)
    };
    if !named || other_mac {
        return None;
    }
    let own = names == [interface] && conditions.iter().all(|found| found.key == name_key);
    Some(if own { Match::Exact } else { Match::Shared })
}

/// The words in force of a condition.
fn words<'a>(conditions: &[Assignment<'a>], key: &str) -> Vec<&'a str> {
    let mut words = Vec::new();
    for found in conditions.iter().filter(|found| found.key == key) {
        match found.value {
            "" => words.clear(),
            value => words.extend(value.split_ascii_whitespace()),
        }
    }
    words
}

/// A `!` in front of the first pattern turns the whole list around.
fn fits(patterns: &[&str], interface: &str) -> bool {
    let (first, inverted) = match patterns[0].strip_prefix('!') {
        Some(first) => (first, true),
        None => (patterns[0], false),
    };
    let mut all = std::iter::once(first).chain(patterns[1..].iter().copied());
    all.any(|pattern| glob::Pattern::new(pattern).is_ok_and(|pattern| pattern.matches(interface))) != inverted
}
