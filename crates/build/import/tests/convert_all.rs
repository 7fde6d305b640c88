//! Converts all recipes from a directory of Debian packages and looks at the result:
//! LUMEN_DEBS=DIR LUMEN_RPMS=DIR cargo test --release -p import --test convert_all -- --ignored --nocapture

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests are not in #[test] functions"
)]

use std::path::{Path, PathBuf};

use import::{Arch, ConvertContext, DebRef, PackageRecipe, Recipes, convert, unresolved};

fn deb(debs: &[PathBuf], wanted: &DebRef) -> PathBuf {
    let fits = |path: &&PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match wanted {
            DebRef::Name(package) => name.starts_with(&format!("{package}_")),
            DebRef::Through { prefix, .. } => name.starts_with(prefix),
        }
    };
    debs.iter()
        .find(fits)
        .unwrap_or_else(|| panic!("no package for {wanted:?}"))
        .clone()
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    all.sort();
    all
}

#[test]
#[ignore = "needs a directory of Debian packages"]
fn everything_converts_and_nothing_is_unresolved() {
    let debs = files(Path::new(
        &std::env::var_os("LUMEN_DEBS").expect("LUMEN_DEBS names a directory"),
    ));
    let out = PathBuf::from(std::env::var_os("LUMEN_RPMS").expect("LUMEN_RPMS names a directory"));
    std::fs::create_dir_all(&out).unwrap();
    let arch = Arch::from_rpm("x86_64").unwrap();
    let recipes =
        Recipes::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../distro/import")).unwrap();
    let context = ConvertContext {
        arch: &arch,
        clamp_time: 1_763_000_000,
        signer: None,
        out_dir: &out,
        zstd_level: 3,
    };
    let (mut rpms, mut failures) = (Vec::new(), Vec::new());
    let mut recipes: Vec<&PackageRecipe> = recipes.for_arch(&arch).collect();
    if let Ok(only) = std::env::var("LUMEN_ONLY") {
        recipes.retain(|recipe| only.split(',').any(|name| name == recipe.name));
    }
    for recipe in recipes {
        let paths: Vec<PathBuf> = recipe
            .debs(&arch)
            .iter()
            .map(|wanted| deb(&debs, wanted))
            .collect();
        let start = std::time::Instant::now();
        match convert(recipe, &paths, &context) {
            Ok(made) => rpms.extend(made),
            Err(error) => failures.push(format!("{}: {error}", recipe.name)),
        }
        println!("{:<24} {:>6} ms", recipe.name, start.elapsed().as_millis());
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let left = unresolved(&rpms, &["filesystem", "/etc/environment", "/etc/localtime"]).unwrap();
    assert!(left.is_empty(), "{left:#?}");
}
