//! Which packages of a transaction need which others: by name, by capability or by file.

use std::collections::HashMap;

use rpmfile::{DepFlags, Dependency, FileInfo, Header};

use crate::order::Needs;

/// A package with its files.
pub(crate) type Needing<'a> = (&'a Header, &'a [FileInfo]);

/// For each package the others it needs, and whether its scriptlets do.
pub(crate) fn needs(packages: &[Needing<'_>]) -> Needs {
    let offers = Offers::new(packages);
    (0..packages.len())
        .map(|index| offers.needs_of(index, packages))
        .collect()
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

    fn needs_of(&self, index: usize, packages: &[Needing<'_>]) -> Vec<(usize, bool)> {
        let requires = packages
            .get(index)
            .map(|(header, _)| header.requires())
            .unwrap_or_default();
        let mut needs: Vec<(usize, bool)> = requires
            .iter()
            .filter(|require| !require.is_rpmlib())
            .flat_map(|require| {
                self.offering(require)
                    .map(|other| (other, is_for_scripts(require)))
            })
            .filter(|(other, _)| *other != index)
            .collect();
        needs.sort_unstable();
        needs.dedup();
        needs
    }

    fn offering<'a>(&'a self, require: &'a Dependency) -> impl Iterator<Item = usize> + 'a {
        let offered = self.capabilities.get(&require.name).into_iter().flatten();
        let offered = offered
            .filter(|(_, provide)| provide.overlaps(require))
            .map(|(other, _)| *other);
        offered.chain(self.files.get(&require.name).into_iter().flatten().copied())
    }
}

fn is_for_scripts(require: &Dependency) -> bool {
    require
        .flags
        .intersects(DepFlags::SCRIPT_PRE | DepFlags::SCRIPT_POST | DepFlags::PREREQ)
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
