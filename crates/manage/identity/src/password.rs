//! A name and a password, checked as the system does it.

pub use pam::{Password, Request};

use crate::account::{self, Account};
use crate::{Identity, Method};

/// The file in `/etc/pam.d` that decides.
pub const SERVICE: &str = "pmd";

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// PAM did not agree.
    #[error(transparent)]
    Pam(#[from] pam::Error),
    /// PAM agreed, but NSS does not know the account.
    #[error(transparent)]
    Account(#[from] account::Error),
}

/// Something that checks passwords: the system, or in tests of others a table.
pub trait PasswordCheck {
    /// The account's name, if the password is its and it may be used.
    ///
    /// # Errors
    /// When not.
    fn check(&self, user: &str, password: &Password, from: Option<&str>) -> Result<String, Error>;
}

/// The system's way. See [`pam::Pam::check`] about threads.
#[derive(Debug)]
pub struct SystemPasswords {
    pam: pam::Pam,
    service: String,
}

impl SystemPasswords {
    /// With the rules of `/etc/pam.d/pmd`.
    ///
    /// # Errors
    /// When there is no libpam.
    pub fn new() -> Result<Self, Error> {
        Self::of_service(SERVICE)
    }

    /// With the rules of another service.
    ///
    /// # Errors
    /// When there is no libpam.
    pub fn of_service(service: &str) -> Result<Self, Error> {
        Ok(Self {
            pam: pam::Pam::load()?,
            service: service.to_owned(),
        })
    }
}

impl PasswordCheck for SystemPasswords {
    fn check(&self, user: &str, password: &Password, from: Option<&str>) -> Result<String, Error> {
        Ok(self.pam.check(&Request {
            service: &self.service,
            user,
            password,
            from,
        })?)
    }
}

/// Checks, and looks the account up.
///
/// # Errors
/// When the password is not the account's, it may not be used, or cannot be looked up.
pub fn identify(
    check: &dyn PasswordCheck,
    user: &str,
    password: &Password,
    from: Option<&str>,
) -> Result<Identity, Error> {
    let name = check.check(user, password, from)?;
    let account = Account::by_name(&name)?;
    let presented = (account.name != user).then(|| user.to_owned());
    Ok(Identity::of_account(account, Method::Password, presented))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lets everybody in, as the account of that name.
    struct Everybody;

    impl PasswordCheck for Everybody {
        fn check(&self, user: &str, _: &Password, _: Option<&str>) -> Result<String, Error> {
            Ok(user.to_lowercase())
        }
    }

    #[test]
    fn the_account_counts_and_what_was_typed_is_remembered() {
        let identity = identify(&Everybody, "ROOT", &Password::new("x").unwrap(), None).unwrap();
        assert_eq!((identity.name.as_str(), identity.uid), ("root", Some(0)));
        assert_eq!(identity.presented.as_deref(), Some("ROOT"));
    }

    #[test]
    fn a_right_password_without_an_account_is_refused() {
        let refused = identify(
            &Everybody,
            "no-such-user-here",
            &Password::new("x").unwrap(),
            None,
        );
        assert!(matches!(refused, Err(Error::Account(_))));
    }
}
