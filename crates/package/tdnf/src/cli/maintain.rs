//! Commands about the package manager itself: caches, history, marks, recovery.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::context::Context;
use super::output::width;
use crate::error::Error;
use crate::history::{Entry, History};
use crate::lock::RootLock;
use crate::session::Session;

/// `makecache`: as in the original, `--refresh` goes without saying.
pub(crate) fn makecache(context: &Context, _words: &[String]) -> Result<(), Error> {
    let session = context.session_with_asked_repos()?;
    for repository in &session.repositories {
        let count = repository.repo.packages().len();
        context
            .output
            .info(&format!("Repository {}: {count} packages", repository.config.id));
    }
    context.output.result("Metadata cache created.\n");
    Ok(())
}

/// `clean packages|metadata|dbcache|keys|expire-cache|all`
pub(crate) fn clean(context: &Context, words: &[String]) -> Result<(), Error> {
    let Some(what) = words.first() else {
        return Err(usage(
            903,
            "clean needs packages, metadata, dbcache, keys, expire-cache or all",
        ));
    };
    let session = context.session()?;
    let cache = session.cache_dir();
    match what.as_str() {
        "packages" => remove(&cache.join("rpms"))?,
        "keys" => remove(&cache.join("keys"))?,
        "metadata" | "dbcache" => each_repository(cache, remove)?,
        "expire-cache" => each_repository(cache, |dir| {
            repodata::expire(dir).map_err(|source| Error::Repo {
                repo: dir.display().to_string(),
                source,
            })
        })?,
        "all" => clean_all(cache)?,
        "plugins" => {
            return Err(usage(
                1016,
                "clean plugins: there is nothing of that kind to clean",
            ));
        }
        other => {
            return Err(usage(
                902,
                &format!("clean {other}: use packages, metadata, dbcache, keys, expire-cache or all"),
            ));
        }
    }
    context.output.info("Done.");
    Ok(())
}

/// Removes everything that is cached.
pub(super) fn clean_all(cache: &Path) -> Result<(), Error> {
    remove(&cache.join("rpms"))?;
    remove(&cache.join("keys"))?;
    each_repository(cache, remove)
}

pub(super) fn usage(code: u32, text: &str) -> Error {
    Error::Usage {
        code,
        text: text.to_owned(),
    }
}

fn each_repository(cache: &Path, act: impl Fn(&Path) -> Result<(), Error>) -> Result<(), Error> {
    let Ok(entries) = fs::read_dir(cache) else {
        return Ok(());
    };
    let dirs = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir());
    let repositories = dirs.filter(|path| !path.ends_with("rpms") && !path.ends_with("keys"));
    repositories
        .collect::<Vec<PathBuf>>()
        .iter()
        .try_for_each(|dir| act(dir))
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", path)(error)),
        _ => Ok(()),
    }
}

/// `recover`: completes an interrupted transaction.
pub(crate) fn recover(context: &Context, _words: &[String]) -> Result<(), Error> {
    context.need_root("recover")?;
    let _lock = RootLock::take(&context.root, |_| ())?;
    match recover_now(context)? {
        true => Ok(()),
        false => Err(Error::NothingToDo),
    }
}

/// Completes what was interrupted, and says so.
pub(crate) fn recover_now(context: &Context) -> Result<bool, Error> {
    let listener = |event: &transaction::Event<'_>| {
        if let transaction::Event::Warning { text } = event {
            context.output.warning(text);
        }
    };
    context.interrupts.hold();
    let recovered = crate::recovery::recover(&context.root, &context.main, &listener);
    context.interrupts.release();
    match recovered? {
        Some(transaction::Recovery::Completed) => {
            context.output.info("An interrupted transaction was completed.");
            Ok(true)
        }
        Some(transaction::Recovery::RolledBack) => {
            context
                .output
                .info("An interrupted transaction was taken back: nothing had been changed.");
            Ok(true)
        }
        Some(transaction::Recovery::Nothing) | None => Ok(false),
    }
}

