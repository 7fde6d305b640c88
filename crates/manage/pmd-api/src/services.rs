//! Units of systemd.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Empty;
use crate::names::{Label, UnitName};

words! {
    /// What to do with a unit, in the words of systemctl(1).
    pub enum Verb {
        /// Start.
        Start,
        /// Stop.
        Stop,
        /// Stop and start.
        Restart,
        /// Restart if it runs.
        TryRestart,
        /// Read the configuration again.
        Reload,
        /// Reload if it can, restart if not.
        ReloadOrRestart,
        /// Send SIGTERM.
        Kill,
    }
}

shapes! {
    /// A unit.
    pub struct Unit {
        /// Its name.
        pub name: String,
        /// What it is.
        pub description: String,
        /// `loaded`, `not-found`, `masked` and so on.
        pub load: String,
        /// `active`, `inactive`, `failed` and so on.
        pub active: String,
        /// The state in its kind's own words.
        pub sub: String,
        /// `enabled`, `disabled`, `static` and so on; none in lists.
        pub enabled: Option<String>,
        /// The main process, while it runs; none in lists.
        pub main_pid: Option<u32>,
    }

    /// Which units.
    pub struct UnitQuery {
        /// Only those in this state: `active`, `failed`, `running`.
        #[serde(default)]
        pub state: Option<Label>,
        /// Only of this kind: `service`, `timer`.
        #[serde(default)]
        pub kind: Option<Label>,
    }

    /// Which unit.
    pub struct OneUnit {
        /// Its name with suffix.
        pub unit: UnitName,
    }

    /// Changes to a unit.
    pub struct UnitChange {
        /// Its name with suffix.
        pub unit: UnitName,
        /// Whether it is to run.
        #[serde(default)]
        pub active: Option<bool>,
        /// Whether it starts at boot.
        #[serde(default)]
        pub enabled: Option<bool>,
        /// Whether it must never be started.
        #[serde(default)]
        pub masked: Option<bool>,
    }

    /// Something to do with a unit.
    pub struct UnitAction {
        /// Its name with suffix.
        pub unit: UnitName,
        /// What to do.
        pub verb: Verb,
    }

    /// All properties of a unit, as D-Bus has them.
    pub struct Properties {
        /// By name.
        pub properties: BTreeMap<String, Value>,
    }
}

operations! {
    Services "services";

    /// Units that systemd has loaded.
    "list" list(UnitQuery) -> Vec<Unit> = Get "/services", Read;
    /// One unit.
    "get" get(OneUnit) -> Unit = Get "/services/{unit}", Read;
    /// All properties of a unit.
    "properties" properties(OneUnit) -> Properties = Get "/services/{unit}/properties", Read;
    /// Run a unit or not, at boot or not, never or again.
    "set" set(UnitChange) -> Unit = Patch "/services/{unit}", Change;
    /// Start, stop, restart or reload a unit.
    "act" act(UnitAction) -> Unit = Post "/services/{unit}/actions", Change;
    /// Properties of systemd itself.
    "manager" manager(Empty) -> Properties = Get "/services-manager", Read;
}
