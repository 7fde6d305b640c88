//! Every row of our database compared with that of real rpm, and real rpm at work on our database.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rpmdb::{DB_DIR, Error, InstallInfo, Mode, RpmDb};
use rpmfile::{
    Builder, Dependency, Evr, FileEntry, FileFlags, Package, Scriptlet, ScriptletKind, Tag, Trigger,
    TriggerEvent, TriggerScope,
};
use rusqlite::Connection;
use rusqlite::types::Value;

/// A package with everything that rpmbuild knows and that leaves a trace in the database.
const SPEC: &str = r#"
Name: full
Version: 1.5~rc1
Release: 2
Epoch: 3
Summary: Everything
License: MIT
URL: https://example.org/
Group: System/Base
Vendor: Example
BuildArch: noarch
Requires: alpha >= 1, alpha < 9, /bin/sh
Requires: (delta if epsilon else zeta)
Requires: ((one and two) or (three unless four))
Requires(pre): pre-tool
Requires(post): post-tool
Requires(preun): preun-tool
Requires(meta): meta-tool
Requires(pre,postun): both-tool
Provides: virtual = 2, virtual(thing)
Conflicts: enemy < 3, (bad with worse)
Obsoletes: ancient < 2
Recommends: nice, (nice-a or nice-b)
Suggests: perhaps
Supplements: (main and lang)
Enhances: other
%description
Everything.
%package empty
Summary: No files
%description empty
No files.
%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/etc %{buildroot}/usr/share/doc/full
echo 1 > %{buildroot}/usr/bin/full
ln %{buildroot}/usr/bin/full %{buildroot}/usr/bin/full-hard
ln -s full %{buildroot}/usr/bin/full-soft
echo 2 > %{buildroot}/etc/full.conf
echo 3 > %{buildroot}/usr/share/doc/full/README
touch %{buildroot}/etc/full.ghost
%pretrans -p <lua>
print("hello")
%pre
true
%post -p /sbin/ldconfig
%preun
true
%triggerin -- beta, gamma > 1
true
%triggerun -- beta
true
%filetriggerin -P 10 -- /usr/lib /usr/share
true
%filetriggerun -- /etc
true
%transfiletriggerin -P 20 -- /usr/share/info
true
%transfiletriggerpostun -- /usr/share/man
true
%files
%dir /usr/share/doc/full
%attr(4755,root,root) /usr/bin/full
/usr/bin/full-hard
/usr/bin/full-soft
%config(noreplace) /etc/full.conf
%ghost /etc/full.ghost
%doc /usr/share/doc/full/README
%files empty
%changelog
* Tue Jan 02 2024 A <a@example.org> - 1-1
- Second
* Mon Jan 01 2024 A <a@example.org> - 1-0
- First
"#;

fn command(program: &str, arguments: &[&str]) -> Output {
    let output = superuser::command(program)
        .args(arguments)
        .env("LC_ALL", "C")
        .output();
    output.unwrap_or_else(|e| panic!("cannot run {program} ({e}): install the Debian package rpm"))
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = command(program, arguments);
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?} failed:\n{text}");
    text
}

fn rpm_output(root: &Path, arguments: &[&str]) -> Output {
    let dbpath = format!("/{DB_DIR}");
    let place = ["--root", root.to_str().unwrap(), "--dbpath", &dbpath];
    let arguments = [&place[..], arguments].concat();
    command("rpm", &arguments)
}

