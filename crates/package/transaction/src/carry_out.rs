//! Stage, decide, carry out: the way of every transaction, whatever its files come from.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rpmfile::Package;

use crate::Error;
use crate::element::{Fate, Incoming, Outgoing, Source};
use crate::executor::{Runner, header_file, read_headers};
use crate::installed::{Installed, failed};
use crate::options::Options;
use crate::owners::Owners;
use crate::parallel;
use crate::past::Past;
use crate::progress::{Event, Listener};
use crate::recording::{Ahead, Recording};
use crate::removal::{Departure, removal};
use crate::sequence::{Action, Early, Sequence};
use crate::set::Set;
use crate::staging::{Staging, lay_out};
use crate::task::{Addition, Change, Script, Work};
use crate::transaction::Report;
use crate::unpack::unpack;
use crate::wal::{Attributes, Context, Failure, Log, OLD_HEADER, Op, Plan, Step, UNDO};

/// Where the new files come from.
pub(crate) enum Contents<'a> {
    /// The package files of the set; and what goes with the outgoing packages.
    Packages(&'a [Departure]),
    /// What a transaction of the past has kept.
    Past(&'a Past),
}

/// A transaction that has been checked.
pub(crate) struct Checked<'a> {
    pub(crate) log: &'a Log<'a>,
    pub(crate) options: &'a Options,
    pub(crate) listener: &'a dyn Listener,
    pub(crate) set: &'a Set,
    pub(crate) contents: Contents<'a>,
}

/// A transaction whose log is there, and whose first scriptlets have run.
pub(crate) struct Begun {
    made: Vec<PathBuf>,
    /// The scripts whose interpreter comes with this transaction.
    late: Vec<Early>,
}

impl Begun {
    pub(crate) fn new(log: &Log<'_>, listener: &dyn Listener, first: Vec<Script>) -> Result<Self, Error> {
        let made = log.begin().map_err(refused)?;
        let begun = Self {
            made,
            late: Vec::new(),
        };
        let first = first.into_iter().map(|script| Early { script, place: 0 });
        match run_before(first.collect(), &Runner::new(log, listener)) {
            Ok(late) => Ok(Self { late, ..begun }),
            Err(error) => Err(begun.abandon(log, error)),
        }
    }

    /// Leave no trace of it. The error says why.
    pub(crate) fn abandon(&self, log: &Log<'_>, error: Error) -> Error {
        match log.roll_back() {
            Ok(()) => {
                log.remove_made(&self.made);
                error
            }
            Err(failure) => refused(failure),
        }
    }
}

