//! What Debian generates at installation, generated here: see [`Step`].

use depgen::Found;

use super::ConvertContext;
use super::error::ConvertError;
use super::rules::Rules;
use super::tree::{Content, Tree};
use crate::recipe::{PackageRecipe, Step};

mod ca_bundle;
mod exports;
mod kernel;

/// Runs the steps of a recipe; returns dependencies that follow from them.
pub(super) fn run(
    recipe: &PackageRecipe,
    tree: &mut Tree,
    context: &ConvertContext<'_>,
) -> Result<Found, ConvertError> {
    let mut found = Found::default();
    let clamp_time = u32::try_from(context.clamp_time).unwrap_or(u32::MAX);
    for step in &recipe.steps {
        let result = match step {
            Step::Kernel => kernel::run(tree, clamp_time, &mut found),
            Step::KernelModules => kernel::require_kernel(tree, &mut found),
            Step::CaBundle => ca_bundle::run(tree, clamp_time),
        };
        result.map_err(|problem| ConvertError::Rule {
            recipe: recipe.name.clone(),
            problem,
        })?;
    }
    Ok(found)
}

/// Takes the exported symbols out of the programs the recipe names.
pub(super) fn clear_exports(
    rules: &Rules<'_>,
    recipe: &PackageRecipe,
    tree: &mut Tree,
) -> Result<(), ConvertError> {
    for text in &recipe.clear_exports {
        let paths = rules.paths_of(tree, text)?;
        if paths.is_empty() {
            return Err(rules.wrong(format!("clear-exports names {text}, which is not there")));
        }
        for path in paths {
            let Some(node) = tree.nodes.get_mut(&path) else {
                continue;
            };
            let bytes = node.bytes().unwrap_or_default();
            let cleared = exports::clear(bytes).map_err(|problem| {
                rules.wrong(format!("the exports of {path} cannot be taken out: {problem}"))
            })?;
            node.content = Content::File(cleared.into());
        }
    }
    Ok(())
}
