//! Makes the repository that package managers are compared on: 20,000 packages from Debian's own indexes.
//!
//! Names, versions, relations and sizes are those of `Packages`, the paths those of `Contents`. What Debian does not
//! write down as RPM does is derived: sonames from the paths of libraries, `/bin/sh` from what installs into `/etc`.
//! There are no package files: nothing that is measured here opens one. The same state of the mirror gives the same
//! bytes.

mod advisories;
mod changelog;
mod choose;
mod contents;
mod document;
mod index;
mod primary;
mod relation;
mod source;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use repodata::Repomd;

use choose::Choice;
use document::Document;
use index::Index;
pub(crate) use source::SUITE;
use source::Suite;

/// Packages in the repository.
const PACKAGES: usize = 20_000;
/// Paths in the repository, at most.
const FILES: usize = 1_820_000;

/// Writes `repodata/` below `out`, made of a suite's indexes.
pub(crate) fn make(out: &Path, suite: &str) -> anyhow::Result<()> {
    let suite = Suite::fetch(suite)?;
    let (packages, texts) = ("main/binary-amd64/Packages.xz", "main/i18n/Translation-en.xz");
    let index = Index::parse(&suite.text(packages)?, &suite.text(texts)?)?;
    let counts = contents::count(&suite, &index)?;
    let choice = Choice::make(&index, &counts);
    let mut files = contents::collect(&suite, &choice)?;
    files.values_mut().for_each(|paths| paths.sort());
    write(out, &index, &choice, &files, suite.date())
}

fn write(
    out: &Path,
    index: &Index,
    choice: &Choice,
    files: &BTreeMap<&str, Vec<String>>,
    time: u64,
) -> anyhow::Result<()> {
    let repodata = out.join("repodata");
    std::fs::create_dir_all(&repodata).with_context(|| format!("create {}", repodata.display()))?;
    let mut repomd = Repomd {
        revision: time.to_string(),
        records: Vec::new(),
    };
    for document in [
        primary::write(&repodata, index, choice, files, time)?,
        contents::write(&repodata, index, choice, files)?,
        changelog::write(&repodata, index, choice, time)?,
        advisories::write(&repodata, index, choice, time)?,
    ] {
        let document: Document = document;
        println!("{document}");
        repomd.records.push(document.finish(time)?);
    }
    let path = repodata.join("repomd.xml");
    std::fs::write(&path, repomd.to_xml()).with_context(|| format!("write {}", path.display()))?;
    println!(
        "{} packages, {} paths in {}",
        choice.names().count(),
        files.values().map(Vec::len).sum::<usize>(),
        out.display()
    );
    Ok(())
}
