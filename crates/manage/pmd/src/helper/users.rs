//! Local users and groups: the library `accounts`.

use accounts::{Accounts, Authority, GroupName, Password, UserName};
use pmd_api::users::*;
use pmd_api::{Empty, Problem, Secret};
use serde_json::json;

use super::Context;
use crate::config::{self, Config};

/// Does what the domain `users` offers.
pub(super) struct Users {
    accounts: Accounts,
    authority: Authority,
}

impl Users {
    /// For one call. Groups that a role is mapped to give rights: only administrators put users into them.
    pub(super) fn new(context: Context) -> Self {
        let config = Config::load(&context.path(config::FILE)).unwrap_or_default();
        let mapped: Vec<String> = config.roles.into_values().flatten().collect();
        Users {
            accounts: Accounts::below(&context.root).with_administrative(mapped),
            authority: match context.administrator {
                true => Authority::Admin,
                false => Authority::Users,
            },
        }
    }

    fn show(&self, user: accounts::User) -> Result<User, Problem> {
        let name = UserName::new(&user.name).map_err(problem)?;
        let groups = self.accounts.groups_of(&name).map_err(problem)?;
        Ok(User {
            groups: groups
                .into_iter()
                .filter(|group| group.gid != user.gid)
                .map(|group| group.name)
                .collect(),
            locked: self.accounts.is_locked(&name).unwrap_or(false),
            name: user.name,
            uid: user.uid,
            gid: user.gid,
            comment: user.comment,
            home: user.home,
            shell: user.shell,
        })
    }

    fn one(&self, name: &str) -> Result<User, Problem> {
        let name = UserName::new(name).map_err(problem)?;
        self.show(self.accounts.user(&name).map_err(problem)?)
    }

    fn one_group(&self, name: &str) -> Result<Group, Problem> {
        let name = GroupName::new(name).map_err(problem)?;
        self.accounts.group(&name).map(group).map_err(problem)
    }
}

fn problem(error: accounts::Error) -> Problem {
    let text = error.to_string();
    match error {
        accounts::Error::NotFound { .. } => Problem::not_found(text),
        accounts::Error::Exists { .. } => Problem::conflict(text),
        accounts::Error::NeedsAdmin(_) => Problem::forbidden(text),
        accounts::Error::System { .. } => Problem::conflict(text),
        accounts::Error::Failed { .. } => Problem::conflict(text),
        _ if error.is_input() => Problem::invalid(text),
        _ => Problem::failed(text),
    }
}

fn group(of: accounts::Group) -> Group {
    Group {
        name: of.name,
        gid: of.gid,
        members: of.members,
    }
}

fn password(secret: &Secret) -> Result<Password, Problem> {
    accounts::Secret::new(secret.reveal())
        .map(Password::Clear)
        .map_err(problem)
}

/// Both crates name things as useradd(8) does, so that JSON carries one's words to the other, which checks them again.
fn read<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> Result<T, Problem> {
    serde_json::from_value(value).map_err(|error| Problem::invalid(error.to_string()))
}

impl Handler for Users {
    fn list(&mut self, _: Empty) -> Result<Vec<User>, Problem> {
        let users = self.accounts.users().map_err(problem)?;
        Ok(users
            .into_iter()
            .filter_map(|user| self.show(user).ok())
            .collect())
    }

    fn get(&mut self, asked: OneUser) -> Result<User, Problem> {
        self.one(&asked.name)
    }

    fn add(&mut self, asked: NewUser) -> Result<User, Problem> {
        let mut new: accounts::NewUser = read(json!({
            "name": asked.name, "uid": asked.uid, "group": asked.group, "groups": asked.groups,
            "comment": asked.comment, "home": asked.home, "shell": asked.shell, "system": asked.system,
            "create_home": !asked.system,
        }))?;
        new.password = asked.password.as_ref().map(password).transpose()?;
        let user = self.accounts.add_user(&new, self.authority).map_err(problem)?;
        self.show(user)
    }

    fn set(&mut self, asked: UserChange) -> Result<User, Problem> {
        let name = UserName::new(&asked.name).map_err(problem)?;
        let change: accounts::UserChange = read(json!({
            "group": asked.group, "groups": asked.groups, "comment": asked.comment, "home": asked.home,
            "shell": asked.shell, "locked": asked.locked,
        }))?;
        self.accounts
            .modify_user(&name, &change, self.authority)
            .map_err(problem)?;
        if let Some(secret) = &asked.password {
            self.accounts
                .set_password(&name, &password(secret)?, self.authority)
                .map_err(problem)?;
        }
        self.one(&asked.name)
    }

    fn delete(&mut self, asked: DeleteUser) -> Result<Empty, Problem> {
        let name = UserName::new(&asked.name).map_err(problem)?;
        self.accounts
            .remove_user(&name, asked.remove_home, self.authority)
            .map_err(problem)?;
        Ok(Empty {})
    }

    fn groups(&mut self, _: Empty) -> Result<Vec<Group>, Problem> {
        let groups = self.accounts.groups().map_err(problem)?;
        Ok(groups.into_iter().map(group).collect())
    }

    fn get_group(&mut self, asked: OneGroup) -> Result<Group, Problem> {
        self.one_group(&asked.name)
    }

    fn add_group(&mut self, asked: NewGroup) -> Result<Group, Problem> {
        let new = read(json!({ "name": asked.name, "gid": asked.gid, "system": asked.system }))?;
        self.accounts.add_group(&new, self.authority).map_err(problem)?;
        self.members(
            &asked.name,
            Some(asked.members).filter(|members| !members.is_empty()),
        )
    }

    fn set_group(&mut self, asked: GroupChange) -> Result<Group, Problem> {
        let name = GroupName::new(&asked.name).map_err(problem)?;
        if let Some(new) = &asked.new_name {
            let change = read(json!({ "name": new }))?;
            self.accounts
                .modify_group(&name, &change, self.authority)
                .map_err(problem)?;
        }
        self.members(asked.new_name.as_ref().unwrap_or(&asked.name), asked.members)
    }

    fn delete_group(&mut self, asked: DeleteGroup) -> Result<Empty, Problem> {
        let name = GroupName::new(&asked.name).map_err(problem)?;
        self.accounts
            .remove_group(&name, self.authority)
            .map_err(problem)?;
        Ok(Empty {})
    }
}

impl Users {
    fn members(
        &self,
        name: &str,
        members: Option<Vec<pmd_api::names::AccountName>>,
    ) -> Result<Group, Problem> {
        if let Some(members) = members {
            let members = read::<Vec<accounts::Member>>(json!(members))?;
            let name = GroupName::new(name).map_err(problem)?;
            self.accounts
                .set_members(&name, &members, self.authority)
                .map_err(problem)?;
        }
        self.one_group(name)
    }
}
