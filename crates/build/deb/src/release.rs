//! A suite's Release file: its date and the digests of its indexes.

use std::collections::BTreeMap;

use crate::deb822::Paragraph;
use crate::error::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// The digest and size of one index file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexFile {
    /// SHA-256 in lower-case hex.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
}

/// What a Release file says. Parse it only from text whose signature was verified.
#[derive(Debug, Clone)]
pub struct Release {
    /// `trixie`, `trixie-security`.
    pub codename: String,
    /// When the suite was published, seconds since 1970.
    pub date: u64,
    /// When it should no longer be believed, if it says so.
    pub valid_until: Option<u64>,
    /// Whether indexes can be fetched by their digest, which no mirror update can race.
    pub by_hash: bool,
    files: BTreeMap<String, IndexFile>,
}

impl Release {
    /// Parses the (verified) text.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let stanza = Paragraph::new(text);
        let codename = stanza.get("Codename").unwrap_or_default().to_owned();
        let fail = |reason: &str| Error::Release {
            suite: codename.clone(),
            reason: reason.to_owned(),
        };
        if codename.is_empty() {
            return Err(fail("it has no Codename"));
        }
        let date = stanza
            .get("Date")
            .and_then(parse_date)
            .ok_or_else(|| fail("it has no readable Date"))?;
        let files: BTreeMap<_, _> = stanza.lines("SHA256").filter_map(entry).collect();
        if files.is_empty() {
            return Err(fail("it lists no SHA256 digests"));
        }
        let valid_until = stanza.get("Valid-Until").and_then(parse_date);
        let by_hash = stanza.get("Acquire-By-Hash") == Some("yes");
        Ok(Self {
            codename,
            date,
            valid_until,
            by_hash,
            files,
        })
    }

    /// The digest of an index by its path below the suite: `main/binary-amd64/Packages.xz`.
    pub fn file(&self, path: &str) -> Option<&IndexFile> {
        self.files.get(path)
    }
}

fn entry(line: &str) -> Option<(String, IndexFile)> {
    let mut words = line.split_ascii_whitespace();
    let (sha256, size, path) = (words.next()?, words.next()?.parse().ok()?, words.next()?);
    let hex = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit());
    hex.then(|| {
        (
            path.to_owned(),
            IndexFile {
                sha256: sha256.to_ascii_lowercase(),
                size,
            },
        )
    })
}

/// A date as in Release files and HTTP (`Sat, 12 Sep 2026 07:55:41 UTC`) as seconds since 1970.
pub fn parse_date(text: &str) -> Option<u64> {
    // RFC 2822 knows this zone as GMT only.
    let text = text.trim().replace("UTC", "GMT");
    let date = OffsetDateTime::parse(&text, &Rfc2822).ok()?;
    date.offset()
        .is_utc()
        .then(|| date.unix_timestamp().try_into().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Origin: Debian\nCodename: trixie\nDate: Sat, 12 Sep 2026 07:55:41 UTC\n\
        Acquire-By-Hash: yes\nMD5Sum:\n 3e498904a30e240573dac8ddac594e6f 5 main/x\nSHA256:\n \
        4f2c68d67001d595fbd343f6dbad44468953a51c4d9dec3a4803249f6e295940 56620099 main/binary-amd64/Packages\n";

    #[test]
    fn sha256_digests_are_read() {
        let release = Release::parse(TEXT).unwrap();
        assert_eq!(
            release.file("main/binary-amd64/Packages").unwrap().size,
            56_620_099
        );
        assert_eq!(release.file("main/x"), None);
        assert!(release.by_hash);
    }

    #[test]
    fn dates_agree_with_date_1() {
        // date -ud '2026-09-12 07:55:41' +%s
        assert_eq!(parse_date("Sat, 12 Sep 2026 07:55:41 UTC"), Some(1_789_199_741));
        assert_eq!(parse_date("Thu, 29 Feb 2024 00:00:00 GMT"), Some(1_709_164_800));
        assert_eq!(parse_date("Thu, 01 Jan 1970 00:00:00 UTC"), Some(0));
        for bad in [
            "",
            "Sat, 12 Foo 2026 07:55:41 UTC",
            "Sat, 12 Sep 2026 25:55:41 UTC",
            "Sat, 12 Sep 2026 07:55:41 CET",
        ] {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_release_without_digests_is_refused() {
        assert!(Release::parse("Codename: x\nDate: Sat, 12 Sep 2026 07:55:41 UTC\n").is_err());
        assert!(Release::parse(&TEXT.replace("Codename", "Suite")).is_err());
        assert!(Release::parse(&TEXT.replace("2026", "soon")).is_err());
    }
}
