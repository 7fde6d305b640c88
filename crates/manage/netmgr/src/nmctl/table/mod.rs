//! The table of commands: what is parsed, done, helped with, completed and documented.

mod address;
mod dhcp;
mod filter;
mod link;
mod names;
mod netdev;
mod other;
mod status;
mod toggle;
mod tuning;

use networkd::FileKind;
use serde_json::Value;

use super::request::Request;
use crate::error::Error;
use crate::session::Session;

/// A command.
#[derive(Debug)]
pub struct Command {
    /// Its name.
    pub name: &'static str,
    /// Its short name; empty if it has none.
    pub alias: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    /// The words that may follow.
    pub words: &'static [Word],
    /// How it is done.
    pub does: Does,
}

/// A word that is followed by a value, or a value that stands alone.
#[derive(Debug)]
pub struct Word {
    /// What it is called, the other names behind the first.
    pub names: &'static [&'static str],
    /// What its value is called in the help.
    pub value: &'static str,
    /// Where the value stands.
    pub place: Place,
    /// Whether the command cannot do without.
    pub needed: bool,
    /// What the value is.
    pub holds: Holds,
}

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Behind its word.
    Named,
    /// Without a word, before the others.
    Leading,
    /// Behind its word, or without it.
    Bare,
    /// Without a word; it takes all that are left.
    Rest,
}

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub enum Holds {
    /// A setting: in which kind of file, in which section, its name.
    Setting(FileKind, &'static str, &'static str),
    /// Something else, and the words it may be where those are few.
    Other(&'static str, &'static [&'static str]),
}

/// How a command is done.
pub enum Does {
    /// It prints something.
    Show(fn(&mut Session, &Request) -> Result<Value, Error>),
    /// It gives the settings of its words their values.
    Set,
    /// It adds a section made of its words.
    Add,
    /// It makes a virtual interface.
    Create(&'static Netdev),
    /// It changes files in a way of its own.
    Change(fn(&mut Session, &Request) -> Result<(), Error>),
    /// It does something to what runs.
    Act(fn(&Request) -> Result<Act, Error>),
    /// It opens a file of an interface in an editor.
    Edit(FileKind),
}

impl std::fmt::Debug for Does {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Does::Show(_) => "Show",
            Does::Set => "Set",
            Does::Add => "Add",
            Does::Create(_) => "Create",
            Does::Change(_) => "Change",
            Does::Act(_) => "Act",
            Does::Edit(_) => "Edit",
        })
    }
}

/// Something done to the running system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A program is run; what it prints is printed.
    Run(Vec<String>),
    /// A link is brought up, or down.
    Link(String, bool),
    /// networkd reads its files again.
    Reload,
    /// networkd configures a link anew.
    Reconfigure(String),
}

/// A kind of virtual interface.
#[derive(Debug)]
pub struct Netdev {
    /// networkd's name of it.
    pub kind: &'static str,
    /// The setting by which the file of the interface below names it.
    pub below: Option<&'static str>,
    /// The setting by which the files of its members name it.
    pub members: Option<&'static str>,
    /// Whether it can do without an interface below; then it must say that it is independent, in this section.
    pub independent: Option<&'static str>,
}

const fn word(names: &'static [&'static str], value: &'static str, holds: Holds) -> Word {
    Word {
        names,
        value,
        place: Place::Named,
        needed: false,
        holds,
    }
}

/// A word for a setting of the interface's `.network` file.
const fn net(names: &'static [&'static str], section: &'static str, key: &'static str) -> Word {
    word(names, "VALUE", Holds::Setting(FileKind::Network, section, key))
}

/// A word for a setting of a `.netdev` file.
const fn dev(names: &'static [&'static str], section: &'static str, key: &'static str) -> Word {
    word(names, "VALUE", Holds::Setting(FileKind::NetDev, section, key))
}

/// A word for a setting in the `[Link]` section of the interface's `.link` file.
const fn tune(names: &'static [&'static str], key: &'static str) -> Word {
    word(names, "VALUE", Holds::Setting(FileKind::Link, "Link", key))
}

const fn other(names: &'static [&'static str], value: &'static str, about: &'static str) -> Word {
    word(names, value, Holds::Other(about, &[]))
}

const fn one_of(
    names: &'static [&'static str],
    about: &'static str,
    choices: &'static [&'static str],
) -> Word {
    word(names, "WORD", Holds::Other(about, choices))
}

impl Word {
    const fn needed(self) -> Word {
        Word { needed: true, ..self }
    }

    const fn leading(self) -> Word {
        Word {
            place: Place::Leading,
            ..self
        }
    }

    const fn bare(self) -> Word {
        Word {
            place: Place::Bare,
            ..self
        }
    }

    const fn rest(self) -> Word {
        Word {
            place: Place::Rest,
            ..self
        }
    }

    /// The name that is shown.
    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }

    /// What the value may be, as a sentence's end.
    pub fn rule(&self) -> String {
        match self.holds {
            Holds::Other(about, []) => about.to_owned(),
            Holds::Other(about, choices) => format!("{about}: {}", choices.join(", ")),
            Holds::Setting(kind, section, key) => match kind.key(section, key) {
                Some(found) => format!("[{section}] {key}: {}", found.kind),
                None => format!("[{section}] {key}"),
            },
        }
    }

    /// The words that the value may be, as far as they are known.
    pub fn choices(&self) -> Vec<&'static str> {
        match self.holds {
            Holds::Other(_, choices) => choices.to_vec(),
            Holds::Setting(kind, section, key) => match kind.key(section, key).map(|found| found.kind) {
                Some(networkd::Kind::Bool) => vec!["yes", "no"],
                Some(networkd::Kind::BoolOr(words)) => ["yes", "no"].iter().chain(words).copied().collect(),
                Some(networkd::Kind::Choice(words)) => words.to_vec(),
                _ => Vec::new(),
            },
        }
    }
}

const BOOLEAN: &[&str] = &["yes", "no"];
const FAMILIES: &[&str] = &["ipv4", "ipv6", "4", "6", "yes"];

/// The interface that a command is about.
const DEV: Word = maybe_dev().needed();
const KEEP: Word = one_of(&["keep"], "keep what is set, and add to it", BOOLEAN);
const FAMILY: Word = one_of(&["f", "family"], "of which family; yes is both", FAMILIES);

const fn maybe_dev() -> Word {
    Word {
        place: Place::Bare,
        ..other(&["dev", "device", "link"], "DEVICE", "the interface")
    }
}

/// All commands, in the order of the help.
pub fn commands() -> impl Iterator<Item = &'static Command> {
    const GROUPS: &[&[Command]] = &[
        status::COMMANDS,
        link::COMMANDS,
        dhcp::COMMANDS,
        address::COMMANDS,
        names::COMMANDS,
        toggle::COMMANDS,
        netdev::COMMANDS,
        tuning::COMMANDS,
        other::COMMANDS,
        filter::COMMANDS,
    ];
    GROUPS.iter().flat_map(|group| group.iter())
}

/// A command by its name or alias.
pub fn find(name: &str) -> Option<&'static Command> {
    commands()
        .find(|command| command.name == name)
        .or_else(|| commands().find(|command| !command.alias.is_empty() && command.alias == name))
}
