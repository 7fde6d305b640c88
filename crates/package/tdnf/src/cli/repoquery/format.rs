//! `--qf`: text with tags, such as `%{name}-%{evr}\n`.

use depsolve::RelationKind;

use super::super::record::Package;
use super::question::{DEPENDENCY_KEYS, DependencyKey};
use crate::error::Error;

/// A parsed format.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Format {
    pieces: Vec<Piece>,
}

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Tag(Tag),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    Simple(&'static str),
    Location,
    Dependencies(DependencyKey),
}

/// Tags that are one word or text.
const SIMPLE: [&str; 15] = [
    "name",
    "arch",
    "version",
    "release",
    "evr",
    "reponame",
    "sourcename",
    "sourcerpm",
    "size",
    "downloadsize",
    "installsize",
    "description",
    "summary",
    "license",
    "url",
];

impl Format {
    /// Reads a format. `\n` and `\t` are a new line and a tabulator, `%%` is a percent sign.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("%{") {
                let (name, end) = after.split_once('}').ok_or_else(|| unclosed(text))?;
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
                pieces.push(Piece::Tag(tag(name)?));
                rest = end;
                continue;
            }
            let escaped = [("\\n", '\n'), ("\\t", '\t'), ("\\\\", '\\'), ("%%", '%')];
            let found = escaped.iter().find(|(written, _)| rest.starts_with(written));
            let (written, meant) = found.map_or((letter.len_utf8(), letter), |(w, m)| (w.len(), *m));
            plain.push(meant);
            rest = &rest[written..];
        }
        pieces.push(Piece::Text(plain));
        Ok(Self { pieces })
    }

    /// The text for a package. Unless the format ends its lines itself, there is one line per package.
    pub(super) fn apply(&self, package: Package<'_>, location: &str) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Tag(Tag::Simple(name)) => text.push_str(&simple(package, name)),
                Piece::Tag(Tag::Location) => text.push_str(location),
                Piece::Tag(Tag::Dependencies(key)) => text.push_str(&dependencies(package, *key).join("\n")),
            }
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }
}

fn tag(name: &str) -> Result<Tag, Error> {
    if name == "location" {
        return Ok(Tag::Location);
    }
    let simple = SIMPLE.iter().find(|simple| **simple == name);
    let key = DEPENDENCY_KEYS.iter().find(|key| key.flag == name);
    let found = simple.map(|name| Tag::Simple(name));
    found
        .or_else(|| key.map(|key| Tag::Dependencies(*key)))
        .ok_or_else(|| {
            let keys: Vec<&str> = DEPENDENCY_KEYS.iter().map(|key| key.flag).collect();
            let text = format!(
                "--qf: %{{{name}}} is no tag; there are: {}, location, {}",
                SIMPLE.join(", "),
                keys.join(", ")
            );
            Error::Usage { code: 1622, text }
        })
}

fn unclosed(text: &str) -> Error {
    Error::Usage {
        code: 1622,
        text: format!("--qf {text}: a tag is written %{{name}}"),
    }
}

fn simple(package: Package<'_>, tag: &str) -> String {
    let identity = package.identity();
    let all = package.described();
    match tag {
        "name" => identity.name.to_owned(),
        "arch" => identity.arch.to_owned(),
        "version" => identity.version.to_owned(),
        "release" => identity.release.to_owned(),
        "evr" => identity.evr(),
        "reponame" => package.repo().to_owned(),
        "sourcename" => source_name(package.source_rpm()).to_owned(),
        "sourcerpm" => package.source_rpm().to_owned(),
        "size" | "installsize" => all.install_size.to_string(),
        "downloadsize" => all.download_size.unwrap_or(0).to_string(),
        "description" => all.description,
        "summary" => all.summary,
        "license" => all.license,
        _ => all.url,
    }
}

/// `bash` of `bash-5.2-1.src.rpm`.
fn source_name(file: &str) -> &str {
    let without_release = file.rsplit_once('-').map_or(file, |(rest, _)| rest);
    without_release
        .rsplit_once('-')
        .map_or(without_release, |(name, _)| name)
}

/// A package's dependencies of a key, as text, sorted, each once.
pub(super) fn dependencies(package: Package<'_>, key: DependencyKey) -> Vec<String> {
    let mut found = Vec::new();
    for &kind in key.kinds {
        package.relations(kind, &mut |relation| {
            if !key.before || (kind == RelationKind::Requires && is_before(relation.flags)) {
                found.push(relation.to_string());
            }
        });
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Needed before installation, or by a scriptlet that runs then (rpm's `isInstallPreReq`).
fn is_before(flags: u32) -> bool {
    use rpmfile::DepFlags;
    let before = DepFlags::PREREQ | DepFlags::SCRIPT_PRE | DepFlags::SCRIPT_POST;
    DepFlags(flags).intersects(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_tags_and_escapes() {
        let format = Format::parse("%{name}\\t100%% %{evr}").unwrap();
        let text = |text: &str| Piece::Text(text.to_owned());
        let pieces = [
            text(""),
            Piece::Tag(Tag::Simple("name")),
            text("\t100% "),
            Piece::Tag(Tag::Simple("evr")),
            text(""),
        ];
        assert_eq!(format.pieces, pieces);
    }

    #[test]
    fn what_is_no_tag_is_refused_with_the_number_of_the_original() {
        for text in ["%{repo}", "%{name", "%{}"] {
            assert_eq!(Format::parse(text).unwrap_err().code(), 1622, "{text}");
        }
        assert!(Format::parse("%{requires-pre} %{url}").is_ok());
    }

    #[test]
    fn the_name_of_a_source_package_may_have_dashes() {
        assert_eq!(source_name("util-linux-2.38-1.src.rpm"), "util-linux");
        assert_eq!(source_name(""), "");
    }

    proptest::proptest! {
        #[test]
        fn any_format_is_parsed_or_refused(text in "(%\\{?[a-z]{0,4}\\}?|\\\\?.){0,12}") {
            let _ = Format::parse(&text);
        }
    }
}
