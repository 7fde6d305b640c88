//! passwd(5), group(5), and the numbers of login.defs(5).

use std::fs;
use std::io::ErrorKind;

use serde::{Deserialize, Serialize};

use crate::Accounts;
use crate::error::Error;
use crate::name::{GroupName, UserName};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The name.
    pub name: String,
    /// The number.
    pub uid: u32,
    /// The number of the first group.
    pub gid: u32,
    /// Who that is.
    pub comment: String,
    /// The home directory.
    pub home: String,
    /// The shell.
    pub shell: String,
    /// Whether it is the system's: its number is not among those for people.
    pub system: bool,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The name.
    pub name: String,
    /// The number.
    pub gid: u32,
    /// Who is in it, apart from those whose first group it is.
    pub members: Vec<String>,
    /// Whether it is the system's.
    pub system: bool,
}

impl Accounts {
    /// All local users, in the order of the file.
    pub fn users(&self) -> Result<Vec<User>, Error> {
        let range = self.range("UID")?;
        let text = self.read("etc/passwd")?;
        Ok(text.lines().filter_map(|line| user(line, &range)).collect())
    }

    /// All local groups, in the order of the file.
    pub fn groups(&self) -> Result<Vec<Group>, Error> {
        let range = self.range("GID")?;
        let text = self.read("etc/group")?;
        Ok(text.lines().filter_map(|line| group(line, &range)).collect())
    }

    /// A local user.
    pub fn user(&self, name: &UserName) -> Result<User, Error> {
        self.find_user(name.as_str())?.ok_or_else(|| Error::NotFound {
            kind: "user",
            name: name.to_string(),
        })
    }

    /// A local group.
    pub fn group(&self, name: &GroupName) -> Result<Group, Error> {
        self.find_group(name.as_str())?.ok_or_else(|| Error::NotFound {
            kind: "group",
            name: name.to_string(),
        })
    }

    /// The groups that a user is in, the first one first.
    pub fn groups_of(&self, name: &UserName) -> Result<Vec<Group>, Error> {
        let user = self.user(name)?;
        let (first, others): (Vec<Group>, Vec<Group>) = self
            .groups()?
            .into_iter()
            .partition(|group| group.gid == user.gid);
        let member = |group: &Group| group.members.contains(&user.name);
        Ok(first
            .into_iter()
            .chain(others.into_iter().filter(member))
            .collect())
    }

    /// Whether no password opens a user's account: shadow(5) has none, or one with `!` or `*` before it.
    pub fn is_locked(&self, name: &UserName) -> Result<bool, Error> {
        let user = self.user(name)?;
        let text = self.read("etc/shadow")?;
        let hash = text
            .lines()
            .find_map(|line| match line.split(':').collect::<Vec<_>>()[..] {
                [name, hash, ..] if name == user.name => Some(hash),
                _ => None,
            });
        Ok(hash.is_none_or(|hash| hash.starts_with(['!', '*'])))
    }

    pub(crate) fn find_user(&self, name: &str) -> Result<Option<User>, Error> {
        Ok(self.users()?.into_iter().find(|user| user.name == name))
    }

    pub(crate) fn find_group(&self, name: &str) -> Result<Option<Group>, Error> {
        Ok(self.groups()?.into_iter().find(|group| group.name == name))
    }

    fn read(&self, relative: &str) -> Result<String, Error> {
        let path = self.path(relative);
        match fs::read(&path) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(source) => Err(Error::Read { path, source }),
        }
    }

    /// The numbers that are for people: `UID_MIN` and `UID_MAX`, with login.defs(5)'s defaults.
    pub(crate) fn range(&self, kind: &str) -> Result<std::ops::RangeInclusive<u32>, Error> {
        let text = match self.read("etc/login.defs") {
            Err(Error::Read { source, .. }) if source.kind() == ErrorKind::NotFound => String::new(),
            other => other?,
        };
        let number = |key: &str, default: u32| {
            let value =
                text.lines().find_map(
                    |line| match line.split_ascii_whitespace().collect::<Vec<_>>()[..] {
                        [name, value, ..] if name == key => value.parse().ok(),
                        _ => None,
                    },
                );
            value.unwrap_or(default)
        };
        Ok(number(&format!("{kind}_MIN"), 1000)..=number(&format!("{kind}_MAX"), 60_000))
    }
}

/// A line of passwd(5); nothing of one that is not whole, as the C library has it.
fn user(line: &str, people: &std::ops::RangeInclusive<u32>) -> Option<User> {
    let [name, _, uid, gid, comment, home, shell] = line.split(':').collect::<Vec<_>>()[..] else {
        return None;
    };
    let uid: u32 = uid.parse().ok()?;
    Some(User {
        name: account(name)?,
        uid,
        gid: gid.parse().ok()?,
        comment: comment.to_owned(),
        home: home.to_owned(),
        shell: shell.to_owned(),
        system: !people.contains(&uid),
    })
}

fn group(line: &str, people: &std::ops::RangeInclusive<u32>) -> Option<Group> {
    let [name, _, gid, members] = line.split(':').collect::<Vec<_>>()[..] else {
        return None;
    };
    let gid: u32 = gid.parse().ok()?;
    Some(Group {
        name: account(name)?,
        gid,
        members: members
            .split(',')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        system: !people.contains(&gid),
    })
}

/// `+` and `-` begin lines for NIS, `#` a comment.
fn account(name: &str) -> Option<String> {
    let real = !name.is_empty() && !name.starts_with(['+', '-', '#']);
    real.then(|| name.to_owned())
}
