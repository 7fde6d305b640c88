//! `rolemgmt`: roles and their plugins.

use serde_json::{Value, json};

use super::{Command, Component, Words, flag, plain, takes, told};
use crate::api::Api;
use crate::failure::Failure;
use crate::given::Given;
use crate::show::show;

pub(super) const COMPONENT: Component = Component {
    name: "rolemgmt",
    about: "Roles: what turns a host into something",
    options: &[],
    commands: &[
        Command {
            name: "roles",
            aliases: &[],
            about: "List roles, ask about one, or give it to the host, change it or take it away",
            words: Words::None,
            options: &[
                flag(
                    "list",
                    "List the roles; what is done when nothing else is asked for",
                ),
                flag("prereqs", "What a role needs first"),
                flag("status", "How a role is, or a task about it"),
                flag("enable", "Give a role to the host"),
                flag("update", "Change the configuration of a role"),
                flag("remove", "Take a role away"),
                flag("logs", "What a task has said"),
                takes("name", "ROLE", "The role"),
                takes("config", "FILE", "The configuration of the role, as JSON"),
                takes("taskid", "ID", "The task"),
            ],
            run: roles,
        },
        plain("version", "The version of the daemon", super::version),
    ],
};

const VERBS: [&str; 7] = ["list", "prereqs", "status", "enable", "update", "remove", "logs"];

fn roles(api: &mut dyn Api, given: &Given) -> Result<String, Failure> {
    let verbs: Vec<&str> = VERBS.into_iter().filter(|verb| given.has(verb)).collect();
    let role = || given.need("name").map(|name| json!({"name": name}));
    let answer = match verbs.as_slice() {
        [] | ["list"] => api.call("roles.list", json!({}))?,
        ["prereqs"] => api.call("roles.prerequisites", role()?)?,
        ["status"] => match given.get("taskid") {
            Some(task) => api.call("daemon.job", json!({"id": task}))?,
            None => api.call("roles.get", role()?)?,
        },
        ["logs"] => api.call("daemon.job", json!({"id": given.need("taskid")?}))?,
        [action @ ("enable" | "update" | "remove")] => {
            let arguments = json!({"name": given.need("name")?, "action": action, "config": config(given)?});
            api.call("roles.alter", arguments)?
        }
        several => {
            return Err(Failure::misuse(format!(
                "--{} cannot be given together",
                several.join(", --")
            )));
        }
    };
    Ok(told(given, &answer, || show(&answer)))
}

fn config(given: &Given) -> Result<Value, Failure> {
    let Some(path) = given.get("config") else {
        return Ok(json!({}));
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::system(&format!("cannot read {path}"), &error))?;
    serde_json::from_str(&text).map_err(|error| Failure::misuse(format!("{path} is no JSON: {error}")))
}
