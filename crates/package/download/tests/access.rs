//! Proxies, credentials, certificates, limits: on the loopback interface, with a proxy and a TLS server that
//! refuse who does not belong there.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop at the first surprise

#[allow(dead_code)] // each test program uses a part of it
mod server;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use download::{Access, Cache, Client, Error, Options, Request};
use server::{Manners, Server, request};
use sha2::{Digest, Sha256};

fn client(access: Access) -> Client {
    Client::new(options(access))
}

fn options(access: Access) -> Options {
    Options {
        retries: 0,
        pause: Duration::from_millis(1),
        timeout: Duration::from_secs(5),
        access,
        ..Options::default()
    }
}

/// A proxy that asks for a password, and notes what it is asked for.
struct Proxy {
    url: String,
    log: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&log);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let log = Arc::clone(&shared);
                std::thread::spawn(move || pass_on(stream, &log));
            }
        });
        Self { url, log }
    }

    fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    fn access(&self) -> Access {
        Access {
            proxy: Some(self.url.clone()),
            proxy_username: Some("me".to_owned()),
            proxy_password: Some("geheim".to_owned()),
            ..Access::default()
        }
    }
}

/// `Basic me:geheim`
const CREDENTIALS: &str = "Basic bWU6Z2VoZWlt";

fn pass_on(mut stream: TcpStream, log: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(asked) = request(&mut reader) {
        log.lock()
            .unwrap()
            .push(format!("{} {}", asked.method, asked.path));
        if asked.header("proxy-authorization") != Some(CREDENTIALS) {
            let _ = stream.write_all(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n");
            continue;
        }
        if asked.method == "CONNECT" {
            return tunnel(stream, reader, &asked.path);
        }
        let Some((host, path)) = asked
            .path
            .strip_prefix("http://")
            .and_then(|rest| rest.split_once('/'))
        else {
            let _ = stream.write_all(b"HTTP/1.1 400 Whole addresses only\r\nContent-Length: 0\r\n\r\n");
            continue;
        };
        let mut server = TcpStream::connect(host).unwrap();
        let range = asked.header("range").map(|range| format!("Range: {range}\r\n"));
        let range = range.unwrap_or_default();
        write!(
            server,
            "GET /{path} HTTP/1.1\r\nHost: {host}\r\n{range}Connection: close\r\n\r\n"
        )
        .unwrap();
        server.shutdown(Shutdown::Write).unwrap();
        std::io::copy(&mut server, &mut stream).unwrap();
    }
}

fn tunnel(mut stream: TcpStream, mut reader: BufReader<TcpStream>, to: &str) {
    let mut server = TcpStream::connect(to).unwrap();
    stream.write_all(b"HTTP/1.1 200 Go on\r\n\r\n").unwrap();
    let mut back = server.try_clone().unwrap();
    std::thread::spawn(move || std::io::copy(&mut back, &mut stream));
    let _ = std::io::copy(&mut reader, &mut server);
    let _ = server.shutdown(Shutdown::Write);
}

#[test]
fn plain_http_is_asked_of_the_proxy_with_the_whole_address() {
    let (server, proxy) = (Server::start(), Proxy::start());
    server.put("/a", b"content");
    let url = format!("{}/a", server.url);
    let client = client(proxy.access());
    assert_eq!(client.get_bytes(&url, 100).unwrap(), b"content");
    assert_eq!(
        client.get_bytes(&url, 100).unwrap(),
        b"content",
        "again, over a kept connection"
    );
    assert_eq!(proxy.log(), [format!("GET {url}"), format!("GET {url}")]);
}

#[test]
fn without_the_password_the_proxy_refuses_and_the_message_does_not_tell_it() {
    let (server, proxy) = (Server::start(), Proxy::start());
    let access = Access {
        proxy: Some(proxy.url.replace("://", "://me:falsch@")),
        ..Access::default()
    };
    let error = client(access)
        .get_bytes(&format!("{}/a", server.url), 100)
        .unwrap_err();
    assert!(error.to_string().contains("407"), "{error}");
    assert!(!format!("{error} {error:?}").contains("falsch"));
}

#[test]
fn the_word_none_goes_past_the_environment() {
    let server = Server::start();
    server.put("/a", b"content");
    let access = Access {
        proxy: Some("_none_".to_owned()),
        ..Access::default()
    };
    assert!(
        client(access)
            .get_bytes(&format!("{}/a", server.url), 100)
            .is_ok()
    );
}

#[test]
fn a_server_that_wants_to_know_us_is_told_and_another_one_is_not() {
    let (server, other) = (Server::start(), Server::start());
    server.put("/a", b"content");
    other.put("/b", b"elsewhere");
    server.redirect("/there", &format!("{}/b", other.url));
    server.redirect("/here", "/a");
    server.behave(Manners {
        authorization: Some(CREDENTIALS),
        ..Manners::default()
    });
    let url = |path: &str| format!("{}{path}", server.url);
    let error = client(Access::default()).get_bytes(&url("/a"), 100).unwrap_err();
    assert!(error.to_string().contains("401"), "{error}");
    let named = client(Access {
        username: Some("me".to_owned()),
        password: Some("geheim".to_owned()),
        ..Access::default()
    });
    assert_eq!(named.get_bytes(&url("/a"), 100).unwrap(), b"content");
    assert_eq!(named.get_bytes(&url("/here"), 100).unwrap(), b"content");
    assert_eq!(named.get_bytes(&url("/there"), 100).unwrap(), b"elsewhere");
    let in_address = server.url.replace("://", "://me:geheim@") + "/a";
    assert_eq!(
        client(Access::default()).get_bytes(&in_address, 100).unwrap(),
        b"content"
    );
    other.behave(Manners {
        authorization: Some("Basic never"),
        ..Manners::default()
    });
    let error = named.get_bytes(&url("/there"), 100).unwrap_err();
    assert!(error.to_string().contains("401"), "{error}");
    let sent = other.headers("authorization");
    assert!(sent.is_empty(), "the other server was told {sent:?}");
}

#[test]
fn credentials_in_an_address_are_in_no_message() {
    let (dir, server) = (tempfile::tempdir().unwrap(), Server::start());
    server.put("/wrong", b"x");
    let address = |path: &str| server.url.replace("://", "://me:geheim@") + path;
    let mut messages = Vec::new();
    for path in ["/gone", "/wrong"] {
        let wanted = Request {
            name: address(path),
            urls: vec![address(path)],
            digest: "0".repeat(64),
            size: 1,
        };
        let outcome = client(Access::default()).fetch(&Cache::new(dir.path()), &wanted, &|_| ());
        messages.push(outcome.unwrap_err());
        messages.push(
            client(Access::default())
                .get_bytes(&address(path), 0)
                .unwrap_err(),
        );
    }
    messages.push(
        client(Access::default())
            .get_bytes("http://me:geheim@127.0.0.1:1/", 1)
            .unwrap_err(),
    );
    messages.push(
        client(Access::default())
            .get_bytes("http://me:geheim@:x/", 1)
            .unwrap_err(),
    );
    for error in messages {
        let text = format!("{error} {error:?}");
        assert!(!text.contains("geheim"), "{text}");
    }
}

#[test]
fn a_server_that_failed_is_asked_last_from_then_on() {
    let (dir, good) = (tempfile::tempdir().unwrap(), Server::start());
    let dead = format!(
        "http://{}",
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    );
    let bad = Server::start();
    bad.behave(Manners {
        busy: 1000,
        ..Manners::default()
    });
    let cache = Cache::new(dir.path());
    let client = client(Access::default());
    for number in 0..5 {
        let (path, body) = (format!("/{number}"), format!("body {number}"));
        good.put(&path, body.as_bytes());
        let wanted = Request {
            name: path.clone(),
            urls: vec![
                format!("{}{path}", bad.url),
                format!("{dead}{path}"),
                format!("{}{path}", good.url),
            ],
            digest: hex::encode(Sha256::digest(&body)),
            size: body.len() as u64,
        };
        client.fetch(&cache, &wanted, &|_| ()).unwrap();
    }
    assert_eq!(bad.log().len(), 1, "asked once, and not again for every file");
    assert_eq!(good.log().len(), 5);
}

#[test]
fn all_transfers_together_keep_to_the_limit() {
    let (dir, server) = (tempfile::tempdir().unwrap(), Server::start());
    let limited = Client::new(Options {
        max_rate: 500_000,
        parallel: 4,
        ..options(Access::default())
    });
    let mut wanted = Vec::new();
    for number in 0..4_u8 {
        let body = vec![number; 50_000];
        server.put(&format!("/{number}"), &body);
        wanted.push(Request {
            name: number.to_string(),
            urls: vec![format!("{}/{number}", server.url)],
            digest: hex::encode(Sha256::digest(&body)),
            size: 50_000,
        });
    }
    let start = Instant::now();
    limited
        .fetch_all(&Cache::new(dir.path()), &wanted, &|_| ())
        .unwrap();
    assert!(
        start.elapsed() >= Duration::from_millis(390),
        "200 kB at 500 kB/s took {:?}",
        start.elapsed()
    );
}

#[test]
fn a_transfer_below_minrate_is_given_up() {
    let server = Server::start();
    server.put("/slow", &[7; 10_000]);
    server.behave(Manners {
        drip: Some(20),
        ..Manners::default()
    });
    let impatient = Client::new(Options {
        min_rate: 100_000,
        timeout: Duration::from_millis(300),
        ..options(Access::default())
    });
    let start = Instant::now();
    let error = impatient
        .get_bytes(&format!("{}/slow", server.url), 1 << 20)
        .unwrap_err();
    assert!(error.to_string().contains("minrate"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(10));
}

/// `openssl s_server`, with certificates made by a test authority.
struct Tls {
    dir: tempfile::TempDir,
    child: Child,
    url: String,
}

impl Drop for Tls {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn openssl(dir: &Path, words: &str) {
    let output = Command::new("openssl")
        .args(words.split(' '))
        .current_dir(dir)
        .output()
        .expect("openssl is missing: install the package openssl");
    assert!(
        output.status.success(),
        "openssl {words}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

impl Tls {
    fn start(more: &str) -> Self {
        Self::serving("over TLS", &format!("-WWW {more}"))
    }

    /// With `-HTTP` a file is the whole answer, status line included.
    fn start_raw(answer: &str) -> Self {
        Self::serving(answer, "-HTTP")
    }

    fn serving(content: &str, more: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ec = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
        let at = dir.path();
        openssl(
            at,
            &format!("req -x509 {ec} -keyout ca.key -out ca.pem -subj /CN=authority"),
        );
        for (name, subject) in [("server", "/CN=server"), ("client", "/CN=client")] {
            let names = "subjectAltName=IP:127.0.0.1";
            openssl(
                at,
                &format!(
                    "req -x509 {ec} -CA ca.pem -CAkey ca.key -keyout {name}.key -out {name}.pem -subj {subject} -addext {names} -addext basicConstraints=critical,CA:FALSE"
                ),
            );
        }
        fs::write(at.join("file"), content).unwrap();
        let line = format!("s_server -accept 127.0.0.1:0 -cert server.pem -key server.key {more}");
        let mut child = Command::new("openssl")
            .args(line.split_whitespace())
            .current_dir(at)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl is missing: install the package openssl");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .find_map(|line| line.unwrap().strip_prefix("ACCEPT ").map(str::to_owned));
        let url = format!(
            "https://{}/file",
            address.expect("s_server says where it listens")
        );
        std::thread::spawn(move || lines.for_each(drop));
        Self { dir, child, url }
    }

    fn file(&self, name: &str) -> Option<PathBuf> {
        Some(self.dir.path().join(name))
    }

    fn get(&self, access: Access) -> Result<Vec<u8>, Error> {
        client(access).get_bytes(&self.url, 1000)
    }
}

#[test]
fn a_server_is_believed_only_with_a_certificate_of_the_named_authority() {
    let tls = Tls::start("");
    let trusting = Access {
        ca_bundle: tls.file("ca.pem"),
        ..Access::default()
    };
    assert_eq!(tls.get(trusting.clone()).unwrap(), b"over TLS");
    let error = tls.get(Access::default()).unwrap_err();
    assert!(
        error.to_string().to_lowercase().contains("certificate"),
        "{error}"
    );
    let blind = Access {
        insecure: true,
        ..Access::default()
    };
    assert_eq!(tls.get(blind).unwrap(), b"over TLS");
    let missing = Access {
        ca_bundle: tls.file("nowhere.pem"),
        ..Access::default()
    };
    let error = tls.get(missing).unwrap_err();
    assert!(error.to_string().contains("nowhere.pem"), "{error}");
    let proxy = Proxy::start();
    let tunnelled = Access {
        ca_bundle: trusting.ca_bundle,
        ..proxy.access()
    };
    assert_eq!(tls.get(tunnelled).unwrap(), b"over TLS");
    assert!(
        proxy.log()[0].starts_with("CONNECT 127.0.0.1:"),
        "{:?}",
        proxy.log()
    );
}

#[test]
fn a_server_that_wants_a_certificate_gets_ours() {
    let tls = Tls::start("-Verify 1 -CAfile ca.pem -verify_return_error");
    let nobody = Access {
        ca_bundle: tls.file("ca.pem"),
        ..Access::default()
    };
    let named = Access {
        client_certificate: tls.file("client.pem"),
        client_key: tls.file("client.key"),
        ..nobody.clone()
    };
    assert_eq!(tls.get(named.clone()).unwrap(), b"over TLS");
    assert!(tls.get(nobody).is_err());
    let without_key = Access {
        client_key: None,
        ..named
    };
    let error = tls.get(without_key).unwrap_err();
    assert!(
        error.to_string().contains("client.pem holds no private key"),
        "{error}"
    );
}

#[test]
fn what_was_asked_for_over_tls_is_not_had_from_plain_text() {
    let plain = Server::start();
    plain.put("/a", b"changed on the way");
    let tls = Tls::start_raw(&format!(
        "HTTP/1.1 302 Found\r\nLocation: {}/a\r\nContent-Length: 0\r\n\r\n",
        plain.url
    ));
    let access = Access {
        ca_bundle: tls.file("ca.pem"),
        ..Access::default()
    };
    assert!(tls.get(access).is_err());
    assert!(plain.log().is_empty(), "{:?}", plain.log());
}
