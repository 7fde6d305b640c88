//! A configuration file as systemd's parser sees it, with every byte kept.
//!
//! The rules are those of `config_parse()` and `parse_line()` in systemd's src/shared/conf-parser.c, described in
//! systemd.syntax(7): a line that ends in an unescaped backslash goes on in the next one, comments may stand
//! between the two, a byte order mark is skipped, and a section header that cannot be read or text that is not
//! UTF-8 ends the reading of the file.

use crate::line::{self, Line, is_space};

/// `LONG_LINE_MAX`: systemd gives a file up at a longer line.
const LONGEST_LINE: usize = 1024 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What systemd objects to in a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A line starts with `[` and does not end with `]`.
    #[error("the section header is not closed by ]")]
    OpenHeader,
    /// A section name holds quotes, backslashes or control characters.
    #[error("the section name holds a quote, a backslash or a control character")]
    UnsafeHeader,
    /// The line is not UTF-8.
    #[error("the line is not UTF-8")]
    NotUtf8,
    /// The line, or a line with its continuations, is longer than a mebibyte.
    #[error("the line is longer than a mebibyte")]
    TooLong,
    /// There is no `=` in the line.
    #[error("there is no = in the line")]
    NoEquals,
    /// There is nothing before `=`.
    #[error("there is no name before the =")]
    NoKey,
    /// An assignment stands before the first section.
    #[error("the setting is in no section")]
    NoSection,
}

impl Fault {
    /// Whether systemd stops reading the file here (otherwise it ignores the line).
    pub fn is_fatal(&self) -> bool {
        !matches!(self, Fault::NoEquals | Fault::NoKey | Fault::NoSection)
    }
}

/// A fault and where it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct Problem {
    /// The physical line, from 1; of a continued line the last, as systemd counts.
    pub line: usize,
    /// What is wrong.
    pub fault: Fault,
}

/// What one logical line means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    Blank,
    Comment,
    Section(String),
    Assignment { key: String, value: String },
    Broken(Fault),
}

/// One logical line: the bytes as they are in the file, with all continuations, and what they mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) raw: Vec<u8>,
    pub(crate) meaning: Meaning,
}

impl Entry {
    pub(crate) fn is(&self, wanted: &str) -> Option<&str> {
        match &self.meaning {
            Meaning::Assignment { key, value } if key == wanted => Some(value),
            _ => None,
        }
    }

    pub(crate) fn is_assignment(&self) -> bool {
        matches!(self.meaning, Meaning::Assignment { .. })
    }
}

/// A configuration file in memory. [`Document::to_bytes`] after [`Document::parse`] gives the same bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    pub(crate) entries: Vec<Entry>,
}

/// An assignment and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment<'a> {
    /// The physical line, from 1; of a continued line the last.
    pub line: usize,
    /// The section it stands in.
    pub section: &'a str,
    /// The setting.
    pub key: &'a str,
    /// The value, continuations joined.
    pub value: &'a str,
}

/// One occurrence of a section: a header and what follows it up to the next header.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    /// The section's name, without brackets.
    pub name: &'a str,
    /// Which header of the file it is, from 0.
    pub index: usize,
    entries: &'a [Entry],
}

impl<'a> Block<'a> {
    /// All assignments, in order: name and value.
    pub fn assignments(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.entries.iter().filter_map(|entry| match &entry.meaning {
            Meaning::Assignment { key, value } => Some((key.as_str(), value.as_str())),
            _ => None,
        })
    }

    /// The last value of a key that is assigned here.
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.assignments()
            .filter(|(k, _)| *k == key)
            .last()
            .map(|(_, v)| v)
    }
}

