//! The transaction itself: check, stage, decide, carry out.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rpmdb::Mode;
use rustix::fs::{FlockOperation, flock};

use crate::Error;
use crate::element::{Fate, Incoming, Outgoing};
use crate::executor::{Runner, header_file, read_headers, undo_folder};
use crate::installed::Installed;
use crate::options::Options;
use crate::owners::Owners;
use crate::progress::{Event, Listener};
use crate::removal::{Departures, departures, removal, swallowed};
use crate::sequence::{Action, Sequence, sequence};
use crate::set::{Request, Set};
use crate::staging::{Staging, lay_out};
use crate::survey::survey;
use crate::syscalls::{Kernel, Syscalls};
use crate::task::{Addition, Change, Late, Script, Work};
use crate::unpack::{threads, unpack};
use crate::wal::{Attributes, Context, Failure, Log, Op, Plan, Recovery, Step};
use crate::{space, wal};

/// What a transaction has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Number of the transaction; kept files are in `/var/lib/tdnf/undo/<number>`.
    pub id: u64,
    /// What was installed, in that order.
    pub installed: Vec<String>,
    /// What was removed, for good or replaced.
    pub erased: Vec<String>,
    /// What went wrong without stopping it.
    pub warnings: Vec<String>,
    /// Configuration files that want attention: `.rpmnew`, `.rpmsave`, `.rpmorig`.
    pub attention: Vec<String>,
}

/// A set of changes to one root, to be made together or not at all.
pub struct Transaction<'a> {
    root: PathBuf,
    options: Options,
    sys: &'a dyn Syscalls,
    requests: Vec<Request>,
    erase: Vec<u32>,
}

impl Transaction<'static> {
    /// Nothing yet, for the system below `root`.
    pub fn new(root: impl Into<PathBuf>, options: Options) -> Self {
        Self::with_syscalls(root, options, &Kernel)
    }
}

impl<'a> Transaction<'a> {
    /// The same, over other system calls.
    pub fn with_syscalls(root: impl Into<PathBuf>, options: Options, sys: &'a dyn Syscalls) -> Self {
        Self {
            root: root.into(),
            options,
            sys,
            requests: Vec::new(),
            erase: Vec::new(),
        }
    }

    /// Install a package file beside what is there, as `rpm -i`.
    pub fn install(&mut self, file: impl Into<PathBuf>) -> &mut Self {
        self.requests.push(Request::Install(file.into()));
        self
    }

    /// Install a package file in place of every installed package of its name, as `rpm -U`.
    pub fn upgrade(&mut self, file: impl Into<PathBuf>) -> &mut Self {
        self.requests.push(Request::Upgrade(file.into()));
        self
    }

    /// Install a package file in place of these rows of the database: upgrades, downgrades, obsoletes, reinstallation.
    pub fn replace(&mut self, file: impl Into<PathBuf>, rows: &[u32]) -> &mut Self {
        self.requests.push(Request::Replace(file.into(), rows.to_vec()));
        self
    }

    /// Remove the package of this row of the database.
    pub fn erase(&mut self, row: u32) -> &mut Self {
        self.erase.push(row);
        self
    }

    /// Carry it out.
    ///
    /// # Errors
    /// Everything but [`Error::Unfinished`] means that nothing was changed.
    pub fn run(&self, listener: &dyn Listener) -> Result<Report, Error> {
        let root = fs::canonicalize(&self.root)
            .context("enter", &self.root)
            .map_err(refused)?;
        let _lock = lock(&root)?;
        let log = Log::new(&root, self.sys);
        if log.exists() {
            return Err(Error::Interrupted { root });
        }
        let installed = Installed::read(&root, Mode::Write)?;
        let mut set = Set::gather(&installed, &self.requests, &self.erase)?;
        survey(&root, &mut set, &installed, &self.options)?;
        space::check(&root, &set)?;
        let departures = departures(&set, &installed, &swallowed(&root, &set)?)?;
        let leaving = leaving(&set, &departures);
        let sequence = sequence(&set, &installed, self.options.scriptlets, leaving);
        refuse_languages(&sequence)?;
        if self.options.check_only {
            return Ok(report(&set, 0));
        }
        let work = Preparation {
            log: &log,
            options: &self.options,
            listener,
            set: &set,
        };
        work.carry_out(installed, sequence, &departures)
    }
}

/// Complete or undo a transaction that was interrupted in this root.
///
/// # Errors
/// When a system call fails; try again when its cause is remedied.
pub fn recover(root: impl AsRef<Path>, listener: &dyn Listener) -> Result<Recovery, Error> {
    recover_with(root, listener, &Kernel)
}

