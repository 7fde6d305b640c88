//! Read and edit the configuration of systemd-networkd, resolved and timesyncd without losing a byte of it.
//!
//! [`Document`] keeps comments, order, repeated keys and sections, continuation lines and whatever it does not
//! understand; a change touches only the lines it is about.

mod document;
mod edit;
mod line;

pub use document::{Block, Document, Fault, Problem};
pub use edit::EditError;
