//! Cases of what a command does to files or prints, and how it fails.
//!
//! They are in `NAME/*.txt`, where NAME is the program. A case starts with `== COMMAND`; `| TEXT` is a line of eth0's file
//! beyond what all cases have, `@ PATH` says that the following `|` lines are another file, `= NAME VALUE` sets a variable
//! of the environment; `{root}` in the words is the directory. `> WORDS` is run and followed by what it prints and the
//! difference it makes, `! WORDS` must fail and is followed by its exit status and message, and must leave all files as they
//! are. `UPDATE=1` writes what comes out into the files, to be read before it is committed.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../tree/mod.rs"]
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tree::Tree;

/// The cases of a program.
#[derive(Debug, Clone, Copy)]
pub struct Suite {
    /// The folder they are in.
    pub name: &'static str,
    /// The program.
    pub program: &'static str,
}

/// A case: its name, the lines that prepare it, and the commands.
#[derive(Debug, Default)]
pub struct Case {
    /// The command that it is about.
    pub name: String,
    given: Vec<String>,
    /// What is run.
    pub runs: Vec<Run>,
}

/// A command line and what must come of it.
#[derive(Debug)]
pub struct Run {
    /// Whether it must fail.
    pub fails: bool,
    /// Its words.
    pub words: String,
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

fn files(suite: Suite) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(suite.name);
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

impl Case {
    /// What it starts from.
    pub fn tree(&self) -> Tree {
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

    /// Runs a command line.
    pub fn run(&self, suite: Suite, tree: &Tree, words: &[String]) -> Output {
        if let Some(commands) = self.live() {
            let script = format!("{commands}\nexec \"$@\"");
            let mut command = Command::new("unshare");
            command.args(["-rn", "sh", "-ec", &script, "sh", suite.program]);
            return command.args(words).output().unwrap();
        }
        let mut command = Command::new(suite.program);
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
pub fn words(line: &str) -> Vec<String> {
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
fn outcome(suite: Suite, case: &Case, tree: &Tree, run: &Run) -> String {
    let before = tree.files();
    let output = case.run(suite, tree, &words(&run.words));
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

impl Suite {
    /// All cases.
    pub fn cases(self) -> Vec<Case> {
        files(self).iter().flat_map(|path| cases_in(path)).collect()
    }

    /// Whether a command is tried with success, or with a failure; `is_it` knows its words.
    pub fn tries(self, name: &str, fails: bool, is_it: impl Fn(&[String]) -> bool) -> bool {
        let cases = self.cases();
        let of_it = cases.iter().filter(|case| case.name == name);
        of_it
            .flat_map(|case| &case.runs)
            .any(|run| run.fails == fails && is_it(&words(&run.words)))
    }
}

/// Runs all cases, or writes them.
pub fn check(suite: Suite) {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = String::new();
    for path in files(suite) {
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
                let found = outcome(suite, &case, &tree, run);
                text += &format!("{} {}\n{found}\n", if run.fails { "!" } else { ">" }, run.words);
                if plain(&found) != plain(&run.expected) {
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

/// nft 1.0 quotes names otherwise than 1.1.
fn plain(text: &str) -> String {
    text.replace(['‘', '’'], "'")
}
