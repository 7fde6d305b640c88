//! Completions for fish (complete(1) of fish).

use std::fmt::Write as _;

use super::super::commands::Takes;
use super::super::flags::Flag;
use super::{Kind, SCOPES, kind, packages_follow, shown_commands, shown_flags};

const HEAD: &str = r#"# Completions of tdnf for fish, made by "tdnf generate fish". Do not edit.

function __tdnf_repositories
    tdnf -q repolist all 2>/dev/null | awk 'NR > 1 { print $1 }'
end
function __tdnf_installed
    tdnf -q repoquery --installed --qf '%{name}' 2>/dev/null
end
function __tdnf_available
    tdnf -q -C repoquery --qf '%{name}' 2>/dev/null
end

complete -c tdnfj -w tdnf
complete -c tdnf -f
"#;

/// The whole script.
pub(super) fn script() -> String {
    let mut text = HEAD.to_owned();
    for command in shown_commands() {
        for name in command.names {
            let _ = writeln!(
                text,
                "complete -c tdnf -n __fish_use_subcommand -a {name} -d {}",
                quoted(command.help)
            );
        }
    }
    for flag in shown_flags() {
        text.push_str(&line(flag));
    }
    for command in shown_commands() {
        let words = match command.takes {
            Takes::Nothing | Takes::Text => continue,
            Takes::Installed => "(__tdnf_installed)".to_owned(),
            Takes::Available => "(__tdnf_available) (__fish_complete_suffix .rpm)".to_owned(),
            Takes::Directory => "(__fish_complete_directories)".to_owned(),
            Takes::Words(words) if packages_follow(command) => {
                format!("{} (__tdnf_installed)", words.join(" "))
            }
            Takes::Words(words) => words.join(" "),
        };
        let _ = writeln!(
            text,
            "complete -c tdnf -n {} -a {}",
            seen(command.names),
            quoted(&words)
        );
    }
    text
}

fn line(flag: &Flag) -> String {
    let mut text = "complete -c tdnf".to_owned();
    if !flag.of.is_empty() {
        let names: Vec<&str> = shown_commands()
            .filter(|command| flag.of.contains(&command.names[0]))
            .flat_map(|command| command.names)
            .copied()
            .collect();
        let _ = write!(text, " -n {}", seen(&names));
    }
    let _ = write!(text, " -l {}", flag.long);
    if let Some(letter) = flag.short {
        let _ = write!(text, " -s {letter}");
    }
    if let Some(value) = flag.effect.value() {
        text.push_str(match kind(value) {
            Kind::File => " -r -F",
            Kind::Directory => " -r -a '(__fish_complete_directories)'",
            Kind::Repository => " -r -a '(__tdnf_repositories)'",
            Kind::Scope | Kind::Text => " -x",
        });
        if kind(value) == Kind::Scope {
            let _ = write!(text, " -a {}", quoted(SCOPES));
        }
    }
    let _ = writeln!(text, " -d {}", quoted(flag.help));
    text
}

fn seen(names: &[&str]) -> String {
    quoted(&format!("__fish_seen_subcommand_from {}", names.join(" ")))
}

/// Between single quotes, where only the quote and the backslash mean something.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
