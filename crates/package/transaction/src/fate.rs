//! What becomes of a file that exists already: configuration above all.
//!
//! The rules are rpm's (lib/rpmfi.c: rpmfilesDecideFate, rpmfilesConfigConflict, rpmfilesCompare):
//!
//! | file on disk | `%config` | `%config(noreplace)` |
//! |---|---|---|
//! | as the old package installed it | replaced | replaced |
//! | changed by the user, same in both packages | stays | stays |
//! | changed by the user, new one differs | `.rpmsave`, replaced | stays, new one is `.rpmnew` |
//! | changed by the user, no configuration any more | `.rpmsave`, replaced | `.rpmsave`, replaced |
//! | of no package, other content | `.rpmorig`, replaced | stays, new one is `.rpmnew` |

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use md5::Md5;
use rpmfile::{FileFlags, FileInfo, FileType};
use sha2::{Digest, Sha256};

use crate::element::Fate;

/// OpenPGP's number of SHA-256 (RFC 9580, 9.5); packages of old have 1, MD5.
pub(crate) const SHA256: u32 = 8;

/// A file as its package describes it, with the algorithm of its digest.
#[derive(Clone, Copy)]
pub(crate) struct Described<'a> {
    pub(crate) file: &'a FileInfo,
    pub(crate) algorithm: u32,
}

/// What to do with a new file, given what an installed package says about the same path, if one does.
pub(crate) fn decide(disk: &Path, new: Described<'_>, old: Option<Described<'_>>) -> Fate {
    if new.file.is_ghost() {
        return Fate::Skip;
    }
    match old {
        Some(old) if old.file.is_config() || new.file.is_config() => against_old(disk, new, old),
        Some(_) => Fate::Create(None),
        None if new.file.is_config() && differs(disk, new) => change(new.file, ".rpmorig"),
        None => Fate::Create(None),
    }
}

fn against_old(disk: &Path, new: Described<'_>, old: Described<'_>) -> Fate {
    let Some(kind) = kind_on_disk(disk) else {
        let optional = new.file.flags.intersects(FileFlags::MISSING_OK);
        return if optional { Fate::Skip } else { Fate::Create(None) };
    };
    let comparable = matches!(old.file.file_type(), FileType::Regular | FileType::Symlink);
    if !comparable || (kind == old.file.file_type() && is_either(disk, old, new)) {
        return Fate::Create(None);
    }
    if !new.file.is_config() {
        return Fate::Create(Some(".rpmsave")); // even with nothing new to offer: the package owns the content now
    }
    if same_content(old, new) {
        return Fate::Skip; // nothing new to offer: the user's change stays
    }
    change(new.file, ".rpmsave")
}

/// Whether the user has changed nothing, or just as the new package does. rpm compares only with what is of the old
/// file's type: a file in place of a link is a change even when the new package comes with that very file.
fn is_either(disk: &Path, old: Described<'_>, new: Described<'_>) -> bool {
    let type_stays = new.file.file_type() == old.file.file_type();
    !differs(disk, old) || (type_stays && !differs(disk, new))
}

/// The user changed it and the new package has something else.
fn change(new: &FileInfo, suffix: &'static str) -> Fate {
    match new.flags.intersects(FileFlags::NOREPLACE) {
        true => Fate::Beside(".rpmnew"),
        false => Fate::Create(Some(suffix)),
    }
}

fn same_content(old: Described<'_>, new: Described<'_>) -> bool {
    match (old.file.file_type(), new.file.file_type()) {
        (FileType::Regular, FileType::Regular) => {
            old.algorithm == new.algorithm
                && !old.file.digest.is_empty()
                && old.file.digest == new.file.digest
        }
        (FileType::Symlink, FileType::Symlink) => old.file.linkto == new.file.linkto,
        _ => false,
    }
}

/// Whether the file on disk exists and is not what the package describes.
pub(crate) fn differs(disk: &Path, described: Described<'_>) -> bool {
    let Some(kind) = kind_on_disk(disk) else {
        return false;
    };
    let file = described.file;
    if kind != file.file_type() {
        return true;
    }
    match kind {
        FileType::Regular => {
            digest_of(disk, described.algorithm).ok().as_deref() != Some(file.digest.as_str())
        }
        FileType::Symlink => fs::read_link(disk).ok().as_deref() != Some(Path::new(&file.linkto)),
        _ => true,
    }
}

fn kind_on_disk(disk: &Path) -> Option<FileType> {
    let kind = fs::symlink_metadata(disk).ok()?.file_type();
    Some(match () {
        () if kind.is_file() => FileType::Regular,
        () if kind.is_dir() => FileType::Directory,
        () if kind.is_symlink() => FileType::Symlink,
        () if kind.is_fifo() || kind.is_socket() => FileType::Special,
        () => FileType::Special,
    })
}

fn digest_of(path: &Path, algorithm: u32) -> io::Result<String> {
    let mut hasher = Hasher::new(algorithm);
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(hasher.finish());
        }
        hasher.update(buffer.get(..count).unwrap_or_default());
    }
}

/// The digest of a file, by the algorithm its package uses.
pub(crate) enum Hasher {
    Sha256(Sha256),
    Md5(Md5),
}

