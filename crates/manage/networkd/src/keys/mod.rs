//! The table of settings: which file and section each stands in, what it holds, whether it may be repeated.
//!
//! It is the single source for checking values before they are written and for the documentation. It has the
//! settings that our commands use; others are kept as they are and not judged.

mod conf;
mod link;
mod netdev;
mod network;

use crate::document::Document;
use crate::value::{Kind, ValueError};

/// A kind of configuration file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// `*.network`, systemd.network(5).
    Network,
    /// `*.netdev`, systemd.netdev(5).
    NetDev,
    /// `*.link`, systemd.link(5).
    Link,
    /// networkd.conf(5).
    NetworkdConf,
    /// resolved.conf(5).
    ResolvedConf,
    /// timesyncd.conf(5).
    TimesyncdConf,
}

impl FileKind {
    /// All kinds, in the order of the documentation.
    pub const ALL: [FileKind; 6] = [
        FileKind::Network,
        FileKind::NetDev,
        FileKind::Link,
        FileKind::NetworkdConf,
        FileKind::ResolvedConf,
        FileKind::TimesyncdConf,
    ];

    /// How the files are called.
    pub fn pattern(self) -> &'static str {
        match self {
            FileKind::Network => "*.network",
            FileKind::NetDev => "*.netdev",
            FileKind::Link => "*.link",
            FileKind::NetworkdConf => "networkd.conf",
            FileKind::ResolvedConf => "resolved.conf",
            FileKind::TimesyncdConf => "timesyncd.conf",
        }
    }

    /// The kind of a file by its name.
    pub fn of(name: &str) -> Option<FileKind> {
        FileKind::ALL
            .into_iter()
            .find(|kind| match kind.pattern().strip_prefix('*') {
                Some(suffix) => name.ends_with(suffix),
                None => name == kind.pattern(),
            })
    }

    /// The sections of this kind of file.
    pub fn sections(self) -> &'static [Section] {
        match self {
            FileKind::Network => network::SECTIONS,
            FileKind::NetDev => netdev::SECTIONS,
            FileKind::Link => link::SECTIONS,
            FileKind::NetworkdConf => conf::NETWORKD,
            FileKind::ResolvedConf => conf::RESOLVED,
            FileKind::TimesyncdConf => conf::TIMESYNCD,
        }
    }

    /// A section by name.
    pub fn section(self, name: &str) -> Option<&'static Section> {
        self.sections().iter().find(|section| section.name == name)
    }

    /// A setting by section and name.
    pub fn key(self, section: &str, name: &str) -> Option<&'static Key> {
        self.section(section)?.keys.iter().find(|key| key.name == name)
    }

    /// What is wrong in a file that somebody wrote by hand, in the order of its lines.
    pub fn review(self, file: &Document) -> Vec<Remark> {
        let form = file.problems().into_iter().map(|problem| Remark {
            line: problem.line,
            what: problem.fault.to_string(),
        });
        let values = file.assignments().into_iter().filter_map(|found| {
            let checked = match found.value {
                "" => Ok(()),
                value => self.check(found.section, found.key, value),
            };
            checked.err().map(|error| Remark {
                line: found.line,
                what: error.to_string(),
            })
        });
        let mut remarks: Vec<Remark> = form.chain(values).collect();
        remarks.sort_by_key(|remark| remark.line);
        remarks
    }

    /// Checks a value as networkd would; a setting that is not in the table passes.
    pub fn check(self, section: &str, name: &str, value: &str) -> Result<(), InvalidSetting> {
        let Some(key) = self.key(section, name) else {
            return Ok(());
        };
        key.check(value).map_err(|source| InvalidSetting {
            section: section.to_owned(),
            key: name.to_owned(),
            source,
        })
    }
}

/// A line that the daemon would reject or ignore.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Remark {
    /// The physical line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

/// A value that the daemon would reject, and where it was to be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("[{section}] {key}: {source}")]
pub struct InvalidSetting {
    /// The section.
    pub section: String,
    /// The setting.
    pub key: String,
    /// What the value breaks.
    pub source: ValueError,
}

/// A section and its settings.
#[derive(Debug)]
pub struct Section {
    /// Without brackets.
    pub name: &'static str,
    /// Whether each occurrence is a thing of its own, as each `[Route]` is one route.
    pub many: bool,
    /// The settings.
    pub keys: &'static [Key],
}

/// How often a setting may be given, and what its value is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// One value; the last assignment counts.
    Once,
    /// One value for each line; all lines count. (Most of them are reset by an empty one; networkd 252 rejects
    /// an empty Address or Gateway, so that lines are removed instead.)
    Lines,
    /// Values separated by spaces, on one line or several; an empty line resets.
    Words,
}

/// A setting.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What each value is.
    pub kind: Kind,
    /// How often it may be given.
    pub repeat: Repeat,
    /// The first version of systemd that knows it, if that is later than 252.
    pub since: u16,
}

impl Key {
    const fn since(self, version: u16) -> Key {
        Key {
            since: version,
            ..self
        }
    }

    /// Checks what is to be written behind `=`.
    pub fn check(&self, value: &str) -> Result<(), ValueError> {
        match self.repeat {
            Repeat::Once | Repeat::Lines => self.kind.check(value),
            Repeat::Words => value
                .split_ascii_whitespace()
                .try_for_each(|word| self.kind.check(word)),
        }
    }
}

const fn one(name: &'static str, keys: &'static [Key]) -> Section {
    Section {
        name,
        many: false,
        keys,
    }
}

const fn many(name: &'static str, keys: &'static [Key]) -> Section {
    Section {
        name,
        many: true,
        keys,
    }
}

const fn once(name: &'static str, kind: Kind) -> Key {
    key(name, kind, Repeat::Once)
}

const fn lines(name: &'static str, kind: Kind) -> Key {
    key(name, kind, Repeat::Lines)
}

const fn words(name: &'static str, kind: Kind) -> Key {
    key(name, kind, Repeat::Words)
}

const fn key(name: &'static str, kind: Kind, repeat: Repeat) -> Key {
    Key {
        name,
        kind,
        repeat,
        since: 252,
    }
}
