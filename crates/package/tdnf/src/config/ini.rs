//! The file format of `tdnf.conf` and `.repo` files: `[section]`, `key=value`, `#` and `;` comments, and
//! values that go on in lines that begin with a blank.

use super::ConfigError;

/// A section and its settings, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) name: String,
    pub(crate) settings: Vec<(String, String)>,
}

/// Parses a file; `origin` is its path, for messages.
pub(crate) fn parse(text: &str, origin: &str) -> Result<Vec<Section>, ConfigError> {
    let mut sections: Vec<Section> = Vec::new();
    for (index, raw) in text.lines().enumerate() {
        let line = raw.trim_end();
        let at = |reason: &str| ConfigError::Syntax {
            path: origin.to_owned(),
            line: index + 1,
            reason: reason.to_owned(),
        };
        match line.trim_start().chars().next() {
            None | Some('#' | ';') => {}
            Some('[') if !is_continuation(raw) => sections.push(section(line.trim()).map_err(at)?),
            Some(_) if is_continuation(raw) => go_on(&mut sections, line.trim()).map_err(at)?,
            Some(_) => setting(&mut sections, line).map_err(at)?,
        }
    }
    Ok(sections)
}

fn is_continuation(line: &str) -> bool {
    line.starts_with([' ', '\t'])
}

fn section(line: &str) -> Result<Section, &'static str> {
    let name = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let name = name
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .ok_or("a section is written [name]")?;
    Ok(Section {
        name: name.to_owned(),
        settings: Vec::new(),
    })
}

fn setting(sections: &mut [Section], line: &str) -> Result<(), &'static str> {
    let (key, value) = line.split_once('=').ok_or("a setting is written key=value")?;
    let section = sections
        .last_mut()
        .ok_or("a setting before the first [section]")?;
    section
        .settings
        .push((key.trim().to_owned(), value.trim().to_owned()));
    Ok(())
}

fn go_on(sections: &mut [Section], more: &str) -> Result<(), &'static str> {
    let last = sections
        .last_mut()
        .and_then(|section| section.settings.last_mut());
    let (_, value) = last.ok_or("an indented line continues a setting, and there is none before it")?;
    if !value.is_empty() {
        value.push(' ');
    }
    value.push_str(more);
    Ok(())
}

/// `yes`, `on`, `true` and numbers other than 0; and their opposites. The original took `yes` for false.
pub(crate) fn boolean(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "yes" | "on" | "true" | "enabled" => Some(true),
        "no" | "off" | "false" | "disabled" | "" => Some(false),
        number => number.parse::<i64>().ok().map(|number| number != 0),
    }
}

/// A list separated by blanks or commas.
pub(crate) fn list(value: &str) -> Vec<String> {
    value
        .split([' ', '\t', ',', '\n'])
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_settings_comments_and_continuations_are_read() {
        let text = "# head\n[main]\nkey = a=b\n; more\nlist=x\n  y\n\n[other]\n";
        let sections = parse(text, "test").unwrap();
        assert_eq!(sections.len(), 2);
        assert_eq!(sections[0].settings[0], ("key".to_owned(), "a=b".to_owned()));
        assert_eq!(sections[0].settings[1], ("list".to_owned(), "x y".to_owned()));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (text, line) in [
            ("key=1", 1),
            ("[a]\nnonsense", 2),
            ("[a]\n  b", 2),
            ("[]", 1),
            ("[a", 1),
        ] {
            let error = parse(text, "f.repo").unwrap_err();
            assert!(
                error.to_string().contains(&format!("f.repo, line {line}")),
                "{error}"
            );
        }
    }

    #[test]
    fn booleans_are_what_people_write() {
        for yes in ["1", "yes", "On", "TRUE", "2"] {
            assert_eq!(boolean(yes), Some(true), "{yes}");
        }
        for no in ["0", "no", "off", "False", ""] {
            assert_eq!(boolean(no), Some(false), "{no}");
        }
        assert_eq!(boolean("perhaps"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in "(\\[?[a-z=;# \t\\]]{0,8}\n){0,8}|.{0,80}") {
            let _ = parse(&text, "hostile");
        }
    }
}
