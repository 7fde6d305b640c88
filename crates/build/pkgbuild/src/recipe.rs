//! The recipe of one package: the schema of `distro/packages/NAME/package.toml`.
//!
//! ```
//! # let text = r#"
//! name = "lumen-release"
//! version = "1.0"
//! release = "1"
//! kind = "tree"
//! summary = "Name and version of the operating system"
//! description = "os-release and its relatives."
//! license = "MIT OR Apache-2.0"
//! trees = ["files"]
//! links = [{ path = "/etc/os-release", to = "../usr/lib/os-release" }]
//! # "#;
//! # let recipe = pkgbuild::recipe::Recipe::parse(text).unwrap();
//! # assert_eq!(recipe.name, "lumen-release");
//! ```
//!
//! A package of kind `spec` says all about itself in its spec file; the recipe only says what that is built from:
//!
//! ```
//! # let text = r#"
//! name = "zlib"
//! kind = "spec"
//! [[spec.sources]]
//! path = "pool/main/z/zlib/zlib_1.3.dfsg+really1.3.1.orig.tar.gz"
//! size = 1325737
//! sha512 = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
//! # "#;
//! # assert!(pkgbuild::recipe::Recipe::parse(text).unwrap().spec.is_some());
//! ```
//!
//! `{version}`, `{arch}`, `{multiarch}` and `{clamp_time}` are replaced in `provides`, `requires`, paths of links and of what
//! is compiled, and `text` (see [`crate::Names`]).

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What one package is made of.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Name of the package; equal to the name of its directory.
    pub name: String,
    /// Version, or `workspace`: that of the Cargo workspace. This and the next ones are in the spec file of kind `spec`.
    #[serde(default)]
    pub version: String,
    /// Release.
    #[serde(default)]
    pub release: String,
    /// How it is made.
    pub kind: Kind,
    /// Why it is built only when somebody asks for it by name: that takes too long for every day.
    #[serde(default, rename = "only-by-name")]
    pub only_by_name: Option<String>,
    /// The architectures it can be installed on.
    #[serde(default)]
    pub arch: Architecture,
    /// One line.
    #[serde(default)]
    pub summary: String,
    /// Some lines.
    #[serde(default)]
    pub description: String,
    /// SPDX licence expression.
    #[serde(default)]
    pub license: String,
    /// Dependencies in spec syntax (`name >= 1.2`).
    #[serde(default)]
    pub requires: Vec<String>,
    /// Names this package answers to, besides its own.
    #[serde(default)]
    pub provides: Vec<String>,
    /// Packages that cannot be installed beside it.
    #[serde(default)]
    pub conflicts: Vec<String>,
    /// Packages it replaces.
    #[serde(default)]
    pub obsoletes: Vec<String>,
    /// Packages installed with it where possible.
    #[serde(default)]
    pub recommends: Vec<String>,
    /// Directories, relative to the recipe, whose content is packaged as it lies there.
    #[serde(default)]
    pub trees: Vec<PathBuf>,
    /// Directories to own, besides those of the trees.
    #[serde(default)]
    pub dirs: Vec<Dir>,
    /// Symbolic links.
    #[serde(default)]
    pub links: Vec<Link>,
    /// Files that are not in a tree, and attributes of files that are.
    #[serde(default)]
    pub files: Vec<File>,
    /// Licence texts, relative to the root of the project; they go to /usr/share/licenses/NAME.
    #[serde(default)]
    pub licenses: Vec<PathBuf>,
    /// The programs, for kind `cargo`.
    #[serde(default)]
    pub cargo: Option<Cargo>,
    /// The module and its programs, for kind `go`.
    #[serde(default)]
    pub go: Option<Go>,
    /// What is built by rpmbuild, for kind `spec`.
    #[serde(default)]
    pub spec: Option<Spec>,
}

/// How a package is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// From the files, links and directories the recipe names.
    Tree,
    /// Like `tree`, with programs of this workspace, compiled in the sandbox.
    Cargo,
    /// From sources, by a spec file, with rpmbuild in the sandbox.
    Spec,
    /// Like `tree`, with programs of a Go module, compiled in the sandbox.
    Go,
}

/// The architectures a package can be installed on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    /// Every one: nothing in the package depends on it.
    #[default]
    Noarch,
    /// The one it is built for.
    Native,
}

/// A directory the package owns.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dir {
    /// Absolute path.
    pub path: String,
    /// Permission bits as octal text.
    #[serde(default = "mode_of_directories")]
    pub mode: String,
    /// Owner.
    #[serde(default = "root")]
    pub user: String,
    /// Group.
    #[serde(default = "root")]
    pub group: String,
}

