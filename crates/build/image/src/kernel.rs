//! The kernel of a tree and everything that starts it.

use crate::error::Error;
use rpmfile::{FileFlags, FileInfo, Header};
use std::fs;
use std::path::{Path, PathBuf};

/// Where systemd's UEFI programs are, in the tools root.
const EFI_PROGRAMS: &str = "usr/lib/systemd/boot/efi";

/// A kernel in a tree.
#[derive(Debug)]
pub(crate) struct Kernel {
    /// `uname -r`.
    pub(crate) version: String,
    /// /usr/lib/modules/VERSION.
    pub(crate) directory: PathBuf,
    /// The bootable file.
    pub(crate) image: Vec<u8>,
}

impl Kernel {
    /// The one kernel of a tree.
    pub(crate) fn find(root: &Path) -> Result<Self, Error> {
        let modules = root.join("usr/lib/modules");
        let mut found: Vec<PathBuf> = fs::read_dir(&modules)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.join("vmlinuz").is_file())
            .collect();
        found.sort();
        let [directory] = &found[..] else {
            let problem = if found.is_empty() {
                "there is no kernel"
            } else {
                "there are several kernels"
            };
            return Err(Error::Kernel {
                problem: problem.into(),
                root: root.into(),
            });
        };
        let path = directory.join("vmlinuz");
        let image = fs::read(&path).map_err(Error::read("kernel", &path))?;
        let version = directory
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Ok(Self {
            version,
            directory: directory.clone(),
            image,
        })
    }

    /// Takes the bootable file out of the tree where its package says it may be missing (`%missingok`): it is in the
    /// unified kernel image, and 12 MB that do not compress need not be on the disk twice.
    pub(crate) fn leave_out(&self, headers: &[Header]) -> Result<(), Error> {
        let owned = format!("/usr/lib/modules/{}/vmlinuz", self.version);
        let may_be_missing =
            |file: &FileInfo| file.path == owned && file.flags.intersects(FileFlags::MISSING_OK);
        let mut files = headers.iter().filter_map(|header| header.files().ok()).flatten();
        if !files.any(|file| may_be_missing(&file)) {
            return Ok(());
        }
        let path = self.directory.join("vmlinuz");
        fs::remove_file(&path).map_err(Error::write("kernel", &path))
    }
}

/// systemd's UEFI programs for an architecture.
#[derive(Debug)]
pub(crate) struct EfiPrograms {
    /// The stub that unified kernel images start with.
    pub(crate) stub: Vec<u8>,
    /// The boot manager.
    pub(crate) boot: Vec<u8>,
    /// Name of the boot manager's file.
    pub(crate) boot_name: String,
    /// Name under which firmware looks for it when nothing was installed (UEFI 2.10, section 3.5.1.1).
    pub(crate) fallback_name: &'static str,
}

impl EfiPrograms {
    /// Reads them from the tools root.
    pub(crate) fn read(tools: &Path, architecture: &str) -> Result<Self, Error> {
        let (suffix, fallback_name) = if architecture == "aarch64" {
            ("aa64", "BOOTAA64.EFI")
        } else {
            ("x64", "BOOTX64.EFI")
        };
        let boot_name = format!("systemd-boot{suffix}.efi");
        let read = |name: &str| {
            let path = tools.join(EFI_PROGRAMS).join(name);
            fs::read(&path).map_err(Error::read(
                "UEFI program of systemd (package systemd-boot)",
                &path,
            ))
        };
        let stub = read(&format!("linux{suffix}.efi.stub"))?;
        Ok(Self {
            stub,
            boot: read(&boot_name)?,
            boot_name,
            fallback_name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rpmfile::{Builder, Evr, FileEntry, Package};

    #[test]
    fn a_kernel_that_may_be_missing_is_left_out() {
        for (flags, stays) in [(FileFlags::NONE, true), (FileFlags::MISSING_OK, false)] {
            let tree = tempfile::tempdir().unwrap();
            let path = tree.path().join("usr/lib/modules/6.12.1/vmlinuz");
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "kernel").unwrap();
            let mut package = Builder::new("linux", Evr::new(0, "1", "1"), "noarch");
            (package.summary, package.description, package.license) = ("s".into(), "d".into(), "MIT".into());
            package.file(FileEntry::regular("/usr/lib/modules/6.12.1/vmlinuz", "kernel").flags(flags));
            let rpm = tree.path().join("linux.rpm");
            package.build(&rpm, None).unwrap();
            let kernel = Kernel::find(tree.path()).unwrap();
            kernel.leave_out(&[Package::open(&rpm).unwrap().header]).unwrap();
            assert_eq!(path.exists(), stays);
            assert_eq!(kernel.image, b"kernel");
        }
    }

    #[test]
    fn exactly_one_kernel() {
        let tree = tempfile::tempdir().unwrap();
        assert!(
            Kernel::find(tree.path())
                .unwrap_err()
                .to_string()
                .contains("no kernel")
        );
        for version in ["6.12.1", "6.12.2"] {
            let folder = tree.path().join("usr/lib/modules").join(version);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("vmlinuz"), version).unwrap();
            if version == "6.12.1" {
                assert_eq!(Kernel::find(tree.path()).unwrap().version, "6.12.1");
            }
        }
        assert!(
            Kernel::find(tree.path())
                .unwrap_err()
                .to_string()
                .contains("several kernels")
        );
    }
}
