//! Changes to a file that touch only the lines they are about.

use crate::document::{Document, Entry, Meaning, Problem, ends_escaped, is_safe};
use crate::line::{self, is_space};

/// Why a change was refused. The document is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// systemd stops reading the file at this line, so a change could have any effect or none.
    #[error("systemd gives the file up at {0}; correct that line first")]
    BrokenFile(Problem),
    /// A value that would become another value, or another line, when read back.
    #[error("the value {0:?} holds a line break or control character, or ends in a space or backslash")]
    BadValue(String),
    /// A section or key name that would mean something else when read back.
    #[error("{0:?} cannot be the name of a section or setting")]
    BadName(String),
    /// The file has no such occurrence of a section.
    #[error("the file has no section number {0}")]
    NoBlock(usize),
}

impl Document {
    /// Gives a single-valued key its value: in the line that is in force, or else at the end of the section, or
    /// else in a new section at the end.
    pub fn set(&mut self, section: &str, key: &str, value: &str) -> Result<(), EditError> {
        self.check(section, &[(key, value)])?;
        match self.positions(section, key).last() {
            Some(&at) => self.rewrite(at, value),
            None => self.insert(section, key, value),
        }
        Ok(())
    }

    /// Adds a line for a key that may be repeated, behind those that are there.
    pub fn append(&mut self, section: &str, key: &str, value: &str) -> Result<(), EditError> {
        self.check(section, &[(key, value)])?;
        match self.positions(section, key).last() {
            Some(&at) => self.insert_line(at + 1, key, value),
            None => self.insert(section, key, value),
        }
        Ok(())
    }

    /// Gives a key in one occurrence of a section its value.
    pub fn set_in(&mut self, block: usize, key: &str, value: &str) -> Result<(), EditError> {
        let (start, end) = self.extent(block)?;
        self.check("x", &[(key, value)])?;
        match (start..end).rev().find(|at| self.entries[*at].is(key).is_some()) {
            Some(at) => self.rewrite(at, value),
            None => self.insert_line(self.end_of_content(start, end), key, value),
        }
        Ok(())
    }

    /// Removes the lines of a key whose values `wanted` picks; the number of lines removed.
    pub fn remove(
        &mut self,
        section: &str,
        key: &str,
        mut wanted: impl FnMut(&str) -> bool,
    ) -> Result<usize, EditError> {
        self.check(section, &[(key, "")])?;
        let lines: Vec<usize> = self
            .positions(section, key)
            .into_iter()
            .filter(|at| self.entries[*at].is(key).is_some_and(&mut wanted))
            .collect();
        for at in lines.iter().rev() {
            self.cut(*at);
        }
        self.settle();
        Ok(lines.len())
    }

