//! Kerberos over HTTP: accept and make the tokens of `Negotiate` (RFC 4559) through MIT's libgssapi_krb5.
//!
//! The crates that bind this library generate their declarations from its headers with libclang; we need eleven functions,
//! whose C interface is fixed by RFC 2744, and no headers at build time. This crate exists for its `unsafe` blocks. The library
//! is opened at run time (dlopen(3)), so that a host without Kerberos runs the same programs.
//!
//! One message each way is all that is spoken: Kerberos inside SPNEGO needs no more, and what does need more (NTLM) is not
//! wanted. So nothing has to be kept between two requests.

mod error;
mod library;

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use library::{
    Buffer, ChannelBindings, HOSTBASED_SERVICE, Handle, KERBEROS, KeyValue, KeyValues, Kind, Library, OidSet,
    SPNEGO, Status,
};

pub use error::Error;

/// The upper half of a major status: it failed (RFC 2744, 3.9.1).
const FAILED: Status = 0xffff_0000;
const CONTINUE_NEEDED: Status = 1;
const ACCEPT: i32 = 2;
/// `GSS_C_MUTUAL_FLAG`, `GSS_C_REPLAY_FLAG`, `GSS_C_INTEG_FLAG`.
const FLAGS: u32 = 2 | 4 | 32;
const INDEFINITE: u32 = u32::MAX;

/// libgssapi_krb5.
#[derive(Debug)]
pub struct Gssapi {
    library: Library,
}

/// Who a token is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The principal, such as `alice@LUMEN.TEST`.
    pub principal: String,
    /// The account that krb5.conf(5) (`auth_to_local`, and sssd's plugin on a joined host) makes of it; none when it has no
    /// account here.
    pub account: Option<String>,
    /// What is sent back, so that the client knows that we are the service it meant.
    pub reply: Vec<u8>,
}

impl Gssapi {
    /// Opens the library.
    ///
    /// # Errors
    /// When this system has none.
    pub fn load() -> Result<Self, Error> {
        Ok(Self {
            library: Library::open()?,
        })
    }

    /// Accept the first token of a client with the keys of `keytab`, for any service that is in it.
    ///
    /// `binding` is what the TLS connection contributes (RFC 5929, `tls-server-end-point:` and a hash): a token that was made
    /// for another connection is refused, if its maker bound it.
    ///
    /// The library keeps a cache of what it has accepted, so that a token is accepted once (krb5 documentation, "replay cache").
    ///
    /// # Errors
    /// When there are no keys, or the token is not of a client with a ticket for us.
    pub fn accept(&self, keytab: &Path, token: &[u8], binding: Option<&[u8]>) -> Result<Accepted, Error> {
        let path = text(keytab.as_os_str().as_bytes(), "path of the keytab")?;
        let from = [(c"keytab", path.as_c_str())];
        let credentials = self.credentials(ACCEPT, &from, &keytab.display().to_string())?;
        let mut exchange = Exchange::new(&self.library);
        let principal = exchange.accept(&credentials, token, binding)?;
        Ok(Accepted {
            principal: self.shown(&principal),
            account: self.account(&principal),
            reply: exchange.output.bytes().to_vec(),
        })
    }

    /// Make the token that names us to `target` (`HTTP@host.example.org`) with the tickets of the user's cache, which
    /// `KRB5CCNAME` names or else krb5.conf(5).
    ///
    /// # Errors
    /// When there is no ticket, or no such service.
    pub fn initiate<'a>(&'a self, target: &str, binding: Option<&'a [u8]>) -> Result<Initiated<'a>, Error> {
        let name = self.service(target)?;
        let mut initiated = Initiated {
            exchange: Exchange::new(&self.library),
            name,
            target: target.to_owned(),
            binding,
            complete: false,
        };
        initiated.step(&[])?;
        Ok(initiated)
    }

