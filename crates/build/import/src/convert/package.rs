//! From a finished tree to an RPM.

use std::collections::BTreeSet;
use std::path::PathBuf;

use deb::Control;
use depgen::{File, Found};
use glob::Pattern;
use rpmfile::{
    Builder, Dependency, Evr, FileEntry, FileFlags, FileKind, Trigger, TriggerEvent, TriggerScope,
};

use super::ConvertContext;
use super::error::ConvertError;
use super::license::license;
use super::rules::matches;
use super::tree::{Content, Node, Tree};
use super::version::normalise;
use crate::recipe::{self, PackageRecipe, TriggerKind};

/// What is known about a package when its files are ready.
pub(super) struct Package<'a> {
    pub(super) recipe: &'a PackageRecipe,
    pub(super) context: &'a ConvertContext<'a>,
    /// The control files of its Debian packages, in the recipe's order.
    pub(super) controls: &'a [Control],
    pub(super) tree: &'a Tree,
    /// What the steps found out.
    pub(super) found: Found,
}

impl Package<'_> {
    /// Writes the RPM and returns its path.
    pub(super) fn write(mut self) -> Result<PathBuf, ConvertError> {
        self.scan();
        let mut rpm = self.description();
        self.dependencies(&mut rpm)?;
        rpm.triggers = self.recipe.triggers.iter().map(trigger).collect();
        rpm.files = self
            .tree
            .nodes
            .iter()
            .map(|(path, node)| file(path, node))
            .collect();
        let name = format!("{}.rpm", rpm.nevra);
        let path = self.context.out_dir.join(&name);
        let signer = self.context.signer.map(|signer| signer as &dyn rpmfile::Signer);
        let error = |source| ConvertError::Write {
            name,
            source: Box::new(source),
        };
        rpm.build(&path, signer).map_err(error)?;
        Ok(path)
    }

    /// Dependencies that the files tell.
    fn scan(&mut self) {
        for (path, node) in &self.tree.nodes {
            if let Some(bytes) = node.bytes().filter(|_| node.hard_link_of.is_none()) {
                self.found.scan(&File {
                    path,
                    mode: node.mode,
                    bytes,
                });
            }
        }
    }

    fn description(&self) -> Builder {
        let evr = self.evr();
        let source = self.field("Source").or(self.field("Package")).unwrap_or_default();
        let source = source.split_whitespace().next().unwrap_or_default();
        let mut rpm = Builder::new(&self.recipe.name, evr.clone(), self.arch());
        rpm.source_rpm = Some(format!("{source}-{}-{}.src.rpm", evr.version, evr.release));
        (rpm.summary, rpm.description) = self.texts();
        let copyrights = self
            .tree
            .copyrights
            .iter()
            .map(|(package, bytes)| (package.as_str(), &**bytes));
        rpm.license = self.recipe.license.clone().unwrap_or_else(|| license(copyrights));
        rpm.url = self.field("Homepage").map(str::to_owned);
        rpm.vendor = Some("Lumen OS".to_owned());
        rpm.group = self
            .recipe
            .group
            .clone()
            .unwrap_or_else(|| "Unspecified".to_owned());
        rpm.build_time = u32::try_from(self.context.clamp_time).unwrap_or(u32::MAX);
        rpm.zstd_level = self.context.zstd_level;
        rpm
    }

    fn evr(&self) -> Evr {
        normalise(self.field("Version").unwrap_or_default())
    }

    /// A field of the first Debian package.
    fn field(&self, name: &str) -> Option<&str> {
        self.controls
            .first()
            .and_then(|control| control.fields().get(name))
    }

    /// Summary and description; deb822 marks blank lines with a dot.
    fn texts(&self) -> (String, String) {
        let fields = self.controls.first().map(Control::fields);
        let mut lines = fields.into_iter().flat_map(|fields| fields.lines("Description"));
        let synopsis = lines.next().unwrap_or(&self.recipe.name).to_owned();
        let rest: Vec<&str> = lines.map(|line| if line == "." { "" } else { line }).collect();
        let summary = self.recipe.summary.clone().unwrap_or_else(|| synopsis.clone());
        (
            summary,
            if rest.is_empty() {
                synopsis
            } else {
                rest.join("\n")
            },
        )
    }

    /// Data of packages for all architectures is `noarch`.
    fn arch(&self) -> &'static str {
        let for_all = self
            .controls
            .iter()
            .all(|control| control.fields().get("Architecture") == Some("all"));
        if for_all {
            "noarch"
        } else {
            self.context.arch.rpm()
        }
    }

    fn dependencies(&mut self, rpm: &mut Builder) -> Result<(), ConvertError> {
        let recipe = self.recipe;
        let found = std::mem::take(&mut self.found);
        let interpreters = |dependency: Dependency| Dependency {
            name: merged(&dependency.name),
            ..dependency
        };
        let requires = found.requires.into_iter().map(interpreters);
        rpm.requires = without(requires, &recipe.drop_requires)
            .chain(self.parse(&recipe.requires)?)
            .collect();
        rpm.provides = without(found.provides.into_iter(), &recipe.drop_provides)
            .chain(self.parse(&recipe.provides)?)
            .collect();
        rpm.conflicts = self.parse(&recipe.conflicts)?;
        rpm.obsoletes = self.parse(&recipe.obsoletes)?;
        rpm.recommends = found
            .recommends
            .into_iter()
            .chain(self.parse(&recipe.recommends)?)
            .collect();
        rpm.suggests = found
            .suggests
            .into_iter()
            .chain(self.parse(&recipe.suggests)?)
            .collect();
        for list in [
            &mut rpm.requires,
            &mut rpm.provides,
            &mut rpm.recommends,
            &mut rpm.suggests,
        ] {
            *list = std::mem::take(list)
                .into_iter()
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect();
        }
        Ok(())
    }

    fn parse(&self, texts: &[String]) -> Result<Vec<Dependency>, ConvertError> {
        let wrong = |text: &String| ConvertError::Rule {
            recipe: self.recipe.name.clone(),
            problem: format!("`{text}` is not a dependency such as `name >= 1.2`"),
        };
        texts
            .iter()
            .map(|text| Dependency::parse(text).ok_or_else(|| wrong(text)))
            .collect()
    }
}

