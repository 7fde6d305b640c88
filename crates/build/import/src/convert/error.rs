//! What can go wrong while a package is converted.

use std::path::{Path, PathBuf};

/// Why a recipe could not be converted.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// A Debian package is broken.
    #[error("cannot convert: {0}")]
    Deb(#[source] Box<deb::Error>),
    /// A file of a Debian package could not be unpacked.
    #[error("cannot unpack {deb}: {source}; delete it from the cache and run `lumen import` again", deb = .deb.display())]
    Read {
        /// The package.
        deb: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A Debian package brings something that has no place here.
    #[error("{deb} brings {path}: {problem}; drop or move it in the recipe", deb = .deb.display())]
    Special {
        /// The package.
        deb: PathBuf,
        /// The path.
        path: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A rule of the recipe does not fit the files: the upstream package has changed.
    #[error(
        "a rule of recipe {recipe} does not fit: {problem}; look at the files of its Debian packages and adapt it"
    )]
    Rule {
        /// The recipe.
        recipe: String,
        /// Which rule, and what is wrong.
        problem: String,
    },
    /// The RPM could not be written.
    #[error("cannot write the RPM {name}: {source}")]
    Write {
        /// The package.
        name: String,
        /// Why.
        source: Box<rpmfile::Error>,
    },
}

impl ConvertError {
    pub(super) fn deb(source: deb::Error) -> Self {
        Self::Deb(Box::new(source))
    }

    pub(super) fn special(deb: &Path, path: &str, problem: &'static str) -> Self {
        Self::Special {
            deb: deb.to_owned(),
            path: path.to_owned(),
            problem,
        }
    }
}

impl From<deb::Error> for ConvertError {
    fn from(source: deb::Error) -> Self {
        Self::deb(source)
    }
}
