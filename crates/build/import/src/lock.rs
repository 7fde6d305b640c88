//! `lumen.lock`: every Debian package an import uses, pinned by version, size and SHA-256.
//!
//! One line per package, sorted, so that a change of one package is a change of one line. Paths are relative to the
//! mirror, of which the file knows nothing.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::lock_date;

/// Raised when the meaning of the file changes.
const FORMAT: u32 = 1;

const HEAD: &str = "# Written by `lumen import`. Every Debian package is pinned by version, size and SHA-256;\n\
    # paths are relative to the mirror. `lumen import --update` takes what is newest.\n";

/// The lock file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Reading failed.
    #[error("cannot read the lock file {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The text is not a lock file of a format we know.
    #[error(
        "cannot understand the lock file {path}: {reason}; restore it from version control, or delete it and run \
         `lumen import --update` to pin everything anew"
    )]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// Writing failed.
    #[error("cannot write the lock file {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: atomic_file::Error,
    },
}

/// The whole file: one section per architecture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    architectures: BTreeMap<String, ArchLock>,
}

/// What is pinned for one architecture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchLock {
    /// When each suite was published that the pins come from, seconds since 1970.
    pub suites: BTreeMap<String, u64>,
    /// The pins by package name.
    pub debs: BTreeMap<String, Pin>,
}

/// One pinned Debian package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// Debian's version.
    pub version: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 in lower-case hex.
    pub sha256: String,
    /// Path below the mirror's root.
    pub path: String,
    /// Whether it is in the security archive.
    #[serde(default)]
    pub security: bool,
    /// The metapackage whose dependency this package is, if that is how it was chosen.
    #[serde(default)]
    pub through: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    format: u32,
    #[serde(default)]
    suite: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    deb: BTreeMap<String, BTreeMap<String, Pin>>,
}

