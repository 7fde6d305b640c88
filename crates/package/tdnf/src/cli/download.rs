//! `download PACKAGE...`: package files into a directory, checked as if they were to be installed.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::change::{Run, names};
use super::context::Context;
use super::pick::{Kind, Offer, pick};
use super::progress::Progress;
use crate::error::Error;
use crate::installed::InstalledSet;
use crate::plan::{Item, Plan};
use crate::request::Request;
use crate::session::Session;

/// `download [--resolve] [--alldeps] [--source] [--destdir DIR] PACKAGE...`
pub(crate) fn download(context: &Context, words: &[String]) -> Result<(), Error> {
    let mut session = context.session_with_repos()?;
    let all = context.options.all_dependencies;
    let kind = match context.options.source {
        true => Kind::Source,
        false => Kind::Binary,
    };
    let mut items: Vec<Item> = pick(&session, words, kind)?.iter().map(Offer::item).collect();
    if all {
        session.installed = InstalledSet::empty();
    }
    if all || context.options.has("resolve") {
        items.extend(dependencies(context, &session, &items)?);
    }
    let paths = fetch(context, &session, &items)?;
    let dir = context
        .options
        .download_dir
        .clone()
        .unwrap_or_else(|| PathBuf::from("."));
    let copies = session.copy_files(&items, &paths, &dir)?;
    let shown: Vec<Downloaded> = items.iter().zip(&copies).map(Downloaded::of).collect();
    context.output.document(&shown);
    for copy in &copies {
        context.output.result(&format!("{}\n", copy.display()));
    }
    Ok(())
}

/// `install --downloadonly --nodeps`: exactly the packages named, whatever they require.
pub(crate) fn named_only(context: &Context, words: &[String]) -> Result<(), Error> {
    fetch_named(context, words, Kind::Binary, |_| Ok(()))
}

/// Shows what the words name, files included, and asks; fetches it, checked, and does something with the files.
pub(super) fn fetch_named(
    context: &Context,
    words: &[String],
    kind: Kind,
    act: impl FnOnce(&[PathBuf]) -> Result<(), Error>,
) -> Result<(), Error> {
    let run = Run::begin(context, "install")?;
    let session = run.session_for(words)?;
    let mut items = session.local_items();
    items.extend(pick(&session, &names(words), kind)?.iter().map(Offer::item));
    let plan = Plan {
        items,
        skipped: Vec::new(),
    };
    if !run.offer(&plan)? {
        return Ok(());
    }
    act(&run.fetch(&session, &plan)?)?;
    run.conclude_fetched(&session, &plan)
}

/// Fetches the files of items and checks them: size, digest, signature, and that each is what was announced.
pub(crate) fn fetch(context: &Context, session: &Session, items: &[Item]) -> Result<Vec<PathBuf>, Error> {
    let bytes = items.iter().map(Item::remote_size).sum();
    let progress = Progress::new(context.output.clone(), bytes);
    let events = |event: ::download::Event<'_>| progress.downloaded(event);
    let confirm = |repo: &_, location: &str, keys: &[_]| context.confirm(repo, location, keys);
    let items: Vec<&Item> = items.iter().collect();
    let fetched = session.fetch_packages(&items, &confirm, &events);
    progress.clear();
    Ok(fetched?.paths)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Downloaded<'i> {
    name: &'i str,
    arch: &'i str,
    evr: &'i str,
    repo: &'i str,
    path: &'i Path,
}

impl<'i> Downloaded<'i> {
    fn of((item, path): (&'i Item, &'i PathBuf)) -> Self {
        Self {
            name: &item.name,
            arch: &item.arch,
            evr: &item.evr,
            repo: &item.repo,
            path,
        }
    }
}

/// What else would have to be installed for these.
fn dependencies(context: &Context, session: &Session, items: &[Item]) -> Result<Vec<Item>, Error> {
    let specs: Vec<String> = items.iter().map(Item::nevra).collect();
    let plan = match session.plan(&Request::Install(specs.clone()), &context.limits()?) {
        Err(Error::NothingToDo) => return Ok(Vec::new()),
        plan => plan?,
    };
    let more = plan.items.into_iter();
    Ok(more
        .filter(|item| item.comes() && !specs.contains(&item.nevra()))
        .collect())
}
