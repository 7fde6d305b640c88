use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::ar::{self, Slice};
use crate::deb822::Paragraph;
use crate::entry::{Entry, Kind, Meta};
use crate::error::Error;
use crate::member::decompress;

/// The largest control archive believed: Debian's biggest (a few MB) are lists of checksums.
const MAX_CONTROL: u64 = 64 << 20;

/// A `.deb`: `deb(5)`. Opening reads the member list only; the parts are streamed on demand.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    file: File,
    control: Slice,
    data: Slice,
}

/// The control archive: the package's fields and the small files beside them.
#[derive(Debug, Clone, Default)]
pub struct Control {
    files: BTreeMap<String, Vec<u8>>,
}

impl Control {
    /// A file of the control archive: `conffiles`, `triggers`, `shlibs`, `postinst`...
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(Vec::as_slice)
    }

    /// The names of all files.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The fields of the file `control`.
    pub fn fields(&self) -> Paragraph<'_> {
        let bytes = self.file("control").unwrap_or_default();
        Paragraph::new(std::str::from_utf8(bytes).unwrap_or_default())
    }

    /// The configuration files: `deb-conffiles(5)`. A line may start with a flag (`remove-on-upgrade`).
    pub fn conffiles(&self) -> Vec<&str> {
        let text = std::str::from_utf8(self.file("conffiles").unwrap_or_default()).unwrap_or_default();
        text.lines().filter(|line| line.starts_with('/')).collect()
    }
}

impl Archive {
    /// Opens a package and finds its members.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        let mut file = File::open(&path).map_err(|source| Error::Open {
            path: path.clone(),
            source,
        })?;
        let members = ar::members(&mut file).map_err(|source| malformed(&path, &source.to_string()))?;
        match members.first() {
            Some(first) if first.name == "debian-binary" => {}
            _ => return Err(malformed(&path, "the first member is not debian-binary")),
        }
        let control = find(&path, &members, "control.tar")?;
        let data = find(&path, &members, "data.tar")?;
        Ok(Self {
            path,
            file,
            control,
            data,
        })
    }

    /// Reads the control archive.
    pub fn control(&self) -> Result<Control, Error> {
        let mut files = BTreeMap::new();
        let stream = self.stream(&self.control)?.take(MAX_CONTROL);
        self.visit(&self.control, stream, &mut |entry: &mut Entry<'_>| {
            if entry.kind == Kind::File {
                let bytes = entry
                    .bytes()
                    .map_err(|source| self.read_error(&self.control, source))?;
                files.insert(entry.path.trim_start_matches('/').to_owned(), bytes);
            }
            Ok::<(), Error>(())
        })?;
        match files.contains_key("control") {
            true => Ok(Control { files }),
            false => Err(malformed(
                &self.path,
                "its control archive has no file named control",
            )),
        }
    }

    /// Streams the data archive: calls `visit` for every entry in the order of the archive.
    ///
    /// What `visit` does not read of a file is skipped. Its error ends the walk.
    pub fn each_entry<E, F>(&self, mut visit: F) -> Result<(), E>
    where
        E: From<Error>,
        F: FnMut(&mut Entry<'_>) -> Result<(), E>,
    {
        let stream = self.stream(&self.data)?;
        self.visit(&self.data, stream, &mut visit)
    }

    /// The file this archive was opened from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn stream(&self, member: &Slice) -> Result<Box<dyn Read>, Error> {
        let mut file = self
            .file
            .try_clone()
            .map_err(|source| self.read_error(member, source))?;
        file.seek(SeekFrom::Start(member.offset))
            .map_err(|source| self.read_error(member, source))?;
        decompress(&member.name, file.take(member.size)).map_err(|source| self.read_error(member, source))
    }

    fn visit<E, F>(&self, member: &Slice, stream: impl Read, visit: &mut F) -> Result<(), E>
    where
        E: From<Error>,
        F: FnMut(&mut Entry<'_>) -> Result<(), E>,
    {
        let mut tar = tar::Archive::new(stream);
        let entries = tar.entries().map_err(|source| self.read_error(member, source))?;
        for entry in entries {
            let mut raw = entry.map_err(|source| self.read_error(member, source))?;
            let meta = Meta::of(&raw).map_err(|reason| malformed(&self.path, &reason))?;
            let mut entry = Entry {
                meta,
                reader: &mut raw,
            };
            visit(&mut entry)?;
        }
        Ok(())
    }

    fn read_error(&self, member: &Slice, source: io::Error) -> Error {
        Error::Read {
            part: member.name.clone(),
            path: self.path.clone(),
            source,
        }
    }
}

fn find(path: &Path, members: &[Slice], stem: &str) -> Result<Slice, Error> {
    let named = |member: &&Slice| {
        member
            .name
            .strip_prefix(stem)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    members
        .iter()
        .find(named)
        .cloned()
        .ok_or_else(|| malformed(path, &format!("it has no member {stem}.*")))
}

fn malformed(path: &Path, reason: &str) -> Error {
    Error::Malformed {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}
