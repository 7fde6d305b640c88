//! What can go wrong.

use std::io;

/// What was tried, and why it failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no bus.
    #[error("there is no D-Bus at {address}: {source}")]
    Connect {
        /// Where it was looked for.
        address: String,
        /// Why it is not there.
        source: io::Error,
    },
    /// The address of the bus is of a kind that is not known.
    #[error("the address {0:?} of the D-Bus is not unix:path=FILE; correct DBUS_SYSTEM_BUS_ADDRESS")]
    Address(String),
    /// The bus does not want us.
    #[error("the D-Bus at {address} refused us: {answer}")]
    Refused {
        /// Which bus.
        address: String,
        /// What it said.
        answer: String,
    },
    /// The bus went away, or does not answer in time.
    #[error("cannot call {call} over D-Bus: {source}")]
    Io {
        /// Which method.
        call: String,
        /// Why not.
        source: io::Error,
    },
    /// The service answered with an error.
    #[error("{call} failed: {text} ({name})")]
    Remote {
        /// Which method.
        call: String,
        /// The name of the error.
        name: String,
        /// What the service says.
        text: String,
    },
    /// A message that breaks the protocol.
    #[error("a message on the D-Bus is malformed: {0}")]
    Malformed(&'static str),
}

impl Error {
    /// Whether the bus, or the service, is not there.
    pub fn is_absence(&self) -> bool {
        match self {
            Error::Connect { .. } => true,
            Error::Remote { name, .. } => ABSENT.contains(&name.as_str()),
            _ => false,
        }
    }

    /// Whether the caller may not do this.
    pub fn is_denial(&self) -> bool {
        match self {
            Error::Refused { .. } => true,
            Error::Remote { name, .. } => DENIED.contains(&name.as_str()),
            _ => false,
        }
    }
}

const ABSENT: [&str; 4] = [
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.DBus.Error.NameHasNoOwner",
    "org.freedesktop.DBus.Error.Spawn.ServiceNotFound",
    "org.freedesktop.systemd1.NoSuchUnit",
];

const DENIED: [&str; 3] = [
    "org.freedesktop.DBus.Error.AccessDenied",
    "org.freedesktop.DBus.Error.AuthFailed",
    "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
];
