//! `getopt_long_only(3)` with permutation: every long flag works with one or two dashes and as any
//! unambiguous beginning; what is not a flag is collected.

use super::flags::{FLAGS, Flag, Options};
use crate::error::Error;

/// Flags and the other words of a command line.
pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<(Options, Vec<String>), Error> {
    let mut parser = Parser {
        options: Options::default(),
        words: Vec::new(),
        rest: arguments.into_iter(),
    };
    while let Some(argument) = parser.rest.next() {
        match argument.as_str() {
            "--" => {
                parser.words.extend(parser.rest.by_ref());
            }
            "-" => parser.words.push(argument),
            flag if flag.starts_with('-') => parser.flag(flag)?,
            _ => parser.words.push(argument),
        }
    }
    Ok((parser.options, parser.words))
}

struct Parser<I> {
    options: Options,
    words: Vec<String>,
    rest: I,
}

impl<I: Iterator<Item = String>> Parser<I> {
    fn flag(&mut self, argument: &str) -> Result<(), Error> {
        let double = argument.starts_with("--");
        let body = argument.trim_start_matches('-');
        let first = body.chars().next();
        // One letter that is a short flag is that flag, not a beginning of a long one.
        let is_short = !double && body.len() == 1 && first.is_some_and(|c| short(c).is_some());
        let (name, value) = match body.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (body, None),
        };
        match long(name) {
            Found::One(flag) if !is_short => self.apply(flag, value, argument),
            Found::Several(names) if !is_short => Err(ambiguous(argument, &names)),
            _ if !double && first.is_some_and(|c| short(c).is_some()) => self.cluster(body, argument),
            _ => Err(unknown(argument)),
        }
    }

    /// `-qy`, `-cFILE`, `-c FILE`.
    fn cluster(&mut self, body: &str, argument: &str) -> Result<(), Error> {
        let mut rest = body;
        while let Some(letter) = rest.chars().next() {
            rest = &rest[letter.len_utf8()..];
            let flag = short(letter).ok_or_else(|| unknown(argument))?;
            let takes_value = flag.effect.value().is_some();
            let value = (takes_value && !rest.is_empty()).then(|| std::mem::take(&mut rest).to_owned());
            self.apply(flag, value, argument)?;
        }
        Ok(())
    }

    fn apply(&mut self, flag: &Flag, value: Option<String>, argument: &str) -> Result<(), Error> {
        let value = match (flag.effect.value(), value) {
            (None, Some(_)) => {
                let text = format!("Option --{} takes no value: {argument}", flag.long);
                return Err(usage(910, text));
            }
            (None, None) => None,
            (Some(name), value) => {
                let missing = || usage(909, format!("Option --{} needs a value ({name})", flag.long));
                Some(value.or_else(|| self.rest.next()).ok_or_else(missing)?)
            }
        };
        flag.apply(&mut self.options, value);
        Ok(())
    }
}

enum Found {
    One(&'static Flag),
    Several(Vec<&'static str>),
    None,
}

/// The flag of that name, or the only one that begins so.
fn long(name: &str) -> Found {
    if let Some(flag) = FLAGS.iter().find(|flag| flag.long == name) {
        return Found::One(flag);
    }
    let begins = |own: bool| {
        let fits = move |flag: &&Flag| flag.own == own && !name.is_empty() && flag.long.starts_with(name);
        FLAGS.iter().filter(fits).collect::<Vec<_>>()
    };
    // A flag of our own never makes a beginning ambiguous that the original understands.
    let matching = [begins(false), begins(true)]
        .into_iter()
        .find(|found| !found.is_empty())
        .unwrap_or_default();
    match matching[..] {
        [] => Found::None,
        [flag] => Found::One(flag),
        _ => Found::Several(matching.iter().map(|flag| flag.long).collect()),
    }
}

fn short(letter: char) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.short == Some(letter))
}

fn usage(code: u32, text: String) -> Error {
    Error::Usage { code, text }
}

fn unknown(argument: &str) -> Error {
    let near = crate::cli::near_flags(argument.trim_start_matches('-'));
    let hint = if near.is_empty() {
        String::new()
    } else {
        format!(" (did you mean {}?)", near.join(", "))
    };
    usage(
        908,
        format!("No such option: {argument}. Please use /usr/bin/tdnf --help{hint}"),
    )
}

