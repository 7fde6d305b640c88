//! Follow symbolic links below a root, never out of it.
//!
//! In a tree below `ROOT` the link `/var/run -> /run` means `ROOT/run`. Following it the ordinary way would write to
//! the builder's own `/run`. So paths are walked part by part, as chroot(2) would make the kernel do.

use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// As many links as the kernel follows (path_resolution(7)).
const MOST_LINKS: usize = 40;

/// Where symbolic links are looked up.
pub(crate) trait Links {
    /// The target, if `path` (relative to the root) is a symbolic link.
    fn target(&self, path: &Path) -> Option<PathBuf>;
}

/// The links of the tree on disk.
pub(crate) struct OnDisk<'a>(pub(crate) &'a Path);

impl Links for OnDisk<'_> {
    fn target(&self, path: &Path) -> Option<PathBuf> {
        fs::read_link(self.0.join(path)).ok()
    }
}

/// The path, relative to the root, that `path` leads to; `None` when links go round in circles.
pub(crate) fn resolve(root: &Path, path: &Path) -> Option<PathBuf> {
    resolve_with(&OnDisk(root), path)
}

/// As [`resolve`], over any tree.
pub(crate) fn resolve_with(links: &dyn Links, path: &Path) -> Option<PathBuf> {
    let mut rest: Vec<OsString> = parts(path);
    let mut done = PathBuf::new();
    let mut followed = 0;
    while let Some(part) = rest.pop() {
        if part == ".." {
            done.pop();
            continue;
        }
        done.push(part);
        if let Some(target) = links.target(&done) {
            followed += 1;
            if followed > MOST_LINKS {
                return None;
            }
            done.pop();
            if target.is_absolute() {
                done = PathBuf::new();
            }
            rest.extend(parts(&target));
        }
    }
    Some(done)
}

/// The parts still to walk, the next one last.
fn parts(path: &Path) -> Vec<OsString> {
    let keep = |part: Component<'_>| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    };
    path.components().rev().filter_map(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    struct Made(HashMap<&'static str, &'static str>);

    impl Links for Made {
        fn target(&self, path: &Path) -> Option<PathBuf> {
            self.0.get(path.to_str()?).map(PathBuf::from)
        }
    }

    fn follow(links: &[(&'static str, &'static str)], path: &str) -> Option<String> {
        let made = Made(links.iter().copied().collect());
        resolve_with(&made, Path::new(path)).map(|path| path.to_string_lossy().into_owned())
    }

    #[test]
    fn plain_paths_stay() {
        assert_eq!(follow(&[], "/usr/lib/x").unwrap(), "usr/lib/x");
    }

    #[test]
    fn relative_and_absolute_links_stay_below_the_root() {
        let links = [
            ("var/run", "/run"),
            ("lib64", "usr/lib"),
            ("usr/lib/a", "../share"),
        ];
        assert_eq!(follow(&links, "/var/run/x").unwrap(), "run/x");
        assert_eq!(follow(&links, "lib64/ld.so").unwrap(), "usr/lib/ld.so");
        assert_eq!(follow(&links, "/lib64/a/y").unwrap(), "usr/share/y");
    }

    #[test]
    fn dots_do_not_lead_out() {
        assert_eq!(
            follow(&[("a", "../../../etc")], "/a/passwd").unwrap(),
            "etc/passwd"
        );
        assert_eq!(follow(&[], "/../../etc/passwd").unwrap(), "etc/passwd");
    }

    #[test]
    fn circles_end() {
        assert_eq!(follow(&[("a", "b"), ("b", "a")], "/a/x"), None);
    }
}
