//! The recipes of `distro/import/*.toml`: which Debian packages make up which RPM, and what is changed on the way.
//!
//! A recipe is data only. Whatever a Debian maintainer script would have done at installation is declared here
//! instead: users, presets, links, modes, capabilities, configuration files and file triggers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::arch::Arch;

/// What went wrong while the recipes were read.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// A file or the directory could not be read.
    #[error("cannot read {path}: {source}; distro/import must hold the import recipes")]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A recipe file is not what [`PackageRecipe`] expects.
    #[error("cannot understand the recipes in {path}: {source}")]
    Parse {
        /// The recipe file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A value of a recipe makes no sense.
    #[error("recipe {package} in {path}: {problem}")]
    Invalid {
        /// The recipe file.
        path: PathBuf,
        /// The package.
        package: String,
        /// What is wrong and what is allowed.
        problem: String,
    },
}

/// All recipes, sorted by package name.
#[derive(Debug, Clone, Default)]
pub struct Recipes {
    /// One entry per RPM.
    pub packages: Vec<PackageRecipe>,
}

/// How one RPM is made from one or more Debian packages.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PackageRecipe {
    /// The name of the RPM, as Photon calls it where Photon has it.
    pub name: String,
    /// The set it belongs to: the stem of the recipe file (`base`, `container`, `kernel`, `tools`, `extras`).
    #[serde(default)]
    pub set: String,
    /// The Debian packages, by name; the first gives version, summary, description and URL. `{deb-arch}` (amd64),
    /// `{gnu-arch}` (x86-64) and `{cpu}` (x86_64) are replaced. `META -> PREFIX*` means: the package which the
    /// metapackage META depends on and whose name starts with PREFIX. See [`PackageRecipe::debs`].
    pub from: Vec<String>,
    /// The only architectures this package exists for; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_arch: Vec<String>,
    /// Replaces the summary of the first Debian package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Replaces the licence found in `debian/copyright`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// The group of the package; `Unspecified` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,

    /// Paths to keep (globs, after the merge of the library directories); empty: everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<String>,
    /// Paths to leave out (globs), on top of documentation, manuals and locales. Wins over `keep`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drop: Vec<String>,
    /// Files that get another path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<Move>,
    /// Symbolic links to add: path to target.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<String, String>,
    /// Files to add, or to put in place of what Debian ships.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<AddedFile>,
    /// Directories to add.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dirs: Vec<AddedDir>,
    /// Globs of `%config(noreplace)` files, on top of Debian's own conffiles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub config: Vec<String>,
    /// Globs of files below /etc that nobody edits: generated ones, which an update replaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_config: Vec<String>,
    /// Modes, owners and capabilities that differ from what the .deb says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attrs: Vec<Attr>,

    /// Programs (globs) whose exported symbols are taken out: Go programs export all they have, for plugins nobody uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clear_exports: Vec<String>,

    /// Lines of `/usr/lib/sysusers.d/NAME.conf`, sysusers.d(5).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<String>,
    /// Lines of `/usr/lib/tmpfiles.d/NAME.conf`, tmpfiles.d(5).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tmpfiles: Vec<String>,
    /// Lines of `/usr/lib/systemd/system-preset/80-NAME.preset`, systemd.preset(5).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presets: Vec<String>,
    /// File triggers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<Trigger>,
    /// Steps that need a program: see [`Step`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,

    /// Dependencies on top of what the files say, in spec syntax (`name >= 1.2`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
    /// Provided names on top of what the files say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub provides: Vec<String>,
    /// Packages that cannot be installed beside this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<String>,
    /// Packages that this one replaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obsoletes: Vec<String>,
    /// Weak dependencies: installed if possible.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recommends: Vec<String>,
    /// Weak dependencies: only a hint.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggests: Vec<String>,
    /// Generated Requires to leave out (globs over the name).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drop_requires: Vec<String>,
    /// Generated Provides to leave out (globs over the name).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drop_provides: Vec<String>,
}

/// Moves the files a glob matches. `to` ending in `/` keeps the file name.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// Glob over the path.
    pub from: String,
    /// The new path, or with a trailing slash the new directory.
    pub to: String,
}

