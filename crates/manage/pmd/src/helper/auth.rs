//! The helper `auth`: PAM, name services, tokens, tickets and certificates, in a process that does nothing else.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;

use pmd_api::message::{AuthCall, AuthReply, Identity, LONGEST_REQUEST};

use super::{Options, identities};
use crate::wire;

/// Answers one question.
pub(super) fn take(mut stream: UnixStream, options: &Options) -> anyhow::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(std::time::Duration::from_secs(10)))?;
    let asked: Option<AuthCall> = wire::read(&mut stream, LONGEST_REQUEST)?;
    if let Some(asked) = asked {
        let reply = match options.root == Path::new("/") {
            true => identities::of_host(&asked, options),
            false => of_tree(&asked, options),
        };
        wire::write(&mut stream, &reply)?;
    }
    Ok(())
}

/// Who somebody is by the files of a tree, which is what a test has: passwords are those of its file
/// `etc/pmd/passwords`; a root that is not `/` is nobody's host. Tokens and certificates are checked as on a host.
pub(super) fn of_tree(asked: &AuthCall, options: &Options) -> AuthReply {
    let root = &options.root;
    let found = match asked {
        AuthCall::Uid { uid } => by_number(root, *uid),
        AuthCall::Password { user, password, .. } => {
            let line = format!("{user}:{}", password.reveal());
            let known = fs::read_to_string(root.join("etc/pmd/passwords")).unwrap_or_default();
            known.lines().any(|known| known == line).then(|| user.clone())
        }
        other => return identities::presented(other, options),
    };
    match found {
        Some(user) => AuthReply::Is(Identity {
            groups: groups(root, &user),
            user,
            token: None,
        }),
        None => AuthReply::Refused("no such user, or not this password".to_owned()),
    }
}

fn rows(root: &Path, file: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(root.join("etc").join(file)).unwrap_or_default();
    text.lines()
        .map(|line| line.split(':').map(str::to_owned).collect())
        .collect()
}

fn by_number(root: &Path, uid: u32) -> Option<String> {
    let rows = rows(root, "passwd");
    let found = rows
        .into_iter()
        .find(|row| row.get(2).is_some_and(|number| *number == uid.to_string()))?;
    found.into_iter().next()
}

/// The groups of a user: the first one, and those that list it.
fn groups(root: &Path, user: &str) -> Vec<String> {
    let passwd = rows(root, "passwd");
    let own = passwd
        .iter()
        .find(|row| row.first().is_some_and(|name| name == user));
    let first = own.and_then(|row| row.get(3));
    let is_in = |row: &Vec<String>| {
        let listed = row
            .get(3)
            .is_some_and(|members| members.split(',').any(|member| member == user));
        listed || (first.is_some() && row.get(2) == first)
    };
    rows(root, "group")
        .into_iter()
        .filter(is_in)
        .filter_map(|row| row.into_iter().next())
        .collect()
}

/// The number of the user `pmd`, by the files of the host: the daemon is a system user.
pub fn daemon_user(root: &Path) -> Option<u32> {
    let rows = rows(root, "passwd");
    let found = rows
        .iter()
        .find(|row| row.first().is_some_and(|name| name == "pmd"))?;
    found.get(2)?.parse().ok()
}
