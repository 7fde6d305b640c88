//! Commands that change a root: plan, show, ask, carry out.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::context::Context;
use super::output::{columns, size};
use super::progress::Progress;
use crate::error::Error;
use crate::execute::{Execution, Report};
use crate::lock::RootLock;
use crate::plan::{Item, Operation, Plan};
use crate::request::Request;
use crate::session::Session;

/// `install PACKAGE|FILE|URL...`
pub(crate) fn install(context: &Context, words: &[String]) -> Result<(), Error> {
    let run = Run::begin(context, "install")?;
    let (files, names): (Vec<&String>, Vec<&String>) = words.iter().partition(|word| is_file(word));
    let mut session = run.session_with_files(&files)?;
    let paths = files
        .iter()
        .map(|word| local(&session, word))
        .collect::<Result<Vec<_>, _>>()?;
    session.add_files(&paths)?;
    let mut specs: Vec<String> = names.into_iter().cloned().collect();
    specs.extend(session.local_nevras());
    run.finish(&session, &Request::Install(specs))
}

/// `reinstall PACKAGE...`
pub(crate) fn reinstall(context: &Context, words: &[String]) -> Result<(), Error> {
    with_repos(context, "reinstall", Request::Reinstall(words.to_vec()))
}

/// `update [PACKAGE...]`
pub(crate) fn update(context: &Context, words: &[String]) -> Result<(), Error> {
    with_repos(context, "update", Request::Update(words.to_vec()))
}

/// `downgrade PACKAGE...`
pub(crate) fn downgrade(context: &Context, words: &[String]) -> Result<(), Error> {
    with_repos(context, "downgrade", Request::Downgrade(words.to_vec()))
}

/// `distro-sync [PACKAGE...]`
pub(crate) fn distro_sync(context: &Context, words: &[String]) -> Result<(), Error> {
    with_repos(context, "distro-sync", Request::DistroSync(words.to_vec()))
}

/// `remove PACKAGE...`: no repository is needed.
pub(crate) fn remove(context: &Context, words: &[String]) -> Result<(), Error> {
    let run = Run::begin(context, "remove")?;
    run.finish(&context.session()?, &Request::Remove(words.to_vec()))
}

/// `autoremove [PACKAGE...]`
pub(crate) fn autoremove(context: &Context, words: &[String]) -> Result<(), Error> {
    let run = Run::begin(context, "autoremove")?;
    let session = context.session()?;
    if words.is_empty() {
        return run.finish(&session, &Request::Autoremove);
    }
    let limits = crate::Limits {
        clean_requirements: Some(true),
        ..context.limits()?
    };
    let plan = session.plan(&Request::Remove(words.to_vec()), &limits)?;
    run.carry_out(&session, &plan)
}

fn with_repos(context: &Context, what: &str, request: Request) -> Result<(), Error> {
    let run = Run::begin(context, what)?;
    run.finish(&context.session_with_repos()?, &request)
}

/// A change under the root's lock, with anything interrupted before completed first.
pub(crate) struct Run<'c> {
    context: &'c Context,
    lock: RootLock,
}

impl<'c> Run<'c> {
    pub(crate) fn begin(context: &'c Context, what: &str) -> Result<Self, Error> {
        context.need_root(what)?;
        let waiting = |path: &Path| {
            context
                .output
                .info(&format!("waiting for tdnf_instance lock on {}", path.display()));
        };
        let lock = RootLock::take(&context.root, waiting)?;
        super::maintain::recover_now(context)?;
        Ok(Self { context, lock })
    }

    /// Files alone need no repository; what they require may.
    fn session_with_files(&self, files: &[&String]) -> Result<Session, Error> {
        match self.context.session_with_repos() {
            Err(Error::NoRepos { .. }) if !files.is_empty() => self.context.session(),
            session => session,
        }
    }

    fn finish(&self, session: &Session, request: &Request) -> Result<(), Error> {
        let plan = session.plan(request, &self.context.limits()?)?;
        self.carry_out(session, &plan)
    }

    /// Shows the plan, asks, and does it.
    pub(crate) fn carry_out(&self, session: &Session, plan: &Plan) -> Result<(), Error> {
        let output = &self.context.output;
        for (what, why) in &plan.skipped {
            output.warning(&format!("{what} is left out: {why}"));
        }
        if plan.is_empty() {
            return Err(Error::NothingToDo);
        }
        output.document(&Summary::of(plan));
        if !(output.quiet && self.context.options.assume_yes) {
            output.result(&describe(plan));
        }
        // As in the original, a question that JSON mode cannot ask counts as no, and no is no failure.
        if output.json && (!self.context.options.assume_yes || self.context.options.assume_no) {
            return Ok(());
        }
        self.agree()?;
        let report = self.execute(session, plan)?;
        self.conclude(session, plan, &report)
    }

    fn agree(&self) -> Result<(), Error> {
        let _ = std::io::stdout().flush();
        if self.context.ask("Is this ok") {
            Ok(())
        } else {
            Err(Error::Aborted)
        }
    }

    fn execute(&self, session: &Session, plan: &Plan) -> Result<Report, Error> {
        let context = self.context;
        let progress = Progress::new(context.output, plan.download_size());
        let downloads = |event: download::Event<'_>| progress.downloaded(event);
        let listener = |event: &transaction::Event<'_>| progress.heard(event);
        let execution = Execution {
            transaction: transaction::Options {
                scriptlets: !context.no_scripts,
                documentation: !context.no_docs,
                check_only: context.options.test_only,
                ..transaction::Options::default()
            },
            command: context.command.clone(),
            download_only: context.options.download_only,
            downloads: &downloads,
            listener: &listener,
            confirm: &|repo, location, keys| context.confirm(repo, location, keys),
            ..Execution::default()
        };
        let report = session.execute(plan, &execution, &self.lock);
        progress.clear();
        report
    }

    fn conclude(&self, session: &Session, plan: &Plan, report: &Report) -> Result<(), Error> {
        let output = &self.context.output;
        if self.context.options.download_only {
            if let Some(dir) = &self.context.options.download_dir {
                session.copy_packages(plan, dir)?;
            }
            output.info("\nComplete!");
            output.info("Packages have been downloaded.");
            return Ok(());
        }
        for warning in &report.transaction.warnings {
            output.warning(warning);
        }
        for path in &report.transaction.attention {
            output.warning(&format!(
                "{path} wants your attention: compare it with the file in use"
            ));
        }
        output.info("\nComplete!");
        Ok(())
    }
}

fn is_file(word: &str) -> bool {
    word.ends_with(".rpm") && (word.contains("://") || word.contains('/') || Path::new(word).exists())
}

/// A package file named by path or address; one from the network is fetched first.
fn local(session: &Session, word: &str) -> Result<PathBuf, Error> {
    let path = word.strip_prefix("file://").unwrap_or(word);
    if path.contains("://") {
        return session.fetch_file(word);
    }
    std::fs::canonicalize(path).map_err(Error::io("find", path))
}

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

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    install: Vec<Entry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    upgrade: Vec<Entry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    downgrade: Vec<Entry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remove: Vec<Entry>,
    #[serde(skip_serializing_if = "Vec::is_empty", rename = "UnNeeded")]
    unneeded: Vec<Entry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reinstall: Vec<Entry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    obsolete: Vec<Entry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unavailable: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    name: String,
    arch: String,
    evr: String,
    install_size: u64,
    repo: String,
}

impl Summary {
    fn of(plan: &Plan) -> Self {
        let mut summary = Self::default();
        for item in &plan.items {
            let entry = Entry {
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

    fn list(&mut self, operation: Operation) -> &mut Vec<Entry> {
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
