//! Numbers of users and groups, from the files of the tree itself.
//!
//! Packages name owners; the tree being built defines the numbers, not the machine it is built on. rpm reads
//! `/etc/passwd` and `/etc/group` of the root too (lib/misc.c, rpmugUid). We also read `sysusers.d`, where a
//! distribution without maintainer scripts declares its users: with fixed numbers they are known before
//! systemd-sysusers has run.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Known users and groups.
#[derive(Debug, Default, Clone)]
pub(crate) struct Owners {
    users: HashMap<String, u32>,
    groups: HashMap<String, u32>,
}

impl Owners {
    /// What the tree below `root` knows.
    pub(crate) fn of_root(root: &Path) -> Self {
        let mut owners = Self::root_only();
        owners.read_passwd(&read(&root.join("etc/passwd")));
        owners.read_group(&read(&root.join("etc/group")));
        for file in declarations(&root.join("usr/lib/sysusers.d")) {
            owners.read_sysusers(&read(&file));
        }
        owners
    }

    /// root is 0 everywhere.
    fn root_only() -> Self {
        let root = || HashMap::from([("root".to_owned(), 0)]);
        Self {
            users: root(),
            groups: root(),
        }
    }

    /// The numbers of a file's owner, if both are known.
    pub(crate) fn numbers(&self, user: &str, group: &str) -> Option<(u32, u32)> {
        Some((*self.users.get(user)?, *self.groups.get(group)?))
    }

    /// As rpm does when an owner is unknown: root instead, each for itself.
    pub(crate) fn numbers_or_root(&self, user: &str, group: &str) -> (u32, u32) {
        let number = |known: &HashMap<String, u32>, name| known.get(name).copied().unwrap_or(0);
        (number(&self.users, user), number(&self.groups, group))
    }

    /// passwd(5): name, password, number.
    pub(crate) fn read_passwd(&mut self, text: &str) {
        self.users.extend(text.lines().filter_map(numbered));
    }

    /// group(5): name, password, number.
    pub(crate) fn read_group(&mut self, text: &str) {
        self.groups.extend(text.lines().filter_map(numbered));
    }

    /// sysusers.d(5): `u NAME ID ...` makes a user and a group of that name, `g` a group. What is known already wins.
    pub(crate) fn read_sysusers(&mut self, text: &str) {
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let (Some(kind), Some(name), Some(id)) = (words.next(), words.next(), words.next()) else {
                continue;
            };
            let (user, group) = declared(id);
            if let ("u" | "u!", Some(user)) = (kind, user) {
                self.users.entry(name.to_owned()).or_insert(user);
            }
            if let ("u" | "u!" | "g", Some(group)) = (kind, group) {
                self.groups.entry(name.to_owned()).or_insert(group);
            }
        }
    }
}

/// The ID column: `UID`, `UID:GID`, or something only systemd-sysusers can decide.
fn declared(id: &str) -> (Option<u32>, Option<u32>) {
    let (user, group) = id.split_once(':').unwrap_or((id, id));
    (user.parse().ok(), group.parse().ok())
}

fn numbered(line: &str) -> Option<(String, u32)> {
    let mut fields = line.split(':');
    let name = fields.next()?;
    Some((name.to_owned(), fields.nth(1)?.parse().ok()?))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn declarations(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwd_and_group_are_read() {
        let mut owners = Owners::root_only();
        owners.read_passwd("root:x:0:0::/root:/bin/sh\n_ssh:x:101:102::/:/bin/false\nbroken\n");
        owners.read_group("root:x:0:\n_ssh:x:102:\n");
        assert_eq!(owners.numbers("_ssh", "_ssh"), Some((101, 102)));
        assert_eq!(owners.numbers("_ssh", "nobody"), None);
        assert_eq!(owners.numbers_or_root("_ssh", "nobody"), (101, 0));
    }

    #[test]
    fn declared_users_count_but_files_win() {
        let mut owners = Owners::root_only();
        owners.read_group("docker:x:900:\n");
        owners.read_sysusers("u app 450 \"An app\"\ng docker 120\nu other 7:8\nu dynamic -\nm app docker\n");
        assert_eq!(owners.numbers("app", "app"), Some((450, 450)));
        assert_eq!(owners.numbers("other", "docker"), Some((7, 900)));
        assert_eq!(owners.numbers("other", "other"), Some((7, 8)));
        assert_eq!(owners.numbers("dynamic", "root"), None);
    }
}
