//! What a transaction is going to do, as text and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::output::{columns, size};
use super::record;
use crate::plan::{Item, Operation, Plan};

/// Headings in the order of the summary.
const HEADINGS: [(Operation, &str); 7] = [
    (Operation::Install, "Installing:"),
    (Operation::Upgrade, "Upgrading:"),
    (Operation::Downgrade, "Downgrading:"),
    (Operation::Reinstall, "Reinstalling:"),
    (Operation::Remove, "Removing:"),
    (Operation::Unneeded, "Removing unused:"),
    (Operation::Obsolete, "Obsoleting:"),
];

/// The summary of a transaction in the original's columns.
pub(crate) fn describe(plan: &Plan) -> String {
    let mut text = String::new();
    for (operation, heading) in HEADINGS {
        let items: Vec<&Item> = plan
            .items
            .iter()
            .filter(|item| item.operation == operation)
            .collect();
        if !items.is_empty() {
            let _ = writeln!(text, "\n{heading}");
            items.iter().for_each(|item| line(&mut text, item));
        }
    }
    let installed: u64 = plan
        .items
        .iter()
        .filter(|item| item.comes())
        .map(|item| item.install_size)
        .sum();
    let _ = writeln!(text, "\nTotal installed size: {:>8}", size(installed));
    let _ = writeln!(text, "Total download size: {:>9}", size(plan.download_size()));
    text
}

fn line(text: &mut String, item: &Item) {
    let [name, arch, evr, repo, installed, fetched] = columns([20, 15, 20, 15, 10, 10]);
    let download = item
        .origin
        .as_ref()
        .map_or_else(String::new, |origin| size(origin.size));
    let _ = writeln!(
        text,
        "{:<name$} {:<arch$} {:<evr$} {:<repo$} {:>installed$} {download:>fetched$}",
        item.name,
        item.arch,
        item.evr,
        item.repo,
        size(item.install_size)
    );
}

/// The same for JSON mode.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Summary {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exist: Vec<Package>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    install: Vec<Package>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    upgrade: Vec<Package>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    downgrade: Vec<Package>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remove: Vec<Package>,
    #[serde(skip_serializing_if = "Vec::is_empty", rename = "UnNeeded")]
    unneeded: Vec<Package>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reinstall: Vec<Package>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    obsolete: Vec<Package>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unavailable: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Package {
    name: String,
    arch: String,
    evr: String,
    install_size: u64,
    repo: String,
}

impl Package {
    fn existing(package: record::Package<'_>) -> Self {
        let described = package.described();
        Self {
            name: described.listed.name,
            arch: described.listed.arch,
            evr: described.listed.evr,
            install_size: described.install_size,
            repo: described.listed.repo,
        }
    }
}

impl Summary {
    /// `existing` are packages that were asked for and are there already.
    pub(crate) fn of(plan: &Plan, existing: &[record::Package<'_>]) -> Self {
        let mut summary = Self {
            exist: existing.iter().copied().map(Package::existing).collect(),
            ..Self::default()
        };
        for item in &plan.items {
            let entry = Package {
                name: item.name.clone(),
                arch: item.arch.clone(),
                evr: item.evr.clone(),
                install_size: item.install_size,
                repo: item.repo.clone(),
            };
            summary.list(item.operation).push(entry);
        }
        summary.unavailable = plan.skipped.iter().map(|(what, _)| what.clone()).collect();
        summary
    }

    fn list(&mut self, operation: Operation) -> &mut Vec<Package> {
        match operation {
            Operation::Install => &mut self.install,
            Operation::Upgrade => &mut self.upgrade,
            Operation::Downgrade => &mut self.downgrade,
            Operation::Reinstall => &mut self.reinstall,
            Operation::Remove => &mut self.remove,
            Operation::Unneeded => &mut self.unneeded,
            Operation::Obsolete => &mut self.obsolete,
        }
    }
}