/// /bin is a link to /usr/bin. Only the two shells are provided under both names.
fn merged(name: &str) -> String {
    let is_link = ["/bin/", "/sbin/"]
        .into_iter()
        .any(|directory| name.starts_with(directory));
    match is_link && !matches!(name, "/bin/sh" | "/bin/bash") {
        true => format!("/usr{name}"),
        false => name.to_owned(),
    }
}

/// Leaves out the dependencies whose name a glob matches. The globs were checked when the recipe was read.
fn without(found: impl Iterator<Item = Dependency>, globs: &[String]) -> impl Iterator<Item = Dependency> {
    let globs: Vec<Pattern> = globs.iter().filter_map(|glob| Pattern::new(glob).ok()).collect();
    found.filter(move |dependency| !globs.iter().any(|glob| matches(glob, &dependency.name)))
}

fn file(path: &str, node: &Node) -> FileEntry {
    let kind = match (&node.content, &node.hard_link_of) {
        (Content::File(_), Some(first)) => FileKind::HardLink(first.clone()),
        (Content::File(bytes), None) => FileKind::Regular(rpmfile::Content::Bytes(bytes.clone())),
        (Content::Directory, _) => FileKind::Directory,
        (Content::Link(target), _) => FileKind::Symlink(target.clone()),
    };
    FileEntry {
        path: path.to_owned(),
        kind,
        mode: node.mode,
        user: node.user.clone(),
        group: node.group.clone(),
        mtime: Some(node.mtime),
        caps: node.caps.clone(),
        flags: flags(node),
    }
}

fn flags(node: &Node) -> FileFlags {
    let marks = [
        (node.config, FileFlags::CONFIG.0 | FileFlags::NOREPLACE.0),
        (node.ghost, FileFlags::GHOST.0),
        (node.license, FileFlags::LICENSE.0),
        (node.missing_ok, FileFlags::MISSING_OK.0),
    ];
    FileFlags(
        marks
            .into_iter()
            .filter(|(is_set, _)| *is_set)
            .map(|(_, bits)| bits)
            .sum(),
    )
}

fn trigger(rule: &recipe::Trigger) -> Trigger {
    let (scope, event) = match rule.on {
        TriggerKind::FileTriggerIn => (TriggerScope::File, TriggerEvent::In),
        TriggerKind::FileTriggerUn => (TriggerScope::File, TriggerEvent::Un),
        TriggerKind::FileTriggerPostUn => (TriggerScope::File, TriggerEvent::PostUn),
        TriggerKind::TransFileTriggerIn => (TriggerScope::Transaction, TriggerEvent::In),
        TriggerKind::TransFileTriggerUn => (TriggerScope::Transaction, TriggerEvent::Un),
        TriggerKind::TransFileTriggerPostUn => (TriggerScope::Transaction, TriggerEvent::PostUn),
    };
    Trigger::on_files(scope, event, &rule.paths, rule.script.clone())
        .with_priority(rule.priority)
        .with_interpreter(rule.program.clone())
}
