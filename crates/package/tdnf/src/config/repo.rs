//! One repository, as a `.repo` file describes it.

use std::path::PathBuf;
use std::time::Duration;

use super::ConfigError;
use super::Network;
use super::ini::{Section, boolean, list};
use super::variables::Variables;

/// How long metadata is good for, in seconds, when nothing else is said (48 hours, as in the original).
const DEFAULT_EXPIRE: u64 = 172_800;

/// A repository and how far it is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoConfig {
    /// Its identifier.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Whether it is used.
    pub enabled: bool,
    /// Where it is, tried in order: `http(s)://`, `file://` or a path.
    pub baseurl: Vec<String>,
    /// Address of a metalink document.
    pub metalink: Option<String>,
    /// Address of a list of mirrors.
    pub mirrorlist: Option<String>,
    /// Whether packages must be signed by a trusted key.
    pub gpgcheck: bool,
    /// Whether the metadata must be signed by a trusted key.
    pub repo_gpgcheck: bool,
    /// Where the keys are: `file://`, `http(s)://` or a path.
    pub gpgkey: Vec<String>,
    /// Among packages of one name the lower number wins.
    pub priority: i32,
    /// Go on without it when it cannot be reached.
    pub skip_if_unavailable: bool,
    /// Age after which metadata is asked for again; `None` for never.
    pub metadata_expire: Option<Duration>,
    /// Attempts per metadata file, when not those of `[main]`.
    pub retries: Option<u32>,
    /// Seconds of silence before a connection is given up, when not those of `[main]`.
    pub timeout: Option<u64>,
    /// Do not read complete file lists.
    pub skip_md_filelists: bool,
    /// Do not read change logs.
    pub skip_md_other: bool,
    /// Do not read advisories.
    pub skip_md_updateinfo: bool,
    /// How it is reached, where it says so itself.
    pub network: Network,
    /// The file it was read from.
    pub origin: Option<PathBuf>,
}

impl RepoConfig {
    /// A repository at an address, with checks on and no key of its own.
    pub fn new(id: &str, baseurl: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: id.to_owned(),
            enabled: true,
            baseurl: vec![baseurl.to_owned()],
            metalink: None,
            mirrorlist: None,
            gpgcheck: true,
            repo_gpgcheck: false,
            gpgkey: Vec::new(),
            priority: 50,
            skip_if_unavailable: false,
            metadata_expire: Some(Duration::from_secs(DEFAULT_EXPIRE)),
            retries: None,
            timeout: None,
            skip_md_filelists: false,
            skip_md_other: false,
            skip_md_updateinfo: false,
            network: Network::default(),
            origin: None,
        }
    }

    /// Where the repository is, for messages and for the name of its cache.
    pub fn address(&self) -> &str {
        let first = self.baseurl.first().map(String::as_str);
        self.metalink
            .as_deref()
            .or(self.mirrorlist.as_deref())
            .or(first)
            .unwrap_or("")
    }

    /// Reads a section; settings that are not known are left alone, like the original does.
    pub(crate) fn from_section(
        section: &Section,
        defaults: &Defaults,
        variables: &Variables,
    ) -> Result<Self, ConfigError> {
        let mut repo = Self::new(&section.name, "");
        repo.baseurl.clear();
        repo.gpgcheck = defaults.gpgcheck;
        repo.repo_gpgcheck = defaults.repo_gpgcheck;
        for (key, value) in &section.settings {
            let value = variables.expand(value);
            if !repo.set(key, &value)? {
                return Err(bad(&section.name, key, &value));
            }
        }
        repo.check_id()?;
        Ok(repo)
    }

    /// The id becomes part of paths below the cache.
    pub(crate) fn check_id(&self) -> Result<(), ConfigError> {
        let sane = |c: char| c.is_ascii_alphanumeric() || "-_.:+@".contains(c);
        if self.id.chars().all(sane) && !self.id.starts_with('.') {
            return Ok(());
        }
        Err(ConfigError::RepoId { id: self.id.clone() })
    }

    /// Sets one key; false when the value cannot be used.
    pub(crate) fn set(&mut self, key: &str, value: &str) -> Result<bool, ConfigError> {
        match key {
            "name" => self.name = value.to_owned(),
            "baseurl" => {
                self.baseurl = list(value)
                    .iter()
                    .map(|url| url.trim_end_matches('/').to_owned())
                    .collect()
            }
            "metalink" => self.metalink = non_empty(value),
            "mirrorlist" => self.mirrorlist = non_empty(value),
            "gpgkey" => self.gpgkey = list(value),
            "metadata_expire" => {
                self.metadata_expire = expire(value).ok_or_else(|| bad(&self.id, key, value))?;
            }
            _ => {
                let network = self.network.set(key, value);
                return Ok(
                    network.unwrap_or_else(|| self.set_number(key, value) && self.set_switch(key, value))
                );
            }
        }
        Ok(true)
    }

    fn set_number(&mut self, key: &str, value: &str) -> bool {
        match key {
            "priority" => assign(&mut self.priority, value.parse().ok()),
            "retries" => assign(&mut self.retries, value.parse().ok().map(Some)),
            "timeout" => assign(&mut self.timeout, value.parse().ok().map(Some)),
            _ => true,
        }
    }

    fn set_switch(&mut self, key: &str, value: &str) -> bool {
        let target = match key {
            "enabled" => &mut self.enabled,
            "gpgcheck" => &mut self.gpgcheck,
            "repo_gpgcheck" => &mut self.repo_gpgcheck,
            "skip_if_unavailable" => &mut self.skip_if_unavailable,
            "skip_md_filelists" => &mut self.skip_md_filelists,
            "skip_md_other" => &mut self.skip_md_other,
            "skip_md_updateinfo" => &mut self.skip_md_updateinfo,
            _ => return true,
        };
        assign(target, boolean(value))
    }
}

