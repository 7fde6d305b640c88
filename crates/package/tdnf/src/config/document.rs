//! A configuration file to be edited: every line is kept as it was written, comments and order included, and
//! only what is asked for changes. What a line means is decided as [`super::ini`] does.

/// The lines of a file with their line ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Document {
    lines: Vec<String>,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line<'a> {
    Section(&'a str),
    Setting { key: &'a str, value: &'a str },
    More(&'a str),
    Comment(&'a str),
    Blank,
    Odd,
}

fn classify(line: &str) -> Line<'_> {
    let indented = line.starts_with([' ', '\t']);
    let text = line.trim();
    match text.chars().next() {
        None => Line::Blank,
        Some('#' | ';') => Line::Comment(text),
        Some(_) if indented => Line::More(text),
        Some('[') => match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(name) => Line::Section(name.trim()),
            None => Line::Odd,
        },
        Some(_) => match text.split_once('=') {
            Some((key, value)) => Line::Setting {
                key: key.trim(),
                value: value.trim(),
            },
            None => Line::Odd,
        },
    }
}

impl Document {
    pub(crate) fn parse(text: &str) -> Self {
        Self {
            lines: text.split_inclusive('\n').map(str::to_owned).collect(),
        }
    }

    /// The file's text.
    pub(crate) fn text(&self) -> String {
        self.lines.concat()
    }

    pub(crate) fn has_sections(&self) -> bool {
        self.lines
            .iter()
            .any(|line| matches!(classify(line), Line::Section(_)))
    }

    pub(crate) fn has_section(&self, name: &str) -> bool {
        self.header(name).is_some()
    }

    fn header(&self, name: &str) -> Option<usize> {
        self.lines
            .iter()
            .position(|line| classify(line) == Line::Section(name))
    }

    /// Lines of all sections of that name, headers included: their numbers and what they are.
    fn of_section(&self, name: &str) -> impl Iterator<Item = (usize, Line<'_>)> {
        let mut inside = false;
        self.lines.iter().enumerate().filter_map(move |(number, line)| {
            let line = classify(line);
            if let Line::Section(found) = line {
                inside = found == name;
            }
            inside.then_some((number, line))
        })
    }

