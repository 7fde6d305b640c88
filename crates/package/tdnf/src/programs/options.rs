//! `getopt_long(3)` for the small programs: short flags in clusters, long ones by any unambiguous beginning,
//! flags and other words in any order.

/// A flag of a program.
pub(super) struct Flag {
    pub(super) short: char,
    pub(super) long: &'static str,
    pub(super) takes_value: bool,
}

/// What a command line says: flags by their letter, and the other words.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    pub(super) flags: Vec<(char, String)>,
    pub(super) words: Vec<String>,
}

impl Parsed {
    /// Whether a flag is there.
    pub(super) fn has(&self, letter: char) -> bool {
        self.flags.iter().any(|(flag, _)| *flag == letter)
    }

    /// The last value given for a flag.
    pub(super) fn value(&self, letter: char) -> Option<&str> {
        let found = self.flags.iter().rev().find(|(flag, _)| *flag == letter);
        found.map(|(_, value)| value.as_str())
    }
}

/// Sorts a command line; the error is for the user.
pub(super) fn parse(table: &[Flag], words: Vec<String>) -> Result<Parsed, String> {
    let mut parsed = Parsed::default();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if word == "--" {
            parsed.words.extend(words.by_ref());
        } else if let Some(long) = word.strip_prefix("--") {
            let found = long_flag(table, long, &mut words)?;
            parsed.flags.push(found);
        } else if word.len() > 1 && word.starts_with('-') {
            cluster(table, &word[1..], &mut words, &mut parsed)?;
        } else {
            parsed.words.push(word);
        }
    }
    Ok(parsed)
}

fn long_flag(
    table: &[Flag],
    text: &str,
    words: &mut impl Iterator<Item = String>,
) -> Result<(char, String), String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    let flag = find(table, name)?;
    match (flag.takes_value, value) {
        (false, Some(_)) => Err(format!("option --{} takes no value", flag.long)),
        (false, None) => Ok((flag.short, String::new())),
        (true, value) => Ok((
            flag.short,
            value.or_else(|| words.next()).ok_or_else(|| missing(flag))?,
        )),
    }
}

fn find<'t>(table: &'t [Flag], name: &str) -> Result<&'t Flag, String> {
    if let Some(exact) = table.iter().find(|flag| flag.long == name) {
        return Ok(exact);
    }
    let near: Vec<&Flag> = table.iter().filter(|flag| flag.long.starts_with(name)).collect();
    match near[..] {
        [flag] => Ok(flag),
        [] => Err(format!("unknown option --{name}")),
        _ => Err(format!("option --{name} is ambiguous")),
    }
}

fn missing(flag: &Flag) -> String {
    format!("option -{}, --{} needs a value", flag.short, flag.long)
}

/// `-jc FILE`, `-cFILE`.
fn cluster(
    table: &[Flag],
    text: &str,
    words: &mut impl Iterator<Item = String>,
    parsed: &mut Parsed,
) -> Result<(), String> {
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        let flag = table.iter().find(|flag| flag.short == letter);
        let flag = flag.ok_or_else(|| format!("unknown option -{letter}"))?;
        let value = match (flag.takes_value, rest) {
            (false, _) => String::new(),
            (true, "") => words.next().ok_or_else(|| missing(flag))?,
            (true, _) => std::mem::take(&mut rest).to_owned(),
        };
        parsed.flags.push((letter, value));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Flag] = &[
        Flag {
            short: 'c',
            long: "config",
            takes_value: true,
        },
        Flag {
            short: 'j',
            long: "json",
            takes_value: false,
        },
    ];

    fn read(line: &str) -> Result<Parsed, String> {
        parse(TABLE, line.split(' ').map(str::to_owned).collect())
    }

    #[test]
    fn flags_stand_anywhere_and_in_any_form() {
        for line in [
            "-c f -j get x",
            "get -jc f x",
            "get x --conf=f --js",
            "-jcf get x",
            "--config f -j -- get x",
        ] {
            let parsed = read(line).unwrap();
            assert_eq!((parsed.value('c'), parsed.has('j')), (Some("f"), true), "{line}");
            assert_eq!(parsed.words, ["get", "x"], "{line}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (line, part) in [
            ("-c", "needs a value"),
            ("--nothing", "unknown"),
            ("-x", "-x"),
            ("--json=1", "no value"),
        ] {
            assert!(read(line).unwrap_err().contains(part), "{line}");
        }
    }
}
