//! The 96 bytes every package file begins with. Only their magic still means something
//! (format_v4, "Lead").

use std::io::Read;

use crate::Error;

pub(crate) const LEAD_SIZE: usize = 96;
const MAGIC: [u8; 4] = [0xed, 0xab, 0xee, 0xdb];

/// Reads over a lead.
pub(crate) fn skip(reader: &mut impl Read) -> Result<(), Error> {
    let mut lead = [0; LEAD_SIZE];
    reader.read_exact(&mut lead).map_err(|source| Error::Read {
        what: "the lead",
        source,
    })?;
    if lead[..4] != MAGIC {
        return Err(Error::Lead {
            reason: "its first bytes are not those of a package",
        });
    }
    match lead[4] {
        3 | 4 => Ok(()),
        _ => Err(Error::Lead {
            reason: "its format is not version 3 or 4",
        }),
    }
}

/// The lead of a binary package, as rpmbuild writes it: major 3, type 0, architecture and system by number.
pub(crate) fn write(name_version_release: &str) -> [u8; LEAD_SIZE] {
    let mut lead = [0; LEAD_SIZE];
    lead[..4].copy_from_slice(&MAGIC);
    lead[4] = 3;
    lead[9] = 1; // architecture: ignored by every rpm since 4.0
    let name = name_version_release.as_bytes();
    let length = name.len().min(65); // the field has 66 bytes and ends with a zero
    lead[10..10 + length].copy_from_slice(&name[..length]);
    lead[77] = 1; // system: linux
    lead[79] = 5; // signature: a header follows
    lead
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote() {
        let lead = write(&"a".repeat(200));
        skip(&mut lead.as_slice()).unwrap();
        assert_eq!(lead[75], 0);
    }

    #[test]
    fn other_files_are_refused() {
        assert!(matches!(
            skip(&mut [0x7f; 96].as_slice()),
            Err(Error::Lead { .. })
        ));
        assert!(matches!(skip(&mut [0xed].as_slice()), Err(Error::Read { .. })));
    }
}
