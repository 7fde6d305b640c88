//! Every command of nmctl: what it does to files or prints, and how it fails.
//!
//! The cases are in `nmctl/*.txt`. A case starts with `== COMMAND`; `| TEXT` is a line of eth0's file beyond what all
//! cases have, `@ PATH` says that the following `|` lines are another file, `= NAME VALUE` sets a variable of the
//! environment; `{root}` in the words is the directory. `> WORDS` is run and followed by what it prints and the difference it makes, `! WORDS` must fail and
//! is followed by its exit status and message, and must leave all files as they are. `UPDATE=1` writes what comes
//! out into the files, to be read before it is committed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use netmgr::nmctl::table::{self, Does};
use tree::Tree;

/// A case: its name, the lines that prepare it, and the commands.
#[derive(Debug, Default)]
struct Case {
    name: String,
    given: Vec<String>,
    runs: Vec<Run>,
}

#[derive(Debug)]
struct Run {
    fails: bool,
    words: String,
    expected: String,
}

fn cases_in(path: &Path) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in fs::read_to_string(path).unwrap().lines() {
        if let Some(name) = line.strip_prefix("== ") {
            cases.push(Case {
                name: name.to_owned(),
                ..Case::default()
            });
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        match line.split_once(' ') {
            Some((sign @ (">" | "!"), words)) => case.runs.push(Run {
                fails: sign == "!",
                words: words.to_owned(),
                expected: String::new(),
            }),
            _ if case.runs.is_empty() => case.given.push(line.to_owned()),
            _ => case.runs.last_mut().unwrap().expected += &format!("{line}\n"),
        }
    }
    for run in cases.iter_mut().flat_map(|case| &mut case.runs) {
        run.expected.truncate(run.expected.trim_end().len());
    }
    cases
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nmctl");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

impl Case {
    fn tree(&self) -> Tree {
        let mut files: Vec<(String, String)> = vec![(tree::ETH0.to_owned(), KEPT.to_owned())];
        for line in &self.given {
            match line.split_once(' ').unwrap_or((line, "")) {
                ("@", path) => files.push((path.to_owned(), String::new())),
                ("|", text) => files.last_mut().unwrap().1 += &format!("{text}\n"),
                _ => {}
            }
        }
        let tree = Tree::new(&[]);
        files.iter().for_each(|(path, text)| tree.put(path, text));
        tree
    }

    fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let set = self.given.iter().filter_map(|line| line.strip_prefix("= "));
        set.filter_map(|line| line.split_once(' '))
    }

    /// A case with `= LIVE COMMANDS` is run on the system itself, in a network namespace in which these commands of
    /// the shell were run before; it must be one that writes no file.
    fn live(&self) -> Option<&str> {
        self.variables()
            .find(|(name, _)| *name == "LIVE")
            .map(|(_, commands)| commands)
    }

    fn run(&self, tree: &Tree, words: &[String]) -> Output {
        if let Some(commands) = self.live() {
            let script = format!("{commands}\nexec \"$@\"");
            let mut command = Command::new("unshare");
            command.args(["-rn", "sh", "-ec", &script, "sh", env!("CARGO_BIN_EXE_nmctl")]);
            return command.args(words).output().unwrap();
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_nmctl"));
        command.envs(self.variables()).arg("--root").arg(tree.path());
        let root = tree.path().to_str().unwrap();
        command
            .args(words.iter().map(|word| word.replace("{root}", root)))
            .output()
            .unwrap()
    }
}

/// What every file of eth0 has, and must keep.
const KEPT: &str = "# mine\n[Match]\nName=eth0\n\n[X-Site]\nRack=7\n";

/// Words at spaces; what stands between single quotes is one.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![];
    for (at, part) in line.split('\'').enumerate() {
        match at % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// The difference between two states of a tree, as `diff -u` shows it, without the positions.
fn difference(tree: &Tree, before: &BTreeMap<PathBuf, String>, after: &BTreeMap<PathBuf, String>) -> String {
    let paths: BTreeSet<&PathBuf> = before.keys().chain(after.keys()).collect();
    let bytes =
        |files: &BTreeMap<PathBuf, String>, path| files.get(path).map(|text| text.clone().into_bytes());
    let mut text = String::new();
    for path in paths {
        let change = netmgr::Change {
            path: path.strip_prefix(tree.path()).unwrap().to_owned(),
            before: bytes(before, path),
            after: bytes(after, path),
        };
        if change.before != change.after {
            text += &netmgr::unified(&change);
        }
    }
    let lines = text.lines().filter(|line| !line.starts_with("@@ "));
    lines.map(|line| format!("{line}\n")).collect()
}

/// What comes out of a command, in the words of the case files.
fn outcome(case: &Case, tree: &Tree, run: &Run) -> String {
    let before = tree.files();
    let output = case.run(tree, &words(&run.words));
    let after = tree.files();
    let root = tree.path().to_str().unwrap();
    let said = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes)
            .replace(root, "")
            .replace(&root[1..], "")
    };
    let status = output.status.code().unwrap();
    assert_eq!(status != 0, run.fails, "{}: {output:?}", run.words);
    let text = match run.fails {
        true => {
            assert_eq!(before, after, "{} has changed something", run.words);
            assert_eq!(said(&output.stdout), "", "{}", run.words);
            // Other programs' messages have more lines, which differ from one version to the next.
            let message = said(&output.stderr);
            let lines = if case.live().is_some() { 1 } else { usize::MAX };
            let lines: Vec<&str> = message.lines().take(lines).collect();
            format!("{status} {}", lines.join("\n"))
        }
        false => said(&output.stdout) + &said(&output.stderr) + &difference(tree, &before, &after),
    };
    text.trim_end().to_owned()
}

