//! One stream of bytes from one address, perhaps not from its start.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use crate::redirect::{origin, target};

const MAX_REDIRECTS: usize = 10;

/// The bytes of an address from `start` on.
pub(crate) struct Stream {
    pub(crate) start: u64,
    pub(crate) reader: Box<dyn Read>,
}

/// Why there is no stream.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The address has no file.
    Gone,
    /// The range asked for is past the end: what is there is not the file that is there now.
    Range,
    /// The server will say the same again.
    Refused(String),
    /// Worth another try.
    Transient(String),
}

/// The path of a `file://` URL or a plain absolute path; `None` for anything to be asked for by HTTP.
pub fn local_path(url: &str) -> Option<PathBuf> {
    let path = url
        .strip_prefix("file://")
        .map(|rest| rest.strip_prefix("localhost").unwrap_or(rest));
    match path {
        Some(path) => Some(PathBuf::from(decode(path))),
        None if url.starts_with('/') => Some(PathBuf::from(url)),
        None => None,
    }
}

/// Replaces `%41` by `A` (RFC 3986, section 2.1).
fn decode(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = (first == b'%').then(|| tail.get(..2)).flatten();
        let byte = escaped.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Opens a local file at an offset.
pub(crate) fn open_file(path: &PathBuf, start: u64) -> Result<Stream, Failure> {
    let open = || {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(start))?;
        Ok::<_, io::Error>(file)
    };
    match open() {
        Ok(file) => Ok(Stream {
            start,
            reader: Box::new(file),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Failure::Gone),
        Err(error) => Err(Failure::Refused(error.to_string())),
    }
}

/// Asks a server for a file from an offset on; the server may ignore the offset (RFC 9110, section 14.2).
/// `agent` chooses by address, since a redirection may lead to TLS.
pub(crate) fn open_http<'a>(
    agent: impl Fn(&str) -> Result<&'a Agent, Failure>,
    url: &str,
    start: u64,
    credentials: Option<&str>,
) -> Result<Stream, Failure> {
    let mut at = url.to_owned();
    for _ in 0..MAX_REDIRECTS {
        // A server is told who we are only when it is the one that was asked for.
        let known = origin(&at) == origin(url);
        let response = ask(agent(&at)?, &at, start, credentials.filter(|_| known))?;
        match response.status() {
            StatusCode::OK => return Ok(stream(response, 0)),
            StatusCode::PARTIAL_CONTENT if range_start(&response) == Some(start) => {
                return Ok(stream(response, start));
            }
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => return Err(Failure::Range),
            StatusCode::NOT_FOUND | StatusCode::GONE => return Err(Failure::Gone),
            status if status.is_redirection() => at = next(&at, &response)?,
            status if retriable(status) => return Err(Failure::Transient(status.to_string())),
            status => return Err(Failure::Refused(status.to_string())),
        }
    }
    Err(Failure::Refused("too many redirections".to_owned()))
}

fn ask(agent: &Agent, url: &str, start: u64, credentials: Option<&str>) -> Result<Response<Body>, Failure> {
    let mut request = agent.get(url);
    if let Some(credentials) = credentials {
        request = request.header("Authorization", credentials);
    }
    if start > 0 {
        request = request.header("Range", format!("bytes={start}-"));
    }
    request.call().map_err(classify)
}

fn next(url: &str, response: &Response<Body>) -> Result<String, Failure> {
    let location = response.headers().get("location");
    let location = location.and_then(|value| value.to_str().ok());
    let location = location.ok_or_else(|| Failure::Refused(response.status().to_string()))?;
    target(url, location).map_err(Failure::Refused)
}

fn stream(response: Response<Body>, start: u64) -> Stream {
    Stream {
        start,
        reader: Box::new(response.into_body().into_reader()),
    }
}

/// The first number of `Content-Range: bytes 100-199/200`.
fn range_start(response: &Response<Body>) -> Option<u64> {
    let value = response.headers().get("content-range")?.to_str().ok()?;
    value.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
}

fn retriable(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429)
}

fn classify(error: ureq::Error) -> Failure {
    match error {
        ureq::Error::BadUri(_) | ureq::Error::InvalidProxyUrl => Failure::Refused(error.to_string()),
        other => Failure::Transient(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_urls_name_paths() {
        assert_eq!(local_path("file:///a%20b/c%2"), Some(PathBuf::from("/a b/c%2")));
        assert_eq!(local_path("file://localhost/a"), Some(PathBuf::from("/a")));
        assert_eq!(local_path("/a%20b"), Some(PathBuf::from("/a%20b")));
        assert_eq!(local_path("http://host/a"), None);
    }
}
