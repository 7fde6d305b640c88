//! What runs before the kernel.

use crate::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// The firmware a machine starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Firmware {
    /// UEFI without Secure Boot.
    #[default]
    Uefi,
    /// UEFI with Secure Boot and an empty key store (keys are enrolled by the image).
    SecureBoot,
    /// The classic PC BIOS.
    Bios,
}

/// Where distributions keep EDK2: (code, variables), Debian first, then Fedora, then Arch.
const UEFI: &[(&str, &str)] = &[
    (
        "/usr/share/OVMF/OVMF_CODE_4M.fd",
        "/usr/share/OVMF/OVMF_VARS_4M.fd",
    ),
    (
        "/usr/share/edk2/ovmf/OVMF_CODE.fd",
        "/usr/share/edk2/ovmf/OVMF_VARS.fd",
    ),
    (
        "/usr/share/edk2/x64/OVMF_CODE.4m.fd",
        "/usr/share/edk2/x64/OVMF_VARS.4m.fd",
    ),
];
const SECURE_BOOT: &[(&str, &str)] = &[
    (
        "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd",
        "/usr/share/OVMF/OVMF_VARS_4M.fd",
    ),
    (
        "/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd",
        "/usr/share/edk2/ovmf/OVMF_VARS.fd",
    ),
    (
        "/usr/share/edk2/x64/OVMF_CODE.secboot.4m.fd",
        "/usr/share/edk2/x64/OVMF_VARS.4m.fd",
    ),
];

impl Firmware {
    /// QEMU's arguments; the variable store is copied into `scratch` because the guest writes to it.
    pub(crate) fn arguments(self, scratch: &Path) -> Result<Vec<String>, Error> {
        match self {
            Self::Bios => Ok(Vec::new()),
            Self::Uefi => flash_drives(find(UEFI)?, scratch),
            Self::SecureBoot => {
                let mut arguments = flash_drives(find(SECURE_BOOT)?, scratch)?;
                arguments
                    .extend(["-global", "driver=cfi.pflash01,property=secure,value=on"].map(String::from));
                Ok(arguments)
            }
        }
    }
}

fn find(candidates: &'static [(&str, &str)]) -> Result<(&'static str, &'static str), Error> {
    let there = |(code, vars): &&(&str, &str)| Path::new(code).exists() && Path::new(vars).exists();
    candidates
        .iter()
        .find(there)
        .copied()
        .ok_or_else(|| Error::FirmwareMissing {
            looked_for: candidates
                .iter()
                .map(|(code, _)| *code)
                .collect::<Vec<_>>()
                .join(", "),
        })
}

fn flash_drives((code, vars): (&str, &str), scratch: &Path) -> Result<Vec<String>, Error> {
    let store: PathBuf = scratch.join("efi-variables.fd");
    fs::copy(vars, &store).map_err(|source| Error::Prepare {
        path: store.clone(),
        source,
    })?;
    Ok(vec![
        "-drive".into(),
        format!("if=pflash,unit=0,format=raw,readonly=on,file={code}"),
        "-drive".into(),
        format!("if=pflash,unit=1,format=raw,file={}", store.display()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_firmware_names_the_package() {
        let error = find(&[("/nonexistent/code", "/nonexistent/vars")]).unwrap_err();
        assert!(error.to_string().contains("install the package ovmf"), "{error}");
        assert!(error.to_string().contains("/nonexistent/code"), "{error}");
    }

    #[test]
    fn bios_needs_no_arguments() {
        assert!(Firmware::Bios.arguments(Path::new("/")).unwrap().is_empty());
    }
}
