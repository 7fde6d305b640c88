//! `directory`: the words of `pmd-cli directory` as a program of its own, for hosts without pmd.

use std::process::ExitCode;

use clap::Parser;

/// Users of Active Directory and LDAP on this host
#[derive(Debug, Parser)]
#[command(name = "directory", version)]
struct Options {
    #[command(subcommand)]
    command: directory::cli::Command,
}

fn main() -> ExitCode {
    match directory::cli::run(Options::parse().command, &mut std::io::stdout()) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("directory: {error:#}");
            ExitCode::FAILURE
        }
    }
}
