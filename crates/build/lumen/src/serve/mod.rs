//! A small web server for one directory: HTTP/1.1 (RFC 9112), GET and HEAD, ranges, persistent connections.
//!
//! It is for a repository on a desk or in a test, and still assumes the worst of whoever asks: nothing outside the
//! directory is reachable, requests are bounded in size and time, connections in number.

mod reply;
mod request;
mod target;

use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context;

use crate::console;
use reply::Reply;
use request::{Outcome, Request};

/// Connections at a time; more are closed at once.
const MAX_CONNECTIONS: usize = 128;
/// How long a connection may be silent.
const PATIENCE: Duration = Duration::from_secs(60);

/// Serves a directory until the program is interrupted. Prints the address first.
pub(crate) fn run(address: SocketAddr, dir: &Path) -> anyhow::Result<()> {
    let dir = dir.canonicalize().with_context(|| {
        format!(
            "cannot serve {}; run `lumen repo build` to make the repository",
            dir.display()
        )
    })?;
    let listener = TcpListener::bind(address)
        .with_context(|| format!("cannot listen on {address}; choose another port with --port"))?;
    console::print(&format!(
        "Serving {} at http://{}/ until interrupted",
        dir.display(),
        listener.local_addr()?
    ))?;
    accept(&listener, &dir);
    Ok(())
}

fn accept(listener: &TcpListener, dir: &Path) {
    let open = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming().flatten() {
        let guard = Guard::new(&open);
        if guard.number > MAX_CONNECTIONS {
            continue;
        }
        let dir = dir.to_owned();
        std::thread::spawn(move || {
            let _guard = guard;
            // A client that goes away in the middle is its own affair.
            let _ = converse(&stream, &dir);
        });
    }
}

/// Counts a connection while it is open.
struct Guard {
    open: Arc<AtomicUsize>,
    number: usize,
}

impl Guard {
    fn new(open: &Arc<AtomicUsize>) -> Self {
        Self {
            number: open.fetch_add(1, Ordering::Relaxed) + 1,
            open: Arc::clone(open),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Answers the requests of one connection.
fn converse(stream: &TcpStream, dir: &Path) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        let request = match Request::read(&mut reader)? {
            Outcome::Request(request) => request,
            Outcome::Closed => return Ok(()),
            Outcome::Bad(status) => {
                Reply::empty(status).send(&mut writer, false, false)?;
                return linger(stream);
            }
        };
        let (keep_alive, head) = (request.keep_alive, request.method == "HEAD");
        reply::to(&request, dir).send(&mut writer, head, keep_alive)?;
        writer.flush()?;
        if !keep_alive {
            return Ok(());
        }
    }
}

/// Closing a connection with bytes unread resets it, and the answer may be lost on the way (RFC 9112, section 9.6).
fn linger(stream: &TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    io::copy(&mut Read::take(stream, 1 << 20), &mut io::sink())?;
    Ok(())
}
