//! Permissions as text: `rwxr-x---`, `u+s,g=rx` and octal numbers, as `posix.chmod` and `posix.umask` take them.

const LETTERS: [char; 3] = ['r', 'w', 'x'];

/// As ls(1) prints them, the first letter left out.
pub(crate) fn show(mode: u32) -> String {
    let mut text = String::with_capacity(9);
    for class in 0..3 {
        let bits = mode >> (6 - 3 * class);
        let is_set_id = class < 2 && mode & (0o4000 >> class) != 0;
        for (position, letter) in LETTERS.into_iter().enumerate() {
            let set = bits & (4 >> position) != 0;
            text.push(match (letter, is_set_id, set) {
                ('x', true, true) => 's',
                ('x', true, false) => 'S',
                (letter, _, true) => letter,
                _ => '-',
            });
        }
    }
    text
}

/// The mode that `text` makes of `mode`; `None` when it is not understood.
pub(crate) fn change(mode: u32, text: &str) -> Option<u32> {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return u32::from_str_radix(text, 8).ok().map(|mode| mode & 0o7777);
    }
    if let Some(mode) = pattern(text) {
        return Some(mode);
    }
    text.split(',').try_fold(mode & 0o7777, apply)
}

/// Nine letters.
fn pattern(text: &str) -> Option<u32> {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() != 9 {
        return None;
    }
    let mut mode = 0;
    for (position, letter) in letters.into_iter().enumerate() {
        let bit = 0o400 >> position;
        mode |= match letter {
            '-' => 0,
            's' if position == 2 => bit | 0o4000,
            's' if position == 5 => bit | 0o2000,
            letter if LETTERS.get(position % 3) == Some(&letter) => bit,
            _ => return None,
        };
    }
    Some(mode)
}

/// `[ugoa]*[+-=][rwxst]*`, as chmod(1).
fn apply(mode: u32, clause: &str) -> Option<u32> {
    let at = clause.find(['+', '-', '='])?;
    let (classes, rest) = clause.split_at(at);
    let who = who(classes)?;
    let operator = rest.chars().next()?;
    let bits = rest
        .get(1..)?
        .chars()
        .try_fold(0, |bits, letter| Some(bits | of_letter(letter)? & who))?;
    Some(match operator {
        '+' => mode | bits,
        '-' => mode & !bits,
        _ => mode & !who | bits,
    })
}

fn who(classes: &str) -> Option<u32> {
    let mask = |class| {
        Some(match class {
            'u' => 0o4700,
            'g' => 0o2070,
            'o' => 0o1007,
            'a' => 0o7777,
            _ => return None,
        })
    };
    match classes {
        "" => Some(0o7777),
        classes => classes.chars().try_fold(0, |all, class| Some(all | mask(class)?)),
    }
}

fn of_letter(letter: char) -> Option<u32> {
    Some(match letter {
        'r' => 0o444,
        'w' => 0o222,
        'x' => 0o111,
        's' => 0o6000,
        't' => 0o1000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_ways_to_write_a_mode() {
        assert_eq!(change(0, "0755"), Some(0o755));
        assert_eq!(change(0, "rwsr-x---"), Some(0o4750));
        assert_eq!(change(0o644, "u+x"), Some(0o744));
        assert_eq!(change(0o777, "u=rwx,g=rx,o-rwx"), Some(0o750));
        assert_eq!(change(0o755, "u+s,+t"), Some(0o5755));
        assert_eq!(change(0o666, "a-w"), Some(0o444));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["bad", "", "9", "u+q", "rwxrwxrwz", "x+r"] {
            assert_eq!(change(0, text), None, "{text}");
        }
    }

    #[test]
    fn shown_as_by_ls() {
        assert_eq!(show(0o4750), "rwsr-x---");
        assert_eq!(show(0o2604), "rw---Sr--");
        assert_eq!(change(0, &show(0o751)), Some(0o751));
    }
}
