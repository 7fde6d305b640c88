//! Roles and their plugins: the library `role-plugins`.

use pmd_api::roles::*;
use pmd_api::{Empty, Problem};
use role_plugins::{Action, Cancel, Error, Event, Roles};

use super::Context;

/// Does what the domain `roles` offers.
pub(super) struct Plugins {
    context: Context,
    roles: Roles,
}

impl Plugins {
    /// For one call.
    pub(super) fn new(context: Context) -> Self {
        Plugins {
            roles: Roles::below(&context.root),
            context,
        }
    }

    /// A role with what its plugin says of it. One whose plugin does not answer is there all the same, without a version.
    fn show(&self, of: role_plugins::Role) -> Role {
        let status = self.roles.status(&of.name).ok();
        Role {
            enabled: status.as_ref().is_some_and(|status| status.enabled),
            version: status.map(|status| status.version).unwrap_or_default(),
            id: of.name,
            name: of.display_name,
            description: of.description,
            parent: of.parent,
        }
    }
}

fn problem(error: Error) -> Problem {
    let text = error.to_string();
    match error {
        Error::NotFound(_) => Problem::not_found(text),
        Error::Failed { .. } | Error::Cancelled { .. } => Problem::conflict(text),
        Error::TimeOut { .. } => Problem::time_out(text),
        _ => Problem::failed(text),
    }
}

fn action(of: RoleAction) -> Action {
    match of {
        RoleAction::Enable => Action::Enable,
        RoleAction::Update => Action::Update,
        RoleAction::Remove => Action::Remove,
    }
}

impl Handler for Plugins {
    fn list(&mut self, _: Empty) -> Result<Vec<Role>, Problem> {
        let roles = self.roles.list().map_err(problem)?;
        Ok(roles.into_iter().map(|role| self.show(role)).collect())
    }

    fn get(&mut self, asked: OneRole) -> Result<Role, Problem> {
        self.roles
            .get(&asked.name)
            .map(|role| self.show(role))
            .map_err(problem)
    }

    fn prerequisites(&mut self, asked: OneRole) -> Result<Vec<Prerequisite>, Problem> {
        let found = self.roles.prerequisites(&asked.name).map_err(problem)?;
        let shown = |one: role_plugins::Prerequisite| Prerequisite {
            name: one.name,
            met: one.met,
            advice: one.advice,
        };
        Ok(found.into_iter().map(shown).collect())
    }

    fn alter(&mut self, asked: Alter) -> Result<Altered, Problem> {
        let has = self.roles.status(&asked.name).map_err(problem)?.enabled;
        match asked.action {
            RoleAction::Enable if has => {
                return Err(Problem::conflict("the host has this role already; update it"));
            }
            RoleAction::Update | RoleAction::Remove if !has => {
                return Err(Problem::conflict(
                    "the host does not have this role; enable it first",
                ));
            }
            _ => {}
        }
        let mut log = Vec::new();
        let mut tell = |event: &Event| match event {
            Event::Log(line) => {
                self.context.progress(line, 0, 0);
                log.push(line.clone());
            }
            Event::Progress(percent) => self.context.progress("", u64::from(*percent), 100),
            Event::Result(_) | Event::Error(_) => {}
        };
        let stop = Cancel::by(self.context.stop.clone());
        self.roles
            .alter(&asked.name, action(asked.action), asked.config, &stop, &mut tell)
            .map_err(problem)?;
        Ok(Altered { log })
    }
}
