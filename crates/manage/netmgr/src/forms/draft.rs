//! The files of one interface while they are put together.

use std::fmt::Write as _;

use networkd::FileKind;

use crate::error::Error;

/// Settings of a section: names and values.
pub(super) type Settings = Vec<(&'static str, String)>;

/// The sections of one file, in the order in which they were begun.
#[derive(Debug, Default)]
struct Sections(Vec<(&'static str, Settings)>);

impl Sections {
    /// The section of a name, made if there is none.
    fn of(&mut self, name: &'static str) -> &mut Settings {
        let at = match self.0.iter().position(|(found, _)| *found == name) {
            Some(at) => at,
            None => {
                self.0.push((name, Vec::new()));
                self.0.len() - 1
            }
        };
        &mut self.0[at].1
    }

    fn text(&self, kind: FileKind) -> String {
        let order = |name: &str| kind.sections().iter().position(|section| section.name == name);
        let mut sections: Vec<_> = self
            .0
            .iter()
            .filter(|(_, settings)| !settings.is_empty())
            .collect();
        sections.sort_by_key(|(name, _)| order(name).unwrap_or(usize::MAX));
        let mut text = String::new();
        for (name, settings) in sections {
            let _ = write!(text, "\n[{name}]\n");
            for (key, value) in settings {
                let _ = writeln!(text, "{key}={value}");
            }
        }
        text
    }
}

/// The files of one interface.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// What the interface is called in the form.
    pub(super) name: String,
    /// What the files are called, if not `10-NAME`.
    pub(super) file: Option<String>,
    network: Sections,
    netdev: Sections,
    link: Sections,
    keys: Vec<(String, String)>,
}

impl Draft {
    /// For an interface that is known by its name alone.
    pub(super) fn new(name: &str) -> Self {
        Draft {
            name: name.to_owned(),
            ..Draft::default()
        }
    }

    /// With the condition that the interface has its name.
    pub(super) fn named(name: &str) -> Self {
        let mut draft = Draft::new(name);
        draft.network.of("Match").push(("Name", name.to_owned()));
        draft
    }

    /// Refuses a name that no interface can have: it is in `[Match]`, and in the name of the file.
    pub(super) fn check(&self) -> Result<(), Error> {
        match self.value(FileKind::Network, "Match", "Name") == Some(&self.name) {
            true => Ok(FileKind::NetDev.check("NetDev", "Name", &self.name)?),
            false => Ok(()),
        }
    }

    pub(super) fn file_name(&self) -> String {
        self.file.clone().unwrap_or_else(|| format!("10-{}", self.name))
    }

    fn sections(&mut self, kind: FileKind) -> &mut Sections {
        match kind {
            FileKind::NetDev => &mut self.netdev,
            FileKind::Link => &mut self.link,
            _ => &mut self.network,
        }
    }

    /// Gives a setting its value, in the place of another.
    pub(super) fn set(
        &mut self,
        kind: FileKind,
        section: &'static str,
        key: &'static str,
        value: &str,
    ) -> Result<(), Error> {
        kind.check(section, key, value)?;
        let settings = self.sections(kind).of(section);
        settings.retain(|(found, _)| *found != key);
        settings.push((key, value.to_owned()));
        Ok(())
    }

    /// Adds a line.
    pub(super) fn add(
        &mut self,
        kind: FileKind,
        section: &'static str,
        key: &'static str,
        value: &str,
    ) -> Result<(), Error> {
        kind.check(section, key, value)?;
        let settings = self.sections(kind).of(section);
        if settings.iter().any(|(k, v)| *k == key && v == value) {
            return Err(Error::Exists(format!("{key}={value} is there already")));
        }
        settings.push((key, value.to_owned()));
        Ok(())
    }

    /// Adds a section that is a thing of its own.
    pub(super) fn block(&mut self, section: &'static str, settings: Settings) -> Result<(), Error> {
        for (key, value) in &settings {
            FileKind::Network.check(section, key, value)?;
        }
        let is_same = |(name, old): &(&'static str, Settings)| *name == section && *old == settings;
        if self.network.0.iter().any(is_same) {
            return Err(Error::Exists(format!(
                "there is a [{section}] with these settings already"
            )));
        }
        self.network.0.push((section, settings));
        Ok(())
    }

    /// Adds the other side of a tunnel, which was put together in a draft of its own.
    pub(super) fn take_peer(&mut self, side: Draft) {
        self.netdev.0.extend(side.netdev.0);
    }

    /// Puts routes and rules that name no table into this one.
    pub(super) fn fill_tables(&mut self, table: &str) {
        for (name, settings) in &mut self.network.0 {
            let is_routing = matches!(*name, "Route" | "RoutingPolicyRule");
            if is_routing && settings.iter().all(|(key, _)| *key != "Table") {
                settings.push(("Table", table.to_owned()));
            }
        }
    }

    /// What a setting is.
    pub(super) fn value(&self, kind: FileKind, section: &str, key: &str) -> Option<&str> {
        let sections = match kind {
            FileKind::NetDev => &self.netdev,
            FileKind::Link => &self.link,
            _ => &self.network,
        };
        let (_, settings) = sections.0.iter().find(|(name, _)| *name == section)?;
        let found = settings.iter().find(|(found, _)| *found == key);
        found.map(|(_, value)| value.as_str())
    }

    /// Keeps a key for a file of its own; where that will be on the system.
    pub(super) fn key_file(&mut self, name: &str, key: &str) -> String {
        self.keys.push((format!("{name}.key"), key.to_owned()));
        format!("/etc/systemd/network/{name}.key")
    }

    /// The key files and what is in them.
    pub(super) fn keys(&self) -> &[(String, String)] {
        &self.keys
    }

    /// The files: the ends of their names, and their text.
    pub(super) fn files(&self) -> Vec<(&'static str, String)> {
        [
            ("netdev", self.netdev.text(FileKind::NetDev)),
            ("link", self.link.text(FileKind::Link)),
            ("network", self.network.text(FileKind::Network)),
        ]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .collect()
    }
}
