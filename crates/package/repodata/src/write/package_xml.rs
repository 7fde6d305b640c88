//! One package as it stands in primary, filelists and other, in the form and order of createrepo_c.

use std::collections::HashSet;
use std::fmt::Write;

use rpmfile::{DepFlags, Dependency, FileInfo, Header, Package, Tag};
use serde::{Deserialize, Serialize};

use crate::escape::escape;

/// createrepo_c keeps this many changelog entries too.
const CHANGELOG_ENTRIES: usize = 10;

/// What the package file does not say about itself.
pub(super) struct Facts<'a> {
    pub(super) location: &'a str,
    pub(super) size: u64,
    pub(super) digest: String,
}

/// The three descriptions of a package.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Fragments {
    pub(super) nevra: String,
    pub(super) primary: String,
    pub(super) filelists: String,
    pub(super) other: String,
}

impl Fragments {
    pub(super) fn new(package: &Package, facts: &Facts<'_>) -> Result<Self, rpmfile::Error> {
        let header = &package.header;
        let mut nevra = header.nevra()?;
        if header.is_source() {
            nevra.arch = "src".to_owned();
        }
        let files = header.files()?;
        let describe = Description {
            package,
            header,
            facts,
            nevra: &nevra,
            files: &files,
        };
        let (primary, filelists, other) = (describe.primary(), describe.filelists(), describe.other());
        Ok(Self {
            nevra: nevra.to_string(),
            primary,
            filelists,
            other,
        })
    }
}

struct Description<'a> {
    package: &'a Package,
    header: &'a Header,
    facts: &'a Facts<'a>,
    nevra: &'a rpmfile::Nevra,
    files: &'a [FileInfo],
}

