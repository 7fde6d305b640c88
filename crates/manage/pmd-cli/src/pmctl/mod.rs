//! `pmctl`, the command of photon-mgmtd: its words, said again in those of `pmd-cli`.
//!
//! Both go the same way from there on: who may do what, how long work is followed and what is printed is one matter.

pub mod table;

use crate::failure::Failure;
use table::{Row, TABLE};

/// The same in the words of `pmd-cli`. Its own options, such as `--servername`, may come first, and stay.
///
/// # Errors
/// When there is no such command, or none any more.
pub fn translate(arguments: &[String]) -> Result<Vec<String>, Failure> {
    let (options, words) = arguments.split_at(leading_options(arguments)?);
    let found = TABLE.iter().find_map(|row| Some((row, fit(row, words)?)));
    let (row, found) = found.ok_or_else(|| unknown(words))?;
    if let Some(instead) = row.becomes.strip_prefix("! ") {
        return Err(Failure::gone(format!("pmctl {}: {instead}", words.join(" "))));
    }
    Ok([options.to_vec(), found.said(row)?].concat())
}

/// What there is, for the help.
pub fn help() -> String {
    let rows = TABLE.iter().filter(|row| !row.becomes.starts_with('!'));
    let line = |row: &Row| format!("  pmctl {}\n", row.given);
    format!(
        "The words of photon-mgmtd's command, for whom `pmd-cli` has others. Before them stand pmd-cli's options, such as\n\
         --servername HOST --user USER; without, it is this host.\n\n{}",
        rows.map(line).collect::<String>()
    )
}

/// How many words are options of `pmd-cli`, with their values.
fn leading_options(arguments: &[String]) -> Result<usize, Failure> {
    const ALONE: &[&str] = &["--json", "-j", "--quiet"];
    let mut count = 0;
    while let Some(word) = arguments.get(count).filter(|word| word.starts_with('-')) {
        if word == "-u" || word.starts_with("--url") {
            return Err(Failure::gone(
                "--url: a host is reached over TLS only: --servername HOST[:PORT] --user USER",
            ));
        }
        let alone = ALONE.contains(&word.as_str()) || word.contains('=');
        count += if alone { 1 } else { 2 };
    }
    Ok(count.min(arguments.len()))
}

/// What the words in capitals stand for, and the rest.
#[derive(Debug)]
struct Found<'a> {
    names: Vec<(&'static str, &'a str)>,
    rest: &'a [String],
}

/// Which of several words it was, in the row's other half.
const ALTERNATIVE: &str = "WORD";

fn fit<'a>(row: &Row, mut words: &'a [String]) -> Option<Found<'a>> {
    let mut names = Vec::new();
    for expected in row.given.split(' ') {
        if expected == "..." {
            return Some(Found { names, rest: words });
        }
        let (word, after) = words.split_first()?;
        words = after;
        match is_name(expected) {
            true => names.push((expected, word.as_str())),
            false if expected.split('|').any(|one| one == word) => names.push((ALTERNATIVE, word.as_str())),
            false => return None,
        }
    }
    words.is_empty().then_some(Found { names, rest: words })
}

fn is_name(word: &str) -> bool {
    word.chars().all(|letter| letter.is_ascii_uppercase())
}

impl Found<'_> {
    fn said(&self, row: &Row) -> Result<Vec<String>, Failure> {
        let (words, keys) = row.becomes.split_once(" | ").unwrap_or((row.becomes, ""));
        let mut said = Vec::new();
        for word in words.split(' ') {
            match word {
                "..." => said.extend(self.renamed(words, keys)?),
                name if is_name(name) => said.extend(self.named(name)),
                word => said.push(word.to_owned()),
            }
        }
        Ok(said)
    }

    /// The last of that name: of the literal words, the one nearest to the names.
    fn named(&self, name: &str) -> Option<String> {
        let mut of_name = self.names.iter().rev().filter(|(known, _)| *known == name);
        of_name.next().map(|(_, word)| (*word).to_owned())
    }

    /// The rest, with the keys that have other names.
    fn renamed(&self, words: &str, keys: &str) -> Result<Vec<String>, Failure> {
        let rename = |(index, word): (usize, &String)| match (index % 2, other_name(keys, word)) {
            (0, Some("!")) => Err(Failure::gone(format!(
                "{word} is not taken here; see pmd-cli {} --help",
                words.split(' ').take(2).collect::<Vec<_>>().join(" ")
            ))),
            (0, Some(other)) => Ok(other.to_owned()),
            _ => Ok(word.clone()),
        };
        self.rest.iter().enumerate().map(rename).collect()
    }
}

fn other_name<'a>(keys: &'a str, word: &str) -> Option<&'a str> {
    let mut pairs = keys.split_whitespace().filter_map(|pair| pair.split_once(':'));
    pairs.find_map(|(key, other)| (key == word).then_some(other))
}

/// What was meant, perhaps: what begins with the same words.
fn unknown(words: &[String]) -> Failure {
    let alike = |count: usize| {
        let of = |row: &&Row| {
            let mut given = row.given.split(' ').zip(words);
            given
                .by_ref()
                .take(count)
                .filter(|(is, word)| is.split('|').any(|one| one == *word))
                .count()
                == count
        };
        TABLE
            .iter()
            .filter(of)
            .map(|row| format!("\n  pmctl {}", row.given))
            .collect::<String>()
    };
    let found = [2, 1].into_iter().map(alike).find(|rows| !rows.is_empty());
    Failure::misuse(format!(
        "pmctl has no command {}; {}",
        words.join(" "),
        found.map_or("see pmctl --help".to_owned(), |rows| format!("there are:{rows}"))
    ))
}

#[cfg(test)]
mod tests;
