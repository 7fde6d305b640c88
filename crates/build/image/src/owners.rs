//! Who owns each path: the package database knows, the tree of an ordinary user does not.

use crate::error::Error;
use rpmfile::{FileInfo, Header};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What the image gets for a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Permission bits with set-user-id and the like.
    pub(crate) mode: u32,
    pub(crate) mtime: u64,
    /// Value of `security.capability`.
    pub(crate) capability: Option<Vec<u8>>,
}

/// The attributes of all packaged paths, by path relative to the tree.
#[derive(Debug, Default)]
pub(crate) struct Owners {
    paths: HashMap<PathBuf, Attributes>,
}

impl Owners {
    /// From the headers of all installed packages.
    pub(crate) fn read(root: &Path, headers: &[Header]) -> Result<Self, Error> {
        let ids = Ids {
            users: ids(root, "etc/passwd")?,
            groups: ids(root, "etc/group")?,
        };
        let mut folders = Folders {
            root,
            resolved: HashMap::new(),
        };
        let mut paths = HashMap::new();
        for header in headers {
            let failed = |error: rpmfile::Error| Error::Database {
                root: root.into(),
                reason: error.to_string(),
            };
            for file in header.files().map_err(failed)? {
                let attributes = ids.attributes(header.name(), &file)?;
                paths.insert(folders.resolve(&file.path), attributes);
            }
        }
        Ok(Self { paths })
    }

    /// The image's own word on a path counts, not the package's.
    pub(crate) fn forget(&mut self, path: &Path) {
        self.paths.remove(path.strip_prefix("/").unwrap_or(path));
    }

    /// What the packages say about a path.
    pub(crate) fn get(&self, path: &Path) -> Option<&Attributes> {
        self.paths.get(path)
    }
}

struct Ids {
    users: HashMap<String, u32>,
    groups: HashMap<String, u32>,
}

impl Ids {
    fn attributes(&self, package: &str, file: &FileInfo) -> Result<Attributes, Error> {
        let find = |kind, table: &HashMap<String, u32>, name: &str| {
            let unknown = || Error::UnknownOwner {
                path: file.path.clone(),
                package: package.into(),
                kind,
                name: name.into(),
            };
            // These two are so by definition, even in a tree without /etc/passwd.
            if name == "root" {
                Ok(0)
            } else {
                table.get(name).copied().ok_or_else(unknown)
            }
        };
        Ok(Attributes {
            uid: find("user", &self.users, &file.user)?,
            gid: find("group", &self.groups, &file.group)?,
            mode: file.permissions(),
            mtime: file.mtime.into(),
            capability: capability(file)?,
        })
    }
}

fn capability(file: &FileInfo) -> Result<Option<Vec<u8>>, Error> {
    let Some(text) = file.caps.as_deref().filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let unknown = || Error::Capabilities {
        path: file.path.clone(),
        text: text.into(),
    };
    transaction::capability::encode(text)
        .map(Some)
        .ok_or_else(unknown)
}

/// Names and numbers of passwd(5) or group(5): both have the number in the third field.
fn ids(root: &Path, file: &str) -> Result<HashMap<String, u32>, Error> {
    let path = root.join(file);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        result => result.map_err(Error::read("list of accounts", &path))?,
    };
    let line = |line: &str| {
        let mut fields = line.split(':');
        Some((fields.next()?.to_owned(), fields.nth(1)?.parse().ok()?))
    };
    Ok(text.lines().filter_map(line).collect())
}

/// A package may name a file through a link (`/lib64/ld.so`); the tree has it once, at the end of the link.
struct Folders<'a> {
    root: &'a Path,
    resolved: HashMap<PathBuf, PathBuf>,
}

/// As many links as the kernel follows (MAXSYMLINKS).
const MOST_LINKS: u32 = 40;

impl Folders<'_> {
    fn resolve(&mut self, path: &str) -> PathBuf {
        let path = Path::new(path.trim_start_matches('/'));
        match (path.parent(), path.file_name()) {
            (Some(folder), Some(name)) => self.folder(folder).join(name),
            _ => path.into(),
        }
    }

    fn folder(&mut self, folder: &Path) -> PathBuf {
        if let Some(known) = self.resolved.get(folder) {
            return known.clone();
        }
        let found = follow(self.root, folder, MOST_LINKS);
        self.resolved.insert(folder.into(), found.clone());
        found
    }
}

/// The folder with all links in it followed, never leaving the tree.
fn follow(root: &Path, folder: &Path, links: u32) -> PathBuf {
    let mut at = PathBuf::new();
    for part in folder.components() {
        match part {
            std::path::Component::Normal(name) => at = step(root, &at.join(name), links),
            std::path::Component::ParentDir => {
                at.pop();
            }
            std::path::Component::RootDir => at = PathBuf::new(),
            _ => {}
        }
    }
    at
}

fn step(root: &Path, path: &Path, links: u32) -> PathBuf {
    match fs::read_link(root.join(path)) {
        Ok(target) if links > 0 => {
            let from = path.parent().unwrap_or(Path::new(""));
            follow(root, &from.join(target), links - 1)
        }
        _ => path.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_in_paths_are_followed_inside_the_tree() {
        let tree = tempfile::tempdir().unwrap();
        fs::create_dir_all(tree.path().join("usr/lib")).unwrap();
        symlink("usr/lib", tree.path().join("lib64")).unwrap();
        symlink("/usr/lib", tree.path().join("lib")).unwrap();
        symlink("loop", tree.path().join("loop")).unwrap();
        let mut folders = Folders {
            root: tree.path(),
            resolved: HashMap::new(),
        };
        assert_eq!(folders.resolve("/lib64/ld.so"), Path::new("usr/lib/ld.so"));
        assert_eq!(folders.resolve("/lib/ld.so"), Path::new("usr/lib/ld.so"));
        assert_eq!(
            folders.resolve("/lib64"),
            Path::new("lib64"),
            "the last name is not followed"
        );
        folders.resolve("/loop/x");
    }

    #[test]
    fn accounts_are_read() {
        let tree = tempfile::tempdir().unwrap();
        fs::create_dir(tree.path().join("etc")).unwrap();
        fs::write(tree.path().join("etc/group"), "root:x:0:\nshadow:x:42:\nbroken\n").unwrap();
        let groups = ids(tree.path(), "etc/group").unwrap();
        assert_eq!((groups.len(), groups["shadow"]), (2, 42));
        assert!(ids(tree.path(), "etc/passwd").unwrap().is_empty());
    }
}
