//! Making `repodata/` from a directory of packages.

mod package_xml;
mod publish;
mod scan;
mod updateinfo;

use std::path::{Path, PathBuf};

use keyring::SigningKey;

use crate::advisory::Advisory;
use crate::error::Error;
use crate::repomd::Repomd;
use package_xml::Fragments;

/// Level 9 is where zstd's gain on this kind of text flattens out.
const DEFAULT_LEVEL: i32 = 9;

/// How to write a repository.
#[derive(Debug, Clone)]
pub struct WriteOptions<'a> {
    /// The time stated everywhere, in seconds since 1970. Equal input and time give equal bytes.
    pub time: u32,
    /// Who signs `repomd.xml`.
    pub signer: Option<&'a SigningKey>,
    /// Advisories to publish.
    pub advisories: &'a [Advisory],
    /// Where to remember what was read from unchanged packages. Outside the repository.
    pub scan_cache: Option<PathBuf>,
    /// zstd level.
    pub level: i32,
}

impl WriteOptions<'_> {
    /// Unsigned, without advisories and cache.
    pub fn new(time: u32) -> Self {
        Self {
            time,
            signer: None,
            advisories: &[],
            scan_cache: None,
            level: DEFAULT_LEVEL,
        }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// How many packages the repository has.
    pub packages: usize,
    /// How many of them had to be read; the others were known from the scan cache.
    pub scanned: usize,
    /// The new `repomd.xml`.
    pub repomd: Repomd,
}

/// Writes `repodata/` for all `*.rpm` files below `dir`.
///
/// The new metadata takes the place of the old at once, and only when all of it is on disk: whoever reads the
/// repository meanwhile sees the old state or the new one.
pub fn write_repo(dir: &Path, options: &WriteOptions<'_>) -> Result<Written, Error> {
    let scan = scan::scan(dir, options.scan_cache.as_deref())?;
    let documents = documents(&scan.packages, options.advisories);
    let repomd = publish::publish(dir, &documents, options)?;
    Ok(Written {
        packages: scan.packages.len(),
        scanned: scan.fresh,
        repomd,
    })
}

/// A metadata file before compression.
struct Document {
    kind: &'static str,
    text: String,
}

fn documents(packages: &[Fragments], advisories: &[Advisory]) -> Vec<Document> {
    let common =
        "xmlns=\"http://linux.duke.edu/metadata/common\" xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\"";
    let filelists = "xmlns=\"http://linux.duke.edu/metadata/filelists\"";
    let other = "xmlns=\"http://linux.duke.edu/metadata/other\"";
    let join = |root, namespace, part: fn(&Fragments) -> &str| document(root, namespace, packages, part);
    vec![
        Document {
            kind: "primary",
            text: join("metadata", common, |package| &package.primary),
        },
        Document {
            kind: "filelists",
            text: join("filelists", filelists, |package| &package.filelists),
        },
        Document {
            kind: "other",
            text: join("otherdata", other, |package| &package.other),
        },
        Document {
            kind: "updateinfo",
            text: updateinfo::to_xml(advisories),
        },
    ]
}

fn document(root: &str, namespace: &str, packages: &[Fragments], part: fn(&Fragments) -> &str) -> String {
    let size: usize = packages.iter().map(|package| part(package).len()).sum();
    let mut text = String::with_capacity(size + 256);
    text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    text.push_str(&format!("<{root} {namespace} packages=\"{}\">\n", packages.len()));
    packages.iter().for_each(|package| text.push_str(part(package)));
    text.push_str(&format!("</{root}>\n"));
    text
}
