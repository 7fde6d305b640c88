//! LDAP: servers with a certificate we can check, a base that exists, a name and password that are right.

use super::{Join, Joined};
use crate::discover::{self, Server, Transport};
use crate::error::Error;
use crate::files::{LdapAccess, Material, Settings};
use crate::host::Host;
use crate::membership::Membership;
use crate::probe::Trust;
use crate::tool::{self, Secret, Tool};
use crate::{Progress, names, probe};

pub(super) fn join(
    host: &Host,
    request: &Join,
    mut membership: Membership,
    progress: Progress<'_>,
) -> Result<Joined, Error> {
    let Some(ca) = &request.ca else {
        return Err(Error::Option(
            "give --ca, the certificate of the CA that signed the LDAP servers'; LDAP without TLS is not spoken",
        ));
    };
    let trust = Trust::of(ca)?;
    let bind = bind(request)?;
    progress(&format!("looking for LDAP servers of {}", membership.domain));
    membership.servers = usable(host, &membership, &trust, progress)?;
    let base = membership
        .base
        .clone()
        .unwrap_or_else(|| names::suffix_of(&membership.domain));
    let query = Query {
        server: &membership.servers[0],
        ca,
        bind: bind.as_ref(),
        base: &base,
    };
    progress(&format!("reading {base} at {}", query.server));
    query.check_base()?;
    let members_by_dn = query.members_by_dn()?;
    membership.base = Some(base.clone());
    Ok(Joined {
        material: Material {
            settings: Settings {
                ldap: Some(LdapAccess { bind, members_by_dn }),
                ..Material::example(request).settings
            },
            ..Material::example(request)
        },
        membership,
    })
}

fn bind(request: &Join) -> Result<Option<(String, Secret)>, Error> {
    match (&request.user, &request.password) {
        (None, None) => Ok(None),
        (Some(user), Some(password)) if is_line(password.reveal()) => {
            Ok(Some((names::dn("name to bind as", user)?, password.clone())))
        }
        (Some(_), Some(_)) => Err(Error::Option(
            "the password to bind with must be one line that is not empty, without spaces at its ends",
        )),
        _ => Err(Error::Option(
            "give both --user, the DN to bind as, and its password, or neither to read anonymously",
        )),
    }
}

/// sssd.conf has no quotes: a password that begins with a space cannot be written there.
fn is_line(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.chars().any(char::is_control)
}

/// The servers that prove to be ours, each with the way it speaks TLS.
fn usable(
    host: &Host,
    membership: &Membership,
    trust: &Trust,
    progress: Progress<'_>,
) -> Result<Vec<Server>, Error> {
    let candidates = match membership.servers.is_empty() {
        true => discover::servers(host, &membership.domain)?,
        false => membership.servers.clone(),
    };
    let (mut usable, mut tried) = (Vec::<Server>::new(), Vec::new());
    for way in candidates.iter().flat_map(Server::ways) {
        if usable.iter().any(|found| found.host == way.host) {
            continue;
        }
        match probe::probe(&way, trust) {
            Ok(()) => usable.push(way),
            Err(why) => tried.push(format!("{way}: {why}")),
        }
    }
    if usable.is_empty() {
        return Err(Error::Servers {
            domain: membership.domain.clone(),
            tried,
        });
    }
    for line in &tried {
        progress(&format!("not used: {line}"));
    }
    Ok(usable)
}

/// Asks one server by ldapsearch(1), so with the TLS library and rules that sssd will use.
pub(crate) struct Query<'a> {
    pub(crate) server: &'a Server,
    pub(crate) ca: &'a str,
    pub(crate) bind: Option<&'a (String, Secret)>,
    pub(crate) base: &'a str,
}

impl Query<'_> {
    fn check_base(&self) -> Result<(), Error> {
        let found = self.search("base", "(objectClass=*)", &["dn"])?;
        match found.contains("dn:") {
            true => Ok(()),
            false => Err(self.refused(
                format!("to show {}", self.base),
                "no entry".to_owned(),
                NOT_READABLE,
            )),
        }
    }

    /// Whether groups list their members by DN. A group that lists nobody says nothing.
    fn members_by_dn(&self) -> Result<bool, Error> {
        let found = self.search(
            "sub",
            "(&(objectClass=posixGroup)(|(member=*)(uniqueMember=*)))",
            &["dn"],
        )?;
        Ok(found.contains("dn:"))
    }

    fn search(&self, scope: &str, filter: &str, attributes: &[&str]) -> Result<String, Error> {
        let folder = tool::private_folder().map_err(Error::file("create", std::env::temp_dir()))?;
        let (ca, secret) = (folder.path().join("ca.pem"), folder.path().join("secret"));
        std::fs::write(&ca, self.ca).map_err(Error::file("write", &ca))?;
        let mut tool = Tool::new("ldapsearch")
            .env("LDAPTLS_CACERT", &ca)
            .env("LDAPTLS_REQCERT", "demand")
            .env("LDAPNOINIT", "1");
        tool = tool.arg("-LLL").arg("-x").arg("-H").arg(self.server.to_string());
        tool = tool
            .arg("-o")
            .arg("nettimeout=5")
            .arg("-l")
            .arg("10")
            .arg("-z")
            .arg("5");
        if self.server.transport != Some(Transport::Ldaps) {
            tool = tool.arg("-ZZ");
        }
        if let Some((dn, password)) = self.bind {
            std::fs::write(&secret, password.reveal()).map_err(Error::file("write", &secret))?;
            tool = tool.arg("-D").arg(dn).arg("-y").arg(&secret);
        }
        tool = tool.arg("-b").arg(self.base).arg("-s").arg(scope).arg(filter);
        let finished = attributes
            .iter()
            .fold(tool, |tool, attribute| tool.arg(attribute))
            .run()?;
        match finished.code {
            // sizeLimitExceeded: there is more than we asked for.
            Some(0 | 4) => Ok(finished.output),
            code => Err(self.explained(code, finished.reason())),
        }
    }

    /// By the result codes of RFC 4511, 4.1.9.
    fn explained(&self, code: Option<i32>, why: String) -> Error {
        let (what, advice) = match code {
            Some(49) => (
                "the name and password".to_owned(),
                "; is the DN complete, and the password right?",
            ),
            Some(32) => (format!("to show {}", self.base), "; give the right --base"),
            Some(50) => (format!("to show {}", self.base), NOT_READABLE),
            Some(8 | 13 | 48) => ("to be read".to_owned(), "; give --user and a password"),
            _ => ("to be read".to_owned(), ""),
        };
        self.refused(what, why, advice)
    }

    fn refused(&self, what: String, why: String, advice: &'static str) -> Error {
        Error::Ldap {
            server: self.server.to_string(),
            what,
            why,
            advice,
        }
    }
}

const NOT_READABLE: &str = "; may everybody read there, or must you give --user?";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_sssd_conf_cannot_hold_is_refused() {
        for bad in ["", " a", "a ", "a\nldap_tls_reqcert = never"] {
            assert!(!is_line(bad), "{bad:?}");
        }
        assert!(is_line("pass word ;#=ü"));
    }
}
