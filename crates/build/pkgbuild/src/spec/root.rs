//! The root a package is built in: which packages it holds, and the directory with exactly these.
//!
//! A root is installed once for all builds with the same packages and never written to afterwards.

use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::spec::sandbox::add_builder;
use keyring::Keyring;
use repodata::Freshness;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use tdnf::{Execution, Limits, MainConfig, Plan, RepoConfig, Request, RootLock, Session, Settings};

/// How many roots are kept for the next build; each is some 150 MB.
const KEPT_ROOTS: usize = 6;

/// A root that was asked for so recently may be that of a build which another process is at.
const IN_USE: Duration = Duration::from_secs(24 * 3600);

/// So much of a key is in the name of a root.
const KEY_LENGTH: usize = 24;

/// In the names of roots, because older ones have the same packages but no name for the user who builds.
const LAYOUT: &str = "2";

/// `distro/build/root.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    packages: Vec<String>,
}

/// The packages every root has, besides those that a spec file requires.
pub(crate) fn base_packages(project: &Path) -> Result<Vec<String>, Error> {
    let path = project.join("distro/build/root.toml");
    let text = fs::read_to_string(&path).map_err(|source| Error::Read {
        what: "list of the packages of a build root",
        path: path.clone(),
        source,
    })?;
    let list: List = toml::from_str(&text).map_err(|error| Error::Recipe {
        path,
        reason: error.to_string(),
    })?;
    Ok(list.packages)
}

/// Where roots come from and where they are kept.
pub(crate) struct Roots<'a> {
    /// The directory of roots, one per set of packages.
    pub(crate) directory: PathBuf,
    /// The repository of what is imported and of mere files.
    pub(crate) repository: &'a Path,
    /// The keys packages and metadata are signed with.
    pub(crate) trusted: &'a Keyring,
    /// Where metadata is cached.
    pub(crate) cache: &'a Path,
    pub(crate) arch: &'a str,
    pub(crate) time: u32,
}

/// A set of packages that fits together.
pub(crate) struct Resolved {
    /// Name, version and architecture of each, with the SHA-256 of its file.
    pub(crate) packages: Vec<(String, String)>,
    session: Session,
    plan: Plan,
    new: PathBuf,
}

impl Resolved {
    /// A digest over exactly these packages.
    pub(crate) fn key(&self) -> String {
        let mut fingerprint = Fingerprint::new("root");
        for (name, digest) in &self.packages {
            fingerprint.add(name);
            fingerprint.add(digest);
        }
        fingerprint.finish()
    }
}

