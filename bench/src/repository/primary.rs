//! `primary`: what a solver needs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::choose::Choice;
use super::document::{Document, escape};
use super::index::{Index, Package};
use super::relation::{Relation, Version};

/// The directory of libraries whose sonames count.
const LIBRARIES: &str = "/usr/lib/x86_64-linux-gnu/";
/// Symbol versions of the C library that its package provides; who needs it needs the first few.
const GLIBC: [&str; 8] = ["2.2.5", "2.3", "2.4", "2.14", "2.17", "2.34", "2.38", "2.41"];

/// Writes `primary`.
pub(crate) fn write(
    repodata: &Path,
    index: &Index,
    choice: &Choice,
    files: &BTreeMap<&str, Vec<String>>,
    time: u64,
) -> anyhow::Result<Document> {
    let count = choice.names().count();
    let root = format!(
        "<metadata xmlns=\"http://linux.duke.edu/metadata/common\" \
         xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\" packages=\"{count}\">"
    );
    let mut document = Document::begin(repodata, "primary", &root)?;
    let sonames: BTreeMap<&str, Vec<String>> = files
        .iter()
        .map(|(name, paths)| (*name, sonames(name, paths)))
        .collect();
    for package in choice.packages(index) {
        let describe = Description {
            package,
            index,
            sonames: &sonames,
            paths: files.get(package.name.as_str()).map_or(&[], Vec::as_slice),
            time,
        };
        document.push(&describe.xml())?;
    }
    document.end("</metadata>")?;
    Ok(document)
}

/// rpm's name of the architecture.
pub(crate) fn arch(package: &Package) -> &'static str {
    if package.all { "noarch" } else { "x86_64" }
}

/// The element `version`.
pub(crate) fn version(package: &Package) -> String {
    let Version {
        epoch,
        version,
        release,
    } = &package.version;
    let release = release.as_deref().unwrap_or("1");
    format!(
        "<version epoch=\"{epoch}\" ver=\"{}\" rel=\"{}\"/>",
        escape(version),
        escape(release)
    )
}

/// Capabilities of the libraries among some paths.
fn sonames(package: &str, paths: &[String]) -> Vec<String> {
    let libraries = paths.iter().filter_map(|path| path.strip_prefix(LIBRARIES));
    let is_soname = |name: &&str| {
        let version = name.split_once(".so.").map(|(_, version)| version);
        version.is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let mut found: Vec<String> = libraries
        .filter(is_soname)
        .map(|name| format!("{name}()(64bit)"))
        .collect();
    if package == "libc6" {
        found.extend(GLIBC.map(|version| format!("libc.so.6(GLIBC_{version})(64bit)")));
    }
    found
}

struct Description<'a> {
    package: &'a Package,
    index: &'a Index,
    sonames: &'a BTreeMap<&'a str, Vec<String>>,
    paths: &'a [String],
    time: u64,
}

