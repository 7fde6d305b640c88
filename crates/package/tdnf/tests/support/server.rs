//! A web server for one directory that can be told to misbehave.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the server is to do wrong.
#[derive(Default)]
pub struct Mischief {
    /// Close every connection at once.
    pub down: AtomicBool,
    /// Send only half of each package.
    pub cut_packages: AtomicBool,
    /// Send half of each package, and then nothing more as long as this is set.
    pub stalled: AtomicBool,
    /// Where transfers were to be continued.
    pub ranges: Mutex<Vec<usize>>,
    /// Requests for packages.
    pub packages: AtomicUsize,
    /// Answer 401 to who does not send this.
    pub authorization: Mutex<Option<&'static str>>,
    /// Paths whose content is changed on the way, by their ends.
    pub changed: Mutex<Vec<(String, Vec<u8>)>>,
    /// Paths asked for.
    pub log: Mutex<Vec<String>>,
    /// Connections, those that were closed at once included.
    pub connections: AtomicUsize,
}

pub struct Server {
    pub url: String,
    pub mischief: Arc<Mischief>,
}

impl Server {
    pub fn serve(dir: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mischief = Arc::new(Mischief::default());
        let (dir, shared) = (dir.to_owned(), Arc::clone(&mischief));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (dir, mischief) = (dir.clone(), Arc::clone(&shared));
                thread::spawn(move || answer(stream, &dir, &mischief));
            }
        });
        Self { url, mischief }
    }

    pub fn set_down(&self, down: bool) {
        self.mischief.down.store(down, Ordering::SeqCst);
    }

    pub fn stall(&self, stalled: bool) {
        self.mischief.stalled.store(stalled, Ordering::SeqCst);
    }

    pub fn ranges(&self) -> Vec<usize> {
        self.mischief.ranges.lock().unwrap().clone()
    }

    pub fn cut_packages(&self, cut: bool) {
        self.mischief.cut_packages.store(cut, Ordering::SeqCst);
    }

    /// From now on a path that ends so has this content.
    pub fn change(&self, end: &str, content: Vec<u8>) {
        self.mischief
            .changed
            .lock()
            .unwrap()
            .push((end.to_owned(), content));
    }

    pub fn require(&self, authorization: &'static str) {
        *self.mischief.authorization.lock().unwrap() = Some(authorization);
    }

    pub fn connections(&self) -> usize {
        self.mischief.connections.load(Ordering::SeqCst)
    }

    pub fn paths(&self) -> Vec<String> {
        self.mischief.log.lock().unwrap().clone()
    }

    pub fn asked(&self) -> usize {
        self.mischief.log.lock().unwrap().len()
    }
}

fn answer(stream: TcpStream, dir: &Path, mischief: &Mischief) {
    mischief.connections.fetch_add(1, Ordering::SeqCst);
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || mischief.down.load(Ordering::SeqCst) {
            return;
        }
        let path = line
            .split(' ')
            .nth(1)
            .unwrap_or("/")
            .trim_start_matches('/')
            .to_owned();
        let Headers {
            authorization: sent,
            start,
        } = headers(&mut reader);
        mischief.log.lock().unwrap().push(path.clone());
        let wanted = *mischief.authorization.lock().unwrap();
        if wanted.is_some() && wanted != sent.as_deref() {
            let refused = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
            if reader.get_mut().write_all(refused).is_err() {
                return;
            }
        } else if send(reader.get_mut(), &dir.join(&path), start, mischief).is_none() {
            return;
        }
    }
}

#[derive(Default)]
struct Headers {
    authorization: Option<String>,
    /// The beginning of the range.
    start: usize,
}

fn headers(reader: &mut BufReader<TcpStream>) -> Headers {
    let mut found = Headers::default();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) <= 2 {
            return found;
        }
        match line.trim().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                found.authorization = Some(value.to_owned());
            }
            Some((name, value)) if name.eq_ignore_ascii_case("range") => {
                let start = value.trim_start_matches("bytes=").trim_end_matches('-');
                found.start = start.parse().unwrap();
            }
            _ => {}
        }
    }
}

fn send(stream: &mut TcpStream, path: &PathBuf, start: usize, mischief: &Mischief) -> Option<()> {
    let changed = mischief.changed.lock().unwrap();
    let text = path.to_string_lossy();
    let other = changed.iter().rfind(|(end, _)| text.ends_with(end.as_str()));
    let read = other.map_or_else(|| fs::read(path), |(_, content)| Ok(content.clone()));
    drop(changed);
    let Ok(bytes) = read else {
        return stream
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            .ok();
    };
    let rest = &bytes[start..];
    let head = match start {
        0 => format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", rest.len()),
        _ => format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {start}-{}/{}\r\nContent-Length: {}\r\n\r\n",
            bytes.len() - 1,
            bytes.len(),
            rest.len()
        ),
    };
    if start > 0 {
        mischief.ranges.lock().unwrap().push(start);
    }
    stream.write_all(head.as_bytes()).ok()?;
    let is_package = path.extension().is_some_and(|extension| extension == "rpm");
    if is_package && mischief.cut_packages.load(Ordering::SeqCst) {
        stream.write_all(&bytes[..bytes.len() / 2]).ok()?;
        return None;
    }
    if is_package && mischief.stalled.load(Ordering::SeqCst) {
        let half = rest.len() / 2;
        stream.write_all(&rest[..half]).ok()?;
        while mischief.stalled.load(Ordering::SeqCst) {
            thread::sleep(std::time::Duration::from_millis(5));
        }
        return stream.write_all(&rest[half..]).ok();
    }
    stream.write_all(rest).ok()
}
