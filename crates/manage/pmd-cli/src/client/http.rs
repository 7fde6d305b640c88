//! HTTP/1.1 (RFC 9112), as much as one request on a connection of its own needs.

use std::io::{self, BufRead, BufReader, Read};

use serde_json::Value;

use super::Stream;
use crate::failure::Failure;

/// The longest head of an answer, and the longest answer that is kept in memory.
const LONGEST_HEAD: u64 = 64 << 10;
const LONGEST: u64 = 256 << 20;

pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) host: &'a str,
    pub(super) authorization: Option<String>,
    pub(super) body: Option<&'a Value>,
}

/// The head of an answer, and its body to be read.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) media: String,
    /// What follows `Negotiate` in WWW-Authenticate.
    pub(super) ticket: Option<String>,
    pub(super) body: Box<dyn Read>,
}

impl Answer {
    pub(super) fn bytes(self) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        let read = self.body.take(LONGEST + 1).read_to_end(&mut bytes);
        read.map_err(|error| Failure::system("the answer has ended in the middle", &error))?;
        match bytes.len() as u64 > LONGEST {
            true => Err(Failure::strange("the answer is too long")),
            false => Ok(bytes),
        }
    }
}

impl Request<'_> {
    pub(super) fn send(&self, mut stream: Box<dyn Stream>) -> Result<Answer, Failure> {
        let failed = |error: io::Error| Failure::system("the connection has ended", &error);
        stream.write_all(self.text()?.as_bytes()).map_err(failed)?;
        stream.flush().map_err(failed)?;
        read(stream).map_err(failed)
    }

    fn text(&self) -> Result<String, Failure> {
        // What could be a second header is refused before it gets into one.
        let plain = |text: &str| !text.contains(|c: char| c.is_control());
        if !plain(self.host) || !self.authorization.as_deref().is_none_or(plain) {
            return Err(Failure::misuse(
                "the name of the host, or the password, has a control character",
            ));
        }
        let mut text = format!(
            "{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
            self.method, self.path, self.host
        );
        if let Some(authorization) = &self.authorization {
            text.push_str(&format!("Authorization: {authorization}\r\n"));
        }
        let body = self.body.map(Value::to_string);
        if let Some(body) = &body {
            text.push_str(&format!(
                "Content-Type: application/json\r\nContent-Length: {}\r\n",
                body.len()
            ));
        }
        Ok(text + "\r\n" + &body.unwrap_or_default())
    }
}

fn read(stream: Box<dyn Stream>) -> io::Result<Answer> {
    let mut reader = BufReader::new(stream);
    let mut head = (&mut reader).take(LONGEST_HEAD);
    let mut line = String::new();
    head.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status: u16 = status
        .filter(|_| line.starts_with("HTTP/1."))
        .ok_or_else(|| strange("it does not speak HTTP"))?;
    let (mut media, mut length, mut chunked) = (String::new(), None, false);
    let mut ticket = None;
    loop {
        line.clear();
        head.read_line(&mut line)?;
        let header = line.trim_end();
        if !line.ends_with('\n') {
            return Err(strange("its head is too long or cut"));
        }
        if header.is_empty() {
            break;
        }
        let (name, value) = header
            .split_once(':')
            .ok_or_else(|| strange("a header has no colon"))?;
        match name.to_ascii_lowercase().as_str() {
            "www-authenticate" => {
                ticket = ticket.or_else(|| Some(value.trim().strip_prefix("Negotiate ")?.trim().to_owned()));
            }
            "content-type" => media = value.trim().to_ascii_lowercase(),
            "content-length" => {
                length = Some(value.trim().parse::<u64>().map_err(|_| strange("a bad length"))?)
            }
            "transfer-encoding" => chunked = value.to_ascii_lowercase().contains("chunked"),
            _ => {}
        }
    }
    let body: Box<dyn Read> = match (chunked, length) {
        (true, _) => Box::new(Chunked {
            reader,
            left: 0,
            ended: false,
        }),
        (false, Some(length)) => Box::new(Whole { reader, left: length }),
        (false, None) => Box::new(reader),
    };
    Ok(Answer {
        status,
        media,
        ticket,
        body,
    })
}

fn strange(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text.to_owned())
}

/// A body of a known length, which must come as a whole.
struct Whole<R> {
    reader: R,
    left: u64,
}

impl<R: BufRead> Read for Whole<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Ok(0);
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let count = self.reader.read(into.get_mut(..most).unwrap_or_default())?;
        if count == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        Ok(count)
    }
}

/// A body in chunks: RFC 9112, section 7.1.
struct Chunked<R> {
    reader: R,
    left: u64,
    ended: bool,
}

impl<R: BufRead> Chunked<R> {
    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        (&mut self.reader).take(LONGEST_HEAD).read_line(&mut line)?;
        match line.ends_with('\n') {
            true => Ok(line.trim_end().to_owned()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        let line = self.line()?;
        let size = line.split(';').next().unwrap_or_default().trim();
        self.left = u64::from_str_radix(size, 16).map_err(|_| strange("a chunk has no size"))?;
        if self.left == 0 {
            while !self.line()?.is_empty() {}
            self.ended = true;
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Chunked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        if self.left == 0 && !self.ended {
            self.begin()?;
        }
        if self.ended {
            return Ok(0);
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let count = self.reader.read(into.get_mut(..most).unwrap_or_default())?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        if self.left == 0 {
            self.line()?;
        }
        Ok(count)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn answer(text: &str) -> io::Result<(u16, Vec<u8>)> {
        let answer = read(Box::new(io::Cursor::new(text.as_bytes().to_vec())))?;
        let status = answer.status;
        let mut bytes = Vec::new();
        let mut body = answer.body;
        body.read_to_end(&mut bytes)?;
        Ok((status, bytes))
    }

    #[test]
    fn bodies_of_all_kinds() {
        let whole = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcdef";
        assert_eq!(answer(whole).unwrap(), (200, b"abc".to_vec()));
        let chunked = "HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: x\r\n\r\n";
        assert_eq!(answer(chunked).unwrap(), (404, b"abc0123456789".to_vec()));
        assert_eq!(
            answer("HTTP/1.0 200 OK\r\n\r\nrest").unwrap(),
            (200, b"rest".to_vec())
        );
    }

    #[test]
    fn an_answer_that_is_cut_or_none_is_an_error() {
        for bad in [
            "",
            "SSH-2.0-OpenSSH\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab",
            "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nab",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        ] {
            assert!(answer(bad).is_err(), "{bad:?}");
        }
        let endless = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(100_000));
        assert!(answer(&endless).is_err());
    }

    #[test]
    fn a_header_cannot_be_two() {
        let request = Request {
            method: "GET",
            path: "/",
            host: "a\r\nx: y",
            authorization: None,
            body: None,
        };
        assert!(request.text().is_err());
    }
}