    /// Settings in the order of the file, with the lines that continue their values joined by a blank.
    pub(crate) fn settings(&self, section: &str) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        for (_, line) in self.of_section(section) {
            match line {
                Line::Setting { key, value } => found.push((key.to_owned(), value.to_owned())),
                Line::More(more) => {
                    if let Some((_, value)) = found.last_mut() {
                        let gap = if value.is_empty() { "" } else { " " };
                        value.push_str(gap);
                        value.push_str(more);
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// Comments of a section in the order of the file.
    pub(crate) fn comments(&self, section: &str) -> Vec<String> {
        let comment = |(_, line): (usize, Line<'_>)| match line {
            Line::Comment(text) => Some(text.to_owned()),
            _ => None,
        };
        self.of_section(section).filter_map(comment).collect()
    }

    /// The value in force: of several settings of one key, the last counts.
    pub(crate) fn get(&self, section: &str, key: &str) -> Option<String> {
        let settings = self.settings(section);
        settings
            .into_iter()
            .rev()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// Lines that hold a setting, the lines that continue it included.
    fn lines_of(&self, section: &str, key: &str) -> Vec<usize> {
        let mut found = Vec::new();
        let mut ours = false;
        for (number, line) in self.of_section(section) {
            match line {
                Line::Setting { key: name, .. } => ours = name == key,
                Line::Section(_) => ours = false,
                Line::More(_) => {}
                Line::Comment(_) | Line::Blank | Line::Odd => continue,
            }
            if ours {
                found.push(number);
            }
        }
        found
    }

    /// Sets a value where the key is, or after the last setting of the section. The section must exist.
    pub(crate) fn set(&mut self, section: &str, key: &str, value: &str) {
        let lines = self.lines_of(section, key);
        let is_setting = |number: &&usize| matches!(classify(&self.lines[**number]), Line::Setting { .. });
        match lines.iter().rfind(is_setting).copied() {
            Some(number) => {
                let line = with_value(&self.lines[number], value);
                self.lines[number] = line;
                let continued = lines.into_iter().filter(|line| *line > number);
                self.drop_lines(&continued.collect::<Vec<_>>());
            }
            None => self.insert(self.after_settings(section), &format!("{key}={value}")),
        }
    }

    fn after_settings(&self, section: &str) -> usize {
        let keeps = |line: &Line<'_>| matches!(line, Line::Section(_) | Line::Setting { .. } | Line::More(_));
        let last = self.of_section(section).filter(|(_, line)| keeps(line)).last();
        last.map_or(self.lines.len(), |(number, _)| number + 1)
    }

    fn insert(&mut self, at: usize, line: &str) {
        let end = if self.lines.iter().any(|line| line.ends_with("\r\n")) {
            "\r\n"
        } else {
            "\n"
        };
        if let Some(before) = at.checked_sub(1).and_then(|before| self.lines.get_mut(before))
            && !before.ends_with('\n')
        {
            before.push_str(end);
        }
        self.lines.insert(at, format!("{line}{end}"));
    }

    /// Adds an empty section at the end.
    pub(crate) fn add_section(&mut self, name: &str) {
        if self.lines.last().is_some_and(|line| !line.trim().is_empty()) {
            self.insert(self.lines.len(), "");
        }
        self.insert(self.lines.len(), &format!("[{name}]"));
    }

    /// Removes a setting; false when there is none.
    pub(crate) fn remove(&mut self, section: &str, key: &str) -> bool {
        let lines = self.lines_of(section, key);
        self.drop_lines(&lines);
        !lines.is_empty()
    }

    /// Removes a section with everything up to the next one; false when there is none.
    pub(crate) fn remove_section(&mut self, name: &str) -> bool {
        let lines: Vec<usize> = self.of_section(name).map(|(number, _)| number).collect();
        self.drop_lines(&lines);
        !lines.is_empty()
    }

    fn drop_lines(&mut self, numbers: &[usize]) {
        let mut number = 0;
        self.lines.retain(|_| {
            number += 1;
            !numbers.contains(&(number - 1))
        });
    }
}

/// The line with another value; what is before it, and the line's end, stay as they are.
fn with_value(line: &str, value: &str) -> String {
    let end = &line[line.trim_end_matches(['\r', '\n']).len()..];
    let (key, old) = line.split_once('=').unwrap_or((line, ""));
    let old = old.trim_end_matches(['\r', '\n']);
    let gap = &old[..old.len() - old.trim_start().len()];
    let gap = if old.trim().is_empty() { "" } else { gap };
    format!("{key}={gap}{value}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ini;

    const FILE: &str = "# head\n\n[a]\nname = One  \n# about urls\nbaseurl=http://x\n  http://y\n; end of a\n\n[b]\nname=Two\n";

    #[test]
    fn a_value_is_replaced_in_place_and_all_else_stays() {
        let mut document = Document::parse(FILE);
        document.set("a", "name", "Other");
        document.set("a", "baseurl", "http://z");
        document.set("a", "enabled", "1");
        let expected = "# head\n\n[a]\nname = Other\n# about urls\nbaseurl=http://z\nenabled=1\n; end of a\n\n[b]\nname=Two\n";
        assert_eq!(document.text(), expected);
    }

    #[test]
    fn settings_and_sections_are_removed_with_their_lines() {
        let mut document = Document::parse(FILE);
        assert!(document.remove("a", "baseurl"));
        assert!(!document.remove("a", "baseurl"));
        assert!(document.remove_section("b"));
        assert_eq!(
            document.text(),
            "# head\n\n[a]\nname = One  \n# about urls\n; end of a\n\n"
        );
        assert!(document.remove_section("a") && !document.has_sections());
    }

    #[test]
    fn a_new_section_and_line_ends_fit_the_file() {
        let mut document = Document::parse("[a]\r\nx=1");
        document.add_section("b");
        document.set("b", "y", "2");
        document.set("a", "z", "3");
        assert_eq!(document.text(), "[a]\r\nx=1\r\nz=3\r\n\r\n[b]\r\ny=2\r\n");
    }

    #[test]
    fn the_last_of_several_counts_and_is_the_one_that_changes() {
        let mut document = Document::parse("[main]\nk=1\nk=2\n");
        assert_eq!(document.get("main", "k").as_deref(), Some("2"));
        document.set("main", "k", "3");
        assert_eq!(document.text(), "[main]\nk=1\nk=3\n");
    }

    proptest::proptest! {
        #[test]
        fn text_comes_back_and_is_read_as_the_program_reads_it(
            text in "(\\[[ab]\\]|[ab] ?= ?[xy ]{0,3}|  [xy]|#[ab]|)(\n(\\[[ab]\\]|[ab] ?= ?[xy ]{0,3}|  [xy]|#[ab]|)){0,12}\n?"
        ) {
            let document = Document::parse(&text);
            proptest::prop_assert_eq!(&document.text(), &text);
            let Ok(sections) = ini::parse(&text, "test") else { return Ok(()) };
            for name in ["a", "b"] {
                let read: Vec<(String, String)> = sections
                    .iter()
                    .filter(|section| section.name == name)
                    .flat_map(|section| section.settings.clone())
                    .collect();
                proptest::prop_assert_eq!(document.settings(name), read);
            }
        }

        #[test]
        fn what_was_set_is_read_and_nothing_else_changes(
            text in "\\[a\\](\n(\\[[ab]\\]|[ab]=[xy]{0,3}|  [xy]|#[ab]|)){0,12}\n?", value in "[a-z= #]{0,6}"
        ) {
            proptest::prop_assume!(ini::parse(&text, "test").is_ok());
            let mut document = Document::parse(&text);
            let other = document.get("a", "b");
            document.set("a", "a", &value);
            let again = Document::parse(&document.text());
            let read = again.get("a", "a");
            proptest::prop_assert_eq!(read.as_deref(), Some(value.trim()));
            proptest::prop_assert_eq!(again.get("a", "b"), other);
        }
    }
}
