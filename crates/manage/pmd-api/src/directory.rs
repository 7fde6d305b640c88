//! Membership of the host in a directory: Active Directory or LDAP.

use std::collections::BTreeMap;

use crate::names::{HostName, Line, PrincipalName};
use crate::{Empty, Secret};

words! {
    /// Kinds of directories.
    pub enum Kind {
        /// Active Directory.
        Ad,
        /// LDAP with POSIX accounts.
        Ldap,
    }
}

shapes! {
    /// Which directory the host is in.
    pub struct Membership {
        /// Whether it is in one.
        pub joined: bool,
        /// Its kind.
        pub kind: Option<Kind>,
        /// Its domain.
        pub domain: Option<String>,
        /// Its servers, when they are configured.
        pub servers: Vec<String>,
        /// Directory groups by role.
        pub roles: BTreeMap<String, Vec<String>>,
        /// Directory groups that may use sudo.
        pub sudo: Vec<String>,
        /// Directory groups that may log in by ssh with a password or a ticket.
        pub ssh: Vec<String>,
    }

    /// How to join.
    pub struct Join {
        /// Its kind.
        pub kind: Kind,
        /// Its domain.
        pub domain: HostName,
        /// Servers; found by DNS if not given.
        #[serde(default)]
        pub servers: Vec<HostName>,
        /// Who may add hosts; for LDAP, the DN to bind as.
        #[serde(default)]
        pub user: Option<Line>,
        /// Their password.
        #[serde(default)]
        pub password: Option<Secret>,
        /// Where the host's account goes.
        #[serde(default)]
        pub organizational_unit: Option<Line>,
        /// Where LDAP looks for accounts.
        #[serde(default)]
        pub base: Option<Line>,
        /// Certificates (PEM) that LDAP servers are trusted by.
        #[serde(default)]
        pub ca: Option<String>,
        /// Directory groups by role.
        #[serde(default)]
        pub roles: BTreeMap<String, Vec<PrincipalName>>,
        /// Directory groups that may use sudo.
        #[serde(default)]
        pub sudo: Vec<PrincipalName>,
        /// Directory groups that may log in by ssh with a password or a ticket.
        #[serde(default)]
        pub ssh: Vec<PrincipalName>,
        /// Days that users may log in while no server can be reached; 0 is for ever.
        #[serde(default = "offline_days")]
        #[schemars(range(min = 0, max = 36500))]
        pub offline_days: u32,
        /// Whether users and groups have the domain in their names: `alice@example.org`.
        #[serde(default)]
        pub qualified: bool,
    }

    /// How to leave.
    pub struct Leave {
        /// Who may remove the host's account; it stays if not given.
        #[serde(default)]
        pub user: Option<Line>,
        /// Their password.
        #[serde(default)]
        pub password: Option<Secret>,
    }

    /// Whom to look up.
    pub struct Test {
        /// A user of the directory.
        #[serde(default)]
        pub user: Option<PrincipalName>,
    }

    /// One thing that was tried.
    pub struct Check {
        /// What.
        pub name: String,
        /// Whether it works.
        pub works: bool,
        /// What was found, or what to do.
        pub detail: String,
    }
}

/// As `lumen-directory join` has it.
fn offline_days() -> u32 {
    30
}

operations! {
    Directory "directory";

    /// Which directory the host is in.
    "info" info(Empty) -> Membership = Get "/directory", Read;
    /// Join a directory.
    "join" join(Join) -> Membership = Post "/directory", Change, job true;
    /// Leave it; what was before comes back.
    "leave" leave(Leave) -> Membership = Post "/directory/leave", Change, job true;
    /// Try whether it works.
    "test" test(Test) -> Vec<Check> = Post "/directory/test", Read;
}
