//! Help, manual page and completions, from the table.

use std::fmt::Write as _;

use super::request::usage;
use super::table::{self, Command, Holds, Place, Word};

const OPTIONS: [(&str, &str); 9] = [
    (
        "-h, --help",
        "Show this help; behind a command, that of the command",
    ),
    ("-v, --version", "Show the version"),
    ("-j, --json", "Print JSON"),
    ("-n, --network", "The same"),
    ("-b, --no-beautify", "Print without headers and columns"),
    ("-a, --alias", "List the short names of commands"),
    (
        "-l, --log [NUMBER]",
        "Accepted for compatibility; the journal has the log",
    ),
    (
        "--confirm SECONDS",
        "Take the change back unless it is confirmed by then",
    ),
    (
        "--root DIRECTORY",
        "Change the configuration below this directory, and nothing that runs",
    ),
];

/// What the original does not have.
const EXTRAS: [(&str, &str); 7] = [
    (
        "plan COMMAND...",
        "Show what a command would write or run, and do nothing",
    ),
    (
        "undo",
        "Take the last change back; once more, and it is there again",
    ),
    ("confirm", "Keep the change that waits for its confirmation"),
    (
        "rollback",
        "Take the change that waits for its confirmation back now",
    ),
    ("help [COMMAND]", "Show help"),
    ("manual", "Print the manual page"),
    ("completions bash|zsh|fish", "Print the completions of a shell"),
];

/// The help of the whole.
pub(super) fn help() -> String {
    let mut text = "Usage: nmctl [OPTIONS] COMMAND WORDS...\n\nOptions:\n".to_owned();
    for (name, about) in OPTIONS {
        let _ = writeln!(text, "  {name:<28} {about}");
    }
    text += "\nCommands:\n";
    for command in table::commands() {
        let _ = writeln!(text, "  {:<28} {}", command.name, command.about);
    }
    text += "\nBeyond the original:\n";
    for (name, about) in EXTRAS {
        let _ = writeln!(text, "  {name:<28} {about}");
    }
    text += "\nnmctl help COMMAND tells a command's words.\n";
    text
}

