//! The root file system of an image, read without mounting it.

use crate::error::Error;
use crate::inspect::medium::Slice;
use crate::inspect::report::Privileged;
use ext4_view::{Ext4, Ext4Error, Metadata};
use rpmfile::Header;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const DATABASE: &str = "/usr/lib/sysimage/rpm/rpmdb.sqlite";
const SET_ID_BITS: u16 = 0o6000;

/// Reads files and folders of the root.
pub(crate) struct RootView {
    filesystem: Ext4,
    image: PathBuf,
    /// Path, mode, owner and group, and length of everything but folders.
    files: Vec<FileRecord>,
}

struct FileRecord {
    path: String,
    is_regular: bool,
    /// Permission bits with set-user-id and the like.
    mode: u16,
    uid: u32,
    gid: u32,
    size: u64,
}

impl FileRecord {
    fn new(path: String, metadata: &Metadata) -> Self {
        let is_regular = metadata.file_type().is_regular_file();
        let size = if is_regular { metadata.len() } else { 0 };
        Self {
            path,
            is_regular,
            mode: metadata.mode(),
            uid: metadata.uid(),
            gid: metadata.gid(),
            size,
        }
    }
}

impl RootView {
    pub(crate) fn open(slice: Slice, image: &Path) -> Result<Self, Error> {
        let failed = |error: Ext4Error| problem(image, "its root file system", &error);
        let filesystem = Ext4::load(Box::new(slice)).map_err(failed)?;
        let mut view = Self {
            filesystem,
            image: image.into(),
            files: Vec::new(),
        };
        let mut files = Vec::new();
        view.walk("/", &mut files)?;
        view.files = files;
        Ok(view)
    }

    fn walk(&self, folder: &str, files: &mut Vec<FileRecord>) -> Result<(), Error> {
        for name in self.names(folder)? {
            let path = format!("{}/{name}", folder.trim_end_matches('/'));
            let failed = |error: Ext4Error| problem(&self.image, &path, &error);
            let metadata = self.filesystem.symlink_metadata(path.as_str()).map_err(failed)?;
            if metadata.is_dir() {
                self.walk(&path, files)?;
            } else {
                files.push(FileRecord::new(path, &metadata));
            }
        }
        Ok(())
    }

    /// Names in a folder, sorted; none when there is no such folder.
    pub(crate) fn names(&self, folder: &str) -> Result<Vec<String>, Error> {
        let failed = |error: Ext4Error| problem(&self.image, folder, &error);
        let entries = match self.filesystem.read_dir(folder) {
            Err(Ext4Error::NotFound | Ext4Error::NotADirectory) => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            names.push(String::from_utf8_lossy(entry.file_name().as_ref()).into_owned());
        }
        names.retain(|name| name != "." && name != "..");
        names.sort();
        Ok(names)
    }

    /// A file's text, through links; nothing when there is none.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        let bytes = self.filesystem.read(path).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Where a link leads.
    pub(crate) fn link(&self, path: &str) -> Option<String> {
        let target = self.filesystem.read_link(path).ok()?;
        Some(target.display().to_string())
    }

    /// Copies the package database to a folder shaped like a root.
    pub(crate) fn extract_database(&self) -> Result<TempDir, Error> {
        let failed = |error: Ext4Error| problem(&self.image, DATABASE, &error);
        let bytes = self.filesystem.read(DATABASE).map_err(failed)?;
        let folder = tempfile::tempdir().map_err(Error::write("temporary folder", &std::env::temp_dir()))?;
        let path = folder.path().join(DATABASE.trim_start_matches('/'));
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        made.and_then(|()| std::fs::write(&path, bytes))
            .map_err(Error::write("temporary file", &path))?;
        Ok(folder)
    }

    /// Programs that give rights to whoever starts them: by mode, or by file capabilities as packaged.
    pub(crate) fn privileged(&self, headers: &[Header]) -> Result<Vec<Privileged>, Error> {
        let (users, groups) = (self.ids("/etc/passwd"), self.ids("/etc/group"));
        let name = |table: &BTreeMap<u32, String>, id: u32| {
            table.get(&id).cloned().unwrap_or_else(|| id.to_string())
        };
        let capabilities = capabilities(headers);
        let files = self.files.iter().filter_map(|file| {
            let capability = capabilities.get(file.path.as_str()).cloned();
            let special = file.is_regular && file.mode & SET_ID_BITS != 0;
            (special || capability.is_some()).then(|| Privileged {
                path: file.path.clone(),
                mode: format!("{:04o}", file.mode & 0o7777),
                owner: format!("{}:{}", name(&users, file.uid), name(&groups, file.gid)),
                capabilities: capability,
            })
        });
        Ok(files.collect())
    }

    fn ids(&self, path: &str) -> BTreeMap<u32, String> {
        let text = self.text(path).unwrap_or_default();
        let line = |line: &str| {
            let mut fields = line.split(':');
            let name = fields.next()?.to_owned();
            Some((fields.nth(1)?.parse().ok()?, name))
        };
        text.lines().filter_map(line).collect()
    }

    /// Bytes of all regular files. A file with several names counts once for each.
    pub(crate) fn total_size(&self) -> Result<u64, Error> {
        Ok(self.files.iter().map(|file| file.size).sum())
    }
}

fn capabilities(headers: &[Header]) -> BTreeMap<String, String> {
    let files = headers.iter().filter_map(|header| header.files().ok()).flatten();
    files
        .filter_map(|file| Some((file.path, file.caps.filter(|caps| !caps.is_empty())?)))
        .collect()
}

fn problem(image: &Path, what: &str, error: &Ext4Error) -> Error {
    Error::Inspect {
        path: image.into(),
        reason: format!("{what} cannot be read: {error}"),
    }
}
