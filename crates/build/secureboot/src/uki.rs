//! Assembling a unified kernel image.

use crate::layout::{Layout, PeError, put};
use object::pe::{
    IMAGE_SCN_CNT_CODE, IMAGE_SCN_CNT_INITIALIZED_DATA, IMAGE_SCN_MEM_EXECUTE, IMAGE_SCN_MEM_READ,
};

/// The parts of a unified kernel image.
#[derive(Debug, Clone, Copy)]
pub struct Uki<'a> {
    /// systemd's `linuxx64.efi.stub` (or `linuxaa64.efi.stub`).
    pub stub: &'a [u8],
    /// The kernel, itself a PE file.
    pub linux: &'a [u8],
    /// The initramfs; a kernel with its root drivers built in needs none.
    pub initrd: Option<&'a [u8]>,
    /// Kernel command line.
    pub cmdline: &'a str,
    /// Text of /usr/lib/os-release: systemd-boot shows its name and sorts by its version.
    pub os_release: &'a str,
    /// Kernel version, `uname -r`.
    pub uname: &'a str,
}

struct Section<'a> {
    name: &'static str,
    data: &'a [u8],
    flags: u32,
}

const DATA: u32 = IMAGE_SCN_CNT_INITIALIZED_DATA.0 | IMAGE_SCN_MEM_READ.0;
/// Kernels without their own PE loader protocol are executed where they lie.
const CODE: u32 = IMAGE_SCN_CNT_CODE.0 | IMAGE_SCN_MEM_EXECUTE.0 | IMAGE_SCN_MEM_READ.0;

impl Uki<'_> {
    /// The finished file. The same parts give the same bytes.
    pub fn assemble(&self) -> Result<Vec<u8>, PeError> {
        let layout = Layout::read(self.stub)?;
        let sections = self.sections();
        check(&layout, &sections)?;
        let mut image = Image {
            bytes: self.stub.to_vec(),
            memory: layout.memory_end,
            data: 0,
            layout,
        };
        for (index, section) in sections.iter().enumerate() {
            image.append(image.layout.count + index, section)?;
        }
        image.finish(sections.len())
    }

    /// The kernel comes last, as in ukify(1): it is the one that may need memory behind itself.
    fn sections(&self) -> Vec<Section<'_>> {
        let data = |name, data| Section {
            name,
            data,
            flags: DATA,
        };
        let mut sections = vec![
            data(".osrel", self.os_release.as_bytes()),
            data(".cmdline", self.cmdline.as_bytes()),
            data(".uname", self.uname.as_bytes()),
        ];
        sections.extend(self.initrd.map(|initrd| data(".initrd", initrd)));
        sections.push(Section {
            name: ".linux",
            data: self.linux,
            flags: CODE,
        });
        sections
    }
}

fn check(layout: &Layout, sections: &[Section<'_>]) -> Result<(), PeError> {
    if let Some(twice) = sections
        .iter()
        .find(|section| layout.names.iter().any(|name| name == section.name))
    {
        return Err(PeError::Exists {
            name: twice.name.into(),
        });
    }
    if layout.room < sections.len() {
        return Err(PeError::NoRoom {
            room: layout.room,
            needed: sections.len(),
        });
    }
    Ok(())
}

struct Image {
    layout: Layout,
    bytes: Vec<u8>,
    /// First free address in memory.
    memory: u64,
    /// Bytes of initialized data added.
    data: u64,
}

impl Image {
    fn append(&mut self, index: usize, section: &Section<'_>) -> Result<(), PeError> {
        self.pad();
        let address = self.memory.next_multiple_of(self.layout.section_alignment);
        let (start, length) = (self.bytes.len() as u64, section.data.len() as u64);
        self.bytes.extend_from_slice(section.data);
        self.pad();
        let stored = self.bytes.len() as u64 - start;
        self.memory = address + length;
        self.data += stored;
        let header = header(
            section,
            [narrow(length)?, narrow(address)?, narrow(stored)?, narrow(start)?],
        );
        put(&mut self.bytes, self.layout.header(index), &header);
        Ok(())
    }

    fn pad(&mut self) {
        let length = (self.bytes.len() as u64).next_multiple_of(self.layout.file_alignment);
        self.bytes.resize(length as usize, 0);
    }

    fn finish(mut self, added: usize) -> Result<Vec<u8>, PeError> {
        let size = narrow(self.memory.next_multiple_of(self.layout.section_alignment))?;
        self.layout.finish(
            &mut self.bytes,
            self.layout.count + added,
            size,
            narrow(self.data)?,
        );
        Ok(self.bytes)
    }
}

/// IMAGE_SECTION_HEADER: name, four numbers, no relocations and line numbers, flags.
fn header(section: &Section<'_>, numbers: [u32; 4]) -> [u8; 40] {
    let mut header = [0; 40];
    put(&mut header, 0, section.name.as_bytes());
    for (index, number) in numbers.iter().enumerate() {
        put(&mut header, 8 + index * 4, &number.to_le_bytes());
    }
    put(&mut header, 36, &section.flags.to_le_bytes());
    header
}

fn narrow(value: u64) -> Result<u32, PeError> {
    u32::try_from(value).map_err(|_| PeError::TooLarge)
}
