//! A client for each repository that is reached in a way of its own, so that one's name and password are never
//! told to another one's servers; and one for all others.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use download::Client;

use crate::config::{MainConfig, Network, RepoConfig, path_below};
use crate::session::Settings;

/// Clients by repository.
pub(crate) struct Clients {
    shared: Arc<Client>,
    own: Mutex<BTreeMap<String, Arc<Client>>>,
    base: download::Options,
    network: Network,
    family: download::Family,
}

impl Clients {
    pub(crate) fn new(settings: &Settings, main: &MainConfig) -> Self {
        let base = download::Options {
            parallel: settings.parallel,
            retries: main.retries,
            timeout: Duration::from_secs(main.timeout),
            user_agent: user_agent(&settings.root),
            ..download::Options::default()
        };
        let options = with(&base, &main.network, settings.family);
        Self {
            shared: Arc::new(Client::new(options)),
            own: Mutex::default(),
            base,
            network: main.network.clone(),
            family: settings.family,
        }
    }

    /// The client for what belongs to no repository.
    pub(crate) fn shared(&self) -> &Arc<Client> {
        &self.shared
    }

    /// The client of a repository.
    pub(crate) fn of(&self, repo: &RepoConfig) -> Arc<Client> {
        let special = repo.retries.is_some() || repo.timeout.is_some() || repo.network != Network::default();
        if !special {
            return Arc::clone(&self.shared);
        }
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let client = own.entry(repo.id.clone()).or_insert_with(|| {
            let mut options = with(&self.base, &repo.network.over(&self.network), self.family);
            options.retries = repo.retries.unwrap_or(options.retries);
            // In the original 0 means no limit; a connection that says nothing for an hour is dead.
            let timeout = repo
                .timeout
                .map(|seconds| if seconds == 0 { 3600 } else { seconds });
            options.timeout = timeout.map_or(options.timeout, Duration::from_secs);
            Arc::new(Client::new(options))
        });
        Arc::clone(client)
    }

    /// The client for a key of a repository: the repository's own if the key is on the same server, else one
    /// that goes the same way without telling who we are.
    pub(crate) fn for_key(&self, repo: &RepoConfig, location: &str) -> Arc<Client> {
        let same = repo.baseurl.iter().any(|base| server(base) == server(location));
        if same {
            return self.of(repo);
        }
        let anonymous = Network {
            username: None,
            password: None,
            ..repo.network.clone()
        };
        let stranger = RepoConfig {
            id: format!("{} (key)", repo.id),
            network: anonymous,
            ..repo.clone()
        };
        self.of(&stranger)
    }
}

fn server(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find('/').map_or(url.len(), |at| start + at);
    &url[..end]
}

fn with(base: &download::Options, network: &Network, family: download::Family) -> download::Options {
    download::Options {
        min_rate: network.min_rate.unwrap_or(0),
        max_rate: network.throttle.unwrap_or(0),
        access: network.access(family),
        ..base.clone()
    }
}

/// `tdnf/VERSION ID/VERSION_ID`, from os-release(5) of the root.
fn user_agent(root: &Path) -> String {
    let ours = concat!("tdnf/", env!("CARGO_PKG_VERSION"));
    let release = std::fs::read_to_string(path_below(root, Path::new("/etc/os-release"))).unwrap_or_default();
    let value = |key: &str| {
        let line = release
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        let value = line?.trim_matches(['"', '\'']);
        let sane = value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        sane.then(|| value.to_owned())
    };
    match (value("ID"), value("VERSION_ID")) {
        (Some(id), Some(version)) => format!("{ours} {id}/{version}"),
        _ => ours.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_passwords_stay_with_their_repository() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("etc")).unwrap();
        std::fs::write(
            root.path().join("etc/os-release"),
            "ID=lumen\nVERSION_ID=\"1.0\"\n",
        )
        .unwrap();
        let clients = Clients::new(&Settings::new(root.path()), &MainConfig::default());
        let mut repo = RepoConfig::new("r", "https://here/repo");
        assert!(Arc::ptr_eq(&clients.of(&repo), clients.shared()));
        repo.network.username = Some("me".to_owned());
        let named = clients.of(&repo);
        assert_eq!(named.options().access.username.as_deref(), Some("me"));
        assert!(named.options().user_agent.ends_with(" lumen/1.0"));
        assert!(Arc::ptr_eq(&named, &clients.of(&repo)), "connections are kept");
        assert!(Arc::ptr_eq(&named, &clients.for_key(&repo, "https://here/key")));
        assert_eq!(
            clients
                .for_key(&repo, "https://there/key")
                .options()
                .access
                .username,
            None
        );
        assert_eq!(clients.shared().options().access.username, None);
    }
}
