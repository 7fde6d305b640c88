//! Carry out the tasks of a plan: scriptlets, the database, late owners.

use std::fs;
use std::path::Path;

use confine::{Confine, Finished};
use rpmdb::{Mode, RpmDb};
use rustix::fs::Mode as Umask;

use crate::Error;
use crate::lua;
use crate::owners::Owners;
use crate::progress::{Event, Listener};
use crate::recording::{Ahead, Recording};
use crate::resolve::resolve;
use crate::task::{Change, Late, Script, Work};
use crate::wal::{Attributes, Context, Executor, FOLDER, Log};

/// The file of the log that holds the body of the scriptlet being run.
const BODY: &str = "scriptlet";

/// Runs tasks in a root.
pub(crate) struct Runner<'a> {
    pub(crate) log: &'a Log<'a>,
    pub(crate) database: Option<RpmDb>,
    /// Its change, where that is being made already.
    pub(crate) ahead: Option<Ahead>,
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
            ahead: None,
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
        let root = &self.log.root;
        let begun = self.log.sys.outside("database");
        begun.context("change the package database below", root)?;
        let database = match self.ahead.take() {
            Some(ahead) => ahead.commit()?,
            None => Recording::new(self.log, self.mode, change).make(self.database.take(), &|| true)?,
        };
        self.database = Some(database);
        Ok(())
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
