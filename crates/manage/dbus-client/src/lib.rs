//! A client of D-Bus for programs that ask a few questions and end: it connects, calls, waits for the answer.
//!
//! The kept crates for D-Bus bring an executor and threads, and more code than the programs that would use them; the
//! protocol itself is small. The source is the [D-Bus Specification](https://dbus.freedesktop.org/doc/dbus-specification.html),
//! whose sections the modules name. File descriptors are not passed.

mod address;
mod connection;
mod error;
mod message;
mod signature;
mod value;
mod wire;

pub use connection::{Call, Connection};
pub use error::Error;
pub use message::{Kind, Message};
pub use value::Value;
