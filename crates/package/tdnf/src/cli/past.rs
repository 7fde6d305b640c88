//! Going back: from what a transaction has kept, without any network, or from the repositories.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use super::change::Run;
use super::context::Context;
use super::maintain::{entries, usage};
use crate::config::MainConfig;
use crate::error::Error;
use crate::history::{Entry, History};
use crate::request::Request;

/// `N`, `N-M` or `last`.
pub(super) fn range(word: &str, entries: &[Entry]) -> Result<(i64, i64), Error> {
    let last = entries.last().map_or(0, |entry| entry.id);
    let number = |text: &str| {
        if text == "last" {
            Some(last)
        } else {
            text.parse().ok()
        }
    };
    let parsed = match word.split_once('-') {
        Some((from, to)) => number(from).zip(number(to)),
        None => number(word).map(|id| (id, id)),
    };
    parsed.ok_or_else(|| usage(902, &format!("{word} is no transaction: use N, N-M or last")))
}

/// The transactions meant: the first word, or `--from` and `--to`.
pub(super) fn meant(context: &Context, words: &[String]) -> Option<String> {
    let options = &context.options;
    let (from, to) = (options.value("from"), options.value("to"));
    let given = match (from, to) {
        (Some(from), Some(to)) => Some(format!("{from}-{to}")),
        (one, None) | (None, one) => one.map(str::to_owned),
    };
    words.first().cloned().or(given)
}

/// Undo and redo a range, or go back to the state after a transaction.
pub(super) fn alter(context: &Context, verb: &str, words: &[String]) -> Result<(), Error> {
    let Some(word) = meant(context, words) else {
        let text = format!("history {verb} needs the number of a transaction, a range N-M, or last");
        return Err(usage(904, &text));
    };
    let run = Run::begin(context, "history")?;
    let entries = entries(context)?;
    let chosen = chosen(verb, &word, &entries)?;
    if let ("undo", [entry]) = (verb, &chosen[..])
        && let Some(kept) = kept(&context.root, &context.main, entry, &entries)?
    {
        return undo_offline(context, &run, entry, kept);
    }
    let session = context.session_with_repos()?;
    let plan = session.plan(&request(verb, &chosen), &context.limits()?)?;
    run.carry_out(&session, &plan)
}

/// What brings the transactions about that a word stands for.
pub(super) fn wanted(verb: &str, word: &str, entries: &[Entry]) -> Result<Request, Error> {
    Ok(request(verb, &chosen(verb, word, entries)?))
}

/// The transactions that are meant: those of the range, or those after the one to go back to.
fn chosen<'e>(verb: &str, word: &str, entries: &'e [Entry]) -> Result<Vec<&'e Entry>, Error> {
    let (from, to) = range(word, entries)?;
    let wanted = |entry: &&Entry| match verb {
        "rollback" => entry.id > from,
        _ => (from..=to).contains(&entry.id),
    };
    let chosen: Vec<&Entry> = entries.iter().filter(wanted).collect();
    if chosen.is_empty() && verb != "rollback" {
        return Err(usage(
            1802,
            &format!("there is no transaction {word}; see tdnf history"),
        ));
    }
    Ok(chosen)
}

/// What brings the transactions about again, or takes them back.
fn request(verb: &str, chosen: &[&Entry]) -> Request {
    let (added, removed) = net(chosen);
    let (add, remove) = if verb == "redo" {
        (added, removed)
    } else {
        (removed, added)
    };
    Request::Change { add, remove }
}

/// The number under which the newest transaction keeps what it replaced, if it still does.
pub(super) fn kept(
    root: &Path,
    main: &MainConfig,
    entry: &Entry,
    entries: &[Entry],
) -> Result<Option<u64>, Error> {
    if entries.last().map(|last| last.id) != Some(entry.id) {
        return Ok(None);
    }
    let Some(history) = History::read(root, &main.persistdir)? else {
        return Ok(None);
    };
    let kept = history.kept(entry.id)?;
    Ok(kept.filter(|kept| transaction::undoable(root).contains(kept)))
}

/// Undoes the newest transaction with the files it has kept.
fn undo_offline(context: &Context, run: &Run<'_>, entry: &Entry, kept: u64) -> Result<(), Error> {
    let mut text = String::new();
    for (heading, packages) in [
        ("Removing:", &entry.added),
        ("Restoring kept packages:", &entry.removed),
    ] {
        if !packages.is_empty() {
            let _ = writeln!(text, "\n{heading}\n{}", packages.join("\n"));
        }
    }
    context.output.result(&(text + "\n"));
    context
        .output
        .document(&serde_json::json!({ "Remove": entry.added, "Install": entry.removed }));
    run.undo(entry, kept)
}

/// What a run of transactions added and removed on the whole.
fn net(entries: &[&Entry]) -> (Vec<String>, Vec<String>) {
    let (mut added, mut removed) = (BTreeSet::new(), BTreeSet::new());
    for entry in entries {
        for nevra in &entry.removed {
            if !added.remove(nevra) {
                removed.insert(nevra.clone());
            }
        }
        for nevra in &entry.added {
            if !removed.remove(nevra) {
                added.insert(nevra.clone());
            }
        }
    }
    (added.into_iter().collect(), removed.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: i64, added: &[&str], removed: &[&str]) -> Entry {
        let strings = |items: &[&str]| items.iter().map(|&item| item.to_owned()).collect();
        Entry {
            id,
            command: String::new(),
            time: 0,
            added: strings(added),
            removed: strings(removed),
        }
    }

    #[test]
    fn what_came_and_went_again_does_not_count() {
        let (first, second) = (entry(2, &["a-1", "b-1"], &[]), entry(3, &["a-2"], &["a-1"]));
        let (added, removed) = net(&[&first, &second]);
        assert_eq!(added, ["a-2", "b-1"]);
        assert!(removed.is_empty());
    }

    #[test]
    fn ranges_are_numbers_or_last() {
        let entries = [entry(1, &[], &[]), entry(7, &[], &[])];
        assert_eq!(range("3", &entries).unwrap(), (3, 3));
        assert_eq!(range("2-last", &entries).unwrap(), (2, 7));
        assert!(range("x", &entries).is_err());
    }
}
