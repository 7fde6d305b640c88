//! Who may change what.

use serde::{Deserialize, Serialize};

use crate::Accounts;
use crate::error::Error;
use crate::file::User;
use crate::name::GroupName;

/// Groups whose members are root, or can become root: by sudo, by the container engine, by the disk, by the hashes of
/// passwords, by the kernel's memory.
pub const ADMINISTRATIVE: &[&str] = &[
    "root",
    "wheel",
    "sudo",
    "admin",
    "adm",
    "docker",
    "containerd",
    "podman",
    "lxd",
    "libvirt",
    "kvm",
    "disk",
    "shadow",
    "kmem",
    "mem",
    "tty",
    "utmp",
    "systemd-journal",
    "systemd-network",
    "pmd",
    "staff",
];

/// In whose name a change is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Authority {
    /// Someone who manages ordinary users and groups.
    Users,
    /// Someone who may do everything.
    Admin,
}

impl Accounts {
    /// Whether membership of a group is a way to become an administrator.
    pub fn is_administrative(&self, group: &str) -> bool {
        self.administrative.contains(group)
    }

    /// Whether a user is an administrator: uid 0, or in an administrative group, also as the first one.
    pub fn is_administrator(&self, user: &User) -> Result<bool, Error> {
        let groups = self.groups()?;
        let of = groups
            .iter()
            .filter(|group| group.gid == user.gid || group.members.contains(&user.name));
        let mut of = of.map(|group| self.is_administrative(&group.name));
        Ok(user.uid == 0 || user.gid == 0 || of.any(|is| is))
    }

    pub(crate) fn allow_user_change(
        &self,
        user: &User,
        authority: Authority,
        verb: &str,
    ) -> Result<(), Error> {
        if authority == Authority::Admin {
            return Ok(());
        }
        match user.system || self.is_administrator(user)? {
            true => Err(Error::NeedsAdmin(format!(
                "this {verb} {}, who is an administrator or the system's",
                user.name
            ))),
            false => Ok(()),
        }
    }

    /// A group may be given to somebody, or changed.
    pub(crate) fn allow_group(&self, group: &GroupName, authority: Authority) -> Result<(), Error> {
        if authority == Authority::Admin {
            return Ok(());
        }
        let system = self.find_group(group.as_str())?.is_some_and(|group| group.system);
        match system || self.is_administrative(group.as_str()) {
            true => Err(Error::NeedsAdmin(format!(
                "the group {group} gives rights of an administrator or of the system"
            ))),
            false => Ok(()),
        }
    }
}