impl Document {
    /// Reads any bytes; what is not understood is kept and listed by [`Document::problems`].
    pub fn parse(bytes: &[u8]) -> Self {
        let mut reader = Reader::default();
        for line in line::split(bytes) {
            reader.take(line);
        }
        reader.finish()
    }

    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let lines: Vec<&[u8]> = self.entries.iter().map(|entry| entry.raw.as_slice()).collect();
        lines.concat()
    }

    /// The occurrences of all sections, in order.
    pub fn blocks(&self) -> impl Iterator<Item = Block<'_>> {
        let headers: Vec<usize> = self.headers().map(|(at, _)| at).collect();
        let ends: Vec<usize> = headers
            .iter()
            .skip(1)
            .copied()
            .chain([self.entries.len()])
            .collect();
        headers
            .into_iter()
            .zip(ends)
            .enumerate()
            .filter_map(|(index, (start, end))| {
                let Meaning::Section(name) = &self.entries[start].meaning else {
                    return None;
                };
                Some(Block {
                    name,
                    index,
                    entries: &self.entries[start + 1..end],
                })
            })
    }

    /// The values assigned to a key in all occurrences of a section, in order, empty ones too.
    pub fn assigned(&self, section: &str, key: &str) -> Vec<&str> {
        self.blocks()
            .filter(|block| block.name == section)
            .flat_map(|block| {
                block
                    .assignments()
                    .filter(|(k, _)| *k == key)
                    .map(|(_, v)| v)
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    /// The value in force of a key that holds one value: the last one. An empty assignment resets it to the
    /// default, which is told as `None`.
    pub fn value(&self, section: &str, key: &str) -> Option<&str> {
        self.assigned(section, key)
            .last()
            .copied()
            .filter(|value| !value.is_empty())
    }

    /// The values in force of a key that may be repeated: those after the last empty assignment.
    pub fn values(&self, section: &str, key: &str) -> Vec<&str> {
        let all = self.assigned(section, key);
        let start = all
            .iter()
            .rposition(|value| value.is_empty())
            .map_or(0, |at| at + 1);
        all[start..].to_vec()
    }

    /// What systemd would complain about in the form of the file, by line.
    pub fn problems(&self) -> Vec<Problem> {
        let problem = |(line, entry): (usize, &Entry)| match &entry.meaning {
            Meaning::Broken(fault) => Some(Problem {
                line,
                fault: fault.clone(),
            }),
            _ => None,
        };
        self.numbered().filter_map(problem).collect()
    }

    /// All assignments, in order.
    pub fn assignments(&self) -> Vec<Assignment<'_>> {
        let mut section = "";
        let mut found = Vec::new();
        for (line, entry) in self.numbered() {
            match &entry.meaning {
                Meaning::Section(name) => section = name,
                Meaning::Assignment { key, value } => found.push(Assignment {
                    line,
                    section,
                    key,
                    value,
                }),
                _ => {}
            }
        }
        found
    }

    /// The logical lines, each with the number that systemd gives it: that of its last physical line.
    fn numbered(&self) -> impl Iterator<Item = (usize, &Entry)> {
        self.entries.iter().scan(0, |line, entry| {
            *line += line::split(&entry.raw).count();
            Some((*line, entry))
        })
    }

    /// The fault that makes systemd give the file up, if there is one.
    pub fn fatal_problem(&self) -> Option<Problem> {
        let is_fatal = |entry: &Entry| matches!(&entry.meaning, Meaning::Broken(fault) if fault.is_fatal());
        // Lines are counted only where there is something to tell.
        self.entries
            .iter()
            .any(is_fatal)
            .then(|| self.problems())?
            .into_iter()
            .find(|problem| problem.fault.is_fatal())
    }

    /// Where the section headers are, and their names.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (usize, &str)> {
        self.entries
            .iter()
            .enumerate()
            .filter_map(|(at, entry)| match &entry.meaning {
                Meaning::Section(name) => Some((at, name.as_str())),
                _ => None,
            })
    }
}

/// The parser's state between two physical lines.
#[derive(Default)]
struct Reader {
    entries: Vec<Entry>,
    /// The bytes of a continued line so far, and its text with the backslashes turned into spaces.
    raw: Vec<u8>,
    text: Vec<u8>,
    continued: bool,
    mark_seen: bool,
    in_section: bool,
}

