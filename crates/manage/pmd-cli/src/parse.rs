//! From the tables to a parser, and from a command line to what is done.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command as Parser};
use netmgr::command::table::{OBJECTS, Object};
use pmd_api::{Domain, Operation, Shape, operations};

use crate::client::{Client, Proof, Target};
use crate::component::{self, COMPONENTS, Command, Component, Opt, Words};
use crate::failure::Failure;
use crate::given::Given;
use crate::{Api, secret};

/// Where the daemon listens on this host.
const SOCKET: &str = "/run/pmd/pmd.sock";
/// Where it listens on others.
const PORT: u16 = 2081;
/// Options of Photon's `pkg` that would decide from afar what is trusted.
const REFUSED: &[&str] = &[
    "enablerepo",
    "disablerepo",
    "nogpgcheck",
    "skipsignature",
    "skipdigest",
    "config",
    "installroot",
    "repofrompath",
    "setopt",
    "noplugins",
    "enableplugin",
    "disableplugin",
    "disableexcludes",
    "downloaddir",
    "releasever",
];

/// The parser made from the tables.
pub fn command() -> Parser {
    // Before the component only, as Photon has it: operations have options of the same names, such as the user who joins.
    let value = |name: &'static str, what: &'static str, about: &'static str| {
        Arg::new(name).long(name).value_name(what).help(about)
    };
    let mut parser = Parser::new("pmd-cli")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Manage a host: this one, or another over TLS")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .arg(value("servername", "HOST[:PORT]", "The host; without, this one"))
        .arg(value("user", "USER", "As whom; the password is asked for"))
        .arg(value("domain", "DOMAIN", "The domain of the user"))
        .arg(value(
            "spn",
            "SERVICE",
            "With the ticket of kinit, for this service: HTTP/web1.corp.example",
        ))
        .arg(value("password-file", "FILE", "The file with the password"))
        .arg(value(
            "token-file",
            "FILE",
            "The file with a token, instead of user and password",
        ))
        .arg(value(
            "cacert",
            "FILE",
            "The certificate of the host, or of who has signed it",
        ))
        .arg(value("socket", "PATH", "The daemon's socket on this host").env("PMD_SOCKET"))
        .arg(
            Arg::new("json")
                .long("json")
                .short('j')
                .action(ArgAction::SetTrue)
                .global(true)
                .help("Print JSON"),
        )
        .arg(
            Arg::new("quiet")
                .long("quiet")
                .action(ArgAction::SetTrue)
                .global(true)
                .help("Say nothing of progress"),
        );
    for component in COMPONENTS {
        parser = parser.subcommand(of_component(component));
    }
    parser = parser.subcommand(of_net());
    for domain in Domain::ALL
        .into_iter()
        .filter(|domain| component_of(domain.name()).is_none())
    {
        parser = parser.subcommand(of_domain(domain));
    }
    parser
        .subcommand(of_shell())
        .subcommand(Parser::new("manual").about("Print the manual page"))
}

fn component_of(name: &str) -> Option<&'static Component> {
    COMPONENTS.iter().find(|component| component.name == name)
}

fn of_shell() -> Parser {
    let shell = Arg::new("shell")
        .required(true)
        .value_parser(clap::value_parser!(clap_complete::Shell));
    Parser::new("completions")
        .about("Print the completions of a shell")
        .arg(shell)
}

fn of_component(component: &'static Component) -> Parser {
    let mut parser = Parser::new(component.name)
        .about(component.about)
        .subcommand_required(true)
        .arg_required_else_help(true);
    parser = parser.args(
        component
            .options
            .iter()
            .map(|option| argument(option).global(true)),
    );
    if component.name == "pkg" {
        parser = parser.args(REFUSED.iter().map(|name| refused(name)));
    }
    parser = parser.subcommands(component.commands.iter().map(of_command));
    // The API's operations of a domain that has the same name, but for those whose words are taken.
    let own = |word: &str| component.commands.iter().any(|command| command.name == word);
    let domain = Domain::find(component.name);
    let rest = operations().filter(|operation| Some(operation.domain) == domain && !own(operation.word()));
    parser.subcommands(rest.map(of_operation))
}

fn refused(name: &'static str) -> Arg {
    let about = "Refused: it is the host's configuration";
    Arg::new(name)
        .long(name)
        .num_args(0..=1)
        .hide(true)
        .global(true)
        .help(about)
}

fn of_command(command: &'static Command) -> Parser {
    let parser = Parser::new(command.name)
        .about(command.about)
        .visible_aliases(command.aliases.iter().copied());
    let parser = parser.args(command.options.iter().map(argument));
    let words = |what: &'static str| Arg::new("words").value_name(what);
    match command.words {
        Words::None => parser,
        Words::One(what) => parser.arg(words(what).required(true)),
        Words::Any(what) => parser.arg(words(what).num_args(0..)),
        Words::Some(what) => parser.arg(words(what).num_args(1..).required(true)),
    }
}

