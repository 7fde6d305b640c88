//! A web server on the loopback interface that misbehaves on demand.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// How the server treats its next answers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manners {
    /// Close the connection after so many bytes of the body.
    pub(crate) cut_after: Option<usize>,
    /// Answer so many requests with 503 first.
    pub(crate) busy: usize,
    /// Ignore the Range header.
    pub(crate) no_range: bool,
    /// Answer 401 to who does not send this.
    pub(crate) authorization: Option<&'static str>,
    /// Pause for so many milliseconds after each piece of 10 bytes.
    pub(crate) drip: Option<u64>,
}

#[derive(Debug, Default)]
struct State {
    files: HashMap<String, Vec<u8>>,
    redirects: HashMap<String, String>,
    manners: Manners,
    log: Vec<String>,
    requests: Vec<Request>,
}

/// The server; it ends with the test program.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let server = Self { url, state };
        let ours = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = ours.clone();
                std::thread::spawn(move || server.serve(stream));
            }
        });
        server
    }

    pub(crate) fn put(&self, path: &str, bytes: &[u8]) {
        self.state
            .lock()
            .unwrap()
            .files
            .insert(path.to_owned(), bytes.to_owned());
    }

    pub(crate) fn behave(&self, manners: Manners) {
        self.state.lock().unwrap().manners = manners;
    }

    /// The requests so far: `GET /path 100-`.
    pub(crate) fn log(&self) -> Vec<String> {
        self.state.lock().unwrap().log.clone()
    }

    /// Values of a header in the requests so far.
    pub(crate) fn headers(&self, name: &str) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let values = state.requests.iter().filter_map(|request| request.header(name));
        values.map(str::to_owned).collect()
    }

    fn serve(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while let Some(request) = request(&mut reader) {
            if !self.answer(&mut stream, &request) {
                return;
            }
        }
    }

    /// Answers with a redirection.
    pub(crate) fn redirect(&self, path: &str, to: &str) {
        self.state
            .lock()
            .unwrap()
            .redirects
            .insert(path.to_owned(), to.to_owned());
    }

    fn answer(&self, stream: &mut TcpStream, request: &Request) -> bool {
        let (path, range) = (request.path.as_str(), request.range);
        let mut state = self.state.lock().unwrap();
        let asked = range.map(|start| format!(" {start}-")).unwrap_or_default();
        state.log.push(format!("GET {path}{asked}"));
        state.requests.push(request.clone());
        if state.manners.busy > 0 {
            state.manners.busy -= 1;
            return reply(stream, "503 Busy", "", b"");
        }
        let wanted = state.manners.authorization;
        if wanted.is_some_and(|wanted| request.header("authorization") != Some(wanted)) {
            return reply(stream, "401 Unauthorized", "", b"");
        }
        if let Some(to) = state.redirects.get(path) {
            let to = format!("Location: {to}\r\n");
            return reply(stream, "302 Found", &to, b"");
        }
        let Some(body) = state.files.get(path).cloned() else {
            return reply(stream, "404 Not Found", "", b"");
        };
        let manners = state.manners;
        drop(state);
        if let Some(pause) = manners.drip {
            return drip(stream, &body, pause);
        }
        let start = range.filter(|_| !manners.no_range);
        match start {
            Some(start) if start >= body.len() => reply(stream, "416 Range", "", b""),
            Some(start) => {
                let range = format!(
                    "Content-Range: bytes {start}-{}/{}\r\n",
                    body.len() - 1,
                    body.len()
                );
                body_of(stream, "206 Partial", &range, &body[start..], manners.cut_after)
            }
            None => body_of(stream, "200 OK", "", &body, manners.cut_after),
        }
    }
}

fn body_of(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8], cut: Option<usize>) -> bool {
    match cut.filter(|cut| *cut < body.len()) {
        None => reply(stream, status, headers, body),
        Some(cut) => {
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n"
            );
            let _ = stream.write_all(&body[..cut]);
            false
        }
    }
}

fn reply(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) -> bool {
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(body))
        .is_ok()
}

fn drip(stream: &mut TcpStream, body: &[u8], pause: u64) -> bool {
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    body.chunks(10).all(|piece| {
        std::thread::sleep(std::time::Duration::from_millis(pause));
        stream.write_all(piece).is_ok()
    })
}

/// A request as it came.
#[derive(Debug, Default, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) range: Option<usize>,
    pub(crate) headers: Vec<(String, String)>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

pub(crate) fn request(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
    let mut words = line.split(' ');
    let mut request = Request {
        method: words.next()?.to_owned(),
        path: words.next()?.to_owned(),
        ..Request::default()
    };
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(": ") else {
            return Some(request);
        };
        let name = name.to_ascii_lowercase();
        if let Some(value) = value.strip_prefix("bytes=").filter(|_| name == "range") {
            request.range = value.trim_end_matches('-').parse().ok();
        }
        request.headers.push((name, value.to_owned()));
    }
}