fn ambiguous(argument: &str, names: &[&str]) -> Error {
    usage(
        908,
        format!("Option {argument} is ambiguous: --{}", names.join(", --")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<(Options, Vec<String>), Error> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn one_dash_two_dashes_and_beginnings_are_the_same() {
        for line in ["--assumeyes", "-assumeyes", "--assumey", "-assumey", "-y"] {
            assert!(parsed(line).unwrap().0.assume_yes, "{line}");
        }
        for line in ["-j", "--j", "-json"] {
            assert!(parsed(line).unwrap().0.json, "{line}");
        }
    }

    #[test]
    fn words_and_flags_may_come_in_any_order() {
        let (options, words) = parsed("install -y bash --installroot /r zsh -- -x").unwrap();
        assert!(options.assume_yes);
        assert_eq!(options.install_root.unwrap().to_str(), Some("/r"));
        assert_eq!(words, ["install", "bash", "zsh", "-x"]);
    }

    #[test]
    fn values_follow_or_are_attached() {
        for line in ["-c /f", "-c/f", "--config /f", "--config=/f", "-config=/f"] {
            assert_eq!(
                parsed(line).unwrap().0.config.unwrap().to_str(),
                Some("/f"),
                "{line}"
            );
        }
        assert_eq!(parsed("--exclude a,b:c").unwrap().0.excludes, ["a", "b", "c"]);
    }

    #[test]
    fn short_flags_cluster() {
        let (options, _) = parsed("-qyC").unwrap();
        assert!(options.quiet && options.assume_yes && options.cache_only);
    }

    #[test]
    fn mistakes_have_the_numbers_of_the_original() {
        for (line, code) in [
            ("--nonsense", 908),
            ("--as", 908),
            ("--config", 909),
            ("--best=1", 910),
            ("-Z", 908),
        ] {
            let error = parsed(line).unwrap_err();
            assert_eq!(error.code(), code, "{line}: {error}");
        }
        assert!(
            parsed("--assumyes")
                .unwrap_err()
                .to_string()
                .contains("assumeyes")
        );
    }

    /// The long options of the original, reference release 3.6.0.
    const ORIGINAL: &str = "4 6 alldeps allowerasing assumeno assumeyes best builddeps cacheonly config \
        debuglevel debugsolver disableexcludes disableplugin disablerepo downloaddir downloadonly enableplugin \
        enablerepo exclude help installroot json noautoremove nodeps nogpgcheck noplugins quiet refresh releasever \
        reboot-required repo repofromdir repofrompath repoid rpmverbosity rpmdefine sec-severity security setopt \
        skip-broken skipconflicts skipdigest skipobsoletes skipsignature source testonly verbose version arch delete \
        download-metadata download-path gpgcheck metadata-path newest-only norepopath urls available extras file \
        installed userinstalled upgrades whatdepends whatprovides whatobsoletes whatconflicts whatrequires \
        whatrecommends whatsuggests whatsupplements whatenhances changelogs conflicts depends duplicates enhances \
        list obsoletes provides qf recommends requires requires-pre suggests supplements all info summary recent \
        updates downgrades to from reverse";

    #[test]
    fn every_beginning_the_original_understands_means_the_same() {
        let names: Vec<&str> = ORIGINAL.split_whitespace().collect();
        for name in &names {
            for end in 1..=name.len() {
                let begin = &name[..end];
                let fitting = names.iter().filter(|other| other.starts_with(begin)).count();
                if fitting == 1 || begin == *name {
                    assert!(
                        matches!(long(begin), Found::One(flag) if flag.long == *name),
                        "--{begin} is not --{name}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_exact_name_wins_over_longer_ones() {
        let (options, _) = parsed("--repo a --repoid b").unwrap();
        assert_eq!(options.repo_changes.len(), 2);
    }

    #[test]
    fn no_flag_is_in_the_table_twice() {
        for (index, flag) in FLAGS.iter().enumerate() {
            assert!(
                !FLAGS[index + 1..].iter().any(|other| other.long == flag.long),
                "{}",
                flag.long
            );
            let short = FLAGS[index + 1..]
                .iter()
                .any(|other| flag.short.is_some() && other.short == flag.short);
            assert!(!short, "{:?}", flag.short);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_command_line_is_parsed_or_refused(words in proptest::collection::vec("-{0,3}[a-zA-Z0-9=,-]{0,12}|.{0,10}", 0..6)) {
            let _ = parse(words);
        }
    }
}
