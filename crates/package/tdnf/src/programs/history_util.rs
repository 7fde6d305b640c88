//! `tdnf-history-util`: for scripts of packages and images, which must not run `tdnf` itself while it runs them:
//! `init` and `update` of the history, and `mark`. It takes no lock; who calls it holds it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::options::{self, Flag};
use crate::config::MainConfig;
use crate::history::History;

const HELP: &str = "\
Usage: tdnf-history-util [-f DATABASE] [-r ROOT] init|update
       tdnf-history-util [-f DATABASE] [-r ROOT] mark install|remove PACKAGE...
";

#[rustfmt::skip]
const FLAGS: &[Flag] = &[
    Flag { short: 'f', long: "file", takes_value: true },
    Flag { short: 'r', long: "root", takes_value: true },
    Flag { short: 'h', long: "help", takes_value: false },
];

/// Runs the program with its arguments.
pub(super) fn run(words: Vec<String>) -> ExitCode {
    match act(words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tdnf-history-util: {error}");
            ExitCode::FAILURE
        }
    }
}

fn act(words: Vec<String>) -> Result<(), String> {
    let parsed = options::parse(FLAGS, words)?;
    if parsed.has('h') {
        print!("{HELP}");
        return Ok(());
    }
    let root = PathBuf::from(parsed.value('r').unwrap_or("/"));
    let dir = match parsed.value('f') {
        Some(file) => history_dir(Path::new(file))?,
        None => MainConfig::default().persistdir,
    };
    let words: Vec<&str> = parsed.words.iter().map(String::as_str).collect();
    let history = || History::open(&root, &dir).map_err(|error| error.to_string());
    let mark = |auto, names: &[&str]| {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let command = format!("tdnf-history-util {}", words.join(" "));
        history()?
            .mark(&names, auto, &command)
            .map_err(|error| error.to_string())
    };
    match words[..] {
        ["init" | "update"] => history()?.update().map_err(|error| error.to_string()),
        ["mark", "install", ref names @ ..] if !names.is_empty() => mark(false, names),
        ["mark", "remove", ref names @ ..] if !names.is_empty() => mark(true, names),
        _ => Err(format!("it does not know what to do\n{HELP}")),
    }
}

/// The database has the same name everywhere; its directory, below the root, is what can be chosen.
fn history_dir(file: &Path) -> Result<PathBuf, String> {
    match (file.file_name(), file.parent()) {
        (Some(name), Some(dir)) if name == "history.db" => Ok(dir.to_owned()),
        _ => Err(format!("{}: the database is called history.db", file.display())),
    }
}
