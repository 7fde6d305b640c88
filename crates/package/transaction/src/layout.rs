//! Where the files of packages really go.
//!
//! A package may own `/lib64/ld-linux-x86-64.so.2` where `/lib64` is a link to `usr/lib`, and that link may
//! itself come with this very transaction. All decisions and all operations use the path with every link of the
//! leading folders followed, so that one file has one name and no operation can be led out of the root.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rpmfile::FileInfo;

use crate::resolve::{Links, OnDisk, resolve_with};

/// The tree as it will be: links that come with the transaction over those on disk.
pub(crate) struct Layout<'a> {
    disk: OnDisk<'a>,
    coming: HashMap<PathBuf, PathBuf>,
    folders: RefCell<HashMap<String, Option<String>>>,
}

impl Links for Layout<'_> {
    fn target(&self, path: &Path) -> Option<PathBuf> {
        self.coming.get(path).cloned().or_else(|| self.disk.target(path))
    }
}

impl<'a> Layout<'a> {
    /// The tree on disk.
    pub(crate) fn on_disk(root: &'a Path) -> Self {
        Self {
            disk: OnDisk(root),
            coming: HashMap::new(),
            folders: RefCell::default(),
        }
    }

    /// The tree with these files added. Links nearest to the root are taken first: others may lie below them.
    pub(crate) fn with<'f>(root: &'a Path, files: impl Iterator<Item = &'f FileInfo>) -> Self {
        let mut links: Vec<&FileInfo> = files
            .filter(|file| file.is_symlink() && !file.is_ghost())
            .collect();
        links.sort_by_key(|file| (file.path.matches('/').count(), file.path.clone()));
        let mut layout = Self::on_disk(root);
        for link in links {
            layout.folders.borrow_mut().clear();
            if let Some(place) = layout.place(&link.path) {
                layout
                    .coming
                    .insert(PathBuf::from(place), PathBuf::from(&link.linkto));
            }
        }
        layout.folders.borrow_mut().clear();
        layout
    }

    /// The place of a file relative to the root: links followed in its folder, not in its own name. `None` when the
    /// links go round in circles.
    pub(crate) fn place(&self, path: &str) -> Option<String> {
        let (folder, name) = path
            .trim_start_matches('/')
            .rsplit_once('/')
            .unwrap_or(("", path.trim_start_matches('/')));
        let folder = self.folder(folder)?;
        Some(match (folder.as_str(), name) {
            ("", name) => name.to_owned(),
            (folder, "") => folder.to_owned(),
            (folder, name) => format!("{folder}/{name}"),
        })
    }

    fn folder(&self, folder: &str) -> Option<String> {
        if let Some(known) = self.folders.borrow().get(folder) {
            return known.clone();
        }
        let found = resolve_with(self, Path::new(folder)).map(|path| path.to_string_lossy().into_owned());
        self.folders.borrow_mut().insert(folder.to_owned(), found.clone());
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn link(path: &str, target: &str) -> FileInfo {
        let mut builder = crate::test_files::file(path, 0o120_777);
        builder.linkto = target.to_owned();
        builder
    }

    #[test]
    fn links_that_come_with_the_transaction_count() {
        let root = tempfile::tempdir().unwrap();
        let files = [
            link("/lib/deep", "other"),
            link("/lib", "usr/lib"),
            link("/lib64", "usr/lib"),
        ];
        let layout = Layout::with(root.path(), files.iter());
        assert_eq!(layout.place("/lib64/ld.so").unwrap(), "usr/lib/ld.so");
        assert_eq!(layout.place("/lib/deep/x").unwrap(), "usr/lib/other/x");
        assert_eq!(layout.place("/lib").unwrap(), "lib");
        assert_eq!(layout.place("/usr").unwrap(), "usr");
    }

    #[test]
    fn links_on_disk_stay_below_the_root() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("var")).unwrap();
        symlink("/run", root.path().join("var/run")).unwrap();
        symlink("loop", root.path().join("loop")).unwrap();
        let layout = Layout::on_disk(root.path());
        assert_eq!(layout.place("/var/run/x.pid").unwrap(), "run/x.pid");
        assert_eq!(layout.place("/loop/x"), None);
    }
}
