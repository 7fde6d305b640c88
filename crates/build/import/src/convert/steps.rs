//! What Debian generates at installation, generated here: see [`Step`].

use depgen::Found;

use super::ConvertContext;
use super::error::ConvertError;
use super::tree::Tree;
use crate::recipe::{PackageRecipe, Step};

mod ca_bundle;
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
            Step::CaBundle => ca_bundle::run(tree, clamp_time),
        };
        result.map_err(|problem| ConvertError::Rule {
            recipe: recipe.name.clone(),
            problem,
        })?;
    }
    Ok(found)
}
