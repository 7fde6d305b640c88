//! The host name.

use std::ffi::c_char;

use netmgr::objects::hostname;

use crate::answer::{answer, change, look};
use crate::memory::{copy, out_pointer, text};

/// Sets the host name.
#[unsafe(no_mangle)]
pub extern "C" fn nm_set_hostname(pszHostname: *const c_char) -> u32 {
    answer(|| {
        let name = text(pszHostname)?;
        change(|session| hostname::set(session, &name))
    })
}

/// The host name that is configured.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_hostname(ppszHostname: *mut *mut c_char) -> u32 {
    answer(|| {
        let name = out_pointer(ppszHostname)?;
        name.put(copy(&look(hostname::get)?)?);
        Ok(())
    })
}
