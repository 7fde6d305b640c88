//! What a package holds, path by path: gathered from the recipe's trees, directories, links and files.

use crate::catalog::Located;
use crate::error::Error;
use crate::names::Names;
use crate::recipe::{File, Generated, parse_mode};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Where the bytes of a file come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A file on disk.
    Disk(PathBuf),
    /// Text of the recipe, with its placeholders replaced.
    Text(String),
    /// Content the build makes.
    Generated(Generated),
}

/// Kinds of path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Directory,
    File(Source),
    Link(String),
}

/// One path of the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) mode: u16,
    pub(crate) user: String,
    pub(crate) group: String,
    pub(crate) config: bool,
}

/// Paths in the order rpm keeps them.
pub(crate) type Entries = BTreeMap<String, Entry>;

impl Entry {
    fn of_root(kind: Kind, mode: u16) -> Self {
        Self {
            kind,
            mode,
            user: "root".into(),
            group: "root".into(),
            config: false,
        }
    }

    /// A program or text that the build made.
    pub(crate) fn file(path: PathBuf, mode: u16) -> Self {
        Self::of_root(Kind::File(Source::Disk(path)), mode)
    }
}

/// Gathers all paths of `package` except its compiled programs. `project` is the root licences are relative to.
pub(crate) fn gather(package: &Located, project: &Path, names: &Names) -> Result<Entries, Error> {
    let mut gathering = Gathering {
        package,
        names,
        entries: Entries::new(),
    };
    for tree in &package.recipe.trees {
        gathering.tree(&package.directory.join(tree), "")?;
    }
    gathering.directories()?;
    gathering.links()?;
    gathering.licenses(project)?;
    gathering.files()?;
    Ok(gathering.entries)
}

struct Gathering<'a> {
    package: &'a Located,
    names: &'a Names,
    entries: Entries,
}

impl Gathering<'_> {
    /// Adds what lies in `directory`, which is `prefix` on the system.
    fn tree(&mut self, directory: &Path, prefix: &str) -> Result<(), Error> {
        for (name, path) in sorted_children(directory)? {
            let at = format!("{prefix}/{name}");
            let kind = fs::symlink_metadata(&path).map_err(|source| read_error(&path, source))?;
            if kind.is_dir() {
                if depth(&at) > SHARED_DEPTH {
                    self.entries
                        .entry(at.clone())
                        .or_insert_with(|| Entry::of_root(Kind::Directory, 0o755));
                }
                self.tree(&path, &at)?;
            } else if kind.is_symlink() {
                let target = fs::read_link(&path).map_err(|source| read_error(&path, source))?;
                self.add(
                    at,
                    Entry::of_root(Kind::Link(target.to_string_lossy().into()), 0o777),
                )?;
            } else {
                // Git keeps no more than whether a file is executable, and a umask must not get into a package.
                let mode = if kind.permissions().mode() & 0o100 != 0 {
                    0o755
                } else {
                    0o644
                };
                self.add(at, Entry::file(path, mode))?;
            }
        }
        Ok(())
    }

    /// The recipe's directories; they override what a tree said about the same directory.
    fn directories(&mut self) -> Result<(), Error> {
        for dir in &self.package.recipe.dirs {
            let mut entry = Entry::of_root(Kind::Directory, self.mode(&dir.mode)?);
            entry.user.clone_from(&dir.user);
            entry.group.clone_from(&dir.group);
            self.entries.insert(dir.path.clone(), entry);
        }
        Ok(())
    }

    fn links(&mut self) -> Result<(), Error> {
        for link in &self.package.recipe.links {
            let path = self.names.expand(&link.path);
            self.add(
                path,
                Entry::of_root(Kind::Link(self.names.expand(&link.to)), 0o777),
            )?;
        }
        Ok(())
    }

    fn licenses(&mut self, project: &Path) -> Result<(), Error> {
        for license in &self.package.recipe.licenses {
            let name = license.file_name().unwrap_or_default().to_string_lossy();
            let path = format!("/usr/share/licenses/{}/{name}", self.package.recipe.name);
            self.add(path, Entry::file(project.join(license), 0o644))?;
        }
        Ok(())
    }

    fn files(&mut self) -> Result<(), Error> {
        self.package
            .recipe
            .files
            .iter()
            .try_for_each(|file| self.file(file))
    }

    /// A file with text or generated content is new; one without must lie in a tree.
    fn file(&mut self, file: &File) -> Result<(), Error> {
        let own = match (&file.text, file.content) {
            (Some(text), _) => Some(Source::Text(self.names.expand(text))),
            (None, Some(generated)) => Some(Source::Generated(generated)),
            (None, None) => None,
        };
        if let Some(source) = own {
            self.add(file.path.clone(), Entry::of_root(Kind::File(source), 0o644))?;
        }
        let mode = file.mode.as_deref().map(|mode| self.mode(mode)).transpose()?;
        let Some(entry) = self.entries.get_mut(&file.path) else {
            return Err(self.wrong(format!(
                "files: {} lies in no tree and has neither text nor content",
                file.path
            )));
        };
        entry.mode = mode.unwrap_or(entry.mode);
        entry.user.clone_from(&file.user);
        entry.group.clone_from(&file.group);
        entry.config = file.config || entry.config;
        Ok(())
    }

    fn add(&mut self, path: String, entry: Entry) -> Result<(), Error> {
        match self.entries.insert(path.clone(), entry) {
            None => Ok(()),
            Some(_) => Err(self.wrong(format!("{path} is named twice"))),
        }
    }

    fn mode(&self, text: &str) -> Result<u16, Error> {
        parse_mode(text).map_err(|reason| self.wrong(reason))
    }

    fn wrong(&self, reason: String) -> Error {
        Error::Recipe {
            path: self.package.directory.join("package.toml"),
            reason,
        }
    }
}

