//! From the table to a parser, and from arguments to what is asked for.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::table::{OBJECTS, Object, Opt, Verb};

/// What the user wants to be done to one object.
#[derive(Debug)]
pub(super) struct Request {
    /// The object.
    pub(super) object: &'static Object,
    /// What to do with it, for objects that have verbs.
    pub(super) verb: Option<Verb>,
    options: ArgMatches,
}

impl Request {
    /// The value of an option that was given.
    pub(super) fn get(&self, option: &str) -> Option<&str> {
        self.options.get_one::<String>(option).map(String::as_str)
    }

    /// The values of an option that holds a list with commas.
    pub(super) fn list(&self, option: &str) -> Vec<&str> {
        let value = self.get(option).unwrap_or_default();
        value.split([',', ' ']).filter(|word| !word.is_empty()).collect()
    }

    /// Whether an option without a value was given.
    pub(super) fn has(&self, option: &str) -> bool {
        self.options
            .try_get_one::<bool>(option)
            .ok()
            .flatten()
            .copied()
            .unwrap_or(false)
    }
}

/// What the arguments ask for.
#[derive(Debug)]
pub(super) enum Wish {
    /// To do something to an object; with `plan` to show what it would write.
    Do {
        /// What.
        request: Request,
        /// Only show.
        plan: bool,
    },
    /// To take the last change back, or show what that would write.
    Undo {
        /// Only show.
        plan: bool,
    },
    /// To keep the change that waits for its confirmation.
    Confirm,
    /// To take it back now.
    Rollback,
    /// To print the completions of a shell.
    Completions(clap_complete::Shell),
    /// To print the manual page.
    Manual,
}

/// The whole command line.
#[derive(Debug)]
pub(super) struct Line {
    /// Below which directory the configuration is.
    pub(super) root: PathBuf,
    /// After how many seconds a change is taken back unless it is confirmed.
    pub(super) confirm: Option<u32>,
    /// What is asked for.
    pub(super) wish: Wish,
}

/// Arguments that make no sense: what to print, and whether it is help that was asked for.
#[derive(Debug)]
pub(super) struct Misuse {
    /// What to print.
    pub(super) text: String,
    /// Whether it was asked for.
    pub(super) is_help: bool,
}

/// Understands the arguments, without the program's name.
pub(super) fn parse(arguments: &[String]) -> Result<Line, Misuse> {
    let words = std::iter::once("netmgr".to_owned()).chain(arguments.iter().cloned());
    let matches = command().try_get_matches_from(words).map_err(|error| Misuse {
        text: error.render().to_string(),
        is_help: !error.use_stderr(),
    })?;
    let root = matches.get_one::<String>("root").map_or("/", String::as_str);
    Ok(Line {
        root: PathBuf::from(root),
        confirm: matches.get_one::<u32>("confirm").copied(),
        wish: wish(&matches, false)?,
    })
}

fn wish(matches: &ArgMatches, plan: bool) -> Result<Wish, Misuse> {
    match matches.subcommand() {
        Some(("plan", inner)) => wish(inner, true),
        Some(("undo", _)) => Ok(Wish::Undo { plan }),
        Some(("confirm", _)) => Ok(Wish::Confirm),
        Some(("rollback", _)) => Ok(Wish::Rollback),
        Some(("completions", inner)) => {
            let shell = inner.get_one::<clap_complete::Shell>("shell").copied();
            Ok(Wish::Completions(shell.unwrap_or(clap_complete::Shell::Bash)))
        }
        Some(("manual", _)) => Ok(Wish::Manual),
        Some((name, options)) => {
            let request = request(name, options.clone())?;
            Ok(Wish::Do { request, plan })
        }
        None => Err(misuse("no object was named")),
    }
}

fn request(name: &str, options: ArgMatches) -> Result<Request, Misuse> {
    let object = super::table::object(name).ok_or_else(|| misuse("no such object"))?;
    let given = object
        .verbs
        .iter()
        .filter(|(verb, _)| options.get_flag(verb.name()));
    let given: Vec<Verb> = given.map(|(verb, _)| *verb).collect();
    let request = Request {
        object,
        verb: given.first().copied(),
        options,
    };
    match (object.verbs.is_empty(), given.len()) {
        (true, _) | (false, 1) => Ok(request),
        _ => {
            let verbs: Vec<String> = object
                .verbs
                .iter()
                .map(|(verb, _)| format!("--{}", verb.name()))
                .collect();
            Err(misuse(&format!("{name} needs one of {}", verbs.join(", "))))
        }
    }
}

/// Arguments that the table allows but that miss something.
pub(super) fn misuse(text: &str) -> Misuse {
    Misuse {
        text: format!("Error: {text}\nnetmgr --help and netmgr OBJECT --help tell more.\n"),
        is_help: false,
    }
}

/// The parser made from the table.
pub fn command() -> Command {
    let root = Arg::new("root").long("root").value_name("DIRECTORY").global(true);
    Command::new("netmgr")
        .about("Configure the network of this host")
        .disable_version_flag(true)
        .subcommand_required(true)
        .arg_required_else_help(false)
        .arg(root.help("Change the configuration below this directory, and nothing that runs"))
        .arg(
            Arg::new("confirm")
                .long("confirm")
                .value_name("SECONDS")
                .global(true)
                .value_parser(clap::value_parser!(u32).range(1..=86400))
                .help("Take the change back unless it is confirmed by then"),
        )
        .subcommands(OBJECTS.iter().map(subcommand))
        .subcommand(
            Command::new("plan")
                .about("Show what a command would write, and write nothing")
                .subcommand_required(true)
                .subcommands(OBJECTS.iter().map(subcommand))
                .subcommand(undo()),
        )
        .subcommand(undo())
        .subcommand(Command::new("confirm").about("Keep the change that waits for its confirmation"))
        .subcommand(
            Command::new("rollback").about("Take the change that waits for its confirmation back now"),
        )
        .subcommand(
            Command::new("completions")
                .about("Print the completions of a shell")
                .arg(
                    Arg::new("shell")
                        .required(true)
                        .value_parser(clap::value_parser!(clap_complete::Shell)),
                ),
        )
        .subcommand(Command::new("manual").about("Print the manual page"))
        .disable_help_subcommand(true)
}

fn undo() -> Command {
    Command::new("undo").about("Take the last change back; once more, and it is there again")
}

fn subcommand(object: &'static Object) -> Command {
    let verbs = object.verbs.iter().map(|(verb, letter)| {
        let arg = Arg::new(verb.name())
            .long(verb.name())
            .action(ArgAction::SetTrue)
            .help(verb.about());
        letter.map_or(arg.clone(), |letter| arg.short(letter))
    });
    Command::new(object.name)
        .about(object.about)
        .infer_long_args(true)
        .args(verbs)
        .args(object.options.iter().map(argument))
}

fn argument(option: &'static Opt) -> Arg {
    let arg = Arg::new(option.long).long(option.long).help(option.about);
    let arg = option.short.map_or(arg.clone(), |letter| arg.short(letter));
    match option.value {
        None => arg.action(ArgAction::SetTrue),
        Some(name) if option.choices.is_empty() => arg.value_name(name).allow_hyphen_values(true),
        Some(_) => arg.value_parser(clap::builder::PossibleValuesParser::new(option.choices)),
    }
}
