//! A recipe's rules applied to the files of its Debian packages.

use std::collections::{BTreeMap, BTreeSet};

use glob::{MatchOptions, Pattern};

use super::error::ConvertError;
use super::layout::{is_standard, parent, resolve};
use super::tree::{Content, Node, Tree};
use crate::recipe::{Attr, PackageRecipe, parse_mode};

/// `*` stops at a slash, `**` does not.
const GLOB: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

const SETUID: u32 = 0o6000;

/// A recipe at work on a tree.
pub(super) struct Rules<'a> {
    recipe: &'a PackageRecipe,
    clamp_time: u32,
}

impl<'a> Rules<'a> {
    pub(super) fn new(recipe: &'a PackageRecipe, clamp_time: u32) -> Self {
        Self { recipe, clamp_time }
    }

    /// Leaves out what the recipe does not want and moves what belongs elsewhere. Returns the paths there were.
    pub(super) fn select(&self, tree: &mut Tree) -> Result<BTreeSet<String>, ConvertError> {
        let before: BTreeSet<String> = tree.nodes.keys().cloned().collect();
        let inner = inner_directories(&before);
        let (keep, drop) = (self.globs(&self.recipe.keep)?, self.globs(&self.recipe.drop)?);
        self.refuse_idle(&keep, &before, "keep")?;
        tree.nodes.retain(|path, node| {
            (node.is_directory() && inner.contains(path))
                || (keep.is_empty() || any(&keep, path)) && !any(&drop, path)
        });
        self.moves(tree)?;
        Ok(before)
    }

    fn moves(&self, tree: &mut Tree) -> Result<(), ConvertError> {
        for rule in &self.recipe.moves {
            let glob = self.glob(&rule.from)?;
            let found = paths_matching(tree, &glob);
            if found.is_empty() {
                return Err(self.wrong(format!("nothing to move at {}", rule.from)));
            }
            found.into_iter().for_each(|path| move_to(tree, &path, &rule.to));
        }
        Ok(())
    }

    /// Adds what the recipe declares: directories, files, links, users, presets.
    pub(super) fn add(&self, tree: &mut Tree) -> Result<(), ConvertError> {
        for dir in &self.recipe.dirs {
            let mut node = Node::new(Content::Directory, self.mode(&dir.mode)?, self.clamp_time);
            (node.user, node.group) = (dir.user.clone(), dir.group.clone());
            tree.nodes.insert(dir.path.clone(), node);
        }
        for file in &self.recipe.files {
            let mut node = Node::file(file.content.as_bytes(), self.mode(&file.mode)?, self.clamp_time);
            (node.config, node.ghost) = (file.config, file.ghost);
            tree.nodes.insert(file.path.clone(), node);
        }
        for (path, target) in &self.recipe.links {
            tree.nodes.insert(
                path.clone(),
                Node::new(Content::Link(target.clone()), 0o777, self.clamp_time),
            );
        }
        self.add_lists(tree);
        Ok(())
    }

    /// The one-line declarations, each kind in a file named after the package.
    fn add_lists(&self, tree: &mut Tree) {
        let name = &self.recipe.name;
        let lists = [
            (format!("/usr/lib/sysusers.d/{name}.conf"), &self.recipe.users),
            (format!("/usr/lib/tmpfiles.d/{name}.conf"), &self.recipe.tmpfiles),
            (
                format!("/usr/lib/systemd/system-preset/80-{name}.preset"),
                &self.recipe.presets,
            ),
        ];
        for (path, lines) in lists.into_iter().filter(|(_, lines)| !lines.is_empty()) {
            let text = lines.join("\n") + "\n";
            tree.nodes
                .insert(path, Node::file(text.into_bytes(), 0o644, self.clamp_time));
        }
    }

    /// The copyright files, for whoever must hand on the licences with the programs.
    pub(super) fn add_licenses(&self, tree: &mut Tree) {
        for (package, bytes) in std::mem::take(&mut tree.copyrights) {
            let mut node = Node::file(bytes.clone(), 0o644, self.clamp_time);
            node.license = true;
            tree.nodes.insert(
                format!("/usr/share/licenses/{}/{package}", self.recipe.name),
                node,
            );
            tree.copyrights.insert(package, bytes);
        }
    }

