//! Active Directory: adcli(8) makes the host's account and its keys.

use std::path::Path;

use tempfile::TempDir;

use super::{Join, Joined};
use crate::discover::{self, Server};
use crate::error::Error;
use crate::files::{self, Material};
use crate::host::Host;
use crate::membership::Membership;
use crate::tool::{Finished, Secret, Tool};
use crate::{Progress, names, probe, tool};

/// NetBIOS names of hosts (MS-ADTS, 6.4): fifteen characters, and the account has one more.
const MAX_COMPUTER: usize = 15;

/// What Kerberos allows (RFC 4120, 1.6), in seconds.
const MAX_SKEW: u64 = 300;

pub(super) fn join(
    host: &Host,
    request: &Join,
    mut membership: Membership,
    progress: Progress<'_>,
) -> Result<Joined, Error> {
    let (user, password) = match (&request.user, &request.password) {
        (Some(user), Some(password)) => (names::principal(user)?, password),
        _ => {
            return Err(Error::Option(
                "give --user, who may add hosts to the domain, and their password",
            ));
        }
    };
    let computer = computer_name(&membership.host);
    membership.computer = Some(computer.clone());
    progress(&format!(
        "looking for domain controllers of {}",
        membership.domain
    ));
    let controller = reachable(host, &membership)?;
    progress(&format!(
        "joining {} as {computer} at {}",
        membership.domain, controller.host
    ));
    check_clock(&controller)?;
    let folder = private_folder()?;
    let keytab = folder.path().join("keytab");
    let run = Run {
        domain: &membership.domain,
        krb5: krb5(host, &membership, folder.path())?,
        user,
        password,
    };
    let mut tool = run.tool("join").arg("--domain-controller").arg(&controller.host);
    tool = tool
        .arg("--host-fqdn")
        .arg(&membership.host)
        .arg("--computer-name")
        .arg(&computer);
    tool = tool
        .arg("--host-keytab")
        .arg(&keytab)
        .arg("--os-name")
        .arg("Lumen OS");
    if let Some(unit) = &request.organizational_unit {
        tool = tool.arg("--domain-ou").arg(unit);
    }
    run.finish(tool, format!("cannot join {} as {user}", membership.domain))?;
    let keys = std::fs::read(&keytab).map_err(Error::file("read", &keytab))?;
    Ok(Joined {
        material: Material {
            keytab: Some(keys),
            ..Material::example(request)
        },
        membership,
    })
}

/// Removes the account of a host that could not be configured. The first error is the one that counts.
pub(super) fn withdraw(request: &Join, membership: &Membership) {
    if let (Some(user), Some(password)) = (&request.user, &request.password) {
        let _ = delete(&Host::this(), membership, user, password);
    }
}

/// Removes the host's account.
pub(crate) fn delete(
    host: &Host,
    membership: &Membership,
    user: &str,
    password: &Secret,
) -> Result<(), Error> {
    let folder = private_folder()?;
    let run = Run {
        domain: &membership.domain,
        krb5: krb5(host, membership, folder.path())?,
        user: names::principal(user)?,
        password,
    };
    let computer = membership
        .computer
        .clone()
        .unwrap_or_else(|| computer_name(&membership.host));
    let mut tool = run.tool("delete-computer");
    if let Some(server) = membership.servers.first() {
        tool = tool.arg("--domain-controller").arg(&server.host);
    }
    run.finish(
        tool.arg(&computer),
        format!("cannot remove the account {computer} from {}", membership.domain),
    )?;
    Ok(())
}

fn computer_name(host: &str) -> String {
    let first = host.split('.').next().unwrap_or(host);
    first
        .chars()
        .take(MAX_COMPUTER)
        .collect::<String>()
        .to_ascii_uppercase()
}

/// What each run of adcli has in common.
struct Run<'a> {
    domain: &'a str,
    krb5: std::path::PathBuf,
    user: &'a str,
    password: &'a Secret,
}

