//! Carrying out a plan: files first, then one transaction that happens wholly or not at all.

use std::fs;
use std::path::Path;

use download::Progress;
use transaction::{Listener, Silent, Transaction};

use crate::error::Error;
use crate::fetch::Files;
use crate::history::{Entry, History, Intent};
use crate::keys::ConfirmKey;
use crate::lock::RootLock;
use crate::plan::{Item, Operation, Plan};
use crate::session::Session;

/// How a plan is carried out.
pub struct Execution<'a> {
    /// How the transaction works.
    pub transaction: transaction::Options,
    /// What the history is to say was asked for.
    pub command: String,
    /// Whether the history records it.
    pub history: bool,
    /// Fetch and check only.
    pub download_only: bool,
    /// Is told about downloads.
    pub downloads: Progress<'a>,
    /// Is told about the transaction.
    pub listener: &'a dyn Listener,
    /// Asked before a key from the network is trusted.
    pub confirm: ConfirmKey<'a>,
    /// Called when all files are here and checked, before anything is changed.
    pub starting: &'a (dyn Fn() + Sync),
}

impl Default for Execution<'_> {
    fn default() -> Self {
        Self {
            transaction: transaction::Options::default(),
            command: String::new(),
            history: true,
            download_only: false,
            downloads: &|_| (),
            listener: &Silent,
            confirm: &|_, _, _| false,
            starting: &|| (),
        }
    }
}

/// What was done.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Everything that was planned and done.
    pub items: Vec<Item>,
    /// Bytes that came over the network or were in the cache.
    pub downloaded: u64,
    /// What the transaction says.
    pub transaction: transaction::Report,
}

impl Session {
    /// Carries out a plan. The caller holds the root's lock.
    pub fn execute(&self, plan: &Plan, execution: &Execution<'_>, _lock: &RootLock) -> Result<Report, Error> {
        let coming: Vec<&Item> = plan.items.iter().filter(|item| item.comes()).collect();
        let files = self.fetch_packages(&coming, execution.confirm, execution.downloads)?;
        let mut report = Report {
            downloaded: plan.download_size(),
            ..Report::default()
        };
        if execution.download_only {
            return Ok(report);
        }
        (execution.starting)();
        let transaction = self.transaction(plan, &files, execution);
        report.transaction = self.run(plan, &transaction, execution)?;
        report.items = plan.items.clone();
        if !self.main.keepcache && self.settings.cache.is_none() {
            remove_files(&files.fetched);
        }
        Ok(report)
    }

    /// Undoes a transaction with what it has kept. The caller holds the root's lock.
    pub fn undo(
        &self,
        entry: &Entry,
        kept_id: u64,
        execution: &Execution<'_>,
        _lock: &RootLock,
    ) -> Result<transaction::Report, Error> {
        (execution.starting)();
        let root = &self.settings.root;
        let undo =
            || transaction::undo(root, kept_id, &execution.transaction, execution.listener).map_err(failed);
        if execution.transaction.check_only {
            return undo();
        }
        let history = History::open(root, &self.main.persistdir)?;
        let intent = history.intend(&Intent::reverse(entry, &execution.command))?;
        match undo() {
            Ok(report) => history
                .completed(intent, kept(&report, execution))
                .map(|()| report),
            Err(error) => history.settle().and(Err(error)),
        }
    }

    fn transaction(&self, plan: &Plan, files: &Files, execution: &Execution<'_>) -> Transaction<'static> {
        let mut transaction = Transaction::new(&self.settings.root, execution.transaction.clone());
        for (path, fingerprint) in files.paths.iter().zip(&files.fingerprints) {
            transaction.checked(path, *fingerprint);
        }
        let mut paths = files.paths.iter();
        for item in &plan.items {
            match (item.operation, item.comes()) {
                (_, true) => {
                    let Some(path) = paths.next() else { continue };
                    add(&mut transaction, item, path);
                }
                // What is obsoleted goes with what obsoletes it.
                (Operation::Obsolete, false) => {}
                (_, false) => {
                    for &row in &item.rows {
                        transaction.erase(row);
                    }
                }
            }
        }
        transaction
    }

    /// The intent is in the history before anything changes, and what came of it afterwards.
    fn run(
        &self,
        plan: &Plan,
        transaction: &Transaction<'_>,
        execution: &Execution<'_>,
    ) -> Result<transaction::Report, Error> {
        if execution.transaction.check_only || !execution.history {
            return transaction.run(execution.listener).map_err(failed);
        }
        let history = History::open(&self.settings.root, &self.main.persistdir)?;
        let intent = history.intend(&Intent::of(plan, &execution.command, execution.transaction.time))?;
        match transaction.run(execution.listener) {
            Ok(report) => history
                .completed(intent, kept(&report, execution))
                .map(|()| report),
            Err(source) => {
                if !matches!(source, transaction::Error::Unfinished { .. }) {
                    history.abandoned(intent)?;
                }
                Err(failed(source))
            }
        }
    }
}

/// Being stopped is no failure of the transaction.
fn failed(source: transaction::Error) -> Error {
    match source {
        transaction::Error::Stopped => Error::Aborted,
        source => Error::Transaction { source },
    }
}

/// The transaction's number, when it keeps what it replaced.
fn kept(report: &transaction::Report, execution: &Execution<'_>) -> Option<u64> {
    (execution.transaction.keep_undo > 0).then_some(report.id)
}

fn add(transaction: &mut Transaction<'_>, item: &Item, path: &Path) {
    match item.rows.as_slice() {
        [] => transaction.install(path),
        rows => transaction.replace(path, rows),
    };
}

/// A package that stays in the cache only costs space; failing to remove it is no failure of the command.
fn remove_files(paths: &[std::path::PathBuf]) {
    for path in paths {
        let _ = fs::remove_file(path);
    }
}