impl Checked<'_> {
    pub(crate) fn carry_out(
        &self,
        begun: &Begun,
        installed: Installed,
        sequence: Sequence,
    ) -> Result<Report, Error> {
        let mut runner = Runner::new(self.log, self.listener);
        let prepared = self.prepare(&installed, sequence, begun, &runner);
        let (plan, folders) = prepared.map_err(|error| begun.abandon(self.log, self.reason(error)))?;
        self.listener.hear(&Event::Committed);
        runner.mode = self.options.database_mode();
        runner.database = installed.into_database();
        self.begin_ahead(&plan, &mut runner);
        let outcome = self.log.run(&plan, &mut runner, true);
        if let Some(ahead) = runner.ahead.take() {
            ahead.abandon(); // it did not come to that
        }
        outcome?;
        if let Some(database) = runner.database.take() {
            database
                .close()
                .map_err(|source| failed("close", &self.log.root, source))?;
        }
        self.log.finish(&plan)?;
        self.tidy(&begun.made, &folders);
        Ok(Report {
            warnings: runner.warnings,
            ..report(self.set, plan.id)
        })
    }

    /// Let another thread write the rows of the database while this one brings the files to their places.
    fn begin_ahead(&self, plan: &Plan<Work>, runner: &mut Runner<'_>) {
        let change = plan.steps.iter().find_map(|step| match step {
            Step::Task(Work::Database(change)) => Some(change),
            _ => None,
        });
        if let Some(change) = change.filter(|_| self.options.threads != 1) {
            let recording = Recording::new(self.log, runner.mode, change);
            runner.ahead = Some(Ahead::begin(recording, runner.database.take()));
        }
    }

    /// What cannot go on because it is to stop has not failed.
    fn reason(&self, error: Error) -> Error {
        match self.options.stops() {
            true => Error::Stopped,
            false => error,
        }
    }

    /// Everything up to and including the commit record. Also: the new folders with their times.
    fn prepare(
        &self,
        installed: &Installed,
        sequence: Sequence,
        begun: &Begun,
        runner: &Runner<'_>,
    ) -> Result<(Plan<Work>, Vec<Op>), Error> {
        let id = kept(&self.log.path(UNDO)).last().map_or(1, |id| id + 1);
        let staging = self.stage(&begun.made, id)?;
        let mut late = begun.late.clone();
        late.extend(run_before(sequence.before, runner)?);
        let folders = times(&staging);
        let stages = staging.stage.folders().to_vec();
        let steps = self.steps(installed, staging, late, sequence.after)?;
        let (durable, undo) = (self.options.durable, self.options.keep_undo > 0);
        let plan = Plan {
            id,
            durable,
            undo,
            stages,
            steps,
        };
        match self.options.stops() {
            true => Err(Error::Stopped),
            false => self.log.commit(&plan).map_err(refused),
        }?;
        Ok((plan, folders))
    }

    fn stage(&self, made: &[PathBuf], id: u64) -> Result<Staging, Error> {
        let departures = match &self.contents {
            Contents::Past(past) => return past.stage(self.log, self.set, self.options, id),
            Contents::Packages(departures) => departures,
        };
        let owners = Owners::of_root(&self.log.root);
        let mut staging = lay_out(self.log, self.set, self.options, &owners, made, id).map_err(refused)?;
        self.announce();
        unpack(self.log, self.set, &staging, self.options, self.listener)?;
        let ops = |(package, departure): (&Outgoing, &Departure)| {
            removal(&self.log.root, &staging.stage, package, departure)
        };
        staging.removals = self.set.outgoing.iter().zip(departures.iter()).map(ops).collect();
        Ok(staging)
    }

    fn announce(&self) {
        let sizes = self
            .set
            .incoming
            .iter()
            .flat_map(|package| &package.files)
            .map(|file| file.size);
        let packages = self.set.incoming.len();
        self.listener.hear(&Event::Unpacking {
            bytes: sizes.sum(),
            packages,
        });
    }

    fn steps(
        &self,
        installed: &Installed,
        mut staging: Staging,
        late: Vec<Early>,
        after: Vec<Action>,
    ) -> Result<Vec<Step<Work>>, Error> {
        let mut steps = vec![Step::Files(std::mem::take(&mut staging.ops))];
        steps.extend(late_owners(&staging, false));
        steps.push(Step::Task(Work::Database(self.change(installed)?)));
        let mut late = late.into_iter().peekable();
        for (number, action) in after.into_iter().enumerate() {
            while let Some(early) = late.next_if(|early| early.place <= number) {
                steps.push(Step::Task(Work::Script(early.script)));
            }
            steps.push(match action {
                Action::Run(script) => Step::Task(Work::Script(script)),
                Action::Remove(index) => Step::Files(
                    staging
                        .removals
                        .get_mut(index)
                        .map(std::mem::take)
                        .unwrap_or_default(),
                ),
            });
        }
        steps.extend(late.map(|early| Step::Task(Work::Script(early.script))));
        steps.extend(late_owners(&staging, true));
        steps.push(Step::Files(times(&staging)));
        steps.retain(|step| !matches!(step, Step::Files(ops) if ops.is_empty()));
        Ok(steps)
    }

    fn change(&self, installed: &Installed) -> Result<Change, Error> {
        let add = parallel::map(self.options.threads, &self.set.incoming, |index, package| {
            self.addition(index, package)
        })?;
        let mut erase = Vec::with_capacity(self.set.outgoing.len());
        for package in &self.set.outgoing {
            self.keep_header(package)?;
            erase.push(package.row);
        }
        let time = self.options.time.unwrap_or_else(now);
        Ok(Change {
            highest: installed.highest(),
            erase,
            add,
            time,
            number: time,
            color: self.options.color,
        })
    }

    /// Keep the package's headers in the log: recovery cannot count on the package file.
    fn addition(&self, index: usize, package: &Incoming) -> Result<Addition, Error> {
        let headers = header_file(index);
        let bytes = match &package.source {
            Source::Record => package.header.raw().to_vec(),
            Source::File(file, opened) => {
                let bytes = read_headers(file, opened.payload_offset).context("read", file);
                same(file, opened, bytes.map_err(refused)?)?
            }
        };
        self.log.write_new(&headers, &bytes).map_err(refused)?;
        let recorded = matches!(package.source, Source::Record);
        let states = self.states(package);
        let (name, nevra) = (package.name().to_owned(), package.nevra.clone());
        Ok(Addition {
            headers,
            recorded,
            name,
            nevra,
            states,
        })
    }

    fn states(&self, package: &Incoming) -> Vec<u8> {
        let left_out = |file: &rpmfile::FileInfo| {
            !self.options.documentation && file.flags.intersects(rpmfile::FileFlags::DOC)
        };
        package
            .files
            .iter()
            .map(|file| if left_out(file) { 2 } else { 0 })
            .collect()
    }

    /// What undoing needs to record the package again.
    fn keep_header(&self, package: &Outgoing) -> Result<(), Error> {
        if self.options.keep_undo == 0 {
            return Ok(());
        }
        let name = format!("{OLD_HEADER}{}", package.row);
        self.log.write_new(&name, package.header.raw()).map_err(refused)
    }

    /// Forget what is too old to be undone. In an image, leave no trace of how it was filled either, and give the
    /// folders around the log their time again. Failing at this harms nobody.
    fn tidy(&self, made: &[PathBuf], folders: &[Op]) {
        let undo = self.log.path(UNDO);
        for id in kept(&undo).iter().rev().skip(self.options.keep_undo) {
            let _ = self.log.remove_tree(&undo.join(id.to_string()));
        }
        if self.options.durable {
            return;
        }
        let owned = |below: &PathBuf| self.set.incoming.iter().any(|package| owns(package, below));
        let free: Vec<PathBuf> = made.iter().filter(|below| !owned(below)).cloned().collect();
        self.log.remove_made(&free);
        for op in folders {
            if let Op::Set { path, attributes } = op {
                let _ = self.log.set_if_there(&self.log.path(path), attributes);
            }
        }
    }
}

