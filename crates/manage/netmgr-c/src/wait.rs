//! Waiting for the kernel to report something.

use std::ffi::c_char;
use std::time::Duration;

use netmgr::live::{self, AddressKind};

use crate::address::kinds;
use crate::answer::{answer, host};
use crate::memory::text;

/// Waits until a link of the running system is up; a timeout of 0 is for ever.
#[unsafe(no_mangle)]
pub extern "C" fn nm_wait_for_link_up(pszInterfaceName: *const c_char, timeout: u32) -> u32 {
    answer(|| {
        let name = text(pszInterfaceName)?;
        host().need_live("waiting for a link")?;
        live::wait_for_link(&name, seconds(timeout))
    })
}

/// Waits until a link of the running system has an address of one of these kinds; a timeout of 0 is for ever.
#[unsafe(no_mangle)]
pub extern "C" fn nm_wait_for_ip(pszInterfaceName: *const c_char, timeout: u32, addrTypes: u32) -> u32 {
    answer(|| {
        let name = text(pszInterfaceName)?;
        let kinds: Vec<AddressKind> = kinds(addrTypes)?.into_iter().map(|(_, kind)| kind).collect();
        host().need_live("waiting for an address")?;
        live::wait_for_ip(&name, seconds(timeout), &kinds)
    })
}

fn seconds(timeout: u32) -> Option<Duration> {
    (timeout != 0).then(|| Duration::from_secs(timeout.into()))
}
