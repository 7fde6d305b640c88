//! Carry out the tasks of a plan: scriptlets, the database, late owners.

use std::fs;
use std::path::Path;

use confine::{Confine, Finished};
use rpmdb::{FileState, InstallInfo, Mode, RpmDb};
use rpmfile::{Header, Package};
use rustix::fs::Mode as Umask;

use crate::Error;
use crate::installed::failed;
use crate::lua;
use crate::owners::Owners;
use crate::progress::{Event, Listener};
use crate::resolve::resolve;
use crate::task::{Addition, Change, Late, Script, Work};
use crate::wal::{Attributes, Context, Executor, FOLDER, Log};

/// The file of the log that holds the body of the scriptlet being run.
const BODY: &str = "scriptlet";

/// What is added to the database.
enum Added {
    Package(Box<Package>),
    Record(Box<Header>),
}

/// Runs tasks in a root.
pub(crate) struct Runner<'a> {
    pub(crate) log: &'a Log<'a>,
    pub(crate) database: Option<RpmDb>,
    /// How it is opened where it is not yet.
    pub(crate) mode: Mode,
    pub(crate) listener: &'a dyn Listener,
    /// What went wrong without stopping the transaction.
    pub(crate) warnings: Vec<String>,
}

impl Executor<Work> for Runner<'_> {
    type Error = Error;

    fn execute(&mut self, task: &Work) -> Result<(), Error> {
        match task {
            Work::Script(script) => self.after_decision(script),
            Work::Database(change) => self.change_database(change),
            Work::Owners { files, last } => self.late_owners(files, *last),
        }
    }
}

impl<'a> Runner<'a> {
    pub(crate) fn new(log: &'a Log<'a>, listener: &'a dyn Listener) -> Self {
        Self {
            log,
            database: None,
            mode: Mode::Write,
            listener,
            warnings: Vec::new(),
        }
    }
}

