//! From the target of a request to a file below the served directory, or to nothing.

use std::path::{Path, PathBuf};

/// The file a target names. `dir` must be canonical.
///
/// Every `..` is refused before the file system is asked, and what links lead to is refused after.
pub(super) fn file(dir: &Path, target: &str) -> Option<PathBuf> {
    let path = target.split(['?', '#']).next()?.strip_prefix('/')?;
    let path = decode(path)?;
    if path.split('/').any(|part| part == ".." || part.contains('\0')) {
        return None;
    }
    let found = dir.join(path.trim_start_matches('/')).canonicalize().ok()?;
    (found.starts_with(dir) && found.is_file()).then_some(found)
}

/// Replaces `%41` by `A` (RFC 3986, section 2.1); what is not an escape is refused.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first != b'%' {
            bytes.push(*first);
            rest = tail;
            continue;
        }
        let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = tail.get(2..)?;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_files_below_the_directory_are_found() {
        let top = tempfile::tempdir().unwrap();
        let top = top.path().canonicalize().unwrap();
        let dir = top.join("repo");
        fs::create_dir_all(dir.join("sub")).unwrap();
        fs::write(top.join("secret"), "s").unwrap();
        fs::write(dir.join("sub/a+b c"), "x").unwrap();
        std::os::unix::fs::symlink(top.join("secret"), dir.join("link")).unwrap();
        assert_eq!(file(&dir, "/sub/a+b%20c?x=1"), Some(dir.join("sub/a+b c")));
        for bad in [
            "/../secret",
            "/sub/../../secret",
            "/%2e%2e/secret",
            "/%2E%2e%2fsecret",
            "//../secret",
            "/link",
            "/sub",
            "/",
            "/missing",
            "/%zz",
            "/%",
            "/a%00",
            "secret",
            "",
        ] {
            assert_eq!(file(&dir, bad), None, "{bad}");
        }
        assert_eq!(file(&dir, &format!("/{}", top.join("secret").display())), None);
    }
}
