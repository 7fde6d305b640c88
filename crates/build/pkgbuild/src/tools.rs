//! The tools root: what the build itself runs, installed from our own packages.
//!
//! The host needs Rust and QEMU; file systems are made, and C is compiled and linked, by the programs in this root,
//! so that the result does not depend on the host's versions. It is made from the packages of `build/rpms`, by an
//! ordinary user, and made again only when the packages it consists of have changed.

use crate::compile::MOUNT_POINTS;
use crate::error::Error;
use crate::fingerprint::{Fingerprint, Stamp};
use keyring::Keyring;
use repodata::{Freshness, WriteOptions, write_repo};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use tdnf::{Execution, Limits, MainConfig, Plan, RepoConfig, Request, RootLock, Session, Settings};

/// `distro/tools.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    packages: Vec<String>,
}

/// Where the tools root is, below the directory of results.
pub fn root(build: &Path) -> PathBuf {
    build.join("tools/root")
}

/// The packages of the tools root, from `distro/tools.toml`.
///
/// # Errors
/// When the file cannot be read or understood.
pub fn packages(project: &Path) -> Result<Vec<String>, Error> {
    let path = project.join("distro/tools.toml");
    let text = fs::read_to_string(&path).map_err(|source| Error::Read {
        what: "list of tools",
        path: path.clone(),
        source,
    })?;
    let list: List = toml::from_str(&text).map_err(|error| Error::Recipe {
        path,
        reason: error.to_string(),
    })?;
    Ok(list.packages)
}

/// What the tools root is made from.
pub(crate) struct Toolbox<'a> {
    /// Root of the project.
    pub(crate) project: &'a Path,
    /// Where results go.
    pub(crate) build: &'a Path,
    /// Architecture, as rpm calls it.
    pub(crate) arch: &'a str,
    /// Directory of the packages.
    pub(crate) rpms: &'a Path,
    /// Packages that are made with the tools, and so cannot be among them.
    pub(crate) made_with_tools: BTreeSet<String>,
    /// Keys the packages are signed with.
    pub(crate) trusted: &'a Keyring,
    /// The time that is recorded.
    pub(crate) clamp_time: u32,
}

impl Toolbox<'_> {
    /// Makes the tools root unless it is up to date. Returns a digest of the packages in it.
    pub(crate) fn ensure(&self) -> Result<String, Error> {
        let names = packages(self.project)?;
        let files = self.package_files()?;
        let seen = look_at(&names, &files)?;
        let stamp = Stamp::new(self.directory().join("root.stamp"));
        let made = root(self.build);
        if let Some(contents) = stamp.matching(&seen).filter(|_| made.is_dir()) {
            return Ok(contents);
        }
        let contents = self.make(&names, &files, &stamp)?;
        stamp.write(&seen, &contents)?;
        Ok(contents)
    }

    fn directory(&self) -> PathBuf {
        self.build.join("tools")
    }

    /// The packages to choose from, sorted.
    fn package_files(&self) -> Result<Vec<PathBuf>, Error> {
        let entries = fs::read_dir(self.rpms).map_err(|source| Error::Tools {
            root: root(self.build),
            reason: format!(
                "no packages in {} ({source}); run `lumen import` first",
                self.rpms.display()
            ),
        })?;
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|path| {
            path.extension().is_some_and(|ending| ending == "rpm") && !self.is_made_with_tools(path)
        });
        files.sort();
        Ok(files)
    }

    fn is_made_with_tools(&self, path: &Path) -> bool {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        package_name(&file).is_some_and(|name| self.made_with_tools.contains(name))
    }

    /// Solves; installs only when the solution differs from what is there.
    fn make(&self, names: &[String], files: &[PathBuf], stamp: &Stamp) -> Result<String, Error> {
        let repository = self.directory().join("repo");
        self.offer(&repository, files)?;
        let (fresh, made) = (self.directory().join("root.new"), root(self.build));
        remove(&fresh)?;
        fs::create_dir_all(&fresh).map_err(written(&fresh))?;
        let session = self
            .session(&fresh, &repository)
            .map_err(|error| self.failed(error))?;
        let limits = Limits {
            weak_dependencies: false,
            ..Limits::default()
        };
        let plan = session.plan(&Request::Install(names.to_vec()), &limits);
        let plan = plan.map_err(|error| self.failed(error))?;
        let contents = digest(&plan);
        if stamp.note().as_deref() != Some(contents.as_str()) || !made.is_dir() {
            stamp.forget()?;
            self.install(&session, &plan, &fresh)
                .map_err(|error| self.failed(error))?;
            add_mount_points(&fresh)?;
            remove(&made)?;
            fs::rename(&fresh, &made).map_err(written(&made))?;
        }
        remove(&fresh)?;
        Ok(contents)
    }

    /// A repository of exactly these packages, for this one use.
    fn offer(&self, repository: &Path, files: &[PathBuf]) -> Result<(), Error> {
        remove(repository)?;
        let packages = repository.join("Packages");
        fs::create_dir_all(&packages).map_err(written(&packages))?;
        for file in files {
            let place = packages.join(file.file_name().unwrap_or_default());
            let linked = fs::hard_link(file, &place).or_else(|_| fs::copy(file, &place).map(drop));
            linked.map_err(written(&place))?;
        }
        let options = WriteOptions {
            scan_cache: Some(self.directory().join("scan.json")),
            ..WriteOptions::new(self.clamp_time)
        };
        write_repo(repository, &options)
            .map(drop)
            .map_err(|error| self.failed(error))
    }

    fn session(&self, root: &Path, repository: &Path) -> Result<Session, tdnf::Error> {
        let settings = Settings {
            arch: self.arch.to_owned(),
            freshness: Freshness::Always,
            cache: Some(self.directory().join("cache")),
            trusted: Some(self.trusted.clone()),
            ..Settings::new(root)
        };
        let mut session = Session::new(settings, MainConfig::default())?;
        let config = RepoConfig::new("tools", &format!("file://{}", repository.display()));
        session.open_repositories(&[config], &|_, _, _| false)?;
        Ok(session)
    }

    fn install(&self, session: &Session, plan: &Plan, root: &Path) -> Result<(), tdnf::Error> {
        let execution = Execution {
            transaction: transaction::Options {
                documentation: false,
                ..transaction::Options::image(self.clamp_time)
            },
            history: false,
            ..Execution::default()
        };
        let lock = RootLock::take(root, |_| ())?;
        session.execute(plan, &execution, &lock).map(drop)
    }

    fn failed(&self, error: impl std::error::Error) -> Error {
        Error::Tools {
            root: root(self.build),
            reason: error.to_string(),
        }
    }
}

