//! A machine that loses its power, or its last free block, at the n-th call that changes state.

#![allow(dead_code)] // each test file uses its part
#![allow(clippy::unwrap_used)] // also outside of #[test] functions

pub(crate) mod scene;

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use transaction::syscalls::{Kernel, Syscalls};

/// What happens at the chosen call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The process is gone before the call: it and all later ones do nothing.
    Die,
    /// As `Die`, but a write has reached the file by half.
    Tear,
    /// This one call fails with ENOSPC; the program goes on as it sees fit.
    NoSpace,
    /// The same with EIO.
    Broken,
    /// The process is really killed before the call.
    Kill,
}

pub(crate) struct Faulty {
    fault: Fault,
    at: usize,
    calls: AtomicUsize,
    flushes: AtomicUsize,
    struck: AtomicBool,
}

impl Faulty {
    pub(crate) fn new(fault: Fault, at: usize) -> Self {
        Self {
            fault,
            at,
            calls: AtomicUsize::new(0),
            flushes: AtomicUsize::new(0),
            struck: AtomicBool::new(false),
        }
    }

    pub(crate) fn struck(&self) -> bool {
        self.struck.load(SeqCst)
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(SeqCst)
    }

    pub(crate) fn flushes(&self) -> usize {
        self.flushes.load(SeqCst)
    }

    fn reach(&self) -> io::Result<()> {
        let call = self.calls.fetch_add(1, SeqCst);
        let lasts = matches!(self.fault, Fault::Die | Fault::Tear);
        let strikes = call == self.at || (call > self.at && lasts);
        if !strikes {
            return Ok(());
        }
        self.struck.store(true, SeqCst);
        Err(match self.fault {
            Fault::NoSpace => rustix::io::Errno::NOSPC.into(),
            Fault::Broken => rustix::io::Errno::IO.into(),
            Fault::Kill => die(),
            _ => io::Error::new(io::ErrorKind::Interrupted, "the power is gone"),
        })
    }

    fn flush(&self) -> io::Result<()> {
        self.flushes.fetch_add(1, SeqCst);
        self.reach()
    }
}

fn die() -> ! {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    unreachable!("killed")
}

impl Syscalls for Faulty {
    fn create(&self, path: &Path) -> io::Result<File> {
        self.reach().and_then(|()| Kernel.create(path))
    }
    fn append(&self, path: &Path) -> io::Result<File> {
        self.reach().and_then(|()| Kernel.append(path))
    }
    fn write(&self, file: &File, bytes: &[u8]) -> io::Result<()> {
        let first = !self.struck();
        let reached = self.reach();
        if reached.is_err() && first && self.fault == Fault::Tear {
            Kernel.write(file, &bytes[..bytes.len() / 2])?;
        }
        reached.and_then(|()| Kernel.write(file, bytes))
    }
    fn make_directory(&self, path: &Path) -> io::Result<()> {
        self.reach().and_then(|()| Kernel.make_directory(path))
    }
    fn symlink(&self, target: &str, path: &Path) -> io::Result<()> {
        self.reach().and_then(|()| Kernel.symlink(target, path))
    }
    fn make_node(&self, path: &Path, mode: u32, device: u64) -> io::Result<()> {
        self.reach().and_then(|()| Kernel.make_node(path, mode, device))
    }
    fn link(&self, old: &Path, new: &Path) -> io::Result<()> {
        self.reach().and_then(|()| Kernel.link(old, new))
    }
    fn rename(&self, old: &Path, new: &Path) -> io::Result<()> {
        self.reach().and_then(|()| Kernel.rename(old, new))
    }
    fn unlink(&self, path: &Path) -> io::Result<()> {
        self.reach().and_then(|()| Kernel.unlink(path))
    }
    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.reach().and_then(|()| Kernel.remove_directory(path))
    }
    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        self.reach().and_then(|()| Kernel.set_mode(path, mode))
    }
    fn set_folder_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        self.reach().and_then(|()| Kernel.set_folder_mode(path, mode))
    }
    fn set_owner(&self, path: &Path, user: u32, group: u32) -> io::Result<()> {
        self.reach().and_then(|()| Kernel.set_owner(path, user, group))
    }
    fn set_time(&self, path: &Path, seconds: u32) -> io::Result<()> {
        self.reach().and_then(|()| Kernel.set_time(path, seconds))
    }
    fn set_attribute(&self, path: &Path, name: &str, value: &[u8]) -> io::Result<()> {
        self.reach()
            .and_then(|()| Kernel.set_attribute(path, name, value))
    }
    fn set_owner_of_new(&self, file: &File, user: u32, group: u32) -> io::Result<()> {
        self.reach()
            .and_then(|()| Kernel.set_owner_of_new(file, user, group))
    }
    fn set_mode_of_new(&self, file: &File, mode: u32) -> io::Result<()> {
        self.reach().and_then(|()| Kernel.set_mode_of_new(file, mode))
    }
    fn set_time_of_new(&self, file: &File, seconds: u32) -> io::Result<()> {
        self.reach().and_then(|()| Kernel.set_time_of_new(file, seconds))
    }
    fn rename_between(&self, from: (&OwnedFd, &OsStr), to: (&OwnedFd, &OsStr)) -> io::Result<()> {
        self.reach().and_then(|()| Kernel.rename_between(from, to))
    }
    fn sync(&self, _file: &File) -> io::Result<()> {
        self.flush() // the test's machine does not really lose power
    }
    fn sync_filesystem(&self, _file: &File) -> io::Result<()> {
        self.flush()
    }
    fn outside(&self, what: &str) -> io::Result<()> {
        self.reach().and_then(|()| Kernel.outside(what))
    }
}
