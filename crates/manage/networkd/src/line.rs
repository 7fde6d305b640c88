//! Physical lines, cut where systemd's `read_line()` cuts them (src/basic/fileio.c).
//!
//! A line ends with any of `\n`, `\r` and NUL, and each of them may occur once in one ending: `\r\n` and `\n\r`
//! are one ending, `\n\n` is two. A NUL completes an ending.

/// What systemd strips around lines, keys and values (`WHITESPACE` in src/basic/string-util.h).
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// One line: its text, and the bytes that end it (none at the end of a file without a final newline).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) end: &'a [u8],
}

impl Line<'_> {
    /// Comments are recognised before anything else, even in the middle of a continuation.
    pub(crate) fn is_comment(&self) -> bool {
        let first = self.text.iter().find(|byte| !is_space(**byte));
        matches!(first, Some(b'#' | b';'))
    }
}

/// Cuts `bytes` into lines; put together again, text and ending of each are `bytes`.
pub(crate) fn split(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let text_len = rest.iter().position(|b| is_ending(*b)).unwrap_or(rest.len());
        let (text, after) = rest.split_at(text_len);
        let (end, after) = after.split_at(ending_len(after));
        rest = after;
        Some(Line { text, end })
    })
}

fn is_ending(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | 0)
}

fn ending_len(bytes: &[u8]) -> usize {
    let mut len = 0;
    while len < bytes.len() && is_ending(bytes[len]) && !bytes[..len].contains(&bytes[len]) {
        len += 1;
        if bytes[len - 1] == 0 {
            break;
        }
    }
    len
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &[u8]) -> Vec<&[u8]> {
        split(bytes).map(|line| line.text).collect()
    }

    #[test]
    fn every_kind_of_ending() {
        assert_eq!(texts(b"a\nb\r\nc\n\rd\0e"), [&b"a"[..], b"b", b"c", b"d", b"e"]);
        assert_eq!(texts(b"a\n\nb"), [&b"a"[..], b"", b"b"]);
        assert_eq!(texts(b"a\n\0\nb"), [&b"a"[..], b"", b"b"]);
        assert_eq!(texts(b"a\0\0b"), [&b"a"[..], b"", b"b"]);
    }

    #[test]
    fn no_final_newline_no_empty_line() {
        assert_eq!(texts(b"a\n"), [b"a"]);
        assert!(texts(b"").is_empty());
    }
}