impl Reader {
    fn take(&mut self, line: Line<'_>) {
        self.raw.reserve(line.text.len() + line.end.len());
        self.raw.extend_from_slice(line.text);
        self.raw.extend_from_slice(line.end);
        if line.text.len() > LONGEST_LINE {
            return self.close_as(Meaning::Broken(Fault::TooLong));
        }
        if line.is_comment() {
            if !self.continued {
                self.close_as(Meaning::Comment);
            }
            return;
        }
        let text = self.without_mark(line.text);
        self.append(text);
    }

    /// systemd skips the first byte order mark that starts a line, wherever that is.
    fn without_mark<'a>(&mut self, text: &'a [u8]) -> &'a [u8] {
        match text.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) if !self.mark_seen => {
                self.mark_seen = true;
                rest
            }
            _ => text,
        }
    }

    fn append(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
        self.continued = ends_escaped(text);
        if self.text.len() > LONGEST_LINE {
            return self.close_as(Meaning::Broken(Fault::TooLong));
        }
        if self.continued {
            self.text.pop();
            self.text.push(b' ');
        } else {
            self.close();
        }
    }

    fn close(&mut self) {
        let meaning = meaning_of(&self.text, self.in_section);
        self.in_section |= matches!(meaning, Meaning::Section(_));
        self.close_as(meaning);
    }

    fn close_as(&mut self, meaning: Meaning) {
        self.entries.push(Entry {
            raw: std::mem::take(&mut self.raw),
            meaning,
        });
        self.text.clear();
        self.continued = false;
    }

    /// A continuation that the end of the file cuts off is complete nevertheless.
    fn finish(mut self) -> Document {
        if self.continued {
            self.close();
        }
        Document {
            entries: self.entries,
        }
    }
}

/// Whether the text ends inside an escape. The text before a continuation ended in one, whose backslash has
/// become a space, so that each physical line can be looked at alone.
pub(crate) fn ends_escaped(text: &[u8]) -> bool {
    let backslashes = text.iter().rev().take_while(|byte| **byte == b'\\').count();
    backslashes % 2 == 1
}

fn meaning_of(text: &[u8], in_section: bool) -> Meaning {
    let text = trim(text);
    if text.is_empty() {
        return Meaning::Blank;
    }
    match utf8(text) {
        None => Meaning::Broken(Fault::NotUtf8),
        Some(text) if text.starts_with('[') => header(text),
        Some(_) if !in_section => Meaning::Broken(Fault::NoSection),
        Some(text) => assignment(text),
    }
}

fn header(text: &str) -> Meaning {
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        None => Meaning::Broken(Fault::OpenHeader),
        Some(name) if !is_safe(name) => Meaning::Broken(Fault::UnsafeHeader),
        Some(name) => Meaning::Section(name.to_owned()),
    }
}

fn assignment(text: &str) -> Meaning {
    match text.split_once('=') {
        None => Meaning::Broken(Fault::NoEquals),
        Some(("", _)) => Meaning::Broken(Fault::NoKey),
        Some((key, value)) => Meaning::Assignment {
            key: trim_text(key).to_owned(),
            value: trim_text(value).to_owned(),
        },
    }
}

/// `string_is_safe()` of systemd: no control characters, quotes or backslashes.
pub(crate) fn is_safe(name: &str) -> bool {
    !name
        .bytes()
        .any(|b| b < b' ' || matches!(b, b'"' | b'\'' | b'\\' | 0x7f))
}

/// UTF-8 without noncharacters, as `utf8_is_valid()` of systemd wants it.
fn utf8(text: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(text).ok()?;
    let nonchar = |c: char| (c as u32) & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&(c as u32));
    (!text.chars().any(nonchar)).then_some(text)
}

pub(crate) fn trim(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_space(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_space(*last)
    {
        text = rest;
    }
    text
}

fn trim_text(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_ascii() && is_space(c as u8))
}
