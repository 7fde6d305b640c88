//! The package index of a suite: `Packages`.

use std::collections::HashMap;

use crate::deb822::{Paragraph, paragraphs};
use crate::error::Error;
use crate::version::Version;

/// One package of an index, with what an import needs to pin it.
#[derive(Debug, Clone)]
pub struct Package {
    /// The name.
    pub name: String,
    /// The version as written.
    pub version: String,
    /// Debian's architecture name; `all` for packages without machine code.
    pub architecture: String,
    /// Path below the mirror's root.
    pub filename: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 in lower-case hex.
    pub sha256: String,
    /// The source package.
    pub source: String,
    /// The field `Depends` as written.
    pub depends: String,
}

/// An index, searchable by name. The text stays as it is; stanzas are parsed when asked for.
#[derive(Debug, Default)]
pub struct Index {
    text: String,
    stanzas: HashMap<Box<str>, Vec<std::ops::Range<usize>>>,
}

impl Index {
    /// Takes the (verified) text of a `Packages` file.
    pub fn new(text: String) -> Self {
        let mut stanzas: HashMap<Box<str>, Vec<_>> = HashMap::new();
        for paragraph in paragraphs(&text) {
            let start = paragraph.text().as_ptr() as usize - text.as_ptr() as usize;
            let range = start..start + paragraph.text().len();
            if let Some(name) = paragraph.get("Package") {
                stanzas.entry(name.into()).or_default().push(range);
            }
        }
        Self { text, stanzas }
    }

    /// All versions of a package in this index.
    pub fn find(&self, name: &str) -> Result<Vec<Package>, Error> {
        let ranges = self.stanzas.get(name).map(Vec::as_slice).unwrap_or_default();
        ranges
            .iter()
            .map(|range| package(&self.text[range.clone()]))
            .collect()
    }

    /// The highest version of a package in this index.
    pub fn newest(&self, name: &str) -> Result<Option<Package>, Error> {
        let mut best: Option<(Version, Package)> = None;
        for package in self.find(name)? {
            let version: Version = package.version.parse()?;
            if best.as_ref().is_none_or(|(highest, _)| version > *highest) {
                best = Some((version, package));
            }
        }
        Ok(best.map(|(_, package)| package))
    }

    /// The names of all packages, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.stanzas.keys().map(|name| &**name)
    }
}

impl Package {
    /// The names in `Depends`, alternatives included, without versions and architectures.
    pub fn dependency_names(&self) -> impl Iterator<Item = &str> {
        let names = self.depends.split([',', '|']);
        names.filter_map(|one| one.split_ascii_whitespace().next()?.split([':', '(']).next())
    }
}

fn package(text: &str) -> Result<Package, Error> {
    let stanza = Paragraph::new(text);
    let name = stanza.get("Package").unwrap_or_default();
    let fields = Fields { stanza, name };
    Ok(Package {
        name: name.to_owned(),
        version: fields.text("Version")?,
        architecture: fields.text("Architecture")?,
        filename: fields.filename()?,
        size: fields
            .text("Size")?
            .parse()
            .map_err(|_| fields.error("its Size is not a number"))?,
        sha256: fields.sha256()?,
        source: fields.source(),
        depends: stanza.get("Depends").unwrap_or_default().to_owned(),
    })
}

/// Reads the fields of one stanza; errors name the package.
struct Fields<'a> {
    stanza: Paragraph<'a>,
    name: &'a str,
}

impl Fields<'_> {
    fn error(&self, reason: impl Into<String>) -> Error {
        Error::Index {
            name: self.name.to_owned(),
            reason: reason.into(),
        }
    }

    fn text(&self, field: &str) -> Result<String, Error> {
        let value = self.stanza.get(field).map(str::to_owned);
        value.ok_or_else(|| self.error(format!("it has no {field}")))
    }

    fn sha256(&self) -> Result<String, Error> {
        let digest = self.text("SHA256")?.to_ascii_lowercase();
        match digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            true => Ok(digest),
            false => Err(self.error("its SHA256 is not 64 hex digits")),
        }
    }

    fn filename(&self) -> Result<String, Error> {
        let path = self.text("Filename")?;
        match path.split('/').any(|part| part == ".." || part.is_empty()) {
            true => Err(self.error(format!("its Filename {path:?} leaves the mirror"))),
            false => Ok(path),
        }
    }

    /// `Source: glibc (2.41-12)`: the version is written only when it differs, the field only when the name does.
    fn source(&self) -> String {
        let written = self
            .stanza
            .get("Source")
            .and_then(|source| source.split_ascii_whitespace().next());
        written.unwrap_or(self.name).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stanza(name: &str, version: &str, filename: &str) -> String {
        let digest = "ab".repeat(32);
        format!(
            "Package: {name}\nVersion: {version}\nArchitecture: amd64\nFilename: {filename}\n\
             Size: 10\nSHA256: {digest}\n\n"
        )
    }

    #[test]
    fn the_highest_version_wins() {
        let text =
            stanza("a", "1.9", "pool/a1") + &stanza("a", "1.10", "pool/a2") + &stanza("a", "1.2", "pool/a3");
        let index = Index::new(text);
        assert_eq!(index.newest("a").unwrap().unwrap().filename, "pool/a2");
        assert!(index.newest("b").unwrap().is_none());
    }

    #[test]
    fn a_path_that_leaves_the_mirror_is_refused() {
        for path in ["../../etc/passwd", "/etc/passwd", "pool//x"] {
            assert!(Index::new(stanza("a", "1", path)).newest("a").is_err(), "{path}");
        }
    }

    #[test]
    fn dependency_names_lose_versions_and_architectures() {
        let text = stanza("a", "1", "pool/a").replace("Size", "Depends: b (>= 1), c:any | d, e(<< 2)\nSize");
        let package = Index::new(text).newest("a").unwrap().unwrap();
        assert_eq!(
            package.dependency_names().collect::<Vec<_>>(),
            ["b", "c", "d", "e"]
        );
    }

    #[test]
    fn a_missing_digest_is_refused() {
        let text = stanza("a", "1", "pool/a").replace("SHA256", "SHA1");
        assert!(
            Index::new(text)
                .newest("a")
                .unwrap_err()
                .to_string()
                .contains("SHA256")
        );
    }
}
