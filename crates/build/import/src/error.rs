use std::path::PathBuf;

use crate::closure::Unresolved;
use crate::lock::LockError;
use crate::mirror::NoMirror;
use crate::recipe::RecipeError;

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The recipes are wrong.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The lock file is wrong or cannot be written.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Something has to be fetched and nothing says from where.
    #[error(transparent)]
    NoMirror(#[from] NoMirror),
    /// A download failed.
    #[error(transparent)]
    Download(#[from] download::Error),
    /// Several downloads failed.
    #[error("{} downloads failed:\n{}", .0.len(), lines(.0))]
    Downloads(Vec<download::Error>),
    /// The keys that sign the suites cannot be read.
    #[error("cannot read the archive keys in {dir}: {source}")]
    Keys {
        /// The directory.
        dir: PathBuf,
        /// Why.
        source: keyring::Error,
    },
    /// The suite's Release file is not signed by a key we trust, or was changed.
    #[error(
        "{url} is not to be trusted: {source}; nothing was taken from it. The mirror or the network is tampering with \
         it, or the suite has a new key that is not in distro/import/keys: try another mirror first"
    )]
    Signature {
        /// The InRelease file.
        url: String,
        /// What is wrong with the signature.
        source: keyring::Error,
    },
    /// A suite says it is another one.
    #[error("{url} is the Release file of {found}, not of {wanted}; check the mirror's address")]
    WrongSuite {
        /// The InRelease file.
        url: String,
        /// The suite asked for.
        wanted: String,
        /// The suite found.
        found: String,
    },
    /// The mirror shows an older state than the lock file knows.
    #[error(
        "{url} is of {found}, older than {known} in lumen.lock: the mirror is out of date, or someone replays an old \
         state to keep known holes open; use another mirror"
    )]
    Rollback {
        /// The InRelease file.
        url: String,
        /// Its date.
        found: String,
        /// The date in the lock file.
        known: String,
    },
    /// A signed suite lacks the index of an architecture.
    #[error("suite {suite} has no {index}; is the architecture right?")]
    NoIndex {
        /// The suite.
        suite: String,
        /// The index file.
        index: String,
    },
    /// An index cannot be decompressed or read.
    #[error("cannot read the package index {path}: {source}; delete the file and run the command again")]
    ReadIndex {
        /// The file in the cache.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Debian's files do not make sense.
    #[error(transparent)]
    Debian(#[from] deb::Error),
    /// A recipe names a package that no suite has.
    #[error("recipe {recipe} wants the Debian package {name}, which is in none of the suites {suites}{}", hint(.nearest))]
    UnknownPackage {
        /// The recipe.
        recipe: String,
        /// The name.
        name: String,
        /// The suites searched.
        suites: String,
        /// Names that look alike.
        nearest: Vec<String>,
    },
    /// A metapackage has no dependency of the wanted name.
    #[error(
        "recipe {recipe} wants what {metapackage} depends on and is called {prefix}*; it depends on {dependencies}"
    )]
    NoSuchDependency {
        /// The recipe.
        recipe: String,
        /// The metapackage.
        metapackage: String,
        /// The beginning of the name.
        prefix: String,
        /// What it does depend on.
        dependencies: String,
    },
    /// The lock file is older than the recipes, and may not be changed.
    #[error(
        "lumen.lock is older than the recipes: it lacks {names}; run `lumen import` without --locked to pin them, and \
         commit the file"
    )]
    LockIncomplete {
        /// The names missing.
        names: String,
    },
    /// The mirror dropped a pinned file, and the lock file may not be changed.
    #[error(
        "the mirror no longer has {names}, pinned in lumen.lock (Debian removes superseded versions); run `lumen \
         import` without --locked to pin their successors, or name an archive of old versions with --archive-mirror URL"
    )]
    Dropped {
        /// The packages with their versions.
        names: String,
    },
    /// The mirror's index lists a file that the mirror does not have.
    #[error(
        "the mirror's index lists {name} {version}, but the mirror does not have it; it is being updated, try again in some minutes or use another mirror"
    )]
    OutOfStep {
        /// The package.
        name: String,
        /// The version.
        version: String,
    },
    /// The state kept beside the RPMs cannot be read or written.
    #[error("cannot {action} {path}: {source}")]
    Output {
        /// What was tried.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A package made by this or an earlier run cannot be read.
    #[error("{0}; remove build/rpms and run the command again")]
    ReadPackage(rpmfile::Error),
    /// Packages that nobody could install.
    #[error(
        "{} requirements are met by no package:\n{}\nImport the package that has it, or leave the requirement out with \
         `drop-requires` in the recipe",
        .0.len(),
        lines(.0)
    )]
    Unresolved(Vec<Unresolved>),
    /// There is no room for the packages.
    #[error(
        "no space left for packages in {dir}: {reason}; free some and run the command again: what is done is kept"
    )]
    DiskFull {
        /// The directory of the packages.
        dir: PathBuf,
        /// Which package did not fit.
        reason: String,
    },
    /// Conversions failed; the others are done and need not be done again.
    #[error("{} of {total} conversions failed:\n{}", .failures.len(), lines(.failures))]
    Conversions {
        /// How many were to be done.
        total: usize,
        /// One line per recipe.
        failures: Vec<String>,
    },
}

/// At most so many failures are told one by one.
const TOLD: usize = 10;

fn lines<T: std::fmt::Display>(items: &[T]) -> String {
    let mut lines: Vec<String> = items.iter().take(TOLD).map(|item| format!("  {item}")).collect();
    if items.len() > TOLD {
        lines.push(format!("  and {} more", items.len() - TOLD));
    }
    lines.join("\n")
}

fn hint(nearest: &[String]) -> String {
    match nearest {
        [] => String::new(),
        names => format!("; did you mean {}?", names.join(", ")),
    }
}