impl Lock {
    /// Reads the file; one that does not exist is an empty lock.
    pub fn load(path: &Path) -> Result<Self, LockError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).map_err(|reason| LockError::Parse {
                path: path.to_owned(),
                reason,
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(LockError::Read {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// Writes the file, the whole of it or nothing, and only when it changes.
    pub fn save(&self, path: &Path) -> Result<(), LockError> {
        let text = self.to_string();
        if std::fs::read_to_string(path).is_ok_and(|present| present == text) {
            return Ok(());
        }
        let written = atomic_file::write(path, text.as_bytes(), 0o644);
        written.map_err(|source| LockError::Write {
            path: path.to_owned(),
            source,
        })
    }

    /// The pins of an architecture, if it was ever imported.
    pub fn get(&self, arch: &str) -> Option<&ArchLock> {
        self.architectures.get(arch)
    }

    /// Replaces the pins of an architecture.
    pub fn set(&mut self, arch: &str, pins: ArchLock) {
        self.architectures.insert(arch.to_owned(), pins);
    }

    fn parse(text: &str) -> Result<Self, String> {
        let text: Text = toml::from_str(text).map_err(|error| error.to_string())?;
        if text.format != FORMAT {
            return Err(format!(
                "it has format {}, this program knows format {FORMAT}",
                text.format
            ));
        }
        let mut architectures: BTreeMap<String, ArchLock> = BTreeMap::new();
        for (arch, debs) in text.deb {
            debs.iter().try_for_each(|(name, pin)| pin.check(name))?;
            architectures.entry(arch).or_default().debs = debs;
        }
        for (arch, suites) in text.suite {
            architectures.entry(arch).or_default().suites = dates(suites)?;
        }
        Ok(Self { architectures })
    }
}

fn dates(suites: BTreeMap<String, String>) -> Result<BTreeMap<String, u64>, String> {
    let read = |(suite, date): (String, String)| match lock_date::parse(&date) {
        Some(seconds) => Ok((suite, seconds)),
        None => Err(format!(
            "the date {date:?} of suite {suite} is not of the form 2026-01-31T23:59:59Z"
        )),
    };
    suites.into_iter().map(read).collect()
}

impl ArchLock {
    /// The date of the newest suite: no file of a package may be younger, and nothing we make is.
    pub fn date(&self) -> u64 {
        self.suites.values().copied().max().unwrap_or_default()
    }

    /// The pin of a package chosen through a metapackage.
    pub fn find_through(&self, metapackage: &str, prefix: &str) -> Option<(&str, &Pin)> {
        let chosen = |(name, pin): &(&String, &Pin)| {
            name.starts_with(prefix) && pin.through.as_deref() == Some(metapackage)
        };
        self.debs
            .iter()
            .find(chosen)
            .map(|(name, pin)| (name.as_str(), pin))
    }
}

impl Pin {
    /// Refuses what would lead a download or a file name astray: the file may come from anywhere.
    fn check(&self, name: &str) -> Result<(), String> {
        let hex = self.sha256.len() == 64
            && self
                .sha256
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let climbs = self.path.split('/').any(|part| matches!(part, "" | "." | ".."));
        match (hex, climbs) {
            (true, false) => Ok(()),
            (false, _) => Err(format!("the sha256 of {name} is not 64 lower-case hex digits")),
            (_, true) => Err(format!("the path {:?} of {name} leaves the mirror", self.path)),
        }
    }

    fn line(&self) -> String {
        let mut line = format!(
            "{{ version = \"{}\", size = {}, sha256 = \"{}\", path = \"{}\"",
            self.version, self.size, self.sha256, self.path
        );
        if self.security {
            line += ", security = true";
        }
        if let Some(through) = &self.through {
            line += &format!(", through = \"{through}\"");
        }
        line + " }"
    }
}

impl std::fmt::Display for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{HEAD}format = {FORMAT}")?;
        for (arch, pins) in &self.architectures {
            writeln!(f, "\n[suite.{arch}]")?;
            for (suite, date) in &pins.suites {
                writeln!(f, "{suite} = \"{}\"", lock_date::format(*date))?;
            }
            writeln!(f, "\n[deb.{arch}]")?;
            for (name, pin) in &pins.debs {
                writeln!(f, "{} = {}", key(name), pin.line())?;
            }
        }
        Ok(())
    }
}

/// A TOML key: Debian's names may contain `+` and `.`, which must be quoted.
fn key(name: &str) -> String {
    let bare = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let mut key = String::new();
    let _ = if bare {
        write!(key, "{name}")
    } else {
        write!(key, "\"{name}\"")
    };
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(version: &str) -> Pin {
        let path = format!("pool/main/a/a_{version}_amd64.deb");
        Pin {
            version: version.into(),
            size: 5,
            sha256: "ab".repeat(32),
            path,
            security: false,
            through: None,
        }
    }

    fn lock() -> Lock {
        let mut pins = ArchLock::default();
        pins.suites.insert("trixie".into(), 1_789_199_741);
        pins.suites.insert("trixie-security".into(), 1_795_040_263);
        pins.debs.insert(
            "libstdc++6".into(),
            Pin {
                security: true,
                ..pin("14.2.0-19")
            },
        );
        pins.debs.insert("bash".into(), pin("5.2.37-2+b10"));
        pins.debs.insert(
            "k-6.12".into(),
            Pin {
                through: Some("k".into()),
                ..pin("6.12")
            },
        );
        let mut lock = Lock::default();
        lock.set("x86_64", pins);
        lock
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = lock().to_string();
        assert_eq!(Lock::parse(&text).unwrap(), lock(), "{text}");
        assert!(text.contains("trixie = \"2026-09-12T07:55:41Z\""), "{text}");
        assert!(
            text.find("bash").unwrap() < text.find("libstdc++6").unwrap(),
            "sorted"
        );
    }

    #[test]
    fn the_date_is_that_of_the_newest_suite() {
        assert_eq!(lock().get("x86_64").unwrap().date(), 1_795_040_263);
    }

    #[test]
    fn packages_behind_metapackages_are_found() {
        let lock = lock();
        let pins = lock.get("x86_64").unwrap();
        assert_eq!(pins.find_through("k", "k-6").unwrap().0, "k-6.12");
        assert!(pins.find_through("k", "j").is_none());
        assert!(pins.find_through("other", "k-6").is_none());
    }

    #[test]
    fn a_lock_that_leads_astray_is_refused() {
        let text = lock().to_string();
        for (from, to) in [
            ("pool/main", "../../etc"),
            ("abab", "ABAB"),
            ("format = 1", "format = 2"),
            ("size", "weight"),
        ] {
            let text = text.replace(from, to);
            assert!(Lock::parse(&text).is_err(), "{to}");
        }
    }

    #[test]
    fn an_absent_file_is_empty_and_a_broken_one_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lumen.lock");
        assert_eq!(Lock::load(&path).unwrap(), Lock::default());
        lock().save(&path).unwrap();
        assert_eq!(Lock::load(&path).unwrap(), lock());
        std::fs::write(&path, "<<<<<<< HEAD\n").unwrap();
        let text = Lock::load(&path).unwrap_err().to_string();
        assert!(text.contains("lumen.lock") && text.contains("--update"), "{text}");
    }
}
