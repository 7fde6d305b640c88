//! Every system call by which a transaction changes the system, behind one small trait.
//!
//! Nothing else in this crate writes. That makes "killed at any instant" testable: an
//! implementation that stops at the n-th call is a machine that lost its power there, and running
//! through all n proves every instant (`tests/killed_anywhere.rs`).
//!
//! Paths were resolved when the transaction was planned and contain no symbolic link but the last part. A user who owns
//! a folder on the way could put one there meanwhile and lead root to write elsewhere (CVE-2021-35938 and its like in
//! rpm), so the kernel is told to refuse links on the way: openat2(2) with `RESOLVE_NO_SYMLINKS`.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, FileType, Gid, Mode, OFlags, ResolveFlags, Timespec, Timestamps, Uid, XattrFlags, open,
    openat2,
};
use rustix::io::Errno;

/// Access and modification time alike.
fn at(seconds: u32) -> Timestamps {
    let time = Timespec {
        tv_sec: i64::from(seconds),
        tv_nsec: 0,
    };
    Timestamps {
        last_access: time,
        last_modification: time,
    }
}

/// The folder a path is in, reached without following a symbolic link, and the name in it.
fn reach(path: &Path) -> io::Result<(OwnedFd, &OsStr)> {
    let (folder, name) = match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => (folder, name),
        _ => (path, OsStr::new(".")),
    };
    Ok((open_folder(folder, OFlags::PATH)?, name))
}

/// Kernels before 5.6 and some sandboxes have no openat2(2); there the ordinary call must do.
pub(crate) fn open_folder(folder: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    let flags = flags | OFlags::DIRECTORY | OFlags::CLOEXEC;
    match openat2(CWD, folder, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
        Err(Errno::NOSYS | Errno::PERM) => Ok(open(folder, flags | OFlags::NOFOLLOW, Mode::empty())?),
        other => Ok(other?),
    }
}

/// The calls that change state. Paths are absolute paths of the host.
pub trait Syscalls: Send + Sync {
    /// open(2) a file that must not exist yet, for writing; readable by its owner only.
    fn create(&self, path: &Path) -> io::Result<File> {
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
    }
    /// open(2) a file for appending, making it when absent.
    fn append(&self, path: &Path) -> io::Result<File> {
        OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)
    }
    /// write(2), all of it.
    fn write(&self, mut file: &File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }
    /// mkdir(2); the mode can be set only afterwards, whatever the umask.
    fn make_directory(&self, path: &Path) -> io::Result<()> {
        let (folder, name) = reach(path)?;
        Ok(rustix::fs::mkdirat(folder, name, Mode::from_raw_mode(0o755))?)
    }
    /// symlink(2).
    fn symlink(&self, target: &str, path: &Path) -> io::Result<()> {
        Ok(rustix::fs::symlinkat(target, CWD, path)?)
    }
    /// mknod(2): FIFOs for everyone, devices for root.
    fn make_node(&self, path: &Path, mode: u32, device: u64) -> io::Result<()> {
        let kind = FileType::from_raw_mode(mode);
        Ok(rustix::fs::mknodat(
            CWD,
            path,
            kind,
            Mode::from_raw_mode(mode & 0o7777),
            device,
        )?)
    }
    /// link(2); a symbolic link is linked itself, not what it points to.
    fn link(&self, old: &Path, new: &Path) -> io::Result<()> {
        let ((from, old), (to, new)) = (reach(old)?, reach(new)?);
        Ok(rustix::fs::linkat(from, old, to, new, AtFlags::empty())?)
    }
    /// rename(2).
    fn rename(&self, old: &Path, new: &Path) -> io::Result<()> {
        let ((from, old), (to, new)) = (reach(old)?, reach(new)?);
        Ok(rustix::fs::renameat(from, old, to, new)?)
    }
    /// unlink(2).
    fn unlink(&self, path: &Path) -> io::Result<()> {
        let (folder, name) = reach(path)?;
        Ok(rustix::fs::unlinkat(folder, name, AtFlags::empty())?)
    }
    /// rmdir(2).
    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        let (folder, name) = reach(path)?;
        Ok(rustix::fs::unlinkat(folder, name, AtFlags::REMOVEDIR)?)
    }
    /// chmod(2) of a file in a folder that only we can write to.
    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        Ok(rustix::fs::chmodat(
            CWD,
            path,
            Mode::from_raw_mode(mode & 0o7777),
            AtFlags::empty(),
        )?)
    }
    /// chmod(2) of a folder anywhere: of the folder itself, should a link have taken its place.
    fn set_folder_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        let folder = open_folder(path, OFlags::RDONLY)?;
        Ok(rustix::fs::fchmod(
            folder.as_fd(),
            Mode::from_raw_mode(mode & 0o7777),
        )?)
    }
    /// lchown(2).
    fn set_owner(&self, path: &Path, user: u32, group: u32) -> io::Result<()> {
        let (folder, name) = reach(path)?;
        let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
        Ok(rustix::fs::chownat(
            folder,
            name,
            Some(user),
            Some(group),
            AtFlags::SYMLINK_NOFOLLOW,
        )?)
    }
    /// utimensat(2), access and modification time alike, on the link itself.
    fn set_time(&self, path: &Path, seconds: u32) -> io::Result<()> {
        let (folder, name) = reach(path)?;
        Ok(rustix::fs::utimensat(
            folder,
            name,
            &at(seconds),
            AtFlags::SYMLINK_NOFOLLOW,
        )?)
    }
    /// lsetxattr(2).
    fn set_attribute(&self, path: &Path, name: &str, value: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::lsetxattr(path, name, value, XattrFlags::empty())?)
    }
    /// fchown(2) of a file that was just made.
    fn set_owner_of_new(&self, file: &File, user: u32, group: u32) -> io::Result<()> {
        let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
        Ok(rustix::fs::fchown(file, Some(user), Some(group))?)
    }
    /// fchmod(2) of a file that was just made.
    fn set_mode_of_new(&self, file: &File, mode: u32) -> io::Result<()> {
        Ok(rustix::fs::fchmod(file, Mode::from_raw_mode(mode & 0o7777))?)
    }
    /// futimens(3) of a file that was just made.
    fn set_time_of_new(&self, file: &File, seconds: u32) -> io::Result<()> {
        Ok(rustix::fs::futimens(file, &at(seconds))?)
    }
    /// renameat(2) between two folders that are open.
    fn rename_between(&self, from: (&OwnedFd, &OsStr), to: (&OwnedFd, &OsStr)) -> io::Result<()> {
        Ok(rustix::fs::renameat(from.0, from.1, to.0, to.1)?)
    }
    /// fsync(2) of a file or folder.
    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }
    /// syncfs(2): everything written to the file system this file is on.
    fn sync_filesystem(&self, file: &File) -> io::Result<()> {
        Ok(rustix::fs::syncfs(file)?)
    }
    /// Called before a change made elsewhere: a scriptlet, the commit of the package database.
    fn outside(&self, what: &str) -> io::Result<()> {
        let _ = what;
        Ok(())
    }
}

