//! From what a user writes to packages.

use crate::glob::{glob_match, is_pattern};
use crate::pool::{PackageId, Pool};
use crate::relation::Relation;
use crate::source::Identity;

/// Packages that a user's words stand for, and how they were understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Packages by name, version or architecture.
    Packages(Vec<PackageId>),
    /// Packages that provide the capability or contain the file.
    Providers(Vec<PackageId>),
    /// Nothing matches; these names are near.
    Nothing {
        /// Nearest package names, best first.
        nearest: Vec<String>,
    },
}

impl Selection {
    /// Understands `name`, `name.arch`, `name-version`, `name-version-release[.arch]` with an epoch before
    /// the name or the version, patterns of these, then a capability (`name >= version` too) or a path.
    /// Excluded packages are left out.
    pub fn of(pool: &Pool<'_>, spec: &str) -> Self {
        let named = by_name(pool, spec);
        if !named.is_empty() {
            return Self::Packages(named);
        }
        let providers = by_capability(pool, spec);
        if !providers.is_empty() {
            return Self::Providers(providers);
        }
        let nearest = crate::nearest(spec, pool.names().iter().copied(), 3);
        Self::Nothing {
            nearest: nearest.into_iter().map(str::to_owned).collect(),
        }
    }

    /// The packages, however they were found.
    pub fn packages(self) -> Vec<PackageId> {
        match self {
            Self::Packages(found) | Self::Providers(found) => found,
            Self::Nothing { .. } => Vec::new(),
        }
    }
}

/// Packages whose name, or name with version or architecture, is `spec` or matches it as a pattern.
fn by_name(pool: &Pool<'_>, spec: &str) -> Vec<PackageId> {
    let exact = pool.named(spec);
    if !exact.is_empty() {
        return exact
            .iter()
            .copied()
            .filter(|&id| !pool.is_excluded(id))
            .collect();
    }
    let candidates = pool.ids().filter(|&id| !pool.is_excluded(id));
    if is_pattern(spec) {
        return candidates
            .filter(|&id| forms(&pool.identity(id)).any(|form| glob_match(spec, &form)))
            .collect();
    }
    candidates
        .filter(|&id| {
            let identity = pool.identity(id);
            may_name(spec, &identity) && forms(&identity).any(|form| form == spec)
        })
        .collect()
}

/// Cheap test that saves building strings for nearly all packages.
fn may_name(spec: &str, identity: &Identity<'_>) -> bool {
    spec.contains(identity.name)
}

/// Every way to write a package: as `rpm -q` and dnf accept them.
fn forms(p: &Identity<'_>) -> impl Iterator<Item = String> {
    let (name, version, release, arch, epoch) = (p.name, p.version, p.release, p.arch, p.epoch);
    let mut forms = vec![
        name.to_owned(),
        format!("{name}.{arch}"),
        format!("{name}-{version}"),
        format!("{name}-{version}-{release}"),
        format!("{name}-{version}-{release}.{arch}"),
        format!("{name}-{epoch}:{version}-{release}"),
        format!("{name}-{epoch}:{version}-{release}.{arch}"),
    ];
    forms.push(format!("{epoch}:{name}-{version}-{release}.{arch}"));
    forms.into_iter()
}

/// Packages that provide a capability, with or without a version, or contain a file.
fn by_capability(pool: &Pool<'_>, spec: &str) -> Vec<PackageId> {
    let words: Vec<&str> = spec.split_whitespace().collect();
    let relation = match words[..] {
        [name, operator, evr] => match sense(operator) {
            Some(flags) => Relation { name, flags, evr },
            None => return Vec::new(),
        },
        [name] => Relation::unversioned(name),
        _ => return Vec::new(),
    };
    if is_pattern(relation.name) {
        return by_capability_pattern(pool, relation.name);
    }
    let found = pool.all_providers(&relation).into_iter();
    found.filter(|&id| !pool.is_excluded(id)).collect()
}

fn by_capability_pattern(pool: &Pool<'_>, pattern: &str) -> Vec<PackageId> {
    let matching = pool.capabilities().filter(|name| glob_match(pattern, name));
    let mut found: Vec<PackageId> = matching
        .flat_map(|name| pool.all_providers(&Relation::unversioned(name)))
        .collect();
    found.retain(|&id| !pool.is_excluded(id));
    found.sort_unstable();
    found.dedup();
    found
}

fn sense(operator: &str) -> Option<u32> {
    use crate::relation::{EQUAL, GREATER, LESS};
    Some(match operator {
        "<" => LESS,
        "<=" => LESS | EQUAL,
        "=" | "==" => EQUAL,
        ">=" => GREATER | EQUAL,
        ">" => GREATER,
        _ => return None,
    })
}
