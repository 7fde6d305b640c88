//! What our own packages offer to others, read from their recipes: known before anything is built.

use crate::catalog::Catalog;
use crate::entry;
use crate::error::Error;
use crate::names::Names;
use crate::recipe::Cargo;
use std::path::Path;

impl Catalog {
    /// The names, the provided names and the paths of all packages on architecture `arch`. `project` is the root that
    /// licences are relative to.
    ///
    /// # Errors
    /// When a file a recipe names cannot be read.
    pub fn offers(&self, arch: &str, project: &Path) -> Result<Vec<String>, Error> {
        let mut offers = Vec::new();
        for package in self.iter() {
            let recipe = &package.recipe;
            let names = Names {
                version: recipe.version.clone(),
                arch: arch.to_owned(),
                clamp_time: 0,
            };
            let provided = recipe
                .provides
                .iter()
                .filter_map(|text| text.split_whitespace().next());
            let programs = recipe.cargo.iter().flat_map(Cargo::products);
            offers.push(recipe.name.clone());
            offers.extend(provided.map(str::to_owned));
            offers.extend(programs.map(|program| names.expand(&program.path)));
            offers.extend(entry::gather(package, project, &names)?.into_keys());
        }
        Ok(offers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_provides_programs_and_paths_of_trees() {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        let catalog = Catalog::load(&project.join("distro/packages")).unwrap();
        let offers = catalog.offers("x86_64", &project).unwrap();
        for wanted in [
            "filesystem",
            "system-release",
            "/usr/bin/tdnf",
            "/etc/environment",
            "/usr/lib/x86_64-linux-gnu",
            "/etc/localtime",
        ] {
            assert!(offers.iter().any(|offer| offer == wanted), "{wanted}");
        }
    }
}
