//! A metadata file on its way to disk: compressed with gzip, as createrepo_c does by default, and digested.

use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use repodata::Record;
use sha2::{Digest, Sha256};

/// The file, and what `repomd.xml` will say about it.
pub(crate) struct Document {
    kind: &'static str,
    path: PathBuf,
    encoder: Option<GzEncoder<BufWriter<File>>>,
    digest: Sha256,
    open_size: u64,
}

impl Document {
    /// Starts a file with the opening of its root element.
    pub(crate) fn begin(repodata: &Path, kind: &'static str, root: &str) -> anyhow::Result<Self> {
        let path = repodata.join(format!("{kind}.xml.gz"));
        let file = File::create(&path).with_context(|| format!("create {}", path.display()))?;
        let mut document = Self {
            kind,
            path,
            encoder: Some(GzEncoder::new(BufWriter::new(file), Compression::default())),
            digest: Sha256::new(),
            open_size: 0,
        };
        document.push("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
        document.push(root)?;
        document.push("\n")?;
        Ok(document)
    }

    pub(crate) fn push(&mut self, text: &str) -> anyhow::Result<()> {
        self.digest.update(text);
        self.open_size += text.len() as u64;
        let encoder = self.encoder.as_mut().context("the document has ended")?;
        encoder
            .write_all(text.as_bytes())
            .with_context(|| format!("write {}", self.path.display()))
    }

    /// Closes the root element and the file.
    pub(crate) fn end(&mut self, root: &str) -> anyhow::Result<()> {
        self.push(&format!("{root}\n"))?;
        let encoder = self.encoder.take().context("the document has ended")?;
        let mut file = encoder.finish()?;
        file.flush()
            .with_context(|| format!("write {}", self.path.display()))
    }

    /// Gives the file its final name, which has its digest in it, and describes it.
    pub(crate) fn finish(self, time: u64) -> anyhow::Result<Record> {
        let bytes = std::fs::read(&self.path).with_context(|| format!("read {}", self.path.display()))?;
        let checksum = hex::encode(Sha256::digest(&bytes));
        let name = format!("{checksum}-{}.xml.gz", self.kind);
        std::fs::rename(&self.path, self.path.with_file_name(&name))
            .with_context(|| format!("rename {}", self.path.display()))?;
        Ok(Record {
            kind: self.kind.to_owned(),
            location: format!("repodata/{name}"),
            checksum_type: "sha256".to_owned(),
            checksum,
            open_checksum: hex::encode(self.digest.finalize()),
            size: Some(bytes.len() as u64),
            open_size: Some(self.open_size),
            timestamp: Some(time),
        })
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:.1} MB of XML", self.kind, self.open_size as f64 / 1e6)
    }
}

/// Text for XML, markup escaped.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
