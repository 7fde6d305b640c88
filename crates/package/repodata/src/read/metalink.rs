//! Metalink documents, version 3 (metalinker.org, with the `alternates` of MirrorManager) and version 4 (RFC 5854):
//! where mirrors are, and which `repomd.xml` they should have.
//!
//! The numbers of what can be wrong with one are those of the original's metalink plugin.

use super::digest;
use super::xml::{Attributes, Handler, walk};

const FILE: &str = "repomd.xml";
const SUFFIX: &str = "/repodata/repomd.xml";

/// What is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetalinkFault {
    /// Not a well-formed document.
    #[error("it cannot be understood: {0}")]
    Document(String),
    /// Another kind of document.
    #[error("it is no metalink document")]
    Root,
    /// A file without a name.
    #[error("a file has no name")]
    NoFileName,
    /// About another file.
    #[error("it is about {0}, not about repomd.xml")]
    OtherFile(String),
    /// A size that is no number.
    #[error("the size {0:?} is no number")]
    Size(String),
    /// A digest of no kind.
    #[error("a hash has no type")]
    NoHashType,
    /// A digest without a value.
    #[error("a hash has no value")]
    NoHash,
    /// A preference or priority outside its range.
    #[error("the preference {0:?} is not a number from 0 to 100 (priority: 1 to 999999)")]
    Preference(String),
    /// A mirror without an address.
    #[error("a url is empty")]
    NoUrl,
    /// No digest at all.
    #[error("it has no digest to check repomd.xml with")]
    NoHashes,
    /// Only digests with which a forged file could be made.
    #[error("it has only md5 and sha1 digests, which prove nothing; sha256 or sha512 is needed")]
    WeakHash,
    /// No mirror that can be used.
    #[error("it names no mirror with an address of http or https that ends in {SUFFIX}")]
    NoMirror,
}

impl MetalinkFault {
    /// The original's number (include/tdnferror.h).
    pub fn number(&self) -> u32 {
        match self {
            Self::NoMirror => 2500,
            Self::NoHashes => 2502,
            Self::WeakHash => 2600,
            Self::Document(_) => 2701,
            Self::Root => 2702,
            Self::NoFileName => 2703,
            Self::OtherFile(_) => 2704,
            Self::Size(_) => 2705,
            Self::NoHashType => 2706,
            Self::NoHash => 2707,
            Self::Preference(_) => 2708,
            Self::NoUrl => 2709,
        }
    }
}

/// A document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Metalink {
    /// Base addresses, the most preferred first.
    pub(crate) bases: Vec<String>,
    /// The digests that `repomd.xml` may have: of the newest one, and of older ones that mirrors may still have.
    hashes: Vec<(&'static str, String)>,
}

impl Metalink {
    /// Whether a `repomd.xml` is one that the document describes, by the strongest digest it states.
    pub(crate) fn describes(&self, repomd: &[u8]) -> bool {
        let strongest = ["sha512", "sha256"]
            .into_iter()
            .find(|kind| self.hashes.iter().any(|(found, _)| found == kind));
        let mut candidates = self.hashes.iter().filter(|(kind, _)| Some(*kind) == strongest);
        candidates.any(|(kind, value)| digest::check(repomd, kind, value).is_ok())
    }
}

/// Reads a document.
pub(crate) fn parse(bytes: &[u8]) -> Result<Metalink, MetalinkFault> {
    let mut parser = Parser::default();
    let walked = walk(bytes, &mut parser);
    if let Some(fault) = parser.fault {
        return Err(fault);
    }
    walked.map_err(MetalinkFault::Document)?;
    parser.finish()
}

#[derive(Default)]
struct Parser {
    depth: usize,
    file: bool,
    rank: u32,
    hash: Option<String>,
    urls: Vec<(u32, String)>,
    hashes: Vec<(String, String)>,
    fault: Option<MetalinkFault>,
}

impl Parser {
    fn start_element(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<(), MetalinkFault> {
        let attribute = |key: &str| attributes.get(key).map_err(MetalinkFault::Document);
        match name {
            _ if self.depth == 0 && name != "metalink" => return Err(MetalinkFault::Root),
            "file" => match attribute("name")? {
                None => return Err(MetalinkFault::NoFileName),
                Some(name) if name != FILE => return Err(MetalinkFault::OtherFile(name)),
                Some(_) => self.file = true,
            },
            "hash" => self.hash = Some(attribute("type")?.ok_or(MetalinkFault::NoHashType)?),
            "url" => self.rank = rank(attribute("preference")?, attribute("priority")?)?,
            _ => {}
        }
        self.depth += 1;
        Ok(())
    }

    fn end_element(&mut self, name: &str, text: &str) -> Result<(), MetalinkFault> {
        let text = text.trim();
        match name {
            "size" if text.parse::<u64>().is_err() => return Err(MetalinkFault::Size(text.to_owned())),
            "hash" if text.is_empty() => return Err(MetalinkFault::NoHash),
            "hash" => {
                let kind = self.hash.take().unwrap_or_default();
                self.hashes.push((kind, text.to_owned()));
            }
            "url" if text.is_empty() => return Err(MetalinkFault::NoUrl),
            "url" => self.urls.push((self.rank, text.to_owned())),
            _ => {}
        }
        Ok(())
    }

    fn note(&mut self, outcome: Result<(), MetalinkFault>) -> Result<(), String> {
        outcome.map_err(|fault| {
            let text = fault.to_string();
            self.fault = Some(fault);
            text
        })
    }

    fn finish(mut self) -> Result<Metalink, MetalinkFault> {
        if !self.file {
            return Err(MetalinkFault::OtherFile("nothing".to_owned()));
        }
        if self.hashes.is_empty() {
            return Err(MetalinkFault::NoHashes);
        }
        let strong = |(kind, value): (String, String)| Some((known(&kind)?, value));
        let hashes: Vec<_> = self.hashes.into_iter().filter_map(strong).collect();
        if hashes.is_empty() {
            return Err(MetalinkFault::WeakHash);
        }
        // Stable: among equals the document's order counts.
        self.urls.sort_by_key(|(rank, _)| *rank);
        let bases: Vec<String> = self.urls.iter().filter_map(|(_, url)| base(url)).collect();
        match bases.is_empty() {
            true => Err(MetalinkFault::NoMirror),
            false => Ok(Metalink { bases, hashes }),
        }
    }
}

impl Handler for Parser {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<(), String> {
        let outcome = self.start_element(name, attributes);
        self.note(outcome)
    }

