//! The paths of packages, from Debian's `Contents`, and `filelists` made of them.

use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::path::Path;

use anyhow::Context as _;

use super::choose::Choice;
use super::document::{Document, escape};
use super::index::{Index, Package};
use super::source::Suite;

const INDEXES: [&str; 2] = ["main/Contents-amd64.gz", "main/Contents-all.gz"];

/// How many paths each package of the index has.
pub(crate) fn count(suite: &Suite, index: &Index) -> anyhow::Result<BTreeMap<String, usize>> {
    let mut counts = BTreeMap::new();
    each(suite, |_, package| {
        if let Some(count) = counts.get_mut(package) {
            *count += 1;
        } else if index.get(package).is_some() {
            counts.insert(package.to_owned(), 1);
        }
    })?;
    Ok(counts)
}

/// The paths of the chosen packages.
pub(crate) fn collect<'c>(
    suite: &Suite,
    choice: &'c Choice,
) -> anyhow::Result<BTreeMap<&'c str, Vec<String>>> {
    let mut files: BTreeMap<&str, Vec<String>> = choice.names().map(|name| (name, Vec::new())).collect();
    each(suite, |path, package| {
        if let Some(paths) = files.get_mut(package) {
            paths.push(format!("/{path}"));
        }
    })?;
    Ok(files)
}

/// Each path with each of its packages.
fn each(suite: &Suite, mut visit: impl FnMut(&str, &str)) -> anyhow::Result<()> {
    for name in INDEXES {
        for line in suite.open(name)?.lines() {
            let line = line.with_context(|| format!("read {name}"))?;
            let Some((path, packages)) = line.rsplit_once([' ', '\t']) else {
                continue;
            };
            for package in packages.split(',') {
                let package = package.rsplit('/').next().unwrap_or(package);
                visit(path.trim_end(), package);
            }
        }
    }
    Ok(())
}

/// Writes `filelists`.
pub(crate) fn write(
    repodata: &Path,
    index: &Index,
    choice: &Choice,
    files: &BTreeMap<&str, Vec<String>>,
) -> anyhow::Result<Document> {
    let count = choice.names().count();
    let mut document = Document::begin(
        repodata,
        "filelists",
        &format!("<filelists xmlns=\"http://linux.duke.edu/metadata/filelists\" packages=\"{count}\">"),
    )?;
    for package in choice.packages(index) {
        let mut text = opening(package);
        for path in files.get(package.name.as_str()).into_iter().flatten() {
            text.push_str(&format!("  <file>{}</file>\n", escape(path)));
        }
        document.push(&(text + "</package>\n"))?;
    }
    document.end("</filelists>")?;
    Ok(document)
}

/// How a package begins in `filelists` and `other`.
pub(crate) fn opening(package: &Package) -> String {
    format!(
        "<package pkgid=\"{}\" name=\"{}\" arch=\"{}\">\n  {}\n",
        package.digest,
        escape(&package.name),
        super::primary::arch(package),
        super::primary::version(package),
    )
}
