//! Commands that change a root: plan, show, ask, carry out.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::advice::{Filter, names_to_fix};
use super::context::Context;
use super::progress::Progress;
use super::record::{Package, is_meant};
use super::scope::installed;
use super::summary::{Summary, describe};
use crate::error::Error;
use crate::execute::{Execution, Report};
use crate::history::Entry;
use crate::lock::RootLock;
use crate::plan::{Item, Plan};
use crate::request::Request;
use crate::session::Session;

/// `install PACKAGE|FILE|URL...`
pub(crate) fn install(context: &Context, words: &[String]) -> Result<(), Error> {
    let options = &context.options;
    if options.source {
        return super::source::install(context, words);
    }
    if options.build_dependencies {
        return super::source::build_dependencies(context, words);
    }
    if options.no_dependencies {
        return super::download::named_only(context, words);
    }
    let run = Run::begin(context, "install")?;
    let session = run.session_for(words)?;
    let mut specs = names(words);
    specs.extend(session.local_nevras());
    let plan = session.plan(&Request::Install(specs), &context.limits()?);
    let existing = existing(&session, words, plan.as_ref().ok());
    for package in &existing {
        let text = format!("Package {} is already installed, skipping.", package.identity());
        context.output.info(&text);
    }
    run.carry_out_beside(&session, &plan?, &existing)
}

/// Installed packages that the words stand for, and that stay as they are.
fn existing<'s>(session: &'s Session, words: &[String], plan: Option<&Plan>) -> Vec<Package<'s>> {
    let goes = |nevra: &str| plan.is_some_and(|plan| plan.items.iter().any(|item| item.touches(nevra)));
    installed(session)
        .filter(|package| is_meant(&package.identity(), words))
        .filter(|package| !goes(&package.identity().to_string()))
        .collect()
}

/// `reinstall PACKAGE...`
pub(crate) fn reinstall(context: &Context, words: &[String]) -> Result<(), Error> {
    with_repos(context, "reinstall", Request::Reinstall(words.to_vec()))
}

