//! tdnf, and the programs beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    tdnf::programs::run(std::env::args_os())
}
