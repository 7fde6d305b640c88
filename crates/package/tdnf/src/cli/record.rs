//! A package as queries show it, whether installed or on offer.

use repodata::PackageRef;
use rpmdb::Installed;
use serde::Serialize;

use depsolve::{Identity, Relation, RelationKind};

/// What `list` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) arch: String,
    pub(crate) evr: String,
    pub(crate) repo: String,
}

/// What `info` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Described {
    #[serde(flatten)]
    pub(crate) listed: Listed,
    #[serde(skip)]
    pub(crate) epoch: u32,
    #[serde(skip)]
    pub(crate) version: String,
    #[serde(skip)]
    pub(crate) release: String,
    pub(crate) url: String,
    pub(crate) install_size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) download_size: Option<u64>,
    pub(crate) summary: String,
    pub(crate) license: String,
    pub(crate) description: String,
}

/// A package of either kind.
#[derive(Clone, Copy)]
pub(crate) enum Package<'a> {
    Installed(&'a Installed),
    Available(PackageRef<'a>, &'a str),
}

impl<'a> Package<'a> {
    pub(crate) fn identity(self) -> Identity<'a> {
        match self {
            Self::Installed(package) => crate::installed::identity(&package.header),
            Self::Available(package, _) => crate::repository::identity(package),
        }
    }

    pub(crate) fn repo(self) -> &'a str {
        match self {
            Self::Installed(_) => "@System",
            Self::Available(_, repo) => repo,
        }
    }

    pub(crate) fn summary(self) -> &'a str {
        match self {
            Self::Installed(package) => package.header.summary(),
            Self::Available(package, _) => package.summary(),
        }
    }

    pub(crate) fn description(self) -> &'a str {
        match self {
            Self::Installed(package) => package.header.description(),
            Self::Available(package, _) => package.description(),
        }
    }

    /// What tells it from all others: repository and number.
    pub(crate) fn key(self) -> (&'a str, u32) {
        match self {
            Self::Installed(package) => ("@System", package.hnum),
            Self::Available(package, repo) => (repo, package.id()),
        }
    }

    /// When it was built, in seconds since 1970.
    pub(crate) fn build_time(self) -> u32 {
        match self {
            Self::Installed(package) => package.header.get_u32(rpmfile::Tag::BUILD_TIME).unwrap_or(0),
            Self::Available(package, _) => package.build_time(),
        }
    }

    /// File name of the source package it was built from; empty for source packages.
    pub(crate) fn source_rpm(self) -> &'a str {
        match self {
            Self::Installed(package) => package.header.source_rpm().unwrap_or(""),
            Self::Available(package, _) => package.source_rpm(),
        }
    }

    /// Visits its relations of one kind, but not those to the package manager itself.
    pub(crate) fn relations(self, kind: RelationKind, visit: &mut dyn FnMut(Relation<'a>)) {
        let mut visit = |relation: Relation<'a>| {
            if !relation.is_rpmlib() {
                visit(relation);
            }
        };
        match self {
            Self::Installed(package) => crate::installed::relations(&package.header, kind, &mut visit),
            Self::Available(package, _) => crate::repository::relations(package, kind, &mut visit),
        }
    }

    pub(crate) fn listed(self) -> Listed {
        let identity = self.identity();
        Listed {
            name: identity.name.to_owned(),
            arch: identity.arch.to_owned(),
            evr: identity.evr(),
            repo: self.repo().to_owned(),
        }
    }

    pub(crate) fn described(self) -> Described {
        let identity = self.identity();
        let (url, license, install_size, download_size) = match self {
            Self::Installed(package) => {
                let header = &package.header;
                (
                    header.url().unwrap_or(""),
                    header.license(),
                    header.install_size(),
                    None,
                )
            }
            Self::Available(package, _) => (
                package.url(),
                package.license(),
                package.installed_size(),
                Some(package.size()),
            ),
        };
        Described {
            listed: self.listed(),
            epoch: identity.epoch,
            version: identity.version.to_owned(),
            release: identity.release.to_owned(),
            url: url.to_owned(),
            install_size,
            download_size,
            summary: self.summary().to_owned(),
            license: license.to_owned(),
            description: self.description().to_owned(),
        }
    }
}

/// Whether a package is what a word stands for: name, `name.arch`, `name-version[-release[.arch]]` or a
/// pattern of these.
pub(crate) fn is_meant(identity: &Identity<'_>, words: &[String]) -> bool {
    words.is_empty() || words.iter().any(|word| matches(identity, word))
}

fn matches(p: &Identity<'_>, word: &str) -> bool {
    let is = |text: &str| text == word || depsolve::glob_match(word, text);
    if is(p.name) {
        return true;
    }
    // Longer forms begin with the name; without it there is no need to build them.
    let plain = !word.contains(['*', '?', '[']);
    if plain && !word.contains(p.name) {
        return false;
    }
    is(&format!("{}.{}", p.name, p.arch))
        || is(&format!("{}-{}", p.name, p.version))
        || is(&format!("{}-{}", p.name, p.evr()))
        || is(&p.to_string())
}