/// How a command is written.
fn synopsis(command: &Command) -> String {
    let words = command.words.iter().map(|word| match word.needed {
        true => usage(word),
        false => format!("[{}]", usage(word)),
    });
    std::iter::once(command.name.to_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The help of a command.
pub(super) fn command(command: &Command) -> String {
    let mut text = format!("{}.\n\nUsage: nmctl {}\n", command.about, synopsis(command));
    if !command.alias.is_empty() {
        let _ = writeln!(text, "Short: nmctl {}", command.alias);
    }
    if !command.words.is_empty() {
        text += "\nWords:\n";
    }
    for word in command.words {
        let _ = writeln!(text, "  {:<28} {}", word.names.join("|"), word.rule());
    }
    text
}

/// The manual page.
pub fn manual() -> String {
    let mut page = ".TH nmctl 8\n.SH NAME\nnmctl \\- configure the network of this host\n.SH SYNOPSIS\n\
                    .B nmctl\n[OPTIONS] COMMAND WORDS...\n.SH DESCRIPTION\n\
                    Looks at and changes the files of systemd\\-networkd, resolved and timesyncd. Comments and \
                    settings that a command is not about stay as they are.\n.SH OPTIONS\n"
        .to_owned();
    for (name, about) in OPTIONS {
        item(&mut page, name, about);
    }
    page += ".SH COMMANDS\n";
    for command in table::commands() {
        let name = match command.alias {
            "" => synopsis(command),
            alias => format!("{} (short: {alias})", synopsis(command)),
        };
        item(&mut page, &name, command.about);
        if !command.words.is_empty() {
            page += ".RS\n";
            for word in command.words {
                item(&mut page, &word.names.join(", "), &word.rule());
            }
            page += ".RE\n";
        }
    }
    page += ".SH BEYOND THE ORIGINAL\n";
    for (name, about) in EXTRAS {
        item(&mut page, name, about);
    }
    page += ".SH EXIT STATUS\n0, or 256 less the number of the error as in errno(3): 234 for words that make no sense \
             or values that networkd would refuse, 237 for no such interface, 239 for what is there already, 254 for \
             what is not there, 243 for no permission, 228 for a full disk.\n\
             .SH SEE ALSO\nnetmgr(8), systemd.network(5), systemd.netdev(5), systemd.link(5)\n";
    page
}

/// The commands as a page of the book.
pub fn page() -> String {
    let mut page =
        "# The commands of nmctl\n\nMade from the table of commands. A word in brackets may be left out, \
                    its value stands alone then.\n"
            .to_owned();
    for command in table::commands() {
        let alias = match command.alias {
            "" => String::new(),
            alias => format!(" (`{alias}`)"),
        };
        let _ = write!(page, "\n## {}{alias}\n\n{}.\n\n", command.name, command.about);
        let _ = writeln!(page, "`nmctl {}`", synopsis(command));
        if !command.words.is_empty() {
            page += "\n| word | value |\n|---|---|\n";
        }
        for word in command.words {
            let names: Vec<String> = word.names.iter().map(|name| format!("`{name}`")).collect();
            let _ = writeln!(page, "| {} | {} |", names.join(", "), word.rule());
        }
    }
    page
}

fn item(page: &mut String, name: &str, about: &str) {
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('-', "\\-");
    let _ = writeln!(page, ".TP\n.B {}\n{}", escaped(name), escaped(about));
}

/// The completions of a shell.
pub fn completions(shell: &str) -> Option<String> {
    match shell {
        "bash" => Some(bash()),
        "zsh" => Some(format!(
            "#compdef nmctl\nautoload -U +X bashcompinit && bashcompinit\n{}",
            bash()
        )),
        "fish" => Some(fish()),
        _ => None,
    }
}

fn names() -> String {
    let extras = [
        "plan",
        "undo",
        "confirm",
        "rollback",
        "help",
        "manual",
        "completions",
    ];
    let mut names: Vec<&str> = table::commands().map(|command| command.name).collect();
    names.extend(extras);
    names.join(" ")
}

fn named(command: &Command) -> impl Iterator<Item = &'static Word> {
    command
        .words
        .iter()
        .filter(|word| !matches!(word.place, Place::Leading | Place::Rest))
}

/// What can follow a word: the interfaces, the choices, or nothing that is known.
fn values(word: &Word) -> String {
    match word.holds {
        Holds::Other(about, _) if about.starts_with("the interface") => "$interfaces".to_owned(),
        _ => word.choices().join(" "),
    }
}

fn pattern(command: &Command) -> String {
    match command.alias {
        "" => command.name.to_owned(),
        alias => format!("{}|{alias}", command.name),
    }
}

fn bash() -> String {
    let mut cases = String::new();
    for command in table::commands() {
        let words: Vec<&str> = named(command).map(Word::name).collect();
        let _ = writeln!(cases, "    {}) words=\"{}\"", pattern(command), words.join(" "));
        cases += "      case $previous in\n";
        for word in named(command) {
            let values = values(word);
            if !values.is_empty() {
                let _ = writeln!(cases, "        {}) words=\"{values}\" ;;", word.names.join("|"));
            }
        }
        cases += "      esac ;;\n";
    }
    format!(
        "_nmctl() {{\n  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} words= name= \
         word=\n  local interfaces=$(cd /sys/class/net 2>/dev/null && echo *)\n  for word in \
         \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n    case $word in -*|plan|help) ;; *) name=$word; break ;; esac\n  \
         done\n  case $name in\n    '') words=\"{}\" ;;\n{cases}    completions) words=\"bash zsh fish\" ;;\n  esac\n  \
         COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}}\ncomplete -F _nmctl nmctl\n",
        names()
    )
}

fn fish() -> String {
    let mut text = "complete -c nmctl -f\n".to_owned();
    let all = names();
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('\'', "\\'");
    for command in table::commands() {
        let _ = writeln!(
            text,
            "complete -c nmctl -n 'not __fish_seen_subcommand_from {all}' -a {} -d '{}'",
            command.name,
            quoted(command.about)
        );
        let seen = pattern(command).replace('|', " ");
        for word in named(command) {
            let _ = writeln!(
                text,
                "complete -c nmctl -n '__fish_seen_subcommand_from {seen}' -a {} -d '{}'",
                word.name(),
                quoted(&word.rule())
            );
        }
    }
    text
}
