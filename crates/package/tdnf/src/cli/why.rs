//! `why PACKAGE...`: what keeps a package installed, as chains that begin with what someone asked for.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use depsolve::{PackageId, Pool, PoolBuilder, Relation, RelationKind, Selection};
use serde::Serialize;

use super::context::Context;
use crate::error::Error;
use crate::history::History;

/// `why PACKAGE...`
pub(crate) fn why(context: &Context, words: &[String]) -> Result<(), Error> {
    let session = context.session()?;
    let auto = match History::read(&context.root, &context.main.persistdir)? {
        Some(history) => history.auto_installed()?,
        None => BTreeSet::new(),
    };
    let pool = PoolBuilder::new().installed(&session.installed).build();
    let needs = Needs::new(&pool, auto);
    let mut answers: Vec<Answer> = asked(&pool, words)?
        .into_iter()
        .map(|id| needs.answer(id))
        .collect();
    // Not in the order in which they happen to be in the database.
    answers.sort_by(|one, other| one.package.cmp(&other.package));
    context.output.document(&answers);
    answers
        .iter()
        .for_each(|answer| context.output.result(&answer.text()));
    Ok(())
}

/// The installed packages that words stand for, as `remove` understands them.
fn asked(pool: &Pool<'_>, words: &[String]) -> Result<Vec<PackageId>, Error> {
    let mut found = BTreeSet::new();
    let mut unknown = Vec::new();
    for word in words {
        let packages = Selection::of(pool, word).packages();
        if packages.is_empty() {
            let near = depsolve::nearest(word, pool.names().iter().copied(), 3);
            unknown.push((word.clone(), near.into_iter().map(str::to_owned).collect()));
        }
        found.extend(packages);
    }
    match unknown.is_empty() {
        true => Ok(found.into_iter().collect()),
        false => Err(Error::NoMatch { specs: unknown }),
    }
}

/// One step of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Step {
    package: String,
    /// `requires`, `recommends` or `supplemented`: how the package before the next one holds it.
    kind: &'static str,
    capability: String,
}

/// What keeps one package.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    package: String,
    user_installed: bool,
    /// Each from a package that someone asked for; the last step holds the package in question.
    chains: Vec<Vec<Step>>,
}

impl Answer {
    fn text(&self) -> String {
        let mut text = format!("{}\n", self.package);
        if self.user_installed {
            text.push_str("  was asked for\n");
        }
        for chain in &self.chains {
            for (depth, step) in chain.iter().enumerate() {
                let asked = if depth == 0 { " (asked for)" } else { "" };
                let indent = 2 + 2 * depth;
                let _ = writeln!(
                    text,
                    "{:indent$}{}{asked} {} {}",
                    "", step.package, step.kind, step.capability
                );
            }
        }
        if !self.user_installed && self.chains.is_empty() {
            text.push_str("  is held by nothing that was asked for; autoremove would remove it\n");
        }
        text
    }
}

/// Who holds whom among the installed packages.
struct Needs<'p, 'a> {
    pool: &'p Pool<'a>,
    auto: BTreeSet<String>,
    /// For each package those that hold it, and by what.
    holders: BTreeMap<PackageId, Vec<(PackageId, &'static str, String)>>,
}

impl<'p, 'a> Needs<'p, 'a> {
    fn new(pool: &'p Pool<'a>, auto: BTreeSet<String>) -> Self {
        let mut needs = Self {
            pool,
            auto,
            holders: BTreeMap::new(),
        };
        for id in pool.installed() {
            for (kind, word) in [
                (RelationKind::Requires, "requires"),
                (RelationKind::Recommends, "recommends"),
            ] {
                pool.relations(id, kind, &mut |relation| needs.add(id, word, &relation));
            }
            // The other way round: what it supplements holds it.
            pool.relations(id, RelationKind::Supplements, &mut |relation| {
                for holder in providers(pool, &relation) {
                    let entry = (holder, "is supplemented by", relation.to_string());
                    needs.holders.entry(id).or_default().push(entry);
                }
            });
        }
        needs
    }

    fn add(&mut self, holder: PackageId, word: &'static str, relation: &Relation<'a>) {
        if relation.is_rpmlib() {
            return;
        }
        for held in providers(self.pool, relation) {
            if held != holder {
                let entry = (holder, word, relation.to_string());
                self.holders.entry(held).or_default().push(entry);
            }
        }
    }

    fn is_wanted(&self, id: PackageId) -> bool {
        !self.auto.contains(self.pool.identity(id).name)
    }

    /// The shortest chain from each wanted package that leads here without passing another wanted one.
    fn answer(&self, id: PackageId) -> Answer {
        let mut paths: BTreeMap<PackageId, Vec<Step>> = BTreeMap::from([(id, Vec::new())]);
        let mut queue = VecDeque::from([id]);
        let mut chains = Vec::new();
        while let Some(held) = queue.pop_front() {
            let below = paths.get(&held).cloned().unwrap_or_default();
            for (holder, kind, capability) in self.holders.get(&held).into_iter().flatten() {
                if paths.contains_key(holder) {
                    continue;
                }
                let mut path = vec![Step {
                    package: self.pool.identity(*holder).to_string(),
                    kind,
                    capability: capability.clone(),
                }];
                path.extend(below.clone());
                paths.insert(*holder, path.clone());
                match self.is_wanted(*holder) {
                    true => chains.push(path),
                    false => queue.push_back(*holder),
                }
            }
        }
        chains.sort_by(|a, b| (a.len(), &a[0].package).cmp(&(b.len(), &b[0].package)));
        Answer {
            package: self.pool.identity(id).to_string(),
            user_installed: self.is_wanted(id),
            chains,
        }
    }
}

/// Installed packages that satisfy a relation; for a rich one those that any part of it names.
fn providers(pool: &Pool<'_>, relation: &Relation<'_>) -> Vec<PackageId> {
    if !relation.is_rich() {
        return pool.providers(relation);
    }
    let words = relation
        .name
        .split([' ', '(', ')'])
        .filter(|word| !word.is_empty());
    words
        .flat_map(|word| pool.providers(&Relation::unversioned(word)))
        .collect()
}
