//! The full name of a package.

use std::fmt;

use crate::Evr;

/// Name, epoch, version, release and architecture.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nevra {
    /// The package's name.
    pub name: String,
    /// Its version.
    pub evr: Evr,
    /// Its architecture, or `noarch`.
    pub arch: String,
}

impl Nevra {
    /// From its parts.
    pub fn new(name: impl Into<String>, evr: Evr, arch: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            evr,
            arch: arch.into(),
        }
    }

    /// From `name-[epoch:]version-release.arch`. None when a part is missing.
    pub fn parse(text: &str) -> Option<Self> {
        let (rest, arch) = text.rsplit_once('.')?;
        let (rest, release) = rest.rsplit_once('-')?;
        let (name, version) = rest.rsplit_once('-')?;
        let complete = [name, version, release, arch].iter().all(|part| !part.is_empty());
        complete.then(|| Self::new(name, Evr::parse(&format!("{version}-{release}")), arch))
    }

    /// The name of the package's file: without the epoch, as rpmbuild names it.
    pub fn file_name(&self) -> String {
        format!(
            "{}-{}-{}.{}.rpm",
            self.name, self.evr.version, self.evr.release, self.arch
        )
    }
}

impl fmt::Display for Nevra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}.{}", self.name, self.evr, self.arch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_it_displays() {
        for text in [
            "bash-5.2.15-2.x86_64",
            "openssl-libs-1:3.5.4-0.s0.1.x86_64",
            "tzdata-2025b-1.lm1.noarch",
        ] {
            assert_eq!(Nevra::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn incomplete_names_are_refused() {
        for text in [
            "bash",
            "bash-5.2",
            "bash-5.2-1",
            "-5.2-1.x86_64",
            "bash-5.2-.x86_64",
            "bash-5.2-1.",
        ] {
            assert_eq!(Nevra::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_file_name_has_no_epoch() {
        let nevra = Nevra::parse("a-b-1:2-3.noarch").unwrap();
        assert_eq!(
            (nevra.name.as_str(), nevra.file_name().as_str()),
            ("a-b", "a-b-2-3.noarch.rpm")
        );
    }
}
