//! Which advisories concern a root, and which of its packages.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use depsolve::Identity;
use repodata::{Advisory, AdvisoryPackage};

use super::flags::Options;
use super::record::is_meant;
use super::scope::{compare, offers};
use super::severity::score;
use crate::error::Error;
use crate::session::Session;

/// The kinds of the original, in its order.
pub(crate) const KINDS: [&str; 4] = ["Unknown", "Security", "Bugfix", "Enhancement"];

/// Which advisories are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Applies {
    /// Fixes not yet installed.
    Available,
    /// Fixes that are installed.
    Installed,
    /// Both.
    All,
    /// Fixes not yet installed, and on offer now.
    Updates,
}

/// An advisory and those of its packages that concern the root.
#[derive(Clone, Debug)]
pub(crate) struct Advice {
    pub(crate) advisory: Advisory,
    pub(crate) packages: Vec<AdvisoryPackage>,
}

impl Advice {
    /// `Security`, `Bugfix`, `Enhancement` or `Unknown`.
    pub(crate) fn kind(&self) -> &'static str {
        let kind = self.advisory.kind.as_str();
        let known = KINDS.iter().find(|known| known.eq_ignore_ascii_case(kind));
        known.copied().unwrap_or(KINDS[0])
    }

    pub(crate) fn needs_reboot(&self) -> bool {
        self.advisory
            .packages
            .iter()
            .any(|package| package.reboot_suggested)
    }
}

/// Filters of the command line.
pub(crate) struct Filter {
    security: bool,
    severity: Option<f32>,
    reboot: bool,
}

impl Filter {
    pub(crate) fn of(options: &Options) -> Result<Self, Error> {
        let severity = |text: &str| {
            score(text).ok_or_else(|| Error::Usage {
                code: 902,
                text: format!("--sec-severity {text}: use a CVSS score from 0 to 10, or low, moderate, important, critical"),
            })
        };
        Ok(Self {
            security: options.has("security"),
            severity: options.value("sec-severity").map(severity).transpose()?,
            reboot: options.has("reboot-required"),
        })
    }

    /// By kind and by CVSS score.
    pub(crate) fn new(security: bool, severity: Option<f32>) -> Self {
        Self {
            security,
            severity,
            reboot: false,
        }
    }

    /// Whether there is any.
    pub(crate) fn is_set(&self) -> bool {
        self.security || self.severity.is_some() || self.reboot
    }

    fn lets(&self, advice: &Advice) -> bool {
        let security = self.security || self.severity.is_some();
        let severe = |least: f32| score(&advice.advisory.severity).is_some_and(|score| score >= least);
        (!security || advice.kind() == "Security")
            && self.severity.is_none_or(severe)
            && (!self.reboot || advice.needs_reboot())
    }
}

/// The advisories that concern installed packages the words stand for, by id.
pub(crate) fn advice(
    session: &Session,
    applies: Applies,
    filter: &Filter,
    words: &[String],
) -> Result<Vec<Advice>, Error> {
    let installed = newest_installed(session, words);
    let mut found = BTreeMap::new();
    for advisory in session.advisories()? {
        let concerns =
            |package: &&AdvisoryPackage| concerns(session, applies, &installed, &identity(package));
        let packages: Vec<AdvisoryPackage> = advisory.packages.iter().filter(concerns).cloned().collect();
        let advice = Advice { advisory, packages };
        if !advice.packages.is_empty() && filter.lets(&advice) {
            found.insert(advice.advisory.id.clone(), advice);
        }
    }
    Ok(found.into_values().collect())
}

/// Names of installed packages for which there is a fix the filter lets through.
pub(crate) fn names_to_fix(
    session: &Session,
    filter: &Filter,
    words: &[String],
) -> Result<BTreeSet<String>, Error> {
    let advice = advice(session, Applies::Updates, filter, words)?;
    let packages = advice.into_iter().flat_map(|advice| advice.packages);
    Ok(packages.map(|package| package.name).collect())
}

fn concerns(
    session: &Session,
    applies: Applies,
    installed: &BTreeMap<(&str, &str), Identity<'_>>,
    fix: &Identity<'_>,
) -> bool {
    let Some(current) = installed.get(&(fix.name, fix.arch)) else {
        return false;
    };
    let missing = compare(fix, current).is_gt();
    match applies {
        Applies::All => true,
        Applies::Installed => !missing,
        Applies::Available => missing,
        Applies::Updates => missing && is_offered(session, fix),
    }
}

/// Whether a repository has the fix, or something newer.
fn is_offered(session: &Session, fix: &Identity<'_>) -> bool {
    let offers = offers(session, fix.name);
    offers
        .iter()
        .any(|offer| compare(&offer.identity(), fix) != Ordering::Less)
}

fn newest_installed<'s>(
    session: &'s Session,
    words: &[String],
) -> BTreeMap<(&'s str, &'s str), Identity<'s>> {
    let mut newest: BTreeMap<(&str, &str), Identity<'_>> = BTreeMap::new();
    for package in session.installed.iter() {
        let identity = crate::installed::identity(&package.header);
        if !is_meant(&identity, words) {
            continue;
        }
        let entry = newest.entry((identity.name, identity.arch)).or_insert(identity);
        if compare(&identity, entry).is_gt() {
            *entry = identity;
        }
    }
    newest
}

fn identity(package: &AdvisoryPackage) -> Identity<'_> {
    Identity {
        name: &package.name,
        epoch: package.epoch.parse().unwrap_or(0),
        version: &package.version,
        release: &package.release,
        arch: &package.arch,
    }
}