/// Directories up to this depth (`/etc`, `/usr/lib`) belong to `filesystem`; a tree below them is the package's own.
const SHARED_DEPTH: usize = 2;

fn depth(path: &str) -> usize {
    path.matches('/').count()
}

/// Names and paths in `directory`, sorted, so that no file system's order gets into a package.
fn sorted_children(directory: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let mut children = Vec::new();
    for child in fs::read_dir(directory).map_err(|source| read_error(directory, source))? {
        let child = child.map_err(|source| read_error(directory, source))?;
        children.push((child.file_name().to_string_lossy().into_owned(), child.path()));
    }
    children.sort();
    Ok(children)
}

fn read_error(path: &Path, source: std::io::Error) -> Error {
    Error::Read {
        what: "packaged file",
        path: path.into(),
        source,
    }
}

/// Whether a file is configuration: all of /etc is, as the administrator may edit it.
pub(crate) fn is_config(path: &str, entry: &Entry) -> bool {
    matches!(entry.kind, Kind::File(_)) && (entry.config || path.starts_with("/etc/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::Recipe;

    fn located(directory: &Path, rest: &str) -> Located {
        let head = "name = \"x\"\nversion = \"1\"\nrelease = \"1\"\nkind = \"tree\"\nsummary = \"s\"\n\
                    description = \"d\"\nlicense = \"MIT\"\n";
        Located {
            recipe: Recipe::parse(&format!("{head}{rest}")).unwrap(),
            directory: directory.into(),
        }
    }

    fn gathered(directory: &Path, rest: &str) -> Result<Entries, Error> {
        let names = Names {
            version: "1".into(),
            arch: "x86_64".into(),
            clamp_time: 7,
        };
        gather(&located(directory, rest), directory, &names)
    }

    fn tree_with(path: &str, mode: u32) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("files").join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "text").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        root
    }

    #[test]
    fn only_the_executable_bit_of_a_tree_counts() {
        let root = tree_with("etc/a", 0o600);
        assert_eq!(
            gathered(root.path(), "trees = [\"files\"]").unwrap()["/etc/a"].mode,
            0o644
        );
        let root = tree_with("etc/a", 0o711);
        assert_eq!(
            gathered(root.path(), "trees = [\"files\"]").unwrap()["/etc/a"].mode,
            0o755
        );
    }

    #[test]
    fn deep_directories_of_a_tree_are_owned_and_shared_ones_are_not() {
        let root = tree_with("usr/lib/sysctl.d/a.conf", 0o644);
        let entries = gathered(root.path(), "trees = [\"files\"]").unwrap();
        assert_eq!(entries["/usr/lib/sysctl.d"].kind, Kind::Directory);
        assert!(!entries.contains_key("/usr/lib"));
    }

    #[test]
    fn attributes_of_a_recipe_win_over_the_tree() {
        let root = tree_with("etc/shadow", 0o644);
        let text =
            "trees = [\"files\"]\nfiles = [{ path = \"/etc/shadow\", mode = \"0640\", group = \"shadow\" }]";
        let entries = gathered(root.path(), text).unwrap();
        assert_eq!(entries["/etc/shadow"].mode, 0o640);
        assert_eq!(entries["/etc/shadow"].group, "shadow");
    }

    #[test]
    fn attributes_of_a_file_that_is_nowhere_are_an_error() {
        let root = tree_with("etc/a", 0o644);
        let error = gathered(
            root.path(),
            "trees = [\"files\"]\nfiles = [{ path = \"/etc/b\" }]",
        )
        .unwrap_err();
        assert!(error.to_string().contains("/etc/b lies in no tree"), "{error}");
    }

    #[test]
    fn a_path_named_by_two_trees_is_an_error() {
        let root = tree_with("etc/a", 0o644);
        let error = gathered(root.path(), "trees = [\"files\", \"files\"]").unwrap_err();
        assert!(error.to_string().contains("/etc/a is named twice"), "{error}");
    }

    #[test]
    fn placeholders_are_replaced_in_links_and_texts() {
        let root = tempfile::tempdir().unwrap();
        let text = "links = [{ path = \"/usr/lib/{multiarch}\", to = \".\" }]\n\
                    files = [{ path = \"/etc/t\", text = \"{clamp_time}\" }]";
        let entries = gathered(root.path(), text).unwrap();
        assert_eq!(entries["/usr/lib/x86_64-linux-gnu"].kind, Kind::Link(".".into()));
        assert_eq!(entries["/etc/t"].kind, Kind::File(Source::Text("7".into())));
    }

    #[test]
    fn configuration_is_every_file_below_etc_but_no_link() {
        let file = Entry::file("x".into(), 0o644);
        assert!(is_config("/etc/a", &file));
        assert!(!is_config("/usr/etc/a", &file));
        assert!(!is_config(
            "/etc/a",
            &Entry::of_root(Kind::Link("b".into()), 0o777)
        ));
    }
}
