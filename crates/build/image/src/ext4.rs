//! The root file system, made by mke2fs straight into the disk image.

use crate::archive;
use crate::error::Error;
use crate::layout::{BYTES_PER_INODE, JOURNAL};
use crate::tools::DiskFile;
use crate::tree::Entry;
use std::path::Path;

/// Makes the file system in its partition and fills it with the tree.
///
/// mke2fs older than 1.47.2 is not deterministic; the tools root has a newer one.
pub(crate) fn make(target: &DiskFile<'_>, label: &str, root: &Path, entries: &[Entry]) -> Result<(), Error> {
    let arguments = arguments(target, label);
    target.tools.run(
        "mke2fs",
        &arguments,
        Some(&mut |input| archive::write(root, entries, input)),
    )
}

fn arguments(target: &DiskFile<'_>, label: &str) -> Vec<String> {
    let DiskFile { layout, identity, .. } = target;
    // The inode tables of a new file are zero already, so the kernel need not clear them after the first boot:
    // mke2fs sees that by itself as long as it may discard.
    let extended = format!(
        "offset={},hash_seed={},root_owner=0:0,lazy_journal_init=0",
        layout.root_start,
        identity.uuid("hash seed")
    );
    let options: [(&str, String); 9] = [
        ("-t", "ext4".into()),
        ("-b", "4096".into()),
        ("-i", BYTES_PER_INODE.to_string()),
        ("-m", "1".into()),
        ("-J", format!("size={}", JOURNAL >> 20)),
        ("-L", label.into()),
        ("-U", identity.uuid("root file system").to_string()),
        ("-E", extended),
        ("-d", "-".into()),
    ];
    let mut arguments: Vec<String> = vec!["-q".into(), "-F".into()];
    arguments.extend(
        options
            .into_iter()
            .flat_map(|(flag, value)| [flag.to_owned(), value]),
    );
    arguments.extend([target.path(), format!("{}k", layout.root_size >> 10)]);
    arguments
}
