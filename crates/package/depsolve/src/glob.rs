//! Shell patterns over package names (`*`, `?`, `[a-z]`, `[!a]`), as in glob(7) but without path rules.

/// Whether `text` matches `pattern` as a whole.
pub fn glob_match(pattern: &str, text: &str) -> bool {
    matches(pattern.as_bytes(), text.as_bytes())
}

/// Whether a text has to be read as a pattern.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// Backtracks to the last `*` only, which is enough and keeps the cost bounded by the product of lengths.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p + 1, t));
            p += 1;
        } else if let Some(width) = one(&pattern[p..], text[t]) {
            p += width;
            t += 1;
        } else if let Some((after, from)) = star {
            star = Some((after, from + 1));
            p = after;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

/// Matches one byte; returns how many pattern bytes that took.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match *pattern.first()? {
        b'?' => Some(1),
        b'[' => class(pattern, byte),
        b'*' => None,
        literal => (literal == byte).then_some(1),
    }
}

/// Matches a bracket expression; an unclosed one is a literal `[`.
fn class(pattern: &[u8], byte: u8) -> Option<usize> {
    let negated = matches!(pattern.get(1), Some(b'!' | b'^'));
    let start = if negated { 2 } else { 1 };
    let Some(end) = pattern
        .iter()
        .skip(start + 1)
        .position(|&b| b == b']')
        .map(|at| at + start + 1)
    else {
        return (byte == b'[').then_some(1);
    };
    (in_class(&pattern[start..end], byte) != negated).then_some(end + 1)
}

fn in_class(members: &[u8], byte: u8) -> bool {
    let mut rest = members;
    while let Some((&first, tail)) = rest.split_first() {
        if let [b'-', last, after @ ..] = tail {
            if (first..=*last).contains(&byte) {
                return true;
            }
            rest = after;
        } else {
            if first == byte {
                return true;
            }
            rest = tail;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_like_glob_7() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("bash", "bash", true),
            ("ba*", "bash", true),
            ("*sh*", "bash", true),
            ("b?sh", "bash", true),
            ("b?sh", "bsh", false),
            ("lib[a-c]x", "libbx", true),
            ("lib[!a-c]x", "libbx", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b", "aXbY", false),
            ("[", "[", true),
        ] {
            assert_eq!(glob_match(pattern, text), expected, "{pattern} against {text}");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_bounded_time() {
        let pattern = "*a".repeat(50);
        assert!(!glob_match(&pattern, &"a".repeat(5000).replace('a', "b")));
    }

    proptest::proptest! {
        #[test]
        fn a_text_matches_itself_and_a_star(text in "[a-z0-9.+-]{0,20}") {
            proptest::prop_assert!(glob_match(&text, &text) && glob_match("*", &text));
            let (longer, pattern) = (text.clone() + "x", text + "*");
            proptest::prop_assert!(glob_match(&pattern, &longer));
        }

        #[test]
        fn hostile_patterns_end(pattern in "[*?\\[\\]!a-c-]{0,20}", text in "[a-c]{0,20}") {
            let _ = glob_match(&pattern, &text);
        }
    }
}
