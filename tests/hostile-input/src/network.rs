//! What users write into network files, YAML and kernel command lines, and what comes over D-Bus.

use std::path::{Component, Path};

use dbus_client::Message;
use netmgr::{Error, Session, forms};
use networkd::{Document, FileKind};

/// A `.network` file or the like: every byte comes back, and an edit changes nothing but its line.
pub(crate) fn networkd_file(bytes: &[u8]) {
    let document = Document::parse(bytes);
    assert_eq!(document.to_bytes(), bytes);
    let _ = (document.problems(), document.assignments());
    for kind in FileKind::ALL {
        let _ = kind.review(&document);
    }
    if document.fatal_problem().is_none() {
        set(&document);
        append(&document);
        remove(&document);
        add_block(&document);
    }
}

/// Every assignment: section, name and value.
fn assignments(document: &Document) -> Vec<(String, String, String)> {
    let all = document.assignments();
    let own = |text: &str| text.to_owned();
    all.iter()
        .map(|found| (own(found.section), own(found.key), own(found.value)))
        .collect()
}

/// What is read from what is written.
fn again(document: &Document) -> Document {
    Document::parse(&document.to_bytes())
}

fn is_dns(found: &(String, String, String)) -> bool {
    (found.0.as_str(), found.1.as_str()) == ("Network", "DNS")
}

/// The others, which are as they were.
fn others(document: &Document) -> Vec<(String, String, String)> {
    let mut all = assignments(document);
    all.retain(|found| !is_dns(found));
    all
}

fn set(document: &Document) {
    let mut edited = document.clone();
    if edited.set("Network", "DNS", "10.0.0.1").is_ok() {
        let edited = again(&edited);
        assert_eq!(edited.values("Network", "DNS").last(), Some(&"10.0.0.1"));
        assert_eq!(others(&edited), others(document));
    }
}

fn append(document: &Document) {
    let mut edited = document.clone();
    if edited.append("Network", "DNS", "10.0.0.1").is_ok() {
        let edited = again(&edited);
        let count = |document| assignments(document).iter().filter(|found| is_dns(found)).count();
        assert_eq!(count(&edited), count(document) + 1);
        assert_eq!(others(&edited), others(document));
    }
}

fn remove(document: &Document) {
    let mut edited = document.clone();
    if edited.remove("Network", "DNS", |_| true).is_ok() {
        let edited = again(&edited);
        assert!(!assignments(&edited).iter().any(is_dns));
        assert_eq!(others(&edited), others(document));
    }
}

fn add_block(document: &Document) {
    let mut edited = document.clone();
    if edited.add_block("Route", &[("Gateway", "10.0.0.1")]).is_ok() {
        let mut wanted = assignments(document);
        wanted.push(("Route".into(), "Gateway".into(), "10.0.0.1".into()));
        assert_eq!(assignments(&again(&edited)), wanted);
    }
}

/// A place where nothing is, so that all that is written is in the changes.
const NOWHERE: &str = "/nonexistent";

/// A document of `nmctl apply`.
pub(crate) fn yaml(bytes: &[u8]) {
    let files = [("x.yaml".into(), String::from_utf8_lossy(bytes).into_owned())];
    written(|session| forms::apply_yaml(session, &files));
}

/// The kernel's command line, as `nmctl apply-cmdline` reads it.
pub(crate) fn command_line(bytes: &[u8]) {
    let line = String::from_utf8_lossy(bytes);
    written(|session| forms::apply_cmdline(session, &line));
}

/// Whatever is understood becomes files of networkd, in its folder, with nothing in them that networkd would refuse.
fn written(apply: impl FnOnce(&mut Session) -> Result<(), Error>) {
    let mut session = Session::reading(Path::new(NOWHERE));
    if apply(&mut session).is_err() {
        return;
    }
    let folder = Path::new(NOWHERE).join("etc/systemd/network");
    for change in session.changes() {
        let inside = change.path.strip_prefix(&folder);
        let parts: Vec<Component<'_>> = inside.unwrap_or(Path::new("")).components().collect();
        assert!(
            matches!(parts[..], [Component::Normal(_)]),
            "{}",
            change.path.display()
        );
        let kind = change
            .path
            .file_name()
            .and_then(|name| FileKind::of(&name.to_string_lossy()));
        if let (Some(kind), Some(bytes)) = (kind, change.after) {
            let document = Document::parse(&bytes);
            assert_eq!(document.problems(), [], "{}", change.path.display());
            assert_eq!(kind.review(&document), [], "{}", change.path.display());
        }
    }
}

/// A message of another program on the bus.
pub(crate) fn dbus_message(bytes: &[u8]) {
    let _ = Message::parse(bytes);
}
