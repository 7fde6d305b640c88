//! `/etc/pmd/pmd.toml`: where the daemon listens, whom it believes, who may do what.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use identity::certificate::Accounts;
use identity::token::Issuer;
use pmd_api::{Custom, Roles};
use serde::Deserialize;

/// Where the configuration is.
pub const FILE: &str = "/etc/pmd/pmd.toml";

/// The whole file. What is not set is closed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where to listen.
    pub listen: Listen,
    /// The certificate.
    pub tls: Tls,
    /// How callers may prove who they are.
    pub auth: Auth,
    /// Groups by role.
    pub roles: BTreeMap<String, BTreeSet<String>>,
    /// Roles of one's own.
    pub role: BTreeMap<String, Custom>,
    /// How much is too much.
    pub limits: Limits,
    /// Where files are.
    pub paths: Paths,
}

/// Where to listen.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    /// Addresses for TLS; there is no plain HTTP.
    pub tls: Vec<SocketAddr>,
    /// The unix socket.
    pub unix: Option<PathBuf>,
    /// A unix socket that speaks TLS, for systemd-socket-proxyd, which fills it from vsock(7).
    pub relay: Option<PathBuf>,
}

impl Default for Listen {
    fn default() -> Self {
        Listen {
            tls: vec![SocketAddr::from(([0; 16], 2081))],
            unix: Some(PathBuf::from("/run/pmd/pmd.sock")),
            relay: None,
        }
    }
}

/// The certificate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// One's own certificate, PEM, with the chain; one is made if not given.
    pub certificate: Option<PathBuf>,
    /// Its key, PEM.
    pub key: Option<PathBuf>,
    /// Who signs client certificates, PEM; none are asked for if not given.
    pub client_ca: Option<PathBuf>,
    /// Refuse clients without a certificate.
    pub require_client_certificate: bool,
    /// Days that a certificate of our own making lasts; it is made anew when a third is left.
    pub days: u32,
}

impl Default for Tls {
    fn default() -> Self {
        Tls {
            certificate: None,
            key: None,
            client_ca: None,
            require_client_certificate: false,
            days: 365,
        }
    }
}

/// How callers may prove who they are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    /// User and password, checked by PAM.
    pub password: bool,
    /// Kerberos.
    pub kerberos: bool,
    /// The keys that tickets are for.
    pub keytab: PathBuf,
    /// Issuers of tokens, and what their tokens must say.
    pub token: Vec<Issuer>,
    /// Whose client certificates are whose: nobody's if not given.
    pub certificate: Accounts,
    /// Seconds that an answer of PAM or of the name services is believed.
    pub cache_seconds: u64,
}

impl Default for Auth {
    fn default() -> Self {
        Auth {
            password: true,
            kerberos: false,
            keytab: PathBuf::from("/etc/krb5.keytab"),
            token: Vec::new(),
            certificate: Accounts::default(),
            cache_seconds: 30,
        }
    }
}

/// How much is too much.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// Connections at a time from one address.
    pub connections_per_source: usize,
    /// Seconds for the headers of a request, and between requests.
    pub header_seconds: u64,
    /// Seconds for the body of a request.
    pub body_seconds: u64,
    /// Wrong passwords of a user from one source before it is locked out.
    pub attempts: u32,
    /// Seconds of the first lock-out; each further one is twice as long, up to an hour.
    pub lock_seconds: u64,
    /// Requests without a name per second and source, and changes per second and user.
    pub per_second: u32,
    /// So many of them at once.
    pub burst: u32,
    /// Jobs that are kept.
    pub jobs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 1024,
            connections_per_source: 256,
            header_seconds: 15,
            body_seconds: 30,
            attempts: 5,
            lock_seconds: 30,
            per_second: 20,
            burst: 100,
            jobs: 200,
        }
    }
}

/// Where files are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Paths {
    /// Sockets of helpers.
    pub helpers: PathBuf,
    /// Key and certificate of our own making.
    pub state: PathBuf,
    /// The audit log.
    pub audit: PathBuf,
}

