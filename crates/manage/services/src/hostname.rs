//! The host's name: org.freedesktop.hostname1(5).

use std::collections::BTreeMap;
use std::fmt;

use dbus_client::Value;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::bus::{Bus, Object};
use crate::error::Error;

const HOST: Object<'static> = Object {
    service: "org.freedesktop.hostname1",
    path: "/org/freedesktop/hostname1",
    interface: "org.freedesktop.hostname1",
};

/// The name of a host: hostname(7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct HostName(String);

impl HostName {
    /// Checks a name: up to 64 characters (Linux' limit), parts of up to 63 letters, digits and dashes.
    pub fn new(text: &str) -> Result<Self, Error> {
        let part = |part: &str| {
            let plain = part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            (1..=63).contains(&part.len()) && plain && !part.starts_with('-') && !part.ends_with('-')
        };
        match text.len() <= 64 && text.split('.').all(part) {
            true => Ok(HostName(text.to_owned())),
            false => Err(Error::Value {
                what: "host name",
                value: text.to_owned(),
                why: "up to 64 letters, digits, dashes and dots (hostname(7))",
            }),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for HostName {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        HostName::new(&text)
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Bus {
    /// Everything that hostnamed knows.
    pub fn host_properties(&mut self) -> Result<BTreeMap<String, Json>, Error> {
        self.properties(HOST)
    }

    /// Sets the name that is there after a boot, and with it the one of now.
    pub fn set_static_hostname(&mut self, name: &HostName) -> Result<(), Error> {
        self.set("SetStaticHostname", name.as_str())?;
        self.set("SetHostname", name.as_str())
    }

    /// Sets the name of now only.
    pub fn set_transient_hostname(&mut self, name: &HostName) -> Result<(), Error> {
        self.set("SetHostname", name.as_str())
    }

    /// Sets the name for people; hostnamed checks it.
    pub fn set_pretty_hostname(&mut self, name: &str) -> Result<(), Error> {
        self.set("SetPrettyHostname", name)
    }

    fn set(&mut self, method: &str, name: &str) -> Result<(), Error> {
        self.call(HOST, method, &[Value::text(name), Value::Bool(false)])
            .map(|_| ())
    }
}
