//! Pinned distribution binaries converted to signed RPMs.

mod arch;
pub mod recipe;

pub use arch::Arch;
pub use recipe::{DebRef, PackageRecipe, RecipeError, Recipes};
