//! Units: org.freedesktop.systemd1(5).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use dbus_client::Value;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::bus::{Bus, Object, failed};
use crate::error::Error;
use crate::name::UnitName;

const SERVICE: &str = "org.freedesktop.systemd1";
const MANAGER: Object<'static> = Object {
    service: SERVICE,
    path: "/org/freedesktop/systemd1",
    interface: "org.freedesktop.systemd1.Manager",
};
const UNIT: &str = "org.freedesktop.systemd1.Unit";
const NO_SUCH_UNIT: &str = "org.freedesktop.systemd1.NoSuchUnit";

/// How long a job may take: systemd's default for starting and for stopping, one after the other.
const PATIENCE: Duration = Duration::from_secs(180);

/// A unit in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// The name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// `loaded`, `not-found`, `masked` and so on.
    pub load: String,
    /// `active`, `inactive`, `failed` and so on.
    pub active: String,
    /// The state in the words of its kind.
    pub sub: String,
}

/// A unit by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitStatus {
    /// As in a list.
    #[serde(flatten)]
    pub unit: Unit,
    /// `enabled`, `disabled`, `static`, `masked` and so on; empty if there is no file.
    pub enabled: String,
    /// The file.
    pub path: String,
    /// The main process while it runs.
    pub main_pid: Option<u32>,
    /// When it became active, in microseconds since 1970; 0 if it never was.
    pub since: u64,
}

/// What can be done with a unit that runs, or is to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the words of systemctl(1)")]
pub enum Verb {
    Start,
    Stop,
    Restart,
    TryRestart,
    Reload,
    ReloadOrRestart,
}

impl Verb {
    /// systemctl's word and the method.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Verb::Start => ("start", "StartUnit"),
            Verb::Stop => ("stop", "StopUnit"),
            Verb::Restart => ("restart", "RestartUnit"),
            Verb::TryRestart => ("try-restart", "TryRestartUnit"),
            Verb::Reload => ("reload", "ReloadUnit"),
            Verb::ReloadOrRestart => ("reload-or-restart", "ReloadOrRestartUnit"),
        }
    }
}

impl Bus {
    /// The units that systemd has loaded, by name.
    pub fn units(&mut self) -> Result<Vec<Unit>, Error> {
        let found = self.call(MANAGER, "ListUnits", &[])?;
        let items = found.first().ok_or(Error::Answer("ListUnits"))?.items();
        let mut units: Vec<Unit> = items.iter().filter_map(|item| listed(item.items())).collect();
        units.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(units)
    }

