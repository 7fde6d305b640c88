//! Doing what was asked, and how it ends.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};

use super::request::Request;
use super::table::{self, Act, Command, Does};
use super::{edit, editor, help, netdev, text};
use crate::change::{self, Manner, Outcome};
use crate::command::Output;
use crate::confirm;
use crate::error::Error;
use crate::live;
use crate::live::services::Services;
use crate::session::Session;

/// The options before the command.
#[derive(Debug, Default)]
struct Options {
    json: bool,
    plain: bool,
    plan: bool,
    confirm: Option<u32>,
    root: PathBuf,
}

/// The command, with its arguments but without its name.
pub fn main(arguments: &[String]) -> Output {
    let mut output = Output::default();
    if let Err(error) = run(arguments, &mut output) {
        let _ = writeln!(output.err, "Error: {error}{}", error.advice());
        output.status = status(&error);
    }
    output
}

/// The negative error number modulo 256, as a C program that returns it from main() ends.
fn status(error: &Error) -> u8 {
    u8::try_from((-error.errno()).rem_euclid(256)).unwrap_or(1)
}

fn run(arguments: &[String], output: &mut Output) -> Result<(), Error> {
    let mut options = Options {
        root: PathBuf::from("/"),
        ..Options::default()
    };
    let words = match take_options(arguments, &mut options)? {
        Start::Help => {
            output.out = help::help();
            return Ok(());
        }
        Start::Version => {
            output.out = "nmctl 0.7.5\n".to_owned();
            return Ok(());
        }
        Start::Aliases => {
            output.out = aliases(&options);
            return Ok(());
        }
        Start::Words(words) => words,
    };
    let (name, rest) = words
        .split_first()
        .map_or(("status", &[][..]), |(name, rest)| (name.as_str(), rest));
    if !extra(name, rest, &mut options, output)? {
        let command = table::find(name).ok_or_else(|| unknown(name))?;
        perform(command, rest, &options, output)?;
    }
    Ok(())
}

enum Start<'a> {
    Help,
    Version,
    Aliases,
    Words(&'a [String]),
}

fn take_options<'a>(arguments: &'a [String], options: &mut Options) -> Result<Start<'a>, Error> {
    let mut left = arguments;
    while let Some((word, rest)) = left.split_first() {
        left = rest;
        match word.as_str() {
            "-h" | "--help" => return Ok(Start::Help),
            "-v" | "--version" => return Ok(Start::Version),
            "-a" | "--alias" => return Ok(Start::Aliases),
            "-j" | "--json" | "-n" | "--network" => options.json = true,
            "-b" | "--no-beautify" => options.plain = true,
            "-l" | "--log" => left = after_number(left),
            "--root" => {
                let (root, rest) = left
                    .split_first()
                    .ok_or_else(|| misuse("--root needs a directory"))?;
                options.root = PathBuf::from(root);
                left = rest;
            }
            "--confirm" => {
                let (seconds, rest) = left
                    .split_first()
                    .ok_or_else(|| misuse("--confirm needs a number of seconds"))?;
                options.confirm = Some(wait(seconds)?);
                left = rest;
            }
            "--" => return Ok(Start::Words(left)),
            other if other.starts_with('-') => {
                return Err(misuse(&format!(
                    "there is no option {other}; nmctl --help lists them"
                )));
            }
            _ => return Ok(Start::Words(&arguments[arguments.len() - rest.len() - 1..])),
        }
    }
    Ok(Start::Words(&[]))
}

/// How long a change waits for its confirmation: not so short that nobody could, nor for ever.
pub(crate) fn wait(seconds: &str) -> Result<u32, Error> {
    match seconds.parse() {
        Ok(number @ 1..=86400) => Ok(number),
        _ => Err(misuse(&format!(
            "--confirm: {seconds:?} is not a number of seconds from 1 to 86400"
        ))),
    }
}

/// The number of log lines, which may be left out.
fn after_number(words: &[String]) -> &[String] {
    match words.split_first() {
        Some((number, rest)) if number.parse::<u32>().is_ok() => rest,
        _ => words,
    }
}

