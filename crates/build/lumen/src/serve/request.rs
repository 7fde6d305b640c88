//! Reading one request: RFC 9112, sections 2 to 7.

use std::io::{self, BufRead, Read};

/// The request line and all headers together.
const MAX_HEAD: u64 = 16 << 10;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    /// The target as sent: `/x86_64/repodata/repomd.xml`.
    pub(super) target: String,
    /// The value of `Range`.
    pub(super) range: Option<String>,
    pub(super) keep_alive: bool,
}

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Request(Request),
    /// The other side closed the connection between requests.
    Closed,
    /// Something that is to be answered with this status before the connection is closed.
    Bad(&'static str),
}

impl Request {
    pub(super) fn read(reader: &mut impl BufRead) -> io::Result<Outcome> {
        let mut head = reader.take(MAX_HEAD);
        let Some(line) = line(&mut head)? else {
            return Ok(ended(&head, "414 URI Too Long"));
        };
        let mut words = line.split(' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Ok(Outcome::Bad("400 Bad Request"));
        };
        if !matches!(version, "HTTP/1.1" | "HTTP/1.0") {
            return Ok(Outcome::Bad("505 HTTP Version Not Supported"));
        }
        let keep_alive = version == "HTTP/1.1";
        let request = Self {
            method: method.into(),
            target: target.into(),
            range: None,
            keep_alive,
        };
        request.headers(&mut head)
    }

    fn headers(mut self, head: &mut io::Take<&mut impl BufRead>) -> io::Result<Outcome> {
        loop {
            let Some(line) = line(head)? else {
                return Ok(ended(head, "431 Request Header Fields Too Large"));
            };
            if line.is_empty() {
                return Ok(Outcome::Request(self));
            }
            let Some((name, value)) = line.split_once(':') else {
                return Ok(Outcome::Bad("400 Bad Request"));
            };
            if !self.header(name, value.trim()) {
                // A body would be read as the next request.
                return Ok(Outcome::Bad("400 Bad Request"));
            }
        }
    }

    fn header(&mut self, name: &str, value: &str) -> bool {
        match name.to_ascii_lowercase().as_str() {
            "range" => self.range = Some(value.to_owned()),
            "connection" if value.eq_ignore_ascii_case("close") => self.keep_alive = false,
            "connection" if value.eq_ignore_ascii_case("keep-alive") => self.keep_alive = true,
            "content-length" => return value == "0",
            "transfer-encoding" => return false,
            _ => {}
        }
        true
    }
}

/// The input ended in the middle: because the other side closed, or because it used up its allowance.
fn ended<R: BufRead>(head: &io::Take<R>, too_long: &'static str) -> Outcome {
    match head.limit() {
        0 => Outcome::Bad(too_long),
        _ => Outcome::Closed,
    }
}

/// A line without its end; `None` at the end of the input or of the allowance.
fn line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    reader.read_until(b'\n', &mut bytes)?;
    if bytes.pop() != Some(b'\n') {
        return Ok(None);
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Outcome {
        Request::read(&mut text.as_bytes()).unwrap()
    }

    #[test]
    fn a_request_is_read_with_what_matters_in_it() {
        let Outcome::Request(request) = read("GET /a HTTP/1.1\r\nHost: x\r\nRANGE: bytes=5-\r\n\r\n") else {
            panic!()
        };
        assert_eq!(
            (request.target.as_str(), request.range.as_deref()),
            ("/a", Some("bytes=5-"))
        );
        assert!(request.keep_alive);
        let Outcome::Request(request) = read("GET /a HTTP/1.0\r\n\r\n") else {
            panic!()
        };
        assert!(!request.keep_alive);
    }

    #[test]
    fn nonsense_is_answered_and_silence_is_not() {
        assert_eq!(read(""), Outcome::Closed);
        assert_eq!(read("GET /a"), Outcome::Closed);
        assert_eq!(read("hello\r\n\r\n"), Outcome::Bad("400 Bad Request"));
        assert_eq!(
            read("GET /a HTTP/2\r\n\r\n"),
            Outcome::Bad("505 HTTP Version Not Supported")
        );
        assert_eq!(
            read("GET /a HTTP/1.1\r\nno colon\r\n\r\n"),
            Outcome::Bad("400 Bad Request")
        );
    }

    #[test]
    fn a_request_with_a_body_is_refused() {
        for header in ["Content-Length: 5", "Transfer-Encoding: chunked"] {
            assert_eq!(
                read(&format!("GET /a HTTP/1.1\r\n{header}\r\n\r\n")),
                Outcome::Bad("400 Bad Request")
            );
        }
    }

    #[test]
    fn endless_headers_and_lines_are_cut_off() {
        assert_eq!(
            read(&format!("GET /{}", "a".repeat(20_000))),
            Outcome::Bad("414 URI Too Long")
        );
        let text = format!("GET /a HTTP/1.1\r\n{}", "X: y\r\n".repeat(10_000));
        assert_eq!(read(&text), Outcome::Bad("431 Request Header Fields Too Large"));
    }
}