    /// Credentials of Kerberos alone, whatever other mechanisms are configured.
    #[allow(unsafe_code, reason = "what this crate is for")]
    fn credentials(
        &self,
        usage: i32,
        from: &[(&std::ffi::CStr, &std::ffi::CStr)],
        place: &str,
    ) -> Result<Owned<'_>, Error> {
        let elements: Vec<_> = from
            .iter()
            .map(|(key, value)| KeyValue {
                key: key.as_ptr(),
                value: value.as_ptr(),
            })
            .collect();
        let store = KeyValues {
            count: elements.len() as u32,
            elements: elements.as_ptr(),
        };
        let mechanisms = OidSet {
            count: 1,
            elements: &raw const KERBEROS,
        };
        let mut minor = 0;
        let mut handle = ptr::null_mut();
        // SAFETY: all pointers are to live values of the declared types; null where the function allows it.
        let major = unsafe {
            (self.library.acquire_cred_from)(
                &raw mut minor,
                ptr::null_mut(),
                INDEFINITE,
                &raw const mechanisms,
                usage,
                &raw const store,
                &raw mut handle,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        self.owned(Kind::Credentials, handle, major, minor)
            .map_err(|why| Error::Credentials {
                from: place.to_owned(),
                why,
            })
    }

    #[allow(unsafe_code, reason = "what this crate is for")]
    fn service(&self, name: &str) -> Result<Owned<'_>, Error> {
        let mut minor = 0;
        let mut handle = ptr::null_mut();
        let buffer = Buffer::of(name.as_bytes());
        // SAFETY: as above.
        let major = unsafe {
            (self.library.import_name)(
                &raw mut minor,
                &raw const buffer,
                &raw const HOSTBASED_SERVICE,
                &raw mut handle,
            )
        };
        self.owned(Kind::Name, handle, major, minor)
            .map_err(|why| Error::Name {
                name: name.to_owned(),
                why,
            })
    }

    fn owned(&self, kind: Kind, handle: Handle, major: Status, minor: Status) -> Result<Owned<'_>, String> {
        let owned = Owned {
            library: &self.library,
            kind,
            handle,
        };
        match major & FAILED {
            0 => Ok(owned),
            _ => Err(explain(&self.library, major, minor)),
        }
    }

    /// gss_display_name.
    #[allow(unsafe_code, reason = "what this crate is for")]
    fn shown(&self, name: &Owned<'_>) -> String {
        let mut minor = 0;
        let mut output = Output::new(&self.library);
        // SAFETY: the name is live; the buffer is given back by `Output`.
        unsafe {
            (self.library.display_name)(
                &raw mut minor,
                name.handle,
                &raw mut output.buffer,
                ptr::null_mut(),
            )
        };
        output.text()
    }

    /// gss_localname.
    #[allow(unsafe_code, reason = "what this crate is for")]
    fn account(&self, name: &Owned<'_>) -> Option<String> {
        let mut minor = 0;
        let mut output = Output::new(&self.library);
        // SAFETY: as above.
        let major = unsafe {
            (self.library.localname)(
                &raw mut minor,
                name.handle,
                &raw const KERBEROS,
                &raw mut output.buffer,
            )
        };
        (major & FAILED == 0)
            .then(|| output.text())
            .filter(|account| !account.is_empty())
    }
}

/// A client's side of one exchange.
#[derive(Debug)]
pub struct Initiated<'a> {
    exchange: Exchange<'a>,
    name: Owned<'a>,
    target: String,
    binding: Option<&'a [u8]>,
    complete: bool,
}

impl Initiated<'_> {
    /// What is sent: `Authorization: Negotiate` and this in base64.
    #[must_use]
    pub fn token(&self) -> &[u8] {
        self.exchange.output.bytes()
    }

    /// Checks the server's reply, which only the service that was meant could make.
    ///
    /// # Errors
    /// When it is not of that service.
    pub fn finish(mut self, reply: &[u8]) -> Result<(), Error> {
        if !self.complete {
            self.step(reply)?;
        }
        match self.complete {
            true => Ok(()),
            false => Err(Error::NotKerberos),
        }
    }

    #[allow(unsafe_code, reason = "what this crate is for")]
    fn step(&mut self, input: &[u8]) -> Result<(), Error> {
        let (library, mut minor) = (self.exchange.library, 0);
        let input = Buffer::of(input);
        let bindings = self.binding.map(ChannelBindings::of);
        self.exchange.output = Output::new(library);
        // SAFETY: all pointers are to live values of the declared types; null where the function allows it: default
        // credentials, no bindings, results that are not asked for.
        let major = unsafe {
            (library.init)(
                &raw mut minor,
                ptr::null_mut(),
                &raw mut self.exchange.context,
                self.name.handle,
                &raw const SPNEGO,
                FLAGS,
                0,
                bindings.as_ref().map_or(ptr::null(), ptr::from_ref),
                &raw const input,
                ptr::null_mut(),
                &raw mut self.exchange.output.buffer,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        if major & FAILED != 0 {
            return Err(Error::Initiate {
                target: self.target.clone(),
                why: explain(library, major, minor),
            });
        }
        self.complete = major & CONTINUE_NEEDED == 0;
        Ok(())
    }
}

/// A security context and the last token made in it.
#[derive(Debug)]
struct Exchange<'a> {
    library: &'a Library,
    context: Handle,
    output: Output<'a>,
}

