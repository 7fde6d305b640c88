//! What the original does by plugins is built in; the names and settings that switch them stay:
//! `plugins=` in the configuration, `enabled=` in `pluginconf.d/NAME.conf`, and the command line.
//!
//! Unlike there, both are on unless something says otherwise: a repository that asks for a signature gets it
//! checked.

use std::fs;
use std::path::Path;

use crate::config::ini::{self, boolean};
use crate::config::{MainConfig, RepoConfig, path_below};

/// Which built-in plugins are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plugins {
    pub(crate) metalink: bool,
    pub(crate) repogpgcheck: bool,
}

/// A word of the command line, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Switch<'a> {
    Enable(&'a str),
    Disable(&'a str),
}

impl Plugins {
    /// What configuration and command line come to.
    pub(crate) fn new(root: &Path, main: &MainConfig, none: bool, switches: &[Switch<'_>]) -> Self {
        let state = |name: &str| {
            let configured = main.plugins && file_says(root, main, name).unwrap_or(true);
            let last = switches.iter().rev().find_map(|switch| match switch {
                Switch::Enable(pattern) => depsolve::glob_match(pattern, name).then_some(true),
                Switch::Disable(pattern) => depsolve::glob_match(pattern, name).then_some(false),
            });
            !none && last.unwrap_or(configured)
        };
        Self {
            metalink: state("metalink"),
            repogpgcheck: state("repogpgcheck"),
        }
    }

    /// Applies it to a repository; what is switched off although the repository asks for it is told.
    pub(crate) fn apply(self, repo: &mut RepoConfig) -> Option<String> {
        if !self.metalink {
            repo.metalink = None;
        }
        if self.repogpgcheck || !std::mem::replace(&mut repo.repo_gpgcheck, false) {
            return None;
        }
        Some(format!(
            "the metadata of repository {} is not verified: it says repo_gpgcheck=1, but the plugin repogpgcheck is off",
            repo.id
        ))
    }
}

fn file_says(root: &Path, main: &MainConfig, name: &str) -> Option<bool> {
    let path = path_below(root, &main.pluginconfpath).join(format!("{name}.conf"));
    let text = fs::read_to_string(&path).ok()?;
    let sections = ini::parse(&text, &path.display().to_string()).ok()?;
    let main = sections.into_iter().find(|section| section.name == "main")?;
    let (_, value) = main
        .settings
        .into_iter()
        .rev()
        .find(|(key, _)| key == "enabled")?;
    boolean(&value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_words_switch_them_in_order() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("etc/tdnf/pluginconf.d");
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("metalink.conf"), "[main]\nenabled=0\n").unwrap();
        let main = MainConfig::default();
        let state = |none, switches: &[Switch<'_>]| {
            let plugins = Plugins::new(root.path(), &main, none, switches);
            (plugins.metalink, plugins.repogpgcheck)
        };
        assert_eq!(state(false, &[]), (false, true));
        assert_eq!(state(false, &[Switch::Enable("meta*")]), (true, true));
        assert_eq!(
            state(false, &[Switch::Disable("*"), Switch::Enable("repo*")]),
            (false, true)
        );
        assert_eq!(state(true, &[Switch::Enable("*")]), (false, false));
        let off = MainConfig {
            plugins: false,
            ..MainConfig::default()
        };
        let plugins = Plugins::new(root.path(), &off, false, &[]);
        let mut repo = RepoConfig::new("r", "/x");
        repo.repo_gpgcheck = true;
        assert!(plugins.apply(&mut repo).unwrap().contains("repository r"));
        assert!(!repo.repo_gpgcheck && plugins.apply(&mut repo).is_none());
    }
}
