//! Which packages of a transaction need which others: by name, by capability or by file.

use std::collections::HashMap;

use rpmfile::{DepFlags, Dependency, FileInfo, Header};

use crate::order::Relations;

/// A package with its files.
pub(crate) type Needing<'a> = (&'a Header, &'a [FileInfo]);

/// Who must come after whom; of packages that go, who must go after whom, which is the other way round.
pub(crate) fn relations(packages: &[Needing<'_>], going: bool) -> Relations {
    let offers = Offers::new(packages);
    let mut relations = Relations::new(packages.len());
    for (index, (header, _)) in packages.iter().enumerate() {
        for need in ordering(header) {
            let dependency = &need.dependency;
            let other = offers.offering(dependency).next();
            let Some(other) = other.filter(|_| !is_unordered(dependency.flags)) else {
                continue;
            };
            let (later, earlier) = match need.reversed != going {
                true => (other, index),
                false => (index, other),
            };
            let for_script = !need.weak && is_for_scripts(dependency.flags, going);
            relations.add(later, earlier, for_script);
        }
    }
    relations
}

/// A dependency that decides on the order.
struct Ordering {
    dependency: Dependency,
    weak: bool,
    /// It says what others want rather than what the package wants.
    reversed: bool,
}

fn ordering(header: &Header) -> impl Iterator<Item = Ordering> {
    let kinds = [
        (header.requires(), false, false),
        (header.recommends(), true, false),
        (header.suggests(), true, false),
        (header.supplements(), true, true),
        (header.enhances(), true, true),
        (header.ordered_after(), false, false),
    ];
    kinds.into_iter().flat_map(|(dependencies, weak, reversed)| {
        dependencies.into_iter().map(move |dependency| Ordering {
            dependency,
            weak,
            reversed,
        })
    })
}

/// For each package what its %pre needs and others of these offer.
pub(crate) fn needed_by_pre(packages: &[Needing<'_>]) -> Vec<Vec<Dependency>> {
    let offers = Offers::new(packages);
    let of = |(index, (header, _)): (usize, &Needing<'_>)| {
        let requires = header.requires().into_iter();
        let for_pre = requires.filter(|require| require.flags.intersects(DepFlags::SCRIPT_PRE));
        let offered = |require: &Dependency| offers.offering(require).any(|other| other != index);
        for_pre.filter(offered).collect()
    };
    packages.iter().enumerate().map(of).collect()
}

/// Who offers what.
struct Offers {
    capabilities: HashMap<String, Vec<(usize, Dependency)>>,
    files: HashMap<String, Vec<usize>>,
}

impl Offers {
    fn new(packages: &[Needing<'_>]) -> Self {
        let mut capabilities: HashMap<String, Vec<(usize, Dependency)>> = HashMap::new();
        for (index, (header, _)) in packages.iter().enumerate() {
            for provide in header.provides() {
                capabilities
                    .entry(provide.name.clone())
                    .or_default()
                    .push((index, provide));
            }
        }
        Self {
            capabilities,
            files: needed_files(packages),
        }
    }

    fn offering<'a>(&'a self, require: &'a Dependency) -> impl Iterator<Item = usize> + 'a {
        let files = self.files.get(&require.name).into_iter().flatten().copied();
        let offered = self.capabilities.get(&require.name).into_iter().flatten();
        let offered = offered
            .filter(|(_, provide)| provide.overlaps(require))
            .map(|(other, _)| *other);
        files.chain(offered)
    }
}

/// Needs that mean no order (rpm: isUnorderedReq): of rpm itself, of what runs before or after everything, or of
/// nothing but a set of packages that belong together.
fn is_unordered(flags: DepFlags) -> bool {
    let unordered = DepFlags::RPMLIB
        | DepFlags::CONFIG
        | DepFlags::PRETRANS
        | DepFlags::POSTTRANS
        | DepFlags::SCRIPT_VERIFY
        | DepFlags::META;
    let scripts =
        DepFlags::SCRIPT_PRE | DepFlags::SCRIPT_POST | DepFlags::SCRIPT_PREUN | DepFlags::SCRIPT_POSTUN;
    flags.intersects(unordered) && !flags.intersects(scripts)
}

/// Needs that break a circle last (rpm: isInstallPreReq, isErasePreReq).
fn is_for_scripts(flags: DepFlags, going: bool) -> bool {
    let scripts = match going {
        true => DepFlags::SCRIPT_PREUN | DepFlags::SCRIPT_POSTUN,
        false => DepFlags::SCRIPT_PRE | DepFlags::SCRIPT_POST | DepFlags::PRETRANS | DepFlags::POSTTRANS,
    };
    flags.intersects(scripts | DepFlags::PREREQ)
}

/// Who has the files that others require by path.
fn needed_files(packages: &[Needing<'_>]) -> HashMap<String, Vec<usize>> {
    let requires = packages.iter().flat_map(|(header, _)| header.requires());
    let paths = requires.filter(|require| require.name.starts_with('/'));
    let mut needed: HashMap<String, Vec<usize>> = paths.map(|require| (require.name, Vec::new())).collect();
    for (index, (_, files)) in packages.iter().enumerate() {
        for file in *files {
            if let Some(owners) = needed.get_mut(&file.path) {
                owners.push(index);
            }
        }
    }
    needed
}
