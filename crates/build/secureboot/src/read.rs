//! Reading the sections of a unified kernel image back.

use crate::layout::PeError;
use object::LittleEndian as LE;
use object::read::pe::PeFile64;

/// Name and contents of each section, in order; contents without the padding of the file.
pub fn sections(bytes: &[u8]) -> Result<Vec<(String, &[u8])>, PeError> {
    let file = PeFile64::parse(bytes).map_err(|source| PeError::Parse { source })?;
    let contents = file.section_table().iter().map(|section| {
        let data = section
            .pe_data(bytes)
            .map_err(|source| PeError::Parse { source })?;
        let length = (section.virtual_size.get(LE) as usize).min(data.len());
        Ok((
            String::from_utf8_lossy(section.raw_name()).into_owned(),
            &data[..length],
        ))
    });
    contents.collect()
}