impl Description<'_> {
    fn xml(&self) -> String {
        let package = self.package;
        let (time, name) = (self.time, escape(&package.name));
        let mut xml = format!(
            "<package type=\"rpm\">\n  <name>{name}</name>\n  <arch>{}</arch>\n  {}\n  \
             <checksum type=\"sha256\" pkgid=\"YES\">{}</checksum>\n  <summary>{}</summary>\n  \
             <description>{}</description>\n  <packager></packager>\n  <url>{}</url>\n  \
             <time file=\"{time}\" build=\"{time}\"/>\n  \
             <size package=\"{}\" installed=\"{}\" archive=\"{}\"/>\n  <location href=\"{}\"/>\n  <format>\n",
            arch(package),
            version(package),
            package.digest,
            escape(&package.summary),
            escape(&package.description),
            escape(&package.url),
            package.size,
            package.installed_kib * 1024,
            package.installed_kib * 1024,
            escape(&package.location),
        );
        self.push_origin(&mut xml);
        self.push_relations(&mut xml);
        for path in self.paths.iter().filter(|path| is_primary(path)) {
            xml.push_str(&format!("    <file>{}</file>\n", escape(path)));
        }
        xml + "  </format>\n</package>\n"
    }

    fn push_origin(&self, xml: &mut String) {
        let (group, source) = (escape(&self.package.section), escape(&self.package.source));
        xml.push_str(&format!(
            "    <rpm:license>various</rpm:license>\n    <rpm:vendor>Debian</rpm:vendor>\n    \
             <rpm:group>{group}</rpm:group>\n    <rpm:buildhost>builder</rpm:buildhost>\n    \
             <rpm:sourcerpm>{source}-{}-{}.src.rpm</rpm:sourcerpm>\n    \
             <rpm:header-range start=\"4504\" end=\"20000\"/>\n",
            escape(&self.package.version.version),
            escape(self.package.version.release.as_deref().unwrap_or("1")),
        ));
    }

    fn push_relations(&self, xml: &mut String) {
        let package = self.package;
        push_list(xml, "provides", self.provides());
        push_list(xml, "requires", self.requires());
        push_list(xml, "conflicts", package.conflicts.iter().map(entry));
        push_list(xml, "suggests", package.suggests.iter().map(entry));
        push_list(xml, "enhances", package.enhances.iter().map(entry));
        push_list(xml, "recommends", package.recommends.iter().map(entry));
    }

    fn provides(&self) -> impl Iterator<Item = String> {
        let package = self.package;
        let own = |name: String| {
            let Version {
                epoch,
                version,
                release,
            } = &package.version;
            let release = release.as_deref().unwrap_or("1");
            format!(
                "name=\"{}\" flags=\"EQ\" epoch=\"{epoch}\" ver=\"{}\" rel=\"{}\"",
                escape(&name),
                escape(version),
                escape(release)
            )
        };
        let isa = (!package.all).then(|| own(format!("{}(x86-64)", package.name)));
        let shell = (package.name == "dash").then(|| plain("/bin/sh"));
        let sonames = self.sonames.get(package.name.as_str()).into_iter().flatten();
        [own(package.name.clone())]
            .into_iter()
            .chain(isa)
            .chain(package.provides.iter().map(entry))
            .chain(sonames.map(|name| plain(name)))
            .chain(shell)
    }

    /// What Debian says, the sonames of the libraries needed, and a shell for what configures itself.
    fn requires(&self) -> impl Iterator<Item = String> {
        let package = self.package;
        let needed: BTreeSet<&str> = package
            .requires
            .iter()
            .filter_map(|relation| self.index.resolve(relation))
            .collect();
        let sonames = needed
            .into_iter()
            .filter_map(|name| self.sonames.get(name))
            .flat_map(|sonames| sonames.iter().take(4));
        let configures = self.paths.iter().any(|path| path.starts_with("/etc/"));
        package
            .requires
            .iter()
            .map(entry)
            .chain(sonames.map(|name| plain(name)))
            .chain(configures.then(|| plain("/bin/sh")))
    }
}

/// The paths that primary has too (createrepo_c's `cr_is_primary`).
fn is_primary(path: &str) -> bool {
    path.starts_with("/etc/") || path.contains("bin/") || path == "/usr/lib/sendmail"
}

fn plain(name: &str) -> String {
    format!("name=\"{}\"", escape(name))
}

fn entry(relation: &Relation) -> String {
    let Some((operator, version)) = &relation.version else {
        return plain(&relation.name);
    };
    let release = version
        .release
        .as_ref()
        .map(|release| format!(" rel=\"{}\"", escape(release)));
    format!(
        "{} flags=\"{}\" epoch=\"{}\" ver=\"{}\"{}",
        plain(&relation.name),
        operator.flags(),
        version.epoch,
        escape(&version.version),
        release.unwrap_or_default()
    )
}

fn push_list(xml: &mut String, element: &str, entries: impl Iterator<Item = String>) {
    let mut seen = BTreeSet::new();
    let mut text = String::new();
    for entry in entries {
        if seen.insert(entry.clone()) {
            text.push_str(&format!("      <rpm:entry {entry}/>\n"));
        }
    }
    if !text.is_empty() {
        xml.push_str(&format!("    <rpm:{element}>\n{text}    </rpm:{element}>\n"));
    }
}