/// A symbolic link.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Absolute path of the link.
    pub path: String,
    /// What it points to, word for word.
    pub to: String,
}

/// A file with its own text, or the attributes of one that lies in a tree.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Absolute path.
    pub path: String,
    /// Its text, when it lies in no tree.
    #[serde(default)]
    pub text: Option<String>,
    /// Its content, when the build makes it.
    #[serde(default)]
    pub content: Option<Generated>,
    /// Permission bits as octal text; those of the file in the tree (0644 or 0755) unless given.
    #[serde(default)]
    pub mode: Option<String>,
    /// Owner.
    #[serde(default = "root")]
    pub user: String,
    /// Group.
    #[serde(default = "root")]
    pub group: String,
    /// Marks a file outside /etc as `%config(noreplace)`; files below /etc always are.
    #[serde(default)]
    pub config: bool,
}

/// Content that exists only once something is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Generated {
    /// The public half of the key that signs packages and metadata, armored.
    SigningKey,
}

/// Programs of this workspace.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cargo {
    /// The crate.
    pub package: String,
    /// Its programs and where they go.
    #[serde(default)]
    pub bins: Vec<Bin>,
    /// What its library becomes (`libx.so`, `libx.a`), and where that goes.
    #[serde(default)]
    pub libs: Vec<Bin>,
    /// Links the C library into the program, for one that runs where there is none.
    #[serde(default, rename = "static")]
    pub is_static: bool,
}

/// What rpmbuild is given.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The spec file, relative to the recipe; NAME.spec unless given.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// What upstream has published, as the Debian archive keeps it.
    #[serde(default)]
    pub sources: Vec<Source>,
    /// Directories, relative to the recipe, whose files are sources too; those beside the recipe always are.
    #[serde(default)]
    pub with: Vec<PathBuf>,
    /// Macros that are set before the spec file is read.
    #[serde(default)]
    pub define: BTreeMap<String, String>,
    /// Flags of distro/build/macros that this package cannot bear, each with the reason.
    #[serde(default)]
    pub relax: BTreeMap<String, String>,
    /// Whether the build finds a key for kernel modules among its sources, `module_signing_key.pem`, made for it alone.
    #[serde(default, rename = "module-key")]
    pub module_key: bool,
}

/// A file of the Debian archive.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its path on a mirror; the spec file knows it by its last part.
    pub path: String,
    /// Its SHA-512 in hexadecimal.
    pub sha512: String,
    /// Its size in bytes.
    pub size: u64,
    /// Whether it is in the archive of security updates.
    #[serde(default)]
    pub security: bool,
}

impl Source {
    /// The name it has for the spec file.
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// The flags that [`Spec::relax`] may name, as they are called in distro/build/macros.
pub const RELAXABLE: [&str; 7] = [
    "pie",
    "relro",
    "fortify",
    "stack-protector",
    "stack-clash",
    "cet",
    "format",
];

/// Programs of a Go module.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Go {
    /// The directory with `go.mod`, relative to the recipe; all that the module needs is in its `vendor/`.
    pub module: PathBuf,
    /// Its programs, each by its package (`./cmd/x`), and where they go.
    pub bins: Vec<Bin>,
}

/// One program, or one file of a library.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bin {
    /// Its name as Cargo knows it, or its package as Go does.
    pub name: String,
    /// Absolute path on the system.
    pub path: String,
}

impl Cargo {
    /// All that is compiled.
    pub fn products(&self) -> impl Iterator<Item = &Bin> {
        self.bins.iter().chain(&self.libs)
    }
}

impl Recipe {
    /// Reads a recipe.
    ///
    /// # Errors
    /// When the text is no TOML, has a key this schema does not know, lacks one, or contradicts itself.
    pub fn parse(text: &str) -> Result<Self, String> {
        let recipe: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        recipe.check()?;
        Ok(recipe)
    }

    fn check(&self) -> Result<(), String> {
        self.check_kind()?;
        self.check_texts()?;
        self.spec.iter().try_for_each(Spec::check)?;
        for path in self.paths() {
            check_path(path)?;
        }
        for mode in self.modes() {
            parse_mode(mode)?;
        }
        self.files.iter().try_for_each(File::check)
    }

