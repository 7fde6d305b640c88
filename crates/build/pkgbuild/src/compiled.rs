//! The package files that were compiled here: what compiles them must not be made of them.

use crate::catalog::{Catalog, Located};
use crate::fingerprint::Stamp;
use crate::recipe::Kind;
use crate::spec::outputs_of_note;
use std::collections::BTreeSet;
use std::path::Path;

/// The names of the package files that recipes with a compiler have made, as their stamps below `build` say.
pub fn compiled_files(build: &Path, arch: &str, catalog: &Catalog) -> BTreeSet<String> {
    let stamps = build.join("pkgbuild").join(arch);
    catalog
        .iter()
        .filter(|package| is_compiled(package))
        .flat_map(|package| {
            let note = Stamp::new(stamps.join(&package.recipe.name)).note();
            match package.recipe.kind {
                Kind::Spec => outputs_of_note(&note),
                _ => vec![note],
            }
        })
        .collect()
}

/// Whether a package needs the tools root to be built.
pub fn is_compiled(package: &Located) -> bool {
    package.recipe.kind != Kind::Tree
}
