//! Configure the network of a host: interfaces, addresses, routes, DNS, DHCP identifiers, NTP, host name.
//!
//! A [`Session`] reads the files of systemd-networkd, resolved and timesyncd below a root directory. The functions of
//! [`objects`] look at them or change them in memory; [`Session::changes`] tells what would be written, and
//! [`Session::commit`] writes it, all files or, if one cannot be written, a record that `undo` puts right. What is
//! written has been checked by the rules of networkd.

mod change;
pub mod command;
mod confirm;
mod diff;
mod error;
pub mod forms;
mod host;
mod journal;
pub mod live;
pub mod nmctl;
pub mod objects;
mod preview;
mod session;
pub mod tell;
mod undo;
mod unit;

pub use diff::unified;
pub use error::{Code, Error};
pub use host::Host;
pub use session::{Change, Session};
pub use undo::undo;