/// The same, over other system calls.
///
/// # Errors
/// As [`recover`].
pub fn recover_with(
    root: impl AsRef<Path>,
    listener: &dyn Listener,
    sys: &dyn Syscalls,
) -> Result<Recovery, Error> {
    let root = fs::canonicalize(root.as_ref())
        .context("enter", root.as_ref())
        .map_err(refused)?;
    let log = Log::new(&root, sys);
    if !log.exists() {
        return Ok(Recovery::Nothing);
    }
    let _lock = lock(&root)?;
    let mut runner = Runner {
        log: &log,
        database: None,
        listener,
        warnings: Vec::new(),
    };
    log.recover::<Work, Error>(&mut runner)
}

/// How long to wait for another transaction that may be just ending, or for a process that was being started while it
/// ran and holds a copy of its lock until its exec(2).
const PATIENCE: u32 = 20;

/// One transaction at a time in a root. The lock is on the root's own folder: it needs no file and ends with us.
fn lock(root: &Path) -> Result<File, Error> {
    let folder = File::open(root).context("open", root).map_err(refused)?;
    for _ in 0..PATIENCE {
        match flock(&folder, FlockOperation::NonBlockingLockExclusive).map_err(io::Error::from) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                thread::sleep(Duration::from_millis(50))
            }
            Err(error) => return Err(error).context("lock", root).map_err(refused),
        }
    }
    Err(Error::Busy {
        root: root.to_owned(),
    })
}

/// The paths that go, as the packages name them.
fn leaving(set: &Set, departures: &Departures) -> Vec<Vec<String>> {
    let paths = |(package, files): (&Outgoing, &Vec<usize>)| {
        let mut files = files.clone();
        files.sort_unstable();
        files
            .iter()
            .filter_map(|index| Some(package.files.get(*index)?.path.clone()))
            .collect()
    };
    set.outgoing.iter().zip(departures).map(paths).collect()
}

fn refused(source: Failure) -> Error {
    Error::Refused { source }
}

fn refuse_languages(sequence: &Sequence) -> Result<(), Error> {
    let after = sequence.after.iter().filter_map(|action| match action {
        Action::Run(script) => Some(script),
        Action::Remove(_) => None,
    });
    let mut scripts = sequence.before.iter().chain(after);
    let inner = |script: &&Script| {
        script
            .interpreter
            .first()
            .is_some_and(|program| program.starts_with('<'))
    };
    match scripts.find(inner) {
        None => Ok(()),
        Some(script) => Err(Error::Language {
            package: script.package.clone(),
            section: script.section.clone(),
            language: script.interpreter.concat(),
        }),
    }
}

struct Preparation<'a> {
    log: &'a Log<'a>,
    options: &'a Options,
    listener: &'a dyn Listener,
    set: &'a Set,
}

