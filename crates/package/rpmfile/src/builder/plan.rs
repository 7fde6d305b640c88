//! The files of a new package in their final order, checked.

use std::collections::BTreeMap;

use super::{Builder, FileEntry, FileKind};
use crate::{Error, FileFlags};

/// One file as header and archive will list it.
pub(super) struct Planned<'a> {
    pub(super) entry: &'a FileEntry,
    /// The file whose attributes and content count: itself, unless it is a hard link.
    pub(super) origin: &'a FileEntry,
    /// Shared by the names of one file.
    pub(super) inode: u32,
    pub(super) nlinks: u32,
    /// Whether the archive has the content here: at the last name of a file.
    pub(super) carries_content: bool,
}

impl Planned<'_> {
    pub(super) fn is_ghost(&self) -> bool {
        self.entry.flags.intersects(FileFlags::GHOST)
    }

    /// Type and permissions.
    pub(super) fn mode(&self) -> u16 {
        let kind = match self.origin.kind {
            FileKind::Regular(_) | FileKind::HardLink(_) => 0o100_000,
            FileKind::Directory => 0o040_000,
            FileKind::Symlink(_) => 0o120_000,
        };
        kind | (self.origin.mode & 0o7777) as u16
    }

    pub(super) fn link_target(&self) -> &str {
        match &self.origin.kind {
            FileKind::Symlink(target) => target,
            _ => "",
        }
    }
}

impl Builder {
    /// Sorts by path, as rpm's search in the list of files expects, and resolves hard links.
    pub(super) fn plan(&self) -> Result<Vec<Planned<'_>>, Error> {
        let mut sorted = BTreeMap::new();
        for entry in &self.files {
            check_path(&entry.path).map_err(|reason| self.wrong(format!("{:?} {reason}", entry.path)))?;
            if sorted.insert(entry.path.as_str(), entry).is_some() {
                return Err(self.wrong(format!("{} is packaged twice", entry.path)));
            }
        }
        let mut plan = Vec::with_capacity(sorted.len());
        for entry in sorted.values().copied() {
            let origin = self.origin(entry, &sorted)?;
            plan.push(Planned {
                entry,
                origin,
                inode: 0,
                nlinks: 1,
                carries_content: false,
            });
        }
        number(&mut plan);
        Ok(plan)
    }

    fn origin<'a>(
        &self,
        entry: &'a FileEntry,
        all: &BTreeMap<&str, &'a FileEntry>,
    ) -> Result<&'a FileEntry, Error> {
        let FileKind::HardLink(of) = &entry.kind else {
            return Ok(entry);
        };
        match all.get(of.as_str()) {
            Some(origin) if matches!(origin.kind, FileKind::Regular(_)) => Ok(origin),
            Some(_) => Err(self.wrong(format!(
                "{} is a hard link to {of}, which is not a regular file",
                entry.path
            ))),
            None => Err(self.wrong(format!(
                "{} is a hard link to {of}, which is not packaged",
                entry.path
            ))),
        }
    }

    pub(super) fn wrong(&self, reason: String) -> Error {
        Error::Build {
            package: self.nevra.to_string(),
            reason,
        }
    }
}

/// Numbers files from 1, names of one file alike, and finds the name that comes last.
fn number(plan: &mut [Planned]) {
    let mut sets: BTreeMap<&str, (u32, u32, usize)> = BTreeMap::new();
    for (i, file) in plan.iter().enumerate().filter(|(_, file)| !file.is_ghost()) {
        let set = sets.entry(&file.origin.path).or_insert((i as u32 + 1, 0, i));
        *set = (set.0, set.1 + 1, i);
    }
    for (i, file) in plan.iter_mut().enumerate() {
        let alone = (i as u32 + 1, 1, i);
        let set = sets
            .get(file.origin.path.as_str())
            .filter(|_| !file.entry.flags.intersects(FileFlags::GHOST));
        let (inode, nlinks, last) = set.copied().unwrap_or(alone);
        (file.inode, file.nlinks, file.carries_content) = (inode, nlinks, i == last);
    }
}

fn check_path(path: &str) -> Result<(), &'static str> {
    match path.strip_prefix('/') {
        None => Err("is not an absolute path"),
        Some("") => Ok(()),
        Some(_) if path.len() > 4000 => Err("is too long"),
        Some(_) if path.contains(['\0', '\n']) => Err("contains a control character"),
        Some(rest) if rest.split('/').any(|part| matches!(part, "" | "." | "..")) => {
            Err("is not a plain path")
        }
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Evr;

    fn with(files: Vec<FileEntry>) -> Builder {
        let mut builder = Builder::new("a", Evr::parse("1-1"), "noarch");
        builder.files = files;
        builder
    }

    fn refusal(files: Vec<FileEntry>) -> String {
        with(files).plan().err().unwrap().to_string()
    }

    #[test]
    fn files_are_sorted_and_the_last_name_carries_the_content() {
        let builder = with(vec![
            FileEntry::hard_link("/c", "/b"),
            FileEntry::regular("/b", "x"),
            FileEntry::hard_link("/a", "/b"),
            FileEntry::directory("/d"),
        ]);
        let plan = builder.plan().unwrap();
        let seen: Vec<_> = plan
            .iter()
            .map(|f| (&*f.entry.path, f.inode, f.nlinks, f.carries_content))
            .collect();
        assert_eq!(
            seen,
            [
                ("/a", 1, 3, false),
                ("/b", 1, 3, false),
                ("/c", 1, 3, true),
                ("/d", 4, 1, true)
            ]
        );
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        assert!(refusal(vec![FileEntry::directory("usr")]).contains("\"usr\" is not an absolute path"));
        assert!(refusal(vec![FileEntry::directory("/usr/../etc")]).contains("is not a plain path"));
        assert!(
            refusal(vec![FileEntry::directory("/x"), FileEntry::directory("/x")]).contains("packaged twice")
        );
        assert!(refusal(vec![FileEntry::hard_link("/x", "/y")]).contains("/y, which is not packaged"));
    }
}
