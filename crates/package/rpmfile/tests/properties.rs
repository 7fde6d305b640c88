//! Laws, and the same laws asked of real rpm.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::process::Command;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rpmfile::rich::Rich;
use rpmfile::{
    Builder, Content, DepFlags, Dependency, Evr, FileEntry, FileKind, Header, Nevra, Package,
    compare_versions,
};

const ORDER_SCRIPT: &str = "for line in io.lines('FILE') do local a, b = line:match('(%S+) (%S+)') \
                            print(rpm.vercmp(a, b) .. '\\n') end";

/// Versions of the letters where rpm's rules differ.
fn version() -> impl Strategy<Value = String> {
    "[0-9a-c~^._+]{0,3}[0-2a-b]{1,2}[0-2a-bA~^._]{0,4}"
}

fn evr() -> impl Strategy<Value = String> {
    (0..3u32, version(), version())
        .prop_map(|(epoch, version, release)| format!("{epoch}:{version}-{release}"))
}

fn some<T>(strategy: impl Strategy<Value = T>, count: usize) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect()
}

fn output_of(command: &mut Command, package: &str) -> String {
    let output = command
        .output()
        .unwrap_or_else(|e| panic!("{e}: install the Debian package {package}"));
    assert!(
        output.status.success(),
        "{output:?} (needs the Debian package {package})"
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn versions_are_ordered_as_by_rpm() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pairs");
    let pairs = some((evr(), evr()), 3000);
    let mut text = String::new();
    pairs.iter().for_each(|(a, b)| writeln!(text, "{a} {b}").unwrap());
    fs::write(&file, text).unwrap();
    let program = dir.path().join("order.lua");
    fs::write(&program, ORDER_SCRIPT.replace("FILE", file.to_str().unwrap())).unwrap();
    let script = format!("%{{lua:dofile('{}')}}", program.display());
    let answers = output_of(Command::new("rpm").args(["--eval", &script]), "rpm");
    let answers: Vec<i32> = answers.lines().filter_map(|line| line.parse().ok()).collect();
    assert_eq!(answers.len(), pairs.len());
    for ((a, b), expected) in pairs.iter().zip(answers) {
        assert_eq!(Evr::parse(a).cmp(&Evr::parse(b)) as i32, expected, "{a} {b}");
    }
}

const OVERLAP_SCRIPT: &str = "import rpm, sys
for line in sys.stdin:
    f1, e1, f2, e2 = line.rstrip('\\n').split(' ')
    a = rpm.ds(('x', int(f1), e1), 'Providename')
    b = rpm.ds(('x', int(f2), e2), 'Requirename')
    print(int(a.Compare(b)))
";

#[test]
fn ranges_overlap_as_for_rpm() {
    let dir = tempfile::tempdir().unwrap();
    let sense = || prop::sample::select(vec![0u32, 2, 4, 8, 10, 12]);
    let part = || {
        prop::sample::select(vec![
            "", "1", "2", "1-1", "1-2", "1:1", "1:1-1", "1~a", "1~a-1", "1^b", "0:1",
        ])
    };
    let cases = some((sense(), part(), sense(), part()), 3000);
    let mut text = String::new();
    cases
        .iter()
        .for_each(|(f1, e1, f2, e2)| writeln!(text, "{f1} {e1} {f2} {e2}").unwrap());
    let input = dir.path().join("cases");
    fs::write(&input, text).unwrap();
    let mut python = Command::new("/usr/bin/python3");
    python
        .args(["-c", OVERLAP_SCRIPT])
        .stdin(fs::File::open(&input).unwrap());
    let answers = output_of(&mut python, "python3-rpm");
    assert_eq!(answers.lines().count(), cases.len());
    for ((f1, e1, f2, e2), expected) in cases.into_iter().zip(answers.lines()) {
        let a = Dependency::new("x", DepFlags(f1), e1);
        let b = Dependency::new("x", DepFlags(f2), e2);
        assert_eq!(a.overlaps(&b), expected == "1", "{f1} {e1:?} | {f2} {e2:?}");
    }
}

fn header_like() -> impl Strategy<Value = Vec<u8>> {
    let entry = (
        prop_oneof![60u32..70, 1000u32..1160, 5000u32..5100],
        0u32..11,
        0u32..80,
        0u32..20,
    );
    let entry = (entry, any::<[u8; 2]>()).prop_map(|((tag, kind, offset, count), noise)| {
        let wild = if noise[0] < 8 {
            u32::from(noise[1]) << 24
        } else {
            0
        };
        [tag, kind, offset | wild, count].map(u32::to_be_bytes).concat()
    });
    let letters = prop_oneof![Just(0u8), Just(b'/'), Just(b'.'), Just(b'a'), any::<u8>()];
    (
        prop::collection::vec(entry, 1..20),
        prop::collection::vec(letters, 0..120),
    )
        .prop_map(|(entries, data)| {
            let start = [
                (entries.len() as u32).to_be_bytes(),
                (data.len() as u32).to_be_bytes(),
            ]
            .concat();
            [start, entries.concat(), data].concat()
        })
}

/// Everything that reads from a header.
fn read_all(header: &Header) {
    for tag in header.tags() {
        header.get_value(tag);
        header.get_u64s(tag);
        header.get_bin(tag);
        header.get_i18n(tag);
    }
    let _ = (
        header.nevra(),
        header.files(),
        header.triggers(),
        header.file_triggers(),
    );
    let _ = (
        header.transaction_file_triggers(),
        header.scriptlets(),
        header.changelog(),
    );
    let _ = (
        header.requires(),
        header.provides(),
        header.conflicts(),
        header.obsoletes(),
    );
    let _ = (
        header.recommends(),
        header.suggests(),
        header.supplements(),
        header.enhances(),
    );
}

fn small_package() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let mut builder = Builder::new("victim", Evr::parse("1-1"), "noarch");
    builder.files = vec![
        FileEntry::regular("/usr/a", vec![1; 300]),
        FileEntry::hard_link("/usr/b", "/usr/a"),
        FileEntry::symlink("/usr/c", "a"),
        FileEntry::directory("/usr/d"),
    ];
    let path = dir.path().join("victim.rpm");
    builder.build(&path, None).unwrap();
    fs::read(path).unwrap()
}

