//! Mounting: the kernel's own file systems, and the root.

use crate::cmdline::Options;
use crate::disks::Devices;
use crate::filesystem::FileSystem;
use crate::modules::Modules;
use crate::search::Root;
use rustix::io::Errno;
use rustix::mount::{MountFlags, mount};
use std::ffi::CString;
use std::path::{Path, PathBuf};

/// Where the root is mounted before it becomes `/`.
pub const NEW_ROOT: &str = "/sysroot";

/// Why something could not be mounted.
#[derive(Debug, thiserror::Error)]
pub enum MountError {
    /// One of /proc, /sys, /dev.
    #[error("cannot mount {kind} on {target}: {source}")]
    Kernel {
        /// File system type.
        kind: &'static str,
        /// Mount point.
        target: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The root's type is neither given nor recognised.
    #[error("{device} holds no file system that is known here; if it does, give its type as rootfstype=")]
    UnknownType {
        /// The root device.
        device: PathBuf,
    },
    /// The root.
    #[error(
        "cannot mount the root file system {device} as {kind} (rootflags={flags}): {source}{}",
        advice(source)
    )]
    Root {
        /// The root device.
        device: PathBuf,
        /// The type tried last.
        kind: String,
        /// Mount options.
        flags: String,
        /// Why.
        source: std::io::Error,
    },
}

fn advice(error: &std::io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(19) => "; the kernel and this initramfs have no driver for that type",
        Some(22) => "; the kernel log above may say more: a damaged file system or a wrong rootflags=",
        _ => "",
    }
}

/// Mounts /proc, /sys and /dev as systemd would (src/shared/mount-setup.c), so that it finds nothing to do.
pub fn mount_kernel_filesystems() -> Result<(), MountError> {
    let strict = MountFlags::NOSUID | MountFlags::NOEXEC | MountFlags::NODEV;
    let device = MountFlags::NOSUID | MountFlags::STRICTATIME;
    kernel("proc", "/proc", strict, c"")?;
    kernel("sysfs", "/sys", strict, c"")?;
    kernel("devtmpfs", "/dev", device, c"mode=0755,size=4m,nr_inodes=1m")
}

fn kernel(
    kind: &'static str,
    target: &'static str,
    flags: MountFlags,
    data: &std::ffi::CStr,
) -> Result<(), MountError> {
    let _ = std::fs::create_dir(target);
    match mount(kind, target, kind, flags, data) {
        Ok(()) | Err(Errno::BUSY) => Ok(()),
        Err(source) => Err(MountError::Kernel {
            kind,
            target,
            source: source.into(),
        }),
    }
}

/// Mounts the root on [`NEW_ROOT`]; returns the type it was mounted as.
pub fn mount_root(
    root: &Root,
    options: &Options,
    devices: &Devices,
    modules: &mut Modules,
) -> Result<String, MountError> {
    let device = devices.dev.join(&root.device);
    let kinds = types(root, options, devices);
    let _ = std::fs::create_dir(NEW_ROOT);
    let mut failure = MountError::UnknownType {
        device: device.clone(),
    };
    for kind in kinds {
        // A driver that is built in has no alias here; one that is missing shows in the mount.
        let _ = modules.load_for(&format!("fs-{kind}"));
        match try_mount(&device, &kind, options) {
            Ok(()) => return Ok(kind),
            Err(source) => failure = root_error(&device, kind, options, source),
        }
    }
    Err(failure)
}

fn types(root: &Root, options: &Options, devices: &Devices) -> Vec<String> {
    if !options.fs_types.is_empty() {
        return options.fs_types.clone();
    }
    let found: Option<FileSystem> = root
        .filesystem
        .clone()
        .or_else(|| devices.filesystem(&root.device));
    found
        .map(|filesystem| filesystem.kind.to_owned())
        .into_iter()
        .collect()
}

fn root_error(device: &Path, kind: String, options: &Options, source: Errno) -> MountError {
    MountError::Root {
        device: device.into(),
        kind,
        flags: options.flags.clone(),
        source: source.into(),
    }
}

/// Like the kernel, falls back to read-only on a write-protected device (init/do_mounts.c).
fn try_mount(device: &Path, kind: &str, options: &Options) -> Result<(), Errno> {
    let (flags, data) = split_flags(&options.flags);
    let flags = if options.read_only {
        flags | MountFlags::RDONLY
    } else {
        flags
    };
    let data = CString::new(data).map_err(|_| Errno::INVAL)?;
    match mount(device, NEW_ROOT, kind, flags, data.as_c_str()) {
        Err(Errno::ACCESS | Errno::ROFS) => mount(
            device,
            NEW_ROOT,
            kind,
            flags | MountFlags::RDONLY,
            data.as_c_str(),
        ),
        result => result,
    }
}

/// Separates the options all file systems have (mount(2) flags) from those of the file system (mount(2) data).
pub fn split_flags(options: &str) -> (MountFlags, String) {
    let mut flags = MountFlags::empty();
    let mut data = Vec::new();
    for word in options.split(',').filter(|word| !word.is_empty()) {
        match general_flag(word) {
            Some(flag) => flags |= flag,
            None => data.push(word),
        }
    }
    (flags, data.join(","))
}

fn general_flag(word: &str) -> Option<MountFlags> {
    Some(match word {
        "defaults" | "rw" => MountFlags::empty(),
        "ro" => MountFlags::RDONLY,
        "nosuid" => MountFlags::NOSUID,
        "nodev" => MountFlags::NODEV,
        "noexec" => MountFlags::NOEXEC,
        "noatime" => MountFlags::NOATIME,
        "nodiratime" => MountFlags::NODIRATIME,
        "relatime" => MountFlags::RELATIME,
        "strictatime" => MountFlags::STRICTATIME,
        "lazytime" => MountFlags::LAZYTIME,
        "sync" => MountFlags::SYNCHRONOUS,
        "dirsync" => MountFlags::DIRSYNC,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn general_options_become_flags() {
        let (flags, data) = split_flags("noatime,data=ordered,nosuid,,errors=remount-ro");
        assert_eq!(flags, MountFlags::NOATIME | MountFlags::NOSUID);
        assert_eq!(data, "data=ordered,errors=remount-ro");
    }

    #[test]
    fn an_unknown_type_says_how_to_give_it() {
        let message = MountError::UnknownType {
            device: "/dev/vda2".into(),
        }
        .to_string();
        assert!(message.contains("/dev/vda2") && message.contains("rootfstype="));
    }

    #[test]
    fn a_missing_driver_is_explained() {
        let options = Options {
            flags: "x".into(),
            ..Options::default()
        };
        let message = root_error(Path::new("/dev/vda2"), "xfs".into(), &options, Errno::NODEV).to_string();
        assert!(
            message.contains("no driver for that type") && message.contains("xfs"),
            "{message}"
        );
    }
}
