//! Files of the kind `NAME.role`.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its name, which identifies it.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// What it is.
    pub description: String,
    /// The role that it is a part of.
    pub parent: Option<String>,
    /// The file name of its program.
    pub plugin: String,
}

impl Role {
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(path).map_err(|source| Error::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text).map_err(|why| Error::File {
            path: path.to_owned(),
            why,
        })
    }

    /// Reads `KEY=VALUE` lines; sections, blank lines and comments are passed over.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value = |wanted: &str| {
            let pair = |line: &str| {
                line.split_once('=')
                    .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
            };
            let mut pairs = text
                .lines()
                .filter(|line| !line.trim_start().starts_with(['#', ';', '[']))
                .filter_map(pair);
            pairs
                .find(|(key, _)| key == wanted)
                .map(|(_, value)| value)
                .filter(|value| !value.is_empty())
        };
        let need = |key: &str| value(key).ok_or_else(|| format!("it has no line {key}=..."));
        let (name, plugin) = (need("name")?, need("plugin")?);
        if !is_name(&name) {
            return Err(format!("name={name}: not up to 64 letters, digits and _.-"));
        }
        if !is_name(&plugin) {
            return Err(format!(
                "plugin={plugin}: not the name of a file in the directory of plugins"
            ));
        }
        Ok(Role {
            display_name: value("displayname").unwrap_or_else(|| name.clone()),
            description: value("description").unwrap_or_default(),
            parent: value("parent"),
            name,
            plugin,
        })
    }
}

fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    begins && text.len() <= 64 && text.chars().all(plain)
}