    /// A unit. One without a file and without a job is not there.
    pub fn status(&mut self, name: &UnitName) -> Result<UnitStatus, Error> {
        let path = self.load(name)?;
        let object = Object {
            service: SERVICE,
            path: &path,
            interface: UNIT,
        };
        let properties = self.properties(object)?;
        let text = |key: &str| {
            properties
                .get(key)
                .and_then(Json::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        if text("LoadState") == "not-found" && text("ActiveState") == "inactive" {
            return Err(Error::NotFound(format!("unit {name}")));
        }
        let since = properties
            .get("ActiveEnterTimestamp")
            .and_then(Json::as_u64)
            .unwrap_or_default();
        Ok(UnitStatus {
            unit: Unit {
                name: name.to_string(),
                description: text("Description"),
                load: text("LoadState"),
                active: text("ActiveState"),
                sub: text("SubState"),
            },
            enabled: text("UnitFileState"),
            path: text("FragmentPath"),
            main_pid: self.main_pid(name, &path),
            since,
        })
    }

    /// Only services have a main process.
    fn main_pid(&mut self, name: &UnitName, path: &str) -> Option<u32> {
        let found = self
            .connection
            .property(SERVICE, path, &name.interface(), "MainPID")
            .ok()?;
        found
            .as_number()
            .and_then(|pid| u32::try_from(pid).ok())
            .filter(|pid| *pid > 0)
    }

    /// All properties of a unit: what all units have and what its kind has.
    pub fn unit_properties(&mut self, name: &UnitName) -> Result<BTreeMap<String, Json>, Error> {
        let path = self.load(name)?;
        let mut all = self.properties(Object {
            service: SERVICE,
            path: &path,
            interface: UNIT,
        })?;
        let interface = name.interface();
        all.extend(self.properties(Object {
            service: SERVICE,
            path: &path,
            interface: &interface,
        })?);
        Ok(all)
    }

    /// All properties of systemd itself.
    pub fn manager_properties(&mut self) -> Result<BTreeMap<String, Json>, Error> {
        self.properties(MANAGER)
    }

    fn load(&mut self, name: &UnitName) -> Result<String, Error> {
        let found = self
            .call(MANAGER, "LoadUnit", &[Value::text(name.as_str())])
            .map_err(|error| missing(error, name))?;
        let path = found
            .first()
            .and_then(Value::as_text)
            .ok_or(Error::Answer("LoadUnit"))?;
        Ok(path.to_owned())
    }

    /// Starts a unit and waits until it runs.
    pub fn start(&mut self, name: &UnitName) -> Result<(), Error> {
        self.act(Verb::Start, name)
    }

    /// Stops a unit and waits until it has ended.
    pub fn stop(&mut self, name: &UnitName) -> Result<(), Error> {
        self.act(Verb::Stop, name)
    }

    /// Does something with a unit and waits until it is done. The signal is asked for first, so that it is not missed.
    pub fn act(&mut self, verb: Verb, name: &UnitName) -> Result<(), Error> {
        let (word, method) = verb.words();
        let subscribed = self
            .connection
            .subscribe(SERVICE, MANAGER.interface, "JobRemoved");
        subscribed.map_err(|source| failed("cannot wait for jobs", source))?;
        // Only then systemd sends signals at all; it says no to who has asked already.
        let _ = self.call(MANAGER, "Subscribe", &[]);
        let found = self.call(
            MANAGER,
            method,
            &[Value::text(name.as_str()), Value::text("replace")],
        );
        let found = found.map_err(|error| missing(error, name))?;
        let job = found
            .first()
            .and_then(Value::as_text)
            .ok_or(Error::Answer(method))?
            .to_owned();
        self.wait(word, name, &job)
    }

    fn wait(&mut self, verb: &'static str, name: &UnitName, job: &str) -> Result<(), Error> {
        let unit = || name.to_string();
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let signal = self
                .connection
                .next_signal(left)
                .map_err(|source| failed("cannot wait for a job", source))?;
            let Some(signal) = signal else {
                return Err(Error::TimeOut {
                    verb,
                    unit: unit(),
                    seconds: PATIENCE.as_secs(),
                });
            };
            match result(&signal.body, job) {
                None => {}
                Some("done" | "skipped") => return Ok(()),
                Some(other) => {
                    return Err(Error::Job {
                        verb,
                        unit: unit(),
                        result: other.to_owned(),
                    });
                }
            }
        }
    }

    /// Sends a signal to all processes of a unit.
    pub fn kill(&mut self, name: &UnitName, signal: i32) -> Result<(), Error> {
        let arguments = [Value::text(name.as_str()), Value::text("all"), Value::I32(signal)];
        self.call(MANAGER, "KillUnit", &arguments)
            .map(|_| ())
            .map_err(|error| missing(error, name))
    }

    /// Has a unit started at boot, or not.
    pub fn enable(&mut self, name: &UnitName, enabled: bool) -> Result<(), Error> {
        match enabled {
            // For good, and without replacing what is there otherwise.
            true => self.files("EnableUnitFiles", name, &[Value::Bool(false), Value::Bool(false)]),
            false => self.files("DisableUnitFiles", name, &[Value::Bool(false)]),
        }
    }

    /// Makes a unit one that cannot be started, or takes that back.
    pub fn mask(&mut self, name: &UnitName, masked: bool) -> Result<(), Error> {
        match masked {
            true => self.files("MaskUnitFiles", name, &[Value::Bool(false), Value::Bool(true)]),
            false => self.files("UnmaskUnitFiles", name, &[Value::Bool(false)]),
        }
    }

    fn files(&mut self, method: &str, name: &UnitName, flags: &[Value]) -> Result<(), Error> {
        let names = Value::Array("s".to_owned(), vec![Value::text(name.as_str())]);
        let arguments = [&[names], flags].concat();
        self.call(MANAGER, method, &arguments)
            .map_err(|error| missing(error, name))?;
        self.reload_manager()
    }

    /// Has systemd read its files anew.
    pub fn reload_manager(&mut self) -> Result<(), Error> {
        self.call(MANAGER, "Reload", &[]).map(|_| ())
    }
}

/// systemd says in two ways that there is no such unit.
fn missing(error: Error, unit: &UnitName) -> Error {
    let name = match &error {
        Error::Absent {
            source: dbus_client::Error::Remote { name, .. },
            ..
        }
        | Error::Bus {
            source: dbus_client::Error::Remote { name, .. },
            ..
        } => name.as_str(),
        _ => "",
    };
    match name {
        NO_SUCH_UNIT | "org.freedesktop.DBus.Error.FileNotFound" | "System.Error.ENOENT" => {
            Error::NotFound(format!("unit {unit}"))
        }
        _ => error,
    }
}

/// Name, description, load state, active state, sub state, and five more.
fn listed(fields: &[Value]) -> Option<Unit> {
    let text = |at: usize| fields.get(at).and_then(Value::as_text).map(str::to_owned);
    Some(Unit {
        name: text(0)?,
        description: text(1)?,
        load: text(2)?,
        active: text(3)?,
        sub: text(4)?,
    })
}

/// The result of a job, if the signal is about it: number, path, unit, result.
fn result<'a>(body: &'a [Value], job: &str) -> Option<&'a str> {
    match body {
        [_, path, _, result] if path.as_text() == Some(job) => result.as_text(),
        _ => None,
    }
}
