//! What is wanted.

use std::collections::{BTreeMap, BTreeSet};

use crate::pool::PackageId;

/// One thing to do. Packages are chosen beforehand, usually by [`crate::Selection`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// One of these packages must be installed afterwards, the best that works.
    Install {
        /// What the user wrote; appears in explanations.
        what: String,
        /// The packages that would do.
        candidates: Vec<PackageId>,
    },
    /// Replace the installed packages of these names by newer ones where that works.
    Upgrade {
        /// Package names.
        names: BTreeSet<String>,
    },
    /// Replace every installed package by a newer one, or by one that obsoletes it, where that works.
    UpgradeAll,
    /// Make the installed packages equal to what the repositories offer, older versions included.
    DistroSync {
        /// Only these names; all when empty.
        names: BTreeSet<String>,
    },
    /// Remove these installed packages and whatever needs them.
    Erase {
        /// Installed packages.
        packages: Vec<PackageId>,
    },
}

/// How far the solver may go.
#[derive(Clone, Debug)]
pub struct Options {
    /// Follow `Recommends` and `Supplements` of newly installed packages.
    pub weak_dependencies: bool,
    /// Installed packages may be removed to make room.
    pub allow_erasing: bool,
    /// Installed packages may be replaced by older ones to make room.
    pub allow_downgrade: bool,
    /// Only the best candidate of a request will do.
    pub best: bool,
    /// Drop requests that cannot be met instead of refusing them all.
    pub skip_broken: bool,
    /// When packages are removed, also remove what only they needed.
    pub clean_requirements: bool,
    /// Packages nobody asked for: they may go when nothing needs them.
    pub auto_installed: BTreeSet<PackageId>,
    /// Names (or capabilities) whose packages are installed beside each other, like kernels, and how many
    /// of each stay (0: all).
    pub installonly: BTreeMap<String, usize>,
    /// Installed packages that never go, like the running kernel.
    pub pinned: BTreeSet<PackageId>,
    /// Names that must stay exactly as they are.
    pub locked: BTreeSet<String>,
    /// Names that may be updated but not removed, obsoleted neither.
    pub protected: BTreeSet<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            weak_dependencies: true,
            allow_erasing: false,
            allow_downgrade: false,
            best: false,
            skip_broken: false,
            clean_requirements: false,
            auto_installed: BTreeSet::new(),
            installonly: BTreeMap::new(),
            pinned: BTreeSet::new(),
            locked: BTreeSet::new(),
            protected: BTreeSet::new(),
        }
    }
}

/// Actions and how far to go for them.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// What is wanted; all of it, unless [`Options::skip_broken`] is set.
    pub actions: Vec<Action>,
    /// How far to go.
    pub options: Options,
}
