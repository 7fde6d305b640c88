//! Duplicate the process, and what only a process with one thread may do.
//!
//! rpm runs `<lua>` scriptlets itself, with the root it installs to as its own: no interpreter is needed there, and in an
//! empty root there is none. A program that has threads and other roots to look after does that in a copy of itself. This
//! crate exists for the `unsafe` blocks of making one, so that no other needs them.
//!
//! fork(2) is unsafe in Rust because the copy has one thread only: a lock that another thread held stays locked in it for
//! ever. The C library unlocks its own (pthread_atfork(3)); of Rust's, the copy must not use those that other threads may
//! hold. For what runs in [`child`] this means: no standard streams of `std` (write to the descriptors instead), the
//! environment only through the functions here, nothing shared with other threads. At worst the copy waits for ever; memory stays sound, since nothing of it is shared.

use std::ffi::{CString, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_bind_recursive, mount_change};
use rustix::process::Pid;

/// Which of the two we are after [`fork`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The one that was there before; the other has this number.
    Parent(Pid),
    /// The copy.
    Child,
}

/// What the copy ends with when its work panics.
const PANICKED: i32 = 101;

/// fork(2).
///
/// # Errors
/// When there may be no more processes.
#[allow(unsafe_code, reason = "what this crate is for")]
pub fn fork() -> io::Result<Side> {
    // SAFETY: see the crate's text: the copy shares no memory, and the C library's own locks are released in it.
    match unsafe { libc::fork() } {
        0 => Ok(Side::Child),
        number => match Pid::from_raw(number) {
            Some(pid) if number > 0 => Ok(Side::Parent(pid)),
            _ => Err(io::Error::last_os_error()),
        },
    }
}

/// Do `work` in a copy of the process, which ends with the status it returns.
///
/// # Errors
/// As [`fork`].
pub fn child(work: impl FnOnce() -> i32) -> io::Result<Pid> {
    match fork()? {
        Side::Parent(pid) => Ok(pid),
        Side::Child => end(catch_unwind(AssertUnwindSafe(work)).unwrap_or(PANICKED)),
    }
}

/// _exit(2): end at once, without flushing or cleaning up what belongs to the process we are a copy of.
#[allow(unsafe_code, reason = "what this crate is for")]
pub fn end(status: i32) -> ! {
    // SAFETY: never returns; nothing is run or freed.
    unsafe { libc::_exit(status) }
}

/// setenv(3), in a copy. Not through `std`, whose lock another thread may have held when the copy was made.
///
/// # Errors
/// When the name or value is none.
#[allow(unsafe_code, reason = "what this crate is for")]
pub fn set_variable(name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> io::Result<()> {
    let (name, value) = (
        CString::new(name.as_ref().as_bytes())?,
        CString::new(value.as_ref().as_bytes())?,
    );
    // SAFETY: the environment may be changed when no other thread reads it; a copy has no other thread.
    outcome(unsafe { libc::setenv(name.as_ptr(), value.as_ptr(), 1) })
}

/// unsetenv(3), in a copy.
///
/// # Errors
/// When the name is none.
#[allow(unsafe_code, reason = "what this crate is for")]
pub fn remove_variable(name: impl AsRef<OsStr>) -> io::Result<()> {
    let name = CString::new(name.as_ref().as_bytes())?;
    // SAFETY: as for set_variable.
    outcome(unsafe { libc::unsetenv(name.as_ptr()) })
}

/// clearenv(3), in a copy.
#[allow(unsafe_code, reason = "what this crate is for")]
pub fn remove_all_variables() {
    // SAFETY: as for set_variable.
    unsafe { libc::clearenv() };
}

fn outcome(returned: i32) -> io::Result<()> {
    match returned {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Become root of a user namespace that holds only ourselves, so that chroot(2) is allowed (user_namespaces(7)).
///
/// # Errors
/// When the system does not allow it.
pub fn become_root_of_own_namespace() -> io::Result<()> {
    let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
    leave(libc::CLONE_NEWUSER)?;
    std::fs::write("/proc/self/setgroups", "deny")?;
    std::fs::write("/proc/self/uid_map", format!("0 {} 1", user.as_raw()))?;
    std::fs::write("/proc/self/gid_map", format!("0 {} 1", group.as_raw()))
}

/// Leave the host's network, host name and message queues.
///
/// # Errors
/// When the system does not allow it.
pub fn leave_network() -> io::Result<()> {
    leave(libc::CLONE_NEWNET | libc::CLONE_NEWIPC | libc::CLONE_NEWUTS)
}

/// See the host's files, but write only those below `writable`, and find nobody at the sockets in `/run`.
///
/// # Errors
/// When the system does not allow it, or `writable` is in `/run`.
pub fn leave_files(writable: &Path) -> io::Result<()> {
    if writable.starts_with("/run") {
        return Err(io::Error::other("it is below /run, which is to be hidden"));
    }
    leave(libc::CLONE_NEWNS)?;
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
    mount_bind_recursive(writable, writable)?;
    read_only(Path::new("/"), true)?;
    read_only(writable, false)?;
    Ok(mount("tmpfs", "/run", "tmpfs", MountFlags::empty(), None)?)
}

/// mount_setattr(2) of a mount and all below it.
#[allow(unsafe_code, reason = "what this crate is for")]
fn read_only(path: &Path, wanted: bool) -> io::Result<()> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    let attributes = libc::mount_attr {
        attr_set: if wanted { libc::MOUNT_ATTR_RDONLY } else { 0 },
        attr_clr: if wanted { 0 } else { libc::MOUNT_ATTR_RDONLY },
        propagation: 0,
        userns_fd: 0,
    };
    // SAFETY: the kernel reads the path up to its NUL and as many bytes of the attributes as it is told that there are.
    let done = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            libc::AT_RECURSIVE,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    };
    outcome(i32::from(done != 0))
}

#[allow(unsafe_code, reason = "what this crate is for")]
fn leave(namespaces: i32) -> io::Result<()> {
    // SAFETY: unshare(2) of namespaces changes what names mean, not memory; descriptors stay shared with nobody.
    outcome(unsafe { libc::unshare(namespaces) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{WaitOptions, waitpid};

    fn status(pid: Pid) -> Option<i32> {
        waitpid(Some(pid), WaitOptions::empty())
            .unwrap()
            .unwrap()
            .1
            .exit_status()
    }

    #[test]
    fn the_copy_ends_with_the_status_of_its_work() {
        assert_eq!(status(child(|| 7).unwrap()), Some(7));
    }

    #[test]
    fn what_the_copy_changes_is_its_own() {
        let mut here = 1;
        let pid = child(|| {
            here = 2;
            let set = set_variable("FORK_TEST", "set");
            i32::from(set.is_err() || std::env::var_os("FORK_TEST").is_none())
        });
        assert_eq!(status(pid.unwrap()), Some(0));
        assert_eq!((here, std::env::var_os("FORK_TEST")), (1, None));
    }

    #[test]
    fn a_panic_is_a_failure_of_the_copy_alone() {
        let pid = child(|| {
            std::panic::set_hook(Box::new(|_| {}));
            std::panic::panic_any(())
        });
        assert_eq!(status(pid.unwrap()), Some(PANICKED));
    }
}
