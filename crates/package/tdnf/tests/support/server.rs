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
    /// Requests for packages.
    pub packages: AtomicUsize,
    /// Paths asked for.
    pub log: Mutex<Vec<String>>,
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

    pub fn cut_packages(&self, cut: bool) {
        self.mischief.cut_packages.store(cut, Ordering::SeqCst);
    }

    pub fn asked(&self) -> usize {
        self.mischief.log.lock().unwrap().len()
    }
}

fn answer(stream: TcpStream, dir: &Path, mischief: &Mischief) {
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
        skip_headers(&mut reader);
        mischief.log.lock().unwrap().push(path.clone());
        if send(reader.get_mut(), &dir.join(&path), mischief).is_none() {
            return;
        }
    }
}

fn skip_headers(reader: &mut BufReader<TcpStream>) {
    let mut line = String::new();
    while reader.read_line(&mut line).unwrap_or(0) > 2 {
        line.clear();
    }
}

fn send(stream: &mut TcpStream, path: &PathBuf, mischief: &Mischief) -> Option<()> {
    let Ok(bytes) = fs::read(path) else {
        return stream
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            .ok();
    };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", bytes.len());
    stream.write_all(head.as_bytes()).ok()?;
    let is_package = path.extension().is_some_and(|extension| extension == "rpm");
    if is_package && mischief.cut_packages.load(Ordering::SeqCst) {
        stream.write_all(&bytes[..bytes.len() / 2]).ok()?;
        return None;
    }
    stream.write_all(&bytes).ok()
}
