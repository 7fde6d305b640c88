//! Every system call by which a transaction changes the system, behind one small trait.
//!
//! Nothing else in this crate writes. That makes "killed at any instant" testable: an
//! implementation that stops at the n-th call is a machine that lost its power there, and running
//! through all n proves every instant (`tests/killed_anywhere.rs`).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, Timespec, Timestamps, Uid, XattrFlags};

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
    /// mkdir(2).
    fn make_directory(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }
    /// symlink(2).
    fn symlink(&self, target: &str, path: &Path) -> io::Result<()> {
        std::os::unix::fs::symlink(target, path)
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
        Ok(rustix::fs::linkat(CWD, old, CWD, new, AtFlags::empty())?)
    }
    /// rename(2).
    fn rename(&self, old: &Path, new: &Path) -> io::Result<()> {
        fs::rename(old, new)
    }
    /// unlink(2).
    fn unlink(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
    /// rmdir(2).
    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }
    /// chmod(2); never called on symbolic links, which have no mode of their own.
    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        Ok(rustix::fs::chmodat(
            CWD,
            path,
            Mode::from_raw_mode(mode & 0o7777),
            AtFlags::empty(),
        )?)
    }
    /// lchown(2).
    fn set_owner(&self, path: &Path, user: u32, group: u32) -> io::Result<()> {
        let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
        Ok(rustix::fs::chownat(
            CWD,
            path,
            Some(user),
            Some(group),
            AtFlags::SYMLINK_NOFOLLOW,
        )?)
    }
    /// utimensat(2), access and modification time alike, on the link itself.
    fn set_time(&self, path: &Path, seconds: u32) -> io::Result<()> {
        let time = Timespec {
            tv_sec: i64::from(seconds),
            tv_nsec: 0,
        };
        let times = Timestamps {
            last_access: time,
            last_modification: time,
        };
        Ok(rustix::fs::utimensat(
            CWD,
            path,
            &times,
            AtFlags::SYMLINK_NOFOLLOW,
        )?)
    }
    /// lsetxattr(2).
    fn set_attribute(&self, path: &Path, name: &str, value: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::lsetxattr(path, name, value, XattrFlags::empty())?)
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