/// What repositories inherit from `[main]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defaults {
    pub(crate) gpgcheck: bool,
    pub(crate) repo_gpgcheck: bool,
}

fn assign<T>(target: &mut T, value: Option<T>) -> bool {
    match value {
        Some(value) => {
            *target = value;
            true
        }
        None => false,
    }
}

fn non_empty(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

fn bad(id: &str, key: &str, value: &str) -> ConfigError {
    ConfigError::Value {
        section: id.to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

/// `never`, or a number of seconds, minutes (m), hours (h) or days (d).
fn expire(value: &str) -> Option<Option<Duration>> {
    if value.eq_ignore_ascii_case("never") || value == "-1" {
        return Some(None);
    }
    let (digits, unit) = match value.find(|c: char| !c.is_ascii_digit()) {
        Some(at) => value.split_at(at),
        None => (value, "s"),
    };
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        _ => return None,
    };
    Some(Some(Duration::from_secs(
        digits.parse::<u64>().ok()?.checked_mul(factor)?,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ini::parse;

    fn read(text: &str) -> Result<RepoConfig, ConfigError> {
        let defaults = Defaults {
            gpgcheck: true,
            repo_gpgcheck: false,
        };
        let sections = parse(text, "test.repo").unwrap();
        RepoConfig::from_section(&sections[0], &defaults, &Variables::new("1", "x86_64"))
    }

    #[test]
    fn a_repository_is_read_with_its_variables() {
        let repo = read(
            "[lumen]\nname=Lumen $releasever\nbaseurl=http://a/$basearch/ http://b\nenabled=yes\npriority=10\n\
             metadata_expire=2h\ngpgkey=file:///k\nunknown=1\n",
        )
        .unwrap();
        assert_eq!(repo.name, "Lumen 1");
        assert_eq!(repo.baseurl, ["http://a/x86_64", "http://b"]);
        assert_eq!(repo.metadata_expire, Some(Duration::from_secs(7200)));
        assert!(repo.enabled && repo.gpgcheck);
    }

    #[test]
    fn values_that_make_no_sense_are_refused() {
        for line in [
            "enabled=perhaps",
            "priority=high",
            "metadata_expire=2 weeks",
            "gpgcheck=maybe",
        ] {
            let error = read(&format!("[r]\n{line}\n")).unwrap_err().to_string();
            assert!(error.contains("[r]"), "{error}");
        }
    }

    #[test]
    fn an_id_that_would_leave_the_cache_is_refused() {
        assert!(read("[../x]\nbaseurl=/x\n").is_err());
    }
}
