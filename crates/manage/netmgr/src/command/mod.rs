//! The `netmgr` command.

mod parse;
mod run;
pub mod table;

pub use parse::command;
pub use run::{Output, main};
