//! `lock write|check|install [FILE]`: a system pinned to the byte.

use std::fs;
use std::path::Path;

use serde::Serialize;

use super::change::Run;
use super::context::Context;
use super::maintain::usage;
use crate::error::Error;
use crate::history::History;
use crate::lockfile::{Difference, LockFile};

const DEFAULT: &str = "tdnf.lock";

/// `lock write|check|install [FILE]`
pub(crate) fn lock(context: &Context, words: &[String]) -> Result<(), Error> {
    let (verb, rest) = words
        .split_first()
        .map_or(("", words), |(verb, rest)| (verb, rest));
    let path = match rest {
        [] => DEFAULT,
        [path] => path.as_str(),
        _ => return Err(usage(902, "lock takes one file")),
    };
    match verb {
        "write" => write(context, path),
        "check" => check(context, Path::new(path)),
        "install" => install(context, Path::new(path)),
        other => Err(usage(902, &format!("lock {other}: use write, check or install"))),
    }
}

/// Writes the lock file of what is installed; `-` is the standard output.
fn write(context: &Context, path: &str) -> Result<(), Error> {
    let session = context.session_with_repos()?;
    let auto = match History::read(&context.root, &context.main.persistdir)? {
        Some(history) => history.auto_installed()?,
        None => Default::default(),
    };
    let lock = session.lock_file(&auto)?;
    if path == "-" {
        context.output.result(&lock.text());
    } else {
        let written = atomic_file::write(Path::new(path), lock.text().as_bytes(), 0o644);
        written
            .map_err(std::io::Error::other)
            .map_err(Error::io("write", path))?;
        context
            .output
            .result(&format!("{path}: {} packages\n", lock.packages.len()));
    }
    let document = serde_json::json!({ "File": path, "Packages": lock.packages.len() });
    context.output.document(&document);
    Ok(())
}

fn read(path: &Path) -> Result<LockFile, Error> {
    let text = fs::read_to_string(path).map_err(Error::io("read", path))?;
    LockFile::parse(&text, &path.display().to_string())
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown<'d> {
    missing: &'d [String],
    extra: &'d [String],
}

/// Lists the differences; that there are any is the exit status.
fn check(context: &Context, path: &Path) -> Result<(), Error> {
    let lock = read(path)?;
    let difference = context.session()?.compare_with(&lock)?;
    context.output.document(&Shown {
        missing: &difference.missing,
        extra: &difference.extra,
    });
    if difference.is_empty() {
        let count = lock.packages.len();
        context
            .output
            .result(&format!("All {count} packages are as locked.\n"));
        return Ok(());
    }
    context.output.result(&lines(&difference));
    Err(Error::NotAsLocked {
        count: difference.missing.len() + difference.extra.len(),
    })
}

/// As in a comparison of files: `-` is only in the lock file, `+` only in the system; by name.
fn lines(difference: &Difference) -> String {
    let missing = difference.missing.iter().map(|nevra| (nevra, '-'));
    let extra = difference.extra.iter().map(|nevra| (nevra, '+'));
    let mut all: Vec<(&String, char)> = missing.chain(extra).collect();
    all.sort();
    all.into_iter()
        .map(|(nevra, sign)| format!("{sign} {nevra}\n"))
        .collect()
}

/// Makes the system exactly what the lock file says, or leaves it as it is.
fn install(context: &Context, path: &Path) -> Result<(), Error> {
    let lock = read(path)?;
    let run = Run::begin(context, "lock install")?;
    let mut session = context.session()?;
    session.known = context.repos(&session)?;
    let difference = session.compare_with(&lock)?;
    if difference.is_empty() {
        return Err(Error::NothingToDo);
    }
    let items = session.missing_items(&lock, &difference);
    let paths = super::download::fetch(context, &session, &items)?;
    session.add_files(&paths)?;
    let plan = session.plan_lock(&lock, &difference)?;
    run.carry_out(&session, &plan)
}
