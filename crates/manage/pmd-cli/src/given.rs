//! What was given on the command line.

use clap::ArgMatches;

use crate::failure::Failure;

/// The options and words of one command.
#[derive(Debug)]
pub struct Given {
    matches: ArgMatches,
    /// Whether a program reads what we print.
    pub json: bool,
    /// The name of the command in the table, whatever alias was used.
    pub command: &'static str,
}

impl Given {
    pub(crate) fn new(matches: ArgMatches, json: bool) -> Self {
        Given {
            matches,
            json,
            command: "",
        }
    }

    pub(crate) fn of(self, command: &'static str) -> Self {
        Given { command, ..self }
    }

    /// The value of an option.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.matches
            .try_get_one::<String>(name)
            .ok()
            .flatten()
            .map(String::as_str)
    }

    /// The value of an option that must be there.
    pub fn need(&self, name: &str) -> Result<&str, Failure> {
        self.get(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Failure::misuse(format!("it needs --{name}")))
    }

    /// All words, or all values of an option that may be there several times.
    pub fn all(&self, name: &str) -> Vec<String> {
        let found = self.matches.try_get_many::<String>(name).ok().flatten();
        found.into_iter().flatten().cloned().collect()
    }

    /// The values of options that hold lists with commas.
    pub fn list(&self, name: &str) -> Vec<String> {
        let values = self.all(name);
        values
            .iter()
            .flat_map(|value| value.split([',', ' ']))
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Whether an option without a value is there.
    pub fn has(&self, name: &str) -> bool {
        self.matches
            .try_get_one::<bool>(name)
            .ok()
            .flatten()
            .copied()
            .unwrap_or(false)
    }

    /// A number.
    pub fn number(&self, name: &str) -> Result<Option<u64>, Failure> {
        let parse = |text: &str| {
            text.parse()
                .map_err(|_| Failure::misuse(format!("--{name} {text}: not a number")))
        };
        self.get(name).map(parse).transpose()
    }
}