impl Default for Paths {
    fn default() -> Self {
        Paths {
            helpers: PathBuf::from("/run/pmd/helper"),
            state: PathBuf::from("/var/lib/pmd"),
            audit: PathBuf::from("/var/log/pmd/audit.jsonl"),
        }
    }
}

impl Config {
    /// Reads it; without a file everything is as it is shipped.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = match std::fs::read_to_string(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            other => other.with_context(|| format!("cannot read {}", path.display()))?,
        };
        Self::read(&text, path).with_context(|| format!("{} cannot be used", path.display()))
    }

    fn read(text: &str, path: &Path) -> anyhow::Result<Self> {
        let mut config = Self::parse(text)?;
        config.add_groups(&path.with_file_name("roles.d"))?;
        config.roles()?;
        Ok(config)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut config: Config = toml::from_str(text)?;
        if config.roles.is_empty() {
            config.roles = shipped();
        }
        config.roles()?;
        Ok(config)
    }

    /// Adds the groups of `roles.d`, beside the file, where joining a directory writes its own.
    fn add_groups(&mut self, dir: &Path) -> anyhow::Result<()> {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|end| end == "toml"));
        paths.sort();
        for path in paths {
            let text =
                std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let more: Groups =
                toml::from_str(&text).with_context(|| format!("{} cannot be used", path.display()))?;
            for (role, groups) in more.roles {
                self.roles.entry(role).or_default().extend(groups);
            }
        }
        Ok(())
    }

    /// Who may do what.
    pub fn roles(&self) -> Result<Roles, pmd_api::RoleError> {
        Roles::new(self.roles.clone(), &self.role)
    }
}

/// A file of `roles.d`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Groups {
    roles: BTreeMap<String, BTreeSet<String>>,
}

/// Groups that have roles when the file maps none: root's own, and one for each role, which nobody is in at first.
fn shipped() -> BTreeMap<String, BTreeSet<String>> {
    let roles = ["viewer", "network", "packages", "firewall", "users", "operator"];
    let own = roles.map(|role| (role.to_owned(), BTreeSet::from([format!("pmd-{role}")])));
    let admin = BTreeSet::from(["root".to_owned(), "pmd-admin".to_owned()]);
    own.into_iter().chain([("admin".to_owned(), admin)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_gives_roles_to_root_and_to_groups_that_are_empty() {
        let config = Config::parse("").unwrap();
        assert!(config.roles["admin"].contains("root"));
        assert!(config.auth.token.is_empty() && !config.auth.kerberos);
    }

    #[test]
    fn groups_of_a_directory_are_added() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("roles.d")).unwrap();
        let drop_in = dir.path().join("roles.d/lumen-directory.toml");
        std::fs::write(&drop_in, "[roles]\nadmin = [\"domain admins\"]\n").unwrap();
        let config = Config::load(&dir.path().join("pmd.toml")).unwrap();
        assert!(config.roles["admin"].contains("domain admins") && config.roles["admin"].contains("root"));
        std::fs::write(&drop_in, "[roles]\nadmins = [\"x\"]\n").unwrap();
        assert!(Config::load(&dir.path().join("pmd.toml")).is_err());
    }

    #[test]
    fn unknown_keys_and_roles_are_refused() {
        assert!(Config::parse("[listen]\nhttp = 80\n").is_err());
        assert!(Config::parse("[roles]\nadmn = [\"x\"]\n").is_err());
        assert!(Config::parse("[auth]\nUseAuthentication = false\n").is_err());
    }

    #[test]
    fn a_custom_role_has_its_domains_only() {
        let text = "[roles]\nlogs = [\"auditors\"]\n[role.logs]\nread = [\"logs\"]\n";
        let roles = Config::parse(text).unwrap().roles().unwrap();
        let groups = ["auditors".to_owned()];
        assert!(roles.allow(&groups, pmd_api::find("logs.list").unwrap()));
        assert!(!roles.allow(&groups, pmd_api::find("system.info").unwrap()));
    }
}