/// A file of ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddedFile {
    /// Absolute path on the system.
    pub path: String,
    /// The content, if it is short.
    #[serde(default)]
    pub content: String,
    /// Else the name of a file below `distro/import/files`; read into `content` when the recipes are loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Octal mode.
    #[serde(default = "mode_0644")]
    pub mode: String,
    /// Marks the file `%config(noreplace)`; files below /etc always are.
    #[serde(default)]
    pub config: bool,
    /// Marks the file `%ghost`: owned, but not part of the payload.
    #[serde(default)]
    pub ghost: bool,
}

/// A directory of ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddedDir {
    /// Absolute path on the system.
    pub path: String,
    /// Octal mode.
    #[serde(default = "mode_0755")]
    pub mode: String,
    /// Owner.
    #[serde(default = "root")]
    pub user: String,
    /// Group.
    #[serde(default = "root")]
    pub group: String,
}

/// Mode, owner and capabilities of the files a glob matches; what is absent stays as in the .deb.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attr {
    /// Glob over the path.
    pub path: String,
    /// Octal mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Capabilities in the text form of cap_from_text(3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caps: Option<String>,
}

/// A file trigger of the package.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// When it runs.
    pub on: TriggerKind,
    /// Path prefixes that set it off.
    pub paths: Vec<String>,
    /// Higher runs earlier; rpm's default is 1,000,000.
    #[serde(default = "default_priority")]
    pub priority: u32,
    /// The interpreter.
    #[serde(default = "bin_sh")]
    pub program: String,
    /// The script.
    pub script: String,
}

/// The kinds of file triggers, rpm-file-triggers(7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TriggerKind {
    /// Once per package, after files were installed.
    FileTriggerIn,
    /// Once per package, before files are removed.
    FileTriggerUn,
    /// Once per package, after files were removed.
    FileTriggerPostUn,
    /// Once per transaction, after files were installed.
    TransFileTriggerIn,
    /// Once per transaction, before files are removed.
    TransFileTriggerUn,
    /// Once per transaction, after files were removed.
    TransFileTriggerPostUn,
}

/// What the converter generates where Debian runs a program at installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// `modules.dep` and its companions, as depmod(8) writes them; moves vmlinuz beside the modules.
    Kernel,
    /// Modules beside those of the kernel's own package, which is required in the same version.
    KernelModules,
    /// `/etc/ssl/certs`: the bundle, and a name link and a hash link for each certificate (c_rehash).
    CaBundle,
}

impl Recipes {
    /// Reads all `*.toml` files of a directory, and the added files they name below `files/`.
    pub fn load(dir: &Path) -> Result<Self, RecipeError> {
        let (mut packages, mut drop) = (Vec::new(), Vec::new());
        for path in toml_files(dir)? {
            let file = load_file(&path, dir)?;
            packages.extend(file.package);
            drop.extend(file.everywhere.drop);
        }
        packages
            .iter_mut()
            .for_each(|recipe| recipe.drop.extend_from_slice(&drop));
        packages.sort_by(|a, b| a.name.cmp(&b.name));
        refuse_twins(dir, &packages)?;
        Ok(Self { packages })
    }

    /// The recipes that apply to an architecture.
    pub fn for_arch<'a>(&'a self, arch: &'a Arch) -> impl Iterator<Item = &'a PackageRecipe> {
        self.packages.iter().filter(move |recipe| recipe.exists_on(arch))
    }

    /// The recipe of a package.
    pub fn get(&self, name: &str) -> Option<&PackageRecipe> {
        self.packages.iter().find(|recipe| recipe.name == name)
    }
}

impl PackageRecipe {
    /// Whether the package exists on this architecture.
    pub fn exists_on(&self, arch: &Arch) -> bool {
        self.only_arch.is_empty() || self.only_arch.iter().any(|only| only == arch.rpm())
    }

    /// The Debian packages of this recipe on an architecture.
    pub fn debs(&self, arch: &Arch) -> Vec<DebRef> {
        self.from.iter().map(|from| DebRef::parse(from, arch)).collect()
    }

    /// A digest over everything that decides how this recipe converts, the added files included.
    pub fn fingerprint(&self) -> String {
        let text = serde_json::to_vec(self).unwrap_or_default();
        hex::encode(Sha256::digest(text))
    }

