//! Photon's components and their commands: the one table of them.

mod any;
mod firewall;
mod net;
mod packages;
mod roles;
mod users;

pub(crate) use any::{call as call_operation, option_name};
pub(crate) use net::{nmctl, run as net};

use crate::api::Api;
use crate::failure::Failure;
use crate::given::Given;

/// An option of a command.
#[derive(Debug)]
pub struct Opt {
    /// Its name, after two hyphens.
    pub long: &'static str,
    /// Its letter.
    pub short: Option<char>,
    /// What it takes; one without takes nothing.
    pub value: Option<&'static str>,
    /// What it means.
    pub about: &'static str,
}

/// The words of a command that are no options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// There are none.
    None,
    /// One.
    One(&'static str),
    /// Any number.
    Any(&'static str),
    /// At least one.
    Some(&'static str),
}

/// A command.
pub struct Command {
    /// Its name.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// What it does.
    pub about: &'static str,
    /// Its words.
    pub words: Words,
    /// Its options.
    pub options: &'static [Opt],
    /// Does it; what is printed.
    pub run: fn(&mut dyn Api, &Given) -> Result<String, Failure>,
}

/// A component.
pub struct Component {
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// Options of all of its commands.
    pub options: &'static [Opt],
    /// Its commands.
    pub commands: &'static [Command],
}

/// The components with commands of their own. `net` has netmgr's table, and the API's domains have the API's.
pub const COMPONENTS: &[Component] = &[
    firewall::COMPONENT,
    packages::COMPONENT,
    users::COMPONENT,
    roles::COMPONENT,
];

pub(crate) const fn takes(long: &'static str, value: &'static str, about: &'static str) -> Opt {
    Opt {
        long,
        short: None,
        value: Some(value),
        about,
    }
}

pub(crate) const fn flag(long: &'static str, about: &'static str) -> Opt {
    Opt {
        long,
        short: None,
        value: None,
        about,
    }
}

const fn plain(
    name: &'static str,
    about: &'static str,
    run: fn(&mut dyn Api, &Given) -> Result<String, Failure>,
) -> Command {
    Command {
        name,
        aliases: &[],
        about,
        words: Words::None,
        options: &[],
        run,
    }
}

/// The version of the daemon.
fn version(api: &mut dyn Api, given: &Given) -> Result<String, Failure> {
    let health = api.call("daemon.health", serde_json::json!({}))?;
    if given.json {
        return Ok(format!("{health}\n"));
    }
    let version = health.get("version").and_then(serde_json::Value::as_str);
    version
        .map(|version| format!("{version}\n"))
        .ok_or_else(|| Failure::missing("version", &health))
}

/// An answer as it is for programs, or as text made of it.
fn told(given: &Given, answer: &serde_json::Value, text: impl FnOnce() -> String) -> String {
    if given.json { format!("{answer}\n") } else { text() }
}

/// The texts of a member in a list of objects.
fn texts<'a>(answer: &'a serde_json::Value, member: &str) -> Vec<&'a str> {
    let items = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| item.get(member)?.as_str())
        .collect()
}
