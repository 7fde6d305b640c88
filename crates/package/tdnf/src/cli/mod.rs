//! The command line: flags and commands from one table each, exit statuses and numbers of the original.

mod advice;
mod bars;
mod change;
mod commands;
mod consistency;
mod context;
mod date;
mod download;
mod flags;
mod generate;
pub mod host;
mod interrupt;
mod lock;
mod maintain;
mod output;
mod parse;
mod past;
mod pick;
mod progress;
mod query;
mod record;
mod repoquery;
mod reposync;
mod restarting;
mod scope;
mod severity;
mod source;
mod summary;
mod updateinfo;
mod why;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::process::ExitCode;

use commands::{COMMANDS, Command};
use context::Context;
use flags::{FLAGS, Flag, Options};
use output::Output;

pub(crate) use date::date_time;

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
    // Before the flags are understood, only this one is looked for: errors about flags are JSON, too.
    let faced = program.ends_with("tdnfj");
    let json = faced
        || rest
            .iter()
            .any(|word| matches!(word.as_str(), "-j" | "-json" | "--json"));
    match parse::parse(rest) {
        Ok((mut options, words)) => {
            (options.json, options.assume_yes) = (options.json || faced, options.assume_yes || faced);
            let output = Output::new(options.json, options.quiet, options.verbose);
            finish(&output, dispatch(options, words, command, &output))
        }
        Err(error) => finish(&Output::new(json, false, false), Err(error)),
    }
}

fn finish(output: &Output, outcome: Result<(), Error>) -> ExitCode {
    let status = match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(answer @ (Error::UpdatesAvailable | Error::RebootNeeded)) => ExitCode::from(answer.exit_status()),
        Err(error) => {
            output.error(&error);
            ExitCode::from(error.exit_status())
        }
    };
    output.finish();
    status
}

fn dispatch(options: Options, words: Vec<String>, command: String, output: &Output) -> Result<(), Error> {
    if options.version {
        show_version(output);
        return Ok(());
    }
    check_flags(&options, &words)?;
    let Some((name, rest)) = words.split_first() else {
        return no_command(&options, output);
    };
    if options.help || name == "help" {
        output.result(&help_on(rest.first().unwrap_or(name)));
        return Ok(());
    }
    let found = commands::find(name).ok_or_else(|| no_such_command(name))?;
    check_words(found, name, rest)?;
    show_options(&options, output);
    (found.run)(&Context::new(options, output.clone(), command)?, rest)
}

/// As in the original, `--verbose` tells which options of single commands were understood.
fn show_options(options: &Options, output: &Output) {
    if !options.verbose || (options.asked.is_empty() && options.given.is_empty()) {
        return;
    }
    let asked = options.asked.iter().map(|name| format!("\t{name} = 1\n"));
    let given = options
        .given
        .iter()
        .map(|(name, value)| format!("\t{name} = {value}\n"));
    let list: String = asked.chain(given).collect();
    output.info(&format!("Setting options:\n{}", list.trim_end()));
}

/// The original shows its help and is content; a program that reads JSON is told.
fn no_command(options: &Options, output: &Output) -> Result<(), Error> {
    if output.json && !options.help {
        let text = "Need to pass a command".to_owned();
        return Err(Error::Usage { code: 904, text });
    }
    if !options.help {
        output.result("You need to give some command\n");
    }
    output.result(&help());
    Ok(())
}

fn check_words(command: &Command, name: &str, words: &[String]) -> Result<(), Error> {
    if words.len() >= command.least {
        return Ok(());
    }
    // The original's numbers differ by command.
    let code = match command.names[0] {
        "provides" => 907,
        "check-local" => 906,
        "install" | "reinstall" | "remove" => 1001,
        "mark" => 1622,
        _ => 904,
    };
    let text = format!("Not enough arguments: tdnf {name} {}", command.arguments);
    Err(Error::Usage { code, text })
}

fn check_flags(options: &Options, words: &[String]) -> Result<(), Error> {
    if words.iter().any(String::is_empty) {
        let text = "An argument is an empty string".to_owned();
        return Err(Error::Usage { code: 1622, text });
    }
    let alone = [
        (913, options.download_dir.is_some(), "downloaddir"),
        (915, options.all_dependencies, "alldeps"),
        (916, options.no_dependencies, "nodeps"),
    ];
    // A command of its own says as much as the flag.
    let downloads = options.download_only || words.first().is_some_and(|word| word == "download");
    let missing = alone.iter().find(|(_, given, _)| *given && !downloads);
    missing.map_or(Ok(()), |(code, _, flag)| {
        let text = format!("--{flag} needs --downloadonly");
        Err(Error::Usage { code: *code, text })
    })
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
        text: format!("There is no such command: {name}. Please use /usr/bin/tdnf --help{hint}"),
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

fn show_version(output: &Output) {
    output.document(&serde_json::json!({ "Name": "tdnf", "Version": COMPATIBLE }));
    output.result(&format!(
        "tdnf: {COMPATIBLE}\nLumen tdnf {}\n",
        env!("CARGO_PKG_VERSION")
    ));
}

/// The whole help, from the two tables.
fn help() -> String {
    let mut text = "Usage: tdnf [options] COMMAND [ARGUMENT...]\n\nCommands:\n".to_owned();
    for command in COMMANDS.iter().filter(|command| !command.help.is_empty()) {
        let _ = writeln!(text, "  {:<14} {}", command.names[0], command.help);
    }
    text.push_str("\nOptions:\n");
    describe_all(&mut text, |flag| flag.of.is_empty());
    text.push_str("\nMore options of single commands: tdnf help COMMAND\n");
    text
}

fn describe_all(text: &mut String, wanted: impl Fn(&Flag) -> bool) {
    let shown = FLAGS.iter().filter(|flag| !flag.help.is_empty() && wanted(flag));
    shown.for_each(|flag| describe(text, flag));
}

fn describe(text: &mut String, flag: &Flag) {
    let short = flag
        .short
        .map_or_else(|| "    ".to_owned(), |letter| format!("-{letter}, "));
    let value = flag
        .effect
        .value()
        .map_or_else(String::new, |name| format!(" {name}"));
    let _ = writeln!(
        text,
        "  {short}{:<24} {}",
        format!("--{}{value}", flag.long),
        flag.help
    );
}

/// One command with its own flags.
fn help_on(name: &str) -> String {
    let Some(command) = commands::find(name) else {
        return help();
    };
    let (name, others) = (command.names[0], command.names[1..].join(", "));
    let mut text = format!(
        "Usage: tdnf [options] {name} {}\n\n{}\n",
        command.arguments, command.help
    );
    if !others.is_empty() {
        let _ = writeln!(text, "\nOther names: {others}");
    }
    if FLAGS.iter().any(|flag| flag.of.contains(&name)) {
        text.push_str("\nOptions:\n");
        describe_all(&mut text, |flag| flag.of.contains(&name));
    }
    text
}
