//! Groups: made, changed and removed, and who is in them.

use serde::Deserialize;

use crate::Accounts;
use crate::authority::Authority;
use crate::error::Error;
use crate::file::Group;
use crate::name::{GroupName, Member};
use crate::program::Program;

/// A group to be made: groupadd(8).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewGroup {
    /// The name.
    pub name: GroupName,
    /// The number, which must be free; without, the next.
    #[serde(default)]
    pub gid: Option<u32>,
    /// Whether it is the system's.
    #[serde(default)]
    pub system: bool,
}

/// What to change about a group: groupmod(8).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupChange {
    /// Another name.
    #[serde(default)]
    pub name: Option<GroupName>,
    /// Another number.
    #[serde(default)]
    pub gid: Option<u32>,
}

impl Accounts {
    /// Makes a group.
    pub fn add_group(&self, new: &NewGroup, authority: Authority) -> Result<Group, Error> {
        self.check_free(&new.name)?;
        // Rights go by names: a group that a role is mapped to, and that is not there yet, is nobody's to make.
        if authority == Authority::Users && (new.system || self.is_administrative(new.name.as_str())) {
            return Err(Error::NeedsAdmin(format!(
                "the group {} would give rights",
                new.name
            )));
        }
        self.check_gid(new.gid, new.system)?;
        Program::prefixed(self, "groupadd")
            .flag("system", new.system)
            .option("gid", new.gid)
            .run_on(new.name.as_str())?;
        self.group(&new.name)
    }

    /// Changes a group.
    pub fn modify_group(
        &self,
        name: &GroupName,
        change: &GroupChange,
        authority: Authority,
    ) -> Result<Group, Error> {
        self.changeable(name, authority, "renamed or renumbered")?;
        if let Some(new) = &change.name {
            self.check_free(new)?;
            if authority == Authority::Users && self.is_administrative(new.as_str()) {
                return Err(Error::NeedsAdmin(format!("the group {new} would give rights")));
            }
        }
        self.check_gid(change.gid, false)?;
        Program::prefixed(self, "groupmod")
            .option("new-name", change.name.as_ref())
            .option("gid", change.gid)
            .run_on(name.as_str())?;
        self.group(change.name.as_ref().unwrap_or(name))
    }

    /// Removes a group.
    pub fn remove_group(&self, name: &GroupName, authority: Authority) -> Result<(), Error> {
        self.changeable(name, authority, "removed")?;
        Program::prefixed(self, "groupdel").run_on(name.as_str())
    }

    /// Puts somebody into a group; who is in it stays in it.
    pub fn add_member(
        &self,
        group: &GroupName,
        member: &Member,
        authority: Authority,
    ) -> Result<Group, Error> {
        let found = self.group(group)?;
        self.allow_group(group, authority)?;
        if !found.members.iter().any(|name| name == member.as_str()) {
            Program::prefixed(self, "groupmod")
                .flag("append", true)
                .option("users", Some(member))
                .run_on(group.as_str())?;
        }
        self.group(group)
    }

    /// Takes somebody out of a group; who is not in it is not missed.
    pub fn remove_member(
        &self,
        group: &GroupName,
        member: &Member,
        authority: Authority,
    ) -> Result<Group, Error> {
        let found = self.group(group)?;
        self.allow_group(group, authority)?;
        if found.members.iter().any(|name| name == member.as_str()) {
            Program::chrooted(self, "gpasswd")
                .option("delete", Some(member))
                .run_on(group.as_str())?;
        }
        self.group(group)
    }

    /// Makes exactly these the members of a group.
    pub fn set_members(
        &self,
        group: &GroupName,
        members: &[Member],
        authority: Authority,
    ) -> Result<Group, Error> {
        self.group(group)?;
        self.allow_group(group, authority)?;
        let names: Vec<&str> = members.iter().map(Member::as_str).collect();
        let gpasswd = Program::chrooted(self, "gpasswd").argument(format!("--members={}", names.join(",")));
        gpasswd.run_on(group.as_str())?;
        self.group(group)
    }

    fn check_free(&self, name: &GroupName) -> Result<(), Error> {
        match self.find_group(name.as_str())? {
            Some(_) => Err(Error::Exists {
                kind: "group",
                name: name.to_string(),
            }),
            None => Ok(()),
        }
    }

    fn changeable(&self, name: &GroupName, authority: Authority, verb: &'static str) -> Result<(), Error> {
        let group = self.group(name)?;
        if group.system {
            return Err(Error::System {
                name: group.name,
                verb,
            });
        }
        self.allow_group(name, authority)
    }

    fn check_gid(&self, gid: Option<u32>, system: bool) -> Result<(), Error> {
        let Some(gid) = gid else { return Ok(()) };
        let people = self.range("GID")?;
        let good = match system {
            true => gid > 0 && gid < *people.start(),
            false => people.contains(&gid),
        };
        match good {
            true => Ok(()),
            false => Err(Error::value(
                "gid",
                &gid.to_string(),
                "a number from GID_MIN to GID_MAX, for a system group below",
            )),
        }
    }
}
