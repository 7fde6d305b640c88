//! systemd itself: org.freedesktop.systemd1(5).

use std::time::{Duration, Instant};

use dbus_client::Value;

use super::{Object, Services, failed};
use crate::error::Error;

const MANAGER: Object<'static> = Object {
    service: "org.freedesktop.systemd1",
    path: "/org/freedesktop/systemd1",
    interface: "org.freedesktop.systemd1.Manager",
};

/// How long a unit may take to stop or start: systemd's default.
const PATIENCE: Duration = Duration::from_secs(90);

/// What systemd says about itself and the machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct System {
    /// Its version.
    pub version: String,
    /// The architecture: `x86-64`, `arm64`.
    pub architecture: String,
    /// What the machine is virtualized by: `kvm`, `qemu`, `vmware`; empty for real ones.
    pub virtualization: String,
}

impl Services {
    /// What systemd says about itself and the machine.
    pub fn system(&mut self) -> Result<System, Error> {
        let mut text = |name: &str| self.text(MANAGER, name);
        Ok(System {
            version: text("Version")?,
            architecture: text("Architecture")?,
            virtualization: text("Virtualization")?,
        })
    }

    /// Has systemd read its unit files anew.
    pub fn reload_systemd(&mut self) -> Result<(), Error> {
        self.call(MANAGER, "Reload", &[]).map(|_| ())
    }

    /// Restarts a unit, or starts it, and waits until it has.
    pub fn restart(&mut self, unit: &str) -> Result<(), Error> {
        self.forget_starts(unit);
        self.job("RestartUnit", unit)
    }

    /// Restarts a unit if it runs, and waits until it has.
    pub fn try_restart(&mut self, unit: &str) -> Result<(), Error> {
        self.forget_starts(unit);
        self.job("TryRestartUnit", unit)
    }

    /// Five changes in ten seconds are no unit that crashes again and again, which systemd would not start a sixth time
    /// (StartLimitBurst= of systemd.unit(5)). A unit that is not loaded has nothing to forget.
    fn forget_starts(&mut self, unit: &str) {
        let _ = self.call(MANAGER, "ResetFailedUnit", &[Value::text(unit)]);
    }

    /// Stops a unit, and waits until it has.
    pub fn stop(&mut self, unit: &str) -> Result<(), Error> {
        self.job("StopUnit", unit)
    }

    /// Has a unit read its configuration anew, by restarting it if need be, and waits until it has.
    pub fn reload(&mut self, unit: &str) -> Result<(), Error> {
        self.job("ReloadOrRestartUnit", unit)
    }

    /// Queues a job and waits for its end. The signal is asked for first, so that it is not missed.
    fn job(&mut self, method: &str, unit: &str) -> Result<(), Error> {
        self.bus
            .subscribe(MANAGER.service, MANAGER.interface, "JobRemoved")
            .map_err(failed)?;
        // Only then systemd sends signals at all.
        let _ = self.call(MANAGER, "Subscribe", &[]);
        let found = self.call(MANAGER, method, &[Value::text(unit), Value::text("replace")])?;
        let job = found
            .first()
            .and_then(Value::as_text)
            .unwrap_or_default()
            .to_owned();
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let signal = self.bus.next_signal(left).map_err(failed)?;
            let Some(signal) = signal else {
                return Err(Error::TimeOut(format!("{method} {unit} did not end in time")));
            };
            match result(&signal.body, &job) {
                None => {}
                Some("done" | "skipped") => return Ok(()),
                Some(other) => {
                    let text = format!("{method} {unit} ended with {other:?}; see systemctl status {unit}");
                    return Err(Error::Service(text));
                }
            }
        }
    }
}

/// The result of a job, if the signal is about it: number, path, unit, result.
fn result<'a>(body: &'a [Value], job: &str) -> Option<&'a str> {
    match body {
        [_, path, _, result] if path.as_text() == Some(job) => result.as_text(),
        _ => None,
    }
}
