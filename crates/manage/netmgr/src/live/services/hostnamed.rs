//! systemd-hostnamed: org.freedesktop.hostname1(5).

use dbus_client::Value;

use super::{Object, Services};
use crate::error::Error;

const HOST: Object<'static> = Object {
    service: "org.freedesktop.hostname1",
    path: "/org/freedesktop/hostname1",
    interface: "org.freedesktop.hostname1",
};

/// What hostnamed knows about the host; empty is what it does not know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Host {
    /// The name that counts now.
    pub name: String,
    /// Name and release of the kernel.
    pub kernel: String,
    /// What os-release(5) calls the system.
    pub operating_system: String,
    /// Vendor and model of the machine.
    pub hardware: String,
}

impl Services {
    /// Has hostnamed read /etc/hostname, which has this name, and tell those who want to know, networkd among them.
    pub fn announce_hostname(&mut self, name: &str) -> Result<(), Error> {
        let arguments = [Value::text(name), Value::Bool(false)];
        self.call_or_start(HOST, "SetHostname", &arguments, true)
            .map(|_| ())
    }

    /// The name that counts now.
    pub fn hostname(&mut self) -> Result<String, Error> {
        self.host().map(|host| host.name)
    }

    /// What the host is.
    pub fn host(&mut self) -> Result<Host, Error> {
        let object = Object {
            interface: "org.freedesktop.DBus.Properties",
            ..HOST
        };
        let found = self.call_or_start(object, "GetAll", &[Value::text(HOST.interface)], true)?;
        let all = found.first().map(Value::items).unwrap_or_default();
        let two = |one, other| {
            format!("{} {}", text(all, one), text(all, other))
                .trim()
                .to_owned()
        };
        Ok(Host {
            name: text(all, "Hostname").to_owned(),
            kernel: two("KernelName", "KernelRelease"),
            operating_system: text(all, "OperatingSystemPrettyName").to_owned(),
            hardware: two("HardwareVendor", "HardwareModel"),
        })
    }
}

/// The text of a property; empty if there is none.
fn text<'a>(all: &'a [Value], name: &str) -> &'a str {
    let own = all.iter().find_map(|entry| match entry {
        Value::Entry(pair) if pair.0.as_text() == Some(name) => pair.1.as_text(),
        _ => None,
    });
    own.unwrap_or_default()
}
