//! Objects made for a purpose by the C compiler: notes of libraries opened at run time, and damage.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests are not in #[test] functions"
)]

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use depgen::{File, Found};
use proptest::prelude::*;

/// A library that says what it opens at run time, as systemd's `ELF_NOTE_DLOPEN` writes it.
const SOURCE: &str = r#"
int answer(void) { return 42; }
__attribute__((used, section(".note.dlopen"), aligned(4))) static const struct {
    struct { unsigned n_namesz, n_descsz, n_type; } nhdr;
    char name[4];
    char json[sizeof(JSON)];
} note = { { 4, sizeof(JSON), 0x407c0c0aU }, "FDO", JSON };
"#;

const JSON: &str =
    r#"[{"feature":"kmod","description":"d","priority":"recommended","soname":["libkmod.so.2"]}]"#;

fn compile(dir: &Path) -> Vec<u8> {
    let (source, library) = (dir.join("a.c"), dir.join("libanswer.so.1"));
    let json = format!("#define JSON \"{}\"\n", JSON.replace('"', "\\\""));
    std::fs::write(&source, json + SOURCE).unwrap();
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-Wl,-soname,libanswer.so.1", "-o"])
        .args([&library, &source])
        .status()
        .expect("install the package `gcc`");
    assert!(status.success());
    std::fs::read(library).unwrap()
}

fn library() -> &'static [u8] {
    static LIBRARY: OnceLock<Vec<u8>> = OnceLock::new();
    LIBRARY.get_or_init(|| compile(tempfile::tempdir().unwrap().path()))
}

fn scan(bytes: &[u8]) -> Found {
    depgen::scan([File {
        path: "/usr/lib/libanswer.so.1",
        mode: 0o644,
        bytes,
    }])
}

fn names(set: std::collections::BTreeSet<rpmfile::Dependency>) -> Vec<String> {
    set.into_iter().map(|dependency| dependency.name).collect()
}

#[test]
fn libraries_opened_at_run_time_are_recommended() {
    let found = scan(library());
    assert_eq!(names(found.recommends), ["libkmod.so.2()(64bit)"]);
    assert_eq!(names(found.provides), ["libanswer.so.1()(64bit)"]);
    assert!(found.suggests.is_empty());
}

proptest! {
    #[test]
    fn damage_never_panics(changes in prop::collection::vec((0usize..20_000, any::<u8>()), 1..40), cut in 0usize..20_000) {
        let mut bytes = library().to_vec();
        let length = bytes.len();
        changes.iter().for_each(|(at, value)| bytes[at % length] = *value);
        bytes.truncate(length - cut % length);
        scan(&bytes);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000), kind in 0usize..4) {
        let start: [&[u8]; 4] = [b"", b"#!", b"\x7fELF\x02\x01\x01", b"\x7fELF\x01\x01\x01"];
        let path = ["/usr/bin/a", "/usr/lib/pkgconfig/a.pc"][kind % 2];
        let bytes = [start[kind], &bytes].concat();
        depgen::scan([File { path, mode: 0o755, bytes: &bytes }]);
    }
}
