//! `lumen repo serve`, spoken to byte by byte and through the project's own client.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop at the first surprise

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(project: &Path, dir: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lumen"));
        command
            .args(["repo", "serve", "--port", "0", "--dir"])
            .arg(dir)
            .arg("--project")
            .arg(project);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .split("http://")
            .nth(1)
            .and_then(|rest| rest.split('/').next());
        let address = address
            .unwrap_or_else(|| panic!("no address in {line:?}"))
            .to_owned();
        Self { child, address }
    }

    /// Sends bytes on a fresh connection and reads until the server closes it.
    fn talk(&self, text: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn get(&self, target: &str, headers: &str) -> String {
        self.talk(&format!(
            "GET {target} HTTP/1.1\r\nHost: x\r\n{headers}Connection: close\r\n\r\n"
        ))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A project with a repository that has one file, and a secret beside it.
fn world() -> (tempfile::TempDir, Served) {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("distro/import")).unwrap();
    fs::create_dir_all(dir.path().join("repo/x86_64")).unwrap();
    fs::write(dir.path().join("repo/x86_64/a.rpm"), "0123456789").unwrap();
    fs::write(dir.path().join("secret"), "secret").unwrap();
    let served = Served::start(dir.path(), &dir.path().join("repo"));
    (dir, served)
}

#[test]
fn files_are_served_whole_and_in_part() {
    let (_dir, served) = world();
    let whole = served.get("/x86_64/a.rpm", "");
    assert!(
        whole.starts_with("HTTP/1.1 200 OK\r\n") && whole.ends_with("\r\n\r\n0123456789"),
        "{whole}"
    );
    let part = served.get("/x86_64/a.rpm", "Range: bytes=2-4\r\n");
    assert!(
        part.starts_with("HTTP/1.1 206") && part.ends_with("\r\n\r\n234"),
        "{part}"
    );
    assert!(part.contains("Content-Range: bytes 2-4/10\r\n"), "{part}");
    assert!(
        served
            .get("/x86_64/a.rpm", "Range: bytes=10-\r\n")
            .starts_with("HTTP/1.1 416")
    );
}

#[test]
fn one_connection_carries_many_requests() {
    let (_dir, served) = world();
    let one = "GET /x86_64/a.rpm HTTP/1.1\r\nHost: x\r\n\r\n";
    let last = "HEAD /x86_64/a.rpm HTTP/1.1\r\nConnection: close\r\n\r\n";
    let answers = served.talk(&format!("{one}{one}{last}"));
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3, "{answers}");
    assert_eq!(
        answers.matches("0123456789").count(),
        2,
        "HEAD has no body: {answers}"
    );
}

#[test]
fn nothing_outside_is_reachable() {
    let (dir, served) = world();
    for target in [
        "/../secret",
        "/x86_64/../../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "//secret",
        "/",
    ] {
        let answer = served.get(target, "");
        assert!(answer.starts_with("HTTP/1.1 404"), "{target}: {answer}");
    }
    let absolute = format!("/{}", dir.path().join("secret").display());
    assert!(served.get(&absolute, "").starts_with("HTTP/1.1 404"));
    std::os::unix::fs::symlink(dir.path().join("secret"), dir.path().join("repo/link")).unwrap();
    assert!(
        served.get("/link", "").starts_with("HTTP/1.1 404"),
        "nor through a link"
    );
}

#[test]
fn other_methods_and_nonsense_are_refused() {
    let (_dir, served) = world();
    assert!(
        served
            .talk("PUT /a HTTP/1.1\r\nConnection: close\r\n\r\n")
            .starts_with("HTTP/1.1 405")
    );
    assert!(served.talk("nonsense\r\n\r\n").starts_with("HTTP/1.1 400"));
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(50_000));
    assert!(served.talk(&long).starts_with("HTTP/1.1 414"));
    assert!(
        served.get("/x86_64/a.rpm", "").starts_with("HTTP/1.1 200"),
        "and it still serves"
    );
}

#[test]
fn the_projects_client_downloads_and_resumes_from_it() {
    use sha2::{Digest, Sha256};
    let (dir, served) = world();
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|n| (n * 31 / 7) as u8).collect();
    fs::write(dir.path().join("repo/big"), &bytes).unwrap();
    let cache = download::Cache::new(dir.path().join("cache"));
    let digest = hex::encode(Sha256::digest(&bytes));
    let url = format!("http://{}/big", served.address);
    let request = download::Request {
        name: "big".into(),
        urls: vec![url],
        digest,
        size: 1_000_000,
    };
    let path = cache.path(&request.digest);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path.with_extension("part"), &bytes[..400_000]).unwrap();
    let received = std::sync::atomic::AtomicU64::new(0);
    let count = |event: download::Event<'_>| {
        if let download::Event::Received { bytes, .. } = event {
            received.fetch_add(bytes, std::sync::atomic::Ordering::Relaxed);
        }
    };
    download::Client::default()
        .fetch(&cache, &request, &count)
        .unwrap();
    assert_eq!(received.into_inner(), 600_000);
}

#[test]
fn a_missing_repository_and_a_taken_port_are_explained() {
    let (dir, served) = world();
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lumen"));
        command
            .args(["repo", "serve", "--project"])
            .arg(dir.path())
            .args(args);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let missing = run(&["--port", "0"]);
    assert!(
        missing.contains("build/repo") && missing.contains("lumen repo build"),
        "{missing}"
    );
    let port = served.address.rsplit(':').next().unwrap();
    let (repo, taken) = (dir.path().join("repo"), ["--port", port, "--dir"]);
    let taken = run(&[&taken[..], &[repo.to_str().unwrap()]].concat());
    assert!(taken.contains("--port"), "{taken}");
}