    /// Sets modes, owners, capabilities and the configuration mark.
    pub(super) fn attributes(&self, tree: &mut Tree) -> Result<(), ConvertError> {
        let mut declared = BTreeSet::new();
        for attr in &self.recipe.attrs {
            let glob = self.glob(&attr.path)?;
            let found = paths_matching(tree, &glob);
            if found.is_empty() {
                return Err(self.wrong(format!("attrs for {}, which is not there", attr.path)));
            }
            for path in found {
                tree.nodes
                    .get_mut(&path)
                    .map_or(Ok(()), |node| self.attribute(attr, node))?;
                declared.insert(path);
            }
        }
        self.refuse_setuid(tree, &declared)?;
        self.mark_config(tree)
    }

    fn attribute(&self, attr: &Attr, node: &mut Node) -> Result<(), ConvertError> {
        if let Some(mode) = &attr.mode {
            node.mode = self.mode(mode)?;
        }
        if let Some(user) = &attr.user {
            node.user.clone_from(user);
        }
        if let Some(group) = &attr.group {
            node.group.clone_from(group);
        }
        if attr.caps.is_some() {
            node.caps.clone_from(&attr.caps);
        }
        Ok(())
    }

    /// A program that gains rights is there because a recipe says so, never because Debian has it.
    fn refuse_setuid(&self, tree: &Tree, declared: &BTreeSet<String>) -> Result<(), ConvertError> {
        let gains = |node: &Node| matches!(node.content, Content::File(_)) && node.mode & SETUID != 0;
        match tree
            .nodes
            .iter()
            .find(|(path, node)| gains(node) && !declared.contains(*path))
        {
            Some((path, node)) => Err(self.wrong(format!(
                "{path} has mode {:04o}; say in `attrs` which it shall have",
                node.mode
            ))),
            None => Ok(()),
        }
    }

    /// Files below /etc belong to the administrator.
    fn mark_config(&self, tree: &mut Tree) -> Result<(), ConvertError> {
        let (config, generated) = (
            self.globs(&self.recipe.config)?,
            self.globs(&self.recipe.not_config)?,
        );
        for (path, node) in &mut tree.nodes {
            let is_config = node.config || path.starts_with("/etc/") || any(&config, path);
            node.config = is_config && matches!(node.content, Content::File(_)) && !any(&generated, path);
        }
        Ok(())
    }

    fn globs(&self, texts: &[String]) -> Result<Vec<Pattern>, ConvertError> {
        texts.iter().map(|text| self.glob(text)).collect()
    }

    fn glob(&self, text: &str) -> Result<Pattern, ConvertError> {
        Pattern::new(text).map_err(|error| self.wrong(format!("{text} is not a glob: {error}")))
    }

    fn mode(&self, text: &str) -> Result<u32, ConvertError> {
        parse_mode(text)
            .map(u32::from)
            .map_err(|problem| self.wrong(problem))
    }

    fn refuse_idle(
        &self,
        globs: &[Pattern],
        paths: &BTreeSet<String>,
        rule: &str,
    ) -> Result<(), ConvertError> {
        match globs
            .iter()
            .find(|glob| !paths.iter().any(|path| matches(glob, path)))
        {
            Some(glob) => Err(self.wrong(format!("{rule} names {glob}, which is not there"))),
            None => Ok(()),
        }
    }

    /// The paths a glob of the recipe speaks of.
    pub(super) fn paths_of(&self, tree: &Tree, text: &str) -> Result<Vec<String>, ConvertError> {
        Ok(paths_matching(tree, &self.glob(text)?))
    }

    pub(super) fn wrong(&self, problem: String) -> ConvertError {
        ConvertError::Rule {
            recipe: self.recipe.name.clone(),
            problem,
        }
    }
}

/// Removes links to files that were left out, and directories that are empty because of it.
pub(super) fn prune(tree: &mut Tree, before: &BTreeSet<String>, declared: &BTreeSet<String>) {
    let gone = |path: &String, node: &Node| match &node.content {
        Content::Link(target) => {
            let target = resolve(parent(path), target);
            before.contains(&target) && !tree.nodes.contains_key(&target)
        }
        _ => false,
    };
    let dangling: Vec<String> = tree
        .nodes
        .iter()
        .filter(|(path, node)| gone(path, node))
        .map(|(path, _)| path.clone())
        .collect();
    dangling.iter().for_each(|path| drop(tree.nodes.remove(path)));
    let inner = inner_directories(before);
    let leaf = |path: &String, node: &Node| !node.is_directory() || !inner.contains(path);
    let kept = tree
        .nodes
        .iter()
        .filter(|(path, node)| leaf(path, node))
        .map(|(path, _)| path.clone())
        .collect();
    let needed = inner_directories(&kept);
    tree.nodes.retain(|path, node| {
        !node.is_directory()
            || declared.contains(path)
            || !is_standard(path) && (kept.contains(path) || needed.contains(path))
    });
}