/// A cheap look at what there is to choose from: when this has not changed, neither has the solution.
fn look_at(names: &[String], files: &[PathBuf]) -> Result<String, Error> {
    let mut seen = Fingerprint::new("tools").with(names.join(" "));
    for file in files {
        let status = fs::metadata(file).map_err(|source| Error::Read {
            what: "package",
            path: file.clone(),
            source,
        })?;
        seen.add(file.as_os_str().as_encoded_bytes());
        seen.add(format!(
            "{} {} {}",
            status.size(),
            status.mtime(),
            status.mtime_nsec()
        ));
    }
    Ok(seen.finish())
}

/// Exactly which packages a solution consists of.
fn digest(plan: &Plan) -> String {
    let mut parts: Vec<String> = plan
        .items
        .iter()
        .map(|item| {
            format!(
                "{} {:?}",
                item.nevra(),
                item.origin.as_ref().map(|origin| &origin.checksum)
            )
        })
        .collect();
    parts.sort();
    Fingerprint::new("tools").with(parts.join("\n")).finish()
}

/// Makes the directories that sources, crates and results are mounted on: the root itself is read-only then.
fn add_mount_points(root: &Path) -> Result<(), Error> {
    for path in MOUNT_POINTS {
        let path = root.join(path.trim_start_matches('/'));
        fs::create_dir_all(&path).map_err(written(&path))?;
    }
    Ok(())
}

/// Removes a tree that may not be there.
fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(written(path)(error)),
        _ => Ok(()),
    }
}

fn written(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Write {
        what: "tools root",
        path,
        source,
    }
}

