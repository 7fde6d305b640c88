//! All packages a solve looks at, with the indices of their names and of what they provide.

use ahash::AHashMap;

use crate::relation::Relation;
use crate::source::{Identity, PackageSource, RelationKind};

/// A package within one [`Pool`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId(pub(crate) u32);

impl PackageId {
    /// Position in the pool, from 0.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Must not be chosen: excluded by the user or of a foreign architecture.
const EXCLUDED: u8 = 1;
/// The same package is installed; that copy stands for both.
const SHADOWED: u8 = 2;
/// Ends a chain.
const END: u32 = u32::MAX;

struct SourceEntry<'a> {
    source: &'a dyn PackageSource,
    first: u32,
    priority: i32,
    label: String,
    installed: bool,
}

struct Package<'a> {
    identity: Identity<'a>,
    source: u16,
    name: u32,
    marks: u8,
}

/// One provide; those of one capability form a chain in package order.
struct Provide<'a> {
    package: PackageId,
    flags: u32,
    evr: &'a str,
    next: u32,
}

/// Collects sources, then indexes them once.
#[derive(Default)]
pub struct PoolBuilder<'a> {
    sources: Vec<SourceEntry<'a>>,
    packages: u32,
    architectures: Vec<String>,
}

impl<'a> PoolBuilder<'a> {
    /// No packages yet; every architecture is accepted until [`PoolBuilder::architectures`] says otherwise.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what is installed.
    #[must_use]
    pub fn installed(self, source: &'a dyn PackageSource) -> Self {
        self.add("@System", source, 0, true)
    }

    /// Adds what a repository offers. Among packages of one name a lower `priority` number wins.
    #[must_use]
    pub fn available(self, label: &str, source: &'a dyn PackageSource, priority: i32) -> Self {
        self.add(label, source, priority, false)
    }

    /// Accepts only available packages of these architectures, best first. `noarch` must be named too.
    #[must_use]
    pub fn architectures(mut self, accepted: &[&str]) -> Self {
        self.architectures = accepted.iter().map(|&arch| arch.to_owned()).collect();
        self
    }

    fn add(mut self, label: &str, source: &'a dyn PackageSource, priority: i32, installed: bool) -> Self {
        let first = self.packages;
        self.packages += u32::try_from(source.len()).unwrap_or(u32::MAX - first - 1);
        self.sources.push(SourceEntry {
            source,
            first,
            priority,
            label: label.to_owned(),
            installed,
        });
        self
    }

    /// Builds the indices.
    pub fn build(self) -> Pool<'a> {
        let mut pool = Pool::with_capacity(self.packages as usize, self.architectures);
        for (index, entry) in self.sources.iter().enumerate() {
            pool.add_source(index as u16, entry);
        }
        pool.sources = self.sources;
        pool.link_provides();
        pool.mark_shadowed();
        pool
    }
}

/// Installed and available packages, indexed.
pub struct Pool<'a> {
    sources: Vec<SourceEntry<'a>>,
    packages: Vec<Package<'a>>,
    names: Vec<&'a str>,
    members: Vec<Vec<PackageId>>,
    name_ids: AHashMap<&'a str, u32>,
    provides: Vec<Provide<'a>>,
    provide_heads: AHashMap<&'a str, (u32, u32)>,
    architectures: Vec<String>,
}

impl<'a> Pool<'a> {
    fn with_capacity(packages: usize, architectures: Vec<String>) -> Self {
        Self {
            sources: Vec::new(),
            packages: Vec::with_capacity(packages),
            names: Vec::new(),
            members: Vec::new(),
            name_ids: AHashMap::with_capacity(packages),
            provides: Vec::with_capacity(packages * 3),
            provide_heads: AHashMap::with_capacity(packages * 3),
            architectures,
        }
    }