/// Every directory that `filesystem` does not own belongs to each package with a file in it, so that the last of them
/// takes it along when it goes.
pub(super) fn own_directories(tree: &mut Tree, clamp_time: u32) {
    let missing = inner_directories(&tree.nodes.keys().cloned().collect());
    for path in missing.into_iter().filter(|path| !is_standard(path)) {
        tree.nodes
            .entry(path)
            .or_insert_with(|| Node::new(Content::Directory, 0o755, clamp_time));
    }
}

/// All directories above the paths of a set.
fn inner_directories(paths: &BTreeSet<String>) -> BTreeSet<String> {
    let mut directories = BTreeSet::new();
    for path in paths {
        let mut directory = parent(path);
        while directory != "/" && directories.insert(directory.to_owned()) {
            directory = parent(directory);
        }
    }
    directories.insert("/".to_owned());
    directories
}

fn move_to(tree: &mut Tree, path: &str, to: &str) {
    let name = path.rsplit('/').next().unwrap_or_default();
    let new = if to.ends_with('/') {
        format!("{to}{name}")
    } else {
        to.to_owned()
    };
    rename(tree, path, new);
}

/// Gives a node another path.
pub(super) fn rename(tree: &mut Tree, path: &str, new: String) {
    if let Some(node) = tree.nodes.remove(path) {
        tree.nodes.insert(new, node);
    }
}

fn any(globs: &[Pattern], path: &str) -> bool {
    globs.iter().any(|glob| matches(glob, path))
}

pub(super) fn matches(glob: &Pattern, text: &str) -> bool {
    glob.matches_with(text, GLOB)
}

/// The paths a recipe declares itself.
pub(super) fn declared(recipe: &PackageRecipe) -> BTreeSet<String> {
    let links: &BTreeMap<String, String> = &recipe.links;
    let files = recipe.files.iter().map(|file| &file.path);
    recipe
        .dirs
        .iter()
        .map(|dir| &dir.path)
        .chain(files)
        .chain(links.keys())
        .cloned()
        .collect()
}

