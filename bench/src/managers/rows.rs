//! What is compared.

use super::Program;
use super::measure::{Figures, measure};
use super::place::Place;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

/// A line of the table.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// What the issue asks for.
    pub(crate) goal: &'static str,
    /// Whether wall time is what counts.
    pub(crate) wall: bool,
    kind: Kind,
}

enum Kind {
    /// Read metadata into an empty cache.
    Cold,
    /// The same command for tdnf and dnf, on a warm cache.
    Words(&'static [&'static str]),
    /// `provides` of the path that only filelists has.
    Provides,
    /// Install the small packages, in memory or on disk.
    Install { in_memory: bool },
}

const fn words(name: &'static str, goal: &'static str, words: &'static [&'static str]) -> Row {
    Row {
        name,
        goal,
        wall: false,
        kind: Kind::Words(words),
    }
}

pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "makecache, cold",
        goal: "0.25 x dnf, 60 MiB",
        wall: false,
        kind: Kind::Cold,
    },
    words(
        "makecache --refresh, unchanged",
        "0.3 x dnf",
        &["makecache", "--refresh"],
    ),
    words("list available (20,000)", "0.1 x dnf", &["list", "available"]),
    Row {
        name: "provides, file only in filelists",
        goal: "0.1 x dnf",
        wall: false,
        kind: Kind::Provides,
    },
    words(
        "repoquery --whatrequires libc6",
        "",
        &["repoquery", "--whatrequires", "libc6"],
    ),
    words("search compiler", "", &["search", "compiler"]),
    words(
        "install --assumeno gnome-core",
        "0.3 x dnf",
        &["install", "--assumeno", "gnome-core"],
    ),
    Row {
        name: "install 100 packages, http, tmpfs",
        goal: "wall 0.25 x dnf, 0.5 x rpm",
        wall: true,
        kind: Kind::Install { in_memory: true },
    },
    Row {
        name: "install 100 packages, http, disk",
        goal: "wall 1 x dnf",
        wall: true,
        kind: Kind::Install { in_memory: false },
    },
];

impl Row {
    /// One run; nothing when the program has no such command.
    pub(crate) fn measure(&self, place: &Place, program: Program) -> anyhow::Result<Option<Figures>> {
        let root = place.folder.join("large-root");
        match self.kind {
            Kind::Install { in_memory } => install(place, program, in_memory).map(Some),
            _ if program == Program::Rpm => Ok(None),
            Kind::Cold => {
                let _ = fs::remove_dir_all(root.join("var/cache"));
                run(program, &root, &["makecache"]).map(Some)
            }
            Kind::Words(words) => run(program, &root, words).map(Some),
            Kind::Provides => run(program, &root, &["provides", &place.path]).map(Some),
        }
    }
}

fn install(place: &Place, program: Program, in_memory: bool) -> anyhow::Result<Figures> {
    let root = place.new_root(in_memory)?;
    if program == Program::Rpm {
        let mut command: Vec<OsString> = vec!["rpm".into(), "--root".into(), root.into()];
        command.extend(["--define", "_dbpath /usr/lib/sysimage/rpm", "-i"].map(OsString::from));
        command.extend(place.packages.iter().map(OsString::from));
        return measure(&command, &[0]);
    }
    let figures = run(program, &root, &["-y", "install", "small-*"])?;
    let installed = fs::read_dir(root.join("opt"))?.count();
    anyhow::ensure!(
        installed == place.packages.len(),
        "{program:?} installed {installed} packages"
    );
    Ok(figures)
}

fn run(program: Program, root: &Path, words: &[&str]) -> anyhow::Result<Figures> {
    let below = |path: &str| format!("{}/{path}", root.display());
    let mut command: Vec<OsString> = match program {
        Program::Dnf => vec![
            "dnf".into(),
            "-q".into(),
            format!("--setopt=reposdir={}", below("etc/yum.repos.d")).into(),
            format!("--setopt=cachedir={}", below("var/cache/dnf")).into(),
            "--releasever=1".into(),
        ],
        _ => vec![fs::canonicalize("target/release/tdnf")?.into(), "-q".into()],
    };
    command.extend(["--installroot".into(), root.into()]);
    command.extend(words.iter().map(OsString::from));
    // --assumeno ends with 1 in dnf and in some versions of tdnf: the answer was no.
    let expected: &[i32] = if words.contains(&"--assumeno") {
        &[0, 1, 8, 3]
    } else {
        &[0]
    };
    measure(&command, expected)
}
