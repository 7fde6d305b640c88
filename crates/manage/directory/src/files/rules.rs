//! What groups of the directory may do here: sudo, ssh with a password, roles of pmd.

use std::fmt::Write;

use super::HEAD;
use crate::error::Error;
use crate::membership::Membership;
use crate::tool::Tool;

/// Read after the administrator's own rules, so those count (sudoers(5): the last match wins) only where he orders them later;
/// no dot and no tilde in the name, or sudo would skip it.
const SUDO: &str = "/etc/sudoers.d/lumen-directory";
/// Read before 10-lumen.conf, which allows keys only.
const SSH: &str = "/etc/ssh/sshd_config.d/05-lumen-directory.conf";
/// Read by pmd beside its own configuration.
pub(crate) const ROLES: &str = "/etc/pmd/roles.d/lumen-directory.toml";

/// The files that are needed: path, content, mode.
pub(super) fn all(membership: &Membership) -> Vec<(&'static str, String, u32)> {
    let mut files = Vec::new();
    if !membership.sudo.is_empty() {
        files.push((SUDO, sudo(&membership.sudo), 0o440));
    }
    if !membership.ssh.is_empty() {
        files.push((SSH, ssh(&membership.ssh), 0o644));
    }
    if !membership.roles.is_empty() {
        files.push((ROLES, roles(membership), 0o644));
    }
    files
}

/// Names of groups have been checked; only a space needs a backslash (sudoers(5), "Other special characters").
fn sudo(groups: &[String]) -> String {
    let mut text = HEAD.to_owned();
    for group in groups {
        let _ = writeln!(
            text,
            "%{} ALL=(ALL:ALL) ALL",
            group.replace(' ', "\\ ").replace('@', "\\@")
        );
    }
    text
}

fn ssh(groups: &[String]) -> String {
    format!(
        "{HEAD}Match Group \"{}\"\n    PasswordAuthentication yes\n    GSSAPIAuthentication yes\n",
        groups.join(",")
    )
}

fn roles(membership: &Membership) -> String {
    let mut text = format!("{HEAD}[roles]\n");
    for (role, groups) in &membership.roles {
        let groups: Vec<_> = groups.iter().map(|group| format!("\"{group}\"")).collect();
        let _ = writeln!(text, "{role} = [{}]", groups.join(", "));
    }
    text
}

/// Whether sudo understands the rules; not asked when it is not installed.
pub(crate) fn check(membership: &Membership) -> Result<(), Error> {
    if membership.sudo.is_empty() {
        return Ok(());
    }
    match Tool::new("visudo")
        .arg("-cqf")
        .arg("-")
        .input(&sudo(&membership.sudo))
        .run()
    {
        Ok(finished) if finished.success => Ok(()),
        Ok(finished) => Err(Error::Sudoers {
            why: finished.reason(),
        }),
        Err(Error::Missing { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_with_a_space_is_one_group_for_each_reader() {
        let files = all(&Membership {
            ssh: vec!["domain users".to_owned(), "ops".to_owned()],
            ..Membership::example()
        });
        let text = |path| &files.iter().find(|(found, ..)| *found == path).unwrap().1;
        assert!(text(SUDO).ends_with("%domain\\ admins ALL=(ALL:ALL) ALL\n"));
        assert!(text(SSH).contains("Match Group \"domain users,ops\"\n"));
        assert!(text(ROLES).ends_with("[roles]\nadmin = [\"domain admins\"]\n"));
    }

    #[test]
    fn nothing_is_granted_that_was_not_asked_for() {
        let membership = Membership {
            roles: std::collections::BTreeMap::new(),
            sudo: Vec::new(),
            ssh: Vec::new(),
            ..Membership::example()
        };
        assert!(all(&membership).is_empty());
    }
}
