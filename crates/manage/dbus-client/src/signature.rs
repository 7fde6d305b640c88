//! Signatures: section "Type System".

/// Arrays and structures may be nested this deeply each.
const DEPTH: usize = 64;

/// The first complete type of a signature, and the rest.
pub(crate) fn split_first(signature: &str) -> Option<(&str, &str)> {
    let end = complete(signature.as_bytes(), 0)?;
    Some((signature.get(..end)?, signature.get(end..)?))
}

/// The length of the complete type at the start.
fn complete(bytes: &[u8], depth: usize) -> Option<usize> {
    match bytes.first()? {
        _ if depth > DEPTH => None,
        b'y' | b'b' | b'n' | b'q' | b'i' | b'u' | b'x' | b't' | b'd' | b's' | b'o' | b'g' | b'v' | b'h' => {
            Some(1)
        }
        b'a' => Some(1 + complete(bytes.get(1..)?, depth + 1)?),
        b'(' => enclosed(bytes, b')', depth).filter(|end| *end > 2),
        b'{' => enclosed(bytes, b'}', depth),
        _ => None,
    }
}

fn enclosed(bytes: &[u8], close: u8, depth: usize) -> Option<usize> {
    let mut at = 1;
    while *bytes.get(at)? != close {
        at += complete(bytes.get(at..)?, depth + 1)?;
    }
    Some(at + 1)
}

/// On what boundary a value begins: the table "Marshalling".
pub(crate) fn alignment(signature: &str) -> usize {
    match signature.as_bytes().first() {
        Some(b'n' | b'q') => 2,
        Some(b'b' | b'i' | b'u' | b's' | b'o' | b'a' | b'h') => 4,
        Some(b'x' | b't' | b'd' | b'(' | b'{') => 8,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complete_types() {
        let cases = [
            ("s", Some(("s", ""))),
            ("aa{sv}u", Some(("aa{sv}", "u"))),
            ("(i(ss)ay)ss", Some(("(i(ss)ay)", "ss"))),
            ("", None),
            ("a", None),
            ("(i", None),
            ("()", None),
            (")", None),
            ("z", None),
            ("é", None),
        ];
        for (signature, expected) in cases {
            assert_eq!(split_first(signature), expected, "{signature}");
        }
        assert_eq!(split_first(&"a".repeat(100_000)), None);
        assert_eq!(split_first(&"(".repeat(100_000)), None);
    }
}