    fn add_source(&mut self, source: u16, entry: &SourceEntry<'a>) {
        for index in 0..entry.source.len() {
            let identity = entry.source.identity(index);
            let id = PackageId(entry.first + index as u32);
            let name = self.name_id_or_new(identity.name);
            self.members[name as usize].push(id);
            let foreign = !entry.installed && self.arch_rank(identity.arch).is_none();
            let marks = if foreign { EXCLUDED } else { 0 };
            self.packages.push(Package {
                identity,
                source,
                name,
                marks,
            });
        }
    }

    fn name_id_or_new(&mut self, name: &'a str) -> u32 {
        if let Some(&id) = self.name_ids.get(name) {
            return id;
        }
        let id = self.names.len() as u32;
        self.names.push(name);
        self.members.push(Vec::new());
        self.name_ids.insert(name, id);
        id
    }

    /// Appends every provide to the chain of its capability.
    fn link_provides(&mut self) {
        let (provides, heads) = (&mut self.provides, &mut self.provide_heads);
        for entry in &self.sources {
            for index in 0..entry.source.len() {
                let package = PackageId(entry.first + index as u32);
                entry
                    .source
                    .relations(index, RelationKind::Provides, &mut |relation| {
                        let at = provides.len() as u32;
                        provides.push(Provide {
                            package,
                            flags: relation.flags,
                            evr: relation.evr,
                            next: END,
                        });
                        let ends = heads.entry(relation.name).or_insert((at, at));
                        if ends.1 != at {
                            provides[ends.1 as usize].next = at;
                            ends.1 = at;
                        }
                    });
            }
        }
    }

    /// An available package that is installed already in the same build is not a second choice.
    fn mark_shadowed(&mut self) {
        for members in &self.members {
            let (installed, available): (Vec<PackageId>, Vec<PackageId>) = members
                .iter()
                .partition(|id| self.sources[self.packages[id.index()].source as usize].installed);
            for id in available {
                let same = |other: &PackageId| {
                    self.packages[other.index()].identity == self.packages[id.index()].identity
                };
                if installed.iter().any(same) {
                    self.packages[id.index()].marks |= SHADOWED;
                }
            }
        }
    }

    /// Forbids available packages for which `excluded` says so.
    pub fn exclude(&mut self, mut excluded: impl FnMut(&Identity<'_>, &str) -> bool) {
        for package in &mut self.packages {
            let entry = &self.sources[package.source as usize];
            if !entry.installed && excluded(&package.identity, &entry.label) {
                package.marks |= EXCLUDED;
            }
        }
    }

    /// How many packages there are, installed ones included.
    pub fn len(&self) -> usize {
        self.packages.len()
    }

    /// Whether there are no packages at all.
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    /// Every package.
    pub fn ids(&self) -> impl Iterator<Item = PackageId> + use<> {
        (0..self.packages.len() as u32).map(PackageId)
    }

    /// The installed packages.
    pub fn installed(&self) -> impl Iterator<Item = PackageId> + '_ {
        let sources = self.sources.iter().filter(|entry| entry.installed);
        sources.flat_map(|entry| {
            let end = entry.first + entry.source.len() as u32;
            (entry.first..end).map(PackageId)
        })
    }

