//! systemd-hostnamed: org.freedesktop.hostname1(5).

use dbus_client::Value;

use super::{Object, Services};
use crate::error::Error;

const HOST: Object<'static> = Object {
    service: "org.freedesktop.hostname1",
    path: "/org/freedesktop/hostname1",
    interface: "org.freedesktop.hostname1",
};

impl Services {
    /// Has hostnamed read /etc/hostname, which has this name, and tell those who want to know, networkd among them.
    pub fn announce_hostname(&mut self, name: &str) -> Result<(), Error> {
        let arguments = [Value::text(name), Value::Bool(false)];
        self.call_or_start(HOST, "SetHostname", &arguments, true)
            .map(|_| ())
    }

    /// The name that counts now.
    pub fn hostname(&mut self) -> Result<String, Error> {
        let arguments = [Value::text(HOST.interface), Value::text("Hostname")];
        let object = Object {
            interface: "org.freedesktop.DBus.Properties",
            ..HOST
        };
        let found = self.call_or_start(object, "Get", &arguments, true)?;
        Ok(found
            .first()
            .and_then(Value::as_text)
            .unwrap_or_default()
            .to_owned())
    }
}
