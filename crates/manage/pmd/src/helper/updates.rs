//! Updates and advisories: tdnf's library.

use pmd_api::packages::{Action, Change, Handler as _};
use pmd_api::updates::*;
use pmd_api::{Empty, Problem};
use repodata::Freshness;
use tdnf::host::{self, Host};

use super::Context;
use super::packages::{Packages, problem};

/// Does what the domain `updates` offers.
pub(super) struct Updates {
    context: Context,
}

impl Updates {
    /// For one call.
    pub(super) fn new(context: Context) -> Self {
        Updates { context }
    }

    fn advice(&self, security: bool, severity: Option<f32>) -> Result<Vec<Advisory>, Problem> {
        let host = Host::new(&self.context.root).map_err(problem)?;
        let (session, _) = host
            .with_repositories(Freshness::IfExpired, &[])
            .map_err(problem)?;
        let found = host::advisories(&session, security, severity).map_err(problem)?;
        Ok(found
            .into_iter()
            .map(|(advisory, packages)| Advisory {
                reboot: packages.iter().any(|package| package.reboot_suggested),
                packages: packages
                    .iter()
                    .map(|one| format!("{}-{}-{}.{}", one.name, one.version, one.release, one.arch))
                    .collect(),
                severity: severity_of(&advisory.severity),
                references: advisory
                    .references
                    .into_iter()
                    .map(|reference| reference.id)
                    .collect(),
                id: advisory.id,
                kind: advisory.kind,
                title: advisory.title,
                description: advisory.description,
                issued: advisory.issued,
            })
            .collect())
    }
}

fn severity_of(word: &str) -> Severity {
    match word.to_ascii_lowercase().as_str() {
        "low" => Severity::Low,
        "moderate" | "medium" => Severity::Moderate,
        "important" | "high" => Severity::Important,
        "critical" => Severity::Critical,
        _ => Severity::Unknown,
    }
}

/// The lowest CVSS score of a word's range, as tdnf has it.
fn score(severity: Severity) -> Option<f32> {
    match severity {
        Severity::Unknown => None,
        Severity::Low => Some(0.1),
        Severity::Moderate => Some(4.0),
        Severity::Important => Some(7.0),
        Severity::Critical => Some(9.0),
    }
}

impl Handler for Updates {
    fn status(&mut self, _: Empty) -> Result<Status, Problem> {
        let plan = Packages::new(self.context.clone()).plan(Change {
            action: Action::Update,
            packages: Vec::new(),
            allow_erasing: false,
            best: false,
            security: false,
            exclude: Vec::new(),
            download_only: false,
        })?;
        Ok(Status {
            plan,
            security: self.advice(true, None)?.len() as u64,
            restart_needed: self.context.is_live() && host::restart_needed(&self.context.root),
        })
    }

    fn advisories(&mut self, asked: AdvisoryQuery) -> Result<Vec<Advisory>, Problem> {
        self.advice(asked.security, asked.severity.and_then(score))
    }
}
