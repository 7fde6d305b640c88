//! `generate`: completions for shells and manual pages, from the tables of commands, flags and keys. It is not
//! in the help; the results are files of the package, and a test sees to it that they are in step.

mod bash;
mod fish;
mod manual;
mod zsh;

use super::commands::{COMMANDS, Command};
use super::context::Context;
use super::flags::{FLAGS, Flag};
use super::maintain::usage;
use crate::error::Error;

/// `generate bash|zsh|fish|tdnf.8|tdnf.conf.5|table`
pub(crate) fn generate(context: &Context, words: &[String]) -> Result<(), Error> {
    let text = match words.first().map(String::as_str) {
        Some("bash") => bash::script(),
        Some("zsh") => zsh::script(),
        Some("fish") => fish::script(),
        Some("tdnf.8") => manual::command(),
        Some("tdnf.conf.5") => manual::configuration(),
        Some("table") => return table(context),
        _ => {
            return Err(usage(
                902,
                "generate takes bash, zsh, fish, tdnf.8, tdnf.conf.5 or table",
            ));
        }
    };
    context.output.result(&text);
    Ok(())
}

/// The names of all flags and commands, for the test that none is left untested.
fn table(context: &Context) -> Result<(), Error> {
    let flags: Vec<&str> = FLAGS.iter().map(|flag| flag.long).collect();
    let commands: Vec<&str> = COMMANDS
        .iter()
        .flat_map(|command| command.names)
        .copied()
        .collect();
    let document = serde_json::json!({ "Flags": flags, "Commands": commands });
    context.output.result(&format!("{document}\n"));
    context.output.document(&document);
    Ok(())
}

/// Commands people are told about.
fn shown_commands() -> impl Iterator<Item = &'static Command> {
    COMMANDS.iter().filter(|command| !command.help.is_empty())
}

/// Flags people are told about.
fn shown_flags() -> impl Iterator<Item = &'static Flag> {
    FLAGS.iter().filter(|flag| !flag.help.is_empty())
}

/// What a value of a flag is, for completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Directory,
    Repository,
    Scope,
    Text,
}

fn kind(value: &str) -> Kind {
    match value {
        "FILE" => Kind::File,
        "DIR" => Kind::Directory,
        "REPO" => Kind::Repository,
        "SCOPE" => Kind::Scope,
        _ => Kind::Text,
    }
}

/// What `--scope` takes.
const SCOPES: &str = "all installed available extras obsoletes recent upgrades downgrades";

/// A text between single quotes, for shells.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Whether packages follow the words a command begins with.
fn packages_follow(command: &Command) -> bool {
    command.arguments.contains("PACKAGE")
}
