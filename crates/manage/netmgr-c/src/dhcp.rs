//! IAID and DUID.

use std::ffi::c_char;

use netmgr::objects::dhcp_id;

use crate::answer::{answer, change, look};
use crate::memory::{copy, optional, out, out_pointer, text};

/// Sets the IAID; 0 leaves it to networkd.
#[unsafe(no_mangle)]
pub extern "C" fn nm_set_iaid(pszInterfaceName: *const c_char, iaid: u32) -> u32 {
    answer(|| {
        let name = text(pszInterfaceName)?;
        change(|session| dhcp_id::set_iaid(session, &name, iaid))
    })
}

/// The IAID that is configured.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_iaid(pszInterfaceName: *const c_char, pIaid: *mut u32) -> u32 {
    answer(|| {
        let iaid = out(pIaid, 0)?;
        let name = text(pszInterfaceName)?;
        iaid.put(look(|session| dhcp_id::iaid(session, &name))?);
        Ok(())
    })
}

/// Sets the DUID of an interface, or of the system if the name is NULL; an empty one or NULL leaves it to networkd.
#[unsafe(no_mangle)]
pub extern "C" fn nm_set_duid(pszInterfaceName: *const c_char, pszDuid: *const c_char) -> u32 {
    answer(|| {
        let (name, duid) = (
            optional(pszInterfaceName)?,
            optional(pszDuid)?.unwrap_or_default(),
        );
        change(|session| dhcp_id::set_duid(session, name.as_deref(), &duid))
    })
}

/// The DUID that is configured, of an interface, or of the system if the name is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_duid(pszInterfaceName: *const c_char, ppszDuid: *mut *mut c_char) -> u32 {
    answer(|| {
        let duid = out_pointer(ppszDuid)?;
        let name = optional(pszInterfaceName)?;
        duid.put(copy(&look(|session| dhcp_id::duid(session, name.as_deref()))?)?);
        Ok(())
    })
}