    fn check(&self) -> Result<(), String> {
        if self.name.is_empty() || self.from.is_empty() {
            return Err("needs `name` and at least one Debian package in `from`".into());
        }
        let globs = [
            &self.keep,
            &self.drop,
            &self.config,
            &self.not_config,
            &self.clear_exports,
            &self.drop_requires,
            &self.drop_provides,
        ];
        let moved = self.moves.iter().map(|m| &m.from);
        let attrs = self.attrs.iter().map(|a| &a.path);
        for text in globs.into_iter().flatten().chain(moved).chain(attrs) {
            glob::Pattern::new(text).map_err(|err| format!("`{text}` is not a glob: {err}"))?;
        }
        self.modes().try_for_each(|mode| parse_mode(mode).map(drop))
    }

    fn modes(&self) -> impl Iterator<Item = &str> {
        let files = self.files.iter().map(|f| f.mode.as_str());
        let dirs = self.dirs.iter().map(|d| d.mode.as_str());
        files
            .chain(dirs)
            .chain(self.attrs.iter().filter_map(|a| a.mode.as_deref()))
    }
}

/// A Debian package, by name or through a metapackage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DebRef {
    /// This package.
    Name(String),
    /// The one dependency of a metapackage whose name starts with a prefix: how a kernel of no fixed name is named.
    Through {
        /// The metapackage.
        metapackage: String,
        /// What the name of the wanted dependency starts with.
        prefix: String,
    },
}

impl DebRef {
    fn parse(text: &str, arch: &Arch) -> Self {
        let text = arch.expand(text);
        match text.split_once("->") {
            Some((meta, prefix)) => Self::Through {
                metapackage: meta.trim().to_owned(),
                prefix: prefix.trim().trim_end_matches('*').to_owned(),
            },
            None => Self::Name(text),
        }
    }
}

