//! PAM's stacks with sssd in them, after pam_unix: local users are let in whether sssd runs or not.
//!
//! What is edited is the layout of Debian's pam-auth-update(8), which the image has: pam_unix skips over pam_deny by
//! `success=N`. sssd's module comes right behind it with the same jump, and pam_unix jumps one further. Another layout is
//! refused rather than guessed: a wrong stack lets everybody in, or nobody.

use crate::error::Error;
use crate::host::Host;

/// The stacks that services include.
const COMMON: &str = "/etc/pam.d/common-";

/// All stacks that change, with their new content.
pub(super) fn with_sss(host: &Host) -> Result<Vec<(String, String)>, Error> {
    let mut files = Vec::new();
    for stack in ["password", "session", "session-noninteractive", "account", "auth"] {
        let path = format!("{COMMON}{stack}");
        let Some(text) = host.read(&path)? else {
            // Some systems have no stack of its own for what nobody waits for.
            if stack == "session-noninteractive" {
                continue;
            }
            return Err(layout(path, "is missing"));
        };
        let changed = edited(stack, &text).ok_or_else(|| {
            layout(
                path.clone(),
                "is not laid out as pam-auth-update(8) does it, so sssd cannot be added safely",
            )
        })?;
        files.push((path, changed));
    }
    Ok(files)
}

fn layout(path: String, problem: &'static str) -> Error {
    Error::Layout { path, problem }
}

fn edited(stack: &str, text: &str) -> Option<String> {
    if text.lines().any(|line| module(line) == Some("pam_sss.so")) {
        return Some(text.to_owned());
    }
    match stack {
        "auth" => behind_unix(text, "auth", "use_first_pass"),
        "password" => behind_unix(text, "password", "use_authtok"),
        "account" => appended(
            text,
            "account\tsufficient\t\t\tpam_localuser.so\n\
             account\t[default=bad success=ok user_unknown=ignore]\tpam_sss.so\n",
        ),
        "session" => appended(
            text,
            "session\toptional\t\t\tpam_sss.so\nsession\toptional\t\t\tpam_mkhomedir.so umask=0077\n",
        ),
        _ => appended(text, "session\toptional\t\t\tpam_sss.so\n"),
    }
}

/// The module of a line, without its arguments.
fn module(line: &str) -> Option<&str> {
    let (_, rest) = line.trim_start_matches('-').split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let after = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.1,
        None => rest.split_once(char::is_whitespace)?.1,
    };
    after.split_whitespace().next().filter(|_| !line.starts_with('#'))
}

/// Only for a stack that pam_unix decides about.
fn appended(text: &str, lines: &str) -> Option<String> {
    text.lines()
        .any(|line| module(line) == Some("pam_unix.so"))
        .then(|| format!("{}\n{lines}", text.trim_end()))
}

fn behind_unix(text: &str, kind: &str, argument: &str) -> Option<String> {
    let mut result = String::new();
    let mut found = 0;
    for line in text.lines() {
        if line.starts_with(kind) && module(line) == Some("pam_unix.so") {
            let (start, rest) = line.split_once("[success=")?;
            let (number, end) = rest.split_once(char::is_whitespace)?;
            let jump: u8 = number.parse().ok()?;
            found += 1;
            result += &format!("{start}[success={} {end}\n", jump.checked_add(1)?);
            result += &format!("{kind}\t[success={jump} default=ignore]\tpam_sss.so {argument}\n");
        } else {
            result += line;
            result.push('\n');
        }
    }
    (found == 1).then_some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTH: &str = "# c\nauth\t[success=1 default=ignore]\tpam_unix.so\nauth\trequisite\t\t\tpam_deny.so\nauth\trequired\t\t\tpam_permit.so\n";

    #[test]
    fn sssd_is_asked_after_pam_unix_and_both_jump_over_the_refusal() {
        assert_eq!(
            edited("auth", AUTH).unwrap(),
            "# c\nauth\t[success=2 default=ignore]\tpam_unix.so\nauth\t[success=1 default=ignore]\tpam_sss.so use_first_pass\nauth\trequisite\t\t\tpam_deny.so\nauth\trequired\t\t\tpam_permit.so\n"
        );
    }

    #[test]
    fn a_stack_that_has_sssd_stays() {
        let once = edited("auth", AUTH).unwrap();
        assert_eq!(edited("auth", &once).unwrap(), once);
    }

    #[test]
    fn other_layouts_are_refused() {
        for text in [
            "",
            "auth required pam_unix.so\n",
            "auth sufficient pam_unix.so\nauth required pam_deny.so\n",
            "#auth [success=1 default=ignore] pam_unix.so\n",
            "auth [success=1 default=ignore] pam_unix.so\nauth [success=1 default=ignore] pam_unix.so\n",
            "auth [success=255 default=ignore] pam_unix.so\n",
            "auth [success=ok default=ignore] pam_unix.so\n",
        ] {
            assert_eq!(edited("auth", text), None, "{text}");
        }
    }

    /// The files of the image, which are what will be edited.
    #[test]
    fn the_stacks_of_the_image_can_be_edited() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("etc/pam.d");
        std::fs::create_dir_all(&folder).unwrap();
        let files = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../distro/import/files/pam");
        for file in std::fs::read_dir(files).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
        }
        let files = with_sss(&Host::at(root.path())).unwrap();
        assert_eq!(files.len(), 5);
        assert!(files.iter().all(|(_, text)| text.contains("pam_sss.so")));
    }
}
