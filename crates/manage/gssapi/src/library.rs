//! libgssapi_krb5.so.2, opened at run time, and the functions of it that are called.

use std::ffi::CStr;
use std::marker::PhantomData;

use libc::{c_char, c_int, c_void};

use crate::error::Error;

const NAME: &CStr = c"libgssapi_krb5.so.2";

/// `OM_uint32`.
pub(crate) type Status = u32;

/// `gss_buffer_desc` (RFC 2744, 3.2).
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Buffer<'a> {
    pub(crate) length: usize,
    pub(crate) value: *mut c_void,
    borrowed: PhantomData<&'a [u8]>,
}

impl<'a> Buffer<'a> {
    /// Bytes that the library reads and never writes.
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self {
            length: bytes.len(),
            value: bytes.as_ptr().cast_mut().cast(),
            borrowed: PhantomData,
        }
    }

    pub(crate) fn empty() -> Self {
        Self {
            length: 0,
            value: std::ptr::null_mut(),
            borrowed: PhantomData,
        }
    }
}

/// `gss_OID_desc` (RFC 2744, 3.5).
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Oid {
    length: u32,
    elements: *const c_void,
}

// SAFETY: points to constant bytes.
#[allow(unsafe_code, reason = "what this crate is for")]
unsafe impl Sync for Oid {}

impl Oid {
    const fn of(bytes: &'static [u8]) -> Self {
        Self {
            length: bytes.len() as u32,
            elements: bytes.as_ptr().cast(),
        }
    }

    /// Whether `other`, from the library, is the same object identifier.
    #[allow(unsafe_code, reason = "what this crate is for")]
    pub(crate) fn is(&self, other: *const Oid) -> bool {
        if other.is_null() {
            return false;
        }
        // SAFETY: identifiers that the library hands out are static.
        unsafe { self.bytes() == (*other).bytes() }
    }

    /// # Safety
    /// `elements` points to `length` bytes.
    #[allow(unsafe_code, reason = "what this crate is for")]
    unsafe fn bytes(&self) -> &[u8] {
        // SAFETY: by the caller.
        unsafe { std::slice::from_raw_parts(self.elements.cast(), self.length as usize) }
    }
}

/// Kerberos 5, 1.2.840.113554.1.2.2 (RFC 4121).
pub(crate) static KERBEROS: Oid = Oid::of(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02]);
/// SPNEGO, 1.3.6.1.5.5.2 (RFC 4178).
pub(crate) static SPNEGO: Oid = Oid::of(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x02]);
/// `GSS_C_NT_HOSTBASED_SERVICE`, 1.2.840.113554.1.2.1.4.
pub(crate) static HOSTBASED_SERVICE: Oid =
    Oid::of(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x01, 0x04]);

/// `gss_OID_set_desc`.
#[repr(C)]
pub(crate) struct OidSet {
    pub(crate) count: usize,
    pub(crate) elements: *const Oid,
}

/// `gss_channel_bindings_struct`: only the application's data, as TLS bindings are (RFC 5929).
#[repr(C)]
pub(crate) struct ChannelBindings<'a> {
    initiator_type: u32,
    initiator: Buffer<'a>,
    acceptor_type: u32,
    acceptor: Buffer<'a>,
    application: Buffer<'a>,
}

impl<'a> ChannelBindings<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self {
            initiator_type: 0,
            initiator: Buffer::empty(),
            acceptor_type: 0,
            acceptor: Buffer::empty(),
            application: Buffer::of(bytes),
        }
    }
}

/// `gss_key_value_element_desc` and `gss_key_value_set_desc` of gssapi_ext.h.
#[repr(C)]
pub(crate) struct KeyValue {
    pub(crate) key: *const c_char,
    pub(crate) value: *const c_char,
}

#[repr(C)]
pub(crate) struct KeyValues {
    pub(crate) count: u32,
    pub(crate) elements: *const KeyValue,
}

/// `gss_name_t`, `gss_cred_id_t`, `gss_ctx_id_t`: their insides are the library's own.
pub(crate) type Handle = *mut c_void;

type Release = unsafe extern "C" fn(*mut Status, *mut Handle) -> Status;

macro_rules! library {
    ($($(#[$doc:meta])* $field:ident: $symbol:literal fn($($argument:ty),*);)*) => {
        /// The functions, each with the type that gssapi/gssapi.h declares.
        #[derive(Debug)]
        pub(crate) struct Library {
            $($(#[$doc])* pub(crate) $field: unsafe extern "C" fn($($argument),*) -> Status,)*
        }

        impl Library {
            /// Opens the library, which then stays: it registers things of its own.
            #[allow(unsafe_code, reason = "what this crate is for")]
            pub(crate) fn open() -> Result<Self, Error> {
                // SAFETY: the name ends with NUL; what the library does when it is loaded is its own business.
                let handle = unsafe { libc::dlopen(NAME.as_ptr(), libc::RTLD_NOW) };
                if handle.is_null() {
                    return Err(Error::Load { why: dl_error() });
                }
                // SAFETY: each symbol has the type of its field, by the library's headers, whose ABI the name
                // libgssapi_krb5.so.2 stands for; pointers to functions and data have the same size on Linux.
                unsafe {
                    Ok(Self {
                        $($field: std::mem::transmute::<*mut c_void, _>(symbol(handle, $symbol)?),)*
                    })
                }
            }
        }
    };
}

library! {
    import_name: c"gss_import_name" fn(*mut Status, *const Buffer<'_>, *const Oid, *mut Handle);
    display_name: c"gss_display_name" fn(*mut Status, Handle, *mut Buffer<'_>, *mut *const Oid);
    localname: c"gss_localname" fn(*mut Status, Handle, *const Oid, *mut Buffer<'_>);
    release_name: c"gss_release_name" fn(*mut Status, *mut Handle);
    release_buffer: c"gss_release_buffer" fn(*mut Status, *mut Buffer<'_>);
    /// Credentials from a named keytab or cache instead of the environment's.
    acquire_cred_from: c"gss_acquire_cred_from"
        fn(*mut Status, Handle, u32, *const OidSet, c_int, *const KeyValues, *mut Handle, *mut *mut OidSet, *mut u32);
    release_cred: c"gss_release_cred" fn(*mut Status, *mut Handle);
    accept: c"gss_accept_sec_context"
        fn(*mut Status, *mut Handle, Handle, *const Buffer<'_>, *const ChannelBindings<'_>, *mut Handle,
           *mut *const Oid, *mut Buffer<'_>, *mut u32, *mut u32, *mut Handle);
    init: c"gss_init_sec_context"
        fn(*mut Status, Handle, *mut Handle, Handle, *const Oid, u32, u32, *const ChannelBindings<'_>,
           *const Buffer<'_>, *mut *const Oid, *mut Buffer<'_>, *mut u32, *mut u32);
    delete_context: c"gss_delete_sec_context" fn(*mut Status, *mut Handle, *mut Buffer<'_>);
    display_status: c"gss_display_status" fn(*mut Status, Status, c_int, *const Oid, *mut u32, *mut Buffer<'_>);
}

impl Library {
    /// The functions that give a name or credentials back.
    pub(crate) fn release_of(&self, kind: Kind) -> Release {
        match kind {
            Kind::Name => self.release_name,
            Kind::Credentials => self.release_cred,
        }
    }
}

/// What a [`Handle`] is of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Name,
    Credentials,
}

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
