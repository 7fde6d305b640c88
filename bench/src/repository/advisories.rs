//! `updateinfo`: an advisory for some packages.

use std::path::Path;

use super::choose::Choice;
use super::document::{Document, escape};
use super::index::{Index, Package};
use super::primary::arch;

const ADVISORIES: usize = 1500;
const KINDS: [(&str, &str); 4] = [
    ("security", "Critical"),
    ("security", "Moderate"),
    ("bugfix", "None"),
    ("enhancement", "None"),
];

/// Writes `updateinfo`.
pub(crate) fn write(repodata: &Path, index: &Index, choice: &Choice, time: u64) -> anyhow::Result<Document> {
    let mut document = Document::begin(repodata, "updateinfo", "<updates>")?;
    let step = (choice.names().count() / ADVISORIES).max(1);
    for (number, package) in choice.packages(index).step_by(step).take(ADVISORIES).enumerate() {
        document.push(&advisory(number, package, time))?;
    }
    document.end("</updates>")?;
    Ok(document)
}

fn advisory(number: usize, package: &Package, time: u64) -> String {
    let (kind, severity) = KINDS[number % KINDS.len()];
    let (name, version) = (escape(&package.name), escape(&package.version.version));
    let (epoch, arch) = (package.version.epoch, arch(package));
    let release = escape(package.version.release.as_deref().unwrap_or("1"));
    format!(
        "  <update from=\"security@example.org\" status=\"stable\" type=\"{kind}\" version=\"1\">\n    \
         <id>ADV-{number:04}</id>\n    <title>{name}: {kind}</title>\n    <issued date=\"{time}\"/>\n    \
         <severity>{severity}</severity>\n    <description>Something was found in {name}.</description>\n    \
         <references>\n      <reference href=\"https://example.org/{number}\" id=\"CVE-2026-{number:05}\" \
         type=\"cve\" title=\"CVE-2026-{number:05}\"/>\n    </references>\n    <pkglist>\n      \
         <collection>\n        <package name=\"{name}\" epoch=\"{epoch}\" version=\"{version}\" \
         release=\"{release}\" arch=\"{arch}\">\n          \
         <filename>{name}-{version}-{release}.{arch}.rpm</filename>\n        </package>\n      \
         </collection>\n    </pkglist>\n  </update>\n"
    )
}
