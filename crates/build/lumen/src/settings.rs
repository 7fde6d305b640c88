//! The user's configuration: `$XDG_CONFIG_HOME/lumen/config.toml`.

use std::path::PathBuf;
use std::{env, fs, io};

use anyhow::Context;
use serde::Deserialize;

/// What the file may say. The command line and the environment win over it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) mirror: Option<String>,
    pub(crate) security_mirror: Option<String>,
    pub(crate) archive_mirror: Option<String>,
}

impl Settings {
    /// Reads the file; one that is not there says nothing.
    pub(crate) fn load() -> anyhow::Result<Self> {
        let Some(path) = path() else {
            return Ok(Self::default());
        };
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text)
                .with_context(|| format!("cannot understand the configuration {}", path.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => {
                Err(error).with_context(|| format!("cannot read the configuration {}", path.display()))
            }
        }
    }
}

/// XDG Base Directory Specification: relative paths are ignored.
fn path() -> Option<PathBuf> {
    let absolute = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(base.join("lumen/config.toml"))
}
