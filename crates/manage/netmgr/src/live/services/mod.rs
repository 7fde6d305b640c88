//! systemd's services, over D-Bus. Without a bus, or without the service, the answer is [`Error::Offline`].

mod hostnamed;
mod manager;
mod networkd;
mod resolved;
mod timesyncd;

pub use hostnamed::Host;
pub use manager::System;
pub use networkd::{LinkState, NetworkState};
pub use resolved::{Domain, Server};
pub use timesyncd::TimeServers;

use dbus_client::{Call, Connection, Value};

use crate::error::Error;

/// The services of the running system.
#[derive(Debug)]
pub struct Services {
    bus: Connection,
}

/// An object of a service, and the interface of it that is used.
#[derive(Debug, Clone, Copy)]
struct Object<'a> {
    service: &'a str,
    path: &'a str,
    interface: &'a str,
}

impl Services {
    /// Connects to the system bus.
    pub fn connect() -> Result<Self, Error> {
        let bus = Connection::system().map_err(failed)?;
        Ok(Services { bus })
    }

    /// Calls a method. A service that does not run is not started: an administrator who stopped it wants it so.
    fn call(&mut self, object: Object<'_>, method: &str, arguments: &[Value]) -> Result<Vec<Value>, Error> {
        self.call_or_start(object, method, arguments, false)
    }

    /// Calls a method of a service that ends when it is idle, and is started for a call.
    fn call_or_start(
        &mut self,
        object: Object<'_>,
        method: &str,
        arguments: &[Value],
        start: bool,
    ) -> Result<Vec<Value>, Error> {
        let call = Call {
            service: object.service,
            path: object.path,
            interface: object.interface,
            method,
            arguments,
            start,
        };
        self.bus.call(&call).map_err(failed)
    }

    fn property(&mut self, object: Object<'_>, name: &str) -> Result<Value, Error> {
        self.bus
            .property(object.service, object.path, object.interface, name)
            .map_err(failed)
    }

    /// A property that is a text.
    fn text(&mut self, object: Object<'_>, name: &str) -> Result<String, Error> {
        let value = self.property(object, name)?;
        Ok(value.as_text().unwrap_or_default().to_owned())
    }
}

fn failed(source: dbus_client::Error) -> Error {
    match source.is_absence() {
        true => Error::Offline(source),
        false => Error::Bus(source),
    }
}

/// The texts in an array.
fn texts(value: &Value) -> Vec<String> {
    value
        .items()
        .iter()
        .filter_map(|item| item.as_text().map(str::to_owned))
        .collect()
}
