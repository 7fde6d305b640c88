//! libpam.so.0, opened at run time, and the functions of it that are called.

use std::ffi::CStr;

use libc::{c_char, c_int, c_void};

use crate::error::Error;

/// The name of the library, of Linux-PAM since its beginning.
const NAME: &CStr = c"libpam.so.0";

/// `PAM_USER_UNKNOWN` of security/_pam_types.h.
pub(crate) const PAM_USER_UNKNOWN: c_int = 10;

/// `pam_handle_t`, whose inside is libpam's own.
#[repr(C)]
pub(crate) struct PamHandle {
    _inside: [u8; 0],
}

/// `struct pam_message`.
#[repr(C)]
pub(crate) struct PamMessage {
    pub(crate) style: c_int,
    pub(crate) text: *const c_char,
}

/// `struct pam_response`.
#[repr(C)]
pub(crate) struct PamResponse {
    pub(crate) text: *mut c_char,
    pub(crate) code: c_int,
}

/// The function of `struct pam_conv`.
pub(crate) type Converse =
    unsafe extern "C" fn(c_int, *const *const PamMessage, *mut *mut PamResponse, *mut c_void) -> c_int;

/// `struct pam_conv`.
#[repr(C)]
pub(crate) struct PamConv {
    pub(crate) converse: Converse,
    pub(crate) data: *mut c_void,
}

/// pam_authenticate(3) and pam_acct_mgmt(3).
pub(crate) type Step = unsafe extern "C" fn(*mut PamHandle, c_int) -> c_int;

/// The functions, each with the type that security/pam_appl.h declares.
#[derive(Debug)]
pub(crate) struct Library {
    pub(crate) start:
        unsafe extern "C" fn(*const c_char, *const c_char, *const PamConv, *mut *mut PamHandle) -> c_int,
    pub(crate) end: unsafe extern "C" fn(*mut PamHandle, c_int) -> c_int,
    pub(crate) authenticate: Step,
    pub(crate) acct_mgmt: Step,
    pub(crate) set_item: unsafe extern "C" fn(*mut PamHandle, c_int, *const c_void) -> c_int,
    pub(crate) get_item: unsafe extern "C" fn(*const PamHandle, c_int, *mut *const c_void) -> c_int,
    pub(crate) strerror: unsafe extern "C" fn(*const PamHandle, c_int) -> *const c_char,
}

impl Library {
    /// Opens the library, which then stays: modules may have started things of their own.
    #[allow(unsafe_code, reason = "what this crate is for")]
    pub(crate) fn open() -> Result<Self, Error> {
        // SAFETY: the name ends with NUL; what the library does when it is loaded is the system's own business.
        let handle = unsafe { libc::dlopen(NAME.as_ptr(), libc::RTLD_NOW) };
        if handle.is_null() {
            return Err(Error::Load { why: dl_error() });
        }
        // SAFETY: each symbol has the type of its field, by security/pam_appl.h, whose ABI libpam.so.0 keeps; pointers to
        // functions and to data have the same size on Linux.
        unsafe {
            Ok(Self {
                start: std::mem::transmute::<*mut c_void, _>(symbol(handle, c"pam_start")?),
                end: std::mem::transmute::<*mut c_void, _>(symbol(handle, c"pam_end")?),
                authenticate: std::mem::transmute::<*mut c_void, _>(symbol(handle, c"pam_authenticate")?),
                acct_mgmt: std::mem::transmute::<*mut c_void, _>(symbol(handle, c"pam_acct_mgmt")?),
                set_item: std::mem::transmute::<*mut c_void, _>(symbol(handle, c"pam_set_item")?),
                get_item: std::mem::transmute::<*mut c_void, _>(symbol(handle, c"pam_get_item")?),
                strerror: std::mem::transmute::<*mut c_void, _>(symbol(handle, c"pam_strerror")?),
            })
        }
    }
}

/// The address of a symbol, never null.
#[allow(unsafe_code, reason = "what this crate is for")]
fn symbol(handle: *mut c_void, name: &CStr) -> Result<*mut c_void, Error> {
    // SAFETY: the handle is of dlopen and never closed; the name ends with NUL.
    let address = unsafe { libc::dlsym(handle, name.as_ptr()) };
    if address.is_null() {
        return Err(Error::Load { why: dl_error() });
    }
    Ok(address)
}

#[allow(unsafe_code, reason = "what this crate is for")]
fn dl_error() -> String {
    // SAFETY: the answer is null or a string that lives until the next call of the family in this thread.
    let text = unsafe { libc::dlerror() };
    if text.is_null() {
        return "for an unknown reason".to_owned();
    }
    // SAFETY: not null, ends with NUL.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}
