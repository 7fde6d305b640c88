//! Debian's package index, as far as it becomes RPM metadata.

use std::collections::BTreeMap;

use anyhow::Context as _;
use deb::{Paragraph, paragraphs};

use super::relation::{Relation, Version, parse_field};

/// One package.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: Version,
    pub(crate) all: bool,
    pub(crate) summary: String,
    pub(crate) description: String,
    pub(crate) url: String,
    pub(crate) section: String,
    pub(crate) source: String,
    pub(crate) location: String,
    pub(crate) digest: String,
    pub(crate) size: u64,
    pub(crate) installed_kib: u64,
    pub(crate) provides: Vec<Relation>,
    pub(crate) requires: Vec<Relation>,
    pub(crate) recommends: Vec<Relation>,
    pub(crate) suggests: Vec<Relation>,
    pub(crate) enhances: Vec<Relation>,
    pub(crate) conflicts: Vec<Relation>,
}

/// All packages by name, and who provides what besides its own name.
#[derive(Debug, Default)]
pub(crate) struct Index {
    packages: BTreeMap<String, Package>,
    providers: BTreeMap<String, Vec<String>>,
}

impl Index {
    /// Reads `Packages` and `Translation-en`, where the long descriptions are.
    pub(crate) fn parse(text: &str, translation: &str) -> anyhow::Result<Self> {
        let descriptions = descriptions(translation);
        let stanzas: Vec<Paragraph<'_>> = paragraphs(text).collect();
        let mut versions = BTreeMap::new();
        let mut index = Self::default();
        for stanza in &stanzas {
            let name = stanza.get("Package").context("a stanza without a name")?;
            let version = stanza.get("Version").and_then(Version::parse);
            versions.insert(name, version.with_context(|| format!("{name} has no version"))?);
            for relation in single(*stanza, "Provides") {
                let providers = index.providers.entry(relation.name).or_default();
                providers.push(name.to_owned());
            }
        }
        let resolver = Resolver {
            versions: &versions,
            providers: &index.providers,
            descriptions: &descriptions,
        };
        let packages = stanzas.iter().map(|stanza| resolver.package(*stanza));
        index.packages = packages
            .flatten()
            .map(|package| (package.name.clone(), package))
            .collect();
        Ok(index)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Package> {
        self.packages.get(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.packages.keys().map(String::as_str)
    }

    /// A package that meets a relation: of that name, or else the first that provides it.
    pub(crate) fn resolve(&self, relation: &Relation) -> Option<&str> {
        let real = self.packages.get(&relation.name);
        let provider = || self.providers.get(&relation.name)?.first();
        real.map(|package| &package.name)
            .or_else(provider)
            .map(String::as_str)
    }
}

/// Chooses among alternatives and drops conditions that hold in Debian's order of versions only.
struct Resolver<'a> {
    versions: &'a BTreeMap<&'a str, Version>,
    providers: &'a BTreeMap<String, Vec<String>>,
    descriptions: &'a BTreeMap<&'a str, String>,
}

impl Resolver<'_> {
    fn package(&self, stanza: Paragraph<'_>) -> Option<Package> {
        let text = |field| stanza.get(field).unwrap_or_default().to_owned();
        let name = text("Package");
        let source = text("Source");
        let source = source.split_ascii_whitespace().next().unwrap_or(&name).to_owned();
        let mut requires = self.first(stanza, "Pre-Depends");
        requires.extend(self.first(stanza, "Depends"));
        let mut conflicts = self.absent(stanza, "Conflicts", &name);
        conflicts.extend(self.absent(stanza, "Breaks", &name));
        Some(Package {
            version: self.versions.get(name.as_str())?.clone(),
            all: stanza.get("Architecture") == Some("all"),
            summary: text("Description"),
            description: self.descriptions.get(name.as_str()).cloned().unwrap_or_default(),
            url: text("Homepage"),
            section: text("Section"),
            source,
            location: text("Filename").replace(".deb", ".rpm"),
            digest: text("SHA256"),
            size: text("Size").parse().ok()?,
            installed_kib: text("Installed-Size").parse().unwrap_or(0),
            provides: single(stanza, "Provides"),
            requires,
            recommends: self.first(stanza, "Recommends"),
            suggests: self.first(stanza, "Suggests"),
            enhances: single(stanza, "Enhances"),
            conflicts,
            name,
        })
    }

    /// Of each item the first alternative that exists.
    fn first(&self, stanza: Paragraph<'_>, field: &str) -> Vec<Relation> {
        let items = parse_field(stanza.get(field).unwrap_or_default());
        let chosen = items.into_iter().filter_map(|alternatives| {
            let exists = |relation: &Relation| {
                self.versions.contains_key(relation.name.as_str())
                    || self.providers.contains_key(&relation.name)
            };
            alternatives.into_iter().find(exists)
        });
        chosen.map(|relation| self.holding(relation)).collect()
    }

    fn holding(&self, relation: Relation) -> Relation {
        match self.versions.get(relation.name.as_str()) {
            Some(version) if relation.admits(version) => relation,
            _ => relation.unversioned(),
        }
    }

    /// Conflicts that do not hit what is in the index by RPM's order while they do not by Debian's.
    fn absent(&self, stanza: Paragraph<'_>, field: &str, own: &str) -> Vec<Relation> {
        let mut relations = single(stanza, field);
        relations.retain(|relation| {
            let hits = |version: &Version| relation.version.is_some() && relation.admits(version);
            let provided = self.providers.contains_key(&relation.name);
            let version = self.versions.get(relation.name.as_str());
            relation.name != own && !(relation.version.is_some() && provided) && !version.is_some_and(hits)
        });
        relations
    }
}

/// The long descriptions by package; a line with only a dot is an empty one (Debian Policy, 5.6.13).
fn descriptions(text: &str) -> BTreeMap<&str, String> {
    let described = paragraphs(text).filter_map(|stanza| {
        let lines = stanza.lines("Description-en").skip(1);
        let lines = lines.map(|line| if line == "." { "" } else { line });
        Some((stanza.get("Package")?, lines.collect::<Vec<_>>().join("\n")))
    });
    described.collect()
}

fn single(stanza: Paragraph<'_>, field: &str) -> Vec<Relation> {
    let items = parse_field(stanza.get(field).unwrap_or_default());
    items.into_iter().flatten().collect()
}
