//! The content of a package's files, streamed.

use std::collections::HashMap;
use std::io::{self, Read};

use crate::cpio::{self, Entry};
use crate::{Error, FileInfo};

/// An iterator over the archive inside a package. Every file of the header comes exactly once, or it ends with
/// an error; names that the header does not list are refused.
pub struct Payload<'r> {
    reader: Box<dyn Read + Send + 'r>,
    files: Vec<FileInfo>,
    /// Numbers of files, ordered by path.
    by_path: Vec<usize>,
    /// The names of each file that has several, by device and inode.
    link_sets: HashMap<(u32, u32), LinkSet>,
    seen: Vec<bool>,
    /// Bytes of the current entry, content and padding, that were not read yet.
    content_left: u64,
    padding_left: u64,
    finished: bool,
}

#[derive(Default)]
struct LinkSet {
    members: Vec<usize>,
    delivered: bool,
}

/// A file in the archive. Reading it gives its content.
pub struct PayloadEntry<'p, 'r> {
    payload: &'p mut Payload<'r>,
    index: usize,
    links: Vec<usize>,
}

impl<'r> Payload<'r> {
    pub(crate) fn new(reader: Box<dyn Read + Send + 'r>, files: Vec<FileInfo>) -> Result<Self, Error> {
        let mut by_path: Vec<usize> = (0..files.len()).collect();
        by_path.sort_by(|a, b| name_of(&files, *a).cmp(name_of(&files, *b)));
        if let Some(pair) = by_path
            .windows(2)
            .find(|pair| name_of(&files, pair[0]) == name_of(&files, pair[1]))
        {
            return Err(Error::Files {
                reason: format!("{} is listed twice", name_of(&files, pair[0])),
            });
        }
        let mut link_sets: HashMap<_, LinkSet> = HashMap::new();
        for (i, file) in files.iter().enumerate().filter(|(_, file)| file.nlinks > 1) {
            link_sets
                .entry((file.device, file.inode))
                .or_default()
                .members
                .push(i);
        }
        // What is not in the archive counts as seen.
        let seen = files.iter().map(FileInfo::is_ghost).collect();
        Ok(Self {
            reader,
            files,
            by_path,
            link_sets,
            seen,
            content_left: 0,
            padding_left: 0,
            finished: false,
        })
    }

    /// The files of the header; [`PayloadEntry::index`] counts in this list.
    pub fn files(&self) -> &[FileInfo] {
        &self.files
    }

    /// The next file, or None at the end. A file with several names comes once, with all its names.
    pub fn next_entry(&mut self) -> Result<Option<PayloadEntry<'_, 'r>>, Error> {
        while !self.finished {
            self.skip_rest()?;
            let Some((index, size)) = self.read_start()? else {
                self.finish()?;
                break;
            };
            if let Some(links) = self.deliver(index, size)? {
                return Ok(Some(PayloadEntry {
                    payload: self,
                    index,
                    links,
                }));
            }
        }
        Ok(None)
    }

    /// Number and size of the next entry; None for the trailer.
    fn read_start(&mut self) -> Result<Option<(usize, u64)>, Error> {
        let (index, size) = match cpio::read_entry(&mut self.reader)? {
            Entry::Named { name, .. } if name == cpio::TRAILER => return Ok(None),
            Entry::Named { name, size, mode } => (self.find(&name, mode)?, size),
            Entry::Indexed(index) => (index as usize, self.size_by_header(index as usize)?),
        };
        let seen = self
            .seen
            .get_mut(index)
            .ok_or_else(|| Error::payload("a file that the header does not list"))?;
        if std::mem::replace(seen, true) {
            return Err(Error::payload(format!(
                "{} comes twice, or is a ghost",
                self.files[index].path
            )));
        }
        self.content_left = size;
        self.padding_left = cpio::padding(size) as u64;
        Ok(Some((index, size)))
    }

    fn find(&self, name: &str, mode: u32) -> Result<usize, Error> {
        let wanted = name
            .strip_prefix('.')
            .filter(|rest| rest.starts_with('/'))
            .unwrap_or(name);
        let wanted = wanted.trim_start_matches('/');
        let found = self
            .by_path
            .binary_search_by(|i| name_of(&self.files, *i).cmp(wanted));
        let index = found.ok().and_then(|at| self.by_path.get(at)).copied();
        let index = index.ok_or_else(|| Error::payload(format!("{name:?} is not in the header")))?;
        let same_type = self
            .files
            .get(index)
            .is_some_and(|file| u32::from(file.mode) & 0o170_000 == mode & 0o170_000);
        match same_type {
            true => Ok(index),
            false => Err(Error::payload(format!(
                "{name:?} has another type than in the header"
            ))),
        }
    }