impl Hasher {
    pub(crate) fn new(algorithm: u32) -> Self {
        if algorithm == SHA256 {
            Self::Sha256(Sha256::new())
        } else {
            Self::Md5(Md5::new())
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Md5(hasher) => md5::Digest::update(hasher, bytes),
        }
    }

    pub(crate) fn finish(self) -> String {
        match self {
            Self::Sha256(hasher) => hex::encode(hasher.finalize()),
            Self::Md5(hasher) => hex::encode(md5::Digest::finalize(hasher)),
        }
    }
}

/// Whether two packages may both own this path: same type, mode, owner and content.
pub(crate) fn may_share(a: Described<'_>, b: Described<'_>) -> bool {
    let (x, y) = (a.file, b.file);
    if x.is_ghost() || y.is_ghost() {
        return true;
    }
    x.mode == y.mode
        && x.user == y.user
        && x.group == y.group
        && match x.file_type() {
            FileType::Regular => x.size == y.size && x.digest == y.digest && a.algorithm == b.algorithm,
            FileType::Symlink => x.linkto == y.linkto,
            FileType::Special => x.rdev == y.rdev,
            FileType::Directory => true,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_files::file;

    fn config(content: &str, flags: FileFlags) -> FileInfo {
        let mut hasher = Hasher::new(SHA256);
        hasher.update(content.as_bytes());
        let mut file = file("/etc/c", 0o100_644);
        (file.digest, file.size, file.flags) = (hasher.finish(), content.len() as u64, flags);
        file
    }

    /// The decision for a file that has `disk` as content now.
    fn fate(disk: Option<&str>, old: Option<&str>, new: &str, flags: FileFlags) -> Fate {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c");
        if let Some(content) = disk {
            fs::write(&path, content).unwrap();
        }
        let old = old.map(|old| config(old, flags));
        let described = |file| Described {
            file,
            algorithm: SHA256,
        };
        decide(&path, described(&config(new, flags)), old.as_ref().map(described))
    }

    #[test]
    fn the_table_of_the_module() {
        let (plain, noreplace) = (FileFlags::CONFIG, FileFlags::CONFIG | FileFlags::NOREPLACE);
        for flags in [plain, noreplace] {
            assert_eq!(fate(Some("1"), Some("1"), "2", flags), Fate::Create(None));
            assert_eq!(fate(Some("mine"), Some("1"), "1", flags), Fate::Skip);
            assert_eq!(fate(Some("2"), Some("1"), "2", flags), Fate::Create(None));
            assert_eq!(fate(None, Some("1"), "2", flags), Fate::Create(None));
            assert_eq!(fate(Some("2"), None, "2", flags), Fate::Create(None));
        }
        assert_eq!(
            fate(Some("mine"), Some("1"), "2", plain),
            Fate::Create(Some(".rpmsave"))
        );
        assert_eq!(
            fate(Some("mine"), Some("1"), "2", noreplace),
            Fate::Beside(".rpmnew")
        );
        assert_eq!(
            fate(Some("mine"), None, "2", plain),
            Fate::Create(Some(".rpmorig"))
        );
        assert_eq!(fate(Some("mine"), None, "2", noreplace), Fate::Beside(".rpmnew"));
    }

    #[test]
    fn what_is_not_configuration_is_replaced() {
        assert_eq!(
            fate(Some("mine"), Some("1"), "2", FileFlags::NONE),
            Fate::Create(None)
        );
        assert_eq!(fate(Some("mine"), None, "2", FileFlags::NONE), Fate::Create(None));
    }

    #[test]
    fn what_was_configuration_is_saved_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c");
        for (disk, expected) in [("mine", Some(".rpmsave")), ("1", None)] {
            fs::write(&path, disk).unwrap();
            for content in ["1", "2"] {
                let (old, new) = (config("1", FileFlags::CONFIG), config(content, FileFlags::NONE));
                let [old, new] = [&old, &new].map(|file| Described {
                    file,
                    algorithm: SHA256,
                });
                assert_eq!(
                    decide(&path, new, Some(old)),
                    Fate::Create(expected),
                    "{disk} {content}"
                );
            }
        }
    }

    #[test]
    fn ghosts_and_deleted_optional_files_are_not_made() {
        let optional = FileFlags::CONFIG | FileFlags::MISSING_OK;
        assert_eq!(fate(None, Some("1"), "2", optional), Fate::Skip);
        assert_eq!(fate(None, None, "2", FileFlags::GHOST), Fate::Skip);
    }

    #[test]
    fn packages_share_a_path_only_when_all_is_equal() {
        let described = |file| Described {
            file,
            algorithm: SHA256,
        };
        let (a, b) = (config("1", FileFlags::NONE), config("2", FileFlags::NONE));
        assert!(may_share(described(&a), described(&a)));
        assert!(!may_share(described(&a), described(&b)));
        let mut other = a.clone();
        other.group = "wheel".into();
        assert!(!may_share(described(&a), described(&other)));
        let ghost = config("2", FileFlags::GHOST);
        assert!(may_share(described(&a), described(&ghost)));
    }
}
