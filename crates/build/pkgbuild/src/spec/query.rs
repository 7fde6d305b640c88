//! What a spec file says about itself, asked of rpm's own parser in the sandbox and remembered.

use crate::catalog::Located;
use crate::error::Error;
use crate::fingerprint::{Fingerprint, Stamp};
use crate::recipe::Spec;
use crate::spec::sandbox::{MACROS, TOP, sandbox};
use crate::spec::sources;
use std::fs;
use std::path::{Path, PathBuf};

/// Separates the answers; no line of them looks like it.
const MARK: &str = "---";

/// Four questions to rpmspec(8), in one go.
const SCRIPT: &str = r#"
set -e
exec 2>/build/stderr
spec=$1; shift
rpmspec "$@" -q --qf '%{name} %{license}\n' "$spec"
echo ---
rpmspec "$@" -q --provides "$spec"
echo ---
rpmspec "$@" -q --buildrequires "$spec"
echo ---
rpmspec "$@" -q --srpm --qf '[%{source}\n][%{patch}\n]' "$spec"
"#;

/// The answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query {
    /// The packages it makes, each with its licence.
    pub(crate) packages: Vec<(String, String)>,
    /// The names they answer to.
    pub(crate) provides: Vec<String>,
    /// What it needs to be built, as written there.
    pub(crate) requires: Vec<String>,
    /// The files it names as sources and patches, without their paths.
    pub(crate) sources: Vec<String>,
}

/// Where and with what spec files are asked.
pub(crate) struct Asking<'a> {
    /// The root with rpmspec.
    pub(crate) root: &'a Path,
    /// What the root consists of.
    pub(crate) root_key: &'a str,
    /// The macro file.
    pub(crate) macros: &'a Path,
    /// Where answers are remembered.
    pub(crate) cache: PathBuf,
    /// A directory to work in.
    pub(crate) work: PathBuf,
    /// Where to leave what rpmspec says when it fails.
    pub(crate) log: PathBuf,
}

impl Asking<'_> {
    /// Asks, unless nothing has changed since it was asked last.
    pub(crate) fn ask(&self, package: &Located, spec: &Spec) -> Result<Query, Error> {
        let mut fingerprint = Fingerprint::new("query with sources").with(self.root_key);
        fingerprint.add_file(self.macros)?;
        let local = sources::local_files(package, spec)?;
        sources::add_to(&mut fingerprint, package, spec, &local)?;
        let key = fingerprint.finish();
        let stamp = Stamp::new(self.cache.clone());
        if let Some(text) = stamp.matching(&key) {
            return Ok(Query::read(&text));
        }
        let text = self.run(package, spec)?;
        stamp.write(&key, text.trim_end())?;
        Ok(Query::read(&text))
    }

    fn run(&self, package: &Located, spec: &Spec) -> Result<String, Error> {
        let file = sources::spec_file(package, spec);
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        self.lay_out(package, spec, &file, &name)?;
        let mut arguments = vec![
            "-c".to_owned(),
            SCRIPT.into(),
            "rpmspec".into(),
            format!("{TOP}/{name}"),
        ];
        arguments.extend(sources::definitions(spec));
        let finished = sandbox(self.root, &self.work, 0)
            .run("/usr/bin/bash", arguments, b"")
            .map_err(|source| Error::Sandbox {
                root: self.root.into(),
                source,
            })?;
        let text = String::from_utf8_lossy(&finished.output).into_owned();
        let said = fs::read_to_string(self.work.join("stderr")).unwrap_or_default();
        let _ = fs::remove_dir_all(&self.work);
        match finished.status.success() {
            true => Ok(text),
            false => Err(self.failed(package, &(said + &text))),
        }
    }

    /// Local files may be read while the spec file is parsed (`%include`, `%{load:...}`).
    fn lay_out(&self, package: &Located, spec: &Spec, file: &Path, name: &str) -> Result<(), Error> {
        let write = |source| Error::Write {
            what: "directory of a question to rpmspec",
            path: self.work.clone(),
            source,
        };
        let _ = fs::remove_dir_all(&self.work);
        fs::create_dir_all(self.work.join("tmp")).map_err(write)?;
        fs::create_dir_all(self.work.join("SOURCES")).map_err(write)?;
        fs::copy(self.macros, self.work.join(MACROS)).map_err(write)?;
        fs::copy(file, self.work.join(name)).map_err(|source| Error::Read {
            what: "spec file",
            path: file.into(),
            source,
        })?;
        for local in sources::local_files(package, spec)? {
            let to = self
                .work
                .join("SOURCES")
                .join(local.file_name().unwrap_or_default());
            fs::copy(&local, to).map_err(write)?;
        }
        Ok(())
    }

    fn failed(&self, package: &Located, text: &str) -> Error {
        if let Some(directory) = self.log.parent() {
            let _ = fs::create_dir_all(directory);
        }
        let _ = fs::write(&self.log, text);
        let errors: Vec<&str> = text.lines().filter(|line| line.contains("error")).collect();
        Error::Stage {
            recipe: package.recipe.name.clone(),
            stage: "parse".into(),
            reason: if errors.is_empty() {
                text.trim().into()
            } else {
                errors.join("; ")
            },
            log: self.log.clone(),
        }
    }
}

impl Query {
    fn read(text: &str) -> Self {
        let mut parts = text
            .split(MARK)
            .map(|part| part.lines().map(str::trim).filter(|line| !line.is_empty()));
        let packages = parts.next().into_iter().flatten().map(|line| {
            let (name, license) = line.split_once(' ').unwrap_or((line, ""));
            (name.to_owned(), license.to_owned())
        });
        let packages = packages.collect();
        let provides = parts.next().into_iter().flatten().map(name_of).collect();
        let mut lines = || parts.next().into_iter().flatten().map(str::to_owned).collect();
        Self {
            packages,
            provides,
            requires: lines(),
            sources: lines(),
        }
    }
}

/// `NAME` of `NAME >= VERSION`.
pub(crate) fn name_of(dependency: &str) -> String {
    dependency
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_answers_are_told_apart() {
        let query = Query::read(
            "a MIT OR Apache-2.0\na-devel MIT\n---\na = 1-1\na(x86-64) = 1-1\n---\nzlib-devel >= 1.2\n---\na.tar\n",
        );
        assert_eq!(
            query.packages[0],
            ("a".to_owned(), "MIT OR Apache-2.0".to_owned())
        );
        assert_eq!(query.provides, ["a", "a(x86-64)"]);
        assert_eq!(query.requires, ["zlib-devel >= 1.2"]);
        assert_eq!(query.sources, ["a.tar"]);
        assert_eq!(Query::read("a MIT\n---\n---\n").requires, [""; 0]);
    }
}
