//! `updateinfo`: what updates would fix.

use std::fmt::Write as _;

use repodata::AdvisoryPackage;
use serde::Serialize;

use super::advice::{Advice, Applies, Filter, KINDS, advice};
use super::context::Context;
use super::date;
use crate::error::Error;

/// How much is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Summary,
    List,
    Info,
}

const MODES: [(&str, Mode); 3] = [
    ("summary", Mode::Summary),
    ("list", Mode::List),
    ("info", Mode::Info),
];
const SCOPES: [(&str, Applies); 5] = [
    ("all", Applies::All),
    ("installed", Applies::Installed),
    ("available", Applies::Available),
    ("updates", Applies::Updates),
    ("upgrades", Applies::Updates),
];

/// `updateinfo [summary|list|info] [all|installed|available|updates] [PACKAGE...]`
pub(crate) fn updateinfo(context: &Context, words: &[String]) -> Result<(), Error> {
    let (mode, words) = choice(context, &MODES, words);
    let (applies, words) = choice(context, &SCOPES, words);
    let filter = Filter::of(&context.options)?;
    let session = context.session_with_repos()?;
    let found = advice(&session, applies.unwrap_or(Applies::Available), &filter, words)?;
    match mode.unwrap_or(Mode::Summary) {
        Mode::Summary => summary(context, &found),
        Mode::List => list(context, &found),
        Mode::Info => info(context, &found),
    }
}

/// A flag of that name, or the first word.
fn choice<'w, T: Copy>(
    context: &Context,
    names: &[(&str, T)],
    words: &'w [String],
) -> (Option<T>, &'w [String]) {
    let named = |word: &str| {
        names
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, value)| *value)
    };
    if let Some(value) = context.options.asked.iter().find_map(|flag| named(flag)) {
        return (Some(value), words);
    }
    match words.split_first() {
        Some((first, rest)) if named(first).is_some() => (named(first), rest),
        _ => (None, words),
    }
}

fn summary(context: &Context, found: &[Advice]) -> Result<(), Error> {
    let count = |kind: &str| found.iter().filter(|advice| advice.kind() == kind).count();
    let [unknown, security, bugfix, enhancement] = KINDS.map(count);
    context.output.document(&Counts {
        unknown,
        security,
        bugfix,
        enhancement,
    });
    if found.is_empty() {
        context.output.result("\n0 updates.\n");
        return Err(Error::NoData);
    }
    let mut text = String::new();
    for kind in KINDS.iter().filter(|kind| count(kind) > 0) {
        let _ = writeln!(text, "{} {kind} notice(s)", count(kind));
    }
    context.output.result(&text);
    Ok(())
}

fn list(context: &Context, found: &[Advice]) -> Result<(), Error> {
    context
        .output
        .document(&found.iter().map(Brief::of).collect::<Vec<_>>());
    let line = |advice: &Advice, package: &AdvisoryPackage| {
        format!("{} {} {}\n", id(advice), advice.kind(), file_name(package))
    };
    print(context, found, line)
}

fn info(context: &Context, found: &[Advice]) -> Result<(), Error> {
    context
        .output
        .document(&found.iter().map(Full::of).collect::<Vec<_>>());
    print(context, found, card)
}

/// One text for each package of each advisory.
fn print(
    context: &Context,
    found: &[Advice],
    text: impl Fn(&Advice, &AdvisoryPackage) -> String,
) -> Result<(), Error> {
    if found.is_empty() {
        return Err(Error::NoData);
    }
    let mut all = String::new();
    for advice in found {
        advice
            .packages
            .iter()
            .for_each(|package| all.push_str(&text(advice, package)));
    }
    context.output.result(&all);
    Ok(())
}

fn card(advice: &Advice, package: &AdvisoryPackage) -> String {
    format!(
        "       Name : {}\n  Update ID : {}\n       Type : {}\n    Updated : {}\nNeeds Reboot: {}\nDescription : {}\n",
        file_name(package),
        id(advice),
        advice.kind(),
        updated(advice),
        u8::from(advice.needs_reboot()),
        advice.advisory.description
    )
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Counts {
    unknown: usize,
    security: usize,
    bugfix: usize,
    enhancement: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Brief {
    r#type: &'static str,
    #[serde(rename = "UpdateID")]
    update_id: String,
    packages: Vec<String>,
}

impl Brief {
    fn of(advice: &Advice) -> Self {
        Self {
            r#type: advice.kind(),
            update_id: id(advice),
            packages: advice.packages.iter().map(file_name).collect(),
        }
    }
}

/// What the original prints, and what else the advisory says.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Full<'a> {
    #[serde(flatten)]
    brief: Brief,
    updated: String,
    needs_reboot: bool,
    description: &'a str,
    title: &'a str,
    severity: &'a str,
    references: Vec<&'a str>,
}

impl<'a> Full<'a> {
    fn of(advice: &'a Advice) -> Self {
        let advisory = &advice.advisory;
        Self {
            brief: Brief::of(advice),
            updated: updated(advice),
            needs_reboot: advice.needs_reboot(),
            description: &advisory.description,
            title: &advisory.title,
            severity: &advisory.severity,
            references: advisory
                .references
                .iter()
                .map(|reference| reference.id.as_str())
                .collect(),
        }
    }
}

/// libsolv names advisories `patch:ID`, and so does the original.
fn id(advice: &Advice) -> String {
    format!("patch:{}", advice.advisory.id)
}

/// When it was last changed, or else issued.
fn updated(advice: &Advice) -> String {
    let advisory = &advice.advisory;
    let text = [&advisory.updated, &advisory.issued]
        .into_iter()
        .find(|text| !text.is_empty());
    let text = text.map_or("", String::as_str);
    date::parse(text).map_or_else(|| text.to_owned(), date::moment)
}

fn file_name(package: &AdvisoryPackage) -> String {
    if !package.file_name.is_empty() {
        return package.file_name.clone();
    }
    format!(
        "{}-{}-{}.{}.rpm",
        package.name, package.version, package.release, package.arch
    )
}
