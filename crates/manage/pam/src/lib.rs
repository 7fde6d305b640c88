//! Check a user's password as the system does: authentication and account management through libpam.
//!
//! A daemon that lets local and directory users in must not read shadow files or speak to directories itself: what the
//! administrator configured in `/etc/pam.d` decides (pam(3)). This crate is the smallest piece of it: one conversation that
//! knows nothing but a password, `pam_authenticate` and `pam_acct_mgmt`. It exists for its `unsafe` blocks, so that no
//! other crate needs them.
//!
//! The library is opened at run time (dlopen(3)): building needs neither its headers nor its file, and a system without it
//! gets an error instead of a program that does not start.
//!
//! Modules are code of others inside our process, and not all of them bear threads. Call [`Pam::check`] in a process that
//! does one check at a time, best in one made for the check.

mod conversation;
mod error;
mod library;

use std::ffi::{CStr, CString};
use std::ptr;

use libc::{c_int, c_void};
use zeroize::Zeroize;

use conversation::Conversation;
pub use error::Error;
use library::{Library, PamHandle};

/// Item types of pam_set_item(3).
const PAM_USER: c_int = 2;
const PAM_TTY: c_int = 3;
const PAM_RHOST: c_int = 4;
const PAM_FAIL_DELAY: c_int = 10;

/// No messages for a terminal that nobody sees, and no account without a password (pam_authenticate(3)).
const FLAGS: c_int = 0x8000 | 0x0001;

/// A password. It is overwritten when it is dropped and never shown.
pub struct Password(CString);

impl Password {
    /// Takes the characters over.
    ///
    /// # Errors
    /// When there is a NUL among them, which no module could receive.
    pub fn new(text: impl Into<Vec<u8>>) -> Result<Self, Error> {
        CString::new(text).map(Self).map_err(|error| {
            error.into_vec().zeroize();
            Error::Nul { what: "password" }
        })
    }

    fn as_c_str(&self) -> &CStr {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}

impl Drop for Password {
    fn drop(&mut self) {
        std::mem::take(&mut self.0).into_bytes().zeroize();
    }
}

/// What is asked.
#[derive(Debug)]
pub struct Request<'a> {
    /// The file in `/etc/pam.d`.
    pub service: &'a str,
    /// The name that was typed.
    pub user: &'a str,
    /// The password that was typed.
    pub password: &'a Password,
    /// The address or name of where it was typed, for modules that decide or log by it (`PAM_RHOST`).
    pub from: Option<&'a str>,
}

/// libpam.
#[derive(Debug)]
pub struct Pam {
    library: Library,
}

impl Pam {
    /// Opens the library.
    ///
    /// # Errors
    /// When this system has none.
    pub fn load() -> Result<Self, Error> {
        Ok(Self {
            library: Library::open()?,
        })
    }

    /// Whether the password is the user's and the account may be used now. The answer is the name of the account, which
    /// modules may have changed (`ALICE@lumen.test` becomes `alice`).
    ///
    /// A failure is answered as soon as the modules know of it: the delay that pam_fail_delay(3) would add only holds up the
    /// process that checks, so whoever calls this limits the rate himself.
    ///
    /// # Errors
    /// [`Error::Credentials`] for a wrong password as for an unknown name; others say why a right password does not help.
    pub fn check(&self, request: &Request<'_>) -> Result<String, Error> {
        let texts = Texts::of(request)?;
        let mut conversation = Conversation::new(request.password.as_c_str());
        let mut session = Session::start(&self.library, &texts, &mut conversation)?;
        let outcome = session.check(&texts);
        drop(session);
        outcome.map_err(|failure| failure.explained(conversation.into_messages()))
    }
}

/// The request as C wants it.
struct Texts {
    service: CString,
    user: CString,
    from: Option<CString>,
}

impl Texts {
    fn of(request: &Request<'_>) -> Result<Self, Error> {
        // The service is a file's name; a slash would name a file elsewhere.
        if request.service.is_empty() || request.service.contains('/') {
            return Err(Error::Service {
                service: request.service.to_owned(),
            });
        }
        // libpam would ask for the name instead.
        if request.user.is_empty() {
            return Err(Error::Credentials);
        }
        let text = |text: &str, what| CString::new(text).map_err(|_| Error::Nul { what });
        Ok(Self {
            service: text(request.service, "service")?,
            user: text(request.user, "user name")?,
            from: request.from.map(|from| text(from, "address")).transpose()?,
        })
    }
}

/// A return value of libpam other than success.
struct Failure {
    code: c_int,
    text: String,
}

impl Failure {
    fn explained(self, messages: Vec<String>) -> Error {
        Error::from_code(self.code, self.text, messages)
    }
}

/// One transaction with libpam, from pam_start(3) to pam_end(3).
struct Session<'a> {
    library: &'a Library,
    handle: *mut PamHandle,
    last: c_int,
}

