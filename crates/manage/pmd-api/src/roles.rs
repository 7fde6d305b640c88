//! Role plugins: what turns a host into something, such as a node of a cluster.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Empty;
use crate::names::Label;

words! {
    /// What to do with a role.
    pub enum RoleAction {
        /// Make the host have it.
        Enable,
        /// Change its configuration.
        Update,
        /// Take it away.
        Remove,
    }
}

shapes! {
    /// A role that a plugin offers.
    pub struct Role {
        /// Its id.
        pub id: String,
        /// Its name, for people.
        pub name: String,
        /// What it does.
        pub description: String,
        /// The role it is a part of.
        pub parent: Option<String>,
        /// The plugin's version.
        pub version: String,
        /// Whether the host has it.
        pub enabled: bool,
    }

    /// Which role.
    pub struct OneRole {
        /// Its id.
        pub name: Label,
    }

    /// What a role needs first.
    pub struct Prerequisite {
        /// What.
        pub name: String,
        /// Whether it is there.
        pub met: bool,
        /// What to do about it.
        pub advice: String,
    }

    /// Something to do with a role.
    pub struct Alter {
        /// Its id.
        pub name: Label,
        /// What to do.
        pub action: RoleAction,
        /// The plugin's own configuration.
        #[serde(default)]
        pub config: BTreeMap<String, Value>,
    }

    /// What came of it.
    pub struct Altered {
        /// What the plugin said.
        pub log: Vec<String>,
    }
}

operations! {
    Roles "roles";

    /// Roles that plugins offer.
    "list" list(Empty) -> Vec<Role> = Get "/roles", Read;
    /// One role.
    "get" get(OneRole) -> Role = Get "/roles/{name}", Read;
    /// What a role needs first.
    "prerequisites" prerequisites(OneRole) -> Vec<Prerequisite> = Get "/roles/{name}/prerequisites", Read;
    /// Enable, update or remove a role.
    "alter" alter(Alter) -> Altered = Post "/roles/{name}/actions", Change, job true;
}