fn argument(option: &'static Opt) -> Arg {
    let arg = Arg::new(option.long).long(option.long).help(option.about);
    let arg = option.short.map_or(arg.clone(), |letter| arg.short(letter));
    match option.value {
        None => arg.action(ArgAction::SetTrue),
        // A rule begins with a hyphen.
        Some(name) => arg.value_name(name).allow_hyphen_values(name == "RULE"),
    }
}

/// The objects of netmgr; every other word is nmctl's.
fn of_net() -> Parser {
    Parser::new("net")
        .about("The network: objects of netmgr, and the commands of nmctl")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .allow_external_subcommands(true)
        .subcommands(OBJECTS.iter().map(of_object))
        .subcommand(Parser::new("version").about("The version of the daemon"))
}

fn of_object(object: &'static Object) -> Parser {
    let verbs = object.verbs.iter().map(|(verb, letter)| {
        let arg = Arg::new(verb.name())
            .long(verb.name())
            .action(ArgAction::SetTrue)
            .help(verb.about());
        letter.map_or(arg.clone(), |letter| arg.short(letter))
    });
    let options = object.options.iter().map(|option| {
        let arg = Arg::new(option.long).long(option.long).help(option.about);
        let arg = option
            .short
            .filter(|letter| *letter != 'j')
            .map_or(arg.clone(), |letter| arg.short(letter));
        match option.value {
            None => arg.action(ArgAction::SetTrue),
            Some(_) if !option.choices.is_empty() => {
                arg.value_parser(PossibleValuesParser::new(option.choices))
            }
            Some(name) => arg.value_name(name).allow_hyphen_values(true),
        }
    });
    Parser::new(object.name)
        .about(object.about)
        .args(verbs)
        .args(options)
}

fn of_domain(domain: Domain) -> Parser {
    let mine = operations().filter(|operation| operation.domain == domain);
    Parser::new(domain.name())
        .about(format!("Operations of the API: {}", domain.name()))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(mine.map(of_operation))
}

fn of_operation(operation: &'static Operation) -> Parser {
    let options = operation.fields().into_iter().map(|field| {
        let name = lasting(component::option_name(&field));
        let about = match field.secret {
            true => format!("{} (a file; - asks for it)", field.about),
            false => field.about.clone(),
        };
        let arg = Arg::new(name).long(name).help(about).required(field.required);
        let arg = match field.shape {
            Shape::Boolean => arg.value_name("true|false"),
            Shape::Integer => arg.value_name("NUMBER"),
            Shape::Json => arg.value_name("JSON|@FILE"),
            Shape::Text | Shape::Texts => arg.value_name(if field.secret { "FILE" } else { "TEXT" }),
        };
        let arg = if field.shape == Shape::Texts {
            arg.action(ArgAction::Append).value_delimiter(',')
        } else {
            arg
        };
        match field.choices.is_empty() {
            true => arg.allow_hyphen_values(!field.secret),
            false => arg.value_parser(PossibleValuesParser::new(field.choices.into_iter().map(lasting))),
        }
    });
    Parser::new(operation.word())
        .about(operation.summary())
        .args(options)
}

/// A name out of the table as the parser wants it, which lasts as long as the program.
fn lasting(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// Does what a command line says; what is printed.
pub fn run(arguments: &[String]) -> Result<String, Failure> {
    let words = std::iter::once("pmd-cli".to_owned()).chain(arguments.iter().cloned());
    let matches = match command().try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) if !error.use_stderr() => return Ok(error.render().to_string()),
        Err(error) => {
            let text = error.render().to_string();
            return Err(Failure::misuse(text.trim_start_matches("error: ").trim_end()));
        }
    };
    match matches.subcommand() {
        Some(("completions", inner)) => Ok(completions(inner)),
        Some(("manual", _)) => Ok(manual()),
        Some((name, inner)) => {
            let mut client = client(&matches)?;
            perform(&mut client, name, inner, matches.get_flag("json"))
        }
        None => Err(Failure::misuse("nothing was asked for")),
    }
}