impl<'a> Session<'a> {
    #[allow(unsafe_code, reason = "what this crate is for")]
    fn start(
        library: &'a Library,
        texts: &Texts,
        conversation: &'a mut Conversation<'_>,
    ) -> Result<Self, Error> {
        let mut handle = ptr::null_mut();
        let talk = conversation.as_pam_conv();
        // SAFETY: the strings end with NUL and outlive the call; libpam copies `talk` itself. The conversation that `talk`
        // points to is borrowed mutably for the life of the session, which ends before anybody else looks at it.
        let code = unsafe {
            (library.start)(
                texts.service.as_ptr(),
                texts.user.as_ptr(),
                &raw const talk,
                &raw mut handle,
            )
        };
        if code != 0 || handle.is_null() {
            return Err(Error::Start { code });
        }
        Ok(Self {
            library,
            handle,
            last: 0,
        })
    }

    fn check(&mut self, texts: &Texts) -> Result<String, Failure> {
        self.describe(texts)?;
        self.step(self.library.authenticate)?;
        self.step(self.library.acct_mgmt)?;
        self.user()
    }

    /// Tell modules where the user is, and that a failure shall not be delayed.
    #[allow(unsafe_code, reason = "what this crate is for")]
    fn describe(&mut self, texts: &Texts) -> Result<(), Failure> {
        self.set(PAM_TTY, c"pmd".as_ptr().cast())?;
        if let Some(from) = &texts.from {
            self.set(PAM_RHOST, from.as_ptr().cast())?;
        }
        let no_delay: unsafe extern "C" fn(c_int, u32, *mut c_void) = conversation::no_delay;
        self.set(PAM_FAIL_DELAY, no_delay as *const c_void)
    }

    #[allow(unsafe_code, reason = "what this crate is for")]
    fn set(&mut self, item: c_int, value: *const c_void) -> Result<(), Failure> {
        // SAFETY: the handle is live; strings end with NUL and are copied by libpam, the function is static.
        let code = unsafe { (self.library.set_item)(self.handle, item, value) };
        self.outcome(code)
    }

    #[allow(unsafe_code, reason = "what this crate is for")]
    fn step(&mut self, function: library::Step) -> Result<(), Failure> {
        // SAFETY: the handle is live. What modules do with it is the system's configuration.
        let code = unsafe { function(self.handle, FLAGS) };
        self.outcome(code)
    }

    /// The name as modules left it.
    #[allow(unsafe_code, reason = "what this crate is for")]
    fn user(&mut self) -> Result<String, Failure> {
        let mut item = ptr::null();
        // SAFETY: the handle is live; `item` becomes a string of libpam's that lives until the next call.
        let code = unsafe { (self.library.get_item)(self.handle, PAM_USER, &raw mut item) };
        self.outcome(code)?;
        if item.is_null() {
            return Err(self.failure(library::PAM_USER_UNKNOWN));
        }
        // SAFETY: PAM_USER is a string that ends with NUL (pam_get_item(3)).
        let name = unsafe { CStr::from_ptr(item.cast()) };
        Ok(name.to_string_lossy().into_owned())
    }

    fn outcome(&mut self, code: c_int) -> Result<(), Failure> {
        self.last = code;
        if code == 0 {
            Ok(())
        } else {
            Err(self.failure(code))
        }
    }

    #[allow(unsafe_code, reason = "what this crate is for")]
    fn failure(&self, code: c_int) -> Failure {
        // SAFETY: the handle is live; the answer is a static string or null.
        let text = unsafe { (self.library.strerror)(self.handle, code) };
        let text = match text.is_null() {
            true => String::new(),
            // SAFETY: not null, ends with NUL.
            false => unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned(),
        };
        Failure { code, text }
    }
}

impl Drop for Session<'_> {
    #[allow(unsafe_code, reason = "what this crate is for")]
    fn drop(&mut self) {
        // SAFETY: made by pam_start and ended once.
        unsafe { (self.library.end)(self.handle, self.last) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request<'a>(service: &'a str, user: &'a str, password: &'a Password) -> Request<'a> {
        Request {
            service,
            user,
            password,
            from: None,
        }
    }

    fn texts(service: &str, user: &str) -> Result<Texts, Error> {
        Texts::of(&request(service, user, &Password::new("x").unwrap()))
    }

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(format!("{:?}", Password::new("secret").unwrap()), "Password(..)");
    }

    #[test]
    fn what_c_cannot_carry_is_refused() {
        assert!(matches!(
            Password::new("a\0b"),
            Err(Error::Nul { what: "password" })
        ));
        assert!(matches!(
            texts("pmd", "a\0b"),
            Err(Error::Nul { what: "user name" })
        ));
    }

    #[test]
    fn a_service_is_a_name_and_no_path() {
        for service in ["", "../shadow", "/etc/pam.d/su"] {
            assert!(
                matches!(texts(service, "alice"), Err(Error::Service { .. })),
                "{service}"
            );
        }
    }

    #[test]
    fn nobody_is_no_user() {
        assert!(matches!(texts("pmd", ""), Err(Error::Credentials)));
    }
}
