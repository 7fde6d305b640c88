//! YAML as a tree in which everything knows its line.

use saphyr_parser::{Event, Parser};

use crate::error::Error;

/// Deeper than any configuration; a reader of hostile input must not run out of stack.
const DEEPEST: usize = 16;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) value: Value,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key, where it stands, and its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) line: usize,
    pub(super) key: String,
    pub(super) value: Node,
}

/// What is wrong, and in which line.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) line: usize,
    pub(super) key: String,
    pub(super) what: String,
}

impl Wrong {
    pub(super) fn new(line: usize, key: &str, what: impl Into<String>) -> Self {
        Wrong {
            line,
            key: key.to_owned(),
            what: what.into(),
        }
    }

    /// As an error about a file.
    pub(super) fn of(self, file: &str) -> Error {
        Error::Form {
            place: format!("{file}:{}", self.line),
            key: self.key,
            what: self.what,
        }
    }
}

/// Reads one document.
pub(super) fn parse(text: &str) -> Result<Node, Wrong> {
    let mut events = Parser::new_from_str(text);
    let mut next = || -> Result<(Event<'_>, usize), Wrong> {
        match events.next() {
            Some(Ok((event, span))) => Ok((event, span.start.line())),
            Some(Err(error)) => Err(Wrong::new(error.marker().line(), "YAML", error.info())),
            None => Ok((Event::StreamEnd, 0)),
        }
    };
    loop {
        match next()? {
            (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
            (Event::StreamEnd, _) => {
                return Ok(Node {
                    line: 1,
                    value: Value::Map(Vec::new()),
                });
            }
            (event, line) => return node(event, line, &mut next, 0),
        }
    }
}

fn node<'a>(
    event: Event<'a>,
    line: usize,
    next: &mut impl FnMut() -> Result<(Event<'a>, usize), Wrong>,
    depth: usize,
) -> Result<Node, Wrong> {
    if depth > DEEPEST {
        return Err(Wrong::new(line, "YAML", "it is nested too deep"));
    }
    let value = match event {
        Event::Scalar(text, ..) => Value::Text(text.into_owned()),
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            loop {
                match next()? {
                    (Event::SequenceEnd, _) => break Value::List(items),
                    (event, line) => items.push(node(event, line, next, depth + 1)?),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut entries = Vec::new();
            loop {
                match next()? {
                    (Event::MappingEnd, _) => break Value::Map(entries),
                    (event, line) => entries.push(entry(event, line, &entries, next, depth)?),
                }
            }
        }
        // An alias may stand for something that holds aliases, and so on: a few lines that become gigabytes.
        Event::Alias(_) => return Err(Wrong::new(line, "YAML", "aliases (*name) are not understood")),
        _ => return Err(Wrong::new(line, "YAML", "it ends where a value should be")),
    };
    Ok(Node { line, value })
}

fn entry<'a>(
    event: Event<'a>,
    line: usize,
    entries: &[Entry],
    next: &mut impl FnMut() -> Result<(Event<'a>, usize), Wrong>,
    depth: usize,
) -> Result<Entry, Wrong> {
    let Event::Scalar(key, ..) = event else {
        return Err(Wrong::new(line, "YAML", "a key must be a word"));
    };
    let key = key.into_owned();
    if let Some(first) = entries.iter().find(|entry| entry.key == key) {
        let text = format!("it is there twice, first in line {}", first.line);
        return Err(Wrong::new(line, &key, text));
    }
    let (event, at) = next()?;
    let value = node(event, at, next, depth + 1)?;
    Ok(Entry { line, key, value })
}

impl Node {
    /// The text of a scalar.
    pub(super) fn text(&self, key: &str) -> Result<&str, Wrong> {
        match &self.value {
            Value::Text(text) => Ok(text),
            _ => Err(Wrong::new(self.line, key, "it must be one value")),
        }
    }

    /// Whether a scalar says yes, as YAML 1.1 and systemd understand it.
    pub(super) fn truth(&self, key: &str) -> Result<bool, Wrong> {
        match self.text(key)?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" | "1" => Ok(true),
            "false" | "no" | "off" | "n" | "0" => Ok(false),
            other => Err(Wrong::new(
                self.line,
                key,
                format!("{other:?} is not true or false"),
            )),
        }
    }

    /// The items of a list; one value is a list of one, and nothing a list of none.
    pub(super) fn items(&self) -> Vec<&Node> {
        match &self.value {
            Value::List(items) => items.iter().collect(),
            Value::Text(text) if is_null(text) => Vec::new(),
            _ => vec![self],
        }
    }

    /// The texts of a list.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<&str>, Wrong> {
        self.items().into_iter().map(|item| item.text(key)).collect()
    }

    /// The entries of a map; nothing is a map of none.
    pub(super) fn entries(&self, key: &str) -> Result<&[Entry], Wrong> {
        match &self.value {
            Value::Map(entries) => Ok(entries),
            Value::Text(text) if is_null(text) => Ok(&[]),
            _ => Err(Wrong::new(self.line, key, "it must be a map: keys and values")),
        }
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null")
}
