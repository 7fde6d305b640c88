//! Queries, durability, and what happens when things are not as they should be.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use rpmdb::{DB_DIR, Error, FileState, InstallInfo, Mode, RpmDb};
use rpmfile::{Builder, Dependency, Evr, FileEntry, Package, Tag};

fn package(dir: &Path, name: &str, requires: &str) -> PathBuf {
    let mut builder = Builder::new(name, Evr::parse("1.2-3"), "noarch");
    builder.requires = vec![Dependency::parse(requires).unwrap()];
    builder.provides = vec![Dependency::parse("shared = 5").unwrap()];
    builder.files = vec![
        FileEntry::directory(format!("/opt/{name}")),
        FileEntry::regular(format!("/opt/{name}/data"), name.as_bytes().to_vec()),
        FileEntry::directory("/opt"),
    ];
    let path = dir.join(builder.nevra.file_name());
    builder.build(&path, None).unwrap();
    path
}

fn info() -> InstallInfo {
    InstallInfo {
        time: 1_700_000_000,
        tid: 1_700_000_000,
        color: 0,
        file_states: Vec::new(),
    }
}

fn fill(root: &Path, packages: &[PathBuf]) {
    let mut db = RpmDb::open(root, Mode::Write).unwrap();
    let change = db.begin().unwrap();
    for path in packages {
        change.add(&Package::open(path).unwrap(), &info()).unwrap();
    }
    change.commit().unwrap();
    db.close().unwrap();
}

fn two(dir: &Path) -> Vec<PathBuf> {
    vec![
        package(dir, "alpha", "beta >= 1"),
        package(dir, "beta", "libc.so.6()(64bit)"),
    ]
}

#[test]
fn questions_are_answered() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), &two(dir.path()));
    let db = RpmDb::open(dir.path(), Mode::Read).unwrap();
    let names = |found: Vec<rpmdb::Installed>| {
        found
            .iter()
            .map(|package| package.header.name().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(db.packages().unwrap()), ["alpha", "beta"]);
    assert_eq!(names(db.find_by_name("beta").unwrap()), ["beta"]);
    assert_eq!(names(db.what_provides("shared").unwrap()), ["alpha", "beta"]);
    assert_eq!(names(db.what_provides("/opt").unwrap()), ["alpha", "beta"]);
    assert_eq!(names(db.what_requires("beta").unwrap()), ["alpha"]);
    let owners = db.file_owners("/opt/beta/data").unwrap();
    assert_eq!(owners.len(), 1);
    assert_eq!(
        owners[0].package.header.files().unwrap()[owners[0].file].path,
        "/opt/beta/data"
    );
    assert!(db.file_owners("/elsewhere/data").unwrap().is_empty());
    for (dependency, expected) in [
        ("shared >= 5", true),
        ("shared > 5", false),
        ("/opt", true),
        ("nothing", false),
    ] {
        assert_eq!(
            db.satisfies(&Dependency::parse(dependency).unwrap()).unwrap(),
            expected,
            "{dependency}"
        );
    }
}

#[test]
fn what_was_recorded_is_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = package(dir.path(), "alpha", "beta");
    let mut db = RpmDb::open(dir.path(), Mode::Write).unwrap();
    let change = db.begin().unwrap();
    let file_states = vec![FileState::Normal, FileState::NotInstalled];
    let hnum = change
        .add(
            &Package::open(&path).unwrap(),
            &InstallInfo {
                file_states,
                ..info()
            },
        )
        .unwrap();
    change.commit().unwrap();
    let header = db.get(hnum).unwrap().unwrap().header;
    assert_eq!(header.get_u32(Tag::INSTALL_TIME), Some(1_700_000_000));
    assert_eq!(header.get_bin(Tag::FILE_STATES), Some(&[0, 2, 0][..]));
    assert_eq!(header.files().unwrap().len(), 3);
    assert_eq!(db.get(99).unwrap().map(|package| package.hnum), None);
}

#[test]
fn a_dropped_change_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let packages = two(dir.path());
    fill(dir.path(), &packages[..1]);
    let mut db = RpmDb::open(dir.path(), Mode::Write).unwrap();
    let before = db.cookie().unwrap();
    let change = db.begin().unwrap();
    change
        .add(&Package::open(&packages[1]).unwrap(), &info())
        .unwrap();
    change.erase(1).unwrap();
    drop(change);
    assert_eq!(db.cookie().unwrap(), before);
    let change = db.begin().unwrap();
    change
        .add(&Package::open(&packages[1]).unwrap(), &info())
        .unwrap();
    change.commit().unwrap();
    assert_ne!(db.cookie().unwrap(), before);
}

#[test]
fn the_same_packages_give_the_same_bytes_and_nothing_beside_them() {
    let dir = tempfile::tempdir().unwrap();
    let packages = two(dir.path());
    let bytes = |root: &str| {
        let root = dir.path().join(root);
        fill(&root, &packages);
        let mut names: Vec<_> = fs::read_dir(root.join(DB_DIR))
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, [".rpm.lock", "rpmdb.sqlite"]);
        fs::read(root.join(DB_DIR).join("rpmdb.sqlite")).unwrap()
    };
    assert_eq!(bytes("one"), bytes("two"));
}

