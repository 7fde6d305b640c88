//! Run an image in QEMU and talk to its serial console.
//!
//! [`Machine`] says what to start, [`Machine::command`] turns it into a QEMU command line, and
//! [`Console`] drives the running guest like a patient person at a terminal would. `lumen image run`,
//! the end-to-end tests and the benchmarks all start guests through here, so that what is tested is
//! what people run.

mod accelerator;
mod console;
mod error;
mod firmware;
mod hardware;
mod machine;

pub use accelerator::Accelerator;
pub use console::{Console, Output};
pub use error::Error;
pub use firmware::Firmware;
pub use hardware::{Card, Disk};
pub use machine::{Architecture, Credential, DirectKernel, Machine, Network, PortForward};
