//! Answers.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use super::request::Request;
use super::target;

pub(super) struct Reply {
    status: &'static str,
    headers: String,
    length: u64,
    body: Option<File>,
}

/// The answer to a request.
pub(super) fn to(request: &Request, dir: &Path) -> Reply {
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return Reply {
            headers: "Allow: GET, HEAD\r\n".into(),
            ..Reply::empty("405 Method Not Allowed")
        };
    }
    let opened = target::file(dir, &request.target).and_then(|path| File::open(path).ok());
    let Some(file) = opened else {
        return Reply::empty("404 Not Found");
    };
    of_file(file, request.range.as_deref()).unwrap_or_else(|_| Reply::empty("500 Internal Server Error"))
}

fn of_file(mut file: File, range: Option<&str>) -> io::Result<Reply> {
    let size = file.metadata()?.len();
    let wanted = range.map_or(Wanted::All, |range| parse(range, size));
    let (status, headers, part) = match wanted {
        Wanted::All => ("200 OK", String::new(), 0..size),
        Wanted::Part(part) => {
            let header = format!("Content-Range: bytes {}-{}/{size}\r\n", part.start, part.end - 1);
            ("206 Partial Content", header, part)
        }
        Wanted::Nothing => {
            let headers = format!("Content-Range: bytes */{size}\r\n");
            return Ok(Reply {
                headers,
                ..Reply::empty("416 Range Not Satisfiable")
            });
        }
    };
    file.seek(SeekFrom::Start(part.start))?;
    let headers = format!("Accept-Ranges: bytes\r\nContent-Type: application/octet-stream\r\n{headers}");
    Ok(Reply {
        status,
        headers,
        length: part.end - part.start,
        body: Some(file),
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    All,
    Part(Range<u64>),
    Nothing,
}

/// One range of RFC 9110, section 14.1.2. Several at once, and what is not understood, give the whole file, as
/// section 14.2 allows.
fn parse(header: &str, size: u64) -> Wanted {
    let Some((first, last)) = header
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Wanted::All;
    };
    let part = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(suffix)) if first.is_empty() => size.saturating_sub(suffix)..size,
        _ => return Wanted::All,
    };
    if part.is_empty() {
        Wanted::Nothing
    } else {
        Wanted::Part(part)
    }
}

impl Reply {
    pub(super) fn empty(status: &'static str) -> Self {
        Self {
            status,
            headers: String::new(),
            length: 0,
            body: None,
        }
    }

    /// Sends the answer; for HEAD without the body.
    pub(super) fn send(self, writer: &mut impl Write, head: bool, keep_alive: bool) -> io::Result<()> {
        let connection = if keep_alive { "keep-alive" } else { "close" };
        let (status, headers, length) = (self.status, &self.headers, self.length);
        let text = format!(
            "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: {connection}\r\n\r\n"
        );
        writer.write_all(text.as_bytes())?;
        match self.body.filter(|_| !head) {
            Some(file) => copy(file, self.length, writer),
            None => Ok(()),
        }
    }
}

/// A file that shrank meanwhile ends the connection: the promised length cannot be kept.
fn copy(file: File, length: u64, writer: &mut impl Write) -> io::Result<()> {
    let copied = io::copy(&mut file.take(length), writer)?;
    match copied == length {
        true => Ok(()),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_rfc_says() {
        assert_eq!(parse("bytes=0-499", 1000), Wanted::Part(0..500));
        assert_eq!(parse("bytes=900-", 1000), Wanted::Part(900..1000));
        assert_eq!(parse("bytes=-100", 1000), Wanted::Part(900..1000));
        assert_eq!(parse("bytes=-5000", 1000), Wanted::Part(0..1000));
        assert_eq!(parse("bytes=990-2000", 1000), Wanted::Part(990..1000));
        assert_eq!(parse("bytes=1000-", 1000), Wanted::Nothing);
        assert_eq!(parse("bytes=0-", 0), Wanted::Nothing);
        for odd in [
            "bytes=5-2",
            "bytes=a-b",
            "items=0-1",
            "bytes=0-1,5-6",
            "bytes=-",
            "bytes",
        ] {
            assert_eq!(parse(odd, 1000), Wanted::All, "{odd}");
        }
    }
}