    /// Removes words from the lines of a key that holds lists of words; a line that loses its last word goes.
    pub fn remove_words(
        &mut self,
        section: &str,
        key: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<usize, EditError> {
        self.check(section, &[(key, "")])?;
        let mut removed = 0;
        for at in self.positions(section, key).into_iter().rev() {
            let value = self.entries[at].is(key).unwrap_or_default().to_owned();
            let kept: Vec<&str> = value
                .split_ascii_whitespace()
                .filter(|word| !wanted(word))
                .collect();
            let lost = value.split_ascii_whitespace().count() - kept.len();
            match lost {
                0 => {}
                _ if kept.is_empty() => self.cut(at),
                _ => self.rewrite(at, &kept.join(" ")),
            }
            removed += lost;
        }
        self.settle();
        Ok(removed)
    }

    /// Adds an occurrence of a section at the end of the file.
    pub fn add_block(&mut self, section: &str, settings: &[(&str, &str)]) -> Result<(), EditError> {
        self.check(section, settings)?;
        self.finish_last_line();
        let end = self.ending(self.entries.len());
        if self
            .entries
            .last()
            .is_some_and(|last| last.meaning != Meaning::Blank)
        {
            self.entries.push(entry(Meaning::Blank, &end, ""));
        }
        self.entries.push(entry(
            Meaning::Section(section.to_owned()),
            &end,
            &format!("[{section}]"),
        ));
        for (key, value) in settings {
            self.insert_line(self.entries.len(), key, value);
        }
        Ok(())
    }

    /// Removes one occurrence of a section: header and settings, with the comments among them. Comments behind
    /// the last setting stay, they may speak of what follows.
    pub fn remove_block(&mut self, block: usize) -> Result<(), EditError> {
        self.refuse_broken()?;
        let (start, end) = self.extent(block)?;
        let end = self.end_of_content(start, end);
        let blank_before = start > 0 && self.entries[start - 1].meaning == Meaning::Blank;
        let start = if blank_before { start - 1 } else { start };
        self.entries.drain(start..end);
        self.settle();
        Ok(())
    }

    fn refuse_broken(&self) -> Result<(), EditError> {
        self.fatal_problem()
            .map_or(Ok(()), |problem| Err(EditError::BrokenFile(problem)))
    }

    fn check(&self, section: &str, settings: &[(&str, &str)]) -> Result<(), EditError> {
        self.refuse_broken()?;
        check_name(section)?;
        for (key, value) in settings {
            check_name(key)?;
            check_value(value)?;
        }
        Ok(())
    }

    /// Where a key is assigned in any occurrence of a section.
    fn positions(&self, section: &str, key: &str) -> Vec<usize> {
        let mut inside = false;
        let mut found = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            match &entry.meaning {
                Meaning::Section(name) => inside = name == section,
                Meaning::Assignment { key: k, .. } if inside && k == key => found.push(at),
                _ => {}
            }
        }
        found
    }

    /// From the header of an occurrence to the next header.
    fn extent(&self, block: usize) -> Result<(usize, usize), EditError> {
        let mut headers = self.headers().map(|(at, _)| at).skip(block);
        let start = headers.next().ok_or(EditError::NoBlock(block))?;
        Ok((start, headers.next().unwrap_or(self.entries.len())))
    }

    /// Behind the last assignment of an occurrence, or behind its header.
    fn end_of_content(&self, start: usize, end: usize) -> usize {
        let last = (start..end).rev().find(|at| self.entries[*at].is_assignment());
        last.unwrap_or(start) + 1
    }

    fn insert(&mut self, section: &str, key: &str, value: &str) {
        let last = self
            .headers()
            .filter(|(_, name)| *name == section)
            .last()
            .map(|(at, _)| at);
        let Some(start) = last else {
            // The names and the value have been checked, so that this cannot fail.
            let _ = self.add_block(section, &[(key, value)]);
            return;
        };
        let next = self.headers().map(|(at, _)| at).find(|at| *at > start);
        let at = self.end_of_content(start, next.unwrap_or(self.entries.len()));
        self.insert_line(at, key, value);
    }

    fn insert_line(&mut self, at: usize, key: &str, value: &str) {
        let at = if at == self.entries.len() {
            self.finish_last_line();
            self.entries.len()
        } else {
            at
        };
        let meaning = assignment(key, value);
        let new = entry(meaning, &self.ending(at), &format!("{key}={value}"));
        self.entries.insert(at, new);
    }

    fn rewrite(&mut self, at: usize, value: &str) {
        let old = &self.entries[at];
        let Meaning::Assignment { key, .. } = &old.meaning else {
            return;
        };
        let key = key.clone();
        let mut raw = rewritten(&old.raw, &key, value);
        let comments = self.take_comments(at);
        if !comments.is_empty() && line::split(&raw).all(|line| line.end.is_empty()) {
            raw.extend_from_slice(&self.ending(at));
        }
        self.entries[at] = Entry {
            raw,
            meaning: assignment(&key, value),
        };
        self.entries.splice(at + 1..at + 1, comments);
    }

