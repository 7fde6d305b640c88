//! Join: find the servers, see that they are what they say, become a member, write the configuration.
//!
//! Nothing on the host changes before everything that can fail elsewhere has succeeded; what fails then is undone.

mod ad;
mod ldap;

use std::collections::BTreeMap;

pub(crate) use ad::{delete as delete_computer, reachable as reachable_controller};

use crate::change::{self, Record};
use crate::discover::Server;
use crate::error::Error;
use crate::files::{self, Material};
use crate::host::Host;
use crate::membership::{Kind, Membership};
use crate::tool::Secret;
use crate::{Progress, names, services};

/// How to join.
#[derive(Debug, Clone)]
pub struct Join {
    /// The kind of directory.
    pub kind: Kind,
    /// Its domain.
    pub domain: String,
    /// Servers; the DNS is asked when there are none.
    pub servers: Vec<Server>,
    /// Who may add hosts to an Active Directory; for LDAP the DN to read as.
    pub user: Option<String>,
    /// Their password.
    pub password: Option<Secret>,
    /// Where the host's account goes in an Active Directory, as a DN.
    pub organizational_unit: Option<String>,
    /// The host's full name there, if it is not the host's name in the domain.
    pub host_name: Option<String>,
    /// Where LDAP keeps accounts, if not at the domain's suffix.
    pub base: Option<String>,
    /// CA certificates (PEM) for LDAP.
    pub ca: Option<String>,
    /// Directory groups by role of pmd.
    pub roles: BTreeMap<String, Vec<String>>,
    /// Directory groups that may use sudo.
    pub sudo: Vec<String>,
    /// Directory groups that may log in by ssh with a password or a ticket.
    pub ssh: Vec<String>,
    /// Days that somebody may log in while no server can be reached; 0: for ever.
    pub offline_days: u32,
    /// Names are `user@domain`.
    pub qualified: bool,
}

/// What joining found out and made.
struct Joined {
    membership: Membership,
    material: Material,
}

/// Joins. The host is a member afterwards, or as it was before.
///
/// # Errors
/// When anything fails; the error says what to do.
pub fn join(host: &Host, request: &Join, progress: Progress<'_>) -> Result<Membership, Error> {
    if change::recover(host)? {
        progress("a change that was interrupted has been undone");
    }
    if let Some(record) = Record::load(host)? {
        return Err(Error::Joined {
            domain: record.membership.domain,
        });
    }
    let membership = checked(request)?;
    files::check_sudo(&membership)?;
    // Before the directory is told of us: whether the host's files can be edited.
    files::plan(host, &membership, &Material::example(request))?;
    let joined = match request.kind {
        Kind::Ad => ad::join(host, request, membership, progress)?,
        Kind::Ldap => ldap::join(host, request, membership, progress)?,
    };
    let undo = |error| {
        if request.kind == Kind::Ad {
            ad::withdraw(request, &joined.membership);
        }
        error
    };
    configure(host, &joined, progress).map_err(undo)?;
    Ok(joined.membership)
}

fn configure(host: &Host, joined: &Joined, progress: Progress<'_>) -> Result<(), Error> {
    let files = files::plan(host, &joined.membership, &joined.material)?;
    progress("writing the configuration of sssd, PAM and NSS");
    services::forget(host)?;
    let record = change::apply(host, joined.membership.clone(), &files)?;
    progress("starting sssd");
    if let Err(error) = services::start(host) {
        services::stop(host)?;
        change::undo(host, &record)?;
        return Err(error);
    }
    Ok(())
}

/// The membership that is asked for, all words of it allowed in the files where they go.
fn checked(request: &Join) -> Result<Membership, Error> {
    let domain = names::host("domain", &request.domain)?;
    if !domain.contains('.') {
        return Err(Error::Word {
            what: "domain",
            value: domain,
            why: "give its full DNS name, such as example.org",
        });
    }
    for group in request
        .sudo
        .iter()
        .chain(&request.ssh)
        .chain(request.roles.values().flatten())
    {
        names::group(group)?;
    }
    for role in request.roles.keys() {
        names::role(role)?;
    }
    let host = match &request.host_name {
        Some(name) => names::host("host name", name)?,
        None => full_name(&names::host("host name", &Host::name())?, &domain),
    };
    let base = request
        .base
        .as_deref()
        .map(|base| names::dn("base", base))
        .transpose()?;
    if let Some(unit) = &request.organizational_unit {
        names::dn("organizational unit", unit)?;
    }
    Ok(Membership {
        kind: request.kind,
        domain,
        servers: request.servers.clone(),
        host,
        computer: None,
        base,
        roles: request.roles.clone(),
        sudo: request.sudo.clone(),
        ssh: request.ssh.clone(),
    })
}

fn full_name(name: &str, domain: &str) -> String {
    match name.contains('.') {
        true => name.to_owned(),
        false => format!("{name}.{domain}"),
    }
}

impl Material {
    /// What will be needed, as far as it is known before.
    fn example(request: &Join) -> Self {
        Self {
            settings: files::Settings {
                offline_days: request.offline_days,
                qualified: request.qualified,
                ldap: None,
            },
            ca: request.ca.clone(),
            keytab: None,
        }
    }
}
