//! Users: made, changed and removed.

use serde::Deserialize;

use crate::Accounts;
use crate::authority::Authority;
use crate::error::Error;
use crate::file::User;
use crate::name::{Comment, Date, GroupName, UserName};
use crate::password::Password;
use crate::path::{Home, Shell};
use crate::program::Program;

/// A user to be made: useradd(8).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The name.
    pub name: UserName,
    /// The number, which must be free; without, the next.
    #[serde(default)]
    pub uid: Option<u32>,
    /// The first group; without, a new one with the user's name.
    #[serde(default)]
    pub group: Option<GroupName>,
    /// Other groups.
    #[serde(default)]
    pub groups: Vec<GroupName>,
    /// Who that is.
    #[serde(default)]
    pub comment: Option<Comment>,
    /// The home directory; without, `/home/NAME`.
    #[serde(default)]
    pub home: Option<Home>,
    /// Whether to make the home directory.
    #[serde(default = "yes")]
    pub create_home: bool,
    /// The shell; without, the host's default.
    #[serde(default)]
    pub shell: Option<Shell>,
    /// Whether it is the system's, and not a person.
    #[serde(default)]
    pub system: bool,
    /// The password; without, none can be used.
    #[serde(default)]
    pub password: Option<Password>,
    /// The first day on which the account cannot be used.
    #[serde(default)]
    pub expires: Option<Date>,
}

fn yes() -> bool {
    true
}

impl NewUser {
    /// One with nothing but a name.
    pub fn named(name: UserName) -> Self {
        NewUser {
            name,
            uid: None,
            group: None,
            groups: Vec::new(),
            comment: None,
            home: None,
            create_home: true,
            shell: None,
            system: false,
            password: None,
            expires: None,
        }
    }
}

/// What to change about a user: usermod(8). What is not given stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// Another name.
    #[serde(default)]
    pub name: Option<UserName>,
    /// Another number.
    #[serde(default)]
    pub uid: Option<u32>,
    /// Another first group.
    #[serde(default)]
    pub group: Option<GroupName>,
    /// The other groups, all of them.
    #[serde(default)]
    pub groups: Option<Vec<GroupName>>,
    /// Who that is.
    #[serde(default)]
    pub comment: Option<Comment>,
    /// Another home directory.
    #[serde(default)]
    pub home: Option<Home>,
    /// Whether what is in the old home directory is moved to the new one.
    #[serde(default)]
    pub move_home: bool,
    /// Another shell.
    #[serde(default)]
    pub shell: Option<Shell>,
    /// Whether no password is taken.
    #[serde(default)]
    pub locked: Option<bool>,
    /// The first day on which the account cannot be used.
    #[serde(default)]
    pub expires: Option<Date>,
}

impl Accounts {
    /// Makes a user. When the password cannot be set the user is removed again.
    pub fn add_user(&self, new: &NewUser, authority: Authority) -> Result<User, Error> {
        self.check_new(new, authority)?;
        Program::prefixed(self, "useradd")
            .flag("system", new.system)
            .flag(
                if new.create_home {
                    "create-home"
                } else {
                    "no-create-home"
                },
                true,
            )
            .flag("user-group", new.group.is_none())
            .option("uid", new.uid)
            .option("gid", new.group.as_ref())
            .option("groups", list(&new.groups))
            .option("comment", new.comment.as_ref())
            .option("home-dir", new.home.as_ref())
            .option("shell", new.shell.as_ref())
            .option("expiredate", new.expires.as_ref())
            .run_on(new.name.as_str())?;
        let set = new
            .password
            .as_ref()
            .map_or(Ok(()), |password| self.write_password(&new.name, password));
        if let Err(error) = set {
            // The first error is what counts; what is left when this fails too, it says.
            let _ = Program::prefixed(self, "userdel")
                .flag("remove", new.create_home)
                .run_on(new.name.as_str());
            return Err(error);
        }
        self.user(&new.name)
    }

    fn check_new(&self, new: &NewUser, authority: Authority) -> Result<(), Error> {
        if self.find_user(new.name.as_str())?.is_some() {
            return Err(Error::Exists {
                kind: "user",
                name: new.name.to_string(),
            });
        }
        // A name that is mapped to rights: its group, made with it, would have them.
        if authority == Authority::Users && (new.system || self.is_administrative(new.name.as_str())) {
            return Err(Error::NeedsAdmin(format!(
                "{} would be an account of the system",
                new.name
            )));
        }
        self.check_uid(new.uid, new.system)?;
        self.check_groups(new.group.iter().chain(&new.groups), authority)?;
        new.shell.as_ref().map_or(Ok(()), |shell| self.check_shell(shell))
    }

