//! Roles: what turns a host into something, such as a node of a cluster.
//!
//! A role is a file `NAME.role` in `/etc/pmd.roles.d`, with the keys of Photon's: `name`, `displayname`, `description`,
//! `parent`, `plugin`. The plugin is a program in `/etc/pmd.roles.plugins.d` - not a library that is loaded into the
//! daemon, where its faults would be the daemon's. It is run once for each question, gets a [`Request`] as one line of
//! JSON on its standard input, and answers with lines of JSON on its standard output ([`Event`]): any number of `log`
//! and `progress`, and at the end `result` or `error`.
//!
//! A plugin runs as root, so a file that anybody else could have written is refused.

mod error;
mod plugin;
mod protocol;
mod role_file;

pub use error::Error;
pub use plugin::Cancel;
pub use protocol::{Action, Event, Prerequisite, Question, Request, Status};
pub use role_file::Role;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

/// How long a plugin may take to answer a question that changes nothing.
const PATIENCE: Duration = Duration::from_secs(30);

/// The roles of a host.
#[derive(Debug, Clone)]
pub struct Roles {
    roles: PathBuf,
    plugins: PathBuf,
}

impl Roles {
    /// The running host's.
    pub fn host() -> Self {
        Self::below(Path::new("/"))
    }

    /// Those below another root directory.
    pub fn below(root: &Path) -> Self {
        Roles {
            roles: root.join("etc/pmd.roles.d"),
            plugins: root.join("etc/pmd.roles.plugins.d"),
        }
    }

    /// All roles, by name. A file that is none is an error: what it was to be cannot be guessed.
    pub fn list(&self) -> Result<Vec<Role>, Error> {
        let mut roles = Vec::new();
        for entry in fs::read_dir(&self.roles).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == "role") {
                roles.push(Role::read(&path)?);
            }
        }
        roles.sort_by(|a: &Role, b| a.name.cmp(&b.name));
        Ok(roles)
    }

    /// The role of a name.
    pub fn get(&self, name: &str) -> Result<Role, Error> {
        self.list()?
            .into_iter()
            .find(|role| role.name == name)
            .ok_or_else(|| Error::NotFound(name.to_owned()))
    }

    /// The plugin's version, and whether the host has the role.
    pub fn status(&self, name: &str) -> Result<Status, Error> {
        self.ask(name, Question::Status)
    }

    /// What the role needs first.
    pub fn prerequisites(&self, name: &str) -> Result<Vec<Prerequisite>, Error> {
        self.ask(name, Question::Prerequisites)
    }

    fn ask<T: serde::de::DeserializeOwned>(&self, name: &str, question: Question) -> Result<T, Error> {
        let (role, mut ignore) = (self.get(name)?, |_: &Event| {});
        let request = Request::new(&role.name, question, BTreeMap::new());
        let answer = plugin::run(
            &self.plugins,
            &role,
            &request,
            Some(PATIENCE),
            &Cancel::default(),
            &mut ignore,
        )?;
        serde_json::from_value(answer).map_err(|error| Error::Answer {
            plugin: role.plugin,
            why: error.to_string(),
        })
    }

    /// Gives the host a role, changes its configuration, or takes it away. What the plugin says meanwhile is told.
    /// It takes as long as it takes; `cancel` ends it.
    pub fn alter(
        &self,
        name: &str,
        action: Action,
        config: BTreeMap<String, Value>,
        cancel: &Cancel,
        tell: &mut dyn FnMut(&Event),
    ) -> Result<Value, Error> {
        let role = self.get(name)?;
        let request = Request::new(&role.name, Question::Alter(action), config);
        plugin::run(&self.plugins, &role, &request, None, cancel, tell)
    }
}