    fn check_kind(&self) -> Result<(), String> {
        match (self.kind, self.cargo.is_some(), self.arch) {
            (Kind::Tree, true, _) => {
                Err("kind is \"tree\", but there is a table [cargo]; set kind = \"cargo\"".into())
            }
            (Kind::Cargo, false, _) => Err("kind is \"cargo\", but the table [cargo] is missing".into()),
            (Kind::Cargo, true, Architecture::Noarch) => {
                Err("kind is \"cargo\": programs need arch = \"native\"".into())
            }
            _ if (self.kind == Kind::Go) != self.go.is_some() => {
                Err("a table [go] and kind = \"go\" belong together".into())
            }
            (Kind::Go, _, Architecture::Noarch) => {
                Err("kind is \"go\": programs need arch = \"native\"".into())
            }
            _ if (self.kind == Kind::Spec) != self.spec.is_some() => {
                Err("a table [spec] and kind = \"spec\" belong together".into())
            }
            _ => Ok(()),
        }
    }

    /// A spec file says these things itself, and one place is enough.
    fn check_texts(&self) -> Result<(), String> {
        let texts = [
            ("version", &self.version),
            ("release", &self.release),
            ("summary", &self.summary),
            ("description", &self.description),
            ("license", &self.license),
        ];
        let in_spec = self.kind == Kind::Spec;
        match texts.iter().find(|(_, text)| text.is_empty() != in_spec) {
            Some((name, _)) if in_spec => {
                Err(format!("`{name}` is what the spec file says; take it out here"))
            }
            Some((name, _)) => Err(format!("missing field `{name}`")),
            None => Ok(()),
        }
    }

    fn paths(&self) -> impl Iterator<Item = &str> {
        let dirs = self.dirs.iter().map(|dir| dir.path.as_str());
        let links = self.links.iter().map(|link| link.path.as_str());
        let files = self.files.iter().map(|file| file.path.as_str());
        let bins = self
            .cargo
            .iter()
            .flat_map(Cargo::products)
            .chain(self.go.iter().flat_map(|go| &go.bins))
            .map(|bin| bin.path.as_str());
        dirs.chain(links).chain(files).chain(bins)
    }

    fn modes(&self) -> impl Iterator<Item = &str> {
        let dirs = self.dirs.iter().map(|dir| dir.mode.as_str());
        dirs.chain(self.files.iter().filter_map(|file| file.mode.as_deref()))
    }
}

impl Spec {
    fn check(&self) -> Result<(), String> {
        for source in &self.sources {
            source.check()?;
        }
        for (flag, reason) in &self.relax {
            if !RELAXABLE.contains(&flag.as_str()) {
                return Err(format!(
                    "relax: there is no flag {flag:?}; there are {}",
                    RELAXABLE.join(", ")
                ));
            }
            if reason.trim().is_empty() {
                return Err(format!("relax: {flag} needs a reason"));
            }
        }
        Ok(())
    }
}

impl Source {
    fn check(&self) -> Result<(), String> {
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if self.sha512.len() != 128 || !self.sha512.chars().all(hex) {
            return Err(format!(
                "sha512 of {} is no SHA-512 in lower-case hexadecimal",
                self.path
            ));
        }
        let inside = |part: &str| !part.is_empty() && part != "." && part != "..";
        match self.path.split('/').all(inside) {
            true => Ok(()),
            false => Err(format!("source {:?} is no path on a mirror", self.path)),
        }
    }
}

impl File {
    fn check(&self) -> Result<(), String> {
        match (&self.text, &self.content) {
            (Some(_), Some(_)) => Err(format!("{}: give `text` or `content`, not both", self.path)),
            _ => Ok(()),
        }
    }
}

/// Refuses what rpm would not keep as it is: relative paths, `.` and `..`, doubled and trailing slashes.
fn check_path(path: &str) -> Result<(), String> {
    let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    match path.strip_prefix('/') {
        Some("") => Ok(()),
        Some(rest) if rest.split('/').all(plain) => Ok(()),
        _ => Err(format!(
            "path {path:?} must be absolute and without `.`, `..`, `//` or a final `/`"
        )),
    }
}

/// Permission bits from octal text.
pub(crate) fn parse_mode(text: &str) -> Result<u16, String> {
    match u16::from_str_radix(text, 8) {
        Ok(mode) if mode <= 0o7777 => Ok(mode),
        _ => Err(format!("mode {text:?} is no octal number up to 7777")),
    }
}

fn mode_of_directories() -> String {
    "0755".into()
}

