//! Leaving the initramfs: move the mounts, free its memory, start the real init.

use crate::mount::NEW_ROOT;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, fstat, openat, unlinkat};
use rustix::io::Errno;
use rustix::mount::mount_move;
use rustix::process::{chdir, chroot};
use std::ffi::{CStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// What the kernel itself tries (init/main.c, `kernel_init`).
const USUAL: [&str; 4] = ["/sbin/init", "/etc/init", "/bin/init", "/bin/sh"];

/// Why the switch failed.
#[derive(Debug, thiserror::Error)]
pub enum SwitchError {
    /// One step of making the new root `/`.
    #[error("cannot {step}: {source}")]
    Step {
        /// The step.
        step: String,
        /// Why.
        source: std::io::Error,
    },
    /// No init could be started.
    #[error("no init can be started from the root file system; tried {}", tried.join(", "))]
    NoInit {
        /// Each path with the reason.
        tried: Vec<String>,
    },
}

/// Makes [`NEW_ROOT`] the root and starts its init with the arguments the kernel gave us; returns only on failure.
pub fn switch_root(init: Option<&str>, arguments: &[OsString]) -> SwitchError {
    match enter() {
        Ok(()) => start(init, arguments),
        Err(error) => error,
    }
}

fn enter() -> Result<(), SwitchError> {
    for name in ["dev", "proc", "sys"] {
        let target = format!("{NEW_ROOT}/{name}");
        done(mount_move(format!("/{name}"), &target), || {
            format!("move the mount /{name} to {target}")
        })?;
    }
    let old = rustix::fs::open(
        "/",
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    );
    let old = done(old, || "open the initramfs".into())?;
    done(chdir(NEW_ROOT), || format!("enter {NEW_ROOT}"))?;
    done(mount_move(".", "/"), || format!("move {NEW_ROOT} to /"))?;
    done(chroot("."), || format!("change the root to {NEW_ROOT}"))?;
    done(chdir("/"), || "enter the new root".into())?;
    empty(&old);
    Ok(())
}

fn done<T>(result: Result<T, Errno>, step: impl Fn() -> String) -> Result<T, SwitchError> {
    result.map_err(|source| SwitchError::Step {
        step: step(),
        source: source.into(),
    })
}

/// Deletes what is on the file system of the folder, to free the memory; what cannot be deleted stays.
fn empty(folder: &OwnedFd) {
    let Ok(device) = fstat(folder).map(|stat| stat.st_dev) else {
        return;
    };
    empty_on(folder, device);
}

fn empty_on(folder: &OwnedFd, device: u64) {
    let Ok(entries) = Dir::read_from(folder) else {
        return;
    };
    for entry in entries
        .flatten()
        .filter(|entry| !matches!(entry.file_name().to_bytes(), b"." | b".."))
    {
        if entry.file_type() == FileType::Directory {
            remove_folder(folder, entry.file_name(), device);
        } else {
            let _ = unlinkat(folder, entry.file_name(), AtFlags::empty());
        }
    }
}

/// A mount point in the initramfs (another device) is not ours to empty.
fn remove_folder(parent: &OwnedFd, name: &CStr, device: u64) {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let Ok(folder) = openat(parent, name, flags, Mode::empty()) else {
        return;
    };
    if fstat(&folder).is_ok_and(|stat| stat.st_dev == device) {
        empty_on(&folder, device);
        let _ = unlinkat(parent, name, AtFlags::REMOVEDIR);
    }
}

fn start(init: Option<&str>, arguments: &[OsString]) -> SwitchError {
    let mut tried = Vec::new();
    // An init that was asked for is not silently replaced by another one.
    for path in candidates(init) {
        let error = Command::new(path).args(arguments).exec();
        tried.push(format!("{path} ({error})"));
    }
    SwitchError::NoInit { tried }
}

fn candidates(init: Option<&str>) -> Vec<&str> {
    init.map_or(USUAL.to_vec(), |path| vec![path])
}

/// Whether this is an initramfs and not a running system, whose files `empty` would delete.
///
/// The kernel's contract is a ramfs or tmpfs as `/` (Documentation/filesystems/ramfs-rootfs-initramfs.rst);
/// switch_root(8) makes the same check.
pub fn is_initramfs(root: &Path) -> bool {
    const RAMFS_MAGIC: u64 = 0x8584_58f6;
    const TMPFS_MAGIC: u64 = 0x0102_1994;
    rustix::fs::statfs(root).is_ok_and(|stat| matches!(stat.f_type as u64, RAMFS_MAGIC | TMPFS_MAGIC))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_initramfs_is_emptied_and_links_are_not_followed() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir_all(inside.path().join("lib/modules")).unwrap();
        fs::write(inside.path().join("lib/modules/a.ko"), "x").unwrap();
        fs::write(outside.path().join("kept"), "x").unwrap();
        std::os::unix::fs::symlink(outside.path(), inside.path().join("link")).unwrap();
        empty(&fs::File::open(inside.path()).unwrap().into());
        assert_eq!(fs::read_dir(inside.path()).unwrap().count(), 0);
        assert!(outside.path().join("kept").exists());
    }

    #[test]
    fn a_given_init_has_no_substitute() {
        assert_eq!(candidates(Some("/bin/bash")), ["/bin/bash"]);
        assert_eq!(candidates(None)[0], "/sbin/init");
    }

    #[test]
    fn failures_list_what_was_tried() {
        let message = start(Some("/no/such/init"), &[]).to_string();
        assert!(message.contains("/no/such/init (No such file"), "{message}");
    }

    #[test]
    fn proc_is_no_initramfs() {
        assert!(!is_initramfs(Path::new("/proc")));
    }
}
