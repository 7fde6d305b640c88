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
}

#[derive(Debug, Default)]
struct State {
    files: HashMap<String, Vec<u8>>,
    manners: Manners,
    log: Vec<String>,
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

    fn serve(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while let Some((path, range)) = request(&mut reader) {
            if !self.answer(&mut stream, &path, range) {
                return;
            }
        }
    }

    fn answer(&self, stream: &mut TcpStream, path: &str, range: Option<usize>) -> bool {
        let mut state = self.state.lock().unwrap();
        let asked = range.map(|start| format!(" {start}-")).unwrap_or_default();
        state.log.push(format!("GET {path}{asked}"));
        if state.manners.busy > 0 {
            state.manners.busy -= 1;
            return reply(stream, "503 Busy", "", b"");
        }
        let Some(body) = state.files.get(path).cloned() else {
            return reply(stream, "404 Not Found", "", b"");
        };
        let manners = state.manners;
        drop(state);
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

fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, Option<usize>)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut range = None;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            return Some((path, range));
        }
        if let Some(value) = header.strip_prefix("range: bytes=") {
            range = value.trim_end_matches('-').parse().ok();
        }
    }
}