impl Roots<'_> {
    /// The packages that `wanted` and all they need come to. `own` are packages of ours that may be among them.
    pub(crate) fn resolve(&self, wanted: &[String], own: &[PathBuf]) -> Result<Resolved, String> {
        let new = self.directory.join(new_name());
        let session = self.session(&new, own).map_err(|error| error.to_string())?;
        let limits = Limits {
            weak_dependencies: false,
            ..Limits::default()
        };
        let plan = session
            .plan(&Request::Install(wanted.to_vec()), &limits)
            .map_err(|error| error.to_string())?;
        let mut packages = Vec::new();
        for item in &plan.items {
            let Some(origin) = &item.origin else { continue };
            let digest = match origin.checksum.1.as_str() {
                "" => digest_of(Path::new(&origin.urls[0])).map_err(|error| error.to_string())?,
                known => known.to_owned(),
            };
            packages.push((item.nevra(), digest));
        }
        packages.sort();
        Ok(Resolved {
            packages,
            session,
            plan,
            new,
        })
    }

    fn session(&self, root: &Path, own: &[PathBuf]) -> Result<Session, tdnf::Error> {
        let settings = Settings {
            arch: self.arch.into(),
            freshness: Freshness::IfExpired,
            cache: Some(self.cache.into()),
            trusted: Some(self.trusted.clone()),
            ..Settings::new(root)
        };
        let mut session = Session::new(settings, MainConfig::default())?;
        let repository = RepoConfig {
            repo_gpgcheck: true,
            metadata_expire: Some(std::time::Duration::ZERO),
            ..RepoConfig::new("build-root", &self.repository.to_string_lossy())
        };
        session.open_repositories(&[repository], &|_, _, _| false)?;
        session.add_files(own)?;
        Ok(session)
    }

    /// Where a root with these packages is or would be.
    pub(crate) fn place(&self, resolved: &Resolved) -> PathBuf {
        let key = &resolved.key()[..KEY_LENGTH];
        self.directory.join(format!("{LAYOUT}-{key}"))
    }

    /// One root is installed at a time, whoever does it; the lock ends with the value.
    fn lock(&self) -> io::Result<File> {
        fs::create_dir_all(&self.directory)?;
        let file = File::create(self.directory.join(".lock"))?;
        file.lock()?;
        Ok(file)
    }

    /// The directory with these packages, installed unless it is there.
    pub(crate) fn ensure(&self, resolved: &Resolved) -> Result<PathBuf, Error> {
        let root = self.place(resolved);
        let _lock = self.lock().map_err(|source| Error::Write {
            what: "lock of the build roots",
            path: self.directory.clone(),
            source,
        })?;
        if root.is_dir() {
            // Its time says when it was last asked for; without one it is only installed again some day.
            let _ = File::open(&root).and_then(|root| root.set_modified(SystemTime::now()));
            return Ok(root);
        }
        let failed = |reason: String| Error::Tools {
            root: root.clone(),
            reason,
        };
        remove(&resolved.new).map_err(|error| failed(error.to_string()))?;
        self.install(resolved)
            .map_err(|error| failed(error.to_string()))?;
        fs::create_dir_all(resolved.new.join("build"))
            .and_then(|()| add_builder(&resolved.new))
            .and_then(|()| fs::rename(&resolved.new, &root))
            .map_err(|error| failed(error.to_string()))?;
        Ok(root)
    }

    fn install(&self, resolved: &Resolved) -> Result<(), tdnf::Error> {
        let _ = fs::create_dir_all(&resolved.new);
        let lock = RootLock::take(&resolved.new, |_| ())?;
        let transaction = transaction::Options {
            documentation: false,
            color: u32::from(self.arch == "x86_64") * 3,
            ..transaction::Options::image(self.time)
        };
        let execution = Execution {
            transaction,
            command: "package build".into(),
            history: false,
            ..Execution::default()
        };
        resolved.session.execute(&resolved.plan, &execution, &lock)?;
        Ok(())
    }

    /// Removes what was used longest ago: packages change, and a root is large.
    pub(crate) fn forget_old(&self, used: &[PathBuf]) {
        let Ok(_lock) = self.lock() else { return };
        let entries = fs::read_dir(&self.directory).into_iter().flatten().flatten();
        let mut others: Vec<(SystemTime, PathBuf)> = entries
            .filter(|entry| entry.file_name().to_str().is_some_and(is_root))
            .filter(|entry| !used.contains(&entry.path()))
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .filter(|(asked, _)| asked.elapsed().is_ok_and(|age| age > IN_USE))
            .collect();
        others.sort();
        let keep = KEPT_ROOTS.saturating_sub(used.len());
        for (_, root) in &others[..others.len().saturating_sub(keep)] {
            // What cannot be removed now is tried again by the next build.
            let _ = remove(root);
        }
    }
}

/// Whether a directory of this name is one of ours: tests keep theirs beside them.
fn is_root(name: &str) -> bool {
    let key = name.rsplit_once('-').map_or(name, |(_, key)| key);
    key.len() == KEY_LENGTH && key.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A name that no other installation has at this time.
fn new_name() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!(".new-{}-{number}", std::process::id())
}

/// SHA-256 of a file.
pub(crate) fn digest_of(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hex::encode(hasher.finalize()))
}

/// Removes a tree, in which an ordinary user may own directories he cannot write to.
pub(crate) fn remove(tree: &Path) -> io::Result<()> {
    match fs::symlink_metadata(tree) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(_) => fs::remove_dir_all(tree).or_else(|_| {
            make_writable(tree);
            fs::remove_dir_all(tree)
        }),
    }
}

fn make_writable(directory: &Path) {
    let _ = fs::set_permissions(directory, fs::Permissions::from_mode(0o700));
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            make_writable(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_of_tests_are_not_ours() {
        assert!(is_root("1bd5d92353cb4ea0331c08a7") && is_root("2-1bd5d92353cb4ea0331c08a7"));
        for other in [
            ".lock",
            ".new-12-3",
            "debian-13-directory",
            "debian-13-directory.lock",
        ] {
            assert!(!is_root(other), "{other}");
        }
    }
}