    /// In an archive of a large package only the header knows sizes (rpm's iterReadArchiveNext).
    fn size_by_header(&self, index: usize) -> Result<u64, Error> {
        let file = self
            .files
            .get(index)
            .ok_or_else(|| Error::payload("a file that the header does not list"))?;
        let carries_content = match self.link_sets.get(&(file.device, file.inode)) {
            Some(set) if file.nlinks > 1 => set.members.last() == Some(&index),
            _ => file.is_regular() || file.is_symlink(),
        };
        Ok(if carries_content { file.size } else { 0 })
    }

    /// The names of the file if it is complete now, None if its content comes with a later name.
    fn deliver(&mut self, index: usize, size: u64) -> Result<Option<Vec<usize>>, Error> {
        let Some(file) = self.files.get(index) else {
            return Ok(None);
        };
        let wrong_size = || {
            Error::payload(format!(
                "{} has {size} bytes, the header says {}",
                file.path, file.size
            ))
        };
        if file.nlinks <= 1 {
            let fits = !file.is_regular() || size == file.size;
            return if fits {
                Ok(Some(vec![index]))
            } else {
                Err(wrong_size())
            };
        }
        let Some(set) = self.link_sets.get_mut(&(file.device, file.inode)) else {
            return Ok(None);
        };
        let last = set
            .members
            .iter()
            .all(|member| self.seen.get(*member) == Some(&true));
        if size == 0 && (file.size > 0 || !last) {
            return Ok(None);
        }
        match size == file.size && !std::mem::replace(&mut set.delivered, true) {
            true => Ok(Some(set.members.clone())),
            false => Err(wrong_size()),
        }
    }

    fn skip_rest(&mut self) -> Result<(), Error> {
        let left = std::mem::take(&mut self.content_left) + std::mem::take(&mut self.padding_left);
        let skipped = io::copy(&mut (&mut self.reader).take(left), &mut io::sink());
        match skipped.map_err(|source| Error::Read {
            what: "the payload",
            source,
        })? == left
        {
            true => Ok(()),
            false => Err(Error::payload("it ends in the middle of a file")),
        }
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.finished = true;
        let missing = self
            .seen
            .iter()
            .position(|seen| !seen)
            .and_then(|i| self.files.get(i));
        if let Some(file) = missing {
            return Err(Error::payload(format!("it lacks {}", file.path)));
        }
        let empty = self
            .link_sets
            .values()
            .find(|set| !set.delivered)
            .and_then(|set| set.members.first());
        match empty.and_then(|i| self.files.get(*i)) {
            Some(file) => Err(Error::payload(format!("it lacks the content of {}", file.path))),
            None => Ok(()),
        }
    }

    fn read_content(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer
            .len()
            .min(usize::try_from(self.content_left).unwrap_or(usize::MAX));
        if wanted == 0 {
            // Not passed on: some decompressors take an empty read for the end of their input.
            return Ok(0);
        }
        let read = self.reader.read(buffer.get_mut(..wanted).unwrap_or(&mut []))?;
        if read == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the payload ends in the middle of a file",
            ));
        }
        self.content_left -= read as u64;
        Ok(read)
    }
}

/// The path as the archive names it, without what may stand before it.
fn name_of(files: &[FileInfo], index: usize) -> &str {
    files
        .get(index)
        .map_or("", |file| file.path.trim_start_matches('/'))
}

impl PayloadEntry<'_, '_> {
    /// The number of the file in the header.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The numbers of all its names, ascending: more than one for hard links.
    pub fn links(&self) -> &[usize] {
        &self.links
    }

    /// What the header says about it.
    pub fn info(&self) -> &FileInfo {
        &self.payload.files[self.index]
    }
}

