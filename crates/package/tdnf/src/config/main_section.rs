//! `tdnf.conf`, section `[main]`, and the lists beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::ini::{self, boolean, list};
use super::{ConfigError, Network, read};

/// Settings that hold for all repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MainConfig {
    /// What repositories inherit when they do not say `gpgcheck` themselves.
    pub gpgcheck: bool,
    /// What repositories inherit when they do not say `repo_gpgcheck` themselves.
    pub repo_gpgcheck: bool,
    /// How many versions of an installonly package stay.
    pub installonly_limit: usize,
    /// Names or capabilities whose packages are installed beside each other.
    pub installonlypkgs: Vec<String>,
    /// Removing a package also removes what only it needed.
    pub clean_requirements_on_remove: bool,
    /// Follow recommendations; the original always does.
    pub install_weak_deps: bool,
    /// Keep downloaded packages.
    pub keepcache: bool,
    /// Where `.repo` files are.
    pub reposdir: Vec<PathBuf>,
    /// Where metadata and packages are cached, below the root.
    pub cachedir: PathBuf,
    /// Where history is kept, below the root.
    pub persistdir: PathBuf,
    /// Capabilities whose version is `$releasever`; the first one that is installed counts.
    pub distroverpkg: Vec<String>,
    /// Packages that are never installed (patterns).
    pub excludepkgs: Vec<String>,
    /// Lowest versions allowed, by name.
    pub minversions: BTreeMap<String, String>,
    /// Names that must stay as they are.
    pub locks: Vec<String>,
    /// Names that must not be removed.
    pub protected: Vec<String>,
    /// Attempts per file, with growing pauses between them.
    pub retries: u32,
    /// Seconds a connection may be silent.
    pub timeout: u64,
    /// `check-update` exits with 100 when there are updates.
    pub dnf_check_update_compat: bool,
    /// `distro-sync` also replaces a package by another build of the same version.
    pub distrosync_reinstall_changed: bool,
    /// Directories of variables.
    pub varsdir: Vec<PathBuf>,
    /// How repositories are reached that do not say so themselves.
    pub network: Network,
    /// Whether what the original does by plugins is done.
    pub plugins: bool,
    /// Directory of the plugins' settings.
    pub pluginconfpath: PathBuf,
    /// Keys trusted for every repository are in this directory.
    pub trusted_keys: PathBuf,
}

impl Default for MainConfig {
    fn default() -> Self {
        let strings = |items: &[&str]| items.iter().map(|&item| item.to_owned()).collect();
        Self {
            gpgcheck: true,
            repo_gpgcheck: false,
            installonly_limit: 2,
            installonlypkgs: strings(&["installonlypkg(kernel)"]),
            clean_requirements_on_remove: false,
            install_weak_deps: true,
            keepcache: false,
            reposdir: vec!["/etc/yum.repos.d".into()],
            cachedir: "/var/cache/tdnf".into(),
            persistdir: "/usr/lib/sysimage/tdnf".into(),
            distroverpkg: strings(&["system-release(releasever)", "system-release", "redhat-release"]),
            excludepkgs: Vec::new(),
            minversions: BTreeMap::new(),
            locks: Vec::new(),
            protected: Vec::new(),
            retries: 5,
            timeout: 30,
            dnf_check_update_compat: false,
            distrosync_reinstall_changed: false,
            varsdir: ["/etc/tdnf/vars", "/etc/dnf/vars", "/etc/yum/vars"]
                .map(PathBuf::from)
                .to_vec(),
            network: Network::default(),
            plugins: true,
            pluginconfpath: "/etc/tdnf/pluginconf.d".into(),
            trusted_keys: "/etc/pki/rpm-gpg".into(),
        }
    }
}

