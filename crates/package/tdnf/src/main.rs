//! The tdnf command.

use std::process::ExitCode;

fn main() -> ExitCode {
    tdnf::cli::run(std::env::args_os())
}