impl Preparation<'_> {
    fn carry_out(
        &self,
        installed: Installed,
        sequence: Sequence,
        departures: &Departures,
    ) -> Result<Report, Error> {
        let mut runner = Runner {
            log: self.log,
            database: None,
            listener: self.listener,
            warnings: Vec::new(),
        };
        let plan = match self.prepare(&installed, sequence, departures, &runner) {
            Ok(plan) => plan,
            Err(error) => {
                self.log.roll_back().map_err(refused)?;
                return Err(error);
            }
        };
        self.listener.hear(&Event::Committed);
        runner.database = installed.into_database();
        self.log.run(&plan, &mut runner, true)?;
        if let Some(database) = runner.database.take() {
            database
                .close()
                .map_err(|source| crate::installed::failed("close", &self.log.root, source))?;
        }
        self.log.finish(&plan)?;
        self.forget_old_undo();
        let warnings = runner.warnings;
        Ok(Report {
            warnings,
            ..report(self.set, plan.id)
        })
    }

    /// Everything up to and including the commit record.
    fn prepare(
        &self,
        installed: &Installed,
        sequence: Sequence,
        departures: &Departures,
        runner: &Runner<'_>,
    ) -> Result<Plan<Work>, Error> {
        self.log.begin().map_err(refused)?;
        let owners = Owners::of_root(&self.log.root);
        let id = self.new_id();
        let staging = lay_out(self.log, self.set, self.options, &owners, id).map_err(refused)?;
        self.announce();
        unpack(
            self.log,
            self.set,
            &staging,
            threads(self.options.threads),
            self.listener,
        )?;
        let late = self.run_before(sequence.before, runner)?;
        let steps = self.steps(installed, &staging, departures, late, sequence.after)?;
        let (durable, undo) = (self.options.durable, self.options.keep_undo > 0);
        let plan = Plan {
            id,
            durable,
            undo,
            stages: staging.stage.folders().to_vec(),
            steps,
        };
        self.log.commit(&plan).map_err(refused)?;
        Ok(plan)
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

    /// Run what may still refuse. Scripts whose interpreter comes with this transaction are handed back.
    fn run_before(&self, scripts: Vec<Script>, runner: &Runner<'_>) -> Result<Vec<Script>, Error> {
        let mut late = Vec::new();
        for script in scripts {
            if !runner.can_run(&script) {
                late.push(script);
                continue;
            }
            match runner.run(&script) {
                Err(Error::Scriptlet {
                    package,
                    section,
                    status,
                    ..
                }) if !script.fatal => {
                    let text = format!("{section} of {package} failed ({status})");
                    self.listener.hear(&Event::Warning { text: &text });
                }
                other => other?,
            }
        }
        Ok(late)
    }

    fn steps(
        &self,
        installed: &Installed,
        staging: &Staging,
        departures: &Departures,
        late: Vec<Script>,
        after: Vec<Action>,
    ) -> Result<Vec<Step<Work>>, Error> {
        let mut steps = vec![Step::Files(staging.ops.clone())];
        steps.extend(self.late_owners(staging, false));
        steps.push(Step::Task(Work::Database(self.change(installed)?)));
        steps.extend(late.into_iter().map(|script| Step::Task(Work::Script(script))));
        for action in after {
            steps.push(match action {
                Action::Run(script) => Step::Task(Work::Script(script)),
                Action::Remove(index) => Step::Files(self.removal(staging, departures, index)),
            });
        }
        steps.extend(self.late_owners(staging, true));
        steps.push(Step::Files(times(staging)));
        steps.retain(|step| !matches!(step, Step::Files(ops) if ops.is_empty()));
        Ok(steps)
    }

    fn removal(&self, staging: &Staging, departures: &Departures, index: usize) -> Vec<Op> {
        let (package, files) = (self.set.outgoing.get(index), departures.get(index));
        let ops = package
            .zip(files)
            .map(|(package, files)| removal(&self.log.root, &staging.stage, package, files));
        ops.unwrap_or_default()
    }

    fn change(&self, installed: &Installed) -> Result<Change, Error> {
        let packages = self.set.incoming.iter().enumerate();
        let add: Result<Vec<Addition>, Error> = packages
            .map(|(index, package)| self.addition(index, package))
            .collect();
        let time = self.options.time.unwrap_or_else(now);
        let erase = self.set.outgoing.iter().map(|package| package.row).collect();
        Ok(Change {
            highest: installed.highest(),
            erase,
            add: add?,
            time,
            number: time,
            color: self.options.color,
        })
    }

    /// Keep the package's headers in the log: recovery cannot count on the package file.
    fn addition(&self, index: usize, package: &Incoming) -> Result<Addition, Error> {
        let headers = header_file(index);
        let bytes = read_headers(&package.file, package.package.payload_offset);
        let bytes = bytes.context("read", &package.file).map_err(refused)?;
        self.log.write_new(&headers, &bytes).map_err(refused)?;
        let left_out = |file: &rpmfile::FileInfo| {
            !self.options.documentation && file.flags.intersects(rpmfile::FileFlags::DOC)
        };
        let states = package
            .files
            .iter()
            .map(|file| if left_out(file) { 2 } else { 0 })
            .collect();
        let (name, nevra) = (package.name().to_owned(), package.nevra.clone());
        Ok(Addition {
            headers,
            name,
            nevra,
            states,
        })
    }

    /// Files staged for an owner that is not known yet.
    fn late_owners(&self, staging: &Staging, last: bool) -> Option<Step<Work>> {
        let mut late = Vec::new();
        for (package, row) in self.set.incoming.iter().zip(&staging.placements) {
            for ((_, file, place, _), placement) in package.each().zip(row) {
                if placement.as_ref().is_some_and(|placement| placement.pending) {
                    let capability = placement
                        .as_ref()
                        .and_then(|placement| placement.attributes.capability.clone());
                    let (user, group) = (file.user.clone(), file.group.clone());
                    late.push(Late {
                        path: place.to_owned(),
                        user,
                        group,
                        mode: file.permissions(),
                        capability,
                    });
                }
            }
        }
        (!late.is_empty()).then_some(Step::Task(Work::Owners { files: late, last }))
    }

    /// One more than the newest that left something behind.
    fn new_id(&self) -> u64 {
        kept(&undo_folder(&self.log.root)).last().map_or(1, |id| id + 1)
    }

    /// Kept files of the transactions before the last few. Failing to remove them harms nobody.
    fn forget_old_undo(&self) {
        let folder = undo_folder(&self.log.root);
        let kept = kept(&folder);
        for id in kept.iter().rev().skip(self.options.keep_undo) {
            let _ = self.log.remove_tree(&folder.join(id.to_string()));
        }
    }
}

/// The numbers of the transactions of which files are kept, ascending.
fn kept(folder: &Path) -> Vec<u64> {
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

fn report(set: &Set, id: u64) -> Report {
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

/// Where the log of a root is, for those who want to know whether there is one.
pub fn is_interrupted(root: &Path) -> bool {
    root.join(wal::FOLDER).exists()
}
