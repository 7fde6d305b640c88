//! The command line: flags and commands from one table each, exit statuses and numbers of the original.

mod change;
mod commands;
mod context;
mod date;
mod flags;
mod maintain;
mod output;
mod parse;
mod past;
mod progress;
mod query;
mod record;
mod summary;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::process::ExitCode;

use commands::{COMMANDS, Command};
use context::Context;
use flags::{Effect, FLAGS, Flag, Options};
use output::Output;

use crate::error::Error;

/// The version of the original whose behaviour this is.
const COMPATIBLE: &str = "3.6.0";

/// Runs the command line; the first argument is the program's name. A name that ends in `tdnfj` means
/// `-j -y`, as in the original.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut arguments = arguments
        .into_iter()
        .map(|argument| argument.to_string_lossy().into_owned());
    let program = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let command = std::iter::once("tdnf")
        .chain(rest.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join(" ");
    let (mut options, words) = match parse::parse(rest) {
        Ok(parsed) => parsed,
        Err(error) => {
            return finish(
                Output {
                    json: false,
                    quiet: false,
                    verbose: false,
                },
                Err(error),
            );
        }
    };
    if program.ends_with("tdnfj") {
        (options.json, options.assume_yes) = (true, true);
    }
    let output = Output {
        json: options.json,
        quiet: options.quiet,
        verbose: options.verbose,
    };
    finish(output, dispatch(options, words, command))
}

fn finish(output: Output, outcome: Result<(), Error>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Error::UpdatesAvailable) => ExitCode::from(100),
        Err(error) => {
            output.error(&error);
            ExitCode::from(error.exit_status())
        }
    }
}

fn dispatch(options: Options, words: Vec<String>, command: String) -> Result<(), Error> {
    let output = Output {
        json: options.json,
        quiet: false,
        verbose: false,
    };
    if options.version {
        show_version(output);
        return Ok(());
    }
    let Some((name, rest)) = words.split_first() else {
        output.result(&help());
        return if options.help {
            Ok(())
        } else {
            Err(Error::Usage {
                code: 904,
                text: "Need to pass a command".to_owned(),
            })
        };
    };
    if options.help || name == "help" {
        output.result(&help_on(rest.first().unwrap_or(name)));
        return Ok(());
    }
    let found = commands::find(name).ok_or_else(|| no_such_command(name))?;
    check_words(found, name, rest)?;
    check_flags(&options)?;
    (found.run)(&Context::new(options, command)?, rest)
}

fn check_words(command: &Command, name: &str, words: &[String]) -> Result<(), Error> {
    if words.len() >= command.least {
        return Ok(());
    }
    let code = if command.names.contains(&"provides") {
        907
    } else {
        904
    };
    let text = format!("Not enough arguments: tdnf {name} {}", command.arguments);
    Err(Error::Usage { code, text })
}

fn check_flags(options: &Options) -> Result<(), Error> {
    let alone = |code, flag: &str| {
        Err(Error::Usage {
            code,
            text: format!("--{flag} needs --downloadonly"),
        })
    };
    match options.download_only {
        true => Ok(()),
        false if options.download_dir.is_some() => alone(913, "downloaddir"),
        false if options.all_dependencies => alone(915, "alldeps"),
        false => Ok(()),
    }
}

fn no_such_command(name: &str) -> Error {
    let names = COMMANDS.iter().flat_map(|command| command.names).copied();
    let near = depsolve::nearest(name, names, 3);
    let hint = if near.is_empty() {
        String::new()
    } else {
        format!(" (did you mean {}?)", near.join(", "))
    };
    Error::Usage {
        code: 912,
        text: format!("There is no such command: {name}{hint}. Please use /usr/bin/tdnf --help"),
    }
}

/// Long flags near a misspelt one.
pub(crate) fn near_flags(name: &str) -> Vec<String> {
    let names = FLAGS
        .iter()
        .filter(|flag| !flag.help.is_empty())
        .map(|flag| flag.long);
    depsolve::nearest(name, names, 3)
        .into_iter()
        .map(|name| format!("--{name}"))
        .collect()
}

fn show_version(output: Output) {
    output.document(&serde_json::json!({ "Name": "tdnf", "Version": COMPATIBLE }));
    output.result(&format!(
        "tdnf: {COMPATIBLE}\nLumen tdnf {}\n",
        env!("CARGO_PKG_VERSION")
    ));
}

/// The whole help, from the two tables.
fn help() -> String {
    let mut text = "Usage: tdnf [options] COMMAND [ARGUMENT...]\n\nCommands:\n".to_owned();
    for command in COMMANDS {
        let _ = writeln!(text, "  {:<14} {}", command.names[0], command.help);
    }
    text.push_str("\nOptions:\n");
    FLAGS
        .iter()
        .filter(|flag| !flag.help.is_empty())
        .for_each(|flag| describe(&mut text, flag));
    text
}

fn describe(text: &mut String, flag: &Flag) {
    let short = flag
        .short
        .map_or_else(|| "    ".to_owned(), |letter| format!("-{letter}, "));
    let value = match flag.effect {
        Effect::Switch(_) => String::new(),
        Effect::Value(name, _) => format!(" {name}"),
    };
    let _ = writeln!(
        text,
        "  {short}{:<24} {}",
        format!("--{}{value}", flag.long),
        flag.help
    );
}

fn help_on(name: &str) -> String {
    match commands::find(name) {
        Some(command) => format!(
            "Usage: tdnf [options] {} {}\n\n{}\n\nOther names: {}\n",
            command.names[0],
            command.arguments,
            command.help,
            if command.names.len() > 1 {
                command.names[1..].join(", ")
            } else {
                "none".to_owned()
            }
        ),
        None => help(),
    }
}
