//! Any setting.

use std::ffi::c_char;

use netmgr::objects::param;

use crate::answer::{answer, change, look};
use crate::memory::{copy, optional, out_pointer, text};

/// Sets Section_Key of an interface, or of a file given by its path; + before it adds a value, - removes one, and NULL or
/// an empty value removes the setting.
#[unsafe(no_mangle)]
pub extern "C" fn nm_set_network_param(
    pszObjectName: *const c_char,
    pszParamName: *const c_char,
    pszParamValue: *const c_char,
) -> u32 {
    answer(|| {
        let (object, name) = (text(pszObjectName)?, text(pszParamName)?);
        let value = optional(pszParamValue)?.unwrap_or_default();
        change(|session| param::set(session, &object, &name, &value))
    })
}

/// The values of Section_Key, with spaces between them.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_network_param(
    pszObjectName: *const c_char,
    pszParamName: *const c_char,
    ppszParamValue: *mut *mut c_char,
) -> u32 {
    answer(|| {
        let value = out_pointer(ppszParamValue)?;
        let (object, name) = (text(pszObjectName)?, text(pszParamName)?);
        let found = look(|session| param::get(session, &object, &name))?;
        value.put(copy(&found.join(" "))?);
        Ok(())
    })
}
