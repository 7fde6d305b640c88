//! The plan: what a transaction does after its commit record, in order.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Something done between file operations: a scriptlet, the change of the package database.
pub trait Task: Serialize + DeserializeOwned {
    /// Whether it may be run again although it had finished, after a power cut that may have undone it.
    fn repeatable(&self) -> bool;
}

/// Owner, permission bits and time, to be set where given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// Permission bits, as in chmod(2).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mode: Option<u32>,
    /// User and group number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<(u32, u32)>,
    /// Modification time in seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub time: Option<u32>,
    /// Value of `security.capability`, see capabilities(7).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub capability: Option<Vec<u8>>,
}

/// One change of the tree. Paths are relative to the root and contain no symbolic link but the last part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Op {
    /// There shall be a directory. An existing one gets the attributes; a symbolic link to one is left as it is.
    Directory {
        /// The directory.
        path: String,
        /// What it shall have; nothing for a parent that no package owns.
        attributes: Attributes,
        /// Where a file in its place is kept for undo.
        slot: u32,
        /// Whether it did not exist before.
        fresh: bool,
    },
    /// A staged file comes to its destination.
    Place {
        /// Which staging folder.
        stage: u32,
        /// Its name there, and the name under which the replaced file is kept for undo.
        slot: u32,
        /// The destination.
        path: String,
        /// Whether there was nothing before.
        fresh: bool,
        /// A second name the replaced file keeps (`.rpmsave`).
        #[serde(skip_serializing_if = "Option::is_none", default)]
        keep: Option<String>,
    },
    /// A file goes; or, when modified by the user, gets the name in `keep`.
    Remove {
        /// The file.
        path: String,
        /// Its name in the undo folder.
        slot: u32,
        /// The name it keeps (`.rpmsave`).
        #[serde(skip_serializing_if = "Option::is_none", default)]
        keep: Option<String>,
    },
    /// A directory goes if it is empty.
    RemoveDirectory {
        /// The directory.
        path: String,
    },
    /// Owner, mode or time of something already in place.
    Set {
        /// The file or directory.
        path: String,
        /// What it shall have.
        attributes: Attributes,
    },
}

/// A step of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step<T> {
    /// File operations, all of which may be repeated.
    Files(Vec<Op>),
    /// Something done by the executor.
    Task(T),
}

/// Everything that happens after the commit record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan<T> {
    /// Number of the transaction; names its undo folder.
    pub id: u64,
    /// Whether to flush at all. An image under construction is thrown away after a crash anyway.
    pub durable: bool,
    /// Whether replaced and removed files are kept.
    pub undo: bool,
    /// Staging folders, relative to the root, one per mount.
    pub stages: Vec<String>,
    /// What to do, in order.
    pub steps: Vec<Step<T>>,
}
