//! What `repoquery` found out, as text and as JSON.

use std::collections::{BTreeMap, BTreeSet};

use repodata::Changelog;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::super::context::Context;
use super::super::date;
use super::super::record::Package;
use super::format::dependencies;
use super::question::Question;
use crate::error::Error;
use crate::session::Session;

/// A package with everything that was asked about it.
struct Answer<'s> {
    package: Package<'s>,
    dependencies: Option<Vec<String>>,
    files: Option<Vec<String>>,
    changelogs: Option<Vec<Changelog>>,
    source: Option<&'s str>,
    location: Option<String>,
    formatted: Option<String>,
}

/// Prints what was found.
pub(super) fn answer<'s>(
    context: &Context,
    session: &'s Session,
    question: &Question,
    found: &[Package<'s>],
) -> Result<(), Error> {
    let mut changelogs = match question.changelogs {
        true => changelogs(session, found)?,
        false => BTreeMap::new(),
    };
    let make = |&package: &Package<'s>| make(session, question, package, &mut changelogs);
    let answers = found.iter().map(make).collect::<Result<Vec<_>, Error>>()?;
    if context.output.json {
        let list = answers.iter().map(|answer| Json { answer, question });
        context.output.document(&list.collect::<Vec<_>>());
    } else {
        context.output.result(&to_text(&answers));
    }
    Ok(())
}

fn make<'s>(
    session: &Session,
    question: &Question,
    package: Package<'s>,
    changelogs: &mut BTreeMap<(String, u32), Vec<Changelog>>,
) -> Result<Answer<'s>, Error> {
    let (repo, id) = package.key();
    let location = || session.location(package.key());
    Ok(Answer {
        package,
        dependencies: question.dependencies.map(|key| dependencies(package, key)),
        files: question.files.then(|| files(session, package)).transpose()?,
        changelogs: question
            .changelogs
            .then(|| changelogs.remove(&(repo.to_owned(), id)).unwrap_or_default()),
        source: question.source.then(|| package.source_rpm()),
        location: question.location.then(location),
        formatted: question
            .format
            .as_ref()
            .map(|format| format.apply(package, &location())),
    })
}

fn files(session: &Session, package: Package<'_>) -> Result<Vec<String>, Error> {
    let mut files: Vec<String> = match package {
        Package::Installed(package) => package.header.file_paths().unwrap_or_default(),
        Package::Available(package, repo) => session.files_of(repo, package.id())?,
    };
    files.sort_unstable();
    Ok(files)
}

/// The change logs of all packages found, read once per repository.
fn changelogs(
    session: &Session,
    found: &[Package<'_>],
) -> Result<BTreeMap<(String, u32), Vec<Changelog>>, Error> {
    let mut logs = BTreeMap::new();
    let mut wanted: BTreeMap<&str, BTreeMap<&str, u32>> = BTreeMap::new();
    for package in found {
        match *package {
            Package::Installed(installed) => {
                let (repo, id) = package.key();
                let entry = |(time, author, text): (u32, String, String)| Changelog {
                    time: i64::from(time),
                    author,
                    text,
                };
                let log = installed.header.changelog().into_iter().map(entry).collect();
                logs.insert((repo.to_owned(), id), log);
            }
            Package::Available(offered, repo) => {
                wanted
                    .entry(repo)
                    .or_default()
                    .insert(offered.checksum(), offered.id());
            }
        }
    }
    for (repo, ids) in wanted {
        for (checksum, log) in session.changelogs(repo, &|checksum| ids.contains_key(checksum))? {
            if let Some(&id) = ids.get(checksum.as_str()) {
                logs.insert((repo.to_owned(), id), log);
            }
        }
    }
    Ok(logs)
}

/// Lists of all packages are printed as one, sorted, each line once; everything else package by package.
fn to_text(answers: &[Answer<'_>]) -> String {
    let mut text = String::new();
    let mut lines: BTreeSet<&str> = BTreeSet::new();
    for answer in answers {
        if let Some(formatted) = &answer.formatted {
            text.push_str(formatted);
        } else if let Some(list) = answer.dependencies.as_ref().or(answer.files.as_ref()) {
            lines.extend(list.iter().map(String::as_str));
        } else {
            text.push_str(&one(answer));
        }
    }
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    text
}

fn one(answer: &Answer<'_>) -> String {
    if let Some(log) = &answer.changelogs {
        let entry =
            |entry: &Changelog| format!("{} {}\n{}\n", date::date(entry.time), entry.author, entry.text);
        return log.iter().map(entry).collect();
    }
    match (answer.source, &answer.location) {
        (Some(source), _) => format!("{source}\n"),
        (None, Some(location)) => format!("{location}\n"),
        (None, None) => format!("{}\n", answer.package.identity()),
    }
}

/// An answer as JSON, its keys in the order of the original.
struct Json<'a> {
    answer: &'a Answer<'a>,
    question: &'a Question,
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (answer, listed) = (self.answer, self.answer.package.listed());
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("Nevra", &answer.package.identity().to_string())?;
        map.serialize_entry("Name", &listed.name)?;
        map.serialize_entry("Arch", &listed.arch)?;
        map.serialize_entry("Evr", &listed.evr)?;
        map.serialize_entry("Repo", &listed.repo)?;
        if let Some(files) = &answer.files {
            map.serialize_entry("Files", files)?;
        }
        if let Some((key, list)) = self.question.dependencies.zip(answer.dependencies.as_ref()) {
            map.serialize_entry(key.key, list)?;
        }
        if let Some(log) = &answer.changelogs {
            let entries: Vec<Entry<'_>> = log.iter().map(Entry::of).collect();
            map.serialize_entry("ChangeLogs", &entries)?;
        }
        if let Some(source) = answer.source {
            map.serialize_entry("Source", source)?;
        }
        if let Some(location) = &answer.location {
            map.serialize_entry("Location", location)?;
        }
        if let Some(formatted) = &answer.formatted {
            map.serialize_entry("Formatted", formatted.trim_end_matches('\n'))?;
        }
        map.end()
    }
}

#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    time: String,
    author: &'a str,
    text: &'a str,
}

impl<'a> Entry<'a> {
    fn of(entry: &'a Changelog) -> Self {
        Self {
            time: date::date(entry.time),
            author: &entry.author,
            text: &entry.text,
        }
    }
}
