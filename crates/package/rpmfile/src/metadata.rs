//! What the header says about the package, by the names people use.

use crate::{DepFlags, Dependency, Error, Evr, Header, Nevra, Tag};

impl Header {
    /// Name, version and architecture. An error when one is missing, or could lead a path astray.
    pub fn nevra(&self) -> Result<Nevra, Error> {
        let part = |tag, what: &str| {
            let text = self
                .get_str(tag)
                .ok_or_else(|| Error::header(format!("it has no {what}")))?;
            let sane = !text.is_empty() && !text.starts_with('.') && !text.contains(['/', ' ', '\n']);
            sane.then(|| text.to_owned())
                .ok_or_else(|| Error::header(format!("{text:?} is not a {what}")))
        };
        let epoch = self.get_u32(Tag::EPOCH).unwrap_or(0);
        let evr = Evr::new(
            epoch,
            part(Tag::VERSION, "version")?,
            part(Tag::RELEASE, "release")?,
        );
        // gpg-pubkey rows of the database have no architecture; rpm prints "(none)".
        let arch = if self.contains(Tag::ARCH) {
            part(Tag::ARCH, "architecture")?
        } else {
            "(none)".to_owned()
        };
        Ok(Nevra {
            name: part(Tag::NAME, "name")?,
            evr,
            arch,
        })
    }

    /// The package's name; empty when damaged.
    pub fn name(&self) -> &str {
        self.get_str(Tag::NAME).unwrap_or("")
    }

    /// The epoch, if any is stated: `0:` and no epoch are the same version but different text.
    pub fn epoch(&self) -> Option<u32> {
        self.get_u32(Tag::EPOCH)
    }

    /// The architecture; empty when there is none.
    pub fn arch(&self) -> &str {
        self.get_str(Tag::ARCH).unwrap_or("")
    }

    /// One line about the package.
    pub fn summary(&self) -> &str {
        self.get_str(Tag::SUMMARY).unwrap_or("")
    }

    /// Several lines about it.
    pub fn description(&self) -> &str {
        self.get_str(Tag::DESCRIPTION).unwrap_or("")
    }

    /// Its licence.
    pub fn license(&self) -> &str {
        self.get_str(Tag::LICENSE).unwrap_or("")
    }

    /// Its home page.
    pub fn url(&self) -> Option<&str> {
        self.get_str(Tag::URL)
    }

    /// The file name of the source package.
    pub fn source_rpm(&self) -> Option<&str> {
        self.get_str(Tag::SOURCE_RPM)
    }

    /// Whether this is a source package (rpm's headerIsSource: binary packages name their source package).
    pub fn is_source(&self) -> bool {
        self.contains(Tag::SOURCE_PACKAGE) || !self.contains(Tag::SOURCE_RPM)
    }

    /// Bytes its files take when installed.
    pub fn install_size(&self) -> u64 {
        self.get_u64(Tag::LONG_SIZE)
            .or_else(|| self.get_u64(Tag::SIZE))
            .unwrap_or(0)
    }

    /// Bytes of the uncompressed payload, from a header of the database.
    pub fn archive_size(&self) -> Option<u64> {
        self.get_u64(Tag::LONG_ARCHIVE_SIZE)
            .or_else(|| self.get_u64(Tag::ARCHIVE_SIZE))
    }

    /// What it needs.
    pub fn requires(&self) -> Vec<Dependency> {
        self.dependencies(Tag::REQUIRE_NAME, Tag::REQUIRE_FLAGS, Tag::REQUIRE_VERSION)
    }

    /// What it offers.
    pub fn provides(&self) -> Vec<Dependency> {
        self.dependencies(Tag::PROVIDE_NAME, Tag::PROVIDE_FLAGS, Tag::PROVIDE_VERSION)
    }

    /// What it cannot live with.
    pub fn conflicts(&self) -> Vec<Dependency> {
        self.dependencies(Tag::CONFLICT_NAME, Tag::CONFLICT_FLAGS, Tag::CONFLICT_VERSION)
    }

