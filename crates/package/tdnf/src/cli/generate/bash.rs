//! Completions for bash (bash(1), "Programmable Completion"), without the package bash-completion.

use std::fmt::Write as _;

use super::super::commands::{Command, Takes};
use super::super::flags::Flag;
use super::{Kind, SCOPES, kind, packages_follow, shown_commands, shown_flags};

const HEAD: &str = r#"# Completions of tdnf for bash, made by "tdnf generate bash". Do not edit.

_tdnf_repositories() { tdnf -q repolist all 2>/dev/null | awk 'NR > 1 { print $1 }'; }
_tdnf_installed() { tdnf -q repoquery --installed --qf '%{name}' 2>/dev/null; }
_tdnf_available() { tdnf -q -C repoquery --qf '%{name}' 2>/dev/null; }

_tdnf()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command='' flags='' word
    # Bash takes --flag=value apart.
    if [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
    if [[ $cur == = ]]; then cur='' prev=${COMP_WORDS[COMP_CWORD-1]}; fi
    COMPREPLY=()
"#;

/// The whole script.
pub(super) fn script() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("    case $prev in\n");
    for (kind, words) in [
        (Kind::File, "$(compgen -f -- \"$cur\")".to_owned()),
        (Kind::Directory, "$(compgen -d -- \"$cur\")".to_owned()),
        (
            Kind::Repository,
            "$(compgen -W \"$(_tdnf_repositories)\" -- \"$cur\")".to_owned(),
        ),
        (Kind::Scope, format!("$(compgen -W '{SCOPES}' -- \"$cur\")")),
        (Kind::Text, String::new()),
    ] {
        let patterns = patterns(kind);
        let _ = writeln!(text, "        {patterns}) COMPREPLY=({words}); return ;;");
    }
    text.push_str(
        "    esac\n    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n        case $word in\n",
    );
    let names: Vec<&str> = shown_commands()
        .flat_map(|command| command.names)
        .copied()
        .collect();
    let _ = writeln!(text, "            {}) command=$word; break ;;", names.join("|"));
    text.push_str("        esac\n    done\n    if [[ $cur == -* ]]; then\n        case $command in\n");
    for command in shown_commands() {
        let own = flags(|flag| flag.of.contains(&command.names[0]));
        if !own.is_empty() {
            let _ = writeln!(text, "            {}) flags='{own}' ;;", command.names.join("|"));
        }
    }
    let _ = writeln!(
        text,
        "        esac\n        flags+=' {}'",
        flags(|flag| flag.of.is_empty())
    );
    text.push_str("        COMPREPLY=($(compgen -W \"$flags\" -- \"$cur\"))\n        return\n    fi\n    case $command in\n");
    let _ = writeln!(
        text,
        "        '') COMPREPLY=($(compgen -W '{}' -- \"$cur\")) ;;",
        names.join(" ")
    );
    for command in shown_commands() {
        if let Some(words) = words(command) {
            let _ = writeln!(
                text,
                "        {}) COMPREPLY=({words}) ;;",
                command.names.join("|")
            );
        }
    }
    text.push_str("    esac\n}\n\ncomplete -F _tdnf tdnf tdnfj\n");
    text
}

/// `--config|-c|...`: the flags whose values are of a kind.
fn patterns(wanted: Kind) -> String {
    let fitting = shown_flags().filter(|flag| flag.effect.value().is_some_and(|value| kind(value) == wanted));
    let spelled = fitting.map(|flag| match flag.short {
        Some(letter) => format!("--{}|-{letter}", flag.long),
        None => format!("--{}", flag.long),
    });
    spelled.collect::<Vec<_>>().join("|")
}

fn flags(wanted: impl Fn(&Flag) -> bool) -> String {
    let names: Vec<String> = shown_flags()
        .filter(|flag| wanted(flag))
        .map(|flag| format!("--{}", flag.long))
        .collect();
    names.join(" ")
}

fn words(command: &Command) -> Option<String> {
    let list = |list: &str| Some(format!("$(compgen -W \"{list}\" -- \"$cur\")"));
    match command.takes {
        Takes::Nothing | Takes::Text => None,
        Takes::Installed => list("$(_tdnf_installed)"),
        Takes::Available => Some(
            "$(compgen -W \"$(_tdnf_available)\" -- \"$cur\") $(compgen -f -X '!*.rpm' -- \"$cur\")"
                .to_owned(),
        ),
        Takes::Directory => Some("$(compgen -d -- \"$cur\")".to_owned()),
        Takes::Words(words) if packages_follow(command) => {
            list(&format!("{} $(_tdnf_installed)", words.join(" ")))
        }
        Takes::Words(words) => list(&words.join(" ")),
    }
}
