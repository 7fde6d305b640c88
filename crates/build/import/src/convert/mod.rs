//! Conversion: the Debian packages of a recipe become one RPM.
//!
//! No maintainer script is run or taken over. Files are mapped to our layout ([`layout`]), the recipe's rules applied
//! ([`rules`]), what scripts would generate is generated ([`steps`]), and dependencies are read from the result.

mod error;
mod layout;
mod license;
mod package;
mod rules;
mod steps;
mod tree;
mod version;

use std::path::{Path, PathBuf};

use deb::Control;

pub use error::ConvertError;
pub(crate) use layout::{parent, resolve};
pub use version::normalise;

use self::layout::Layout;
use self::package::Package;
use self::rules::Rules;
use self::tree::{Reader, Tree};
use crate::arch::Arch;
use crate::recipe::PackageRecipe;

/// Goes up whenever the same recipe and packages would give another RPM.
pub const CONVERTER_VERSION: u32 = 6;

/// What is the same for all packages of an import.
#[derive(Clone, Copy)]
pub struct ConvertContext<'a> {
    /// The architecture.
    pub arch: &'a Arch,
    /// Seconds since 1970: the build time, and no file is younger.
    pub clamp_time: u64,
    /// Signs the packages.
    pub signer: Option<&'a (dyn rpmfile::Signer + Sync)>,
    /// Where the RPMs go.
    pub out_dir: &'a Path,
    /// Compression of the payload, 1 to 22.
    pub zstd_level: i32,
}

/// Converts the Debian packages of a recipe, given in its order. Returns the RPMs written.
pub fn convert(
    recipe: &PackageRecipe,
    debs: &[PathBuf],
    context: &ConvertContext<'_>,
) -> Result<Vec<PathBuf>, ConvertError> {
    let (mut tree, controls) = read(debs, context)?;
    let clamp_time = u32::try_from(context.clamp_time).unwrap_or(u32::MAX);
    let rules = Rules::new(recipe, clamp_time);
    let before = rules.select(&mut tree)?;
    let found = steps::run(recipe, &mut tree, context)?;
    steps::clear_exports(&rules, recipe, &mut tree)?;
    rules.add(&mut tree)?;
    rules::prune(&mut tree, &before, &rules::declared(recipe));
    rules.attributes(&mut tree)?;
    rules.add_licenses(&mut tree);
    tree.heal_hard_links();
    rules::own_directories(&mut tree, clamp_time);
    let package = Package {
        recipe,
        context,
        controls: &controls,
        tree: &tree,
        found,
    };
    Ok(vec![package.write()?])
}

fn read(debs: &[PathBuf], context: &ConvertContext<'_>) -> Result<(Tree, Vec<Control>), ConvertError> {
    let layout = Layout::new(context.arch);
    let reader = Reader {
        layout: &layout,
        clamp_time: context.clamp_time,
    };
    let mut tree = Tree::default();
    let controls = debs
        .iter()
        .map(|deb| reader.read(deb, &mut tree))
        .collect::<Result<_, _>>()?;
    Ok((tree, controls))
}
