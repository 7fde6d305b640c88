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
use std::path::Path;

/// Where the working directory is inside.
pub(crate) const TOP: &str = "/build";

/// The macro file in it. rpm reads it again for each architecture, which it does not for one given with `--load`.
pub(crate) const MACROS: &str = ".rpmmacros";

/// The number of the user who builds.
const BUILDER: u32 = 1000;

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
        .env("USER", "builder")
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .env("SOURCE_DATE_EPOCH", clamp_time.to_string())
}
