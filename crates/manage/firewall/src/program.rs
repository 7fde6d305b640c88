//! The program nft: its words over its standard input, never a shell, never an argument of a user's.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::error::Error;

/// Where the program may be: not the caller's PATH.
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

#[derive(Debug)]
pub(crate) struct Nft;

impl Nft {
    pub(crate) fn version(&self) -> Result<String, Error> {
        let said = text(self.run(&["--version"], "")?, "its version")?;
        let version = said.split_whitespace().find_map(|word| word.strip_prefix('v'));
        version.map(str::to_owned).ok_or_else(|| Error::Answer {
            what: "its version".to_owned(),
            why: format!("{:?}", said.trim()),
        })
    }

    /// Commands as one transaction, after a check that changes nothing.
    pub(crate) fn apply(&self, commands: &str, what: &str) -> Result<(), Error> {
        text(self.run(&["-c", "-f", "-"], commands)?, what)?;
        text(self.run(&["-f", "-"], commands)?, what).map(|_| ())
    }

    /// Whether commands would be taken.
    pub(crate) fn check(&self, commands: &str, what: &str) -> Result<(), Error> {
        text(self.run(&["-c", "-f", "-"], commands)?, what).map(|_| ())
    }

    /// The objects of a list, with numbers instead of names. The words are ours, or checked identifiers.
    pub(crate) fn objects(&self, list: &[&str]) -> Result<Vec<Value>, Error> {
        let what = list.join(" ");
        let arguments = [&["-jn"], list].concat();
        let said = text(self.run(&arguments, "")?, &what)?;
        let bad = |why: String| Error::Answer {
            what: what.clone(),
            why,
        };
        let said: Value = serde_json::from_str(&said).map_err(|error| bad(error.to_string()))?;
        let objects = said.get("nftables").and_then(Value::as_array);
        objects
            .cloned()
            .ok_or_else(|| bad("it has no nftables".to_owned()))
    }

    /// A list in nft's own words: with handles (`-a`), or as it is written (`-s`).
    pub(crate) fn words(&self, option: &str, list: &[&str]) -> Result<String, Error> {
        let arguments = [&[option], list].concat();
        text(self.run(&arguments, "")?, &list.join(" "))
    }

    fn run(&self, arguments: &[&str], input: &str) -> Result<Output, Error> {
        let mut child = Command::new("nft")
            .args(arguments)
            .env_clear()
            .env("PATH", PATH)
            .env("LC_ALL", "C")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(Error::Start)?;
        // It reads everything before it says a word, and when it ends before that, its message is what counts.
        if let Some(mut stdin) = child.stdin.take() {
            let _ = stdin.write_all(input.as_bytes());
        }
        child.wait_with_output().map_err(Error::Start)
    }
}

/// What nft printed, if it was content.
fn text(output: Output, what: &str) -> Result<String, Error> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::Refused {
        what: what.trim().to_owned(),
        text: complaint(&said),
    })
}

/// The messages without the lines that repeat and underline our own words.
fn complaint(said: &str) -> String {
    let lines = said
        .lines()
        .filter_map(|line| line.split_once("Error: ").map(|(_, text)| text));
    match lines.collect::<Vec<_>>() {
        lines if lines.is_empty() => said.trim().to_owned(),
        lines => lines.join("; "),
    }
}
