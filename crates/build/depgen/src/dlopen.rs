//! Libraries opened at run time: "ELF dlopen() metadata", the note specified by the UAPI group.

use std::collections::BTreeSet;

use object::elf::NoteType;
use rpmfile::Dependency;
use serde::Deserialize;

use crate::Found;
use crate::elf::{is_library_name, library_dependency};

/// The owner of the note.
pub(crate) const OWNER: &[u8] = b"FDO";
/// The type of the note.
pub(crate) const NOTE: NoteType = NoteType(0x407c_0c0a);

/// A feature of the program, and the names a library it needs may have, the best first.
#[derive(Deserialize)]
struct Feature {
    #[serde(default)]
    soname: Vec<String>,
    #[serde(default)]
    priority: Priority,
}

/// How much is lost without the library. Absent means `recommended`.
#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Priority {
    Required,
    #[default]
    Recommended,
    Suggested,
}

/// Reads the text of one note: a JSON array of features. One the JSON of which is wrong is passed over.
pub(crate) fn scan(text: &[u8], marker: &str, found: &mut Found) {
    let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
    let features: Vec<Feature> = serde_json::from_slice(&text[..end]).unwrap_or_default();
    for feature in &features {
        if let Some(dependency) = any_of(&feature.soname, marker) {
            level(found, feature.priority).insert(dependency);
        }
    }
}

fn level(found: &mut Found, priority: Priority) -> &mut BTreeSet<Dependency> {
    match priority {
        Priority::Required => &mut found.requires,
        Priority::Recommended => &mut found.recommends,
        Priority::Suggested => &mut found.suggests,
    }
}

/// One name as it is, several as `(a or b)`.
fn any_of(sonames: &[String], marker: &str) -> Option<Dependency> {
    let names = sonames.iter().filter(|name| is_library_name(name));
    let names: Vec<String> = names
        .map(|name| library_dependency(name, "", marker).name)
        .collect();
    match names.len() {
        0 => None,
        1 => names.into_iter().next().map(Dependency::any),
        _ => Some(Dependency::any(format!("({})", names.join(" or ")))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(set: &BTreeSet<Dependency>) -> Vec<&str> {
        set.iter().map(|dependency| dependency.name.as_str()).collect()
    }

    #[test]
    fn priorities_become_levels() {
        let mut found = Found::default();
        let note = |priority: &str, soname: &str| {
            format!(r#"[{{"feature":"x","priority":"{priority}","soname":[{soname}]}}]"#)
        };
        scan(
            note("required", r#""libz.so.1""#).as_bytes(),
            "(64bit)",
            &mut found,
        );
        scan(
            note("recommended", r#""libkmod.so.2""#).as_bytes(),
            "(64bit)",
            &mut found,
        );
        scan(
            note("suggested", r#""libbpf.so.1","libbpf.so.0""#).as_bytes(),
            "(64bit)",
            &mut found,
        );
        scan(b"[{\"soname\":[\"libno.so.1\"]}]\0\0", "", &mut found);
        assert_eq!(names(&found.requires), ["libz.so.1()(64bit)"]);
        assert_eq!(names(&found.recommends), ["libkmod.so.2()(64bit)", "libno.so.1"]);
        assert_eq!(
            names(&found.suggests),
            ["(libbpf.so.1()(64bit) or libbpf.so.0()(64bit))"]
        );
    }

    #[test]
    fn broken_notes_are_passed_over() {
        let mut found = Found::default();
        scan(b"[{\"soname\": 7}]", "", &mut found);
        scan(b"\xff\xff", "", &mut found);
        scan(b"[{\"soname\":[\"../../etc/passwd\"]}]", "", &mut found);
        assert_eq!(found, Found::default());
    }
}