fn completions(matches: &ArgMatches) -> String {
    let shell = matches
        .get_one::<clap_complete::Shell>("shell")
        .copied()
        .unwrap_or(clap_complete::Shell::Bash);
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command(), "pmd-cli", &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn manual() -> String {
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = clap_mangen::Man::new(command()).render(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Does a command of a component, whatever the API is.
pub(crate) fn perform(
    api: &mut dyn Api,
    component: &str,
    matches: &ArgMatches,
    json: bool,
) -> Result<String, Failure> {
    let Some((word, inner)) = matches.subcommand() else {
        return Err(Failure::misuse(format!(
            "{component} needs a command; see pmd-cli {component} --help"
        )));
    };
    let found = component_of(component)
        .and_then(|component| component.commands.iter().find(|command| command.name == word));
    if component == "net" {
        return perform_net(api, word, inner, json);
    }
    if component == "pkg" {
        refuse_configuration(inner)?;
    }
    let given = Given::new(inner.clone(), json);
    if let Some(command) = found {
        return (command.run)(api, &given.of(command.name));
    }
    let operation = Domain::find(component).and_then(|_| pmd_api::find(&format!("{component}.{word}")));
    match operation {
        Some(operation) => component::call_operation(api, operation, &given),
        None => Err(Failure::misuse(format!("{component} has no command {word}"))),
    }
}

fn perform_net(api: &mut dyn Api, word: &str, inner: &ArgMatches, json: bool) -> Result<String, Failure> {
    if word == "version" {
        let health = api.call("daemon.health", serde_json::json!({}))?;
        return Ok(crate::show::show(&health));
    }
    let Some(object) = OBJECTS.iter().find(|object| object.name == word) else {
        let rest = inner.get_many::<std::ffi::OsString>("").into_iter().flatten();
        let rest = rest.map(|word| word.to_string_lossy().into_owned());
        let words: Vec<String> = std::iter::once(word.to_owned()).chain(rest).collect();
        return component::nmctl(api, &words, json);
    };
    let verbs: Vec<&str> = object
        .verbs
        .iter()
        .map(|(verb, _)| verb.name())
        .filter(|verb| inner.get_flag(verb))
        .collect();
    match (verbs.as_slice(), object.verbs.is_empty()) {
        ([], true) => component::net(api, word, None, &Given::new(inner.clone(), json)),
        ([verb], _) => component::net(api, word, Some(verb), &Given::new(inner.clone(), json)),
        _ => {
            let known: Vec<String> = object
                .verbs
                .iter()
                .map(|(verb, _)| format!("--{}", verb.name()))
                .collect();
            Err(Failure::misuse(format!(
                "{word} needs one of {}",
                known.join(", ")
            )))
        }
    }
}

fn refuse_configuration(matches: &ArgMatches) -> Result<(), Failure> {
    let given = |name: &&&str| matches.value_source(name) == Some(clap::parser::ValueSource::CommandLine);
    match REFUSED.iter().find(given) {
        None => Ok(()),
        Some(name) => Err(Failure::gone(format!(
            "--{name} is not over the API: which repositories are used and what is trusted is the host's configuration \
             (/etc/yum.repos.d, /etc/tdnf/tdnf.conf)"
        ))),
    }
}

fn client(matches: &ArgMatches) -> Result<Client, Failure> {
    let get = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let proof = match get("spn") {
        Some(name) => Proof::Ticket(service(name)?),
        None => proof(
            get("user"),
            get("domain"),
            get("password-file"),
            get("token-file"),
        )?,
    };
    let local = matches!(proof, Proof::Peer) && get("servername").is_none_or(|name| name == "localhost");
    let target = match local {
        true => Target::Local(PathBuf::from(get("socket").unwrap_or(SOCKET))),
        false => {
            let (host, port) = address(get("servername").unwrap_or("localhost"))?;
            Target::Remote {
                host,
                port,
                trusted: get("cacert").map(PathBuf::from),
            }
        }
    };
    if matches!((&target, &proof), (Target::Remote { .. }, Proof::Peer)) {
        return Err(Failure::misuse(
            "another host wants to know who you are: give --user, --spn or --token-file",
        ));
    }
    Ok(Client::new(target, proof, matches.get_flag("quiet")))
}

fn proof(
    user: Option<&str>,
    domain: Option<&str>,
    file: Option<&str>,
    token: Option<&str>,
) -> Result<Proof, Failure> {
    if let Some(path) = token {
        return secret::read(path, "token").map(Proof::Token);
    }
    let Some(user) = user else { return Ok(Proof::Peer) };
    let user = match domain {
        Some(domain) => format!("{user}@{domain}"),
        None => user.to_owned(),
    };
    if user.contains(':') {
        return Err(Failure::misuse("the name of a user has no colon"));
    }
    let password = secret::read(file.unwrap_or("-"), &format!("Password of {user}"))?;
    Ok(Proof::Password(user, password))
}

/// A service as GSSAPI names it, out of a principal: `HTTP/web1.corp.example@CORP.EXAMPLE`, whose realm krb5.conf(5) knows.
fn service(principal: &str) -> Result<String, Failure> {
    let name = principal.split('@').next().unwrap_or_default();
    match name.split_once('/') {
        Some((service, host)) if !service.is_empty() && !host.is_empty() => Ok(format!("{service}@{host}")),
        _ => Err(Failure::misuse(format!(
            "--spn {principal}: not a service and a host, such as HTTP/web1.corp.example"
        ))),
    }
}

/// `HOST`, `HOST:PORT`, `[ADDRESS]:PORT` or an address of IPv6.
fn address(text: &str) -> Result<(String, u16), Failure> {
    let bad = || Failure::misuse(format!("--servername {text}: not HOST or HOST:PORT"));
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return Ok((text.to_owned(), PORT));
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or_else(bad)?;
        let port = port
            .strip_prefix(':')
            .map_or(Ok(PORT), |port| port.parse().map_err(|_| bad()))?;
        return Ok((host.to_owned(), port));
    }
    match text.split_once(':') {
        Some((host, port)) => Ok((host.to_owned(), port.parse().map_err(|_| bad())?)),
        None => Ok((text.to_owned(), PORT)),
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