    /// Numbers of people are people's; 0 is nobody's but root's.
    fn check_uid(&self, uid: Option<u32>, system: bool) -> Result<(), Error> {
        let Some(uid) = uid else { return Ok(()) };
        let people = self.range("UID")?;
        let good = match system {
            true => uid > 0 && uid < *people.start(),
            false => people.contains(&uid),
        };
        match good {
            true => Ok(()),
            false => Err(Error::value(
                "uid",
                &uid.to_string(),
                "a number from UID_MIN to UID_MAX, for a system account below",
            )),
        }
    }

    fn check_groups<'a>(
        &self,
        groups: impl Iterator<Item = &'a GroupName>,
        authority: Authority,
    ) -> Result<(), Error> {
        for group in groups {
            self.group(group)?;
            self.allow_group(group, authority)?;
        }
        Ok(())
    }

    /// Changes a user.
    pub fn modify_user(
        &self,
        name: &UserName,
        change: &UserChange,
        authority: Authority,
    ) -> Result<User, Error> {
        let user = self.user(name)?;
        self.check_change(&user, change, authority)?;
        let usermod = Program::prefixed(self, "usermod")
            .option("login", change.name.as_ref())
            .option("uid", change.uid)
            .option("gid", change.group.as_ref())
            .option("comment", change.comment.as_ref())
            .option("home", change.home.as_ref())
            .flag("move-home", change.home.is_some() && change.move_home)
            .option("shell", change.shell.as_ref())
            .flag("lock", change.locked == Some(true))
            .flag("unlock", change.locked == Some(false))
            .option("expiredate", change.expires.as_ref());
        let usermod = match &change.groups {
            Some(groups) => usermod.argument(format!("--groups={}", list(groups).unwrap_or_default())),
            None => usermod,
        };
        usermod.run_on(name.as_str())?;
        self.user(change.name.as_ref().unwrap_or(name))
    }

    fn check_change(&self, user: &User, change: &UserChange, authority: Authority) -> Result<(), Error> {
        self.allow_user_change(user, authority, "changes")?;
        let identity =
            change.name.is_some() || change.uid.is_some() || change.group.is_some() || change.home.is_some();
        if user.system && identity {
            return Err(Error::System {
                name: user.name.clone(),
                verb: "renamed, renumbered or moved",
            });
        }
        if user.uid == 0 && (change.locked == Some(true) || change.expires.is_some()) {
            return Err(Error::System {
                name: user.name.clone(),
                verb: "locked",
            });
        }
        if let Some(name) = &change.name {
            if self.find_user(name.as_str())?.is_some() {
                return Err(Error::Exists {
                    kind: "user",
                    name: name.to_string(),
                });
            }
            // Rights go by names: of groups, and in sudo's files.
            if authority == Authority::Users && self.is_administrative(name.as_str()) {
                return Err(Error::NeedsAdmin(format!("{name} is a name of the system's")));
            }
        }
        self.check_uid(change.uid, false)?;
        self.check_groups(
            change.group.iter().chain(change.groups.iter().flatten()),
            authority,
        )?;
        change
            .shell
            .as_ref()
            .map_or(Ok(()), |shell| self.check_shell(shell))
    }

    /// Removes a user, with `home` also the home directory, if it is the user's.
    pub fn remove_user(&self, name: &UserName, home: bool, authority: Authority) -> Result<(), Error> {
        let user = self.user(name)?;
        if user.system {
            return Err(Error::System {
                name: user.name,
                verb: "removed",
            });
        }
        self.allow_user_change(&user, authority, "removes")?;
        // A home that could not be given to a new user is not removed either: it may be the system's.
        let home = home && Home::new(&user.home).is_ok();
        Program::prefixed(self, "userdel")
            .flag("remove", home)
            .run_on(name.as_str())
    }
}

/// Names as the programs take several.
fn list(groups: &[GroupName]) -> Option<String> {
    let names: Vec<&str> = groups.iter().map(GroupName::as_str).collect();
    (!names.is_empty()).then(|| names.join(","))
}
