//! The cleartext signature framework (RFC 9580, section 7), read strictly.
//!
//! The framework has been fooled often: text before or after the signed part shown as if it were signed, lines that one
//! program hashes and another ignores. So the document must be exactly one block, and what is handed back is built from the
//! hashed lines themselves, never from the document.

use crate::armor;

const BEGIN_MESSAGE: &str = "-----BEGIN PGP SIGNED MESSAGE-----";

/// A clear-signed document, taken apart but not verified.
#[derive(Debug)]
pub(crate) struct Parts {
    /// The text with `\n` line ends, trailing blanks removed (they are not covered by the signature).
    pub(crate) text: Vec<u8>,
    /// The binary signature packets.
    pub(crate) signatures: Vec<u8>,
}

impl Parts {
    /// The bytes that were hashed: lines joined by CR LF, without a last line end (section 7.2).
    pub(crate) fn hashed_form(&self) -> Vec<u8> {
        let body = self.text.strip_suffix(b"\n").unwrap_or(&self.text);
        let mut form = Vec::with_capacity(body.len() + body.len() / 32);
        for (index, line) in body.split(|byte| *byte == b'\n').enumerate() {
            if index > 0 {
                form.extend_from_slice(b"\r\n");
            }
            form.extend_from_slice(line);
        }
        form
    }
}

/// Takes a document apart; refuses everything that is not exactly one clear-signed block.
pub(crate) fn parse(document: &[u8]) -> Result<Parts, String> {
    let text = std::str::from_utf8(document).map_err(|_| "it is not UTF-8 text".to_owned())?;
    let lines = split_lines(text)?;
    let body = after_hash_headers(&lines)?;
    let end = body
        .iter()
        .position(|line| *line == armor::begin("SIGNATURE"))
        .ok_or("it has no signature block")?;
    let text = unescape(&body[..end])?;
    let block = armor::decode(&body[end..], "SIGNATURE")?;
    if body[end + block.lines..].iter().any(|line| !line.is_empty()) {
        return Err("there is data after the signature".to_owned());
    }
    Ok(Parts {
        text,
        signatures: block.data,
    })
}

/// Lines without their ends. A lone CR or a NUL means different things to different programs, so there is none.
fn split_lines(text: &str) -> Result<Vec<&str>, String> {
    let lines: Vec<&str> = text
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .collect();
    match lines.iter().any(|line| line.contains(['\r', '\0'])) {
        true => Err("it has a stray carriage return or NUL".to_owned()),
        false => Ok(lines),
    }
}

/// Only `Hash` headers may stand between the first line and the blank line (section 7.1).
fn after_hash_headers<'a, 'b>(lines: &'a [&'b str]) -> Result<&'a [&'b str], String> {
    if lines.first() != Some(&BEGIN_MESSAGE) {
        return Err(format!("its first line is not {BEGIN_MESSAGE}"));
    }
    let blank = lines
        .iter()
        .position(|line| line.is_empty())
        .ok_or("no blank line after the headers")?;
    match lines[1..blank].iter().find(|line| !line.starts_with("Hash: ")) {
        Some(line) => Err(format!("unexpected header \"{line}\"")),
        None => Ok(&lines[blank + 1..]),
    }
}

fn unescape(lines: &[&str]) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    for line in lines {
        text.extend_from_slice(unescape_line(line)?.trim_end_matches([' ', '\t']).as_bytes());
        text.push(b'\n');
    }
    Ok(text)
}

/// A line that begins with a dash must be escaped: `- ` before it (section 7.1).
fn unescape_line(line: &str) -> Result<&str, String> {
    match line.strip_prefix("- ") {
        Some(rest) => Ok(rest),
        None if line.starts_with('-') => Err(format!("unescaped dash in \"{line}\"")),
        None => Ok(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(body: &str) -> String {
        format!(
            "{BEGIN_MESSAGE}\nHash: SHA512\n\n{body}\n-----BEGIN PGP SIGNATURE-----\n\naGVsbG8=\n-----END PGP SIGNATURE-----\n"
        )
    }

    #[test]
    fn returns_the_unescaped_text_and_the_hashed_form() {
        let parts = parse(document("- -dash \t\nlast").as_bytes()).unwrap();
        assert_eq!(parts.text, b"-dash\nlast\n");
        assert_eq!(parts.hashed_form(), b"-dash\r\nlast");
        assert_eq!(parts.signatures, b"hello");
    }

    #[test]
    fn blank_lines_at_the_end_are_part_of_the_text() {
        let parts = parse(document("a\n").as_bytes()).unwrap();
        assert_eq!(parts.hashed_form(), b"a\r\n");
    }

    #[test]
    fn refuses_data_before_the_block() {
        assert!(parse(format!("Origin: evil\n{}", document("x")).as_bytes()).is_err());
    }

    #[test]
    fn refuses_data_after_the_block() {
        let error = parse((document("x") + "Origin: evil\n").as_bytes()).unwrap_err();
        assert!(error.contains("after the signature"), "{error}");
    }

    #[test]
    fn refuses_headers_that_hide_text() {
        let text = document("x").replace("Hash: SHA512", "Hash: SHA512\nComment: hidden");
        assert!(parse(text.as_bytes()).unwrap_err().contains("unexpected header"));
    }

    #[test]
    fn refuses_a_whitespace_line_in_place_of_the_blank_line() {
        let text = document("x").replace("SHA512\n\n", "SHA512\n \n");
        assert!(parse(text.as_bytes()).is_err());
    }

    #[test]
    fn refuses_unescaped_dashes_stray_returns_and_a_second_block() {
        assert!(parse(document("-x").as_bytes()).is_err());
        assert!(parse(document("a\rb").as_bytes()).is_err());
        assert!(parse((document("x") + &document("y")).as_bytes()).is_err());
    }
}
