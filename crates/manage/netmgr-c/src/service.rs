//! Services of the running system.

use netmgr::Error;
use netmgr::live::services::Services;

use crate::answer::{answer, host};

/// Stops systemd-networkd; what it has configured stays.
#[unsafe(no_mangle)]
pub extern "C" fn nm_stop_network_service() -> u32 {
    with(|services| {
        // Else a message from the kernel would start it again.
        match services.stop("systemd-networkd.socket") {
            Ok(()) | Err(Error::Bus(_)) => services.stop("systemd-networkd.service"),
            Err(error) => Err(error),
        }
    })
}

/// Restarts systemd-networkd.
#[unsafe(no_mangle)]
pub extern "C" fn nm_restart_network_service() -> u32 {
    with(|services| services.restart("systemd-networkd.service"))
}

/// Stops systemd-resolved.
#[unsafe(no_mangle)]
pub extern "C" fn nm_stop_dns_service() -> u32 {
    with(|services| services.stop("systemd-resolved.service"))
}

/// Restarts systemd-resolved.
#[unsafe(no_mangle)]
pub extern "C" fn nm_restart_dns_service() -> u32 {
    with(|services| services.restart("systemd-resolved.service"))
}

/// Stops systemd-timesyncd.
#[unsafe(no_mangle)]
pub extern "C" fn nm_stop_ntp_service() -> u32 {
    with(|services| services.stop("systemd-timesyncd.service"))
}

/// Restarts systemd-timesyncd.
#[unsafe(no_mangle)]
pub extern "C" fn nm_restart_ntp_service() -> u32 {
    with(|services| services.restart("systemd-timesyncd.service"))
}

/// Has the unit iptables read its script anew.
#[unsafe(no_mangle)]
pub extern "C" fn nm_reload_firewall_config() -> u32 {
    with(|services| services.reload("iptables.service"))
}

fn with(order: impl FnOnce(&mut Services) -> Result<(), Error>) -> u32 {
    answer(|| {
        host().need_live("a service")?;
        order(&mut Services::connect()?)
    })
}
