//! What the host is and how it is: proc(5), os-release(5), machine-id(5).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The host.
#[derive(Debug, Clone)]
pub struct Host {
    root: PathBuf,
}

/// What it is and how it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Info {
    /// The name of now.
    pub hostname: String,
    /// `PRETTY_NAME` of os-release(5).
    pub os: String,
    /// `ID` of os-release(5).
    pub os_id: String,
    /// `VERSION_ID` of os-release(5).
    pub os_version: String,
    /// The kernel's release.
    pub kernel: String,
    /// The kernel's version: when and how it was built.
    pub kernel_version: String,
    /// The architecture, as the kernel calls it.
    pub machine: String,
    /// machine-id(5).
    pub machine_id: String,
    /// Another with each boot.
    pub boot_id: String,
    /// Seconds since boot.
    pub uptime_seconds: u64,
    /// Processes.
    pub processes: u64,
    /// Processors that are there.
    pub processors: u32,
    /// Memory.
    pub memory: Memory,
    /// Load over 1, 5 and 15 minutes.
    pub load: [f64; 3],
}

/// Memory, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// All of it.
    pub total: u64,
    /// What nothing uses.
    pub free: u64,
    /// What can be had without swapping.
    pub available: u64,
    /// What there is to swap to.
    pub swap_total: u64,
    /// What of that nothing uses.
    pub swap_free: u64,
}

/// A file system that is on a device, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// The device.
    pub device: String,
    /// Where it is mounted.
    pub path: String,
    /// Its type.
    pub kind: String,
    /// Its size.
    pub size: u64,
    /// What can be had of it.
    pub available: u64,
}

impl Host {
    /// The running host.
    pub fn running() -> Self {
        Self::below(Path::new("/"))
    }

    /// With `/proc` and `/etc` below another root directory.
    pub fn below(root: &Path) -> Self {
        Host {
            root: root.to_owned(),
        }
    }

    /// What it is and how it is.
    pub fn info(&self) -> Result<Info, Error> {
        let release = self.os_release();
        let of = |key: &str| release.get(key).cloned().unwrap_or_default();
        let kernel = |name: &str| self.line(&format!("proc/sys/kernel/{name}"));
        let load = self.line("proc/loadavg");
        let words: Vec<&str> = load.split_ascii_whitespace().collect();
        let number = |at: usize| {
            words
                .get(at)
                .and_then(|word| word.parse().ok())
                .unwrap_or_default()
        };
        Ok(Info {
            hostname: kernel("hostname"),
            os: of("PRETTY_NAME"),
            os_id: of("ID"),
            os_version: of("VERSION_ID"),
            kernel: kernel("osrelease"),
            kernel_version: kernel("version"),
            machine: rustix::system::uname().machine().to_string_lossy().into_owned(),
            machine_id: self.line("etc/machine-id"),
            boot_id: kernel("random/boot_id"),
            uptime_seconds: self.uptime(),
            processes: self.processes(),
            processors: self.processors(),
            memory: self.memory()?,
            load: [number(0), number(1), number(2)],
        })
    }

    /// Memory.
    pub fn memory(&self) -> Result<Memory, Error> {
        let text = self.read("proc/meminfo")?;
        let of = |key: &str| {
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
            let kilobytes: Option<u64> =
                line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
            kilobytes.unwrap_or_default() * 1024
        };
        Ok(Memory {
            total: of("MemTotal"),
            free: of("MemFree"),
            available: of("MemAvailable"),
            swap_total: of("SwapTotal"),
            swap_free: of("SwapFree"),
        })
    }

    /// File systems on devices, each device once.
    pub fn mounts(&self) -> Result<Vec<Mount>, Error> {
        let text = self.read("proc/self/mounts")?;
        let mut mounts: Vec<Mount> = Vec::new();
        for line in text.lines() {
            let [device, path, kind, ..] = line.split(' ').collect::<Vec<_>>()[..] else {
                continue;
            };
            let known = mounts.iter().any(|mount| mount.device == device);
            if known || !device.starts_with("/dev/") {
                continue;
            }
            if let Ok(space) = rustix::fs::statvfs(path) {
                mounts.push(Mount {
                    device: device.to_owned(),
                    path: path.to_owned(),
                    kind: kind.to_owned(),
                    size: space.f_blocks * space.f_frsize,
                    available: space.f_bavail * space.f_frsize,
                });
            }
        }
        Ok(mounts)
    }

    pub(crate) fn uptime(&self) -> u64 {
        let text = self.line("proc/uptime");
        text.split(['.', ' '])
            .next()
            .and_then(|text| text.parse().ok())
            .unwrap_or_default()
    }

    /// Directories of /proc whose names are numbers.
    pub(crate) fn processes(&self) -> u64 {
        let entries = fs::read_dir(self.root.join("proc"))
            .into_iter()
            .flatten()
            .flatten();
        let number =
            |name: std::ffi::OsString| name.to_string_lossy().bytes().all(|byte| byte.is_ascii_digit());
        entries.filter(|entry| number(entry.file_name())).count() as u64
    }

    pub(crate) fn processors(&self) -> u32 {
        let text = self.read("proc/stat").unwrap_or_default();
        let numbered = |line: &&str| {
            line.strip_prefix("cpu")
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        text.lines().filter(numbered).count() as u32
    }

    fn os_release(&self) -> BTreeMap<String, String> {
        let text = self
            .read("etc/os-release")
            .or_else(|_| self.read("usr/lib/os-release"))
            .unwrap_or_default();
        let pair = |line: &str| {
            line.split_once('=')
                .map(|(key, value)| (key.to_owned(), value.trim_matches(['"', '\'']).to_owned()))
        };
        text.lines().filter_map(pair).collect()
    }

    /// A file of one line; empty if there is none.
    fn line(&self, relative: &str) -> String {
        self.read(relative).unwrap_or_default().trim().to_owned()
    }

    pub(crate) fn read(&self, relative: &str) -> Result<String, Error> {
        let path = self.root.join(relative);
        fs::read(&path)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .map_err(|source| Error::Read { path, source })
    }
}
