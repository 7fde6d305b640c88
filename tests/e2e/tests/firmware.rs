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

fn boot_path(guest: &mut Guest) -> anyhow::Result<()> {
    let status = guest.succeed("bootctl status --no-pager")?;
    ensure!(status.contains("systemd-boot"), "{status}");
    Ok(())
}

fn running(guest: &mut Guest) -> anyhow::Result<()> {
    let state =
        guest.succeed("systemctl is-system-running --wait || systemctl --failed --no-legend --plain")?;
    ensure!(state == "running", "{state}");
    Ok(())
}
