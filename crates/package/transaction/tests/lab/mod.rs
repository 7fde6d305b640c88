//! Two equal roots, one changed by real rpm and one by us, and ways to compare them.

#![allow(dead_code)] // each test file uses its part

pub(crate) mod calls;
pub(crate) mod debian;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use rpmfile::{Builder, Evr, FileEntry, Header, Scriptlet, ScriptletKind, Tag, Trigger};
use transaction::{Error, Options, Report, Silent, Transaction};

pub(crate) const DATABASE: &str = "usr/lib/sysimage/rpm";
const TIME: u32 = 1_700_000_000;

/// A folder for packages and roots.
pub(crate) struct Lab {
    folder: tempfile::TempDir,
}

impl Lab {
    /// Fails with what to install when a program is missing: then nothing would be proved.
    pub(crate) fn new() -> Self {
        for (program, package) in [("rpm", "rpm"), ("bwrap", "bubblewrap"), ("unshare", "util-linux")] {
            let found = Command::new(program).arg("--version").output();
            assert!(
                found.is_ok(),
                "{program} is missing: install the package {package}"
            );
        }
        Self { folder: folder() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A root with nothing but a shell.
    pub(crate) fn root(&self, name: &str) -> PathBuf {
        let root = self.path(name);
        fs::create_dir_all(root.join("bin")).unwrap();
        fs::create_dir_all(root.join("etc")).unwrap();
        fs::write(
            root.join("etc/passwd"),
            "root:x:0:0::/:/bin/sh\napp:x:450:451::/:/bin/sh\n",
        )
        .unwrap();
        fs::write(root.join("etc/group"), "root:x:0:\napp:x:451:\n").unwrap();
        // By a process of its own: one that a test beside this one starts could inherit a file that is open for
        // writing here, and then it cannot be run (execve(2), ETXTBSY).
        let shell = Command::new("cp")
            .arg("/bin/sh")
            .arg(root.join("bin/sh"))
            .status();
        assert!(shell.unwrap().success());
        let libraries = Command::new("ldd").arg("/bin/sh").output().unwrap().stdout;
        for word in String::from_utf8(libraries)
            .unwrap()
            .split_whitespace()
            .filter(|word| word.starts_with('/'))
        {
            let copy = root.join(word.trim_start_matches('/'));
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(word, copy).unwrap();
        }
        root
    }

    /// Build a package.
    pub(crate) fn build(&self, builder: &Builder) -> PathBuf {
        let folder = self.path("packages");
        fs::create_dir_all(&folder).unwrap();
        let number = fs::read_dir(&folder).unwrap().count();
        builder
            .build(
                &folder.join(format!("{number}-{}", builder.nevra.file_name())),
                None,
            )
            .unwrap()
            .path
    }

    /// Two roots: one for rpm, one for us.
    pub(crate) fn pair(&self, name: &str) -> Pair {
        Pair {
            rpm: self.root(&format!("{name}-rpm")),
            ours: self.root(&format!("{name}-ours")),
        }
    }
}

/// In memory where that is possible: thousands of small databases are flushed, and no power will be cut.
pub(crate) fn folder() -> tempfile::TempDir {
    let keep = std::env::var_os("LAB_KEEP").is_some(); // to look at what a failing test left
    let builder = || {
        let mut builder = tempfile::Builder::new();
        builder.disable_cleanup(keep);
        builder
    };
    builder()
        .tempdir_in("/dev/shm")
        .or_else(|_| builder().tempdir())
        .unwrap()
}

/// The same root twice.
pub(crate) struct Pair {
    pub(crate) rpm: PathBuf,
    pub(crate) ours: PathBuf,
}

impl Pair {
    pub(crate) fn edit(&self, work: impl Fn(&Path)) {
        work(&self.rpm);
        work(&self.ours);
    }

    pub(crate) fn upgrade(&self, packages: &[&PathBuf]) -> Report {
        let files: Vec<&str> = packages.iter().map(|path| path.to_str().unwrap()).collect();
        rpm(&self.rpm, &[&["-U", "--nodeps"], &files[..]].concat());
        upgrade(&self.ours, packages).unwrap()
    }

    pub(crate) fn erase(&self, names: &[&str]) -> Report {
        rpm(&self.rpm, &[&["-e", "--nodeps"], names].concat());
        erase(&self.ours, names).unwrap()
    }

    /// Same tree, same rows, and rpm finds nothing wrong with ours.
    pub(crate) fn assert_equal(&self) {
        assert_eq!(tree(&self.ours), tree(&self.rpm));
        assert_eq!(rows(&self.ours), rows(&self.rpm));
        assert_eq!(verify(&self.ours), verify(&self.rpm));
    }

    pub(crate) fn logs(&self) -> (String, String) {
        (log(&self.ours), log(&self.rpm))
    }
}

pub(crate) fn log(root: &Path) -> String {
    debian::comparable(fs::read_to_string(root.join("log")).unwrap_or_default())
}

pub(crate) fn options() -> Options {
    Options {
        durable: false,
        time: Some(TIME),
        color: 3,
        keep_undo: 0,
        threads: 1,
        ..Options::default()
    }
}

pub(crate) fn upgrade(root: &Path, packages: &[&PathBuf]) -> Result<Report, Error> {
    let mut transaction = Transaction::new(root, options());
    for package in packages {
        transaction.upgrade(*package);
    }
    transaction.run(&Silent)
}

pub(crate) fn erase(root: &Path, names: &[&str]) -> Result<Report, Error> {
    let mut transaction = Transaction::new(root, options());
    for name in names {
        transaction.erase(row_of(root, name));
    }
    transaction.run(&Silent)
}

pub(crate) fn row_of(root: &Path, name: &str) -> u32 {
    let database = rpmdb::RpmDb::open(root, rpmdb::Mode::Read).unwrap();
    database.find_by_name(name).unwrap().last().unwrap().hnum
}

/// Real rpm, as root of its own user namespace where we are not root.
pub(crate) fn rpm(root: &Path, arguments: &[&str]) -> String {
    let (ok, text) = try_rpm(root, arguments);
    assert!(ok, "rpm {arguments:?} failed: {text}");
    text
}

pub(crate) fn try_rpm(root: &Path, arguments: &[&str]) -> (bool, String) {
    let output = rpm_itself(root)
        .args([
            "--root",
            root.to_str().unwrap(),
            "--dbpath",
            &format!("/{DATABASE}"),
        ])
        .args(["--nosignature"])
        .args(arguments)
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

/// The rpm to compare with: this machine's if it is the measure, else one in a root.
fn rpm_itself(root: &Path) -> Command {
    if let Some(debian) = debian::chosen() {
        return debian::rpm(debian, root.parent().unwrap());
    }
    if rustix::process::geteuid().is_root() {
        return Command::new("rpm");
    }
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "rpm"]);
    command
}

pub(crate) fn verify(root: &Path) -> String {
    // Real rpm leaves its own lock and log files in the way of nobody; only what packages own is verified.
    try_rpm(root, &["-Va", "--nodeps"]).1
}

/// Everything about a tree that a package manager may be blamed for.
pub(crate) fn tree(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut tree = BTreeMap::new();
    walk(root, root, &mut tree);
    tree
}

/// The package manager's own state and what the shell's log says are compared otherwise.
const NOT_COMPARED: [&str; 7] = [
    "log",
    "usr/lib/sysimage",
    "var/lib/tdnf",
    "tmp",
    "proc",
    "dev",
    "var/tmp",
];

fn walk(root: &Path, folder: &Path, tree: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, found) = (entry.path(), entry.metadata().unwrap());
        let name = path.strip_prefix(root).unwrap().to_owned();
        if NOT_COMPARED.iter().any(|other| name == Path::new(other)) {
            continue;
        }
        if found.is_dir() {
            walk(root, &path, tree);
        }
        let is_scaffold = ["usr/lib", "var/lib", "var", "usr", "run"]
            .iter()
            .any(|other| name == Path::new(other));
        if !is_scaffold {
            tree.insert(name, describe(&path, &found));
        }
    }
}