impl Read for PayloadEntry<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.payload.read_content(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileFlags;

    fn file(path: &str, size: u64, inode: u32, nlinks: u32) -> FileInfo {
        FileInfo {
            path: path.to_owned(),
            size,
            mode: 0o100644,
            mtime: 0,
            digest: String::new(),
            flags: FileFlags::NONE,
            user: "root".to_owned(),
            group: "root".to_owned(),
            caps: None,
            linkto: String::new(),
            inode,
            device: 1,
            rdev: 0,
            nlinks,
            verify_flags: 0,
            color: 0,
        }
    }

    fn trailer() -> Vec<u8> {
        let mut bytes = Vec::new();
        cpio::write_trailer(&mut bytes).unwrap();
        bytes
    }

    fn named(name: &str, mode: u16, content: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let size = content.len() as u32;
        let attributes = cpio::Attributes {
            name,
            inode: 1,
            mode,
            nlinks: 1,
            mtime: 0,
            size,
            rdev: 0,
        };
        cpio::write_entry(&mut bytes, &attributes).unwrap();
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len() + cpio::padding(content.len() as u64), 0);
        bytes
    }

    /// The numbers of a file's names, and its content.
    type Unpacked = (Vec<usize>, Vec<u8>);

    fn unpack(archive: &[u8], files: Vec<FileInfo>) -> Result<Vec<Unpacked>, Error> {
        let mut payload = Payload::new(Box::new(archive), files)?;
        let mut found = Vec::new();
        while let Some(mut entry) = payload.next_entry()? {
            let mut content = Vec::new();
            entry.read_to_end(&mut content).map_err(|source| Error::Read {
                what: "content",
                source,
            })?;
            found.push((entry.links().to_vec(), content));
        }
        Ok(found)
    }

    /// As rpmbuild writes it when a file has 4 GiB or more: numbers instead of names, sizes from the header.
    #[test]
    fn archives_of_large_packages_are_read() {
        let files = vec![file("/a", 5, 1, 2), file("/b", 3, 2, 1), file("/c", 5, 1, 2)];
        let mut archive = b"07070X00000000\0\0".to_vec();
        archive.extend(b"07070X00000001\0\0xyz\0");
        archive.extend(b"07070X00000002\0\0hello\0\0\0");
        archive.extend(trailer());
        let found = unpack(&archive, files).unwrap();
        assert_eq!(
            found,
            [(vec![1], b"xyz".to_vec()), (vec![0, 2], b"hello".to_vec())]
        );
    }

    #[test]
    fn an_archive_that_contradicts_the_header_is_refused() {
        let refusal = |archive: Vec<u8>| {
            let archive = [archive, trailer()].concat();
            unpack(&archive, vec![file("/a", 3, 1, 1)])
                .unwrap_err()
                .to_string()
        };
        assert!(refusal(vec![]).contains("it lacks /a"));
        assert!(refusal(named("./b", 0o100644, b"xyz")).contains("\"./b\" is not in the header"));
        assert!(refusal(named("./../a", 0o100644, b"xyz")).contains("is not in the header"));
        assert!(refusal(named("./a", 0o100644, b"wxyz")).contains("/a has 4 bytes, the header says 3"));
        assert!(refusal(named("./a", 0o120777, b"xyz")).contains("another type"));
        assert!(refusal(named("./a", 0o100644, b"xyz").repeat(2)).contains("/a comes twice"));
    }

    #[test]
    fn an_archive_that_ends_early_is_refused() {
        let whole = [named("./a", 0o100644, b"xyz"), trailer()].concat();
        for length in 0..whole.len() {
            assert!(
                unpack(&whole[..length], vec![file("/a", 3, 1, 1)]).is_err(),
                "{length} bytes"
            );
        }
    }

    #[test]
    fn links_without_content_are_refused() {
        let files = || vec![file("/a", 3, 1, 2), file("/b", 3, 1, 2)];
        let archive = [
            named("./a", 0o100644, b""),
            named("./b", 0o100644, b""),
            trailer(),
        ]
        .concat();
        assert!(
            unpack(&archive, files())
                .unwrap_err()
                .to_string()
                .contains("lacks the content of /a")
        );
        let archive = [
            named("./a", 0o100644, b"xyz"),
            named("./b", 0o100644, b""),
            trailer(),
        ]
        .concat();
        assert_eq!(
            unpack(&archive, files()).unwrap(),
            [(vec![0, 1], b"xyz".to_vec())]
        );
    }

    #[test]
    fn a_path_listed_twice_is_refused() {
        let twice = vec![file("/a", 0, 1, 1), file("/a", 0, 2, 1)];
        assert!(
            unpack(&trailer(), twice)
                .unwrap_err()
                .to_string()
                .contains("listed twice")
        );
    }

    proptest::proptest! {
        /// Archives made of what archives are made of, in any order: an answer or an error, never a panic, and
        /// never a file twice.
        #[test]
        fn no_archive_panics(parts in proptest::collection::vec((0usize..7, 0usize..12), 0..12)) {
            let mut archive = Vec::new();
            for (part, size) in parts {
                let content = &b"hello world!"[..size];
                match part {
                    0 => archive.extend(named("./a", 0o100644, content)),
                    1 => archive.extend(named("./b", 0o100644, content)),
                    2 => archive.extend(named("./c", 0o100644, content)),
                    3 => archive.extend(format!("07070X{size:08x}").bytes()),
                    4 => archive.extend(trailer()),
                    5 => archive.extend_from_slice(content),
                    _ => archive.truncate(archive.len() - size.min(archive.len())),
                }
            }
            let files = vec![file("/a", 5, 1, 2), file("/b", 3, 2, 1), file("/c", 5, 1, 2)];
            if let Ok(found) = unpack(&archive, files) {
                let mut names: Vec<usize> = found.into_iter().flat_map(|(names, _)| names).collect();
                names.sort();
                proptest::prop_assert_eq!(names, [0, 1, 2]);
            }
        }
    }
}
