//! `updateinfo.xml`, as libsolv and createrepo_c read it.

use std::fmt::Write;

use crate::advisory::{Advisory, AdvisoryPackage, Reference};
use crate::escape::escape;

/// The document with all advisories.
pub(super) fn to_xml(advisories: &[Advisory]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<updates>\n");
    advisories
        .iter()
        .for_each(|advisory| push_advisory(&mut xml, advisory));
    xml.push_str("</updates>\n");
    xml
}

// Writing to a String cannot fail.
fn push_advisory(xml: &mut String, advisory: &Advisory) {
    let (from, status, kind) = (
        escape(&advisory.from),
        escape(&advisory.status),
        escape(&advisory.kind),
    );
    let _ = writeln!(
        xml,
        "  <update from=\"{from}\" status=\"{status}\" type=\"{kind}\" version=\"1\">"
    );
    let _ = writeln!(
        xml,
        "    <id>{}</id>\n    <title>{}</title>",
        escape(&advisory.id),
        escape(&advisory.title)
    );
    for (element, date) in [("issued", &advisory.issued), ("updated", &advisory.updated)] {
        if !date.is_empty() {
            let _ = writeln!(xml, "    <{element} date=\"{}\"/>", escape(date));
        }
    }
    if !advisory.severity.is_empty() {
        let _ = writeln!(xml, "    <severity>{}</severity>", escape(&advisory.severity));
    }
    let _ = writeln!(
        xml,
        "    <description>{}</description>\n    <references>",
        escape(&advisory.description)
    );
    advisory
        .references
        .iter()
        .for_each(|reference| push_reference(xml, reference));
    xml.push_str("    </references>\n    <pkglist>\n      <collection>\n");
    advisory
        .packages
        .iter()
        .for_each(|package| push_package(xml, package));
    xml.push_str("      </collection>\n    </pkglist>\n  </update>\n");
}

fn push_reference(xml: &mut String, reference: &Reference) {
    let (href, id) = (escape(&reference.href), escape(&reference.id));
    let (kind, title) = (escape(&reference.kind), escape(&reference.title));
    let _ = writeln!(
        xml,
        "      <reference href=\"{href}\" id=\"{id}\" type=\"{kind}\" title=\"{title}\"/>"
    );
}

fn push_package(xml: &mut String, package: &AdvisoryPackage) {
    let name = escape(&package.name);
    let (version, release) = (escape(&package.version), escape(&package.release));
    let (epoch, arch) = (escape(&package.epoch), escape(&package.arch));
    let _ = writeln!(
        xml,
        "        <package name=\"{name}\" epoch=\"{epoch}\" version=\"{version}\" release=\"{release}\" arch=\"{arch}\">"
    );
    let _ = writeln!(
        xml,
        "          <filename>{}</filename>",
        escape(&package.file_name)
    );
    if package.reboot_suggested {
        xml.push_str("          <reboot_suggested>True</reboot_suggested>\n");
    }
    xml.push_str("        </package>\n");
}
