//! From words to what is asked for.

use networkd::{FileKind, Repeat};

use super::table::{Command, Holds, Place, Word};
use crate::error::Error;
use crate::objects::family::Family;

/// A command and the values of its words.
#[derive(Debug)]
pub struct Request {
    /// The command.
    pub command: &'static Command,
    values: Vec<(&'static Word, String)>,
}

/// A setting that was given a value.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) kind: FileKind,
    pub(super) section: &'static str,
    pub(super) key: &'static str,
    pub(super) value: String,
}

impl Request {
    /// Understands the words behind a command's name.
    pub(super) fn parse(command: &'static Command, words: &[String]) -> Result<Self, Error> {
        let mut request = Request {
            command,
            values: Vec::new(),
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            request.take(word, &mut words)?;
        }
        match command
            .words
            .iter()
            .find(|word| word.needed && !request.has(word))
        {
            Some(missing) => Err(request.misuse(&format!("needs {}", usage(missing)))),
            None => Ok(request),
        }
    }

    fn take(&mut self, text: &str, rest: &mut std::slice::Iter<'_, String>) -> Result<(), Error> {
        let unfilled = |place: Place| {
            let mut words = self.command.words.iter();
            words.find(|word| word.place == place && (place == Place::Rest || !self.has(word)))
        };
        if let Some(word) = unfilled(Place::Leading) {
            return self.put(word, text);
        }
        let is_named = |word: &&'static Word| {
            !matches!(word.place, Place::Leading | Place::Rest) && word.names.contains(&text)
        };
        if let Some(word) = self.command.words.iter().find(is_named) {
            let value = rest.next();
            let value =
                value.ok_or_else(|| self.misuse(&format!("{text} needs a value: {}", word.rule())))?;
            return self.put(word, value);
        }
        match unfilled(Place::Bare).or_else(|| unfilled(Place::Rest)) {
            Some(word) => self.put(word, text),
            None => {
                let known: Vec<&str> = match self.command.words {
                    [] => vec!["none"],
                    words => words.iter().map(Word::name).collect(),
                };
                Err(self.misuse(&format!(
                    "does not know the word {text:?}; it knows {}",
                    known.join(", ")
                )))
            }
        }
    }

    fn put(&mut self, word: &'static Word, value: &str) -> Result<(), Error> {
        if self.has(word) && !takes_many(word) {
            return Err(self.misuse(&format!("has {} twice", word.name())));
        }
        if let Holds::Other(_, choices) = word.holds
            && !choices.is_empty()
            && !choices.contains(&value)
            && !is_choice(choices, value)
        {
            return Err(self.misuse(&format!(
                "{}: {value:?} is not one of {}",
                word.name(),
                choices.join(", ")
            )));
        }
        self.values.push((word, value.to_owned()));
        Ok(())
    }

    fn has(&self, word: &Word) -> bool {
        self.values.iter().any(|(given, _)| std::ptr::eq(*given, word))
    }

    /// An error that starts with the command's name.
    pub(super) fn misuse(&self, what: &str) -> Error {
        Error::Parameter(format!("{} {what}", self.command.name))
    }

    /// The value of a word.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values
            .iter()
            .rev()
            .find(|(word, _)| word.name() == name)
            .map(|(_, value)| value.as_str())
    }

    /// The value of a word that the table says is needed.
    pub(super) fn need(&self, name: &str) -> Result<&str, Error> {
        self.get(name)
            .ok_or_else(|| self.misuse(&format!("needs {name}")))
    }

    /// The interface that the command is about.
    pub(super) fn device(&self) -> Result<&str, Error> {
        self.need("dev")
    }

    /// The values of a word that holds a list.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        let values = self.values.iter().filter(|(word, _)| word.name() == name);
        values
            .flat_map(|(_, value)| value.split([',', ' ']))
            .filter(|item| !item.is_empty())
            .collect()
    }

    /// The words that were left.
    pub(super) fn rest(&self) -> Vec<String> {
        let rest = self.values.iter().filter(|(word, _)| word.place == Place::Rest);
        rest.map(|(_, value)| value.clone()).collect()
    }

    /// A switch, if it was given.
    pub(super) fn switch(&self, name: &str) -> Result<Option<bool>, Error> {
        let parse = |value: &str| {
            truth(value).ok_or_else(|| self.misuse(&format!("{name}: {value:?} is not yes or no")))
        };
        self.get(name).map(parse).transpose()
    }

    /// The families that were asked for; both if none was.
    pub(super) fn families(&self) -> Vec<Family> {
        match self.get("f") {
            Some("ipv4" | "4") => vec![Family::V4],
            Some("ipv6" | "6") => vec![Family::V6],
            _ => Family::ALL.to_vec(),
        }
    }

    /// The settings that were given, in the order of the table.
    pub(super) fn settings(&self) -> Vec<Given> {
        let given = |word: &'static Word| {
            let Holds::Setting(kind, section, key) = word.holds else {
                return None;
            };
            let values: Vec<&str> = self
                .values
                .iter()
                .filter(|(other, _)| std::ptr::eq(*other, word))
                .map(|(_, value)| value.as_str())
                .collect();
            let value = spelled(kind, section, key, &values.join(","));
            (!values.is_empty()).then_some(Given {
                kind,
                section,
                key,
                value,
            })
        };
        self.command.words.iter().filter_map(given).collect()
    }

    /// The settings of one section that were given.
    pub(super) fn section(&self, section: &str) -> Vec<Given> {
        let mut given = self.settings();
        given.retain(|given| given.section == section);
        given
    }
}

