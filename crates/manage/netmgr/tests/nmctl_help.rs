//! Help, manual page and completions: all of the table, and such that the programs that read them do.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use netmgr::nmctl::{completions, main, manual, page, table};

fn says(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let output = main(&words);
    assert_eq!((output.status, output.err.as_str()), (0, ""), "{words:?}");
    output.out
}

fn feed(program: &str, arguments: &[&str], input: &str) -> String {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program} is missing ({error}); setup/install test installs it"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{program}: {output:?}"
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_help_names_every_command_and_every_word() {
    let help = says(&["--help"]);
    for command in table::commands() {
        assert!(
            help.contains(&format!("\n  {} ", command.name)),
            "{}",
            command.name
        );
        let own = says(&["help", command.name]);
        for word in command.words {
            assert!(
                own.contains(&word.names.join("|")),
                "{}: {}",
                command.name,
                word.name()
            );
        }
        assert_eq!(says(&[command.name, "--help"]), own);
    }
}

#[test]
fn the_aliases_can_be_listed() {
    let list = says(&["--alias"]);
    assert!(
        list.contains("set-mtu") && list.lines().next().unwrap().starts_with("COMMAND"),
        "{list}"
    );
    let json: serde_json::Value = serde_json::from_str(&says(&["-j", "-a"])).unwrap();
    assert_eq!(
        json.as_array().unwrap().len(),
        table::commands().filter(|c| !c.alias.is_empty()).count()
    );
}

#[test]
fn man_reads_the_manual_page() {
    let page = manual();
    let shown = feed("man", &["--warnings=w", "-P", "cat", "-l", "-"], &page);
    assert!(shown.contains("set-link-coald-frames") && shown.contains("EXIT STATUS"));
}

#[test]
fn bash_completes_commands_words_and_values() {
    let script = completions("bash").unwrap();
    let complete = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let test = format!(
            "{script}\nCOMP_WORDS=({}) COMP_CWORD={}\n_nmctl\necho \"${{COMPREPLY[@]}}\"\n",
            words
                .iter()
                .map(|word| format!("'{word}'"))
                .collect::<Vec<_>>()
                .join(" "),
            words.len() - 1
        );
        feed("bash", &["-s"], &test).trim().to_owned()
    };
    assert_eq!(complete("nmctl set-mt"), "set-mtu");
    assert_eq!(complete("nmctl -j plan set-mt"), "set-mtu");
    assert_eq!(complete("nmctl set-mtu "), "dev mtu");
    assert_eq!(complete("nmctl mtu m"), "mtu");
    assert_eq!(complete("nmctl set-mtu dev l"), "lo");
    assert_eq!(complete("nmctl create-bond bond0 mode balance-x"), "balance-xor");
    assert_eq!(complete("nmctl set-dhcp4 use-dns "), "yes no");
}

#[test]
fn zsh_and_fish_read_their_completions() {
    feed("zsh", &["-n", "/dev/stdin"], &completions("zsh").unwrap());
    feed("fish", &["-n"], &completions("fish").unwrap());
    assert_eq!(completions("tcsh"), None);
}

#[test]
fn words_that_make_no_sense_end_with_234() {
    for words in [
        &["--nonsense"][..],
        &["no-such-command"],
        &["--root"],
        &["plan"],
        &["plan", "plan"],
    ] {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let output = main(&words);
        assert_eq!(output.status, 234, "{words:?}: {output:?}");
        assert!(output.err.starts_with("Error: "), "{output:?}");
    }
}

#[test]
fn the_page_in_the_documentation_is_made_of_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/nmctl.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, page()).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == page(),
        "set UPDATE_DOCS=1 and run this test to write {path} anew"
    );
}
