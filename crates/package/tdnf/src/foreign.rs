//! Doors for tests that feed the parsers hostile bytes. No interface: it changes without notice.

use std::path::Path;

use crate::config::document::Document;
use crate::config::{ini, repo_from_text};
use crate::{History, MainConfig, RepoConfig, Variables};

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

/// A file that `tdnf-config` edits: what comes back, is read, and is read again after a change must agree.
pub fn edited(text: &str) {
    let mut document = Document::parse(text);
    assert_eq!(document.text(), text);
    let sections = ini::parse(text, "a test").unwrap_or_default();
    let names: Vec<&str> = sections.iter().map(|section| section.name.as_str()).collect();
    for name in &names {
        let of_name = sections.iter().filter(|section| section.name == *name);
        let read: Vec<_> = of_name.flat_map(|section| section.settings.clone()).collect();
        assert_eq!(document.settings(name), read);
        let _ = (document.comments(name), document.get(name, "key"));
    }
    let Some(name) = names.first() else { return };
    document.set(name, "key", "value");
    assert_eq!(
        Document::parse(&document.text()).get(name, "key").as_deref(),
        Some("value")
    );
    assert!(document.remove(name, "key") && document.get(name, "key").is_none());
    assert!(document.remove_section(name) && !document.has_section(name));
}

/// A root with a history that somebody has written to. It is read, and brought up to date.
pub fn history(root: &Path) {
    let persistdir = &MainConfig::default().persistdir;
    if let Ok(Some(history)) = History::read(root, persistdir) {
        let _ = (history.entries(), history.auto_installed());
        let _ = history.has_intents();
    }
    if let Ok(history) = History::open(root, persistdir) {
        let _ = (history.settle(), history.update());
        let _ = history.mark(&["one".to_owned()], true, "tdnf mark remove one");
    }
}
