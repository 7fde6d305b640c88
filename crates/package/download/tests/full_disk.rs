//! A full disk: /dev/full is not a directory, so a file-size limit of this process plays the part.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop at the first surprise

#[allow(dead_code)] // the other tests need more of it
mod server;

use std::fs;
use std::process::Command;

use download::{Cache, Client, Error, Request};
use server::Server;
use sha2::{Digest, Sha256};

/// Run by the test below in a shell with `ulimit -f`; does nothing on its own.
#[test]
fn child() {
    let Ok(dir) = std::env::var("FULL_DISK_CACHE") else {
        return;
    };
    let server = Server::start();
    let bytes = vec![7; 3_000_000];
    server.put("/a", &bytes);
    let wanted = Request {
        name: "a".into(),
        urls: vec![format!("{}/a", server.url)],
        digest: hex::encode(Sha256::digest(&bytes)),
        size: bytes.len() as u64,
    };
    let cache = Cache::new(&dir);
    let result = Client::default().fetch(&cache, &wanted, &|_| {});
    match std::env::var("FULL_DISK_LIMITED").is_ok() {
        true => {
            let error = result.unwrap_err();
            assert!(matches!(error, Error::Write { .. }), "{error}");
            assert!(error.to_string().contains("free space"), "{error}");
            assert!(!cache.path(&wanted.digest).exists());
        }
        false => assert_eq!(fs::read(result.unwrap()).unwrap(), bytes),
    }
}

#[test]
fn a_full_disk_is_an_error_and_the_next_run_continues() {
    let dir = tempfile::tempdir().unwrap();
    let program = std::env::current_exe().unwrap();
    // SIGXFSZ would kill the process instead of failing its write: ignore it. 1024 blocks of 1024 bytes.
    for (script, limited) in [
        ("trap '' XFSZ; ulimit -f 1024; exec \"$0\" child --exact", true),
        ("exec \"$0\" child --exact", false),
    ] {
        let mut shell = Command::new("bash");
        shell
            .arg("-c")
            .arg(script)
            .arg(&program)
            .env("FULL_DISK_CACHE", dir.path());
        if limited {
            shell.env("FULL_DISK_LIMITED", "1");
        }
        let output = shell.output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
}
