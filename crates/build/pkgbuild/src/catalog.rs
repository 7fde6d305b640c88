//! All recipes of the project: `distro/packages/*/package.toml`.

use crate::error::Error;
use crate::recipe::Recipe;
use std::fs;
use std::path::{Path, PathBuf};

/// Name of the recipe in a package's directory.
const RECIPE: &str = "package.toml";

/// A recipe and the directory it was found in, which its relative paths start from.
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    /// The recipe.
    pub recipe: Recipe,
    /// Its directory.
    pub directory: PathBuf,
}

/// The recipes in the order they can be built in, and by name.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    entries: Vec<Located>,
}

impl Catalog {
    /// Reads every recipe below `directory` (`distro/packages`).
    ///
    /// # Errors
    /// When the directory or a recipe cannot be read, or a recipe is wrong.
    pub fn load(directory: &Path) -> Result<Self, Error> {
        let mut entries = Vec::new();
        for package in subdirectories(directory)? {
            entries.push(load_recipe(&package)?);
        }
        entries.sort_by(|a, b| order(a).cmp(&order(b)));
        Ok(Self { entries })
    }

    /// Every recipe.
    pub fn iter(&self) -> impl Iterator<Item = &Located> {
        self.entries.iter()
    }

    /// The recipe of one package.
    ///
    /// # Errors
    /// When there is none of that name; the error lists those there are.
    pub fn find(&self, name: &str) -> Result<&Located, Error> {
        let found = self.entries.iter().find(|entry| entry.recipe.name == name);
        found.ok_or_else(|| Error::UnknownPackage {
            name: name.into(),
            known: self.names(),
        })
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self
            .entries
            .iter()
            .map(|entry| entry.recipe.name.as_str())
            .collect();
        names.join(", ")
    }
}

/// Programs come last: they are compiled with tools that need the others.
fn order(entry: &Located) -> (bool, &str) {
    (crate::is_compiled(entry), &entry.recipe.name)
}

fn subdirectories(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let read = |source| Error::Read {
        what: "recipes",
        path: directory.into(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(read)? {
        let path = entry.map_err(read)?.path();
        if path.join(RECIPE).is_file() {
            found.push(path);
        }
    }
    Ok(found)
}

/// For lists, what a spec file says in its first lines, as it stands there; rpm alone knows what its macros make of it.
fn described(mut recipe: Recipe, directory: &Path) -> Recipe {
    let Some(spec) = &recipe.spec else {
        return recipe;
    };
    let name = PathBuf::from(format!("{}.spec", recipe.name));
    let file = directory.join(spec.file.as_ref().unwrap_or(&name));
    // One that is missing is an error when it is built, and then of that recipe only.
    let text = fs::read_to_string(file).unwrap_or_default();
    let value = |tag: &str| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(tag)?.strip_prefix(':'));
        line.unwrap_or_default().trim().to_owned()
    };
    recipe.version = value("Version");
    recipe.summary = value("Summary");
    recipe
}

fn load_recipe(directory: &Path) -> Result<Located, Error> {
    let path = directory.join(RECIPE);
    let text = fs::read_to_string(&path).map_err(|source| Error::Read {
        what: "recipe",
        path: path.clone(),
        source,
    })?;
    let wrong = |reason| Error::Recipe {
        path: path.clone(),
        reason,
    };
    let recipe = Recipe::parse(&text).map_err(wrong)?;
    if directory
        .file_name()
        .is_none_or(|name| name != recipe.name.as_str())
    {
        return Err(wrong(format!(
            "name = {:?}, but the directory has another name",
            recipe.name
        )));
    }
    Ok(Located {
        recipe: described(recipe, directory),
        directory: directory.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(root: &Path, directory: &str, name: &str) {
        let path = root.join(directory);
        fs::create_dir_all(&path).unwrap();
        let text = format!(
            "name = \"{name}\"\nversion = \"1\"\nrelease = \"1\"\nkind = \"tree\"\nsummary = \"s\"\n\
             description = \"d\"\nlicense = \"MIT\"\n"
        );
        fs::write(path.join(RECIPE), text).unwrap();
    }

    #[test]
    fn recipes_are_sorted_and_other_directories_ignored() {
        let root = tempfile::tempdir().unwrap();
        recipe(root.path(), "b", "b");
        recipe(root.path(), "a", "a");
        fs::create_dir(root.path().join("notes")).unwrap();
        let catalog = Catalog::load(root.path()).unwrap();
        let names: Vec<_> = catalog.iter().map(|entry| entry.recipe.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn what_is_compiled_comes_after_what_is_not() {
        let root = tempfile::tempdir().unwrap();
        recipe(root.path(), "a", "a");
        recipe(root.path(), "b", "b");
        let program = root.path().join("a").join(RECIPE);
        let text = fs::read_to_string(&program)
            .unwrap()
            .replace("\"tree\"", "\"cargo\"");
        let table = "arch = \"native\"\n[cargo]\npackage = \"a\"\nbins = []\n";
        fs::write(&program, text + table).unwrap();
        let catalog = Catalog::load(root.path()).unwrap();
        let names: Vec<_> = catalog.iter().map(|entry| entry.recipe.name.as_str()).collect();
        assert_eq!(names, ["b", "a"]);
    }

    #[test]
    fn an_unknown_package_is_answered_with_the_known_ones() {
        let root = tempfile::tempdir().unwrap();
        recipe(root.path(), "tdnf", "tdnf");
        let error = Catalog::load(root.path()).unwrap().find("tdfn").unwrap_err();
        assert!(error.to_string().contains("tdnf"), "{error}");
    }

    #[test]
    fn a_recipe_in_the_wrong_directory_is_refused() {
        let root = tempfile::tempdir().unwrap();
        recipe(root.path(), "a", "b");
        assert!(
            Catalog::load(root.path())
                .unwrap_err()
                .to_string()
                .contains("another name")
        );
    }

    #[test]
    fn a_missing_directory_is_named() {
        let error = Catalog::load(Path::new("/nonexistent/packages")).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/packages"), "{error}");
    }
}
