//! Whether everything a set of packages requires, and every file their links point at, is in the set.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use rpmfile::{Dependency, Header, Package};

use crate::convert::{parent, resolve};

/// A requirement nothing in the set satisfies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unresolved {
    /// The package that requires.
    pub package: String,
    /// What it requires, as in a spec file.
    pub requires: String,
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} requires {}", self.package, self.requires)
    }
}

/// What a package offers and requires, as far as the check needs it.
#[derive(Debug, Clone, Default)]
struct Needs {
    provides: BTreeMap<String, Vec<Dependency>>,
    files: BTreeSet<String>,
    /// Package, link as shown, and its target as an absolute path.
    links: Vec<(String, String, String)>,
    requires: Vec<(String, Dependency)>,
}

/// Reads packages and returns their unresolved requirements, sorted; a symbolic link requires its target. `elsewhere`
/// names what other packages provide, those of our own recipes, and directories that are filled at run time.
pub fn unresolved(rpms: &[PathBuf], elsewhere: &[&str]) -> Result<Vec<Unresolved>, rpmfile::Error> {
    let mut needs = Needs::default();
    for rpm in rpms {
        needs.add(&header(rpm)?)?;
    }
    needs
        .files
        .extend(elsewhere.iter().map(|name| (*name).to_owned()));
    Ok(needs.unresolved())
}

fn header(rpm: &Path) -> Result<Header, rpmfile::Error> {
    Ok(Package::open(rpm)?.header)
}

impl Needs {
    fn add(&mut self, header: &Header) -> Result<(), rpmfile::Error> {
        let name = header.nevra()?.name;
        for provided in header.provides() {
            self.provides
                .entry(provided.name.clone())
                .or_default()
                .push(provided);
        }
        for file in header.files()? {
            if file.is_symlink() {
                let target = resolve(parent(&file.path), &file.linkto);
                self.links
                    .push((name.clone(), format!("{} -> {}", file.path, file.linkto), target));
            }
            self.add_path(file.path);
        }
        let mut requires = header.requires();
        requires.retain(|required| !required.is_rpmlib());
        self.requires
            .extend(requires.into_iter().map(|required| (name.clone(), required)));
        Ok(())
    }

    /// A file, and the directories above it, which packages need not list.
    fn add_path(&mut self, path: String) {
        let mut directory = parent(&path).to_owned();
        while self.files.insert(directory.clone()) {
            directory = parent(&directory).to_owned();
        }
        self.files.insert(path);
    }

    fn unresolved(&self) -> Vec<Unresolved> {
        let requires = self.requires.iter().filter(|(_, required)| !self.has(required));
        let describe = |(package, required): &(String, Dependency)| {
            let text = format!("{} {} {}", required.name, required.flags.operator(), required.evr);
            Unresolved {
                package: package.clone(),
                requires: text.trim_end().to_owned(),
            }
        };
        let links = self
            .links
            .iter()
            .filter(|(.., target)| !self.files.contains(target) && !is_made_later(target));
        let links = links.map(|(package, link, _)| Unresolved {
            package: package.clone(),
            requires: link.clone(),
        });
        requires
            .map(describe)
            .chain(links)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    fn has(&self, required: &Dependency) -> bool {
        let providers = self.provides.get(&required.name);
        providers.is_some_and(|all| all.iter().any(|provided| provided.overlaps(required)))
            || self.files.contains(&required.name)
            // Boolean dependencies are for the solver.
            || required.is_rich()
    }
}

/// File systems of the running system.
fn is_made_later(path: &str) -> bool {
    ["/proc/", "/run/", "/dev/", "/sys/"]
        .into_iter()
        .any(|start| path.starts_with(start))
}

#[cfg(test)]
mod tests {
    use rpmfile::{Builder, Evr, FileEntry};

    use super::*;

    fn package(dir: &Path, name: &str, requires: &[&str], provides: &[&str]) -> PathBuf {
        let mut rpm = Builder::new(name, Evr::new(0, "1", "1"), "noarch");
        (rpm.summary, rpm.description, rpm.license) = ("s".into(), "d".into(), "MIT".into());
        rpm.requires = requires
            .iter()
            .filter_map(|text| Dependency::parse(text))
            .collect();
        rpm.provides = provides
            .iter()
            .filter_map(|text| Dependency::parse(text))
            .collect();
        rpm.file(FileEntry::regular(format!("/usr/bin/{name}"), "x"));
        rpm.file(FileEntry::symlink(format!("/usr/lib/{name}"), "../bin/b"));
        let path = dir.join(format!("{name}.rpm"));
        rpm.build(&path, None).unwrap();
        path
    }

    #[test]
    fn names_files_and_versions_are_looked_up() {
        let dir = tempfile::tempdir().unwrap();
        let a = package(
            dir.path(),
            "a",
            &["b", "/usr/bin/b", "libx.so()(64bit)", "v >= 2", "filesystem"],
            &[],
        );
        let b = package(
            dir.path(),
            "b",
            &["gone", "v >= 3"],
            &["libx.so()(64bit)", "v = 2"],
        );
        let left = unresolved(&[a, b], &["filesystem"]).unwrap();
        let left: Vec<(&str, &str)> = left
            .iter()
            .map(|u| (u.package.as_str(), u.requires.as_str()))
            .collect();
        assert_eq!(left, [("b", "gone"), ("b", "v >= 3")]);
    }

    #[test]
    fn links_need_their_target() {
        let dir = tempfile::tempdir().unwrap();
        let left = unresolved(&[package(dir.path(), "a", &[], &[])], &[]).unwrap();
        assert_eq!(left[0].requires, "/usr/lib/a -> ../bin/b");
    }
}