/// What the original does not have; whether it was that.
fn extra(name: &str, words: &[String], options: &mut Options, output: &mut Output) -> Result<bool, Error> {
    match (name, words) {
        ("plan", [inner, rest @ ..]) if !options.plan => {
            options.plan = true;
            if !extra(inner, rest, options, output)? {
                let command = table::find(inner).ok_or_else(|| unknown(inner))?;
                perform(command, rest, options, output)?;
            }
        }
        ("undo", []) => report(change::take_back(&options.root, options.plan)?, options, output),
        ("confirm", []) => confirm::confirm(&options.root)?,
        ("rollback", []) => report(change::roll_back(&options.root)?, options, output),
        // What a guardian is started with.
        ("rollback", [token, seconds]) => {
            let seconds = seconds
                .parse()
                .map_err(|_| misuse("rollback TOKEN SECONDS is for guardians"))?;
            change::guard(&options.root, token, seconds, ready)?;
        }
        ("help", [name]) => output.out = help::command(table::find(name).ok_or_else(|| unknown(name))?),
        ("help", []) => output.out = help::help(),
        ("manual", []) => output.out = help::manual(),
        ("completions", [shell]) => {
            output.out =
                help::completions(shell).ok_or_else(|| misuse("completions are for bash, zsh or fish"))?;
        }
        ("plan" | "undo" | "confirm" | "rollback" | "help" | "manual" | "completions", _) => {
            return Err(misuse(&format!("{name} does not go with these words")));
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Tells whoever started us that we stand on our own.
fn ready() {
    let mut out = std::io::stdout();
    let _ = out.write_all(b"ready\n");
    let _ = out.flush();
}

fn unknown(name: &str) -> Error {
    misuse(&format!("there is no command {name:?}; nmctl --help lists them"))
}

fn misuse(text: &str) -> Error {
    Error::Parameter(text.to_owned())
}

fn aliases(options: &Options) -> String {
    let known: Vec<_> = table::commands()
        .filter(|command| !command.alias.is_empty())
        .map(|command| json!({"command": command.name, "alias": command.alias}))
        .collect();
    rendered(&Value::Array(known), options)
}

fn rendered(value: &Value, options: &Options) -> String {
    match options.json {
        true => format!("{value:#}\n"),
        false => text::render(value, options.plain),
    }
}

fn perform(
    command: &'static Command,
    words: &[String],
    options: &Options,
    output: &mut Output,
) -> Result<(), Error> {
    if words.iter().any(|word| word == "--help" || word == "-h") {
        output.out = help::command(command);
        return Ok(());
    }
    let request = Request::parse(command, words)?;
    let root = options.root.as_path();
    match &command.does {
        Does::Show(show) => {
            let value = show(&mut Session::reading(root), &request)?;
            output.out = rendered(&value, options);
            Ok(())
        }
        Does::Act(act) => perform_act(&act(&request)?, options, output),
        Does::Edit(kind) => {
            let edited = editor::edit(root, &request, *kind)?;
            make(options, output, |session| editor::put(session, &edited))
        }
        Does::Set => make(options, output, |session| edit::set(session, &request)),
        Does::Add => make(options, output, |session| edit::add(session, &request)),
        Does::Create(kind) => make(options, output, |session| netdev::create(session, &request, kind)),
        Does::Change(change) => make(options, output, |session| change(session, &request)),
    }
}

fn make(
    options: &Options,
    output: &mut Output,
    edit: impl FnOnce(&mut Session) -> Result<(), Error>,
) -> Result<(), Error> {
    let manner = Manner {
        plan: options.plan,
        tell: true,
        order: "10",
        confirm: options.confirm,
    };
    report(change::carry_out(&options.root, &manner, edit)?, options, output);
    Ok(())
}

fn report(outcome: Outcome, options: &Options, output: &mut Output) {
    if options.plan && options.json {
        let files: Vec<_> = outcome
            .changes
            .iter()
            .map(|change| json!({"file": change.path, "difference": crate::unified(change)}))
            .collect();
        output.out = format!("{:#}\n", json!({ "files": files, "live": outcome.live }));
    } else if options.plan {
        output.out = outcome.difference();
    }
    for note in outcome.notes {
        let _ = writeln!(output.err, "Note: {note}");
    }
}

fn perform_act(act: &Act, options: &Options, output: &mut Output) -> Result<(), Error> {
    if options.plan {
        output.out = format!("{}\n", described(act));
        return Ok(());
    }
    if options.root != Path::new("/") {
        let text = "this is about the running system; it cannot be done below --root";
        return Err(Error::NotSupported(text.to_owned()));
    }
    carry_out(act, output)?;
    let layout = networkd::Layout::new(&options.root);
    crate::journal::record_act(&layout, &described(act));
    Ok(())
}

/// What is done, in words.
fn described(act: &Act) -> String {
    match act {
        Act::Run(words) => words.join(" "),
        Act::Link(name, up) => format!("bring {name} {}", if *up { "up" } else { "down" }),
        Act::Reload => "have networkd read its files again".to_owned(),
        Act::Reconfigure(name) => format!("have networkd configure {name} anew"),
    }
}

fn carry_out(act: &Act, output: &mut Output) -> Result<(), Error> {
    match act {
        Act::Link(name, up) => live::set_up(name, *up),
        Act::Reload => Services::connect()?.reload_networkd(),
        Act::Reconfigure(name) => {
            let index = live::link(name)?.index;
            Services::connect()?.reconfigure(index)
        }
        Act::Run(words) => {
            output.out = run_program(words)?;
            Ok(())
        }
    }
}

/// What a program prints, if it goes well.
pub(super) fn run_program(words: &[String]) -> Result<String, Error> {
    let failed = |source| Error::Kernel {
        what: format!("run {}", words.join(" ")),
        source,
    };
    let (program, arguments) = words
        .split_first()
        .ok_or_else(|| misuse("there is nothing to run"))?;
    let mut command = std::process::Command::new(program);
    let done = command
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .map_err(failed)?;
    match done.status.success() {
        true => Ok(String::from_utf8_lossy(&done.stdout).into_owned()),
        false => {
            let said = String::from_utf8_lossy(&done.stderr);
            Err(failed(std::io::Error::other(said.trim().to_owned())))
        }
    }
}
