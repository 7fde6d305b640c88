//! Each part on the way of a login, tried in order, so that the first that fails says where to look.

use serde::Serialize;

use crate::error::Error;
use crate::files;
use crate::host::Host;
use crate::membership::{Kind, Membership};
use crate::probe::{self, Trust};
use crate::tool::Tool;
use crate::{info, join, names};

/// Whom to look up.
#[derive(Debug, Clone, Default)]
pub struct Test {
    /// A user of the directory.
    pub user: Option<String>,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What.
    pub name: String,
    /// Whether it works.
    pub works: bool,
    /// What was found, or what to do.
    pub detail: String,
}

impl Check {
    fn of(name: &str, outcome: Result<String, String>) -> Self {
        let works = outcome.is_ok();
        Self {
            name: name.to_owned(),
            works,
            detail: outcome.unwrap_or_else(|why| why),
        }
    }
}

/// Tries everything.
///
/// # Errors
/// When the host is in no directory.
pub fn test(host: &Host, request: &Test) -> Result<Vec<Check>, Error> {
    let membership = info(host)?.ok_or(Error::NotJoined)?;
    let mut checks = vec![Check::of(
        "membership",
        Ok(format!("{} {}", membership.kind.shown(), membership.domain)),
    )];
    match membership.kind {
        Kind::Ad => ad(host, &membership, &mut checks),
        Kind::Ldap => ldap(host, &membership, &mut checks),
    }
    checks.push(Check::of("sssd", sssd(&membership)));
    if let Some(user) = &request.user {
        names::principal(user)?;
        checks.push(Check::of("user", look_up(user)));
    }
    Ok(checks)
}

fn ad(host: &Host, membership: &Membership, checks: &mut Vec<Check>) {
    let server = join::reachable_controller(host, membership);
    checks.push(Check::of(
        "domain controller",
        match &server {
            Ok(server) => Ok(server.host.clone()),
            Err(error) => Err(error.to_string()),
        },
    ));
    if server.is_ok() {
        checks.push(Check::of("host account", host_account(membership)));
    }
}

/// adcli(8), testjoin: whether the keys in the keytab are those of the account.
fn host_account(membership: &Membership) -> Result<String, String> {
    let mut tool = Tool::new("adcli")
        .arg("testjoin")
        .arg(format!("--domain={}", membership.domain));
    tool = tool.arg("--host-keytab").arg(files::KEYTAB);
    let finished = tool.run().map_err(|error| error.to_string())?;
    match finished.success {
        true => Ok(membership.computer.clone().unwrap_or_default()),
        false => Err(format!("{}; leave and join again", finished.reason())),
    }
}

fn ldap(host: &Host, membership: &Membership, checks: &mut Vec<Check>) {
    let ca = host.read(files::CA).map(Option::unwrap_or_default);
    let trust = ca.and_then(|ca| Trust::of(&ca));
    for server in &membership.servers {
        let outcome = match &trust {
            Ok(trust) => {
                probe::probe(server, trust).map(|()| "answers, and its certificate is right".to_owned())
            }
            Err(error) => Err(error.to_string()),
        };
        checks.push(Check::of(&server.to_string(), outcome));
    }
}

/// sssctl(8): offline is no failure of the host, but somebody who asks wants to know.
fn sssd(membership: &Membership) -> Result<String, String> {
    let tool = Tool::new("sssctl")
        .arg("domain-status")
        .arg(&membership.domain)
        .arg("--online");
    let finished = tool.run().map_err(|error| error.to_string())?;
    match (finished.success, finished.output.contains("Online")) {
        (true, true) => Ok("is online".to_owned()),
        (true, false) => Err("is offline: who has logged in before can log in; nobody else".to_owned()),
        (false, _) => Err(format!("{}; see `systemctl status sssd`", finished.reason())),
    }
}

/// id(1), as a login would.
fn look_up(user: &str) -> Result<String, String> {
    let finished = Tool::new("id")
        .arg("--")
        .arg(user)
        .run()
        .map_err(|error| error.to_string())?;
    match finished.success {
        true => Ok(finished.output.trim().to_owned()),
        false => Err(format!(
            "{}; is it in the directory, with a user id?",
            finished.reason()
        )),
    }
}