fn rpm(root: &Path, arguments: &[&str]) -> String {
    let output = rpm_output(root, arguments);
    assert!(output.status.success(), "rpm {arguments:?} failed: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn built_by_rpmbuild(dir: &Path) -> Vec<PathBuf> {
    let spec = dir.join("full.spec");
    fs::write(&spec, SPEC).unwrap();
    let top = format!("_topdir {}/rpmbuild", dir.display());
    run(
        "rpmbuild",
        &["-bb", "--quiet", "--define", &top, spec.to_str().unwrap()],
    );
    let mut found: Vec<_> = fs::read_dir(dir.join("rpmbuild/RPMS/noarch"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    assert_eq!(found.len(), 2);
    found
}

fn built_by_us(dir: &Path) -> Vec<PathBuf> {
    let mut rich = Builder::new("ours", Evr::parse("2:1-1"), "x86_64");
    rich.requires = vec![
        Dependency::any("(a if (b unless c) else d)"),
        Dependency::any("e"),
    ];
    rich.files = vec![
        FileEntry::directory("/"),
        FileEntry::directory("/usr"),
        FileEntry::regular("/usr/ours", "x").caps("cap_net_raw=ep"),
        FileEntry::hard_link("/usr/ours2", "/usr/ours"),
        FileEntry::regular("/etc/ours", "y").flags(FileFlags::CONFIG),
    ];
    rich.scriptlets = vec![Scriptlet::shell(ScriptletKind::PostUn, "true")];
    rich.triggers = vec![Trigger::on_files(
        TriggerScope::Transaction,
        TriggerEvent::PostUn,
        &["/a", "/b", "/a"],
        "true",
    )];
    let bare = Builder::new("bare", Evr::parse("1-1"), "noarch");
    let mut paths = Vec::new();
    for builder in [rich, bare] {
        let path = dir.join(builder.nevra.file_name());
        builder.build(&path, None).unwrap();
        paths.push(path);
    }
    paths
}

fn dump(root: &Path) -> Vec<(String, Vec<Vec<Value>>)> {
    let connection = Connection::open(root.join(DB_DIR).join("rpmdb.sqlite")).unwrap();
    let mut tables = vec!["sqlite_master".to_owned()];
    let mut select = connection
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
        .unwrap();
    tables.extend(
        select
            .query_map((), |row| row.get(0))
            .unwrap()
            .map(Result::unwrap),
    );
    // Notes of SQLite's own, which depend on when ANALYZE ran.
    tables.retain(|table| table != "sqlite_stat1");
    tables
        .into_iter()
        .map(|table| (table.clone(), rows(&connection, &table)))
        .collect()
}

fn rows(connection: &Connection, table: &str) -> Vec<Vec<Value>> {
    let columns = if table == "sqlite_master" {
        "type, name, sql"
    } else {
        "rowid, *"
    };
    let sql = format!("SELECT {columns} FROM '{table}' WHERE rowid > 0 ORDER BY rowid");
    let mut select = connection.prepare(&sql).unwrap();
    let count = select.column_count();
    let all = |row: &rusqlite::Row| (0..count).map(|i| row.get(i)).collect();
    let mut rows: Vec<Vec<Value>> = select.query_map((), all).unwrap().map(Result::unwrap).collect();
    rows.retain(|row| row.get(1) != Some(&Value::Text("sqlite_stat1".into())));
    rows
}

/// The same packages, installed by rpm and recorded by us with the times rpm chose.
fn install_both_ways(dir: &Path, packages: &[PathBuf]) -> (PathBuf, PathBuf) {
    let (theirs, ours) = (dir.join("theirs"), dir.join("ours"));
    for root in [&theirs, &ours] {
        fs::create_dir_all(root).unwrap();
    }
    for package in packages {
        let package = package.to_str().unwrap();
        rpm(
            &theirs,
            &[
                "-i",
                "--justdb",
                "--nodeps",
                "--noscripts",
                "--notriggers",
                package,
            ],
        );
    }
    let real = RpmDb::open(&theirs, Mode::Read).unwrap().packages().unwrap();
    let mut db = RpmDb::open(&ours, Mode::Write).unwrap();
    let change = db.begin().unwrap();
    for (path, installed) in packages.iter().zip(&real) {
        let number = |tag| installed.header.get_u32(tag).unwrap();
        let info = InstallInfo {
            time: number(Tag::INSTALL_TIME),
            tid: number(Tag::INSTALL_TID),
            color: number(Tag::INSTALL_COLOR),
            file_states: Vec::new(),
        };
        assert_eq!(
            change.add(&Package::open(path).unwrap(), &info).unwrap(),
            installed.hnum
        );
    }
    change.commit().unwrap();
    db.close().unwrap();
    (theirs, ours)
}

#[test]
fn every_row_is_what_rpm_writes() {
    let dir = tempfile::tempdir().unwrap();
    let packages = [built_by_rpmbuild(dir.path()), built_by_us(dir.path())].concat();
    let (theirs, ours) = install_both_ways(dir.path(), &packages);
    let (expected, found) = (dump(&theirs), dump(&ours));
    let names = |dump: &[(String, _)]| dump.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&expected), names(&found));
    for ((table, expected), (_, found)) in expected.iter().zip(&found) {
        assert_eq!(expected, found, "table {table}");
    }
    let rows: usize = found.iter().map(|(_, rows)| rows.len()).sum();
    assert!(rows > 150, "{rows} rows prove little");
}

#[test]
fn rpm_works_on_our_database() {
    let dir = tempfile::tempdir().unwrap();
    let packages = [built_by_rpmbuild(dir.path()), built_by_us(dir.path())].concat();
    let (theirs, ours) = install_both_ways(dir.path(), &packages);
    for query in [
        &["-qa", "--qf", "%{nevra} %{installtime}\n"][..],
        &["-qal"],
        &["-qf", "/usr/bin/full"],
        &["-q", "--whatprovides", "virtual"],
        &["-q", "--whatrequires", "zeta"],
        &["-qa", "--scripts"],
        &["-qa", "--triggers"],
        &["-qa", "--filetriggers"],
    ] {
        let (expected, found) = (rpm(&theirs, query), rpm(&ours, query));
        assert!(!found.is_empty(), "{query:?}");
        assert_eq!(expected, found, "{query:?}");
    }
    assert_eq!(
        run(
            "rpmdb",
            &["--verifydb", "--dbpath", ours.join(DB_DIR).to_str().unwrap()]
        ),
        ""
    );
    run(
        "rpmdb",
        &["--rebuilddb", "--dbpath", ours.join(DB_DIR).to_str().unwrap()],
    );
    assert_eq!(
        rpm(&theirs, &["-qa"]).lines().count(),
        rpm(&ours, &["-qa"]).lines().count()
    );
}

#[test]
fn rpm_erases_and_installs_beside_our_rows() {
    let dir = tempfile::tempdir().unwrap();
    let packages = [built_by_rpmbuild(dir.path()), built_by_us(dir.path())].concat();
    let (_, ours) = install_both_ways(dir.path(), &packages);
    for name in ["full", "full-empty", "ours"] {
        rpm(
            &ours,
            &["-e", "--justdb", "--nodeps", "--noscripts", "--notriggers", name],
        );
    }
    assert_eq!(rpm(&ours, &["-qa"]), "bare-1-1.noarch\n");
    rpm(
        &ours,
        &[
            "-i",
            "--justdb",
            "--nodeps",
            "--noscripts",
            "--notriggers",
            packages[0].to_str().unwrap(),
        ],
    );
    let db = RpmDb::open(&ours, Mode::Read).unwrap();
    let names: Vec<_> = db
        .packages()
        .unwrap()
        .iter()
        .map(|p| p.header.name().to_owned())
        .collect();
    assert_eq!(
        names,
        ["bare", Package::open(&packages[0]).unwrap().header.name()]
    );
}

#[test]
fn our_erase_leaves_no_row() {
    let dir = tempfile::tempdir().unwrap();
    let packages = [built_by_rpmbuild(dir.path()), built_by_us(dir.path())].concat();
    let (_, ours) = install_both_ways(dir.path(), &packages);
    let mut db = RpmDb::open(&ours, Mode::Write).unwrap();
    let change = db.begin().unwrap();
    for hnum in 1..=4 {
        change.erase(hnum).unwrap();
    }
    assert!(matches!(change.erase(1), Err(Error::NotInstalled { hnum: 1 })));
    change.commit().unwrap();
    db.close().unwrap();
    for (table, rows) in dump(&ours) {
        assert!(
            rows.is_empty() || table.starts_with("sqlite_"),
            "{table}: {rows:?}"
        );
    }
    assert_eq!(rpm(&ours, &["-qa"]), "");
}

#[test]
fn rpm_verifies_files_installed_by_it_against_our_rows() {
    let dir = tempfile::tempdir().unwrap();
    let packages = built_by_us(dir.path());
    let (_, ours) = install_both_ways(dir.path(), &packages[1..]);
    assert_eq!(rpm(&ours, &["-V", "bare"]), "");
    let output = rpm_output(
        &install_both_ways(dir.path().join("b").as_path(), &packages[..1]).1,
        &["-V", "--nodeps", "ours"],
    );
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("missing     /usr/ours\n"), "{text}");
}

#[test]
fn the_lock_is_that_of_rpm() {
    let dir = tempfile::tempdir().unwrap();
    let packages = built_by_us(dir.path());
    let (_, ours) = install_both_ways(dir.path(), &packages);
    let script = format!(
        "import fcntl,os,sys,time\nf=open('{}/{DB_DIR}/.rpm.lock','r+')\nfcntl.lockf(f,fcntl.LOCK_EX)\nprint('locked',flush=True)\nsys.stdin.read()",
        ours.display()
    );
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;
    let mut holder = Command::new("/usr/bin/python3")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("install the Debian package python3");
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(matches!(RpmDb::open(&ours, Mode::Write), Err(Error::Busy { .. })));
    assert_eq!(
        RpmDb::open(&ours, Mode::Read).unwrap().packages().unwrap().len(),
        2,
        "readers need no lock"
    );
    drop(holder.stdin.take());
    holder.wait().unwrap();
    RpmDb::open(&ours, Mode::Write).unwrap();
}
