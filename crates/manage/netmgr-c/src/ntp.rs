//! NTP servers of the system.

use std::ffi::c_char;

use netmgr::objects::ntp;
use netmgr::{Error, Session};

use crate::answer::{answer, borrowed, change, look};
use crate::memory::{out, out_pointer, put_texts, texts};

/// Sets the servers.
#[unsafe(no_mangle)]
pub extern "C" fn nm_set_ntp_servers(count: usize, ppszNtpServers: *const *const c_char) -> u32 {
    with(count, ppszNtpServers, ntp::set)
}

/// Adds servers.
#[unsafe(no_mangle)]
pub extern "C" fn nm_add_ntp_servers(count: usize, ppszNtpServers: *const *const c_char) -> u32 {
    with(count, ppszNtpServers, ntp::add)
}

/// Removes servers.
#[unsafe(no_mangle)]
pub extern "C" fn nm_delete_ntp_servers(count: usize, ppszNtpServers: *const *const c_char) -> u32 {
    with(count, ppszNtpServers, ntp::delete)
}

/// The servers.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_ntp_servers(pCount: *mut usize, pppszNtpServers: *mut *mut *mut c_char) -> u32 {
    answer(|| {
        let (count, list) = (out(pCount, 0)?, out_pointer(pppszNtpServers)?);
        put_texts(&count, &list, &look(ntp::get)?)
    })
}

fn with(
    count: usize,
    servers: *const *const c_char,
    edit: impl FnOnce(&mut Session, &[&str]) -> Result<(), Error>,
) -> u32 {
    answer(|| {
        let servers = texts(count, servers)?;
        change(|session| edit(session, &borrowed(&servers)))
    })
}
