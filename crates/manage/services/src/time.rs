//! The clock: org.freedesktop.timedate1(5).

use dbus_client::Value;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::bus::{Bus, Object};
use crate::error::Error;
use crate::name::TimeZone;

const CLOCK: Object<'static> = Object {
    service: "org.freedesktop.timedate1",
    path: "/org/freedesktop/timedate1",
    interface: "org.freedesktop.timedate1",
};

/// The clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Microseconds since 1970.
    pub microseconds: u64,
    /// The time zone.
    pub timezone: String,
    /// Whether it follows time servers.
    pub ntp: bool,
    /// Whether there is a service that could.
    pub can_ntp: bool,
    /// Whether it is right, as far as the kernel knows.
    pub synchronized: bool,
    /// Whether the hardware's clock has local time.
    pub local_rtc: bool,
}

/// timedated's arguments that say that it may not ask a person for a password.
const NOT_INTERACTIVE: Value = Value::Bool(false);

impl Bus {
    /// The clock as it is.
    pub fn clock(&mut self) -> Result<Clock, Error> {
        let found = self.properties(CLOCK)?;
        let truth = |key: &str| found.get(key).and_then(Json::as_bool).unwrap_or_default();
        Ok(Clock {
            microseconds: found.get("TimeUSec").and_then(Json::as_u64).unwrap_or_default(),
            timezone: found
                .get("Timezone")
                .and_then(Json::as_str)
                .unwrap_or_default()
                .to_owned(),
            ntp: truth("NTP"),
            can_ntp: truth("CanNTP"),
            synchronized: truth("NTPSynchronized"),
            local_rtc: truth("LocalRTC"),
        })
    }

    /// Sets the time zone.
    pub fn set_timezone(&mut self, zone: &TimeZone) -> Result<(), Error> {
        self.call(
            CLOCK,
            "SetTimezone",
            &[Value::text(zone.as_str()), NOT_INTERACTIVE],
        )
        .map(|_| ())
    }

    /// Has the clock follow time servers, or not.
    pub fn set_ntp(&mut self, wanted: bool) -> Result<(), Error> {
        self.call(CLOCK, "SetNTP", &[Value::Bool(wanted), NOT_INTERACTIVE])
            .map(|_| ())
    }

    /// Sets the clock, in microseconds since 1970. timedated refuses while it follows time servers.
    pub fn set_time(&mut self, microseconds: i64) -> Result<(), Error> {
        self.call(
            CLOCK,
            "SetTime",
            &[Value::I64(microseconds), Value::Bool(false), NOT_INTERACTIVE],
        )
        .map(|_| ())
    }
}
