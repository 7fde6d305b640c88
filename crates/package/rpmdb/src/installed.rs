//! From the headers of a package file to the header of an installed package (rpm's lib/psm.c and lib/package.c,
//! headerMergeLegacySigs).

use std::collections::BTreeMap;

use rpmfile::{Header, Package, SignatureTag, Tag, Value};

/// What became of a file of a package (RPMFILE_STATE_*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum FileState {
    /// Installed.
    #[default]
    Normal = 0,
    /// Replaced by the file of another package.
    Replaced = 1,
    /// Left out, for example documentation.
    NotInstalled = 2,
    /// On a shared file system.
    NetShared = 3,
    /// Of another word size, and left out for it.
    WrongColor = 4,
}

/// What is known about a package only once it is installed.
#[derive(Debug, Clone, Default)]
pub struct InstallInfo {
    /// Seconds since 1970.
    pub time: u32,
    /// The transaction; rpm uses the time it began.
    pub tid: u32,
    /// Word sizes the system supports: 3 on x86_64, where rpm knows 32 and 64 bits, 0 where it knows one.
    pub color: u32,
    /// One for each file; empty when all are installed.
    pub file_states: Vec<FileState>,
}

/// The header of an installed package: that of its file, byte for byte, and behind it what the signature header
/// said and what [`InstallInfo`] says.
pub fn installed_header(package: &Package, info: &InstallInfo) -> Result<Header, rpmfile::Error> {
    let header = &package.header;
    let mut added = signature_entries(&package.signature);
    added.insert(Tag::INSTALL_TIME, Value::U32(vec![info.time]));
    added.insert(Tag::INSTALL_COLOR, Value::U32(vec![info.color]));
    added.insert(Tag::INSTALL_TID, Value::U32(vec![info.tid]));
    let files = header.file_count();
    if files > 0 {
        let mut states: Vec<u8> = info.file_states.iter().map(|state| *state as u8).collect();
        states.resize(files, FileState::Normal as u8);
        added.insert(Tag::FILE_STATES, Value::Char(states));
    }
    if let Some(Value::StrArray(prefixes)) = header.get_value(Tag::PREFIXES) {
        added.insert(Tag::INSTALL_PREFIXES, Value::StrArray(prefixes));
    }
    if !header.contains(Tag::SOURCE_RPM) && !header.contains(Tag::SOURCE_PACKAGE) {
        added.insert(Tag::SOURCE_RPM, Value::Str("(none)".to_owned()));
    }
    header.with_entries(&added)
}

fn signature_entries(signature: &Header) -> BTreeMap<Tag, Value> {
    let translated = |tag: Tag| Some((main_tag(SignatureTag(tag.0))?, signature.get_value(tag)?));
    signature.tags().filter_map(translated).collect()
}

/// Where the database keeps an entry of the signature header; None for those it drops.
fn main_tag(tag: SignatureTag) -> Option<Tag> {
    Some(match tag {
        SignatureTag::SIZE => Tag::SIG_SIZE,
        SignatureTag::PGP => Tag::SIG_PGP,
        SignatureTag::MD5 => Tag::SIG_MD5,
        SignatureTag::GPG => Tag::SIG_GPG,
        SignatureTag::PAYLOAD_SIZE => Tag::ARCHIVE_SIZE,
        SignatureTag::FILE_SIGNATURES => Tag::FILE_SIGNATURES,
        SignatureTag::FILE_SIGNATURE_LENGTH => Tag::FILE_SIGNATURE_LENGTH,
        SignatureTag::DSA
        | SignatureTag::RSA
        | SignatureTag::SHA1
        | SignatureTag::SHA256
        | SignatureTag::LONG_SIZE
        | SignatureTag::LONG_ARCHIVE_SIZE
        | SignatureTag::VERITY_SIGNATURES
        | SignatureTag::VERITY_SIGNATURE_ALGORITHM => Tag(tag.0),
        _ => return None,
    })
}
