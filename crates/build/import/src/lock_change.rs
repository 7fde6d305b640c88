//! What differs between two states of a lock.

use std::fmt;

use serde::Serialize;

use crate::lock::ArchLock;

/// One package whose pin changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The Debian package.
    pub name: String,
    /// Its version before, if it was pinned.
    pub old: Option<String>,
    /// Its version now, if it still is.
    pub new: Option<String>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match (&self.old, &self.new) {
            (Some(old), Some(new)) if old == new => write!(f, "~ {name} {new} (same version, another file)"),
            (Some(old), Some(new)) => write!(f, "~ {name} {old} -> {new}"),
            (None, Some(new)) => write!(f, "+ {name} {new}"),
            (Some(old), None) => write!(f, "- {name} {old}"),
            (None, None) => write!(f, "  {name}"),
        }
    }
}

/// The differences, sorted by name.
pub(crate) fn changes(old: &ArchLock, new: &ArchLock) -> Vec<Change> {
    let version = |lock: &ArchLock, name: &str| lock.debs.get(name).map(|pin| pin.version.clone());
    let mut names: Vec<&String> = old.debs.keys().chain(new.debs.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| old.debs.get(*name) != new.debs.get(*name));
    let change = |name: &String| Change {
        name: name.clone(),
        old: version(old, name),
        new: version(new, name),
    };
    names.into_iter().map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::Pin;

    fn lock(pins: &[(&str, &str, &str)]) -> ArchLock {
        let pin = |(name, version, sha256): &(&str, &str, &str)| {
            let (version, sha256) = ((*version).to_owned(), (*sha256).to_owned());
            let pin = Pin {
                version,
                size: 1,
                sha256,
                path: "p".into(),
                security: false,
                through: None,
            };
            ((*name).to_owned(), pin)
        };
        ArchLock {
            debs: pins.iter().map(pin).collect(),
            ..ArchLock::default()
        }
    }

    #[test]
    fn every_kind_of_change_is_told() {
        let old = lock(&[
            ("a", "1", "x"),
            ("b", "1", "x"),
            ("c", "1", "x"),
            ("same", "1", "x"),
        ]);
        let new = lock(&[
            ("b", "2", "x"),
            ("c", "1", "y"),
            ("d", "1", "x"),
            ("same", "1", "x"),
        ]);
        let told: Vec<String> = changes(&old, &new).iter().map(Change::to_string).collect();
        assert_eq!(
            told,
            [
                "- a 1",
                "~ b 1 -> 2",
                "~ c 1 (same version, another file)",
                "+ d 1"
            ]
        );
    }
}