impl<'a> Exchange<'a> {
    fn new(library: &'a Library) -> Self {
        Self {
            library,
            context: ptr::null_mut(),
            output: Output::new(library),
        }
    }

    /// The name of who sent `token`.
    #[allow(unsafe_code, reason = "what this crate is for")]
    fn accept(
        &mut self,
        credentials: &Owned<'_>,
        token: &[u8],
        binding: Option<&[u8]>,
    ) -> Result<Owned<'a>, Error> {
        let (mut minor, mut mechanism) = (0, ptr::null());
        let token = Buffer::of(token);
        let bindings = binding.map(ChannelBindings::of);
        let mut name = Owned {
            library: self.library,
            kind: Kind::Name,
            handle: ptr::null_mut(),
        };
        // SAFETY: all pointers are to live values of the declared types; null where the function allows it.
        let major = unsafe {
            (self.library.accept)(
                &raw mut minor,
                &raw mut self.context,
                credentials.handle,
                &raw const token,
                bindings.as_ref().map_or(ptr::null(), ptr::from_ref),
                &raw mut name.handle,
                &raw mut mechanism,
                &raw mut self.output.buffer,
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        if major & FAILED != 0 {
            return Err(Error::Refused {
                why: explain(self.library, major, minor),
            });
        }
        if major & CONTINUE_NEEDED != 0 || name.handle.is_null() || !KERBEROS.is(mechanism) {
            return Err(Error::NotKerberos);
        }
        Ok(name)
    }
}

impl Drop for Exchange<'_> {
    #[allow(unsafe_code, reason = "what this crate is for")]
    fn drop(&mut self) {
        if !self.context.is_null() {
            let mut minor = 0;
            // SAFETY: made by the library and given back once.
            unsafe { (self.library.delete_context)(&raw mut minor, &raw mut self.context, ptr::null_mut()) };
        }
    }
}

/// A name or credentials, given back when dropped.
#[derive(Debug)]
struct Owned<'a> {
    library: &'a Library,
    kind: Kind,
    handle: Handle,
}

impl Drop for Owned<'_> {
    #[allow(unsafe_code, reason = "what this crate is for")]
    fn drop(&mut self) {
        if !self.handle.is_null() {
            let mut minor = 0;
            // SAFETY: made by the library and given back once, by the function for its kind.
            unsafe { self.library.release_of(self.kind)(&raw mut minor, &raw mut self.handle) };
        }
    }
}

/// A buffer that the library fills.
#[derive(Debug)]
struct Output<'a> {
    library: &'a Library,
    buffer: Buffer<'static>,
}

impl<'a> Output<'a> {
    fn new(library: &'a Library) -> Self {
        Self {
            library,
            buffer: Buffer::empty(),
        }
    }

    #[allow(unsafe_code, reason = "what this crate is for")]
    fn bytes(&self) -> &[u8] {
        if self.buffer.value.is_null() {
            return &[];
        }
        // SAFETY: the library's buffer of that length, which lives as long as we.
        unsafe { std::slice::from_raw_parts(self.buffer.value.cast(), self.buffer.length) }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }
}

impl Drop for Output<'_> {
    #[allow(unsafe_code, reason = "what this crate is for")]
    fn drop(&mut self) {
        let mut minor = 0;
        // SAFETY: empty or filled by the library.
        unsafe { (self.library.release_buffer)(&raw mut minor, &raw mut self.buffer) };
    }
}

/// The texts of a failure: the kind of it, and what Kerberos said.
fn explain(library: &Library, major: Status, minor: Status) -> String {
    let mechanism = status(library, minor, 2);
    match mechanism.is_empty() || minor == 0 {
        true => status(library, major, 1),
        false => mechanism,
    }
}

#[allow(unsafe_code, reason = "what this crate is for")]
fn status(library: &Library, code: Status, kind: i32) -> String {
    let (mut minor, mut more) = (0, 0);
    let mut output = Output::new(library);
    // SAFETY: all pointers are to live values of the declared types.
    unsafe {
        (library.display_status)(
            &raw mut minor,
            code,
            kind,
            &raw const KERBEROS,
            &raw mut more,
            &raw mut output.buffer,
        );
    }
    output.text()
}

fn text(bytes: &[u8], what: &'static str) -> Result<CString, Error> {
    CString::new(bytes).map_err(|_| Error::Nul { what })
}
