//! Local users and groups.

use crate::names::{AccountName, Line, PrincipalName};
use crate::{Empty, Secret};

shapes! {
    /// A user.
    pub struct User {
        /// Name.
        pub name: String,
        /// Number.
        pub uid: u32,
        /// Number of the first group.
        pub gid: u32,
        /// Who it is.
        pub comment: String,
        /// Home directory.
        pub home: String,
        /// Login shell.
        pub shell: String,
        /// Names of all other groups.
        pub groups: Vec<String>,
        /// Whether no password opens the account.
        pub locked: bool,
    }

    /// Which user.
    pub struct OneUser {
        /// The name.
        pub name: PrincipalName,
    }

    /// A new user.
    pub struct NewUser {
        /// Name.
        pub name: AccountName,
        /// Number; the next free one if not given. Never 0.
        #[serde(default)]
        #[schemars(range(min = 1, max = 4294967293_u64))]
        pub uid: Option<u32>,
        /// The first group; one of the user's own name if not given.
        #[serde(default)]
        pub group: Option<AccountName>,
        /// More groups.
        #[serde(default)]
        pub groups: Vec<AccountName>,
        /// Who it is.
        #[serde(default)]
        pub comment: Option<Line>,
        /// Home directory.
        #[serde(default)]
        pub home: Option<Line>,
        /// Login shell.
        #[serde(default)]
        pub shell: Option<Line>,
        /// Password; no password opens the account if not given.
        #[serde(default)]
        pub password: Option<Secret>,
        /// Whether it is a system user.
        #[serde(default)]
        pub system: bool,
    }

    /// Changes to a user.
    pub struct UserChange {
        /// The name.
        pub name: AccountName,
        /// The first group.
        #[serde(default)]
        pub group: Option<AccountName>,
        /// Exactly these other groups.
        #[serde(default)]
        pub groups: Option<Vec<AccountName>>,
        /// Who it is.
        #[serde(default)]
        pub comment: Option<Line>,
        /// Home directory; what is in the old one stays there.
        #[serde(default)]
        pub home: Option<Line>,
        /// Login shell.
        #[serde(default)]
        pub shell: Option<Line>,
        /// New password.
        #[serde(default)]
        pub password: Option<Secret>,
        /// Lock the account's password, or unlock it.
        #[serde(default)]
        pub locked: Option<bool>,
    }

    /// A user to remove.
    pub struct DeleteUser {
        /// The name.
        pub name: AccountName,
        /// Whether the home directory goes too.
        #[serde(default)]
        pub remove_home: bool,
    }

    /// A group.
    pub struct Group {
        /// Name.
        pub name: String,
        /// Number.
        pub gid: u32,
        /// Names of its members.
        pub members: Vec<String>,
    }

    /// Which group.
    pub struct OneGroup {
        /// The name.
        pub name: PrincipalName,
    }

    /// Which group of this host's own.
    pub struct DeleteGroup {
        /// The name.
        pub name: AccountName,
    }

    /// A new group.
    pub struct NewGroup {
        /// Name.
        pub name: AccountName,
        /// Number; the next free one if not given. Never 0.
        #[serde(default)]
        #[schemars(range(min = 1, max = 4294967293_u64))]
        pub gid: Option<u32>,
        /// Members.
        #[serde(default)]
        pub members: Vec<AccountName>,
        /// Whether it is a system group.
        #[serde(default)]
        pub system: bool,
    }

    /// Changes to a group.
    pub struct GroupChange {
        /// The name.
        pub name: AccountName,
        /// A new name.
        #[serde(default)]
        pub new_name: Option<AccountName>,
        /// Exactly these members.
        #[serde(default)]
        pub members: Option<Vec<AccountName>>,
    }
}

operations! {
    Users "users";

    /// Local users.
    "list" list(Empty) -> Vec<User> = Get "/users", Read;
    /// One user, of any name service.
    "get" get(OneUser) -> User = Get "/users/{name}", Read;
    /// Add a user.
    "add" add(NewUser) -> User = Post "/users", Change;
    /// Change a user.
    "set" set(UserChange) -> User = Patch "/users/{name}", Change;
    /// Remove a user.
    "delete" delete(DeleteUser) -> Empty = Delete "/users/{name}", Change;
    /// Local groups.
    "groups" groups(Empty) -> Vec<Group> = Get "/groups", Read;
    /// One group, of any name service.
    "get-group" get_group(OneGroup) -> Group = Get "/groups/{name}", Read;
    /// Add a group.
    "add-group" add_group(NewGroup) -> Group = Post "/groups", Change;
    /// Change a group.
    "set-group" set_group(GroupChange) -> Group = Patch "/groups/{name}", Change;
    /// Remove a group.
    "delete-group" delete_group(DeleteGroup) -> Empty = Delete "/groups/{name}", Change;
}
