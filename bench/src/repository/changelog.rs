//! `other`: changelogs. Debian's are not in its indexes; made-up ones of the usual length stand for them.

use std::path::Path;

use super::choose::Choice;
use super::contents::opening;
use super::document::{Document, escape};
use super::index::Index;

const ENTRIES: u64 = 5;

/// Writes `other`.
pub(crate) fn write(repodata: &Path, index: &Index, choice: &Choice, time: u64) -> anyhow::Result<Document> {
    let count = choice.names().count();
    let root = format!("<otherdata xmlns=\"http://linux.duke.edu/metadata/other\" packages=\"{count}\">");
    let mut document = Document::begin(repodata, "other", &root)?;
    for package in choice.packages(index) {
        let mut text = opening(package);
        for entry in (0..ENTRIES).rev() {
            let date = time - entry * 30 * 86_400;
            let summary = escape(&package.summary);
            text.push_str(&format!(
                "  <changelog author=\"Somebody &lt;somebody@example.org&gt; - {}.{entry}\" date=\"{date}\">- \
                 New upstream version of {summary}\n- Rebuild with the new compiler, and fix what it found</changelog>\n",
                escape(&package.version.version)
            ));
        }
        document.push(&(text + "</package>\n"))?;
    }
    document.end("</otherdata>")?;
    Ok(document)
}