/// The name in NAME-VERSION-RELEASE.ARCH.rpm.
pub(crate) fn package_name(file: &str) -> Option<&str> {
    let (nevr, _) = file.strip_suffix(".rpm")?.rsplit_once('.')?;
    nevr.rsplitn(3, '-').nth(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_this_project_names_the_compiler() {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        assert!(packages(&project).unwrap().iter().any(|name| name == "gcc"));
    }

    #[test]
    fn a_list_with_an_unknown_key_is_refused() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("distro")).unwrap();
        fs::write(root.path().join("distro/tools.toml"), "package = []\n").unwrap();
        assert!(packages(root.path()).unwrap_err().to_string().contains("package"));
    }

    const TIME: u32 = 1_700_000_000;

    /// A project whose tools are the package `a`, made by `key` and holding `text`.
    struct Fixture {
        directory: tempfile::TempDir,
        key: keyring::SigningKey,
    }

    impl Fixture {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            fs::create_dir_all(directory.path().join("distro")).unwrap();
            fs::write(directory.path().join("distro/tools.toml"), "packages = [\"a\"]\n").unwrap();
            let key = keyring::SigningKey::generate("Test <test@localhost>", TIME - 1).unwrap();
            let fixture = Self { directory, key };
            fixture.package("a", "one", true);
            fixture
        }

        fn package(&self, name: &str, text: &str, signed: bool) {
            let evr = rpmfile::Evr {
                epoch: 0,
                version: "1".into(),
                release: "1".into(),
            };
            let mut builder = rpmfile::Builder::new(name, evr, "noarch");
            builder.file(rpmfile::FileEntry::regular(format!("/{name}"), text));
            let signer = keyring::PackageSigner {
                key: &self.key,
                time: TIME,
            };
            let path = self.rpms().join(format!("{name}-1-1.noarch.rpm"));
            fs::create_dir_all(self.rpms()).unwrap();
            let signer = signed.then_some(&signer as &dyn rpmfile::Signer);
            builder.build(&path, signer).unwrap();
        }

        fn rpms(&self) -> PathBuf {
            self.directory.path().join("rpms")
        }

        fn ensure(&self) -> Result<String, Error> {
            let trusted = Keyring::from_armored(self.key.public_armored().unwrap().as_bytes()).unwrap();
            let toolbox = Toolbox {
                project: self.directory.path(),
                build: self.directory.path(),
                arch: "x86_64",
                rpms: &self.rpms(),
                made_with_tools: BTreeSet::from(["tdnf".to_owned()]),
                trusted: &trusted,
                clamp_time: TIME,
            };
            toolbox.ensure()
        }

        fn root(&self) -> PathBuf {
            root(self.directory.path())
        }

        fn inode(&self) -> u64 {
            fs::metadata(self.root()).unwrap().ino()
        }
    }

    #[test]
    fn the_root_holds_the_packages_and_the_mount_points() {
        let fixture = Fixture::new();
        fixture.ensure().unwrap();
        assert_eq!(fs::read_to_string(fixture.root().join("a")).unwrap(), "one");
        assert!(fixture.root().join("src").is_dir() && fixture.root().join("cargo").is_dir());
    }

    #[test]
    fn an_unchanged_package_keeps_the_root_even_when_its_file_is_new() {
        let fixture = Fixture::new();
        let first = fixture.ensure().unwrap();
        let inode = fixture.inode();
        assert_eq!(fixture.ensure().unwrap(), first);
        fixture.package("a", "one", true);
        fixture.package("b", "not a tool", true);
        assert_eq!(fixture.ensure().unwrap(), first);
        assert_eq!(fixture.inode(), inode);
    }

    #[test]
    fn a_changed_package_makes_a_new_root() {
        let fixture = Fixture::new();
        let first = fixture.ensure().unwrap();
        fixture.package("a", "two", true);
        assert_ne!(fixture.ensure().unwrap(), first);
        assert_eq!(fs::read_to_string(fixture.root().join("a")).unwrap(), "two");
    }

    #[test]
    fn a_package_made_with_the_tools_is_not_looked_at() {
        let fixture = Fixture::new();
        let first = fixture.ensure().unwrap();
        fixture.package("tdnf", "broken", false);
        fs::write(fixture.rpms().join("tdnf-1-1.noarch.rpm"), "no package").unwrap();
        assert_eq!(fixture.ensure().unwrap(), first);
    }

    #[test]
    fn an_unsigned_package_is_refused_and_the_old_root_stays() {
        let fixture = Fixture::new();
        fixture.ensure().unwrap();
        fixture.package("a", "evil", false);
        assert!(fixture.ensure().unwrap_err().to_string().contains("a-1-1"));
        assert_eq!(fs::read_to_string(fixture.root().join("a")).unwrap(), "one");
    }

    #[test]
    fn a_missing_tool_is_named() {
        let fixture = Fixture::new();
        fs::write(
            fixture.directory.path().join("distro/tools.toml"),
            "packages = [\"gcc\"]\n",
        )
        .unwrap();
        assert!(fixture.ensure().unwrap_err().to_string().contains("gcc"));
    }

    #[test]
    fn the_name_of_a_package_is_all_but_the_last_two_parts() {
        assert_eq!(package_name("tdnf-0.1.0-1.x86_64.rpm"), Some("tdnf"));
        assert_eq!(
            package_name("glibc-devel-2.41-0.s0.12.x86_64.rpm"),
            Some("glibc-devel")
        );
        assert_eq!(package_name("tdnf-0.1.0-1.x86_64.rpm.tmp"), None);
        assert_eq!(package_name("tdnf.rpm"), None);
    }
}
