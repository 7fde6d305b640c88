//! The files of a package while it is converted.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use deb::{Archive, Control, Entry, Kind};

use super::error::ConvertError;
use super::layout::Layout;

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    Directory,
    File(Arc<[u8]>),
    Link(String),
}

/// A file, directory or link and its attributes.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) content: Content,
    pub(super) mode: u32,
    pub(super) user: String,
    pub(super) group: String,
    pub(super) mtime: u32,
    pub(super) caps: Option<String>,
    pub(super) config: bool,
    pub(super) ghost: bool,
    pub(super) license: bool,
    /// May be gone from the system without anything being wrong.
    pub(super) missing_ok: bool,
    /// The first name of a file that has several: its content is there.
    pub(super) hard_link_of: Option<String>,
}

impl Node {
    pub(super) fn new(content: Content, mode: u32, mtime: u32) -> Self {
        Self {
            content,
            mode,
            user: "root".into(),
            group: "root".into(),
            mtime,
            caps: None,
            config: false,
            ghost: false,
            license: false,
            missing_ok: false,
            hard_link_of: None,
        }
    }

    pub(super) fn file(bytes: impl Into<Arc<[u8]>>, mode: u32, mtime: u32) -> Self {
        Self::new(Content::File(bytes.into()), mode, mtime)
    }

    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match &self.content {
            Content::File(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn is_directory(&self) -> bool {
        self.content == Content::Directory
    }
}

/// Paths to nodes, sorted.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) nodes: BTreeMap<String, Node>,
    /// Debian's copyright files, by package, each different one once.
    pub(super) copyrights: BTreeMap<String, Arc<[u8]>>,
}

/// Reads Debian packages into one tree.
pub(super) struct Reader<'a> {
    pub(super) layout: &'a Layout,
    /// No file is younger.
    pub(super) clamp_time: u64,
}

impl Reader<'_> {
    /// Adds the files of one package; returns its control files.
    pub(super) fn read(&self, deb: &Path, tree: &mut Tree) -> Result<Control, ConvertError> {
        let archive = Archive::open(deb).map_err(ConvertError::deb)?;
        let control = archive.control().map_err(ConvertError::deb)?;
        let conffiles: Vec<String> = control
            .conffiles()
            .into_iter()
            .map(|path| self.layout.path(path))
            .collect();
        archive.each_entry(|entry| self.add(entry, deb, &conffiles, tree))?;
        Ok(control)
    }

    fn add(
        &self,
        entry: &mut Entry<'_>,
        deb: &Path,
        conffiles: &[String],
        tree: &mut Tree,
    ) -> Result<(), ConvertError> {
        let path = self.layout.path(&entry.path);
        if let Some(package) = copyright_of(&path).filter(|_| entry.kind == Kind::File) {
            let bytes: Arc<[u8]> = read(entry, deb)?.into();
            if !tree.copyrights.values().any(|known| *known == bytes) {
                tree.copyrights.insert(package.to_owned(), bytes);
            }
        }
        if path.starts_with("/usr/share/doc/") || path.starts_with("/usr/share/man/") {
            return Ok(());
        }
        let mut node = self.node(entry, &path, deb, tree)?;
        node.config = conffiles.contains(&path);
        if node.content == Content::Link(path.clone()) || is_self_link(&path, &node) {
            return Ok(());
        }
        tree.insert(path, node, deb)
    }

    fn node(&self, entry: &mut Entry<'_>, path: &str, deb: &Path, tree: &Tree) -> Result<Node, ConvertError> {
        let mut first_name = None;
        let content = match entry.kind.clone() {
            Kind::Directory => Content::Directory,
            Kind::File => Content::File(read(entry, deb)?.into()),
            Kind::Symlink(target) => Content::Link(self.layout.link(&entry.path, path, &target)),
            Kind::HardLink(of) => {
                let of = self.layout.path(&of);
                let first = tree
                    .nodes
                    .get(&of)
                    .ok_or_else(|| ConvertError::special(deb, path, "hard link to nothing"))?;
                first_name = Some(first.hard_link_of.clone().unwrap_or(of));
                first.content.clone()
            }
            _ => {
                return Err(ConvertError::special(
                    deb,
                    path,
                    "neither file, directory nor link",
                ));
            }
        };
        Ok(Node {
            user: entry.user.clone(),
            group: entry.group.clone(),
            hard_link_of: first_name,
            ..Node::new(content, entry.mode, clamp(entry.mtime, self.clamp_time))
        })
    }
}

impl Tree {
    /// Two packages may bring the same directory or the same file, but not different ones.
    fn insert(&mut self, path: String, node: Node, deb: &Path) -> Result<(), ConvertError> {
        match self.nodes.get(&path) {
            Some(old) if old.content != node.content => {
                Err(ConvertError::special(deb, &path, "already there, different"))
            }
            Some(_) => Ok(()),
            None => {
                self.nodes.insert(path, node);
                Ok(())
            }
        }
    }

    /// A file whose first name is gone gets its content from the next one.
    pub(super) fn heal_hard_links(&mut self) {
        let orphan = |(path, node): (&String, &Node)| {
            let first = node
                .hard_link_of
                .clone()
                .filter(|first| !self.nodes.contains_key(first))?;
            Some((path.clone(), first))
        };
        let orphans: Vec<(String, String)> = self.nodes.iter().filter_map(orphan).collect();
        let mut heirs: BTreeMap<String, String> = BTreeMap::new();
        for (path, first) in orphans {
            let heir = heirs.entry(first).or_insert_with(|| path.clone()).clone();
            if let Some(node) = self.nodes.get_mut(&path) {
                node.hard_link_of = Some(heir).filter(|heir| *heir != path);
            }
        }
    }
}

/// The package of `/usr/share/doc/PACKAGE/copyright`.
fn copyright_of(path: &str) -> Option<&str> {
    path.strip_prefix("/usr/share/doc/")?
        .strip_suffix("/copyright")
        .filter(|package| !package.contains('/'))
}

/// The merge of directories makes some links point at themselves.
fn is_self_link(path: &str, node: &Node) -> bool {
    match &node.content {
        Content::Link(target) => super::layout::resolve(super::layout::parent(path), target) == path,
        _ => false,
    }
}

fn read(entry: &mut Entry<'_>, deb: &Path) -> Result<Vec<u8>, ConvertError> {
    entry.bytes().map_err(|source| ConvertError::Read {
        deb: deb.to_owned(),
        source,
    })
}

fn clamp(mtime: u64, latest: u64) -> u32 {
    u32::try_from(mtime.min(latest)).unwrap_or(u32::MAX)
}
