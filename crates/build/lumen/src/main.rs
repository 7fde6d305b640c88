//! The command people type: from pinned packages to RPMs, repositories and images.

mod cli;
mod console;
mod date;
mod image_command;
mod import_command;
mod keys;
mod manual;
mod package_command;
mod password;
mod project;
mod repo_command;
mod repository;
mod serve;
mod settings;
mod spec_builds;
mod stopwatch;
mod tools_root;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};
use console::Console;
use project::Project;

/// Compression of the packages we make. At 12 the set is 4 % smaller than at 9 and costs twice the time.
pub(crate) const ZSTD_LEVEL: i32 = 9;

/// 0: done, 1: failed; clap itself ends the program with 2 when the command line is wrong.
fn main() -> ExitCode {
    let cli = Cli::parse();
    stopwatch::count_orphans();
    let console = Console::new(cli.quiet);
    let result = run(cli, &console);
    console.abandon();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lumen: {}", explain(&error));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli, console: &Console) -> anyhow::Result<()> {
    let project = || Project::find(cli.project.as_deref());
    match cli.command {
        Command::Import(options) => import_command::run(&options, &project()?, console),
        Command::Package(command) => package_command::run(&command, &project()?, console),
        Command::Repo(command) => repo_command::run(&command, &project()?, console),
        Command::Image(command) => image_command::run(&command, &project, console),
        Command::Completions { shell } => manual::completions(shell),
        Command::Manual { out } => manual::pages(out.as_deref()),
    }
}

/// The error and its causes, except those it states itself.
fn explain(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text += &format!(": {cause}");
        }
    }
    text
}