/// The real system.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kernel;

impl Syscalls for Kernel {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    /// A folder whose owner has swapped a folder on the way for a link to one he wants to have written to.
    fn trap() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("victim")).unwrap();
        fs::write(folder.path().join("victim/file"), "precious").unwrap();
        fs::write(folder.path().join("staged"), "new").unwrap();
        symlink("victim", folder.path().join("way")).unwrap();
        folder
    }

    #[test]
    fn no_link_on_the_way_is_followed() {
        let folder = trap();
        let (staged, target) = (folder.path().join("staged"), folder.path().join("way/file"));
        let loops =
            |result: io::Result<()>| result.unwrap_err().raw_os_error() == Some(Errno::LOOP.raw_os_error());
        assert!(loops(Kernel.rename(&staged, &target)));
        assert!(loops(Kernel.link(&staged, &target)));
        assert!(loops(Kernel.unlink(&target)));
        assert!(loops(Kernel.set_owner(&target, 0, 0)));
        assert!(loops(Kernel.make_directory(&folder.path().join("way/new"))));
        assert_eq!(
            fs::read_to_string(folder.path().join("victim/file")).unwrap(),
            "precious"
        );
    }

    #[test]
    fn a_link_in_place_of_a_folder_is_not_given_its_mode() {
        let folder = trap();
        let before = fs::metadata(folder.path().join("victim"))
            .unwrap()
            .permissions()
            .mode();
        assert!(Kernel.set_folder_mode(&folder.path().join("way"), 0o777).is_err());
        assert_eq!(
            fs::metadata(folder.path().join("victim"))
                .unwrap()
                .permissions()
                .mode(),
            before
        );
    }

    #[test]
    fn a_link_itself_can_be_changed() {
        let folder = trap();
        Kernel.set_time(&folder.path().join("way"), 5).unwrap();
        Kernel.unlink(&folder.path().join("way")).unwrap();
        assert!(folder.path().join("victim/file").exists());
    }
}
