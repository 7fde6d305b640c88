//! Leave: remove the host from the directory, and put every file back as it was.

use std::path::PathBuf;

use crate::change::{self, Record};
use crate::error::Error;
use crate::host::Host;
use crate::membership::{Kind, Membership};
use crate::tool::Secret;
use crate::{Progress, join, services};

/// How to leave.
#[derive(Debug, Clone, Default)]
pub struct Leave {
    /// Who may remove the host's account from an Active Directory; it stays there when nobody is named.
    pub user: Option<String>,
    /// Their password.
    pub password: Option<Secret>,
}

/// What was left.
#[derive(Debug)]
pub struct Left {
    /// The membership that was.
    pub membership: Membership,
    /// Whether the host's account stays in the directory, where an administrator may remove it.
    pub account_stays: bool,
    /// Where files are kept that somebody had changed since the host joined.
    pub kept: Vec<PathBuf>,
}

/// Leaves. When the account cannot be removed, nothing is changed: leave without a name then.
///
/// # Errors
/// When the host is in no directory, or anything fails.
pub fn leave(host: &Host, request: &Leave, progress: Progress<'_>) -> Result<Left, Error> {
    if change::recover(host)? {
        progress("a change that was interrupted has been undone");
    }
    let record = Record::load(host)?.ok_or(Error::NotJoined)?;
    let membership = record.membership.clone();
    let removed = match (&request.user, &request.password, membership.kind) {
        (Some(user), Some(password), Kind::Ad) => {
            progress(&format!("removing the host's account from {}", membership.domain));
            join::delete_computer(host, &membership, user, password)?;
            true
        }
        (Some(_), None, Kind::Ad) => return Err(Error::Option("give the password of --user too")),
        _ => false,
    };
    progress("stopping sssd, and putting files back as they were");
    services::stop(host)?;
    let kept = change::undo(host, &record)?;
    services::forget(host)?;
    services::reload_others(host);
    Ok(Left {
        account_stays: membership.kind == Kind::Ad && !removed,
        membership,
        kept,
    })
}
