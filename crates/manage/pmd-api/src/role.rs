//! Who may do what: roles, mapped to groups of the host's name services.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::table::{Access, Domain, Operation};

/// What a role may do in a domain.
pub type Permission = (Domain, Access);

/// Why a configuration of roles cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoleError {
    /// A custom role has the name of one that is built in.
    #[error("role `{0}` is built in; give your own another name")]
    BuiltIn(String),
    /// Groups are mapped to a role that is not there.
    #[error("there is no role `{0}`; define it in [role.{0}] or map its groups to one of: {known}", known = BUILT_IN.join(", "))]
    Unknown(String),
    /// A role names a domain that is not there.
    #[error("role `{role}` names the domain `{domain}`, which does not exist")]
    Domain {
        /// The role.
        role: String,
        /// What it names.
        domain: String,
    },
}

/// The names of the roles that are built in.
const BUILT_IN: [&str; 7] = [
    "viewer", "network", "packages", "firewall", "users", "operator", "admin",
];

/// A role of the administrator's own: domains it may look at and change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Custom {
    /// Domains it may look at.
    pub read: Vec<String>,
    /// Domains it may change, and so look at.
    pub change: Vec<String>,
}

/// All roles and who has them.
#[derive(Debug, Clone, Default)]
pub struct Roles {
    permissions: BTreeMap<String, BTreeSet<Permission>>,
    groups: BTreeMap<String, BTreeSet<String>>,
}

/// Domains that everybody with a role for something may look at.
const OPEN: [Domain; 2] = [Domain::System, Domain::Daemon];
/// What only `admin` may look at: a backup holds private keys, the directory's state says who may join.
const GUARDED: [Domain; 2] = [Domain::Backup, Domain::Directory];

/// The one table of what a built-in role may do; everything else is denied.
fn built_in(role: &str) -> BTreeSet<Permission> {
    let read = |domains: &[Domain]| {
        domains
            .iter()
            .map(|&domain| (domain, Access::Read))
            .collect::<Vec<_>>()
    };
    let change = |domains: &[Domain]| {
        domains
            .iter()
            .map(|&domain| (domain, Access::Change))
            .collect::<Vec<_>>()
    };
    let plain: Vec<Domain> = Domain::ALL
        .into_iter()
        .filter(|domain| !GUARDED.contains(domain))
        .collect();
    let viewed: Vec<Domain> = plain
        .iter()
        .copied()
        .filter(|&domain| domain != Domain::Logs)
        .collect();
    let rows = match role {
        "viewer" => vec![read(&viewed)],
        "network" => vec![read(&OPEN), change(&[Domain::Network])],
        "packages" => vec![read(&OPEN), change(&[Domain::Packages, Domain::Updates])],
        "firewall" => vec![read(&OPEN), read(&[Domain::Network]), change(&[Domain::Firewall])],
        "users" => vec![read(&OPEN), change(&[Domain::Users])],
        "operator" => vec![
            read(&plain),
            change(&[
                Domain::System,
                Domain::Services,
                Domain::Packages,
                Domain::Updates,
                Domain::Roles,
            ]),
        ],
        "admin" => vec![change(&Domain::ALL)],
        _ => Vec::new(),
    };
    rows.into_iter().flatten().collect()
}

impl Roles {
    /// The built-in roles, custom ones, and which groups have them.
    pub fn new(
        groups: BTreeMap<String, BTreeSet<String>>,
        custom: &BTreeMap<String, Custom>,
    ) -> Result<Self, RoleError> {
        let mut permissions: BTreeMap<String, BTreeSet<Permission>> = BUILT_IN
            .iter()
            .map(|&role| (role.to_owned(), built_in(role)))
            .collect();
        for (role, domains) in custom {
            if BUILT_IN.contains(&role.as_str()) {
                return Err(RoleError::BuiltIn(role.clone()));
            }
            permissions.insert(role.clone(), of_custom(role, domains)?);
        }
        match groups.keys().find(|role| !permissions.contains_key(*role)) {
            Some(role) => Err(RoleError::Unknown(role.clone())),
            None => Ok(Roles { permissions, groups }),
        }
    }

