//! The files of a root tree, in the order and with the attributes the image gets.

use crate::error::Error;
use crate::owners::{Attributes, Owners};
use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// What a path is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Directory,
    /// With its length.
    File(u64),
    Symlink(PathBuf),
    /// Another name of a file that came earlier.
    HardLink(PathBuf),
}

/// One path of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Relative to the tree; empty for the tree itself.
    pub(crate) path: PathBuf,
    pub(crate) kind: Kind,
    pub(crate) attributes: Attributes,
}

/// Lists a tree: parents before children, names in byte order, so that equal trees give equal lists.
pub(crate) fn list(root: &Path, owners: &Owners, epoch: u64) -> Result<Vec<Entry>, Error> {
    let mut walk = Walk {
        root,
        owners,
        epoch,
        links: HashMap::new(),
        entries: Vec::new(),
    };
    walk.visit(PathBuf::new())?;
    Ok(walk.entries)
}

struct Walk<'a> {
    root: &'a Path,
    owners: &'a Owners,
    epoch: u64,
    /// First name of each file that has several.
    links: HashMap<(u64, u64), PathBuf>,
    entries: Vec<Entry>,
}

impl Walk<'_> {
    fn visit(&mut self, path: PathBuf) -> Result<(), Error> {
        let full = self.root.join(&path);
        let metadata = fs::symlink_metadata(&full).map_err(Error::read("file of the tree", &full))?;
        let Some(kind) = self.kind(&path, &full, &metadata)? else {
            return Ok(());
        };
        let is_directory = kind == Kind::Directory;
        let attributes = self.attributes(&path, &kind, &metadata);
        self.entries.push(Entry {
            path: path.clone(),
            kind,
            attributes,
        });
        if is_directory {
            for name in names(&full)? {
                self.visit(path.join(name))?;
            }
        }
        Ok(())
    }

    /// Sockets and pipes that a running program left behind are not content.
    fn kind(&mut self, path: &Path, full: &Path, metadata: &Metadata) -> Result<Option<Kind>, Error> {
        let file_type = metadata.file_type();
        if file_type.is_dir() {
            return Ok(Some(Kind::Directory));
        }
        if file_type.is_symlink() {
            let target = fs::read_link(full).map_err(Error::read("link of the tree", full))?;
            return Ok(Some(Kind::Symlink(target)));
        }
        if file_type.is_socket() || file_type.is_fifo() || !file_type.is_file() {
            return Ok(None);
        }
        Ok(Some(
            self.link(path, metadata).unwrap_or(Kind::File(metadata.len())),
        ))
    }

    fn link(&mut self, path: &Path, metadata: &Metadata) -> Option<Kind> {
        if metadata.nlink() < 2 {
            return None;
        }
        let key = (metadata.dev(), metadata.ino());
        if let Some(first) = self.links.get(&key) {
            return Some(Kind::HardLink(first.clone()));
        }
        self.links.insert(key, path.into());
        None
    }

    /// From the package, or for what no package has: root's, with the mode on disk and the time of the build.
    fn attributes(&self, path: &Path, kind: &Kind, metadata: &Metadata) -> Attributes {
        let mut attributes = self.owners.get(path).cloned().unwrap_or(Attributes {
            uid: 0,
            gid: 0,
            mode: metadata.mode() & 0o7777,
            mtime: self.epoch,
            capability: None,
        });
        attributes.mtime = attributes.mtime.min(self.epoch);
        match kind {
            Kind::Symlink(_) => attributes.mode = 0o777,
            // Neither the mode of a directory made by an ordinary user nor that of the tree itself is random.
            _ if path.as_os_str().is_empty() => attributes.mode = 0o755,
            _ => {}
        }
        attributes
    }
}

fn names(folder: &Path) -> Result<Vec<std::ffi::OsString>, Error> {
    let entries = fs::read_dir(folder).map_err(Error::read("folder of the tree", folder))?;
    let names: Result<Vec<_>, _> = entries
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect();
    let mut names = names.map_err(Error::read("folder of the tree", folder))?;
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn tree() -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        fs::create_dir(tree.path().join("b")).unwrap();
        fs::write(tree.path().join("b/file"), "12345").unwrap();
        fs::hard_link(tree.path().join("b/file"), tree.path().join("z")).unwrap();
        symlink("b/file", tree.path().join("a")).unwrap();
        fs::set_permissions(tree.path().join("b/file"), fs::Permissions::from_mode(0o640)).unwrap();
        drop(std::os::unix::net::UnixListener::bind(tree.path().join("socket")).unwrap());
        tree
    }

    #[test]
    fn sorted_with_links_and_without_sockets() {
        let tree = tree();
        let entries = list(tree.path(), &Owners::default(), 1000).unwrap();
        let kinds: Vec<(&str, &Kind)> = entries
            .iter()
            .map(|entry| (entry.path.to_str().unwrap(), &entry.kind))
            .collect();
        let first = PathBuf::from("b/file");
        assert_eq!(
            kinds,
            [
                ("", &Kind::Directory),
                ("a", &Kind::Symlink(first.clone())),
                ("b", &Kind::Directory),
                ("b/file", &Kind::File(5)),
                ("z", &Kind::HardLink(first)),
            ]
        );
    }

    #[test]
    fn what_no_package_has_is_roots_and_as_old_as_the_build() {
        let tree = tree();
        let entries = list(tree.path(), &Owners::default(), 1000).unwrap();
        let file = &entries
            .iter()
            .find(|entry| entry.path == Path::new("b/file"))
            .unwrap()
            .attributes;
        assert_eq!((file.uid, file.gid, file.mode, file.mtime), (0, 0, 0o640, 1000));
    }
}
