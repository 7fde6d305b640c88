//! Words as a shell splits them, for rules are written with quotes. Nothing else of a shell is understood.

/// Splits at blanks outside of quotes. A backslash takes the next character as it is, but in single quotes.
pub(super) fn split(text: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            ' ' | '\t' => words.extend(word.take()),
            c if c.is_control() => return Err("it has a line break or another control character"),
            '\'' | '"' => quoted(&mut characters, c, word.get_or_insert_default())?,
            '\\' => {
                let next = characters.next().ok_or("it ends in a backslash")?;
                word.get_or_insert_default().push(next);
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

fn quoted(characters: &mut std::str::Chars<'_>, quote: char, word: &mut String) -> Result<(), &'static str> {
    while let Some(c) = characters.next() {
        match c {
            c if c == quote => return Ok(()),
            '\\' if quote == '"' => word.push(characters.next().ok_or("it ends in a backslash")?),
            c => word.push(c),
        }
    }
    Err("a quote is not closed")
}

/// A word as it is written, with quotes where it needs them.
pub(super) fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:,=+@%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_does() {
        let words = split(r#" -m comment  --comment "a \"b\" c" 'd\e' f\ g "" "#).unwrap();
        assert_eq!(
            words,
            ["-m", "comment", "--comment", "a \"b\" c", "d\\e", "f g", ""]
        );
        for bad in ["'", "a\nb", "\\", "\"\\", "a\0"] {
            assert!(split(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_is_quoted_splits_into_itself() {
        for word in ["a b", "", "it's", "\\\"", "$(id)"] {
            assert_eq!(split(&quote(word)).unwrap(), [word]);
        }
    }
}