    /// What it replaces.
    pub fn obsoletes(&self) -> Vec<Dependency> {
        self.dependencies(Tag::OBSOLETE_NAME, Tag::OBSOLETE_FLAGS, Tag::OBSOLETE_VERSION)
    }

    /// What is installed with it by default.
    pub fn recommends(&self) -> Vec<Dependency> {
        self.dependencies(Tag::RECOMMEND_NAME, Tag::RECOMMEND_FLAGS, Tag::RECOMMEND_VERSION)
    }

    /// What goes well with it.
    pub fn suggests(&self) -> Vec<Dependency> {
        self.dependencies(Tag::SUGGEST_NAME, Tag::SUGGEST_FLAGS, Tag::SUGGEST_VERSION)
    }

    /// What it wants to be installed with by default.
    pub fn supplements(&self) -> Vec<Dependency> {
        self.dependencies(
            Tag::SUPPLEMENT_NAME,
            Tag::SUPPLEMENT_FLAGS,
            Tag::SUPPLEMENT_VERSION,
        )
    }

    /// What it goes well with.
    pub fn enhances(&self) -> Vec<Dependency> {
        self.dependencies(Tag::ENHANCE_NAME, Tag::ENHANCE_FLAGS, Tag::ENHANCE_VERSION)
    }

    /// What must be installed before it if it comes at the same time (`OrderWithRequires`).
    pub fn ordered_after(&self) -> Vec<Dependency> {
        self.dependencies(Tag::ORDER_NAME, Tag::ORDER_FLAGS, Tag::ORDER_VERSION)
    }

    fn dependencies(&self, name: Tag, flags: Tag, version: Tag) -> Vec<Dependency> {
        let flags = self.get_u32s(flags);
        let mut versions = self.strings(version);
        let dependency = |(i, name): (usize, &str)| Dependency {
            name: name.to_owned(),
            flags: DepFlags(flags.get(i).copied().unwrap_or(0)),
            evr: versions.next().unwrap_or("").to_owned(),
        };
        self.strings(name).enumerate().map(dependency).collect()
    }

    /// Dates (seconds since 1970), authors and texts of the changelog, newest first.
    pub fn changelog(&self) -> Vec<(u32, String, String)> {
        let times = self.get_u32s(Tag::CHANGELOG_TIME);
        let authors = self.strings(Tag::CHANGELOG_NAME);
        let texts = self.strings(Tag::CHANGELOG_TEXT);
        let entry = |((time, author), text): ((u32, &str), &str)| (time, author.to_owned(), text.to_owned());
        times.into_iter().zip(authors).zip(texts).map(entry).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header_writer::HeaderWriter;

    fn named(name: &str, version: &str) -> Result<Nevra, Error> {
        let mut writer = HeaderWriter::default();
        writer.put_str(Tag::NAME, name);
        writer.put_str(Tag::VERSION, version);
        writer.put_str(Tag::RELEASE, "1");
        Header::parse(writer.finish(Tag::HEADER_IMMUTABLE))?.nevra()
    }

    #[test]
    fn names_that_would_leave_a_directory_are_refused() {
        assert_eq!(named("a", "1").unwrap().to_string(), "a-1-1.(none)");
        for (name, version) in [
            ("../a", "1"),
            ("a", "1/2"),
            ("", "1"),
            ("a b", "1"),
            (".a", "1"),
            ("a", ""),
        ] {
            assert!(named(name, version).is_err(), "{name:?} {version:?}");
        }
    }

    #[test]
    fn a_list_without_flags_or_versions_is_read() {
        let mut writer = HeaderWriter::default();
        writer.put(Tag::REQUIRE_NAME, crate::Value::strings(["a", "b"]));
        writer.put(Tag::REQUIRE_FLAGS, crate::Value::U32(vec![DepFlags::EQUAL.0]));
        writer.put(Tag::REQUIRE_VERSION, crate::Value::strings(["1"]));
        let header = Header::parse(writer.finish(Tag::HEADER_IMMUTABLE)).unwrap();
        let texts: Vec<_> = header.requires().iter().map(Dependency::to_string).collect();
        assert_eq!(texts, ["a = 1", "b"]);
        assert!(header.provides().is_empty());
    }
}
