//! What can go wrong while packages are built.

use std::path::PathBuf;

/// One variant per operation; each says what was tried, on what, why it failed and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or directory could not be read.
    #[error("cannot read {what} {path}: {source}")]
    Read {
        /// What it is to us.
        what: &'static str,
        /// Where it is.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file or directory could not be written.
    #[error("cannot write {what} {path}: {source}; the directory must be writable and have free space")]
    Write {
        /// What it is to us.
        what: &'static str,
        /// Where it is.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A recipe is wrong.
    #[error("recipe {path}: {reason}")]
    Recipe {
        /// The recipe.
        path: PathBuf,
        /// What is wrong in it.
        reason: String,
    },
    /// A manifest of the Cargo workspace could not be understood.
    #[error("cannot understand {path}: {reason}")]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong in it.
        reason: String,
    },
    /// There is no recipe of this name.
    #[error("there is no package {name:?} in distro/packages; there are: {known}")]
    UnknownPackage {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The package file could not be made.
    #[error("cannot make the package {name}: {source}")]
    Package {
        /// The package.
        name: String,
        /// Why.
        source: rpmfile::Error,
    },
    /// The compiler is not there or does not answer.
    #[error("cannot ask {program} for its {what}: {reason}; install Rust with rustup (https://rustup.rs)")]
    Toolchain {
        /// `rustc` or `cargo`.
        program: &'static str,
        /// What was asked.
        what: &'static str,
        /// Why there was no answer.
        reason: String,
    },
    /// The crates a program is made from could not be downloaded.
    #[error(
        "cannot fetch the crates that {project}/Cargo.lock names: {reason}; what has come is kept, so try again"
    )]
    Crates {
        /// Root of the project.
        project: PathBuf,
        /// What cargo said.
        reason: String,
    },
    /// A program could not be started in the sandbox.
    #[error("cannot enter the sandbox {root}: {source}")]
    Sandbox {
        /// Its root.
        root: PathBuf,
        /// Why.
        source: confine::Error,
    },
    /// The compiler ended with an error.
    #[error("cannot compile {package} in the sandbox: {status}\n{output}")]
    Compile {
        /// The crate.
        package: String,
        /// How it ended.
        status: String,
        /// The last lines it printed.
        output: String,
    },
    /// Recipes need each other in a circle.
    #[error(
        "cannot order the packages: {circle}; one of the spec files must do without the other in its BuildRequires"
    )]
    Cycle {
        /// Who needs whom.
        circle: String,
    },
    /// A package could not be built, and not for a program in the sandbox that failed.
    #[error("cannot build {recipe}: {stage}: {reason}; the log is {log}", log = log.display())]
    Stage {
        /// The recipe.
        recipe: String,
        /// What was being done: `sources`, `requirements`, `parse`, `hardening`.
        stage: String,
        /// Why it failed.
        reason: String,
        /// The log.
        log: PathBuf,
    },
    /// rpmbuild ended with an error.
    #[error(
        "cannot build {recipe}: stage {stage} failed ({status}); the log is {log}; look around with `lumen package build \
         --shell {recipe}`, go on with `--resume`; the log ends with:\n{output}",
        log = log.display()
    )]
    Rpmbuild {
        /// The recipe.
        recipe: String,
        /// The stage: `%build` and the like.
        stage: String,
        /// How rpmbuild ended.
        status: String,
        /// The log.
        log: PathBuf,
        /// The last lines it printed.
        output: String,
    },
    /// The tools root could not be made.
    #[error("cannot make the tools root {root}: {reason}")]
    Tools {
        /// Where it is.
        root: PathBuf,
        /// Why.
        reason: String,
    },
}
