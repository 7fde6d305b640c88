//! What happens between file operations: scriptlets and the change of the package database.

use serde::{Deserialize, Serialize};

use crate::wal::Task;

/// A task of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Work {
    /// Run a program of a package.
    Script(Script),
    /// Change the package database.
    Database(Change),
    /// Give files to owners that did not exist before.
    Owners {
        /// The files.
        files: Vec<Late>,
        /// Whether this is the last try, so that failure is worth a warning.
        last: bool,
    },
}

impl Task for Work {
    fn repeatable(&self) -> bool {
        !matches!(self, Self::Script(_))
    }
}

/// One run of a scriptlet or trigger, with all that was decided about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Script {
    /// The package it belongs to.
    pub(crate) package: String,
    /// Its section in the spec file.
    pub(crate) section: String,
    /// The program and its own arguments.
    pub(crate) interpreter: Vec<String>,
    /// The script; empty when the program runs alone.
    pub(crate) body: String,
    /// rpm's numbers of instances.
    pub(crate) arguments: Vec<i64>,
    /// Standard input: the paths that set a file trigger off.
    pub(crate) input: String,
    /// Whether it must wait for files that come with the transaction.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) waits: bool,
    /// Whether its failure stops the transaction, where that is still possible.
    pub(crate) fatal: bool,
}

impl Script {
    /// Whether it is for the interpreter in ourselves.
    pub(crate) fn is_lua(&self) -> bool {
        self.interpreter.first().is_some_and(|program| program == "<lua>")
    }
}

/// The change of the database, all of it in one SQLite transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    /// The highest row number before: rows above it are ours.
    pub(crate) highest: u32,
    /// Rows to erase.
    pub(crate) erase: Vec<u32>,
    /// Packages to add, in order.
    pub(crate) add: Vec<Addition>,
    /// Install time to record.
    pub(crate) time: u32,
    /// Transaction number to record.
    pub(crate) number: u32,
    /// Color to record.
    pub(crate) color: u32,
}

/// A package to add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Addition {
    /// The file of the log that has its headers.
    pub(crate) headers: String,
    /// Whether that is a header of the database rather than those of a package file.
    pub(crate) recorded: bool,
    /// Its name.
    pub(crate) name: String,
    /// The package.
    pub(crate) nevra: String,
    /// What became of each file (rpm: RPMFILE_STATE).
    pub(crate) states: Vec<u8>,
}

/// A file whose owner was not known when it was staged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Late {
    pub(crate) path: String,
    pub(crate) user: String,
    pub(crate) group: String,
    pub(crate) mode: u32,
    pub(crate) capability: Option<Vec<u8>>,
}