impl Runner<'_> {
    /// After the decision a failing scriptlet is reported and nothing more, as in rpm.
    fn after_decision(&mut self, script: &Script) -> Result<(), Error> {
        if let Err(error) = self.run(script) {
            match error {
                Error::Refused { source } => return Err(Error::Unfinished { source }),
                Error::Scriptlet {
                    package,
                    section,
                    status,
                    output,
                } => {
                    self.warn(format!(
                        "{section} of {package} failed ({status}) {}",
                        output.trim_end()
                    ));
                }
                other => self.warn(format!("{} of {}: {other}", script.section, script.package)),
            }
        }
        Ok(())
    }

    fn warn(&mut self, text: String) {
        self.listener.hear(&Event::Warning { text: &text });
        self.warnings.push(text);
    }

    /// Run a scriptlet; an error if it cannot be run or fails.
    pub(crate) fn run(&self, script: &Script) -> Result<(), Error> {
        let Some((program, own)) = script.interpreter.split_first() else {
            return Ok(());
        };
        let refused = |source| Error::Refused { source };
        let begun = self.log.sys.outside(&script.section);
        begun
            .context("run a scriptlet, using", &self.log.file(BODY))
            .map_err(refused)?;
        self.listener.hear(&Event::Scriptlet {
            package: &script.package,
            section: &script.section,
        });
        let done = with_umask(|| match script.is_lua() {
            true => Ok(lua::run(&self.log.root, script)?),
            false => self.run_program(script, program, own),
        })?;
        self.judge(script, &done)
    }

    fn run_program(&self, script: &Script, program: &str, own: &[String]) -> Result<Finished, Error> {
        let mut arguments = own.to_vec();
        if !script.body.is_empty() {
            let body = self.log.file(BODY);
            fs::write(&body, &script.body)
                .context("write", &body)
                .map_err(|source| Error::Refused { source })?;
            arguments.push(format!("/{FOLDER}/{BODY}"));
            arguments.extend(script.arguments.iter().map(i64::to_string));
        }
        Ok(Confine::new(&self.log.root).run(program, &arguments, script.input.as_bytes())?)
    }

    /// Pass on what it printed; an error if it failed.
    fn judge(&self, script: &Script, done: &Finished) -> Result<(), Error> {
        let output = String::from_utf8_lossy(&done.output).into_owned();
        if !output.is_empty() {
            self.listener.hear(&Event::Output {
                package: &script.package,
                text: &output,
            });
        }
        if done.status.success() {
            return Ok(());
        }
        Err(Error::Scriptlet {
            package: script.package.clone(),
            section: script.section.clone(),
            status: done.status.to_string(),
            output,
        })
    }

    /// Whether the interpreter is there now, rather than coming with this transaction.
    pub(crate) fn can_run(&self, script: &Script) -> bool {
        let program = script.interpreter.first().map(Path::new);
        script.is_lua()
            || program
                .and_then(|program| resolve(&self.log.root, program))
                .is_some_and(|path| self.log.path(path).is_file())
    }

    fn change_database(&mut self, change: &Change) -> Result<(), Error> {
        let root = self.log.root.clone();
        self.log
            .sys
            .outside("database")
            .context("change the package database below", &root)?;
        let mut database = match self.database.take() {
            Some(database) => database,
            None => RpmDb::open(&root, self.mode).map_err(|source| failed("open", &root, source))?,
        };
        if !is_made(&database, change).map_err(|source| failed("read", &root, source))? {
            self.make(&mut database, change)?;
        }
        self.database = Some(database);
        Ok(())
    }

    fn make(&self, database: &mut RpmDb, change: &Change) -> Result<(), Error> {
        let added: Vec<Added> = change
            .add
            .iter()
            .map(|add| self.headers(add))
            .collect::<Result<_, Error>>()?;
        let mut write = || -> Result<(), rpmdb::Error> {
            let transaction = database.begin()?;
            for (added, addition) in added.iter().zip(&change.add) {
                match added {
                    Added::Package(package) => transaction.add(package, &info(change, addition))?,
                    Added::Record(header) => transaction.add_header(header)?,
                };
            }
            change.erase.iter().try_for_each(|row| transaction.erase(*row))?;
            transaction.commit()
        };
        write().map_err(|source| failed("change", &self.log.root, source))
    }

    fn headers(&self, addition: &Addition) -> Result<Added, Error> {
        let path = self.log.file(&addition.headers);
        let bytes = fs::read(&path).context("read the headers in", &path)?;
        let added = match addition.recorded {
            true => Header::parse(bytes).map(|header| Added::Record(Box::new(header))),
            false => Package::read(&mut bytes.as_slice()).map(|package| Added::Package(Box::new(package))),
        };
        added.map_err(|source| Error::Package { path, source })
    }

    fn unknown_owner(&mut self, file: &Late, last: bool) {
        let Late {
            path, user, group, ..
        } = file;
        if last {
            self.warn(format!(
                "/{path} belongs to root: there is no user {user} or no group {group}"
            ));
        }
    }

    /// Owners that a scriptlet or systemd-sysusers has made meanwhile. rpm's fallback, root, stays for the others.
    fn late_owners(&mut self, files: &[Late], last: bool) -> Result<(), Error> {
        let owners = Owners::of_root(&self.log.root);
        for file in files {
            let Some(owner) = owners.numbers(&file.user, &file.group) else {
                self.unknown_owner(file, last);
                continue;
            };
            let path = self.log.path(&file.path);
            if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_symlink()) {
                let (mode, capability) = (Some(file.mode), file.capability.clone());
                self.log.set(
                    &path,
                    &Attributes {
                        mode,
                        owner: Some(owner),
                        time: None,
                        capability,
                    },
                )?;
            }
        }
        Ok(())
    }
}

/// Whether the change has been made already: see the module documentation of [`crate::wal`].
fn is_made(database: &RpmDb, change: &Change) -> Result<bool, rpmdb::Error> {
    for row in &change.erase {
        if database.get(*row)?.is_none() {
            return Ok(true);
        }
    }
    let Some(first) = change.add.first() else {
        return Ok(false);
    };
    let rows = database.find_by_name(&first.name)?;
    let is_ours = |row: &rpmdb::Installed| {
        row.hnum > change.highest
            && row
                .header
                .nevra()
                .is_ok_and(|nevra| nevra.to_string() == first.nevra)
    };
    Ok(rows.iter().any(is_ours))
}

fn info(change: &Change, addition: &Addition) -> InstallInfo {
    let state = |state: &u8| {
        if *state == 0 {
            FileState::Normal
        } else {
            FileState::NotInstalled
        }
    };
    InstallInfo {
        time: change.time,
        tid: change.number,
        color: change.color,
        file_states: addition.states.iter().map(state).collect(),
    }
}

/// rpm runs everything with the umask 022 (rpmtsRun); what the caller had must not decide the modes in a root.
fn with_umask<T>(work: impl FnOnce() -> T) -> T {
    let before = rustix::process::umask(Umask::from_raw_mode(0o022));
    let done = work();
    rustix::process::umask(before);
    done
}

/// Where the headers of the n-th incoming package are kept in the log.
pub(crate) fn header_file(index: usize) -> String {
    format!("headers-{index}")
}

/// The lead and both headers of a package file, without the payload: all that recovery needs of it.
pub(crate) fn read_headers(file: &Path, length: u64) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    fs::File::open(file)?.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}
