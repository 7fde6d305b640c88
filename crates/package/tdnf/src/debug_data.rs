//! `--debugsolver`: everything the solver saw, in the format of libsolv's `testsolv`, so that the same problem
//! can be given to another solver (libsolv, `doc/libsolv-testcase`, ext/testcase.c).

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use depsolve::{PackageId, Pool, RelationKind};

use crate::error::Error;
use crate::request::Request;

const TAGS: [(RelationKind, &str); 8] = [
    (RelationKind::Provides, "Prv"),
    (RelationKind::Requires, "Req"),
    (RelationKind::Conflicts, "Con"),
    (RelationKind::Obsoletes, "Obs"),
    (RelationKind::Recommends, "Rec"),
    (RelationKind::Suggests, "Sug"),
    (RelationKind::Supplements, "Sup"),
    (RelationKind::Enhances, "Enh"),
];

/// Writes `testcase.t` and a file per repository into a directory.
pub(crate) fn write(dir: &Path, pool: &Pool<'_>, arch: &str, request: &Request) -> Result<(), Error> {
    fs::create_dir_all(dir).map_err(Error::io("create", dir))?;
    let mut labels: Vec<&str> = Vec::new();
    for id in pool.ids() {
        let label = pool.source_label(id);
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    let mut testcase = String::new();
    for label in labels {
        let name = format!("{}.repo", label.trim_start_matches('@'));
        let _ = writeln!(testcase, "repo {label} 0 testtags {name}");
        let packages = pool.ids().filter(|&id| pool.source_label(id) == label);
        save(&dir.join(name), &repository(pool, packages))?;
    }
    let _ = writeln!(testcase, "system {arch} rpm @System");
    testcase.push_str(&jobs(pool, request));
    testcase.push_str("result transaction,problems <inline>\n");
    save(&dir.join("testcase.t"), &testcase)
}

fn save(path: &Path, text: &str) -> Result<(), Error> {
    let written = atomic_file::write(path, text.as_bytes(), 0o644).map_err(io::Error::other);
    written.map_err(Error::io("write", path))
}

fn repository(pool: &Pool<'_>, packages: impl Iterator<Item = PackageId>) -> String {
    let mut text = "=Ver: 3.0\n".to_owned();
    for id in packages.filter(|&id| !pool.is_excluded(id)) {
        let p = pool.identity(id);
        let epoch = if p.epoch == 0 {
            String::new()
        } else {
            format!("{}:", p.epoch)
        };
        let _ = writeln!(
            text,
            "=Pkg: {} {epoch}{} {} {}",
            p.name, p.version, p.release, p.arch
        );
        for (kind, tag) in TAGS {
            pool.relations(id, kind, &mut |relation| {
                if !relation.is_rpmlib() {
                    let _ = writeln!(text, "={tag}: {relation}");
                }
            });
        }
    }
    text
}

fn jobs(pool: &Pool<'_>, request: &Request) -> String {
    let each = |what: &str, specs: &[String]| -> String {
        let line = |spec: &String| {
            let how = if pool.named(spec).is_empty() {
                "provides"
            } else {
                "name"
            };
            format!("job {what} {how} {spec}\n")
        };
        specs.iter().map(line).collect()
    };
    let all = |what: &str, specs: &[String]| match specs.is_empty() {
        true => format!("job {what} all packages\n"),
        false => each(what, specs),
    };
    match request {
        Request::Install(specs) | Request::Reinstall(specs) => each("install", specs),
        Request::Downgrade(specs) => each("install", specs),
        Request::Remove(specs) => each("erase", specs),
        Request::Update(specs) => all("update", specs),
        Request::DistroSync(specs) => all("distupgrade", specs),
        Request::Change { add, remove } => each("install", add) + &each("erase", remove),
        _ => String::new(),
    }
}
