//! The tables of keys: which there are, and which rows a header has in each (rpm's lib/rpmdb.c, tag2index).

use rpmfile::rich::Rich;
use rpmfile::{DepFlags, Header, Tag};

/// A table of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Index {
    /// Names of packages.
    Name,
    /// Last parts of paths; the number is that of the file.
    Basenames,
    /// Categories.
    Group,
    /// Names required, but not those required for installation only.
    Requirename,
    /// Names provided.
    Providename,
    /// Names in conflict.
    Conflictname,
    /// Names obsoleted.
    Obsoletename,
    /// Names that set triggers off.
    Triggername,
    /// Directories.
    Dirnames,
    /// Transactions.
    Installtid,
    /// MD5 of header and payload.
    Sigmd5,
    /// SHA-1 of the header, in hex.
    Sha1header,
    /// Paths that set file triggers off; the number is that of the trigger.
    Filetriggername,
    /// Paths that set transaction file triggers off; the number is that of the trigger.
    Transfiletriggername,
    /// Names recommended.
    Recommendname,
    /// Names suggested.
    Suggestname,
    /// Names supplemented.
    Supplementname,
    /// Names enhanced.
    Enhancename,
}

/// A key, as SQLite stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    Text(String),
    Bytes(Vec<u8>),
}

impl rusqlite::ToSql for Key {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self {
            Self::Text(text) => text.to_sql(),
            Self::Bytes(bytes) => bytes.to_sql(),
        }
    }
}

impl Index {
    /// All of them, in the order in which rpm creates and fills them.
    pub const ALL: [Self; 18] = [
        Self::Name,
        Self::Basenames,
        Self::Group,
        Self::Requirename,
        Self::Providename,
        Self::Conflictname,
        Self::Obsoletename,
        Self::Triggername,
        Self::Dirnames,
        Self::Installtid,
        Self::Sigmd5,
        Self::Sha1header,
        Self::Filetriggername,
        Self::Transfiletriggername,
        Self::Recommendname,
        Self::Suggestname,
        Self::Supplementname,
        Self::Enhancename,
    ];

