//! Local users and groups of a host: what passwd(5) and group(5) say, changed by useradd(8), usermod(8), userdel(8),
//! groupadd(8), groupmod(8), groupdel(8), gpasswd(1) and chpasswd(8).
//!
//! The files are read without NSS, so that only what is local counts and another root directory can be asked. What is
//! given to the programs are typed values: a name is a name ([`UserName`], [`GroupName`]) and can be neither an option
//! nor a second line; passwords go over standard input, never as arguments.
//!
//! Who may change what: [`Authority::Users`] cannot make administrators. Accounts and groups that give a way to root -
//! uid 0, system accounts, `wheel`, `docker`, `disk` and their like, and the groups that the caller names - are for
//! [`Authority::Admin`] only. Nobody removes or renumbers system accounts, and no account but root has uid 0.

mod authority;
mod error;
mod file;
mod group;
mod name;
mod password;
mod path;
mod program;
mod user;

pub use authority::{ADMINISTRATIVE, Authority};
pub use error::Error;
pub use file::{Group, User};
pub use group::{GroupChange, NewGroup};
pub use name::{Comment, Date, GroupName, Member, UserName};
pub use password::{Hash, Password, Secret};
pub use path::{Home, Shell};
pub use user::{NewUser, UserChange};

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The accounts below a root directory.
#[derive(Debug, Clone)]
pub struct Accounts {
    root: PathBuf,
    administrative: BTreeSet<String>,
}

impl Accounts {
    /// The running host's.
    pub fn host() -> Self {
        Self::below(Path::new("/"))
    }

    /// Those below another root directory.
    pub fn below(root: &Path) -> Self {
        Accounts {
            root: root.to_owned(),
            administrative: ADMINISTRATIVE.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// Names more groups that only administrators may give away: those that are mapped to roles.
    #[must_use]
    pub fn with_administrative(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.administrative.extend(names);
        self
    }
}