/// An octal mode such as `0644`.
pub fn parse_mode(text: &str) -> Result<u16, String> {
    u16::from_str_radix(text, 8)
        .ok()
        .filter(|mode| *mode <= 0o7777)
        .ok_or_else(|| format!("`{text}` is not an octal mode such as 0644"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecipeFile {
    #[serde(default)]
    package: Vec<PackageRecipe>,
    #[serde(default)]
    everywhere: Everywhere,
}

/// Rules for all packages of all files.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Everywhere {
    #[serde(default)]
    drop: Vec<String>,
}

fn toml_files(dir: &Path) -> Result<Vec<PathBuf>, RecipeError> {
    let error = |source| RecipeError::Read {
        path: dir.to_owned(),
        source,
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(error)? {
        let path = entry.map_err(error)?.path();
        if path.extension().is_some_and(|ext| ext == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn load_file(path: &Path, dir: &Path) -> Result<RecipeFile, RecipeError> {
    let text = read(path)?;
    let mut file: RecipeFile = toml::from_str(&text).map_err(|source| RecipeError::Parse {
        path: path.to_owned(),
        source: Box::new(source),
    })?;
    let set = path.file_stem().unwrap_or_default().to_string_lossy();
    for recipe in &mut file.package {
        finish(recipe, &set, dir)?;
        recipe
            .check()
            .map_err(|problem| invalid(path, &recipe.name, problem))?;
    }
    Ok(file)
}

fn finish(recipe: &mut PackageRecipe, set: &str, dir: &Path) -> Result<(), RecipeError> {
    recipe.set = set.to_owned();
    for file in &mut recipe.files {
        if let Some(source) = &file.source {
            file.content = read(&dir.join("files").join(source))?;
        }
    }
    Ok(())
}

fn refuse_twins(dir: &Path, sorted: &[PackageRecipe]) -> Result<(), RecipeError> {
    match sorted.windows(2).find(|pair| pair[0].name == pair[1].name) {
        Some(pair) => {
            let problem = format!(
                "defined in {}.toml and in {}.toml; keep one",
                pair[0].set, pair[1].set
            );
            Err(invalid(dir, &pair[0].name, problem))
        }
        None => Ok(()),
    }
}

fn invalid(path: &Path, package: &str, problem: String) -> RecipeError {
    RecipeError::Invalid {
        path: path.to_owned(),
        package: package.to_owned(),
        problem,
    }
}

fn read(path: &Path) -> Result<String, RecipeError> {
    std::fs::read_to_string(path).map_err(|source| RecipeError::Read {
        path: path.to_owned(),
        source,
    })
}

fn mode_0644() -> String {
    "0644".into()
}

fn mode_0755() -> String {
    "0755".into()
}

fn root() -> String {
    "root".into()
}

fn bin_sh() -> String {
    "/bin/sh".into()
}

fn default_priority() -> u32 {
    1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(text: &str) -> Result<Recipes, RecipeError> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("files")).unwrap();
        std::fs::write(dir.path().join("files/motd"), "hello\n").unwrap();
        std::fs::write(dir.path().join("base.toml"), text).unwrap();
        Recipes::load(dir.path())
    }

    #[test]
    fn added_files_are_part_of_the_recipe_and_its_fingerprint() {
        let inline = "[[package]]\nname='a'\nfrom=['a']\nfiles=[{path='/etc/motd', content='hello'}]";
        let sourced = "[[package]]\nname='a'\nfrom=['a']\nfiles=[{path='/etc/motd', source='motd'}]";
        let (inline, sourced) = (recipe(inline).unwrap(), recipe(sourced).unwrap());
        assert_eq!(sourced.packages[0].files[0].content, "hello\n");
        assert_eq!(sourced.packages[0].set, "base");
        assert_ne!(
            inline.packages[0].fingerprint(),
            sourced.packages[0].fingerprint()
        );
    }

    #[test]
    fn names_depend_on_the_architecture() {
        let all = recipe(
            "[[package]]\nname='gcc'\nfrom=['gcc-14-{gnu-arch}-linux-gnu', 'k-{deb-arch} -> linux-image-6*']",
        )
        .unwrap();
        let through = DebRef::Through {
            metapackage: "k-arm64".into(),
            prefix: "linux-image-6".into(),
        };
        let expected = vec![DebRef::Name("gcc-14-aarch64-linux-gnu".into()), through];
        assert_eq!(
            all.packages[0].debs(&Arch::from_rpm("aarch64").unwrap()),
            expected
        );
    }

    #[test]
    fn the_recipes_of_the_distribution_are_valid() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../distro/import");
        let all = Recipes::load(&dir).unwrap();
        let glibc = all.get("glibc").unwrap();
        assert_eq!((glibc.set.as_str(), glibc.triggers.len()), ("base", 2));
        assert!(
            glibc.drop.iter().any(|glob| glob == "/usr/share/doc/**"),
            "the rules for all packages apply"
        );
    }

    #[test]
    fn no_module_of_the_kernel_is_in_two_packages_or_in_none() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../distro/import");
        let all = Recipes::load(&dir).unwrap();
        let modules = |globs: &[String]| -> Vec<String> {
            let of_modules = globs.iter().filter(|glob| glob.starts_with("/usr/lib/modules/"));
            of_modules.cloned().collect()
        };
        let left_out = modules(&all.get("linux-cloud").unwrap().drop);
        assert!(!left_out.is_empty());
        assert_eq!(left_out, modules(&all.get("linux-modules-extra").unwrap().keep));
    }

    #[test]
    fn a_package_may_exist_on_one_architecture_only() {
        let all = recipe("[[package]]\nname='a'\nfrom=['a']\nonly-arch=['aarch64']").unwrap();
        assert_eq!(all.for_arch(&Arch::from_rpm("x86_64").unwrap()).count(), 0);
        assert_eq!(all.for_arch(&Arch::from_rpm("aarch64").unwrap()).count(), 1);
    }

    #[test]
    fn mistakes_are_named() {
        let message = |text| recipe(text).unwrap_err().to_string();
        assert!(message("[[package]]\nname='a'\nfrom=['a']\nfoo=1").contains("foo"));
        assert!(message("[[package]]\nname='a'\nfrom=['a']\ndrop=['a***']").contains("not a glob"));
        assert!(message("[[package]]\nname='a'\nfrom=['a']\ndirs=[{path='/a', mode='9'}]").contains("octal"));
        assert!(message("[[package]]\nname='a'\nfrom=[]").contains("at least one"));
        let twice = "[[package]]\nname='a'\nfrom=['a']\n[[package]]\nname='a'\nfrom=['b']";
        assert!(message(twice).contains("base.toml"));
        assert!(
            message("[[package]]\nname='a'\nfrom=['a']\nfiles=[{path='/a', source='no'}]")
                .contains("files/no")
        );
    }
}
