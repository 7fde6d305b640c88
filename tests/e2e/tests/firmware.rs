//! The minimal image boots the whole way: UEFI firmware, systemd-boot, unified kernel image.

use anyhow::ensure;
use e2e::{Boot, Check, Guest, run_suite};
use std::process::ExitCode;
use vm::Firmware;

fn main() -> ExitCode {
    run_suite(
        || Guest::boot("minimal", Boot::Firmware(Firmware::Uefi), &[]),
        &[
            Check {
                name: "came through UEFI and systemd-boot",
                run: boot_path,
            },
            Check {
                name: "is running, with no failed unit",
                run: running,
            },
        ],
    )
}

/// systemd-boot and the stub in the kernel image leave their names in EFI variables (systemd.io/BOOT_LOADER_INTERFACE).
fn boot_path(guest: &mut Guest) -> anyhow::Result<()> {
    let variables = "/sys/firmware/efi/efivars";
    guest.succeed(&format!(
        "mountpoint -q {variables} || mount -t efivarfs efivarfs {variables}"
    ))?;
    for (variable, wanted) in [("LoaderInfo", "systemd-boot"), ("StubInfo", "systemd-stub")] {
        let text = guest.succeed(&format!(
            "cat {variables}/{variable}-4a67b082-* | tr -d '\\000\\006'"
        ))?;
        ensure!(text.contains(wanted), "{variable} says {text:?}");
    }
    Ok(())
}

fn running(guest: &mut Guest) -> anyhow::Result<()> {
    let state =
        guest.succeed("systemctl is-system-running --wait || systemctl --failed --no-legend --plain")?;
    ensure!(state == "running", "{state}");
    Ok(())
}
