//! Interpreters of scripts, after rpm's script.req.

use rpmfile::Dependency;

use crate::{File, Found};

/// The kernel reads no more of the first line (linux/binfmts.h: BINPRM_BUF_SIZE).
const MAX_LINE: usize = 256;

pub(crate) fn scan(file: &File<'_>, found: &mut Found) {
    let Some(line) = first_line(file.bytes) else {
        return;
    };
    let mut words = line.split_ascii_whitespace();
    let Some(program) = words.next().filter(|word| word.starts_with('/')) else {
        return;
    };
    found.requires.insert(Dependency::any(program));
    // `#!/usr/bin/env /usr/bin/foo`; a bare name is looked up in PATH and cannot be told.
    if let Some(real) = words
        .next()
        .filter(|word| program.ends_with("/bin/env") && word.starts_with('/'))
    {
        found.requires.insert(Dependency::any(real));
    }
}

/// What follows `#!`.
fn first_line(bytes: &[u8]) -> Option<&str> {
    let rest = bytes.strip_prefix(b"#!")?;
    let rest = &rest[..rest.len().min(MAX_LINE)];
    let end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
    std::str::from_utf8(&rest[..end]).ok()
}

#[cfg(test)]
mod tests {
    use crate::{File, scan};

    fn interpreters(text: &str, mode: u32) -> Vec<String> {
        let found = scan([File {
            path: "/usr/bin/x",
            mode,
            bytes: text.as_bytes(),
        }]);
        found
            .requires
            .into_iter()
            .map(|dependency| dependency.name)
            .collect()
    }

    #[test]
    fn the_interpreter_is_required() {
        assert_eq!(interpreters("#!/bin/sh\n", 0o755), ["/bin/sh"]);
        assert_eq!(
            interpreters("#! /usr/bin/awk -f\nBEGIN {}", 0o755),
            ["/usr/bin/awk"]
        );
        assert_eq!(interpreters("#!/usr/bin/env python3\n", 0o755), ["/usr/bin/env"]);
        assert_eq!(
            interpreters("#!/usr/bin/env /bin/x\n", 0o755),
            ["/bin/x", "/usr/bin/env"]
        );
    }

    #[test]
    fn what_cannot_be_run_needs_no_interpreter() {
        assert!(interpreters("#!/bin/sh\n", 0o644).is_empty());
        assert!(interpreters("#!perl\n", 0o755).is_empty());
        assert!(interpreters("#!\n", 0o755).is_empty());
        assert!(interpreters("echo\n", 0o755).is_empty());
    }
}