/// The paths of the tree that a rule speaks of, collected because the rule changes the tree.
fn paths_matching(tree: &Tree, glob: &Pattern) -> Vec<String> {
    tree.nodes
        .keys()
        .filter(|path| matches(glob, path))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> Tree {
        let mut tree = Tree::default();
        for path in paths {
            let (path, node) = match path.split_once(" -> ") {
                Some((path, target)) => (path, Node::new(Content::Link(target.into()), 0o777, 0)),
                None if path.ends_with('/') => (
                    path.trim_end_matches('/'),
                    Node::new(Content::Directory, 0o755, 0),
                ),
                None => (*path, Node::file(path.as_bytes(), 0o644, 0)),
            };
            tree.nodes.insert(path.to_owned(), node);
        }
        tree
    }

    fn run(recipe: &PackageRecipe, tree: &mut Tree) -> Result<Vec<String>, ConvertError> {
        let rules = Rules::new(recipe, 0);
        let before = rules.select(tree)?;
        rules.add(tree)?;
        prune(tree, &before, &declared(recipe));
        rules.attributes(tree)?;
        Ok(tree.nodes.keys().cloned().collect())
    }

    fn recipe(toml: &str) -> PackageRecipe {
        toml::from_str(&format!("name='a'\nfrom=['a']\n{toml}")).unwrap()
    }

    #[test]
    fn what_is_dropped_takes_its_links_and_empty_directories_along() {
        let files = [
            "/usr/",
            "/usr/x/",
            "/usr/x/a",
            "/usr/x/b/",
            "/usr/x/b/c",
            "/usr/l -> x/b/c",
            "/usr/m -> /no",
        ];
        let kept = run(&recipe("drop=['/usr/x/b/**']"), &mut tree(&files)).unwrap();
        assert_eq!(kept, ["/usr/m", "/usr/x", "/usr/x/a"]);
    }

    #[test]
    fn empty_directories_of_the_package_stay_and_standard_ones_go() {
        let files = [
            "/var/",
            "/var/lib/",
            "/var/lib/docker/",
            "/usr/",
            "/usr/bin/",
            "/usr/bin/d",
        ];
        let kept = run(&recipe(""), &mut tree(&files)).unwrap();
        assert_eq!(kept, ["/usr/bin/d", "/var/lib/docker"]);
    }

    #[test]
    fn directories_of_a_package_go_with_it() {
        let mut files = tree(&["/usr/share/licenses/a/a", "/usr/bin/a", "/etc/a/"]);
        own_directories(&mut files, 0);
        let paths: Vec<&String> = files.nodes.keys().collect();
        let licenses = [
            "/usr/share/licenses",
            "/usr/share/licenses/a",
            "/usr/share/licenses/a/a",
        ];
        assert_eq!(paths[2..], licenses);
        assert_eq!(paths[..2], ["/etc/a", "/usr/bin/a"]);
    }

    #[test]
    fn a_star_does_not_cross_a_slash() {
        let files = ["/a/b.so", "/a/b/c.so"];
        assert_eq!(
            run(&recipe("drop=['/a/*.so']"), &mut tree(&files)).unwrap(),
            ["/a/b/c.so"]
        );
        assert_eq!(
            run(&recipe("keep=['/a/**']"), &mut tree(&files)).unwrap().len(),
            2
        );
    }

    #[test]
    fn declarations_become_files() {
        let recipe = recipe("users=['g docker -']\npresets=['enable a']\nlinks={'/usr/bin/sh'='bash'}\n");
        let mut tree = tree(&[]);
        run(&recipe, &mut tree).unwrap();
        assert_eq!(
            tree.nodes["/usr/lib/sysusers.d/a.conf"].bytes(),
            Some(&b"g docker -\n"[..])
        );
        assert_eq!(
            tree.nodes["/usr/lib/systemd/system-preset/80-a.preset"].bytes(),
            Some(&b"enable a\n"[..])
        );
        assert_eq!(tree.nodes["/usr/bin/sh"].content, Content::Link("bash".into()));
    }

    #[test]
    fn setuid_must_be_declared() {
        let mut files = tree(&["/usr/bin/su"]);
        files.nodes.get_mut("/usr/bin/su").unwrap().mode = 0o4755;
        let error = run(&recipe(""), &mut files).unwrap_err().to_string();
        assert!(error.contains("/usr/bin/su has mode 4755"), "{error}");
        run(
            &recipe("attrs=[{path='/usr/bin/su', mode='0755', caps='cap_setuid=ep'}]"),
            &mut files,
        )
        .unwrap();
        assert_eq!(files.nodes["/usr/bin/su"].mode, 0o755);
        assert_eq!(files.nodes["/usr/bin/su"].caps.as_deref(), Some("cap_setuid=ep"));
    }

    #[test]
    fn rules_that_fit_nothing_are_refused() {
        let error = |toml| run(&recipe(toml), &mut tree(&["/a"])).unwrap_err().to_string();
        assert!(error("keep=['/b']").contains("keep names /b"));
        assert!(error("moves=[{from='/b', to='/c'}]").contains("nothing to move"));
        assert!(error("attrs=[{path='/b', mode='0755'}]").contains("not there"));
    }

    #[test]
    fn files_below_etc_are_configuration() {
        let mut files = tree(&["/etc/a", "/usr/a", "/usr/b"]);
        files.nodes.extend(tree(&["/etc/cache/x"]).nodes);
        run(
            &recipe("config=['/usr/b']\nnot-config=['/etc/cache/**']"),
            &mut files,
        )
        .unwrap();
        let config: Vec<&String> = files
            .nodes
            .iter()
            .filter(|(_, n)| n.config)
            .map(|(p, _)| p)
            .collect();
        assert_eq!(config, ["/etc/a", "/usr/b"]);
    }

    #[test]
    fn moves_keep_the_name_when_a_directory_is_given() {
        let recipe = recipe("moves=[{from='/a/*', to='/b/'}, {from='/c', to='/d'}]");
        assert_eq!(run(&recipe, &mut tree(&["/a/x", "/c"])).unwrap(), ["/b/x", "/d"]);
    }
}
