//! Backup and restore of the configuration.

use crate::Empty;

shapes! {
    /// The configuration of a host. It holds what is secret in it: keep it so.
    pub struct Archive {
        /// Version of this format: 1.
        #[schemars(range(min = 1, max = 1))]
        pub format: u32,
        /// The host it is from.
        pub hostname: String,
        /// When it was made, RFC 3339.
        pub created: String,
        /// Files, by path.
        #[schemars(length(max = 100000))]
        pub files: Vec<File>,
    }

    /// A file of the configuration.
    pub struct File {
        /// Its path, absolute.
        pub path: String,
        /// Permissions, as a decimal number.
        #[schemars(range(min = 0, max = 4095))]
        pub mode: u32,
        /// Owner's number.
        pub uid: u32,
        /// Group's number.
        pub gid: u32,
        /// Contents, base64.
        pub content: String,
    }

    /// What to put back.
    pub struct Restore {
        /// The archive.
        pub archive: Archive,
        /// Only say what would change.
        #[serde(default)]
        pub dry_run: bool,
    }

    /// What was, or would be, put back.
    pub struct Restored {
        /// Files that were different.
        pub changed: Vec<String>,
        /// Files that were missing.
        pub added: Vec<String>,
        /// Files that were the same.
        pub same: u64,
    }
}

operations! {
    Backup "backup";

    /// The configuration as one document.
    "get" get(Empty) -> Archive = Get "/backup", Read;
    /// Put a configuration back: all of it or nothing.
    "restore" restore(Restore) -> Restored = Post "/backup/restore", Change;
}
