//! What is said to a plugin, and what it says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What to do with a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Give it to the host.
    Enable,
    /// Change its configuration.
    Update,
    /// Take it away.
    Remove,
}

/// What a plugin is asked. On the wire a word: `status`, `prerequisites`, `enable`, `update`, `remove`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Version, and whether the host has the role: [`Status`].
    Status,
    /// What it needs first: a list of [`Prerequisite`].
    Prerequisites,
    /// To do something; the result is the plugin's own.
    #[serde(untagged)]
    Alter(Action),
}

/// The line that a plugin reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The version of this protocol: 1.
    pub protocol: u32,
    /// The role's name.
    pub role: String,
    /// The question.
    pub call: Question,
    /// The configuration, which is the plugin's own matter.
    pub config: BTreeMap<String, Value>,
}

impl Request {
    pub(crate) fn new(role: &str, call: Question, config: BTreeMap<String, Value>) -> Self {
        Request {
            protocol: 1,
            role: role.to_owned(),
            call,
            config,
        }
    }
}

/// A line that a plugin writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Something for people to read.
    Log(String),
    /// How much is done, in percent.
    Progress(u8),
    /// The answer, which is the last line.
    Result(Value),
    /// It has failed, which is the last line.
    Error(String),
}

/// A plugin's version, and whether the host has the role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The version.
    pub version: String,
    /// Whether the host has it.
    pub enabled: bool,
}

/// Something that must be there first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prerequisite {
    /// What.
    pub name: String,
    /// Whether it is there.
    pub met: bool,
    /// What to do about it.
    #[serde(default)]
    pub advice: String,
}
