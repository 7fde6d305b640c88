//! The file an image is in, and its partitions.

use crate::error::Error;
use crate::inspect::report::PartitionReport;
use crate::tools::run_on_host;
use early_init::read_at::ReadAt;
use early_init::{filesystem, gpt};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

const QCOW2_MAGIC: &[u8] = b"QFI\xfb";
const SECTOR: u64 = 512;

/// Partition types worth a name (Discoverable Partitions Specification).
const TYPES: [(&str, &str); 4] = [
    ("c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "EFI system partition"),
    ("4f68bce3-e8cd-4db1-96e7-fbcaf984b709", "root (x86-64)"),
    ("b921b045-1df0-41c3-af44-4c6f280d3fae", "root (arm64)"),
    ("0fc63daf-8483-4772-8e79-3d69d8477de4", "Linux data"),
];

/// An opened disk image.
#[derive(Debug)]
pub(crate) struct Medium {
    path: PathBuf,
    /// The bytes of the disk.
    disk: Arc<File>,
    /// Their number.
    pub(crate) size: u64,
    /// Format of the file.
    pub(crate) format: &'static str,
    /// Where a converted copy is.
    _copy: Option<TempDir>,
}

impl Medium {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let read = |error| Error::read("disk image", path)(error);
        let mut file = File::open(path).map_err(read)?;
        let mut magic = [0; 4];
        let is_qcow2 = file.read_exact(&mut magic).is_ok() && magic == QCOW2_MAGIC;
        let copy = if is_qcow2 { Some(convert(path)?) } else { None };
        if let Some(copy) = &copy {
            file = File::open(copy.path().join("disk")).map_err(read)?;
        }
        let size = file.metadata().map_err(read)?.len();
        let format = if is_qcow2 { "qcow2" } else { "raw" };
        Ok(Self {
            path: path.into(),
            disk: Arc::new(file),
            size,
            format,
            _copy: copy,
        })
    }

    pub(crate) fn partitions(&self) -> Result<Vec<PartitionReport>, Error> {
        let found = gpt::read(&*self.disk, self.size, SECTOR);
        let found =
            found.ok_or_else(|| self.problem("it has no GUID partition table, so it is no image of ours"))?;
        Ok(found.into_iter().map(|part| self.partition(part)).collect())
    }

    fn partition(&self, part: gpt::GptPartition) -> PartitionReport {
        let slice = Slice {
            disk: Arc::clone(&self.disk),
            start: part.start,
            size: part.size,
        };
        let found = filesystem::probe(&slice);
        let kind = TYPES
            .iter()
            .find(|(guid, _)| *guid == part.type_guid)
            .map_or("", |(_, name)| name);
        PartitionReport {
            number: part.number,
            label: part.name,
            kind: kind.into(),
            type_guid: part.type_guid,
            uuid: part.unique_guid,
            start: part.start,
            size: part.size,
            filesystem: found.as_ref().map_or("", |found| found.kind).into(),
            filesystem_uuid: found.as_ref().map(|found| found.uuid.clone()).unwrap_or_default(),
            filesystem_label: found.map(|found| found.label).unwrap_or_default(),
        }
    }

    /// The root: by type, or the only ext4.
    pub(crate) fn root_partition<'p>(
        &self,
        partitions: &'p [PartitionReport],
    ) -> Result<&'p PartitionReport, Error> {
        let by_type = partitions.iter().find(|part| part.kind.starts_with("root"));
        let found = by_type.or_else(|| partitions.iter().find(|part| part.filesystem == "ext4"));
        found.ok_or_else(|| self.problem("none of its partitions is a root file system"))
    }

    pub(crate) fn slice(&self, part: &PartitionReport) -> Slice {
        Slice {
            disk: Arc::clone(&self.disk),
            start: part.start,
            size: part.size,
        }
    }

    fn problem(&self, reason: &str) -> Error {
        Error::Inspect {
            path: self.path.clone(),
            reason: reason.into(),
        }
    }
}

fn convert(path: &Path) -> Result<TempDir, Error> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let copy = tempfile::tempdir_in(folder).or_else(|_| tempfile::tempdir());
    let copy = copy.map_err(Error::write("copy of the image in", folder))?;
    let mut arguments: Vec<PathBuf> = ["convert", "-O", "raw"].map(PathBuf::from).to_vec();
    arguments.extend([path.into(), copy.path().join("disk")]);
    run_on_host("qemu-img", "qemu-utils", &arguments)?;
    Ok(copy)
}

/// A partition.
#[derive(Debug, Clone)]
pub(crate) struct Slice {
    disk: Arc<File>,
    start: u64,
    size: u64,
}

impl ReadAt for Slice {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let end = offset
            .checked_add(buffer.len() as u64)
            .filter(|end| *end <= self.size);
        end.ok_or(io::ErrorKind::UnexpectedEof)?;
        FileExt::read_exact_at(&*self.disk, buffer, self.start + offset)
    }
}

impl ext4_view::Ext4Read for Slice {
    fn read(
        &mut self,
        start: u64,
        target: &mut [u8],
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync + 'static>> {
        self.read_exact_at(target, start).map_err(Into::into)
    }
}
