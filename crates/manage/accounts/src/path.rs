//! Home directories and shells.

use std::fmt;
use std::fs;
use std::path::Path;

use crate::Accounts;
use crate::error::Error;
use crate::name::checked;

/// Where the system itself is: nobody lives there, and `userdel --remove` has nothing to do there.
const NOT_A_HOME: &[&str] = &[
    "bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "proc", "run", "sbin", "sys", "usr",
];

/// Shells that let nobody in, which /etc/shells does not name.
const NO_LOGIN: &[&str] = &[
    "/usr/sbin/nologin",
    "/sbin/nologin",
    "/usr/bin/false",
    "/bin/false",
];

checked! {
    /// A home directory: an absolute path of letters, digits and `_.-@`, not in a directory of the system.
    Home, "home directory",
    "an absolute path of letters, digits and _.-@, without . and .., below a directory such as /home or /srv",
    |text| absolute(text) && home(text)
}

checked! {
    /// The path of a shell: absolute, of letters, digits and `_.-+`. That it is one is found out when it is used.
    Shell, "shell", "an absolute path of letters, digits and _.-+, without . and ..", absolute
}

fn absolute(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-@+".contains(c);
    let part = |part: &str| !part.is_empty() && part != "." && part != ".." && part.chars().all(plain);
    text.len() <= 256
        && text
            .strip_prefix('/')
            .is_some_and(|rest| rest.split('/').all(part))
}

fn home(text: &str) -> bool {
    let mut parts = text.split('/').skip(1);
    let first = parts.next().unwrap_or_default();
    !NOT_A_HOME.contains(&first) && parts.next().is_some()
}

impl Accounts {
    /// A shell must be one that /etc/shells names, or one that lets nobody in: shells(5).
    pub(crate) fn check_shell(&self, shell: &Shell) -> Result<(), Error> {
        let listed = || {
            let text = fs::read_to_string(self.path("etc/shells")).unwrap_or_default();
            text.lines().any(|line| line.trim() == shell.as_str())
        };
        match NO_LOGIN.contains(&shell.as_str()) || listed() {
            true => Ok(()),
            false => Err(Error::value(
                "shell",
                shell.as_str(),
                "a shell that /etc/shells names, or nologin",
            )),
        }
    }

    /// A path below the root.
    pub(crate) fn path(&self, relative: &str) -> std::path::PathBuf {
        self.root.join(relative)
    }

    /// Whether the root is that of the running host.
    pub(crate) fn is_host(&self) -> bool {
        self.root == Path::new("/")
    }
}
