//! Shell patterns, as module aliases use them (fnmatch(3) without flags).

/// Whether the pattern matches all of the text. `-` and `_` are the same outside brackets, as for modprobe.
pub fn matches(pattern: &str, text: &str) -> bool {
    match_bytes(pattern.as_bytes(), text.as_bytes())
}

/// On a mismatch only the last `*` has to take one byte more, so the time is bounded by the product of the lengths.
fn match_bytes(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            retry = Some((p + 1, t));
            p += 1;
        } else if let Some(length) = one(&pattern[p..], text[t]) {
            (p, t) = (p + length, t + 1);
        } else if let Some((after_star, taken)) = retry {
            retry = Some((after_star, taken + 1));
            (p, t) = (after_star, taken + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// Length of the pattern's first element when it matches the byte.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    let same = |a: u8, b: u8| a == b || (matches!(a, b'-' | b'_') && matches!(b, b'-' | b'_'));
    match pattern {
        [b'?', ..] => Some(1),
        [b'[', rest @ ..] => bracket(rest, byte),
        [b'\\', escaped, ..] => (*escaped == byte).then_some(2),
        [literal, ..] => same(*literal, byte).then_some(1),
        [] => None,
    }
}

/// `[...]`, given what follows the `[`.
fn bracket(rest: &[u8], byte: u8) -> Option<usize> {
    let negated = matches!(rest.first(), Some(b'!' | b'^'));
    let start = usize::from(negated);
    // A `]` in first place is a member.
    let end = start + 1 + rest.get(start + 1..)?.iter().position(|b| *b == b']')?;
    let member = in_set(&rest[start..end], byte);
    (member != negated).then_some(end + 2)
}

fn in_set(set: &[u8], byte: u8) -> bool {
    match set {
        [low, b'-', high, rest @ ..] => (*low..=*high).contains(&byte) || in_set(rest, byte),
        [only, rest @ ..] => *only == byte || in_set(rest, byte),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn aliases_of_real_modules() {
        assert!(matches("virtio:d00000002v*", "virtio:d00000002v00001AF4"));
        assert!(!matches("virtio:d00000002v*", "virtio:d00000001v00001AF4"));
        assert!(matches(
            "pci:v*d*sv*sd*bc01sc06i01*",
            "pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01"
        ));
        assert!(matches("scsi:t-0x00*", "scsi:t-0x00"));
        assert!(!matches("scsi:t-0x00*", "scsi:t-0x05"));
    }

    #[test]
    fn brackets_ranges_and_question_marks() {
        assert!(matches("a[0-9]c", "a5c") && !matches("a[0-9]c", "axc"));
        assert!(matches("a[!0-9]c", "axc") && !matches("a[!0-9]c", "a5c"));
        assert!(matches("[]]x", "]x") && matches("?b", "ab") && !matches("?", ""));
        assert!(!matches("[unclosed", "u"));
    }

    #[test]
    fn dashes_and_underscores_are_one() {
        assert!(matches("fs_ext4", "fs-ext4"));
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let text = "a".repeat(2000);
        assert!(!matches(&("a*".repeat(200) + "b"), &text));
    }

    proptest! {
        #[test]
        fn any_pattern_ends(pattern in "[-a\\[\\]*?!\\\\]{0,12}", text in "[-ab\\]]{0,12}") {
            matches(&pattern, &text);
        }

        #[test]
        fn a_plain_text_matches_itself(text in "[a-z0-9:]{0,30}") {
            prop_assert!(matches(&text, &text));
            let longer = text.clone() + "*";
            prop_assert!(matches(&longer, &text));
        }
    }
}