    fn cut(&mut self, at: usize) {
        let comments = self.take_comments(at);
        self.entries.splice(at..=at, comments);
    }

    /// The comments between the lines of a continued line, which must not go with it.
    fn take_comments(&self, at: usize) -> Vec<Entry> {
        let lines = line::split(&self.entries[at].raw);
        lines
            .filter(|line| line.is_comment())
            .map(|line| Entry {
                raw: [line.text, line.end].concat(),
                meaning: Meaning::Comment,
            })
            .collect()
    }

    /// Makes the end of the file a place where a line can be added: the last line ended, and no continuation
    /// open.
    fn finish_last_line(&mut self) {
        let end = self.ending(self.entries.len());
        let Some(last) = self.entries.last_mut() else {
            return;
        };
        let (ended, open) = last_line_state(&last.raw);
        if !ended {
            last.raw.extend_from_slice(&end);
        }
        if open {
            last.raw.extend_from_slice(&end);
        }
    }

    /// How a new line at `at` must end: like the nearest line before it. Another ending could melt into its
    /// neighbour's, as `\r` and `\n` do.
    fn ending(&self, at: usize) -> Vec<u8> {
        let mut before = self.entries[..at]
            .iter()
            .rev()
            .filter_map(|entry| line::split(&entry.raw).last());
        let ended = before.find(|line| !line.end.is_empty());
        ended.map_or(b"\n".to_vec(), |line| line.end.to_vec())
    }

    /// Where lines have gone, the endings of their neighbours may have become one.
    fn settle(&mut self) {
        *self = Document::parse(&self.to_bytes());
    }
}

/// Whether the last line is ended, and whether the end of the file cut a continuation off.
fn last_line_state(raw: &[u8]) -> (bool, bool) {
    let ended = line::split(raw).last().is_none_or(|line| !line.end.is_empty());
    let last_text = line::split(raw).filter(|line| !line.is_comment()).last();
    (ended, last_text.is_some_and(|line| ends_escaped(line.text)))
}

fn assignment(key: &str, value: &str) -> Meaning {
    Meaning::Assignment {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

fn entry(meaning: Meaning, end: &[u8], text: &str) -> Entry {
    Entry {
        raw: [text.as_bytes(), end].concat(),
        meaning,
    }
}

/// The line with another value, its indentation, the spaces around `=` and its ending kept.
fn rewritten(raw: &[u8], key: &str, value: &str) -> Vec<u8> {
    let mut lines = line::split(raw).filter(|line| !line.is_comment());
    let first = lines.next().map_or(&[][..], |line| line.text);
    let end = line::split(raw).last().map_or(&[][..], |line| line.end);
    let head = match first.iter().position(|byte| *byte == b'=') {
        Some(equals) => first[..equals + 1 + spaces(&first[equals + 1..])].to_vec(),
        None => format!("{key}=").into_bytes(),
    };
    [&head[..], value.as_bytes(), end].concat()
}

fn spaces(text: &[u8]) -> usize {
    text.iter().take_while(|byte| is_space(**byte)).count()
}

fn check_name(name: &str) -> Result<(), EditError> {
    let first_is_special = name.starts_with(['[', '#', ';']);
    let trimmed = name.trim_matches(' ') == name && !name.is_empty();
    if trimmed && !first_is_special && is_safe(name) && !name.contains('=') {
        Ok(())
    } else {
        Err(EditError::BadName(name.to_owned()))
    }
}

fn check_value(value: &str) -> Result<(), EditError> {
    let control = value.chars().any(|c| c.is_control() && c != '\t');
    let edge = value.starts_with([' ', '\t']) || value.ends_with([' ', '\t']);
    let round_trip = Document::parse(format!("[x]\nk={value}\n").as_bytes());
    if control || edge || round_trip.assigned("x", "k") != [value] {
        return Err(EditError::BadValue(value.to_owned()));
    }
    Ok(())
}
