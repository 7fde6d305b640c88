//! The running host.
//!
//! [`Bus`] speaks with systemd and its services over D-Bus: units ([`Bus::units`], [`Bus::start`] and so on), the clock
//! ([`Bus::clock`]), the host's name, sessions. Nothing is said twice: a job is waited for by its signal, not by
//! looking again. [`Sysctl`] is the kernel's settings, [`Host`] what the kernel says about the host, with
//! [`Host::metrics`] as OpenMetrics text. Files are below a root directory that can be another.

mod bus;
mod error;
mod host;
mod hostname;
mod login;
mod metrics;
mod name;
mod sysctl;
mod time;
mod unit;

pub use bus::Bus;
pub use error::Error;
pub use host::{Host, Info, Memory, Mount};
pub use hostname::HostName;
pub use login::{Session, SessionDetail};
pub use name::{TimeZone, UnitName};
pub use sysctl::{Key, Sysctl, Value};
pub use time::Clock;
pub use unit::{Unit, UnitStatus, Verb};
