//! Change logs (`other.xml`), read on demand: few ask for them.

use std::collections::BTreeMap;
use std::io::BufRead;

use super::xml::{Attributes, Handler, walk};

/// One entry of a package's change log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changelog {
    /// Seconds since 1970.
    pub time: i64,
    /// Who, usually with address and version.
    pub author: String,
    /// What.
    pub text: String,
}

/// Parses the change logs of the packages with these checksums, by checksum.
pub(crate) fn parse(
    source: impl BufRead,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<String, Vec<Changelog>>, String> {
    let mut parser = Parser {
        wanted,
        found: BTreeMap::new(),
        package: None,
        entry: Changelog::default(),
    };
    walk(source, &mut parser)?;
    Ok(parser.found)
}

struct Parser<'w> {
    wanted: &'w dyn Fn(&str) -> bool,
    found: BTreeMap<String, Vec<Changelog>>,
    package: Option<String>,
    entry: Changelog,
}

impl Handler for Parser<'_> {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<(), String> {
        match name {
            "package" => {
                let checksum = attributes.get("pkgid")?;
                self.package = checksum.filter(|checksum| (self.wanted)(checksum));
            }
            "changelog" if self.package.is_some() => {
                self.entry = Changelog {
                    time: attributes
                        .get("date")?
                        .and_then(|date| date.parse().ok())
                        .unwrap_or(0),
                    author: attributes.get("author")?.unwrap_or_default(),
                    text: String::new(),
                };
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str, text: &str) -> Result<(), String> {
        match (name, &self.package) {
            ("changelog", Some(checksum)) => {
                let mut entry = std::mem::take(&mut self.entry);
                entry.text = text.to_owned();
                self.found.entry(checksum.clone()).or_default().push(entry);
            }
            ("package", _) => self.package = None,
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_packages_asked_for_are_kept() {
        let xml = "<otherdata><package pkgid=\"a\" name=\"x\"><changelog author=\"Jo &lt;j@x&gt;\" date=\"5\">- one\n</changelog>\
                   <changelog author=\"Jo\" date=\"6\">- two</changelog></package>\
                   <package pkgid=\"b\"><changelog author=\"Al\" date=\"7\">- other</changelog></package></otherdata>";
        let found = parse(xml.as_bytes(), &|checksum| checksum == "a").unwrap();
        assert_eq!(found.len(), 1);
        let entry = &found["a"][0];
        assert_eq!((entry.time, entry.author.as_str()), (5, "Jo <j@x>"));
        assert_eq!(entry.text.trim(), "- one");
        assert_eq!(found["a"][1].text, "- two");
    }
}