/// `update [PACKAGE...]`: with filters for advisories, only what they let through.
pub(crate) fn update(context: &Context, words: &[String]) -> Result<(), Error> {
    let filter = Filter::of(&context.options)?;
    if !filter.is_set() {
        return with_repos(context, "update", Request::Update(words.to_vec()));
    }
    let run = Run::begin(context, "update")?;
    let session = context.session_with_repos()?;
    let names = names_to_fix(&session, &filter, words)?;
    if names.is_empty() {
        return Err(Error::NothingToDo);
    }
    run.finish(&session, &Request::Update(names.into_iter().collect()))
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

    /// The enabled repositories, and the package files among the words. Files alone need no repository;
    /// what they require may.
    pub(crate) fn session_for(&self, words: &[String]) -> Result<Session, Error> {
        let files: Vec<&String> = words.iter().filter(|word| is_file(word)).collect();
        let mut session = match self.context.session_with_repos() {
            Err(Error::NoRepos { .. }) if !files.is_empty() => self.context.session()?,
            session => session?,
        };
        let paths = files.iter().map(|word| local(&session, word));
        session.add_files(&paths.collect::<Result<Vec<_>, _>>()?)?;
        if self.context.options.all_dependencies {
            session.installed = crate::InstalledSet::empty();
        }
        Ok(session)
    }

    pub(crate) fn finish(&self, session: &Session, request: &Request) -> Result<(), Error> {
        let plan = session.plan(request, &self.context.limits()?)?;
        self.carry_out(session, &plan)
    }

    /// Shows the plan, asks, and does it.
    pub(crate) fn carry_out(&self, session: &Session, plan: &Plan) -> Result<(), Error> {
        self.carry_out_beside(session, plan, &[])
    }

    /// The same when some of the packages asked for are there already.
    fn carry_out_beside(
        &self,
        session: &Session,
        plan: &Plan,
        existing: &[Package<'_>],
    ) -> Result<(), Error> {
        if !self.offer_beside(plan, existing)? {
            return Ok(());
        }
        let report = self.execute(session, plan)?;
        self.conclude(session, plan, &report)
    }

    /// Shows the plan and asks. False when nothing was said because nobody can be asked: as in the original,
    /// a question that JSON mode cannot ask counts as no, and no is no failure.
    pub(crate) fn offer(&self, plan: &Plan) -> Result<bool, Error> {
        self.offer_beside(plan, &[])
    }

    fn offer_beside(&self, plan: &Plan, existing: &[Package<'_>]) -> Result<bool, Error> {
        let (output, options) = (&self.context.output, &self.context.options);
        for (what, why) in &plan.skipped {
            output.warning(&format!("{what} is left out: {why}"));
        }
        if plan.is_empty() {
            return Err(Error::NothingToDo);
        }
        output.document(&Summary::of(plan, existing));
        if !(output.quiet && options.assume_yes) {
            output.result(&describe(plan));
            if options.download_only {
                output.info("tdnf will only download packages needed for the transaction");
            }
        }
        if output.json && (!options.assume_yes || options.assume_no) {
            return Ok(false);
        }
        self.agree().map(|()| true)
    }

    /// Brings the files of a plan here, checked.
    pub(crate) fn fetch(&self, session: &Session, plan: &Plan) -> Result<Vec<PathBuf>, Error> {
        let items: Vec<&Item> = plan.items.iter().collect();
        let files = self.with_execution(plan.remote_size(), |execution| {
            session.fetch_packages(&items, execution.confirm, execution.downloads)
        })?;
        Ok(files.paths)
    }

    /// The end of a run that only fetched.
    pub(crate) fn conclude_fetched(&self, session: &Session, plan: &Plan) -> Result<(), Error> {
        self.conclude(session, plan, &Report::default())
    }

    fn agree(&self) -> Result<(), Error> {
        let _ = std::io::stdout().flush();
        if self.context.ask("Is this ok") {
            Ok(())
        } else {
            Err(Error::Aborted)
        }
    }

    /// Asks, and undoes a transaction with what it has kept.
    pub(crate) fn undo(&self, entry: &Entry, kept: u64) -> Result<(), Error> {
        let options = &self.context.options;
        if self.context.output.json && (!options.assume_yes || options.assume_no) {
            return Ok(());
        }
        self.agree()?;
        let session = self.context.session()?;
        let transaction =
            self.with_execution(0, |execution| session.undo(entry, kept, execution, &self.lock))?;
        self.conclude(
            &session,
            &Plan::default(),
            &Report {
                transaction,
                ..Report::default()
            },
        )
    }

    fn execute(&self, session: &Session, plan: &Plan) -> Result<Report, Error> {
        self.with_execution(plan.remote_size(), |execution| {
            session.execute(plan, execution, &self.lock)
        })
    }

    /// Calls `act` with everything the command line says about carrying out a plan.
    fn with_execution<T>(
        &self,
        download: u64,
        act: impl FnOnce(&Execution<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let context = self.context;
        let progress = Progress::new(context.output.clone(), download);
        let interrupts = &context.interrupts;
        let downloads = |event: download::Event<'_>| progress.downloaded(event);
        let listener = |event: &transaction::Event<'_>| {
            if matches!(event, transaction::Event::Committed) {
                interrupts.decided();
            }
            progress.heard(event);
        };
        let execution = Execution {
            transaction: transaction::Options {
                scriptlets: !context.no_scripts,
                documentation: !context.no_docs,
                check_only: context.options.test_only,
                stop: interrupts.stop_flag(),
                ..transaction::Options::default()
            },
            command: context.command.clone(),
            download_only: context.options.download_only,
            downloads: &downloads,
            listener: &listener,
            confirm: &|repo, location, keys| context.confirm(repo, location, keys),
            starting: &|| interrupts.hold(),
            ..Execution::default()
        };
        let outcome = act(&execution);
        interrupts.release();
        progress.clear();
        outcome
    }

    fn conclude(&self, session: &Session, plan: &Plan, report: &Report) -> Result<(), Error> {
        let output = &self.context.output;
        if self.context.options.download_only {
            if let Some(dir) = &self.context.options.download_dir {
                session.copy_packages(plan, dir)?;
            }
            output.info("\nComplete!");
            let place = self.context.options.download_dir.as_ref();
            let place = place.map_or_else(|| "cache".to_owned(), |dir| dir.display().to_string());
            output.info(&format!("Packages have been downloaded to {place}."));
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

pub(crate) fn is_file(word: &str) -> bool {
    word.ends_with(".rpm") && (word.contains("://") || word.contains('/') || Path::new(word).exists())
}

/// Words that are no files.
pub(crate) fn names(words: &[String]) -> Vec<String> {
    words.iter().filter(|word| !is_file(word)).cloned().collect()
}

/// A package file named by path or address; one from the network is fetched first.
fn local(session: &Session, word: &str) -> Result<PathBuf, Error> {
    let path = word.strip_prefix("file://").unwrap_or(word);
    if path.contains("://") {
        return session.fetch_file(word);
    }
    std::fs::canonicalize(path).map_err(Error::io("find", path))
}