// Writing to a String cannot fail, hence the ignored results below.
impl Description<'_> {
    fn primary(&self) -> String {
        let mut xml = String::from("<package type=\"rpm\">\n");
        self.push_identity(&mut xml);
        self.push_texts(&mut xml);
        self.push_numbers(&mut xml);
        let _ = writeln!(xml, "  <location href=\"{}\"/>", escape(self.facts.location));
        xml.push_str("  <format>\n");
        self.push_origin(&mut xml);
        self.push_dependencies(&mut xml);
        let files = self.files.iter().filter(|file| is_primary_file(&file.path));
        files.for_each(|file| push_file(&mut xml, "    ", file));
        xml.push_str("  </format>\n</package>\n");
        xml
    }

    fn push_identity(&self, xml: &mut String) {
        let nevra = self.nevra;
        let _ = writeln!(
            xml,
            "  <name>{}</name>\n  <arch>{}</arch>",
            escape(&nevra.name),
            escape(&nevra.arch)
        );
        let _ = writeln!(xml, "  {}", self.version());
        let _ = writeln!(
            xml,
            "  <checksum type=\"sha256\" pkgid=\"YES\">{}</checksum>",
            self.facts.digest
        );
    }

    fn version(&self) -> String {
        let evr = &self.nevra.evr;
        let (version, release) = (escape(&evr.version), escape(&evr.release));
        format!(
            "<version epoch=\"{}\" ver=\"{version}\" rel=\"{release}\"/>",
            evr.epoch
        )
    }

    fn push_texts(&self, xml: &mut String) {
        let header = self.header;
        for (element, text) in [
            ("summary", header.summary()),
            ("description", header.description()),
            ("packager", header.get_str(Tag::PACKAGER).unwrap_or("")),
            ("url", header.url().unwrap_or("")),
        ] {
            let _ = writeln!(xml, "  <{element}>{}</{element}>", escape(text));
        }
    }

    /// The file's own time would differ from machine to machine; the build time stands for it.
    fn push_numbers(&self, xml: &mut String) {
        let built = self.header.get_u32(Tag::BUILD_TIME).unwrap_or(0);
        let archive = self.archive_size();
        let (size, installed) = (self.facts.size, self.header.install_size());
        let _ = writeln!(xml, "  <time file=\"{built}\" build=\"{built}\"/>");
        let _ = writeln!(
            xml,
            "  <size package=\"{size}\" installed=\"{installed}\" archive=\"{archive}\"/>"
        );
    }

    fn archive_size(&self) -> u64 {
        let signature = &self.package.signature;
        let long = signature.get_u64(rpmfile::SignatureTag::LONG_ARCHIVE_SIZE);
        long.or_else(|| signature.get_u64(rpmfile::SignatureTag::PAYLOAD_SIZE))
            .unwrap_or(0)
    }

    fn push_origin(&self, xml: &mut String) {
        let header = self.header;
        for (element, text) in [
            ("license", header.license()),
            ("vendor", header.get_str(Tag::VENDOR).unwrap_or("")),
            ("group", header.get_str(Tag::GROUP).unwrap_or("Unspecified")),
            ("buildhost", header.get_str(Tag::BUILD_HOST).unwrap_or("")),
            ("sourcerpm", header.source_rpm().unwrap_or("")),
        ] {
            let _ = writeln!(xml, "    <rpm:{element}>{}</rpm:{element}>", escape(text));
        }
        let range = &self.package.header_range;
        let _ = writeln!(
            xml,
            "    <rpm:header-range start=\"{}\" end=\"{}\"/>",
            range.start, range.end
        );
    }

    fn push_dependencies(&self, xml: &mut String) {
        let header = self.header;
        push_dependency_list(xml, "provides", &header.provides());
        let requires: Vec<Dependency> = header
            .requires()
            .into_iter()
            .filter(|one| !one.is_rpmlib())
            .collect();
        push_dependency_list(xml, "requires", &requires);
        push_dependency_list(xml, "conflicts", &header.conflicts());
        push_dependency_list(xml, "obsoletes", &header.obsoletes());
        push_dependency_list(xml, "suggests", &header.suggests());
        push_dependency_list(xml, "enhances", &header.enhances());
        push_dependency_list(xml, "recommends", &header.recommends());
        push_dependency_list(xml, "supplements", &header.supplements());
    }

    fn filelists(&self) -> String {
        let mut xml = self.opening();
        self.files.iter().for_each(|file| push_file(&mut xml, "  ", file));
        xml.push_str("</package>\n");
        xml
    }

    fn other(&self) -> String {
        let mut xml = self.opening();
        let newest: Vec<_> = self
            .header
            .changelog()
            .into_iter()
            .take(CHANGELOG_ENTRIES)
            .collect();
        for (time, author, text) in newest.iter().rev() {
            let (author, text) = (escape(author), escape(text));
            let _ = writeln!(
                xml,
                "  <changelog author=\"{author}\" date=\"{time}\">{text}</changelog>"
            );
        }
        xml.push_str("</package>\n");
        xml
    }

    fn opening(&self) -> String {
        let (name, arch) = (escape(&self.nevra.name), escape(&self.nevra.arch));
        let id = &self.facts.digest;
        format!(
            "<package pkgid=\"{id}\" name=\"{name}\" arch=\"{arch}\">\n  {}\n",
            self.version()
        )
    }
}

/// The paths that primary has too, because packages usually require these (createrepo_c's `cr_is_primary`).
fn is_primary_file(path: &str) -> bool {
    path.starts_with("/etc/") || path.contains("bin/") || path == "/usr/lib/sendmail"
}

fn push_file(xml: &mut String, indent: &str, file: &FileInfo) {
    let kind = match (file.is_ghost(), file.is_dir()) {
        (true, _) => " type=\"ghost\"",
        (false, true) => " type=\"dir\"",
        (false, false) => "",
    };
    let _ = writeln!(xml, "{indent}<file{kind}>{}</file>", escape(&file.path));
}