fn root() -> String {
    "root".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"
name = "x"
version = "1"
release = "1"
summary = "s"
description = "d"
license = "MIT"
"#;

    fn parse(rest: &str) -> Result<Recipe, String> {
        Recipe::parse(&format!("{HEAD}{rest}"))
    }

    #[test]
    fn a_tree_needs_no_more_than_its_name_and_texts() {
        let recipe = parse("kind = \"tree\"").unwrap();
        assert_eq!(recipe.arch, Architecture::Noarch);
        assert!(recipe.trees.is_empty());
    }

    #[test]
    fn defaults_of_directories_are_those_of_mkdir_by_root() {
        let recipe = parse("kind = \"tree\"\ndirs = [{ path = \"/opt\" }]").unwrap();
        let dir = &recipe.dirs[0];
        assert_eq!(
            (dir.mode.as_str(), dir.user.as_str(), dir.group.as_str()),
            ("0755", "root", "root")
        );
    }

    #[test]
    fn a_misspelt_key_is_named_with_its_line() {
        let error = parse("kind = \"tree\"\nrequire = [\"bash\"]").unwrap_err();
        assert!(error.contains("require") && error.contains("line 9"), "{error}");
    }

    #[test]
    fn an_unknown_kind_lists_the_known_ones() {
        let error = parse("kind = \"rpm\"").unwrap_err();
        assert!(error.contains("tree") && error.contains("cargo"), "{error}");
    }

    #[test]
    fn cargo_table_and_kind_must_agree() {
        assert!(
            parse("kind = \"cargo\"")
                .unwrap_err()
                .contains("[cargo] is missing")
        );
        let table = "[cargo]\npackage = \"x\"\nbins = []\n";
        assert!(
            parse(&format!("kind = \"tree\"\n{table}"))
                .unwrap_err()
                .contains("set kind")
        );
        assert!(
            parse(&format!("kind = \"cargo\"\n{table}"))
                .unwrap_err()
                .contains("native")
        );
        assert!(parse(&format!("kind = \"cargo\"\narch = \"native\"\n{table}")).is_ok());
    }

    #[test]
    fn paths_that_rpm_would_change_are_refused() {
        for path in ["etc", "/etc/", "/a//b", "/a/../b", "/./a"] {
            let text = format!("kind = \"tree\"\ndirs = [{{ path = \"{path}\" }}]");
            assert!(parse(&text).unwrap_err().contains("must be absolute"), "{path}");
        }
        assert!(parse("kind = \"tree\"\ndirs = [{ path = \"/\" }]").is_ok());
    }

    #[test]
    fn modes_are_octal_and_at_most_four_digits() {
        assert_eq!(parse_mode("0755"), Ok(0o755));
        assert_eq!(parse_mode("2755"), Ok(0o2755));
        for mode in ["", "0888", "17777", "rwx"] {
            assert!(parse_mode(mode).is_err(), "{mode}");
        }
    }

    fn parse_spec(rest: &str) -> Result<Recipe, String> {
        Recipe::parse(&format!("name = \"x\"\nkind = \"spec\"\n{rest}"))
    }

    #[test]
    fn a_spec_says_everything_else_itself() {
        assert!(parse_spec("[spec]\n").is_ok());
        assert!(parse_spec("").unwrap_err().contains("belong together"));
        assert!(
            parse("kind = \"spec\"\n[spec]\n")
                .unwrap_err()
                .contains("take it out here")
        );
        assert!(
            Recipe::parse("name = \"x\"\nkind = \"tree\"")
                .unwrap_err()
                .contains("`version`")
        );
    }

    #[test]
    fn a_flag_is_relaxed_with_a_reason_only() {
        assert!(parse_spec("spec.relax.cet = \"its assembler has no ENDBR\"").is_ok());
        assert!(
            parse_spec("spec.relax.cet = \" \"")
                .unwrap_err()
                .contains("needs a reason")
        );
        let error = parse_spec("spec.relax.canary = \"slow\"").unwrap_err();
        assert!(
            error.contains("\"canary\"") && error.contains("stack-protector"),
            "{error}"
        );
    }

    #[test]
    fn sources_are_pinned_paths() {
        let source = |path: &str, sha512: &str| {
            parse_spec(&format!(
                "spec.sources = [{{ path = \"{path}\", size = 1, sha512 = \"{sha512}\" }}]"
            ))
        };
        assert!(source("pool/a.tar.gz", &"0f".repeat(64)).is_ok());
        assert!(
            source("pool/a.tar.gz", &"0f".repeat(32))
                .unwrap_err()
                .contains("SHA-512")
        );
        assert!(
            source("../a.tar.gz", &"0f".repeat(64))
                .unwrap_err()
                .contains("no path on a mirror")
        );
    }

    #[test]
    fn a_file_has_one_origin() {
        let text = "kind = \"tree\"\nfiles = [{ path = \"/a\", text = \"x\", content = \"signing-key\" }]";
        assert!(parse(text).unwrap_err().contains("not both"));
    }
}