/// Names and values, to be written in one section.
pub(super) fn pairs(given: &[Given]) -> Vec<(&str, &str)> {
    given.iter().map(|given| (given.key, &*given.value)).collect()
}

/// How a word is written, with its value.
pub(super) fn usage(word: &Word) -> String {
    match word.place {
        Place::Named => format!("{} {}", word.name(), word.value),
        Place::Leading => word.value.to_owned(),
        Place::Bare => format!("[{}] {}", word.name(), word.value),
        Place::Rest => format!("{}...", word.value),
    }
}

fn takes_many(word: &Word) -> bool {
    match word.holds {
        Holds::Setting(kind, section, key) => kind
            .key(section, key)
            .is_some_and(|found| found.repeat != Repeat::Once),
        Holds::Other(..) => word.place == Place::Rest || word.value.contains(",..."),
    }
}

/// Where yes and no may stand, so may the other words for them; a DUID type may be a number.
fn is_choice(choices: &[&str], value: &str) -> bool {
    (choices.contains(&"yes") && choices.contains(&"no") && truth(value).is_some())
        || (choices.contains(&"link-layer-time") && value.parse::<u16>().is_ok())
}

/// `parse_boolean()` of systemd.
pub(super) fn truth(value: &str) -> Option<bool> {
    let is = |words: [&str; 6]| words.iter().any(|word| word.eq_ignore_ascii_case(value));
    match () {
        () if is(["1", "yes", "y", "true", "t", "on"]) => Some(true),
        () if is(["0", "no", "n", "false", "f", "off"]) => Some(false),
        () => None,
    }
}

/// A value as it is written: yes and no for booleans, spaces between the words of lists.
fn spelled(kind: FileKind, section: &str, key: &str, value: &str) -> String {
    use networkd::Kind;
    let Some(found) = kind.key(section, key) else {
        return value.to_owned();
    };
    match (found.repeat, found.kind) {
        (Repeat::Words, _) => value
            .split([',', ' '])
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" "),
        (_, Kind::Bool | Kind::BoolOr(_)) => match truth(value) {
            Some(true) => "yes".to_owned(),
            Some(false) => "no".to_owned(),
            None => value.to_owned(),
        },
        _ => value.to_owned(),
    }
}
