//! `repomd.xml`: the one file that names all others.

use std::fmt::Write;

use crate::escape::escape;

/// The content of `repomd.xml`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repomd {
    /// A number or text that changes with the content; seconds since 1970 as a rule.
    pub revision: String,
    /// The metadata files.
    pub records: Vec<Record>,
}

/// One metadata file, as `repomd.xml` describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// `primary`, `filelists`, `other`, `updateinfo`, ...
    pub kind: String,
    /// Where it is, relative to the repository.
    pub location: String,
    /// Digest algorithm, `sha256` as a rule.
    pub checksum_type: String,
    /// Digest of the file, lower-case hex.
    pub checksum: String,
    /// Digest of the uncompressed content.
    pub open_checksum: String,
    /// Size of the file.
    pub size: Option<u64>,
    /// Size of the uncompressed content.
    pub open_size: Option<u64>,
    /// When it was made.
    pub timestamp: Option<u64>,
}

impl Repomd {
    /// The record of a kind.
    pub fn record(&self, kind: &str) -> Option<&Record> {
        self.records.iter().find(|record| record.kind == kind)
    }

    /// The file's text.
    pub fn to_xml(&self) -> String {
        let mut xml = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <repomd xmlns=\"http://linux.duke.edu/metadata/repo\" xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\">\n",
        );
        let _ = writeln!(xml, "  <revision>{}</revision>", escape(&self.revision));
        for record in &self.records {
            record.push_xml(&mut xml);
        }
        xml.push_str("</repomd>\n");
        xml
    }
}

impl Record {
    // Writing to a String cannot fail.
    fn push_xml(&self, xml: &mut String) {
        let kind = escape(&self.checksum_type);
        let _ = writeln!(xml, "  <data type=\"{}\">", escape(&self.kind));
        let _ = writeln!(
            xml,
            "    <checksum type=\"{kind}\">{}</checksum>",
            escape(&self.checksum)
        );
        let _ = writeln!(
            xml,
            "    <open-checksum type=\"{kind}\">{}</open-checksum>",
            escape(&self.open_checksum)
        );
        let _ = writeln!(xml, "    <location href=\"{}\"/>", escape(&self.location));
        for (name, value) in [
            ("timestamp", self.timestamp),
            ("size", self.size),
            ("open-size", self.open_size),
        ] {
            if let Some(value) = value {
                let _ = writeln!(xml, "    <{name}>{value}</{name}>");
            }
        }
        xml.push_str("  </data>\n");
    }
}