/// `mark install|remove PACKAGE...`
pub(crate) fn mark(context: &Context, words: &[String]) -> Result<(), Error> {
    let Some((kind, names)) = words.split_first().filter(|(_, names)| !names.is_empty()) else {
        return Err(usage(904, "mark needs install or remove, and packages"));
    };
    let auto = match kind.as_str() {
        "install" => false,
        "remove" => true,
        other => return Err(usage(902, &format!("mark {other}: use install or remove"))),
    };
    context.need_root("mark")?;
    let _lock = RootLock::take(&context.root, |_| ())?;
    check_installed(&context.session()?, names)?;
    History::open(&context.root, &context.main.persistdir)?.mark(names, auto, &context.command)
}

/// Refuses names of packages that are not installed.
pub(super) fn check_installed(session: &Session, names: &[String]) -> Result<(), Error> {
    let installed: BTreeSet<&str> = session
        .installed
        .iter()
        .map(|package| package.header.name())
        .collect();
    if let Some(name) = names.iter().find(|name| !installed.contains(name.as_str())) {
        let near = depsolve::nearest(name, installed.iter().copied(), 3)
            .into_iter()
            .map(str::to_owned)
            .collect();
        return Err(Error::NoMatch {
            specs: vec![(name.clone(), near)],
        });
    }
    Ok(())
}

/// `history [list|init|undo|redo|rollback] [N|N-M|last]`
pub(crate) fn history(context: &Context, words: &[String]) -> Result<(), Error> {
    let (verb, rest) = match words.split_first() {
        Some((verb, rest)) => (verb.as_str(), rest),
        None => ("list", words),
    };
    match verb {
        "list" => list(context, rest),
        "init" | "update" => init(context),
        "undo" | "redo" | "rollback" => super::past::alter(context, verb, rest),
        other => Err(usage(
            902,
            &format!("history {other}: use list, init, update, undo, redo or rollback"),
        )),
    }
}

/// Brings the history up to date with the package database.
fn init(context: &Context) -> Result<(), Error> {
    context.need_root("history init")?;
    let _lock = RootLock::take(&context.root, |_| ())?;
    History::open(&context.root, &context.main.persistdir)?.update()
}

pub(super) fn entries(context: &Context) -> Result<Vec<Entry>, Error> {
    match History::read(&context.root, &context.main.persistdir)? {
        Some(history) => history.entries(),
        None => Ok(Vec::new()),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Line<'e> {
    id: i64,
    cmd_line: &'e str,
    time_stamp: i64,
    added_count: usize,
    removed_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    added: Option<&'e [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    removed: Option<&'e [String]>,
}

fn list(context: &Context, words: &[String]) -> Result<(), Error> {
    let mut entries = entries(context)?;
    if let Some(word) = super::past::meant(context, words) {
        let (from, to) = super::past::range(&word, &entries)?;
        entries.retain(|entry| (from..=to).contains(&entry.id));
    }
    if context.options.has("reverse") {
        entries.reverse();
    }
    let info = context.options.has("info");
    let line = |entry: &'_ Entry| -> String { text_line(entry, info) };
    if context.output.json {
        let lines: Vec<Line<'_>> = entries.iter().map(|entry| json_line(entry, info)).collect();
        context.output.document(&lines);
        return Ok(());
    }
    let command = command_width();
    let mut text = format!(
        "ID   {:<command$} date/time             +added / -removed\n",
        "cmd line"
    );
    entries.iter().for_each(|entry| text.push_str(&line(entry)));
    context.output.result(&text);
    Ok(())
}

/// What the other columns leave.
fn command_width() -> usize {
    width().saturating_sub(4 + 21 + 9 + 7).max(10)
}

fn json_line(entry: &Entry, info: bool) -> Line<'_> {
    Line {
        id: entry.id,
        cmd_line: &entry.command,
        time_stamp: entry.time,
        added_count: entry.added.len(),
        removed_count: entry.removed.len(),
        added: info.then_some(&entry.added),
        removed: info.then_some(&entry.removed),
    }
}

fn text_line(entry: &Entry, info: bool) -> String {
    let command = command_width();
    let mut text = format!(
        "{:>4} {:<command$} {:<21} +{:<4} / -{:<4}\n",
        entry.id,
        entry.command,
        super::date::date_time(entry.time),
        entry.added.len(),
        entry.removed.len()
    );
    if info {
        for (what, packages) in [("added", &entry.added), ("removed", &entry.removed)] {
            if !packages.is_empty() {
                let _ = writeln!(text, "{what}: {}", packages.join(", "));
            }
        }
        text.push('\n');
    }
    text
}
