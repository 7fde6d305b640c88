//! Membership in a directory: the library `directory`.

use directory::{Error, Host, Secret};
use pmd_api::directory::*;
use pmd_api::{Empty, Problem};

use super::Context;

/// Does what the domain `directory` offers.
pub(super) struct Directory {
    context: Context,
    host: Host,
}

impl Directory {
    /// For one call.
    pub(super) fn new(context: Context) -> Self {
        Directory {
            host: Host::at(&context.root),
            context,
        }
    }
}

fn problem(error: Error) -> Problem {
    let text = error.to_string();
    match error {
        Error::Word { .. } | Error::Option(_) => Problem::invalid(text),
        Error::Joined { .. } | Error::NotJoined => Problem::conflict(text),
        Error::Missing { .. } => Problem::unavailable(text),
        _ => Problem::failed(text),
    }
}

fn kind(kind: directory::Kind) -> Kind {
    match kind {
        directory::Kind::Ad => Kind::Ad,
        directory::Kind::Ldap => Kind::Ldap,
    }
}

fn shown(of: Option<directory::Membership>) -> Membership {
    let Some(of) = of else {
        return Membership {
            joined: false,
            kind: None,
            domain: None,
            servers: Vec::new(),
            roles: std::collections::BTreeMap::new(),
            sudo: Vec::new(),
            ssh: Vec::new(),
        };
    };
    Membership {
        joined: true,
        kind: Some(kind(of.kind)),
        domain: Some(of.domain),
        servers: of.servers.iter().map(ToString::to_string).collect(),
        roles: of.roles,
        sudo: of.sudo,
        ssh: of.ssh,
    }
}

fn secret(of: Option<&pmd_api::Secret>) -> Option<Secret> {
    of.map(|secret| Secret::new(secret.reveal()))
}

impl Handler for Directory {
    fn info(&mut self, _: Empty) -> Result<Membership, Problem> {
        directory::info(&self.host).map(shown).map_err(problem)
    }

    fn join(&mut self, asked: Join) -> Result<Membership, Problem> {
        let servers = asked.servers.iter().map(|name| directory::Server::parse(name));
        let servers = servers.collect::<Result<Vec<_>, _>>().map_err(problem)?;
        let text = |name: &pmd_api::names::Line| name.to_string();
        let names = |list: Vec<pmd_api::names::PrincipalName>| list.into_iter().map(String::from).collect();
        let request = directory::Join {
            kind: match asked.kind {
                Kind::Ad => directory::Kind::Ad,
                Kind::Ldap => directory::Kind::Ldap,
            },
            domain: asked.domain.to_string(),
            servers,
            user: asked.user.as_ref().map(text),
            password: secret(asked.password.as_ref()),
            organizational_unit: asked.organizational_unit.as_ref().map(text),
            host_name: None,
            base: asked.base.as_ref().map(text),
            ca: asked.ca,
            roles: asked
                .roles
                .into_iter()
                .map(|(role, groups)| (role, names(groups)))
                .collect(),
            sudo: names(asked.sudo),
            ssh: names(asked.ssh),
            offline_days: asked.offline_days,
            qualified: asked.qualified,
        };
        let context = self.context.clone();
        let mut tell = |message: &str| context.progress(message, 0, 0);
        directory::join(&self.host, &request, &mut tell)
            .map(|of| shown(Some(of)))
            .map_err(problem)
    }

    fn leave(&mut self, asked: Leave) -> Result<Membership, Problem> {
        let request = directory::Leave {
            user: asked.user.as_ref().map(|user| user.to_string()),
            password: secret(asked.password.as_ref()),
        };
        let context = self.context.clone();
        let mut tell = |message: &str| context.progress(message, 0, 0);
        directory::leave(&self.host, &request, &mut tell).map_err(problem)?;
        Ok(shown(None))
    }

    fn test(&mut self, asked: Test) -> Result<Vec<Check>, Problem> {
        let request = directory::Test {
            user: asked.user.as_ref().map(|user| user.to_string()),
        };
        let checks = directory::test(&self.host, &request).map_err(problem)?;
        Ok(checks
            .into_iter()
            .map(|check| Check {
                name: check.name,
                works: check.works,
                detail: check.detail,
            })
            .collect())
    }
}
