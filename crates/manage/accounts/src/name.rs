//! Names and texts that go into the files and onto command lines. Every type here is a promise that the text holds no
//! separator of passwd(5) and group(5) and does not begin as an option does.

use std::fmt;

use crate::error::Error;

/// Makes a type of checked text.
macro_rules! checked {
    ($(#[$doc:meta])* $type:ident, $what:literal, $why:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            /// Checks a text.
            pub fn new(text: &str) -> Result<Self, Error> {
                let check: fn(&str) -> bool = $check;
                match check(text) {
                    true => Ok($type(text.to_owned())),
                    false => Err(Error::value($what, text, $why)),
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $type {
            type Error = Error;

            fn try_from(text: String) -> Result<Self, Error> {
                $type::new(&text)
            }
        }

        impl From<$type> for String {
            fn from(text: $type) -> String {
                text.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(crate) use checked;

checked! {
    /// The name of a local user, as useradd(8) recommends: a lower case letter or `_`, then up to 31 lower case
    /// letters, digits, `_` and `-`.
    UserName, "user name", "a lower case letter or _, then up to 31 lower case letters, digits, _ and -", account_name
}

checked! {
    /// The name of a local group: as for users.
    GroupName, "group name", "a lower case letter or _, then up to 31 lower case letters, digits, _ and -", account_name
}

checked! {
    /// The name of a member of a group, who may also be of a directory: `user@domain` or `DOMAIN\user`.
    Member, "member", "up to 256 letters, digits and _.@\\-, the first a letter, digit or _", |text| {
        let first = text.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        first && text.len() <= 256 && text.chars().all(|c| c.is_alphanumeric() || "_.@\\-".contains(c))
    }
}

checked! {
    /// The text about a user: what passwd(5) calls GECOS.
    Comment, "comment", "up to 256 characters, without colons, line breaks and other control characters", |text| {
        text.len() <= 256 && !text.contains(|c: char| c == ':' || c.is_control())
    }
}

checked! {
    /// A day, `YYYY-MM-DD`.
    Date, "date", "YYYY-MM-DD", |text| {
        let parts: Vec<&str> = text.split('-').collect();
        let number = |part: &str, length: usize, range: std::ops::RangeInclusive<u32>| {
            part.len() == length
                && part.bytes().all(|byte| byte.is_ascii_digit())
                && part.parse().is_ok_and(|number| range.contains(&number))
        };
        matches!(parts.as_slice(), [year, month, day]
            if number(year, 4, 1970..=9999) && number(month, 2, 1..=12) && number(day, 2, 1..=31))
    }
}

fn account_name(text: &str) -> bool {
    let first = text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    first
        && text.len() <= 32
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c))
}

impl From<&UserName> for Member {
    fn from(name: &UserName) -> Member {
        Member(name.0.clone())
    }
}