fn read_package(bytes: &[u8]) {
    let mut reader = bytes;
    let Ok(package) = Package::read(&mut reader) else {
        return;
    };
    read_all(&package.header);
    read_all(&package.signature);
    let Ok(mut payload) = package.payload_from(reader) else {
        return;
    };
    while let Ok(Some(mut entry)) = payload.next_entry() {
        let _ = std::io::copy(&mut entry, &mut std::io::sink());
    }
}

fn path_tree() -> impl Strategy<Value = Vec<FileEntry>> {
    let name = prop::sample::select(vec!["a", "b", "ab", "a-b", "a.b", "ä", "c d"]);
    let path = prop::collection::vec(name, 1..4).prop_map(|parts| format!("/{}", parts.join("/")));
    let content = prop::collection::vec(any::<u8>(), 0..200);
    let kind = prop_oneof![
        content.prop_map(|bytes| FileKind::Regular(Content::from(bytes))),
        Just(FileKind::Directory),
        Just(FileKind::Symlink("../x".to_owned())),
    ];
    let file = (path, kind, 0u32..0o10000, any::<u32>()).prop_map(|(path, kind, mode, mtime)| {
        let mut entry = FileEntry::directory(path).mode(mode).mtime(mtime);
        entry.kind = kind;
        entry
    });
    prop::collection::vec(file, 0..12).prop_map(|files| {
        let mut seen = std::collections::HashSet::new();
        files
            .into_iter()
            .filter(|file| seen.insert(file.path.clone()))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn order_is_total(a in version(), b in version(), c in version()) {
        prop_assert_eq!(compare_versions(&a, &b), compare_versions(&b, &a).reverse());
        if compare_versions(&a, &b).is_le() && compare_versions(&b, &c).is_le() {
            prop_assert!(compare_versions(&a, &c).is_le(), "{a} {b} {c}");
        }
    }

    #[test]
    fn a_name_is_read_as_it_was_written(name in "[a-z][a-z0-9+._-]{0,8}", evr in "(0|1):[a-z0-9.~^]{1,4}-[a-z0-9.]{1,4}") {
        let nevra = Nevra::new(name, Evr::parse(&evr), "x86_64");
        prop_assert_eq!(Nevra::parse(&nevra.to_string()), Some(nevra));
    }

    #[test]
    fn no_header_panics(bytes in header_like()) {
        if let Ok(header) = Header::parse(bytes) {
            read_all(&header);
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), text in "[ab ()<>=1and or if else]{0,40}") {
        read_package(&bytes);
        let _ = Header::parse(bytes);
        let _ = Rich::parse(&text).map(|rich| rich.index_names());
        let _ = (Dependency::parse(&text), Nevra::parse(&text), Evr::parse(&text));
    }

    #[test]
    fn what_was_built_is_read_back(files in path_tree()) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.rpm");
        let mut builder = Builder::new("x", Evr::parse("1-1"), "noarch");
        builder.files = files;
        builder.zstd_level = 1;
        builder.build(&path, None).unwrap();
        let package = Package::open(&path).unwrap();
        package.verify_digests().unwrap();
        let mut payload = package.payload().unwrap();
        let mut count = 0;
        while let Some(mut entry) = payload.next_entry().unwrap() {
            count += 1;
            let info = entry.info().clone();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            let original = builder.files.iter().find(|file| file.path == info.path).unwrap();
            prop_assert_eq!(info.permissions(), original.mode & 0o7777);
            prop_assert_eq!(Some(info.mtime), original.mtime);
            match &original.kind {
                FileKind::Regular(Content::Bytes(bytes)) => prop_assert_eq!(&content[..], &bytes[..]),
                FileKind::Symlink(target) => prop_assert_eq!(&info.linkto, target),
                _ => prop_assert!(info.is_dir()),
            }
        }
        prop_assert_eq!(count, builder.files.len());
    }
}

/// Every byte of a package changed, one at a time: never a panic, and never a package that verifies and differs.
#[test]
fn no_changed_byte_goes_unnoticed() {
    let good = small_package();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("changed.rpm");
    let signed_from = Package::read(&mut &good[..]).unwrap().header_range.start as usize;
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x41;
        read_package(&bad);
        if at >= signed_from {
            fs::write(&path, &bad).unwrap();
            let verified = Package::open(&path).and_then(|package| package.verify_digests());
            assert!(verified.is_err(), "byte {at} changed and nobody noticed");
        }
    }
    for length in 0..good.len() {
        read_package(&good[..length]);
    }
}
