//! The commit record: the one file whose existence decides.

use std::fs::{self, File};
use std::io;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Context, FOLDER, Failure, Log, Plan, Task, UNDO};

pub(super) const NAME: &str = "commit";
/// The file with the plan.
pub(super) const PLAN: &str = "plan";
const STAGES: &str = "stages";

/// Content of the record.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// SHA-256 of the plan it commits.
    plan: String,
    /// The kernel's boot id when it was written, see random(4).
    boot: String,
}

impl Record {
    /// Whether the machine has not been restarted since the record was written.
    pub(super) fn same_boot(&self) -> bool {
        !self.boot.is_empty() && self.boot == boot_id()
    }
}

fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn invalid(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// The record, if the transaction was committed.
pub(super) fn read(log: &Log<'_>) -> Result<Option<Record>, Failure> {
    let path = log.file(NAME);
    match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context("read the commit record", &path),
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(invalid)
            .context("understand", &path),
    }
}

impl Log<'_> {
    /// Note where files are staged outside of the log's own folder, before the first is staged there.
    ///
    /// # Errors
    /// When the note cannot be written.
    pub fn note_stages(&self, stages: &[String], durable: bool) -> Result<(), Failure> {
        let bytes = serde_json::to_vec(stages).map_err(invalid);
        let path = self.file(STAGES);
        self.write_new(STAGES, &bytes.context("encode", &path)?)?;
        if durable && stages.len() > 1 {
            let file = File::open(&path).context("open", &path)?;
            self.sys.sync(&file).context("flush", &path)?;
            self.sync_folder(&self.path(FOLDER))?;
        }
        Ok(())
    }

    /// Where files may have been staged, whether or not there is a plan yet.
    pub(super) fn stages(&self) -> Vec<std::path::PathBuf> {
        let bytes = fs::read(self.file(STAGES)).unwrap_or_default();
        let stages: Vec<String> = serde_json::from_slice(&bytes).unwrap_or_default();
        stages.into_iter().map(|stage| self.path(stage)).collect()
    }

    /// Decide: flush what is staged, then write the record. After this returns, nothing can stop the transaction.
    ///
    /// # Errors
    /// When the plan or record cannot be written; then nothing has been decided.
    pub fn commit<T: Task>(&self, plan: &Plan<T>) -> Result<(), Failure> {
        let path = self.file(PLAN);
        let bytes = serde_json::to_vec(plan)
            .map_err(invalid)
            .context("encode", &path)?;
        self.write_new(PLAN, &bytes)?;
        if plan.durable {
            self.sync_filesystems(plan)?;
        }
        let record = Record {
            plan: digest(&bytes),
            boot: boot_id(),
        };
        self.write_record(&record, plan.durable)
    }

    fn write_record(&self, record: &Record, durable: bool) -> Result<(), Failure> {
        let (path, fresh) = (self.file(NAME), self.file("commit.new"));
        let bytes = serde_json::to_vec(record)
            .map_err(invalid)
            .context("encode", &path)?;
        let file = self.sys.create(&fresh).context("create", &fresh)?;
        self.sys.write(&file, &bytes).context("write", &fresh)?;
        if durable {
            self.sys.sync(&file).context("flush", &fresh)?;
        }
        self.sys
            .rename(&fresh, &path)
            .context("write the commit record", &path)?;
        if durable {
            self.sync_folder(&self.path(FOLDER))
        } else {
            Ok(())
        }
    }

    /// Write a file of the log in one go.
    ///
    /// # Errors
    /// When it exists already or cannot be written.
    pub fn write_new(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.file(name);
        let file = self.sys.create(&path).context("create", &path)?;
        self.sys.write(&file, bytes).context("write", &path)
    }

    /// The plan of a transaction that can be undone.
    ///
    /// # Errors
    /// When it is not there or not understood.
    pub fn kept_plan<T: Task>(&self, id: u64) -> Result<Plan<T>, Failure> {
        let path = self.path(UNDO).join(id.to_string()).join(PLAN);
        let bytes = fs::read(&path).context("read the plan", &path)?;
        serde_json::from_slice(&bytes)
            .map_err(invalid)
            .context("understand the plan", &path)
    }

    /// The plan the record speaks of. A plan that is damaged is not half-followed.
    pub(super) fn committed_plan<T: Task>(&self, record: &Record) -> Result<Plan<T>, Failure> {
        let path = self.file(PLAN);
        let bytes = fs::read(&path).context("read the plan", &path)?;
        if digest(&bytes) != record.plan {
            return Err(invalid("it is not what was committed; the disk is damaged"))
                .context("follow the plan", &path);
        }
        serde_json::from_slice(&bytes)
            .map_err(invalid)
            .context("understand the plan", &path)
    }
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
