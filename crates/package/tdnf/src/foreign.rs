//! Doors for tests that feed the parsers hostile bytes. No interface: it changes without notice.

use std::path::Path;

use crate::config::{ini, repo_from_text};
use crate::{MainConfig, RepoConfig, Variables};

/// The sections of a configuration file.
pub fn configuration(text: &str) {
    let _ = ini::parse(text, "a test");
}

/// A `tdnf.conf`.
pub fn main_configuration(text: &str) -> Option<MainConfig> {
    MainConfig::from_text(text, Path::new("a test")).ok()
}

/// A `.repo` file.
pub fn repositories(text: &str) -> Option<Vec<RepoConfig>> {
    let variables = Variables::new("1.0", "x86_64");
    repo_from_text(text, Path::new("a test"), &MainConfig::default(), &variables).ok()
}