/// The same dependency may be found several times, and before or not before; once is enough.
fn push_dependency_list(xml: &mut String, element: &str, dependencies: &[Dependency]) {
    if dependencies.is_empty() {
        return;
    }
    let mut seen = HashSet::new();
    let _ = writeln!(xml, "    <rpm:{element}>");
    for dependency in dependencies {
        let entry = entry(dependency, element == "requires");
        if seen.insert(entry.clone()) {
            let _ = writeln!(xml, "      <rpm:entry {entry}/>");
        }
    }
    let _ = writeln!(xml, "    </rpm:{element}>");
}

fn entry(dependency: &Dependency, may_be_pre: bool) -> String {
    let mut text = format!("name=\"{}\"", escape(&dependency.name));
    if let Some(sense) = sense(dependency.flags) {
        let (epoch, version, release) = split_evr(&dependency.evr);
        let _ = write!(
            text,
            " flags=\"{sense}\" epoch=\"{}\" ver=\"{}\"",
            escape(epoch),
            escape(version)
        );
        if let Some(release) = release {
            let _ = write!(text, " rel=\"{}\"", escape(release));
        }
    }
    let before = DepFlags::PREREQ | DepFlags::SCRIPT_PRE | DepFlags::SCRIPT_POST;
    if may_be_pre && dependency.flags.intersects(before) {
        text.push_str(" pre=\"1\"");
    }
    text
}

fn sense(flags: DepFlags) -> Option<&'static str> {
    match flags.sense() {
        DepFlags::LESS => Some("LT"),
        DepFlags::GREATER => Some("GT"),
        DepFlags::EQUAL => Some("EQ"),
        DepFlags::LESS_OR_EQUAL => Some("LE"),
        DepFlags::GREATER_OR_EQUAL => Some("GE"),
        _ => None,
    }
}

/// Epoch (`0` when there is none), version, release, split as rpm does.
fn split_evr(evr: &str) -> (&str, &str, Option<&str>) {
    let (epoch, rest) = match evr.split_once(':') {
        Some((epoch, rest)) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => (epoch, rest),
        _ => ("", evr),
    };
    let epoch = if epoch.is_empty() { "0" } else { epoch };
    match rest.rsplit_once('-') {
        Some((version, release)) => (epoch, version, Some(release)),
        None => (epoch, rest, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_versions_as_rpm_does() {
        assert_eq!(split_evr("1:2-3"), ("1", "2", Some("3")));
        assert_eq!(split_evr("2-3-4"), ("0", "2-3", Some("4")));
        assert_eq!(split_evr(":2"), ("0", "2", None));
        assert_eq!(split_evr("a:2"), ("0", "a:2", None));
    }

    #[test]
    fn entries_have_versions_and_order() {
        let versioned = Dependency::new("a&b", DepFlags::GREATER_OR_EQUAL | DepFlags::SCRIPT_PRE, "1:2-3");
        assert_eq!(
            entry(&versioned, true),
            "name=\"a&amp;b\" flags=\"GE\" epoch=\"1\" ver=\"2\" rel=\"3\" pre=\"1\""
        );
        assert_eq!(entry(&Dependency::any("(a if b)"), true), "name=\"(a if b)\"");
    }

    #[test]
    fn the_same_entry_is_written_once() {
        let mut xml = String::new();
        push_dependency_list(
            &mut xml,
            "requires",
            &[Dependency::any("a"), Dependency::any("a")],
        );
        assert_eq!(xml.matches("rpm:entry").count(), 1);
    }

    #[test]
    fn primary_has_programs_and_configuration() {
        assert!(
            ["/etc/fstab", "/usr/bin/sh", "/usr/sbin/init", "/usr/lib/sendmail"]
                .into_iter()
                .all(is_primary_file)
        );
        assert!(
            !["/usr/lib/libc.so.6", "/etcetera"]
                .into_iter()
                .any(is_primary_file)
        );
    }
}