#[test]
fn every_command_does_what_is_written() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = String::new();
    for path in files() {
        let mut text = String::new();
        for case in cases_in(&path) {
            text += &format!("== {}\n", case.name);
            case.given
                .iter()
                .filter(|line| !line.is_empty())
                .for_each(|line| text += &format!("{line}\n"));
            for run in &case.runs {
                // Each command starts from what the case gives, so that they can be read one by one.
                let tree = case.tree();
                let found = outcome(&case, &tree, run);
                text += &format!("{} {}\n{found}\n", if run.fails { "!" } else { ">" }, run.words);
                if found != run.expected {
                    wrong += &format!("{}: expected:\n{}\nfound:\n{found}\n\n", run.words, run.expected);
                }
            }
            text += "\n";
        }
        if update {
            fs::write(&path, text).unwrap();
        }
    }
    assert!(update || wrong.is_empty(), "{wrong}");
}

#[test]
fn every_command_has_a_case_of_success_and_one_of_failure() {
    let cases: Vec<Case> = files().iter().flat_map(|path| cases_in(path)).collect();
    let tried = |name: &str, fails: bool| {
        let of_it = cases.iter().filter(|case| case.name == name);
        of_it
            .flat_map(|case| &case.runs)
            .any(|run| run.fails == fails && words(&run.words).iter().any(|word| word == name))
    };
    let without: Vec<_> = table::commands()
        .flat_map(|command| [(command.name, false), (command.name, true)])
        .filter(|(name, fails)| !tried(name, *fails))
        .collect();
    assert!(without.is_empty(), "{without:?}");
    let unknown: Vec<_> = cases
        .iter()
        .filter(|case| table::find(&case.name).is_none())
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn there_are_128_commands_and_no_name_or_alias_is_taken_twice() {
    assert_eq!(table::commands().count(), 128);
    let mut names: Vec<&str> = table::commands()
        .flat_map(|command| [command.name, command.alias])
        .filter(|name| !name.is_empty())
        .collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn every_setting_in_the_table_is_one_that_networkd_knows() {
    for command in table::commands() {
        for word in command.words {
            if let table::Holds::Setting(kind, section, key) = word.holds {
                assert!(
                    kind.key(section, key).is_some(),
                    "{}: [{section}] {key}",
                    command.name
                );
            }
        }
    }
}

#[test]
fn every_command_that_prints_does_it_in_json_too() {
    let cases: Vec<Case> = files().iter().flat_map(|path| cases_in(path)).collect();
    let mut tried = 0;
    for case in &cases {
        let Some(command) = table::find(&case.name) else {
            continue;
        };
        if !matches!(command.does, Does::Show(_)) {
            continue;
        }
        for run in case.runs.iter().filter(|run| !run.fails) {
            let mut all = words(&run.words);
            if all[0] != "-j" {
                all.insert(0, "-j".to_owned());
            }
            let output = case.run(&case.tree(), &all);
            let parsed: Result<serde_json::Value, _> = serde_json::from_slice(&output.stdout);
            assert!(parsed.is_ok(), "{}: {output:?}", run.words);
            tried += 1;
        }
    }
    assert!(tried >= 20, "{tried}");
}
