//! The tree as a tar stream, which mke2fs turns into a file system without any privilege.

use crate::error::Error;
use crate::tree::{Entry, Kind};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use tar::{Builder, EntryType, Header};

/// Names that go with the entry that follows; libarchive reads extended attributes under this prefix.
const CAPABILITY: &str = "SCHILY.xattr.security.capability";

/// Writes all entries; the files' bytes come from the tree.
pub(crate) fn write(root: &Path, entries: &[Entry], output: impl Write) -> Result<(), Error> {
    let mut archive = Builder::new(BufWriter::with_capacity(1 << 20, output));
    for entry in entries {
        append(&mut archive, root, entry)
            .map_err(Error::read("file of the tree", &root.join(&entry.path)))?;
    }
    let finished = archive.into_inner().and_then(|mut output| output.flush());
    finished.map_err(Error::write("archive of the tree", root))
}

fn append<W: Write>(archive: &mut Builder<W>, root: &Path, entry: &Entry) -> io::Result<()> {
    if let Some(capability) = &entry.attributes.capability {
        archive.append_pax_extensions([(CAPABILITY, capability.as_slice())])?;
    }
    let mut header = header(entry);
    let name = if entry.path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        &entry.path
    };
    match &entry.kind {
        Kind::File(size) => {
            header.set_size(*size);
            let file = File::open(root.join(&entry.path))?;
            archive.append_data(&mut header, name, file)
        }
        Kind::Symlink(target) | Kind::HardLink(target) => archive.append_link(&mut header, name, target),
        Kind::Directory => archive.append_data(&mut header, name, io::empty()),
    }
}

fn header(entry: &Entry) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(match entry.kind {
        Kind::Directory => EntryType::Directory,
        Kind::File(_) => EntryType::Regular,
        Kind::Symlink(_) => EntryType::Symlink,
        Kind::HardLink(_) => EntryType::Link,
    });
    header.set_size(0);
    header.set_mode(entry.attributes.mode);
    header.set_uid(entry.attributes.uid.into());
    header.set_gid(entry.attributes.gid.into());
    header.set_mtime(entry.attributes.mtime);
    header
}