    /// The name of the table.
    pub fn table(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Basenames => "Basenames",
            Self::Group => "Group",
            Self::Requirename => "Requirename",
            Self::Providename => "Providename",
            Self::Conflictname => "Conflictname",
            Self::Obsoletename => "Obsoletename",
            Self::Triggername => "Triggername",
            Self::Dirnames => "Dirnames",
            Self::Installtid => "Installtid",
            Self::Sigmd5 => "Sigmd5",
            Self::Sha1header => "Sha1header",
            Self::Filetriggername => "Filetriggername",
            Self::Transfiletriggername => "Transfiletriggername",
            Self::Recommendname => "Recommendname",
            Self::Suggestname => "Suggestname",
            Self::Supplementname => "Supplementname",
            Self::Enhancename => "Enhancename",
        }
    }

    fn tag(self) -> Tag {
        match self {
            Self::Name => Tag::NAME,
            Self::Basenames => Tag::BASE_NAMES,
            Self::Group => Tag::GROUP,
            Self::Requirename => Tag::REQUIRE_NAME,
            Self::Providename => Tag::PROVIDE_NAME,
            Self::Conflictname => Tag::CONFLICT_NAME,
            Self::Obsoletename => Tag::OBSOLETE_NAME,
            Self::Triggername => Tag::TRIGGER_NAME,
            Self::Dirnames => Tag::DIR_NAMES,
            Self::Installtid => Tag::INSTALL_TID,
            Self::Sigmd5 => Tag::SIG_MD5,
            Self::Sha1header => Tag::SHA1_HEADER,
            Self::Filetriggername => Tag::FILE_TRIGGER_NAME,
            Self::Transfiletriggername => Tag::TRANS_FILE_TRIGGER_NAME,
            Self::Recommendname => Tag::RECOMMEND_NAME,
            Self::Suggestname => Tag::SUGGEST_NAME,
            Self::Supplementname => Tag::SUPPLEMENT_NAME,
            Self::Enhancename => Tag::ENHANCE_NAME,
        }
    }

    fn has_binary_key(self) -> bool {
        matches!(self, Self::Installtid | Self::Sigmd5)
    }

    /// Whether a package has at most one row here.
    fn is_single(self) -> bool {
        matches!(
            self,
            Self::Name | Self::Group | Self::Installtid | Self::Sigmd5 | Self::Sha1header
        )
    }

    fn allows_rich(self) -> bool {
        use Index::{Conflictname, Enhancename, Recommendname, Requirename, Suggestname, Supplementname};
        matches!(
            self,
            Requirename | Conflictname | Recommendname | Suggestname | Supplementname | Enhancename
        )
    }

    /// The statements of rpm's lib/backend/sqlite.c, letter by letter: they are kept in the database. The type is
    /// quoted there too.
    pub(crate) fn create_statements(self) -> String {
        let table = self.table();
        let kind = if self.has_binary_key() { "BLOB" } else { "TEXT" };
        let mut statements = format!(
            "CREATE TABLE IF NOT EXISTS '{table}' (key '{kind}' NOT NULL, hnum INTEGER NOT NULL, \
             idx INTEGER NOT NULL, FOREIGN KEY (hnum) REFERENCES 'Packages'(hnum));"
        );
        if !self.has_binary_key() {
            statements += &format!("CREATE INDEX IF NOT EXISTS '{table}_key_idx' ON '{table}'(key ASC);");
        }
        if !self.is_single() {
            statements += &format!("CREATE INDEX IF NOT EXISTS '{table}_hnum_idx' ON '{table}'(hnum ASC);");
        }
        statements
    }

    /// The rows of one package: key and number.
    pub(crate) fn rows(self, header: &Header) -> Vec<(Key, u32)> {
        match self {
            Self::Installtid => {
                // In the byte order of the machine; all that we support are little-endian.
                let tid = header.get_u32(Tag::INSTALL_TID);
                tid.map(|tid| (Key::Bytes(tid.to_le_bytes().to_vec()), 0))
                    .into_iter()
                    .collect()
            }
            Self::Sigmd5 => header
                .get_bin(Tag::SIG_MD5)
                .map(|md5| (Key::Bytes(md5.to_vec()), 0))
                .into_iter()
                .collect(),
            Self::Group => vec![(
                Key::Text(header.get_i18n(Tag::GROUP).unwrap_or("Unknown").to_owned()),
                0,
            )],
            Self::Filetriggername => self.trigger_rows(header, Tag::FILE_TRIGGER_INDEX),
            Self::Transfiletriggername => self.trigger_rows(header, Tag::TRANS_FILE_TRIGGER_INDEX),
            Self::Triggername => self.first_of_each(header),
            _ => self.string_rows(header),
        }
    }

    fn trigger_rows(self, header: &Header, numbers: Tag) -> Vec<(Key, u32)> {
        let names = header.strings(self.tag()).map(|name| Key::Text(name.to_owned()));
        names.zip(header.get_u32s(numbers)).collect()
    }

    fn first_of_each(self, header: &Header) -> Vec<(Key, u32)> {
        let names = header.get_str_array(self.tag());
        let first = |(i, name): &(usize, &&str)| !names.iter().take(*i).any(|earlier| earlier == *name);
        names
            .iter()
            .enumerate()
            .filter(first)
            .map(|(i, name)| (Key::Text((*name).to_owned()), i as u32))
            .collect()
    }

    fn string_rows(self, header: &Header) -> Vec<(Key, u32)> {
        let flags = if self == Self::Requirename {
            header.get_u32s(Tag::REQUIRE_FLAGS)
        } else {
            Vec::new()
        };
        let mut rows = Vec::with_capacity(header.count(self.tag()));
        for (i, name) in header.strings(self.tag()).enumerate() {
            if flags.get(i).is_some_and(|flags| is_transient(DepFlags(*flags))) {
                continue;
            }
            rows.push((Key::Text(name.to_owned()), i as u32));
            if self.allows_rich() && name.starts_with('(') {
                let names = Rich::parse(name)
                    .map(|rich| rich.index_names())
                    .unwrap_or_default();
                rows.extend(names.into_iter().map(|name| (Key::Text(name), i as u32)));
            }
        }
        rows
    }
}

