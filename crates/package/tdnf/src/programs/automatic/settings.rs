//! `automatic.conf`.

use std::path::PathBuf;

use crate::config::ini;

/// Which updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    All,
    Security,
}

/// What the file says; its defaults are the original's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) kind: Kind,
    /// A timer's run waits up to so many seconds, so that not all machines ask at once.
    pub(super) random_sleep: u64,
    /// How many seconds to wait for the network.
    pub(super) network_online_timeout: u64,
    pub(super) show: bool,
    pub(super) apply: bool,
    pub(super) system_name: Option<String>,
    pub(super) to_stdio: bool,
    pub(super) to_file: Option<PathBuf>,
    pub(super) tdnf_conf: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            kind: Kind::All,
            random_sleep: 0,
            network_online_timeout: 0,
            show: true,
            apply: false,
            system_name: None,
            to_stdio: true,
            to_file: None,
            tdnf_conf: None,
        }
    }
}

impl Settings {
    /// Reads a file; all mistakes are told at once.
    pub(super) fn parse(text: &str, origin: &str) -> Result<Self, String> {
        let sections = ini::parse(text, origin).map_err(|error| error.to_string())?;
        let mut settings = Self::default();
        let mut wrong = Vec::new();
        for section in &sections {
            for (key, value) in &section.settings {
                if settings.set(&section.name, key, value).is_none() {
                    wrong.push(format!("Invalid entry '{}'|'{key}'='{value}'", section.name));
                }
            }
        }
        if wrong.is_empty() {
            Ok(settings)
        } else {
            Err(wrong.join("\n"))
        }
    }

    /// Sets one key; nothing when there is no such key, or the value is not of its kind.
    fn set(&mut self, section: &str, key: &str, value: &str) -> Option<()> {
        let text = || (!value.is_empty()).then(|| value.to_owned());
        match (section, key) {
            ("commands", "upgrade_type") => {
                self.kind = match value {
                    "all" => Kind::All,
                    "security" => Kind::Security,
                    _ => return None,
                }
            }
            ("commands", "random_sleep") => self.random_sleep = value.parse().ok()?,
            ("commands", "network_online_timeout") => self.network_online_timeout = value.parse().ok()?,
            ("commands", "show_updates") => self.show = switch(value)?,
            ("commands", "apply_updates") => self.apply = switch(value)?,
            ("emitter", "system_name") => self.system_name = Some(text()?),
            ("emitter", "emit_to_stdio") => self.to_stdio = switch(value)?,
            ("emitter", "emit_to_file") => self.to_file = Some(text()?.into()),
            ("base", "tdnf_conf") => self.tdnf_conf = Some(text()?.into()),
            _ => return None,
        }
        Some(())
    }
}

/// The original's words; without any it is no.
fn switch(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "yes" | "1" | "true" | "y" | "on" | "t" => Some(true),
        "no" | "0" | "false" | "n" | "off" | "f" | "" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_read() {
        let text = "[commands]\nupgrade_type = security\nrandom_sleep=5\nnetwork_online_timeout=6\nshow_updates=n\n\
                    apply_updates=T\n[emitter]\nsystem_name=x\nemit_to_stdio=off\nemit_to_file=/f\n[base]\ntdnf_conf=/c\n";
        let expected = Settings {
            kind: Kind::Security,
            random_sleep: 5,
            network_online_timeout: 6,
            show: false,
            apply: true,
            system_name: Some("x".to_owned()),
            to_stdio: false,
            to_file: Some("/f".into()),
            tdnf_conf: Some("/c".into()),
        };
        assert_eq!(Settings::parse(text, "f").unwrap(), expected);
        assert_eq!(Settings::parse("# nothing\n", "f").unwrap(), Settings::default());
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let text = "[commands]\nupgrade_type=some\nrandom_sleep=-1\n[emitter]\nsystem_name=\n[other]\nx=1\n";
        let error = Settings::parse(text, "f").unwrap_err();
        assert_eq!(error.lines().count(), 4, "{error}");
        assert!(
            error.contains("Invalid entry 'commands'|'random_sleep'='-1'"),
            "{error}"
        );
    }
}