    /// The roles of somebody in these groups.
    pub fn of<'a>(&'a self, groups: &'a [String]) -> impl Iterator<Item = &'a str> {
        self.groups
            .iter()
            .filter(|(_, members)| groups.iter().any(|group| members.contains(group)))
            .map(|(role, _)| role.as_str())
    }

    /// Whether somebody in these groups may do it. Whoever may change something may look at it.
    pub fn allow(&self, groups: &[String], operation: &Operation) -> bool {
        match operation.access {
            Access::Public | Access::Known => true,
            access => self
                .of(groups)
                .filter_map(|role| self.permissions.get(role))
                .any(|set| {
                    set.contains(&(operation.domain, Access::Change))
                        || set.contains(&(operation.domain, access))
                }),
        }
    }

    /// Which roles may do it, for a message.
    pub fn needed(&self, operation: &Operation) -> Vec<&str> {
        let may = |set: &BTreeSet<Permission>| {
            set.contains(&(operation.domain, Access::Change))
                || set.contains(&(operation.domain, operation.access))
        };
        self.permissions
            .iter()
            .filter(|(_, set)| may(set))
            .map(|(role, _)| role.as_str())
            .collect()
    }
}

fn of_custom(role: &str, custom: &Custom) -> Result<BTreeSet<Permission>, RoleError> {
    let find = |domain: &String| {
        Domain::find(domain).ok_or_else(|| RoleError::Domain {
            role: role.to_owned(),
            domain: domain.clone(),
        })
    };
    let read = custom.read.iter().map(|domain| Ok((find(domain)?, Access::Read)));
    let change = custom
        .change
        .iter()
        .map(|domain| Ok((find(domain)?, Access::Change)));
    read.chain(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::operations;

    fn roles() -> Roles {
        let groups = BUILT_IN
            .iter()
            .map(|&role| (role.to_owned(), BTreeSet::from([format!("g-{role}")])))
            .collect();
        Roles::new(groups, &BTreeMap::new()).unwrap()
    }

    #[test]
    fn nobody_may_anything_without_a_role() {
        let roles = roles();
        for operation in operations().filter(|operation| operation.access > Access::Known) {
            assert!(!roles.allow(&[], operation), "{operation:?}");
            assert!(
                !roles.allow(&["admin".to_owned(), "root".to_owned()], operation),
                "{operation:?}"
            );
        }
    }

    #[test]
    fn admin_may_everything_and_viewer_changes_nothing() {
        let roles = roles();
        for operation in operations() {
            assert!(roles.allow(&["g-admin".to_owned()], operation), "{operation:?}");
            if operation.access == Access::Change {
                assert!(!roles.allow(&["g-viewer".to_owned()], operation), "{operation:?}");
            }
        }
    }

    #[test]
    fn a_role_changes_its_own_domain_only() {
        let roles = roles();
        for (role, domain) in [
            ("network", Domain::Network),
            ("firewall", Domain::Firewall),
            ("users", Domain::Users),
        ] {
            let group = [format!("g-{role}")];
            for operation in operations().filter(|operation| operation.access == Access::Change) {
                assert_eq!(
                    roles.allow(&group, operation),
                    operation.domain == domain,
                    "{role} {operation:?}"
                );
            }
        }
    }

    #[test]
    fn only_public_operations_need_no_name() {
        let public: Vec<&str> = operations()
            .filter(|operation| operation.access == Access::Public)
            .map(|operation| operation.id)
            .collect();
        assert_eq!(public, ["daemon.health", "daemon.openapi"]);
    }

    #[test]
    fn mistakes_in_the_configuration_are_refused() {
        let custom = |role: &str, domain: &str| {
            BTreeMap::from([(
                role.to_owned(),
                Custom {
                    change: vec![domain.to_owned()],
                    ..Custom::default()
                },
            )])
        };
        let none = BTreeMap::new();
        assert!(matches!(
            Roles::new(none.clone(), &custom("admin", "users")),
            Err(RoleError::BuiltIn(_))
        ));
        assert!(matches!(
            Roles::new(none.clone(), &custom("mine", "user")),
            Err(RoleError::Domain { .. })
        ));
        let groups = BTreeMap::from([("admn".to_owned(), BTreeSet::new())]);
        assert!(matches!(
            Roles::new(groups, &BTreeMap::new()),
            Err(RoleError::Unknown(_))
        ));
    }
}