impl MainConfig {
    /// Reads a configuration file and the lists in the directories beside it.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let mut config = Self::from_text(&read(path)?, path)?;
        config.add_lists(path.parent().unwrap_or(Path::new("/")))?;
        Ok(config)
    }

    /// Reads the text of a configuration file.
    pub(crate) fn from_text(text: &str, origin: &Path) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        for section in ini::parse(text, &origin.display().to_string())? {
            for (key, value) in section.settings.iter().filter(|_| section.name == "main") {
                if !config.set(key, value) {
                    return Err(ConfigError::Value {
                        section: section.name.clone(),
                        key: key.clone(),
                        value: value.clone(),
                    });
                }
            }
        }
        Ok(config)
    }

    /// `minversions.d`, `locks.d` and `protected.d`: one entry per line of their `*.conf` files.
    fn add_lists(&mut self, dir: &Path) -> Result<(), ConfigError> {
        self.locks.extend(entries(&dir.join("locks.d"))?);
        self.protected.extend(entries(&dir.join("protected.d"))?);
        for entry in entries(&dir.join("minversions.d"))? {
            self.add_minversion(&entry);
        }
        Ok(())
    }

    fn add_minversion(&mut self, entry: &str) {
        if let Some((name, evr)) = entry.split_once('=') {
            self.minversions
                .insert(name.trim().to_owned(), evr.trim().to_owned());
        }
    }

    /// Sets one key; false when the value cannot be used. Unknown keys are left alone.
    pub(crate) fn set(&mut self, key: &str, value: &str) -> bool {
        let switch = match key {
            "gpgcheck" => Some(&mut self.gpgcheck),
            "repo_gpgcheck" => Some(&mut self.repo_gpgcheck),
            "plugins" => Some(&mut self.plugins),
            "keepcache" => Some(&mut self.keepcache),
            "clean_requirements_on_remove" => Some(&mut self.clean_requirements_on_remove),
            "install_weak_deps" => Some(&mut self.install_weak_deps),
            "dnf_check_update_compat" => Some(&mut self.dnf_check_update_compat),
            "distrosync_reinstall_changed" => Some(&mut self.distrosync_reinstall_changed),
            _ => None,
        };
        let Some(switch) = switch else {
            return self.set_other(key, value);
        };
        let Some(value) = boolean(value) else { return false };
        *switch = value;
        true
    }

    fn set_other(&mut self, key: &str, value: &str) -> bool {
        if let Some(set) = self.network.set(key, value) {
            return set;
        }
        let paths = || list(value).into_iter().map(PathBuf::from).collect();
        match key {
            "installonly_limit" => match value.parse() {
                Ok(limit) => self.installonly_limit = limit,
                Err(_) => return false,
            },
            "retries" => match value.parse() {
                Ok(retries) => self.retries = retries,
                Err(_) => return false,
            },
            "timeout" => match value.parse() {
                Ok(timeout) => self.timeout = timeout,
                Err(_) => return false,
            },
            "installonlypkgs" => self.installonlypkgs = list(value),
            "repodir" | "reposdir" => self.reposdir = paths(),
            "pluginconfpath" => self.pluginconfpath = value.into(),
            "cachedir" => self.cachedir = value.into(),
            "persistdir" => self.persistdir = value.into(),
            "distroverpkg" => self.distroverpkg = list(value),
            "excludepkgs" | "exclude" => self.excludepkgs.extend(list(value)),
            "minversions" => list(value).iter().for_each(|entry| self.add_minversion(entry)),
            "varsdir" => self.varsdir = paths(),
            _ => {}
        }
        true
    }
}

/// Lines of all `*.conf` files of a directory, without comments.
fn entries(dir: &Path) -> Result<Vec<String>, ConfigError> {
    let Ok(found) = fs::read_dir(dir) else {
        return Ok(Vec::new());
    };
    let mut paths: Vec<PathBuf> = found.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "conf"));
    paths.sort();
    let mut lines = Vec::new();
    for path in paths {
        let text = read(&path)?;
        let trimmed = text.lines().map(str::trim);
        lines.extend(
            trimmed
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
                .map(str::to_owned),
        );
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_and_drop_in_lists_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tdnf.conf");
        fs::write(
            &path,
            "[main]\ngpgcheck=on\nkeepcache=yes\ninstallonly_limit=3\nminversions=a=2-1\nnew=1\n",
        )
        .unwrap();
        fs::create_dir(dir.path().join("protected.d")).unwrap();
        fs::write(dir.path().join("protected.d/tdnf.conf"), "# us\ntdnf\n").unwrap();
        let config = MainConfig::load(&path).unwrap();
        assert!(config.gpgcheck && config.keepcache);
        assert_eq!(config.installonly_limit, 3);
        assert_eq!(config.minversions["a"], "2-1");
        assert_eq!(config.protected, ["tdnf"]);
    }

    #[test]
    fn a_value_of_the_wrong_type_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tdnf.conf");
        fs::write(&path, "[main]\ngpgcheck=sometimes\n").unwrap();
        assert!(
            MainConfig::load(&path)
                .unwrap_err()
                .to_string()
                .contains("gpgcheck=sometimes")
        );
    }
}
