//! A lock file: exactly which packages make up a system, where each comes from, and the digest of its file.
//!
//! ```text
//! tdnf-lock 1 x86_64
//! # name [epoch:]version-release arch sha256 size asked-for repository address
//! bash 5.2.37-1 x86_64 0f3a... 1810324 user lumen https://example.org/repo/bash-5.2.37-1.x86_64.rpm
//! ```
//! One line per package, sorted by name, version and architecture: the same system gives the same bytes, and a
//! comparison of two lock files shows what changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use depsolve::{Pool, PoolBuilder, Reason};
use repodata::PackageRef;
use rpmfile::Tag;

use crate::error::Error;
use crate::local_files::LABEL;
use crate::plan::{Item, Maker, Operation, Origin, Plan};
use crate::session::Session;

const MAGIC: &str = "tdnf-lock 1";

/// One package of a lock file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Locked {
    /// Name.
    pub name: String,
    /// `[epoch:]version-release`.
    pub evr: String,
    /// Architecture.
    pub arch: String,
    /// SHA-256 of the package file, lower-case hex.
    pub sha256: String,
    /// Size of the package file.
    pub size: u64,
    /// Whether someone asked for it by name; others came along.
    pub wanted: bool,
    /// The repository's id.
    pub repo: String,
    /// Where the package file is.
    pub url: String,
}

impl Locked {
    /// `name-[epoch:]version-release.arch`
    pub fn nevra(&self) -> String {
        format!("{}-{}.{}", self.name, self.evr, self.arch)
    }

    fn line(&self) -> String {
        let wanted = if self.wanted { "user" } else { "auto" };
        format!(
            "{} {} {} {} {} {wanted} {} {}",
            self.name, self.evr, self.arch, self.sha256, self.size, self.repo, self.url
        )
    }

    fn parse(line: &str) -> Result<Self, &'static str> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, evr, arch, sha256, size, wanted, repo, url] = words[..] else {
            return Err("a package has eight fields");
        };
        let is_digest = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_digest {
            return Err("the fourth field is a SHA-256 of 64 digits");
        }
        Ok(Self {
            name: name.to_owned(),
            evr: evr.to_owned(),
            arch: arch.to_owned(),
            sha256: sha256.to_ascii_lowercase(),
            size: size.parse().map_err(|_| "the fifth field is a size in bytes")?,
            wanted: match wanted {
                "user" => true,
                "auto" => false,
                _ => return Err("the sixth field is user or auto"),
            },
            repo: repo.to_owned(),
            url: url.to_owned(),
        })
    }

    fn origin(&self) -> Origin {
        Origin {
            repo: self.repo.clone(),
            urls: vec![self.url.clone()],
            checksum: ("sha256".to_owned(), self.sha256.clone()),
            size: self.size,
        }
    }

    fn reason(&self) -> Reason {
        if self.wanted {
            Reason::User
        } else {
            Reason::Dependency
        }
    }

    /// An item with nothing but what is needed to fetch and check the file.
    fn item(&self) -> Item {
        Item {
            operation: Operation::Install,
            name: self.name.clone(),
            arch: self.arch.clone(),
            evr: self.evr.clone(),
            repo: self.repo.clone(),
            install_size: 0,
            reason: self.reason(),
            origin: Some(self.origin()),
            rows: Vec::new(),
            replaces: Vec::new(),
        }
    }
}

/// The packages of a system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockFile {
    /// The architecture of the system.
    pub arch: String,
    /// Its packages, sorted.
    pub packages: Vec<Locked>,
}

/// How a system differs from a lock file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Packages of the lock file that are not installed.
    pub missing: Vec<String>,
    /// Installed packages that are not in the lock file.
    pub extra: Vec<String>,
}

impl Difference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty()
    }
}

impl LockFile {
    /// The file's text.
    pub fn text(&self) -> String {
        let mut text = format!("{MAGIC} {}\n", self.arch);
        text.push_str("# name [epoch:]version-release arch sha256 size asked-for repository address\n");
        for package in &self.packages {
            let _ = writeln!(text, "{}", package.line());
        }
        text
    }

    /// Reads a file; `origin` is its path, for messages.
    pub fn parse(text: &str, origin: &str) -> Result<Self, Error> {
        let bad = |line: usize, reason: &str| Error::LockFile {
            path: origin.to_owned(),
            line,
            reason: reason.to_owned(),
        };
        let first = text.lines().next().unwrap_or_default();
        let arch = first.strip_prefix(MAGIC).map(str::trim);
        let Some(arch) = arch.filter(|arch| !arch.is_empty()) else {
            return Err(bad(1, "it does not begin with tdnf-lock 1 ARCHITECTURE"));
        };
        let mut packages = BTreeMap::new();
        for (number, line) in text.lines().enumerate().skip(1) {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let package = Locked::parse(line).map_err(|reason| bad(number + 1, reason))?;
            if packages.insert(package.nevra(), package).is_some() {
                return Err(bad(number + 1, "this package is there twice"));
            }
        }
        let mut packages: Vec<Locked> = packages.into_values().collect();
        packages.sort();
        Ok(Self {
            arch: arch.to_owned(),
            packages,
        })
    }