fn describe(path: &Path, found: &fs::Metadata) -> String {
    let owner = format!("{}:{} {:o}", found.uid(), found.gid(), found.mode());
    if found.is_dir() {
        return owner; // rpm does not verify the time of folders, and changes it by installing files
    }
    let content = match found.is_symlink() {
        true => fs::read_link(path).unwrap().display().to_string(),
        false => String::from_utf8_lossy(&fs::read(path).unwrap_or_default())
            .chars()
            .take(80)
            .collect(),
    };
    let mut buffer = [0; 64];
    let size = rustix::fs::lgetxattr(path, "security.capability", &mut buffer).unwrap_or(0);
    let is_young = found.mtime() > i64::from(TIME);
    let time = if is_young {
        "now".to_owned()
    } else {
        found.mtime().to_string()
    };
    format!("{owner} {time} {} {:?} {content}", found.nlink(), &buffer[..size])
}

/// All rows of the database but those that hold the time; of headers all tags but those.
pub(crate) fn rows(root: &Path) -> Vec<String> {
    let connection = rusqlite::Connection::open(root.join(DATABASE).join("rpmdb.sqlite")).unwrap();
    let mut rows = Vec::new();
    for table in tables(&connection) {
        let mut select = connection
            .prepare(&format!("SELECT * FROM '{table}' ORDER BY 1, 2, 3"))
            .unwrap_or_else(|_| {
                connection
                    .prepare(&format!("SELECT * FROM '{table}' ORDER BY 1, 2"))
                    .unwrap()
            });
        let count = select.column_count();
        let mut found = select.query(()).unwrap();
        while let Some(row) = found.next().unwrap() {
            let values = (0..count).map(|column| value(&table, row.get_ref_unwrap(column)));
            rows.push(format!("{table} {}", values.collect::<Vec<_>>().join(" ")));
        }
    }
    rows
}

