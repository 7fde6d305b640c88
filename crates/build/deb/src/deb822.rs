//! Stanzas of fields: `deb822(5)`.

/// One stanza: `Name: value` lines, continued by lines that start with a blank.
#[derive(Debug, Clone, Copy)]
pub struct Paragraph<'a> {
    text: &'a str,
}

impl<'a> Paragraph<'a> {
    /// Wraps the text of one stanza.
    pub fn new(text: &'a str) -> Self {
        Self { text }
    }

    /// The first line of a field's value; field names are compared without case.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.fields()
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// All lines of a field's value, trimmed, the first one included even when it is empty.
    pub fn lines(&self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let mut rest = self.text.lines().skip_while({
            let name = name.to_owned();
            move |line| field(line).is_none_or(|(found, _)| !found.eq_ignore_ascii_case(&name))
        });
        let first = rest.next().and_then(field).map(|(_, value)| value);
        let more = rest.take_while(|line| continues(line)).map(str::trim);
        first.into_iter().chain(more)
    }

    /// The fields with the first line of their values, in order.
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.text.lines().filter_map(field)
    }

    /// The stanza as written.
    pub fn text(&self) -> &'a str {
        self.text
    }
}

/// Splits a file into its stanzas. Comment lines stay in the text and are no fields.
pub fn paragraphs(text: &str) -> impl Iterator<Item = Paragraph<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches('\n');
        if rest.is_empty() {
            return None;
        }
        let (stanza, tail) = rest.split_once("\n\n").unwrap_or((rest, ""));
        rest = tail;
        Some(Paragraph::new(stanza))
    })
}

fn continues(line: &str) -> bool {
    line.starts_with([' ', '\t'])
}

fn field(line: &str) -> Option<(&str, &str)> {
    if continues(line) || line.starts_with('#') {
        return None;
    }
    line.split_once(':')
        .map(|(name, value)| (name.trim(), value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "Package: a\nDescription: short\n long one\n .\n more\n# note: x\nVersion: 1\n\n\nPackage: b\n";

    #[test]
    fn stanzas_are_split_at_empty_lines() {
        let names: Vec<_> = paragraphs(TEXT).filter_map(|p| p.get("package")).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn continued_lines_belong_to_their_field() {
        let first = paragraphs(TEXT).next().unwrap();
        assert_eq!(
            first.lines("Description").collect::<Vec<_>>(),
            ["short", "long one", ".", "more"]
        );
        assert_eq!(first.get("Version"), Some("1"));
        assert_eq!(first.get("note"), None);
        assert_eq!(first.lines("Absent").count(), 0);
    }
}
