//! Completions for zsh (zshcompsys(1), `_arguments`).

use std::fmt::Write as _;

use super::super::commands::{Command, Takes};
use super::super::flags::Flag;
use super::{Kind, SCOPES, kind, packages_follow, quoted, shown_commands, shown_flags};

const HEAD: &str = r#"#compdef tdnf tdnfj
# Completions of tdnf for zsh, made by "tdnf generate zsh". Do not edit.

_tdnf_repositories() { compadd -- ${(f)"$(tdnf -q repolist all 2>/dev/null | awk 'NR > 1 { print $1 }')"} }
_tdnf_installed() { compadd -- ${(f)"$(tdnf -q repoquery --installed --qf '%{name}' 2>/dev/null)"} }
_tdnf_available() {
    compadd -- ${(f)"$(tdnf -q -C repoquery --qf '%{name}' 2>/dev/null)"}
    _files -g '*.rpm'
}

_tdnf() {
    local context state line
    typeset -A opt_args
    local -a common commands
"#;

/// The whole script.
pub(super) fn script() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("    common=(\n");
    for flag in shown_flags().filter(|flag| flag.of.is_empty()) {
        let _ = writeln!(text, "        {}", specification(flag));
    }
    text.push_str("    )\n    commands=(\n");
    for command in shown_commands() {
        for name in command.names {
            let _ = writeln!(text, "        {}", quoted(&format!("{name}:{}", command.help)));
        }
    }
    text.push_str(
        "    )\n    _arguments -C $common '1:command:->command' '*::argument:->argument' && return\n    \
         case $state in\n        command) _describe command commands ;;\n        argument)\n            case $words[1] in\n",
    );
    for command in shown_commands() {
        let _ = writeln!(
            text,
            "                {})\n                    _arguments $common \\",
            command.names.join("|")
        );
        for flag in shown_flags().filter(|flag| flag.of.contains(&command.names[0])) {
            let _ = writeln!(text, "                        {} \\", specification(flag));
        }
        let _ = writeln!(text, "                        {} ;;", arguments(command));
    }
    text.push_str("            esac ;;\n    esac\n}\n\n_tdnf \"$@\"\n");
    text
}

/// `'(-c --config)'{-c,--config}'[help]:FILE:_files'`
fn specification(flag: &Flag) -> String {
    let long = format!("--{}", flag.long);
    let help = escaped(flag.help);
    let (equals, value) = match flag.effect.value() {
        Some(value) => ("=", format!(":{}:{}", escaped(value), action(kind(value)))),
        None => ("", String::new()),
    };
    match flag.short {
        Some(letter) => format!(
            "'(-{letter} {long})'{{-{letter},{long}{equals}}}{}",
            quoted(&format!("[{help}]{value}"))
        ),
        None => quoted(&format!("*{long}{equals}[{help}]{value}")),
    }
}

fn action(kind: Kind) -> String {
    match kind {
        Kind::File => "_files".to_owned(),
        Kind::Directory => "_files -/".to_owned(),
        Kind::Repository => "_tdnf_repositories".to_owned(),
        Kind::Scope => format!("({SCOPES})"),
        Kind::Text => " ".to_owned(),
    }
}

fn arguments(command: &Command) -> String {
    match command.takes {
        Takes::Nothing => "&& return".to_owned(),
        Takes::Text => "'*:word: '".to_owned(),
        Takes::Installed => "'*:package:_tdnf_installed'".to_owned(),
        Takes::Available => "'*:package:_tdnf_available'".to_owned(),
        Takes::Directory => "'*:directory:_files -/'".to_owned(),
        Takes::Words(words) if packages_follow(command) => {
            format!("'1:word:({})' '*:package:_tdnf_installed'", words.join(" "))
        }
        Takes::Words(words) => format!("'1:word:({})'", words.join(" ")),
    }
}

/// Brackets and colons end parts of a specification.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('[', "\\[")
        .replace(']', "\\]")
        .replace(':', "\\:")
}