fn tables(connection: &rusqlite::Connection) -> Vec<String> {
    let mut select = connection
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        .unwrap();
    let names = select
        .query_map((), |row| row.get::<_, String>(0))
        .unwrap()
        .map(Result::unwrap);
    names
        .filter(|name| !name.starts_with("sqlite_") && name != "Installtid")
        .collect()
}

fn value(table: &str, value: rusqlite::types::ValueRef<'_>) -> String {
    match value {
        rusqlite::types::ValueRef::Blob(bytes) if table == "Packages" => described(bytes),
        other => format!("{other:?}"),
    }
}

/// A header in words. The same ones are met thousands of times.
fn described(bytes: &[u8]) -> String {
    static KNOWN: Mutex<BTreeMap<Vec<u8>, String>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(text) = known.get(bytes) {
        return text.clone();
    }
    let header = Header::parse(bytes.to_vec()).unwrap();
    let tags = header
        .tags()
        .filter(|tag| ![Tag::INSTALL_TIME, Tag::INSTALL_TID].contains(tag));
    let text: String = tags
        .map(|tag| format!("{}={:?}\n", tag.0, header.get_value(tag)))
        .collect();
    known.insert(bytes.to_vec(), text.clone());
    text
}

/// A package with version and release 1 under construction.
pub(crate) fn package(name: &str, version: &str) -> Builder {
    let mut builder = Builder::new(name, Evr::parse(&format!("{version}-1")), "noarch");
    builder.summary = name.into();
    builder.license = "MIT".into();
    builder.build_time = TIME;
    builder
}

pub(crate) fn with_files(mut builder: Builder, files: impl IntoIterator<Item = FileEntry>) -> Builder {
    builder
        .files
        .extend(files.into_iter().map(|file| file.mtime(1_600_000_000)));
    builder
}

/// Every scriptlet notes its name, its arguments and its input.
pub(crate) fn with_scripts(mut builder: Builder) -> Builder {
    let name = format!("{}-{}", builder.nevra.name, builder.nevra.evr);
    let kinds = [
        ScriptletKind::PreTrans,
        ScriptletKind::Pre,
        ScriptletKind::Post,
        ScriptletKind::PreUn,
        ScriptletKind::PostUn,
        ScriptletKind::PostTrans,
    ];
    // rpm 4.18 does not run these.
    let newer = [ScriptletKind::PreUnTrans, ScriptletKind::PostUnTrans];
    let newer = newer.into_iter().filter(|_| debian::is_newer());
    let kinds = kinds.into_iter().chain(newer);
    builder
        .scriptlets
        .extend(kinds.map(|kind| Scriptlet::shell(kind, noting(&format!("{} {name}", kind.section())))));
    builder
}

pub(crate) fn with_triggers(mut builder: Builder, triggers: impl IntoIterator<Item = Trigger>) -> Builder {
    let name = format!("{}-{}", builder.nevra.name, builder.nevra.evr);
    for mut trigger in triggers {
        let label = format!(
            "{:?} {:?} {} of {name}",
            trigger.scope, trigger.event, trigger.priority
        );
        trigger.body = noting(&label);
        builder.triggers.push(trigger);
    }
    builder
}

fn noting(label: &str) -> String {
    format!("echo \"{label}: $*\" >> /log\nwhile read line; do echo \"  $line\" >> /log; done\n")
}
