//! The kernel of a tree and everything that starts it.

use crate::error::Error;
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
