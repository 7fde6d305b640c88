//! `--downloadonly --nodeps`: exactly the packages named, whatever they require.

use depsolve::PackageSource;

use super::change::Run;
use super::context::Context;
use super::record::{Package, is_meant};
use super::scope::{available, compare};
use crate::error::Error;
use crate::plan::Plan;
use crate::session::Session;

/// Downloads what the words stand for, of each name the newest.
pub(crate) fn download(context: &Context, words: &[String]) -> Result<(), Error> {
    let run = Run::begin(context, "install")?;
    let session = run.session_for(words)?;
    let mut items: Vec<_> = (0..session.local.len())
        .map(|index| session.local_item(index))
        .collect();
    for word in words.iter().filter(|word| !super::change::is_file(word)) {
        for package in newest(&session, word)? {
            items.extend(session.item(package.key()));
        }
    }
    let plan = Plan {
        items,
        skipped: Vec::new(),
    };
    if !run.offer(&plan)? {
        return Ok(());
    }
    run.fetch(&session, &plan)?;
    run.conclude_fetched(&session, &plan)
}

fn newest<'s>(session: &'s Session, word: &String) -> Result<Vec<Package<'s>>, Error> {
    let words = std::slice::from_ref(word);
    let mut by_name = std::collections::BTreeMap::new();
    for package in available(session).filter(|package| is_meant(&package.identity(), words)) {
        let identity = package.identity();
        let entry = by_name.entry(identity.name).or_insert(package);
        if compare(&identity, &entry.identity()).is_gt() {
            *entry = package;
        }
    }
    if by_name.is_empty() {
        let specs = vec![(word.clone(), Vec::new())];
        return Err(Error::NoMatch { specs });
    }
    Ok(by_name.into_values().collect())
}
