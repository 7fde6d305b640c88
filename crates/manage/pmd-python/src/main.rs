//! Prints `python/pmd/_operations.py`.

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    match std::io::stdout().write_all(pmd_python::operations_module().as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