/// Needed during installation only (rpm's isTransientReq): once installed, nobody asks for it.
fn is_transient(flags: DepFlags) -> bool {
    let install = DepFlags::SCRIPT_PRE
        | DepFlags::SCRIPT_POST
        | DepFlags::RPMLIB
        | DepFlags::KEYRING
        | DepFlags::PRETRANS
        | DepFlags::POSTTRANS;
    let removal = DepFlags::SCRIPT_PREUN | DepFlags::SCRIPT_POSTUN;
    flags.intersects(install) && !flags.intersects(removal) && !flags.intersects(DepFlags::META)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rpmfile::Value;

    use super::*;

    /// A header with one entry beside an empty region, as the writer of packages makes it.
    fn header(entries: impl IntoIterator<Item = (Tag, Value)>) -> Header {
        let empty = [&[0, 0, 0, 1, 0, 0, 0, 0][..], &[0, 0, 0, 63, 0, 0, 0, 7], &[0; 8]].concat();
        Header::parse(empty)
            .unwrap()
            .with_entries(&BTreeMap::from_iter(entries))
            .unwrap()
    }

    fn texts(index: Index, header: &Header) -> Vec<(String, u32)> {
        let text = |(key, number)| match key {
            Key::Text(text) => (text, number),
            Key::Bytes(bytes) => (format!("{bytes:02x?}"), number),
        };
        index.rows(header).into_iter().map(text).collect()
    }

    #[test]
    fn what_is_needed_for_installation_only_is_left_out() {
        let flags = [
            DepFlags::SCRIPT_PRE,
            DepFlags::ANY,
            DepFlags::SCRIPT_PRE | DepFlags::SCRIPT_POSTUN,
        ];
        let meta = DepFlags::SCRIPT_POST | DepFlags::META;
        let flags = flags
            .into_iter()
            .chain([meta, DepFlags::RPMLIB])
            .map(|flags| flags.0)
            .collect();
        let header = header([
            (
                Tag::REQUIRE_NAME,
                Value::strings(["pre", "plain", "both", "meta", "rpmlib(X)"]),
            ),
            (Tag::REQUIRE_FLAGS, Value::U32(flags)),
        ]);
        let expected = [
            ("plain".to_owned(), 1),
            ("both".to_owned(), 2),
            ("meta".to_owned(), 3),
        ];
        assert_eq!(texts(Index::Requirename, &header), expected);
    }

    #[test]
    fn rich_names_share_the_number_but_not_in_provides() {
        let rich = Value::strings(["x", "(a if b)"]);
        let header = header([(Tag::CONFLICT_NAME, rich.clone()), (Tag::PROVIDE_NAME, rich)]);
        let keys = |index| {
            texts(index, &header)
                .into_iter()
                .map(|(key, n)| format!("{key}@{n}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(keys(Index::Conflictname), ["x@0", "(a if b)@1", "a@1", "!b@1"]);
        assert_eq!(keys(Index::Providename), ["x@0", "(a if b)@1"]);
    }

    #[test]
    fn a_package_always_has_a_group() {
        assert_eq!(texts(Index::Group, &header([])), [("Unknown".to_owned(), 0)]);
        assert!(texts(Index::Name, &header([])).is_empty());
    }

    #[test]
    fn transactions_are_little_endian() {
        let header = header([(Tag::INSTALL_TID, Value::U32(vec![0x6b00_01d4]))]);
        assert_eq!(
            texts(Index::Installtid, &header),
            [("[d4, 01, 00, 6b]".to_owned(), 0)]
        );
    }

    proptest::proptest! {
        #[test]
        fn no_header_panics(
            entries in proptest::collection::vec((0usize..20, 1u32..10, 0u32..40, 0u32..9), 1..12),
            data in proptest::collection::vec(proptest::sample::select(&b"(a if b)\0\0/x"[..]), 0..40),
        ) {
            let tags = Index::ALL.map(Index::tag).into_iter().chain([Tag::REQUIRE_FLAGS, Tag::FILE_TRIGGER_INDEX]);
            let tags: Vec<u32> = tags.map(|tag| tag.0).collect();
            let words = [entries.len() as u32, data.len() as u32].into_iter();
            let words = words.chain(entries.iter().flat_map(|(tag, kind, at, count)| [tags[*tag], *kind, *at, *count]));
            let mut bytes: Vec<u8> = words.flat_map(u32::to_be_bytes).collect();
            bytes.extend(data);
            if let Ok(header) = Header::parse(bytes) {
                Index::ALL.into_iter().for_each(|index| drop(index.rows(&header)));
            }
        }
    }
}
