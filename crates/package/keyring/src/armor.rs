//! ASCII armor (RFC 9580, section 6.2), read strictly.
//!
//! Strict, because everything accepted here and understood differently elsewhere is a way to smuggle something past a
//! check: one label, only known characters, a blank line after the headers, a checksum that fits when there is one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const DASHES: &str = "-----";

/// A decoded block, and the number of lines it took.
pub(crate) struct Block {
    pub(crate) data: Vec<u8>,
    pub(crate) lines: usize,
}

/// Whether the bytes look like ASCII armor rather than binary packets (whose first byte has bit 7 set).
pub(crate) fn is_armored(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|byte| byte & 0x80 == 0)
}

/// The `-----BEGIN label-----` line.
pub(crate) fn begin(label: &str) -> String {
    format!("{DASHES}BEGIN PGP {label}{DASHES}")
}

/// Decodes the block that starts at the first of `lines`.
pub(crate) fn decode(lines: &[&str], label: &str) -> Result<Block, String> {
    let head = lines.first().map(|line| line.trim_end());
    if head != Some(begin(label).as_str()) {
        return Err(format!("expected the line {}", begin(label)));
    }
    let end = format!("{DASHES}END PGP {label}{DASHES}");
    let last = lines
        .iter()
        .position(|line| line.trim_end() == end)
        .ok_or(format!("no line {end}"))?;
    let body = after_headers(&lines[1..last])?;
    Ok(Block {
        data: decode_body(body)?,
        lines: last + 1,
    })
}

/// Decodes a text that consists of exactly one block.
pub(crate) fn decode_single(text: &str, label: &str) -> Result<Vec<u8>, String> {
    let lines: Vec<&str> = text.trim().lines().collect();
    let block = decode(&lines, label)?;
    if block.lines != lines.len() {
        return Err("data after the end of the armor".to_owned());
    }
    Ok(block.data)
}

/// Skips `Key: value` headers up to and including the blank line.
fn after_headers<'a, 'b>(lines: &'a [&'b str]) -> Result<&'a [&'b str], String> {
    let blank = lines
        .iter()
        .position(|line| line.trim().is_empty())
        .ok_or("no blank line after the armor headers")?;
    match lines[..blank].iter().find(|line| !line.contains(": ")) {
        Some(line) => Err(format!("bad armor header \"{line}\"")),
        None => Ok(&lines[blank + 1..]),
    }
}

fn decode_body(lines: &[&str]) -> Result<Vec<u8>, String> {
    let (lines, checksum) = split_checksum(lines);
    let text: String = lines.iter().map(|line| line.trim_end()).collect();
    let data = STANDARD
        .decode(text)
        .map_err(|error| format!("bad base64: {error}"))?;
    match checksum {
        Some(expected) if decode_checksum(expected)? != crc24(&data) => {
            Err("the armor checksum does not fit".to_owned())
        }
        _ => Ok(data),
    }
}

/// The last line may be `=` and four characters of CRC-24 (RFC 9580, 6.1).
fn split_checksum<'a, 'b>(lines: &'a [&'b str]) -> (&'a [&'b str], Option<&'b str>) {
    match lines.split_last() {
        Some((last, rest)) if last.len() >= 5 && last.starts_with('=') => (rest, Some(last[1..].trim_end())),
        _ => (lines, None),
    }
}

fn decode_checksum(text: &str) -> Result<u32, String> {
    match STANDARD.decode(text).as_deref() {
        Ok([a, b, c]) => Ok(u32::from_be_bytes([0, *a, *b, *c])),
        _ => Err("the armor checksum is malformed".to_owned()),
    }
}

fn crc24(data: &[u8]) -> u32 {
    data.iter().fold(0x00b7_04ce, |crc, byte| {
        (0..8).fold(crc ^ (u32::from(*byte) << 16), |crc, _| {
            let shifted = crc << 1;
            if shifted & 0x0100_0000 != 0 {
                shifted ^ 0x0186_4cfb
            } else {
                shifted
            }
        })
    }) & 0x00ff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "-----BEGIN PGP SIGNATURE-----\nVersion: x\n\naGVsbG8=\n=wXzZ\n-----END PGP SIGNATURE-----\n";

    fn with_checksum() -> String {
        let crc = crc24(b"hello").to_be_bytes();
        GOOD.replace("wXzZ", &STANDARD.encode(&crc[1..]))
    }

    #[test]
    fn decodes_headers_body_and_checksum() {
        assert_eq!(decode_single(&with_checksum(), "SIGNATURE").unwrap(), b"hello");
    }

    #[test]
    fn refuses_a_wrong_checksum() {
        assert!(decode_single(GOOD, "SIGNATURE").unwrap_err().contains("checksum"));
    }

    #[test]
    fn accepts_a_missing_checksum() {
        assert_eq!(
            decode_single(&GOOD.replace("=wXzZ\n", ""), "SIGNATURE").unwrap(),
            b"hello"
        );
    }

    #[test]
    fn refuses_trailing_data_other_labels_and_foreign_characters() {
        assert!(decode_single(&(with_checksum() + "more"), "SIGNATURE").is_err());
        assert!(decode_single(&with_checksum(), "PUBLIC KEY BLOCK").is_err());
        assert!(decode_single(&with_checksum().replace("aGVs", "aG!s"), "SIGNATURE").is_err());
    }

    #[test]
    fn refuses_a_block_without_blank_line() {
        assert!(decode_single(&with_checksum().replace("x\n\n", "x\n"), "SIGNATURE").is_err());
    }
}
