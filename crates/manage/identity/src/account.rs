//! Accounts and their groups as NSS knows them: local ones, and those of a directory through sssd.
//!
//! A look-up may wait for a directory server, so no thread that others depend on should do one.

use nix::unistd::{Gid, Group, Uid, User, getgrouplist};

/// An account of this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name, as NSS spells it: directories do not mind case, groups and rules do.
    pub name: String,
    /// User id.
    pub uid: u32,
    /// Primary group.
    pub gid: u32,
    /// Names of all groups, sorted. A group without a name (which its directory deleted meanwhile) is left out.
    pub groups: Vec<String>,
}

/// Why an account is not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nobody has this name.
    #[error("there is no account {name:?} on this host")]
    Unknown {
        /// The name or user id.
        name: String,
    },
    /// NSS could not answer.
    #[error(
        "cannot look up {name:?}: {source}; see `pmd-cli directory test` when accounts come from a directory"
    )]
    Lookup {
        /// The name or number.
        name: String,
        /// Why.
        source: std::io::Error,
    },
}

impl Account {
    /// By name: getpwnam_r(3) and getgrouplist(3).
    ///
    /// # Errors
    /// When there is none, or the directory cannot be asked and remembers nothing.
    pub fn by_name(name: &str) -> Result<Self, Error> {
        if name.contains('\0') {
            return Err(Error::Unknown {
                name: name.to_owned(),
            });
        }
        with_groups(User::from_name(name), name)
    }

    /// By user id, for the peer of a socket: getpwuid_r(3) and getgrouplist(3).
    ///
    /// # Errors
    /// As [`Account::by_name`].
    pub fn by_uid(uid: u32) -> Result<Self, Error> {
        with_groups(User::from_uid(Uid::from_raw(uid)), &uid.to_string())
    }
}

fn with_groups(found: nix::Result<Option<User>>, asked: &str) -> Result<Account, Error> {
    let failed = |error: nix::Error| Error::Lookup {
        name: asked.to_owned(),
        source: error.into(),
    };
    let unknown = || Error::Unknown {
        name: asked.to_owned(),
    };
    let user = match found {
        // Some modules of NSS say so instead of finding nobody (getpwnam_r(3), "ERRORS").
        Err(nix::Error::ENOENT | nix::Error::ESRCH) => return Err(unknown()),
        found => found.map_err(failed)?.ok_or_else(unknown)?,
    };
    // From a C string, so without NUL.
    let name = std::ffi::CString::new(user.name.as_str()).map_err(|_| unknown())?;
    let mut groups = Vec::new();
    for gid in getgrouplist(&name, user.gid).map_err(failed)? {
        groups.extend(group_name(gid).map_err(failed)?);
    }
    groups.sort_unstable();
    groups.dedup();
    Ok(Account {
        name: user.name,
        uid: user.uid.as_raw(),
        gid: user.gid.as_raw(),
        groups,
    })
}

fn group_name(gid: Gid) -> nix::Result<Option<String>> {
    Ok(Group::from_gid(gid)?.map(|group| group.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_known_by_name_and_by_number() {
        let root = Account::by_name("root").unwrap();
        assert_eq!((root.uid, root.gid), (0, 0));
        assert!(root.groups.contains(&"root".to_owned()));
        assert_eq!(Account::by_uid(0).unwrap(), root);
    }

    /// Hole 5.2-3: the peer of a socket was compared with a user that nobody had made, so all were refused. Here the kernel's
    /// number is looked up, and what NSS says of it is what id(1) says.
    #[test]
    fn hole_5_2_3_a_peer_is_the_account_of_its_number() {
        let number = nix::unistd::geteuid().as_raw();
        let id = |option| {
            let output = std::process::Command::new("id").arg(option).output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        };
        let peer = Account::by_uid(number).unwrap();
        assert_eq!(peer.name, id("-un"));
        let mut groups: Vec<_> = peer.groups.iter().map(String::as_str).collect();
        groups.sort_unstable();
        let all = id("-Gn");
        let mut expected: Vec<_> = all.split(' ').collect();
        expected.sort_unstable();
        assert!(
            expected.iter().all(|group| groups.contains(group)),
            "{groups:?} {expected:?}"
        );
    }

    #[test]
    fn nobody_with_such_a_name_or_number() {
        for name in ["no-such-user-here", "", "a\0b", "root\n", "../root"] {
            assert!(
                matches!(Account::by_name(name), Err(Error::Unknown { .. })),
                "{name:?}"
            );
        }
        assert!(matches!(
            Account::by_uid(4_000_000_001),
            Err(Error::Unknown { .. })
        ));
    }
}