#[test]
fn reading_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), &two(dir.path()));
    let path = dir.path().join(DB_DIR).join("rpmdb.sqlite");
    let before = fs::read(&path).unwrap();
    assert_eq!(
        RpmDb::open(dir.path(), Mode::Read)
            .unwrap()
            .packages()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(dir.path().join(DB_DIR)).unwrap().count(), 2);
}

#[test]
fn reading_cannot_change_anything() {
    let dir = tempfile::tempdir().unwrap();
    let packages = two(dir.path());
    fill(dir.path(), &packages);
    let mut db = RpmDb::open(dir.path(), Mode::Read).unwrap();
    let change = db.begin();
    let refused = change.and_then(|change| change.erase(1).and_then(|()| change.commit()));
    assert!(matches!(refused, Err(Error::Write { .. })), "{refused:?}");
}

#[test]
fn a_missing_database_is_said_to_be_missing() {
    let dir = tempfile::tempdir().unwrap();
    let error = RpmDb::open(dir.path(), Mode::Read).unwrap_err();
    assert!(matches!(error, Error::Missing { .. }), "{error}");
    assert!(
        !dir.path().join("usr").exists(),
        "reading must not make a database"
    );
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join(DB_DIR)).unwrap();
    fs::write(
        dir.path().join(DB_DIR).join("rpmdb.sqlite"),
        "nonsense ".repeat(1000),
    )
    .unwrap();
    for mode in [Mode::Read, Mode::Write] {
        let error = RpmDb::open(dir.path(), mode).unwrap_err();
        assert!(matches!(error, Error::Open { .. }), "{error}");
        assert!(error.to_string().contains("rpmdb.sqlite"), "{error}");
    }
}

#[test]
fn a_damaged_header_is_named_by_its_number() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), &two(dir.path()));
    let connection = rusqlite::Connection::open(dir.path().join(DB_DIR).join("rpmdb.sqlite")).unwrap();
    connection
        .execute("UPDATE Packages SET blob = x'00' WHERE hnum = 2", ())
        .unwrap();
    connection.close().unwrap();
    let error = RpmDb::open(dir.path(), Mode::Read)
        .unwrap()
        .packages()
        .unwrap_err();
    assert!(matches!(error, Error::Damaged { hnum: 2, .. }), "{error}");
}

/// The files as a power cut would leave them, before and after the commit.
#[test]
fn a_power_cut_leaves_the_state_before_or_after() {
    let dir = tempfile::tempdir().unwrap();
    let packages = two(dir.path());
    fill(dir.path(), &packages[..1]);
    let after_cut = |name: &str| {
        let copy = dir.path().join(name);
        fs::create_dir_all(copy.join(DB_DIR)).unwrap();
        for entry in fs::read_dir(dir.path().join(DB_DIR)).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), copy.join(DB_DIR).join(entry.file_name())).unwrap();
        }
        let db = RpmDb::open(&copy, Mode::Write).unwrap();
        db.packages()
            .unwrap()
            .iter()
            .map(|p| p.header.name().to_owned())
            .collect::<Vec<_>>()
    };
    let mut db = RpmDb::open(dir.path(), Mode::Write).unwrap();
    let change = db.begin().unwrap();
    change.erase(1).unwrap();
    change
        .add(&Package::open(&packages[1]).unwrap(), &info())
        .unwrap();
    assert_eq!(after_cut("before"), ["alpha"]);
    change.commit().unwrap();
    assert_eq!(after_cut("after"), ["beta"]);
}

#[test]
fn numbers_are_never_used_again() {
    let dir = tempfile::tempdir().unwrap();
    let packages = two(dir.path());
    fill(dir.path(), &packages);
    let mut db = RpmDb::open(dir.path(), Mode::Write).unwrap();
    let change = db.begin().unwrap();
    change.erase(2).unwrap();
    assert_eq!(
        change
            .add(&Package::open(&packages[1]).unwrap(), &info())
            .unwrap(),
        3
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]

    /// Packages come and go in any order, committed or given up: the database lists what a simple list would.
    #[test]
    fn the_database_is_a_list(steps in proptest::collection::vec((0usize..3, proptest::bool::ANY), 1..12)) {
        let dir = tempfile::tempdir().unwrap();
        let packages: Vec<_> = two(dir.path()).iter().map(|path| Package::open(path).unwrap()).collect();
        let mut db = RpmDb::open(dir.path(), Mode::Write).unwrap();
        let mut model: Vec<(u32, String)> = Vec::new();
        for (step, keep) in steps {
            let mut next = model.clone();
            let change = db.begin().unwrap();
            match (packages.get(step), next.pop()) {
                (Some(package), last) => {
                    next.extend(last);
                    let hnum = change.add(package, &info()).unwrap();
                    next.push((hnum, package.header.name().to_owned()));
                }
                (None, Some((hnum, _))) => change.erase(hnum).unwrap(),
                (None, None) => {}
            }
            if keep {
                change.commit().unwrap();
                model = next;
            }
        }
        let listed: Vec<_> =
            db.packages().unwrap().iter().map(|p| (p.hnum, p.header.name().to_owned())).collect();
        proptest::prop_assert_eq!(&listed, &model);
        let providers: Vec<_> = db.what_provides("shared").unwrap().iter().map(|p| p.hnum).collect();
        proptest::prop_assert_eq!(providers, model.iter().map(|(hnum, _)| *hnum).collect::<Vec<_>>());
    }
}
