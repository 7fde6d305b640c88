//! Where the headers of a PE file are and what they say (Microsoft, "PE Format").

use object::LittleEndian as LE;
use object::pe::{ImageNtHeaders64, ImageSectionHeader};
use object::read::pe::PeFile64;
use std::mem::{offset_of, size_of};

/// Why a PE file cannot be read or extended.
#[derive(Debug, thiserror::Error)]
pub enum PeError {
    /// Not a 64-bit PE image.
    #[error("the UEFI stub is not a 64-bit PE image: {source}; take linuxx64.efi.stub of systemd")]
    Parse {
        /// What the parser says.
        source: object::read::Error,
    },
    /// A value that makes no sense.
    #[error("the UEFI stub is damaged: {problem}")]
    Damaged {
        /// Which value.
        problem: &'static str,
    },
    /// The header area is full.
    #[error(
        "the UEFI stub has room for {room} more sections in its headers, but {needed} are needed; use a stub of systemd 253 or newer"
    )]
    NoRoom {
        /// Free slots.
        room: usize,
        /// Wanted slots.
        needed: usize,
    },
    /// The stub already carries such a section: it is a UKI, not a stub.
    #[error("the UEFI stub already has a section {name}; give the bare stub, not a unified kernel image")]
    Exists {
        /// The section.
        name: String,
    },
    /// More than a PE file can address.
    #[error("the unified kernel image would be larger than 4 GiB")]
    TooLarge,
}

/// The fields that matter when sections are added.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Offset of the NT headers.
    nt: usize,
    /// Offset of the section table.
    table: usize,
    /// Number of sections.
    pub(crate) count: usize,
    /// Free slots behind the section table.
    pub(crate) room: usize,
    /// Alignment in memory.
    pub(crate) section_alignment: u64,
    /// Alignment in the file.
    pub(crate) file_alignment: u64,
    /// First free address in memory.
    pub(crate) memory_end: u64,
    /// Names of the sections.
    pub(crate) names: Vec<String>,
}

const NT: usize = size_of::<ImageNtHeaders64>();
const HEADER: usize = size_of::<ImageSectionHeader>();

impl Layout {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, PeError> {
        let file = PeFile64::parse(bytes).map_err(|source| PeError::Parse { source })?;
        let nt = file.dos_header().nt_headers_offset() as usize;
        let optional = &file.nt_headers().optional_header;
        let optional_size = usize::from(file.nt_headers().file_header.size_of_optional_header.get(LE));
        let table = nt + NT - size_of_optional() + optional_size;
        let count = file.section_table().len();
        let first_data = first_data(&file, optional.size_of_headers.get(LE) as usize);
        Ok(Self {
            nt,
            table,
            count,
            room: first_data.saturating_sub(table + count * HEADER) / HEADER,
            section_alignment: alignment(optional.section_alignment.get(LE))?,
            file_alignment: alignment(optional.file_alignment.get(LE)).and_then(in_file)?,
            memory_end: memory_end(&file),
            names: names(&file),
        })
    }

    /// Offset of the header of a section.
    pub(crate) fn header(&self, index: usize) -> usize {
        self.table + index * HEADER
    }

    /// Writes the sums that change with the sections.
    pub(crate) fn finish(&self, bytes: &mut [u8], count: usize, image_size: u32, data_size: u32) {
        let optional = self.nt + NT - size_of_optional();
        let coff = self.nt + 4;
        put(
            bytes,
            coff + offset_of!(object::pe::ImageFileHeader, number_of_sections),
            &(count as u16).to_le_bytes(),
        );
        let size = offset_of!(object::pe::ImageOptionalHeader64, size_of_image);
        put(bytes, optional + size, &image_size.to_le_bytes());
        let data = offset_of!(object::pe::ImageOptionalHeader64, size_of_initialized_data);
        let before = bytes
            .get(optional + data..optional + data + 4)
            .and_then(|b| b.try_into().ok());
        let total = before.map_or(0, u32::from_le_bytes).saturating_add(data_size);
        put(bytes, optional + data, &total.to_le_bytes());
        // UEFI does not look at the checksum; zero means "none", a stale one would be wrong.
        put(
            bytes,
            optional + offset_of!(object::pe::ImageOptionalHeader64, check_sum),
            &[0; 4],
        );
    }
}

/// Writes into a buffer whose length was checked when the headers were parsed.
pub(crate) fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(target) = bytes.get_mut(at..at + value.len()) {
        target.copy_from_slice(value);
    }
}

fn size_of_optional() -> usize {
    size_of::<object::pe::ImageOptionalHeader64>()
}

fn alignment(value: u32) -> Result<u64, PeError> {
    match value.is_power_of_two() {
        true => Ok(value.into()),
        false => Err(PeError::Damaged {
            problem: "an alignment is not a power of two",
        }),
    }
}

/// "The value should be a power of 2 between 512 and 64 K" (PE Format, optional header): each section is padded to it.
fn in_file(alignment: u64) -> Result<u64, PeError> {
    match alignment <= 64 * 1024 {
        true => Ok(alignment),
        false => Err(PeError::Damaged {
            problem: "its sections are aligned to more than 64 KiB in the file",
        }),
    }
}

/// Headers may fill the space up to the first section's bytes.
fn first_data(file: &PeFile64<'_>, headers: usize) -> usize {
    let starts = file
        .section_table()
        .iter()
        .map(|section| section.pointer_to_raw_data.get(LE) as usize);
    starts.filter(|start| *start > 0).fold(headers, usize::min)
}

fn memory_end(file: &PeFile64<'_>) -> u64 {
    let end = |section: &ImageSectionHeader| {
        u64::from(section.virtual_address.get(LE)) + u64::from(section.virtual_size.get(LE))
    };
    file.section_table().iter().map(end).max().unwrap_or(0)
}

fn names(file: &PeFile64<'_>) -> Vec<String> {
    file.section_table()
        .iter()
        .map(|section| String::from_utf8_lossy(section.raw_name()).into_owned())
        .collect()
}