    /// Name, version and architecture.
    pub fn identity(&self, id: PackageId) -> Identity<'a> {
        self.packages[id.index()].identity
    }

    /// Whether the package is installed.
    pub fn is_installed(&self, id: PackageId) -> bool {
        self.sources[self.packages[id.index()].source as usize].installed
    }

    /// Whether the package may be chosen: installed, or available, not excluded and not a copy of an
    /// installed one.
    pub fn is_usable(&self, id: PackageId) -> bool {
        self.packages[id.index()].marks == 0
    }

    /// Whether the package is excluded by the user or by its architecture.
    pub fn is_excluded(&self, id: PackageId) -> bool {
        self.packages[id.index()].marks & EXCLUDED != 0
    }

    /// The label of the package's source; `@System` for installed ones.
    pub fn source_label(&self, id: PackageId) -> &str {
        &self.sources[self.packages[id.index()].source as usize].label
    }

    /// Which source (in the order they were added) a package is from, and its index there.
    pub fn origin(&self, id: PackageId) -> (usize, usize) {
        let source = self.packages[id.index()].source as usize;
        (source, (id.0 - self.sources[source].first) as usize)
    }

    /// The pool's id of a package of a source.
    pub fn id_of(&self, source: usize, index: usize) -> PackageId {
        PackageId(self.sources[source].first + index as u32)
    }

    pub(crate) fn priority(&self, id: PackageId) -> i32 {
        self.sources[self.packages[id.index()].source as usize].priority
    }

    /// Position in the accepted architectures; `None` when not accepted.
    pub(crate) fn arch_rank(&self, arch: &str) -> Option<usize> {
        if self.architectures.is_empty() {
            return Some(0);
        }
        self.architectures.iter().position(|accepted| accepted == arch)
    }

    /// All distinct package names.
    pub fn names(&self) -> &[&'a str] {
        &self.names
    }

    pub(crate) fn name_id(&self, id: PackageId) -> u32 {
        self.packages[id.index()].name
    }

    pub(crate) fn lookup_name(&self, name: &str) -> Option<u32> {
        self.name_ids.get(name).copied()
    }

    pub(crate) fn members(&self, name: u32) -> &[PackageId] {
        self.members.get(name as usize).map_or(&[], Vec::as_slice)
    }

    /// All packages of a name, installed ones first.
    pub fn named(&self, name: &str) -> &[PackageId] {
        self.lookup_name(name).map_or(&[], |id| self.members(id))
    }

    /// Visits the relations of one kind.
    pub fn relations(&self, id: PackageId, kind: RelationKind, visit: &mut dyn FnMut(Relation<'a>)) {
        let (source, index) = self.origin(id);
        self.sources[source].source.relations(index, kind, visit);
    }

    /// The relations of one kind, collected.
    pub fn relation_list(&self, id: PackageId, kind: RelationKind) -> Vec<Relation<'a>> {
        let mut list = Vec::new();
        self.relations(id, kind, &mut |relation| list.push(relation));
        list
    }

    /// Usable packages that provide a capability or contain a file, in pool order. Not for rich ones.
    pub fn providers(&self, wanted: &Relation<'_>) -> Vec<PackageId> {
        self.all_providers(wanted)
            .into_iter()
            .filter(|&id| self.is_usable(id))
            .collect()
    }

    /// Like [`Pool::providers`], excluded and shadowed packages included.
    pub fn all_providers(&self, wanted: &Relation<'_>) -> Vec<PackageId> {
        let mut found = self.listed_providers(wanted);
        if wanted.name.starts_with('/') {
            found.extend(self.owners(wanted.name));
            found.sort_unstable();
        }
        found.dedup();
        found
    }

    fn listed_providers(&self, wanted: &Relation<'_>) -> Vec<PackageId> {
        let mut found = Vec::new();
        let mut at = self.provide_heads.get(wanted.name).map_or(END, |&(head, _)| head);
        while at != END {
            let provide = &self.provides[at as usize];
            let offered = Relation {
                name: wanted.name,
                flags: provide.flags,
                evr: provide.evr,
            };
            if offered.meets(wanted) {
                found.push(provide.package);
            }
            at = provide.next;
        }
        found
    }

    /// All packages that contain a file.
    pub fn owners(&self, path: &str) -> Vec<PackageId> {
        let of = |entry: &SourceEntry<'a>| -> Vec<PackageId> {
            entry
                .source
                .owners(path)
                .into_iter()
                .map(|index| PackageId(entry.first + index as u32))
                .collect()
        };
        self.sources.iter().flat_map(of).collect()
    }

    /// Usable packages whose *name* (not provides) and version lie in an `Obsoletes` range.
    pub(crate) fn obsoleted(&self, obsoletes: &Relation<'_>) -> Vec<PackageId> {
        let members = self.named(obsoletes.name).iter().copied();
        members
            .filter(|&id| self.is_usable(id) && obsoletes.covers(&self.identity(id)))
            .collect()
    }

    /// All capability names that something provides.
    pub fn capabilities(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.provide_heads.keys().copied()
    }
}
