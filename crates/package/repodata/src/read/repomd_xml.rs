//! Reading `repomd.xml`.

use super::xml::{Attributes, Handler, walk};
use crate::repomd::{Record, Repomd};

/// Parses and checks `repomd.xml`. Every location must lie within the repository.
pub(crate) fn parse(bytes: &[u8]) -> Result<Repomd, String> {
    let mut parser = Parser::default();
    walk(bytes, &mut parser)?;
    let repomd = parser.repomd;
    match repomd.record("primary") {
        Some(_) => Ok(repomd),
        None => Err("it does not name a primary file".to_owned()),
    }
}

#[derive(Default)]
struct Parser {
    repomd: Repomd,
    record: Record,
}

impl Handler for Parser {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<(), String> {
        match name {
            "data" => {
                self.record = Record {
                    kind: attributes.get("type")?.unwrap_or_default(),
                    ..Record::default()
                }
            }
            "checksum" => self.record.checksum_type = attributes.get("type")?.unwrap_or_default(),
            "location" => self.record.location = check_location(attributes.get("href")?.unwrap_or_default())?,
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str, text: &str) -> Result<(), String> {
        let text = text.trim();
        match name {
            "revision" => self.repomd.revision = text.to_owned(),
            "checksum" => self.record.checksum = text.to_owned(),
            "open-checksum" => self.record.open_checksum = text.to_owned(),
            "size" => self.record.size = text.parse().ok(),
            "open-size" => self.record.open_size = text.parse().ok(),
            "timestamp" => {
                self.record.timestamp = text.split('.').next().and_then(|seconds| seconds.parse().ok())
            }
            "data" => self.repomd.records.push(std::mem::take(&mut self.record)),
            _ => {}
        }
        Ok(())
    }
}

/// A location is joined to directories of ours, so it must not lead out of them.
pub(crate) fn check_location(href: String) -> Result<String, String> {
    let bad_part = |part: &str| part.is_empty() || part == "." || part == "..";
    match href.split('/').any(bad_part) || href.contains(['\0', '\\', '\n']) || href.contains("://") {
        true => Err(format!("the location {href:?} leads out of the repository")),
        false => Ok(href),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_we_write() {
        let record = Record {
            kind: "primary".to_owned(),
            location: "repodata/a-primary.xml.zst".to_owned(),
            checksum_type: "sha256".to_owned(),
            checksum: "12".to_owned(),
            open_checksum: "34".to_owned(),
            size: Some(5),
            open_size: Some(6),
            timestamp: Some(7),
        };
        let repomd = Repomd {
            revision: "1".to_owned(),
            records: vec![record],
        };
        assert_eq!(parse(repomd.to_xml().as_bytes()).unwrap(), repomd);
    }

    #[test]
    fn locations_stay_inside() {
        for bad in [
            "/etc/passwd",
            "../up",
            "a/../../b",
            "",
            "http://elsewhere/x",
            "a//b",
        ] {
            assert!(check_location(bad.to_owned()).is_err(), "{bad}");
        }
        assert!(check_location("Packages/a..b-1.rpm".to_owned()).is_ok());
    }

    #[test]
    fn a_repomd_without_primary_is_refused() {
        assert!(parse(b"<repomd><revision>1</revision></repomd>").is_err());
        assert!(parse(b"<html>captive portal</html>").is_err());
    }
}
