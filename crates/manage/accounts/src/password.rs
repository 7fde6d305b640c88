//! Passwords, and how they are set: over the standard input of chpasswd(8).

use std::fmt;

use serde::Deserialize;

use crate::Accounts;
use crate::authority::Authority;
use crate::error::Error;
use crate::name::{UserName, checked};
use crate::program::Program;

/// A password in clear. It is never printed, and cannot be longer than a line.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Secret(String);

/// The longest password of libxcrypt: `CRYPT_MAX_PASSPHRASE_SIZE`.
const LONGEST: usize = 511;

impl Secret {
    /// Checks a password: 1 to 511 bytes without line breaks and other control characters.
    pub fn new(text: &str) -> Result<Self, Error> {
        match (1..=LONGEST).contains(&text.len()) && !text.contains(|c: char| c.is_control()) {
            true => Ok(Secret(text.to_owned())),
            false => Err(Error::value(
                "password",
                "(not shown)",
                "1 to 511 bytes without control characters",
            )),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl TryFrom<String> for Secret {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Secret::new(&text)
    }
}

checked! {
    /// A hash of a password as crypt(5) has them: `$ID$...`. Old ones without `$` are refused.
    Hash, "hash", "$ID$SALT$HASH as crypt(5) has it", |text| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "./$=,-".contains(c);
        let parts = text.split('$').count();
        text.starts_with('$') && parts >= 4 && text.len() <= 384 && text.chars().all(plain)
    }
}

/// What to set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Password {
    /// A password, which is hashed with yescrypt.
    Clear(Secret),
    /// Its hash.
    Hash(Hash),
}

impl Accounts {
    /// Sets a password. That of an administrator is for administrators, and nobody sets one of a system account other
    /// than root.
    pub fn set_password(
        &self,
        name: &UserName,
        password: &Password,
        authority: Authority,
    ) -> Result<(), Error> {
        let user = self.user(name)?;
        if user.system && user.uid != 0 {
            return Err(Error::System {
                name: name.to_string(),
                verb: "given a password",
            });
        }
        self.allow_user_change(&user, authority, "changes the password of")?;
        self.write_password(name, password)
    }

    /// The program's own hashing, not PAM's: other roots have no PAM to ask.
    pub(crate) fn write_password(&self, name: &UserName, password: &Password) -> Result<(), Error> {
        let (option, value) = match password {
            Password::Clear(Secret(text)) => ("--crypt-method=YESCRYPT", text.as_str()),
            Password::Hash(hash) => ("--encrypted", hash.as_str()),
        };
        let chpasswd = Program::chrooted(self, "chpasswd").argument(option);
        chpasswd.run(name.as_str(), &format!("{name}:{value}\n"))
    }
}
