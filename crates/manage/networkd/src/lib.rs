//! Read and edit the configuration of systemd-networkd, resolved and timesyncd without losing a byte of it.
//!
//! [`Document`] keeps comments, order, repeated keys and sections, continuation lines and whatever it does not
//! understand; a change touches only the lines it is about. [`FileKind`] has the table of settings and checks
//! values before they are written. [`Layout`] finds the files and their drop-ins, [`write`] replaces them durably.

mod document;
mod edit;
mod find;
mod keys;
mod line;
mod store;
mod value;

pub use document::{Assignment, Block, Document, Fault, Problem};
pub use edit::EditError;
pub use find::{Found, Layout, Match};
pub use keys::{FileKind, InvalidSetting, Key, Remark, Repeat, Section};
pub use store::{StoreError, holds_secret, is_key_file, load, write};
pub use value::{Family, Kind, ValueError};
