//! The sandbox of a build: a root of our own packages, and one writable directory.
//!
//! ```text
//! /                 the root, read-only
//! /build            the working directory of this package, writable: SPECS SOURCES BUILD RPMS tmp
//! /tmp /run /dev    empty, in memory
//! ```
//!
//! Inside is an ordinary user without privileges, in user, mount, pid, ipc and network namespaces of his own: the only
//! network interface is a loopback to himself.

use confine::Confine;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

/// Where the working directory is inside.
pub(crate) const TOP: &str = "/build";

/// The macro file in it. rpm reads it again for each architecture, which it does not for one given with `--load`.
pub(crate) const MACROS: &str = ".rpmmacros";

/// The number of the user who builds, and of his group.
const BUILDER: u32 = 1000;

/// His name.
const BUILDER_NAME: &str = "builder";

/// The sandbox with `root` as its root and `work` as its working directory.
pub(crate) fn sandbox(root: &Path, work: &Path, clamp_time: u32) -> Confine {
    Confine::new(root)
        .read_only_root()
        .user(BUILDER)
        .bind(work, TOP)
        .directory(TOP)
        .env("PATH", "/usr/bin:/usr/sbin")
        .env("HOME", TOP)
        .env("TMPDIR", "/build/tmp")
        .env("USER", BUILDER_NAME)
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .env("SOURCE_DATE_EPOCH", clamp_time.to_string())
}

/// Gives the builder a name in a new root: programs that ask who they are run by, and their tests, fail without
/// (passwd(5), group(5)).
pub(crate) fn add_builder(root: &Path) -> io::Result<()> {
    let add = |file: &str, line: String| {
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(root.join(file))?;
        file.write_all(line.as_bytes())
    };
    add(
        "etc/passwd",
        format!("{BUILDER_NAME}:x:{BUILDER}:{BUILDER}::{TOP}:/bin/sh\n"),
    )?;
    add("etc/group", format!("{BUILDER_NAME}:x:{BUILDER}:\n"))
}