    fn end(&mut self, name: &str, text: &str) -> Result<(), String> {
        let outcome = self.end_element(name, text);
        self.note(outcome)
    }
}

/// Lower is better: a preference counts down from 100, a priority up from 1.
fn rank(preference: Option<String>, priority: Option<String>) -> Result<u32, MetalinkFault> {
    let number = |text: &str| text.trim().parse::<u32>().ok();
    match (preference, priority) {
        (Some(text), _) => match number(&text) {
            Some(value) if value <= 100 => Ok(100 - value),
            _ => Err(MetalinkFault::Preference(text)),
        },
        (None, Some(text)) => match number(&text) {
            Some(value) if (1..=999_999).contains(&value) => Ok(value),
            _ => Err(MetalinkFault::Preference(text)),
        },
        (None, None) => Ok(1_000_000),
    }
}

/// Digests without known collisions, under both spellings.
fn known(kind: &str) -> Option<&'static str> {
    match kind {
        "sha256" | "sha-256" => Some("sha256"),
        "sha512" | "sha-512" => Some("sha512"),
        _ => None,
    }
}

/// The address of a repository, from that of its `repomd.xml`; as in lists of mirrors, none with spaces in it.
fn base(url: &str) -> Option<String> {
    let web = url.starts_with("https://") || url.starts_with("http://");
    let usable = web && !url.contains(|c: char| c.is_whitespace() || c.is_control());
    url.strip_suffix(SUFFIX).filter(|_| usable).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const V3: &str = r#"<?xml version="1.0"?>
<metalink version="3.0" xmlns="http://www.metalinker.org/" xmlns:mm0="http://fedorahosted.org/mirrormanager">
 <files><file name="repomd.xml"><mm0:timestamp>1</mm0:timestamp><size>3</size>
  <verification><hash type="md5">00</hash><hash type="sha256">ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad</hash></verification>
  <mm0:alternates><mm0:alternate><size>3</size><verification><hash type="sha256">cb8379ac2098aa165029e3938a51da0bcecfc008fd6795f401178647f96c5b34</hash></verification></mm0:alternate></mm0:alternates>
  <resources maxconnections="1">
   <url protocol="rsync" type="rsync" preference="100">rsync://r/repodata/repomd.xml</url>
   <url protocol="http" preference="50">http://second/x/repodata/repomd.xml</url>
   <url protocol="https" preference="99">https://first/repodata/repomd.xml</url>
   <url>http://last/repodata/repomd.xml</url>
  </resources></file></files></metalink>"#;

    #[test]
    fn mirrors_come_by_preference_and_hashes_with_their_alternates() {
        let metalink = parse(V3.as_bytes()).unwrap();
        assert_eq!(
            metalink.bases,
            ["https://first", "http://second/x", "http://last"]
        );
        assert!(metalink.describes(b"abc") && metalink.describes(b"def") && !metalink.describes(b"ghi"));
    }

    #[test]
    fn version_four_counts_priorities_upwards_and_the_strongest_digest_decides() {
        let text = "<metalink xmlns='urn:ietf:params:xml:ns:metalink'><file name='repomd.xml'><size>3</size>\
            <hash type='sha-256'>ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad</hash>\
            <hash type='sha-512'>00</hash>\
            <url priority='2'>http://b/repodata/repomd.xml</url><url priority='1'>http://a/repodata/repomd.xml</url>\
            </file></metalink>";
        let metalink = parse(text.as_bytes()).unwrap();
        assert_eq!(metalink.bases, ["http://a", "http://b"]);
        assert!(!metalink.describes(b"abc"), "the sha512 is another one");
    }

    /// Found by fuzzing: an attribute that is not closed runs into the next element.
    #[test]
    fn an_address_with_spaces_is_none() {
        for odd in ["http://la st", "http://last/\u{7f}", "http://last' x='ftp://r"] {
            let text = V3.replace("http://last", odd);
            assert_eq!(
                parse(text.as_bytes()).unwrap().bases,
                ["https://first", "http://second/x"]
            );
        }
    }

    #[test]
    fn faults_have_the_numbers_of_the_original() {
        for (wrong, number) in [
            (V3.replace("</metalink>", ""), 2701),
            ("<html/>".to_owned(), 2702),
            (V3.replace("<file name=\"repomd.xml\">", "<file>"), 2703),
            (V3.replace("\"repomd.xml\"", "\"other.xml\""), 2704),
            (V3.replace("<size>3<", "<size>three<"), 2705),
            (V3.replace("<hash type=\"md5\">", "<hash>"), 2706),
            (V3.replace(">00<", "><"), 2707),
            (V3.replace("\"99\"", "\"101\""), 2708),
            (V3.replace("http://last/repodata/repomd.xml", ""), 2709),
            (V3.replace("sha256", "sha1"), 2600),
            (V3.replace("/repodata/repomd.xml<", "/repomd.xml<"), 2500),
        ] {
            assert_eq!(parse(wrong.as_bytes()).unwrap_err().number(), number, "{wrong}");
        }
    }
}
