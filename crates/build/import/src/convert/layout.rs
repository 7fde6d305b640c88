//! Where Debian's files go: one directory for libraries, as Photon has it.
//!
//! Debian keeps libraries in `/usr/lib/x86_64-linux-gnu`. Here they are in `/usr/lib`; the package `filesystem` links
//! `/lib64`, `/usr/lib64` and Debian's directory to it, so that compiled-in paths keep working.

use crate::arch::Arch;

/// The directories that the package `filesystem` owns, and those of documentation. A package that brings one of them
/// says nothing new; rpm refuses two packages that want different modes for one directory.
const STANDARD: &[&str] = &[
    "/",
    "/boot",
    "/dev",
    "/efi",
    "/etc",
    "/etc/default",
    "/etc/opt",
    "/etc/pki",
    "/etc/pki/rpm-gpg",
    "/etc/profile.d",
    "/etc/skel",
    "/etc/sysusers.d",
    "/home",
    "/media",
    "/mnt",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/srv",
    "/sys",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/include",
    "/usr/lib",
    "/usr/lib/sysimage",
    "/usr/libexec",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/etc",
    "/usr/local/include",
    "/usr/local/lib",
    "/usr/local/libexec",
    "/usr/local/sbin",
    "/usr/local/share",
    "/usr/local/src",
    "/usr/sbin",
    "/usr/share",
    "/usr/share/doc",
    "/usr/share/man",
    "/usr/share/misc",
    "/usr/src",
    "/var",
    "/var/cache",
    "/var/cache/private",
    "/var/lib",
    "/var/lib/misc",
    "/var/lib/private",
    "/var/local",
    "/var/log",
    "/var/log/journal",
    "/var/log/private",
    "/var/mail",
    "/var/opt",
    "/var/spool",
    "/var/tmp",
];

/// Maps paths of one architecture.
pub(super) struct Layout {
    libraries: String,
}

impl Layout {
    pub(super) fn new(arch: &Arch) -> Self {
        Self {
            libraries: format!("/usr/lib/{}", arch.multiarch()),
        }
    }

    /// The new path of an absolute, normalised path.
    pub(super) fn path(&self, path: &str) -> String {
        let merged = merge_usr(path);
        for old in [self.libraries.as_str(), "/usr/lib64"] {
            if let Some(rest) = below(&merged, old) {
                return format!("/usr/lib{rest}");
            }
        }
        merged
    }

    /// The new target of a symbolic link that moves from `old` to `new`. What was absolute stays absolute. A relative
    /// link the move does not touch stays as it is written.
    pub(super) fn link(&self, old: &str, new: &str, target: &str) -> String {
        if target.starts_with('/') {
            return self.path(&resolve("/", target));
        }
        let before = resolve(parent(&merge_usr(old)), target);
        let after = self.path(&before);
        match resolve(parent(new), target) == after {
            true => target.to_owned(),
            false => relative(parent(new), &after),
        }
    }
}

pub(super) fn is_standard(path: &str) -> bool {
    STANDARD.contains(&path)
}

/// The directory of an absolute path; that of the root is the root.
pub(crate) fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((parent, _)) => parent,
    }
}

/// A target as seen from a directory, absolute and without `.` and `..`.
pub(crate) fn resolve(directory: &str, target: &str) -> String {
    let start = if target.starts_with('/') { "" } else { directory };
    let mut parts: Vec<&str> = Vec::new();
    for part in start.split('/').chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The way from a directory to a path.
fn relative(directory: &str, path: &str) -> String {
    let from: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    let to: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - common);
    let parts: Vec<&str> = up.chain(to[common..].iter().copied()).collect();
    if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    }
}

/// /bin, /sbin, /lib and /lib64 are links into /usr.
fn merge_usr(path: &str) -> String {
    let is_merged = ["/bin", "/sbin", "/lib", "/lib64"]
        .into_iter()
        .any(|old| below(path, old).is_some());
    if is_merged {
        format!("/usr{path}")
    } else {
        path.to_owned()
    }
}

/// What follows `directory` in a path at or below it.
fn below<'a>(path: &'a str, directory: &str) -> Option<&'a str> {
    path.strip_prefix(directory)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        Layout::new(&Arch::from_rpm("x86_64").unwrap())
    }

    #[test]
    fn the_directories_of_the_package_filesystem_are_standard() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../distro/packages/filesystem/package.toml"
        );
        let recipe: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
        for dir in recipe["dirs"].as_array().unwrap() {
            let path = dir["path"].as_str().unwrap();
            assert!(
                is_standard(path),
                "{path} belongs to `filesystem`: add it to STANDARD"
            );
        }
    }

    #[test]
    fn libraries_go_to_usr_lib() {
        let cases = [
            ("/usr/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/libc.so.6"),
            ("/lib/x86_64-linux-gnu", "/usr/lib"),
            ("/usr/lib64/ld-linux-x86-64.so.2", "/usr/lib/ld-linux-x86-64.so.2"),
            ("/lib64", "/usr/lib"),
            ("/bin/sh", "/usr/bin/sh"),
            ("/usr/lib/x86_64-linux-gnux/a", "/usr/lib/x86_64-linux-gnux/a"),
            (
                "/usr/include/x86_64-linux-gnu/sys",
                "/usr/include/x86_64-linux-gnu/sys",
            ),
            (
                "/usr/lib/gcc/x86_64-linux-gnu/14/cc1",
                "/usr/lib/gcc/x86_64-linux-gnu/14/cc1",
            ),
            ("/library", "/library"),
        ];
        for (old, new) in cases {
            assert_eq!(layout().path(old), new);
        }
    }

    #[test]
    fn links_keep_pointing_at_their_file() {
        let link = |old: &str, target: &str| {
            let new = layout().path(old);
            layout().link(old, &new, target)
        };
        let library = "/usr/lib/x86_64-linux-gnu/libz.so";
        assert_eq!(link(library, "libz.so.1"), "libz.so.1");
        assert_eq!(link(library, "../x86_64-linux-gnu/libz.so.1"), "libz.so.1");
        assert_eq!(link(library, "../../share/z"), "../share/z");
        assert_eq!(
            link(library, "/lib/x86_64-linux-gnu/libz.so.1"),
            "/usr/lib/libz.so.1"
        );
        assert_eq!(
            link("/usr/bin/ld.so", "../lib64/ld-linux-x86-64.so.2"),
            "../lib/ld-linux-x86-64.so.2"
        );
        assert_eq!(link("/usr/bin/a", "../lib/a/b"), "../lib/a/b");
        assert_eq!(link("/lib/systemd/system/a", "../b"), "../b");
    }

    #[test]
    fn paths_are_resolved_without_leaving_the_root() {
        assert_eq!(resolve("/usr/lib", "../../../../etc"), "/etc");
        assert_eq!(resolve("/a", "/b/./c"), "/b/c");
        assert_eq!(relative("/a/b", "/a/b"), ".");
        assert_eq!(parent("/a"), "/");
    }
}