    fn nevras(&self) -> BTreeSet<String> {
        self.packages.iter().map(Locked::nevra).collect()
    }

    fn get(&self, nevra: &str) -> Option<&Locked> {
        self.packages.iter().find(|package| package.nevra() == nevra)
    }
}

impl Session {
    /// The lock file of what is installed. Each package must be in an open repository, since that is where its
    /// address and digest come from; those that are not are an error that names all of them.
    pub fn lock_file(&self, auto_installed: &BTreeSet<String>) -> Result<LockFile, Error> {
        let mut packages = Vec::new();
        let mut unknown = Vec::new();
        for installed in self.installed.iter() {
            let identity = crate::installed::identity(&installed.header);
            let time = installed.header.get_u32(Tag::BUILD_TIME).unwrap_or(0);
            match self.published(&identity, time) {
                Some((repo, package, url)) => packages.push(Locked {
                    name: identity.name.to_owned(),
                    evr: identity.evr(),
                    arch: identity.arch.to_owned(),
                    sha256: package.checksum().to_ascii_lowercase(),
                    size: package.size(),
                    wanted: !auto_installed.contains(identity.name),
                    repo,
                    url: url.replace(' ', "%20"),
                }),
                None => unknown.push(identity.to_string()),
            }
        }
        if !unknown.is_empty() {
            return Err(Error::NotPublished { packages: unknown });
        }
        packages.sort();
        Ok(LockFile {
            arch: self.settings.arch.clone(),
            packages,
        })
    }

    /// The same package in a repository: of the same name and version, and built at the same second. The
    /// database of installed packages does not know the digest of the file they came from.
    fn published<'s>(
        &'s self,
        identity: &depsolve::Identity<'s>,
        built: u32,
    ) -> Option<(String, PackageRef<'s>, String)> {
        let mut repositories: Vec<_> = self.repositories.iter().collect();
        repositories.sort_by_key(|repository| repository.config.priority);
        repositories.into_iter().find_map(|repository| {
            let same = |package: &PackageRef<'_>| {
                crate::repository::identity(*package) == *identity
                    && package.build_time() == built
                    && package.checksum_type() == "sha256"
            };
            let package = repository.repo.packages().by_name(identity.name).find(same)?;
            let url = repository.repo.package_urls(package).into_iter().next()?;
            let url = if url.starts_with('/') {
                format!("file://{url}")
            } else {
                url
            };
            Some((
                repository.config.id.clone(),
                package,
                download::without_credentials(&url),
            ))
        })
    }

    /// How the system differs from a lock file.
    pub fn compare_with(&self, lock: &LockFile) -> Result<Difference, Error> {
        self.check_arch(lock)?;
        let wanted = lock.nevras();
        let installed: BTreeSet<String> = self
            .installed
            .iter()
            .map(|package| crate::installed::identity(&package.header).to_string())
            .collect();
        Ok(Difference {
            missing: wanted.difference(&installed).cloned().collect(),
            extra: installed.difference(&wanted).cloned().collect(),
        })
    }

    fn check_arch(&self, lock: &LockFile) -> Result<(), Error> {
        match lock.arch == self.settings.arch {
            true => Ok(()),
            false => Err(Error::LockArch {
                lock: lock.arch.clone(),
                system: self.settings.arch.clone(),
            }),
        }
    }

    /// The files that are missing, as items to fetch and check.
    pub(crate) fn missing_items(&self, lock: &LockFile, difference: &Difference) -> Vec<Item> {
        let missing = difference.missing.iter();
        missing
            .filter_map(|nevra| lock.get(nevra))
            .map(Locked::item)
            .collect()
    }

    /// The plan that makes the system exactly what the lock file says. The files of what is missing are the
    /// session's local files. What would not fit together, or is protected, is refused.
    pub(crate) fn plan_lock(&self, lock: &LockFile, difference: &Difference) -> Result<Plan, Error> {
        let pool = PoolBuilder::new()
            .installed(&self.installed)
            .available(LABEL, &self.local, 0)
            .build();
        let planner = Planner {
            session: self,
            pool: &pool,
            lock,
            difference,
        };
        planner.check()?;
        let plan = planner.plan();
        self.check_protected(&plan)?;
        Ok(plan)
    }
}