impl Run<'_> {
    fn tool(&self, verb: &str) -> Tool {
        Tool::new("adcli")
            .env("KRB5_CONFIG", &self.krb5)
            .arg(verb)
            .arg(format!("--domain={}", self.domain))
            .arg(format!("--domain-realm={}", files::realm(self.domain)))
            .arg(format!("--login-user={}", self.user))
            .arg("--stdin-password")
            .input(self.password.reveal())
    }

    fn finish(&self, tool: Tool, what: String) -> Result<Finished, Error> {
        let finished = tool.run()?;
        match finished.success {
            true => Ok(finished),
            false => Err(explained(what, finished.reason())),
        }
    }
}

/// What to do about what Kerberos and Active Directory say.
fn explained(what: String, why: String) -> Error {
    let advice = match why.as_str() {
        text if text.contains("Preauthentication failed") => "; the password is wrong",
        text if text.contains("not found in Kerberos database") => "; there is no such user in the domain",
        text if text.contains("credentials have been revoked") => "; the account is disabled or locked",
        text if text.contains("Clock skew") => "; set this host's time (`timedatectl`), then try again",
        text if text.contains("Cannot contact any KDC") => {
            "; the domain controller is down, or port 88 is closed"
        }
        text if text.contains("Password has expired") => "; change the password first",
        text if text.contains("nsufficient") || text.contains("denied") => {
            "; this user may not add hosts there: use another, or let an administrator make the account before"
        }
        _ => "",
    };
    Error::Adcli { what, why, advice }
}

/// The first controller whose LDAP port is open.
pub(crate) fn reachable(host: &Host, membership: &Membership) -> Result<Server, Error> {
    let servers = match membership.servers.is_empty() {
        true => discover::controllers(host, &membership.domain)?,
        false => membership.servers.clone(),
    };
    let mut tried = Vec::new();
    for server in servers {
        match probe::connect(&server.host, server.port) {
            Ok(_) => return Ok(server),
            Err(why) => tried.push(format!("{}: {why}", server.host)),
        }
    }
    Err(Error::Servers {
        domain: membership.domain.clone(),
        tried,
    })
}

/// Compares clocks by what the controller says of its own to everybody (MS-ADTS, 3.1.1.3.2.2), since what Kerberos says
/// about it later is harder to understand.
fn check_clock(server: &Server) -> Result<(), Error> {
    let Some(theirs) = probe::time_of(&server.host, server.port) else {
        // Not every server says it; Kerberos will.
        return Ok(());
    };
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let ours = now.map_or(0, |since| since.as_secs());
    match theirs.abs_diff(ours) {
        0..=MAX_SKEW => Ok(()),
        seconds => Err(Error::Skew {
            server: server.host.clone(),
            seconds,
            direction: if theirs > ours { "ahead of" } else { "behind" },
        }),
    }
}

/// Kerberos as it will be configured, before it is: adcli reads it from here.
fn krb5(host: &Host, membership: &Membership, folder: &Path) -> Result<std::path::PathBuf, Error> {
    let path = folder.join("krb5.conf");
    std::fs::write(&path, files::krb5_config(host, membership)).map_err(Error::file("write", &path))?;
    Ok(path)
}

/// Only for us, and gone when we are.
fn private_folder() -> Result<TempDir, Error> {
    tool::private_folder().map_err(Error::file("create", std::env::temp_dir()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_computers_name_fits_into_netbios() {
        assert_eq!(computer_name("host1.lumen.test"), "HOST1");
        assert_eq!(
            computer_name("a-very-long-host-name.lumen.test"),
            "A-VERY-LONG-HOS"
        );
    }

    #[test]
    fn what_kerberos_says_is_followed_by_what_to_do() {
        for (said, advice) in [
            (
                "Couldn't authenticate as: a@B: Preauthentication failed",
                "the password is wrong",
            ),
            (
                "Couldn't authenticate as: a@B: Clock skew too great",
                "timedatectl",
            ),
            (
                "Couldn't authenticate: Client's credentials have been revoked",
                "disabled or locked",
            ),
        ] {
            let error = explained("cannot join".to_owned(), said.to_owned()).to_string();
            assert!(error.contains(advice), "{error}");
        }
    }
}