/// The headers read again, if they are still those of the package that was opened.
fn same(file: &Path, opened: &Package, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    let again = Package::read(&mut bytes.as_slice());
    match again.is_ok_and(|package| package.fingerprint() == opened.fingerprint()) {
        true => Ok(bytes),
        false => Err(Error::Exchanged {
            path: file.to_owned(),
        }),
    }
}

/// Run what may still refuse. Scripts that need what comes with this transaction are handed back.
fn run_before(scripts: Vec<Early>, runner: &Runner<'_>) -> Result<Vec<Early>, Error> {
    let mut late = Vec::new();
    for early in scripts {
        let script = &early.script;
        if script.waits || !runner.can_run(script) {
            late.push(early);
            continue;
        }
        match runner.run(script) {
            Err(Error::Scriptlet {
                package,
                section,
                status,
                ..
            }) if !script.fatal => {
                let text = format!("{section} of {package} failed ({status})");
                runner.listener.hear(&Event::Warning { text: &text });
            }
            other => other?,
        }
    }
    Ok(late)
}

fn owns(package: &Incoming, below: &Path) -> bool {
    package.places.iter().any(|place| Path::new(place) == below)
}

/// Files staged for an owner that is not known yet.
fn late_owners(staging: &Staging, last: bool) -> Option<Step<Work>> {
    let files = staging.late.clone();
    (!files.is_empty()).then_some(Step::Task(Work::Owners { files, last }))
}

/// The numbers of the transactions of which files are kept, ascending.
pub(crate) fn kept(folder: &Path) -> Vec<u64> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut ids: Vec<u64> = entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    ids.sort_unstable();
    ids
}

/// New folders get their time when nothing is put into them any more, the innermost first.
fn times(staging: &Staging) -> Vec<Op> {
    let set = |(path, time): &(String, u32)| Op::Set {
        path: path.clone(),
        attributes: Attributes {
            time: Some(*time),
            ..Attributes::default()
        },
    };
    staging.new_folders.iter().rev().map(set).collect()
}

fn now() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}

pub(crate) fn refused(source: Failure) -> Error {
    Error::Refused { source }
}

/// What the transaction does, as far as it is known beforehand.
pub(crate) fn report(set: &Set, id: u64) -> Report {
    let mut attention = Vec::new();
    for (_, _, place, fate) in set.incoming.iter().flat_map(|package| package.each()) {
        match fate {
            Fate::Create(Some(suffix)) | Fate::Beside(suffix) => attention.push(format!("/{place}{suffix}")),
            _ => {}
        }
    }
    Report {
        id,
        installed: set.incoming.iter().map(|package| package.nevra.clone()).collect(),
        erased: set.outgoing.iter().map(|package| package.nevra.clone()).collect(),
        warnings: Vec::new(),
        attention,
    }
}