struct Planner<'s, 'p> {
    session: &'s Session,
    pool: &'p Pool<'s>,
    lock: &'p LockFile,
    difference: &'p Difference,
}

impl Planner<'_, '_> {
    fn goes(&self, id: depsolve::PackageId) -> bool {
        self.difference
            .extra
            .contains(&self.pool.identity(id).to_string())
    }

    /// Whether the packages of the lock file fit together.
    fn check(&self) -> Result<(), Error> {
        let stays = |id: &depsolve::PackageId| !self.pool.is_installed(*id) || !self.goes(*id);
        let set = self.pool.ids().filter(stays).collect();
        let faults = depsolve::check(self.pool, &set, &|name| {
            let several = |package: &&Locked| package.name == name;
            self.lock.packages.iter().filter(several).count() > 1
        });
        match faults.is_empty() {
            true => Ok(()),
            false => Err(Error::Inconsistent {
                faults: faults.iter().map(ToString::to_string).collect(),
            }),
        }
    }

    fn plan(&self) -> Plan {
        let coming: Vec<_> = self
            .pool
            .ids()
            .filter(|id| !self.pool.is_installed(*id))
            .collect();
        let mut replaced = BTreeSet::new();
        let mut items: Vec<Item> = coming
            .into_iter()
            .map(|id| self.coming(id, &mut replaced))
            .collect();
        let maker = self.maker();
        let gone = self
            .pool
            .installed()
            .filter(|id| self.goes(*id) && !replaced.contains(id));
        items.extend(gone.map(|id| maker.make(Operation::Remove, id, Reason::User, &[])));
        items.sort_by(|a, b| a.operation.cmp(&b.operation).then_with(|| a.name.cmp(&b.name)));
        Plan {
            items,
            skipped: Vec::new(),
        }
    }

    fn maker(&self) -> Maker<'_, '_> {
        Maker {
            session: self.session,
            pool: self.pool,
        }
    }

    /// A package that comes takes the place of those of its name that go.
    fn coming(&self, id: depsolve::PackageId, replaced: &mut BTreeSet<depsolve::PackageId>) -> Item {
        let identity = self.pool.identity(id);
        let same_name = |other: &depsolve::PackageId| {
            let other_is = self.pool.identity(*other);
            self.goes(*other) && other_is.name == identity.name && !replaced.contains(other)
        };
        let old: Vec<_> = self.pool.installed().filter(same_name).collect();
        replaced.extend(&old);
        let older = old.first().map(|&old| self.pool.identity(old).evr());
        let operation = match older.map(|old| depsolve::compare_evr(&old, &identity.evr())) {
            None => Operation::Install,
            Some(order) if order.is_gt() => Operation::Downgrade,
            Some(_) => Operation::Upgrade,
        };
        let mut item = self.maker().make(operation, id, Reason::User, &old);
        if let Some(locked) = self.lock.get(&item.nevra()) {
            item.repo.clone_from(&locked.repo);
            item.reason = locked.reason();
            item.origin = Some(locked.origin());
        }
        item
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock() -> LockFile {
        let package = |name: &str, wanted| Locked {
            name: name.to_owned(),
            evr: "1:2-3".to_owned(),
            arch: "noarch".to_owned(),
            sha256: "ab".repeat(32),
            size: 7,
            wanted,
            repo: "r".to_owned(),
            url: format!("http://h/{name}.rpm"),
        };
        LockFile {
            arch: "x86_64".to_owned(),
            packages: vec![package("a", true), package("b", false)],
        }
    }

    #[test]
    fn what_is_written_is_read_whatever_the_order() {
        let lock = lock();
        assert_eq!(LockFile::parse(&lock.text(), "f").unwrap(), lock);
        let lines: Vec<String> = lock.text().lines().map(str::to_owned).collect();
        let turned = [&lines[0], &lines[3], "", "# x", &lines[2]]
            .map(|line: &str| line.to_owned())
            .join("\n");
        assert_eq!(LockFile::parse(&turned, "f").unwrap(), lock);
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let text = lock().text();
        for (wrong, line) in [
            (String::new(), 1),
            (text.replace("tdnf-lock 1", "tdnf-lock 2"), 1),
            (text.replacen("abab", "ab", 1), 3),
            (text.replacen("noarch", "noarch x", 1), 3),
            (text.replace(" auto ", " perhaps "), 4),
            (text.replace("b 1:", "a 1:"), 4),
        ] {
            let error = LockFile::parse(&wrong, "f.lock").unwrap_err().to_string();
            assert!(error.contains(&format!("f.lock, line {line}:")), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(tdnf-lock 1 x86_64\n)?.{0,200}") {
            let _ = LockFile::parse(&text, "hostile");
        }
    }
}
