//! Why a check did not succeed.

use libc::c_int;

/// Why a check did not succeed. The first two and the last four are for the administrator, the rest may be told to the user.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system has no usable libpam.
    #[error("cannot open libpam.so.0: {why}; install Linux-PAM")]
    Load {
        /// What the loader said.
        why: String,
    },
    /// pam_start(3) failed.
    #[error("cannot begin to authenticate (libpam code {code}); see /etc/pam.d and the journal")]
    Start {
        /// The return value.
        code: c_int,
    },
    /// Wrong password, or no such user: nobody is told which.
    #[error("the user name or the password is wrong")]
    Credentials,
    /// The password is right, but the account may not be used: expired, locked, disabled, at the wrong time or place.
    #[error("the account may not be used{}", shown(messages))]
    Account {
        /// What modules said.
        messages: Vec<String>,
    },
    /// The password is right, but must be changed first.
    #[error(
        "the password has expired; change it at a console or by ssh, then try again{}",
        shown(messages)
    )]
    PasswordExpired {
        /// What modules said.
        messages: Vec<String>,
    },
    /// Too many attempts.
    #[error("too many attempts; try again later")]
    TooMany,
    /// What knows the passwords cannot be asked: the directory is down and nothing is cached.
    #[error(
        "passwords cannot be checked now{}; see `pmd-cli directory test` and the journal",
        shown(messages)
    )]
    Unavailable {
        /// What modules said.
        messages: Vec<String>,
    },
    /// The configuration or a module is broken.
    #[error(
        "authentication failed with libpam code {code} ({text}){}; see /etc/pam.d and the journal",
        shown(messages)
    )]
    System {
        /// The return value.
        code: c_int,
        /// pam_strerror(3).
        text: String,
        /// What modules said.
        messages: Vec<String>,
    },
    /// A text with a NUL.
    #[error("the {what} contains a NUL character")]
    Nul {
        /// Which text.
        what: &'static str,
    },
    /// A service that is not a file name.
    #[error("{service:?} is no name of a file in /etc/pam.d")]
    Service {
        /// The name.
        service: String,
    },
}

fn shown(messages: &[String]) -> String {
    match messages {
        [] => String::new(),
        _ => format!(" ({})", messages.join("; ")),
    }
}

impl Error {
    /// By the values of security/_pam_types.h.
    pub(crate) fn from_code(code: c_int, text: String, messages: Vec<String>) -> Self {
        match code {
            // AUTH_ERR, CRED_INSUFFICIENT, USER_UNKNOWN.
            7 | 8 | 10 => Self::Credentials,
            // PERM_DENIED, ACCT_EXPIRED.
            6 | 13 => Self::Account { messages },
            // NEW_AUTHTOK_REQD, AUTHTOK_EXPIRED.
            12 | 27 => Self::PasswordExpired { messages },
            // MAXTRIES.
            11 => Self::TooMany,
            // AUTHINFO_UNAVAIL.
            9 => Self::Unavailable { messages },
            _ => Self::System { code, text, messages },
        }
    }

    /// Whether it is about the user and not about this system.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Credentials | Self::Account { .. } | Self::PasswordExpired { .. } | Self::TooMany
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_user_looks_like_a_wrong_password() {
        let wrong = Error::from_code(7, String::new(), vec![]).to_string();
        assert_eq!(
            Error::from_code(10, String::new(), vec!["no such user".into()]).to_string(),
            wrong
        );
    }

    #[test]
    fn a_directory_that_is_down_is_no_refusal() {
        let error = Error::from_code(9, String::new(), vec!["offline".into()]);
        assert!(!error.is_refusal());
        assert!(error.to_string().contains("offline"), "{error}");
    }
}
