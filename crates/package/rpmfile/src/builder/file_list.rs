//! The list of files in the header of a new package.

use std::collections::BTreeMap;

use super::Builder;
use super::payload::Archive;
use super::plan::Planned;
use crate::header_writer::HeaderWriter;
use crate::package::SHA256_ALGORITHM;
use crate::{FileType, Tag, Value};

/// What `rpm -V` cannot compare of a ghost: digest, size, link target and time (rpmbuild does the same).
const VERIFY_OF_GHOST: u32 = !(1 | 2 | 4 | 32);

impl Builder {
    pub(super) fn put_files(&self, writer: &mut HeaderWriter, plan: &[Planned], archive: &Archive) {
        writer.put_u32(Tag::SIZE, install_size(plan, archive));
        if plan.is_empty() {
            return;
        }
        put_paths(writer, plan);
        put_kinds(writer, plan);
        put_contents(writer, plan, archive);
        put_owners(writer, plan);
        let time = |file: &Planned| file.origin.mtime.unwrap_or(self.build_time);
        writer.put(Tag::FILE_MTIMES, numbers(plan, time));
    }
}

fn numbers(plan: &[Planned], of: impl Fn(&Planned) -> u32) -> Value {
    Value::U32(plan.iter().map(of).collect())
}

/// Directories and names, each directory once, in order of appearance.
fn put_paths(writer: &mut HeaderWriter, plan: &[Planned]) {
    let (mut dirs, mut known) = (Vec::new(), BTreeMap::new());
    let (mut indexes, mut names) = (Vec::new(), Vec::new());
    for file in plan {
        let (dir, name) = file
            .entry
            .path
            .split_at(file.entry.path.rfind('/').map_or(0, |slash| slash + 1));
        let number = *known.entry(dir).or_insert_with(|| {
            dirs.push(dir);
            dirs.len() as u32 - 1
        });
        indexes.push(number);
        names.push(name);
    }
    writer.put(Tag::DIR_NAMES, Value::strings(dirs));
    writer.put(Tag::DIR_INDEXES, Value::U32(indexes));
    writer.put(Tag::BASE_NAMES, Value::strings(names));
}

fn put_kinds(writer: &mut HeaderWriter, plan: &[Planned]) {
    writer.put(
        Tag::FILE_MODES,
        Value::U16(plan.iter().map(Planned::mode).collect()),
    );
    writer.put(Tag::FILE_RDEVS, Value::U16(vec![0; plan.len()]));
    writer.put(Tag::FILE_FLAGS, numbers(plan, |file| file.entry.flags.0));
    let verify = |file: &Planned| {
        if file.is_ghost() {
            VERIFY_OF_GHOST
        } else {
            u32::MAX
        }
    };
    writer.put(Tag::FILE_VERIFY_FLAGS, numbers(plan, verify));
    writer.put(Tag::FILE_DEVICES, numbers(plan, |_| 1));
    writer.put(Tag::FILE_INODES, numbers(plan, |file| file.inode));
    writer.put(Tag::FILE_LANGS, Value::strings(plan.iter().map(|_| "")));
}

fn put_contents(writer: &mut HeaderWriter, plan: &[Planned], archive: &Archive) {
    let digest = |(file, (_, digest)): (&Planned, &(u64, String))| match is_stored(file) {
        true => digest.clone(),
        false => String::new(),
    };
    // Sizes fit: the archive refuses files that do not.
    writer.put(
        Tag::FILE_SIZES,
        Value::U32(archive.files.iter().map(|(size, _)| *size as u32).collect()),
    );
    writer.put(
        Tag::FILE_DIGESTS,
        Value::strings(plan.iter().zip(&archive.files).map(digest)),
    );
    writer.put_u32(Tag::FILE_DIGEST_ALGO, SHA256_ALGORITHM);
    writer.put(
        Tag::FILE_LINKTOS,
        Value::strings(plan.iter().map(Planned::link_target)),
    );
}

fn put_owners(writer: &mut HeaderWriter, plan: &[Planned]) {
    writer.put(
        Tag::FILE_USER_NAMES,
        Value::strings(plan.iter().map(|file| &file.origin.user)),
    );
    writer.put(
        Tag::FILE_GROUP_NAMES,
        Value::strings(plan.iter().map(|file| &file.origin.group)),
    );
    if plan.iter().any(|file| file.origin.caps.is_some()) {
        let caps = plan.iter().map(|file| file.origin.caps.as_deref().unwrap_or(""));
        writer.put(Tag::FILE_CAPS, Value::strings(caps));
    }
}

/// Each file once, however many names it has. A sum of 4 GiB or more is capped: it is only displayed.
fn install_size(plan: &[Planned], archive: &Archive) -> u32 {
    let counted = plan
        .iter()
        .zip(&archive.files)
        .filter(|(file, _)| file.carries_content && is_stored(file));
    let total: u64 = counted.map(|(_, (size, _))| size).sum();
    u32::try_from(total).unwrap_or(u32::MAX)
}

/// Whether the archive has content of this file that a digest covers.
fn is_stored(file: &Planned) -> bool {
    FileType::of_mode(file.mode()) == FileType::Regular && !file.is_ghost()
}
