//! Downloads from a server that breaks off, refuses, lies, or has lost the file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop at the first surprise

#[allow(dead_code)] // each test program uses a part of it
mod server;

use std::fs;
use std::sync::Mutex;
use std::time::Duration;

use download::{Cache, Client, Error, Event, Options, Request};
use server::{Manners, Server};
use sha2::{Digest, Sha256};

fn client(retries: u32) -> Client {
    let pause = Duration::from_millis(1);
    Client::new(Options {
        parallel: 4,
        retries,
        pause,
        timeout: Duration::from_secs(5),
        ..Options::default()
    })
}

fn body(size: usize) -> Vec<u8> {
    (0..size).map(|i| (i * i / 7) as u8).collect()
}

fn request(server: &Server, path: &str, bytes: &[u8]) -> Request {
    Request {
        name: path.trim_start_matches('/').to_owned(),
        urls: vec![format!("{}{path}", server.url)],
        digest: hex::encode(Sha256::digest(bytes)),
        size: bytes.len() as u64,
    }
}

fn quiet(_: Event<'_>) {}

#[test]
fn a_file_arrives_and_is_not_fetched_again() {
    let (dir, server, bytes) = (tempfile::tempdir().unwrap(), Server::start(), body(200_000));
    server.put("/a", &bytes);
    let (cache, wanted) = (Cache::new(dir.path()), request(&server, "/a", &bytes));
    let path = client(0).fetch(&cache, &wanted, &quiet).unwrap();
    assert_eq!(fs::read(&path).unwrap(), bytes);
    client(0).fetch(&cache, &wanted, &quiet).unwrap();
    assert_eq!(server.log(), ["GET /a"]);
}

#[test]
fn a_cut_connection_is_continued_in_the_same_run() {
    let (dir, server, bytes) = (tempfile::tempdir().unwrap(), Server::start(), body(250_000));
    server.put("/a", &bytes);
    server.behave(Manners {
        cut_after: Some(100_000),
        ..Manners::default()
    });
    let wanted = request(&server, "/a", &bytes);
    let path = client(1).fetch(&Cache::new(dir.path()), &wanted, &quiet).unwrap();
    assert_eq!(fs::read(path).unwrap(), bytes);
    assert_eq!(server.log(), ["GET /a", "GET /a 100000-", "GET /a 200000-"]);
}

#[test]
fn a_cut_network_is_continued_by_the_next_run() {
    let (dir, server, bytes) = (tempfile::tempdir().unwrap(), Server::start(), body(250_000));
    server.put("/a", &bytes);
    server.behave(Manners {
        cut_after: Some(100_000),
        ..Manners::default()
    });
    let (cache, wanted) = (Cache::new(dir.path()), request(&server, "/a", &bytes));
    let error = client(0).fetch(&cache, &wanted, &quiet).unwrap_err();
    assert!(matches!(error, Error::Interrupted { .. }), "{error}");
    assert!(error.to_string().contains("what arrived is kept"), "{error}");
    assert!(
        !cache.path(&wanted.digest).exists(),
        "nothing under the final name"
    );
    server.behave(Manners::default());
    client(0).fetch(&cache, &wanted, &quiet).unwrap();
    assert_eq!(server.log(), ["GET /a", "GET /a 100000-"]);
}

#[test]
fn a_server_without_ranges_starts_over() {
    let (dir, server, bytes) = (tempfile::tempdir().unwrap(), Server::start(), body(150_000));
    server.put("/a", &bytes);
    let cut = Manners {
        cut_after: Some(100_000),
        no_range: true,
        ..Manners::default()
    };
    server.behave(cut);
    let (cache, wanted) = (Cache::new(dir.path()), request(&server, "/a", &bytes));
    client(0).fetch(&cache, &wanted, &quiet).unwrap_err();
    server.behave(Manners {
        cut_after: None,
        ..cut
    });
    assert_eq!(
        fs::read(client(0).fetch(&cache, &wanted, &quiet).unwrap()).unwrap(),
        bytes
    );
}

#[test]
fn wrong_bytes_are_refused_and_not_kept() {
    let (dir, server, bytes) = (tempfile::tempdir().unwrap(), Server::start(), body(1000));
    let mut evil = bytes.clone();
    evil[500] ^= 1;
    server.put("/a", &evil);
    let (cache, wanted) = (Cache::new(dir.path()), request(&server, "/a", &bytes));
    let error = client(3).fetch(&cache, &wanted, &quiet).unwrap_err();
    assert!(matches!(error, Error::Mismatch { .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.contains(&wanted.digest) && text.contains(&hex::encode(Sha256::digest(&evil))),
        "{text}"
    );
    assert_eq!(cache.find(&wanted.digest, wanted.size).unwrap(), None);
    assert_eq!(server.log().len(), 1, "asking again gives the same bytes");
}

#[test]
fn an_endless_answer_is_cut_off() {
    let (dir, server, bytes) = (tempfile::tempdir().unwrap(), Server::start(), body(1000));
    server.put("/a", &body(5_000_000));
    let wanted = request(&server, "/a", &bytes);
    let error = client(0)
        .fetch(&Cache::new(dir.path()), &wanted, &quiet)
        .unwrap_err();
    assert!(matches!(error, Error::Mismatch { .. }), "{error}");
    let url = format!("{}/a", server.url);
    assert!(matches!(
        client(0).get_bytes(&url, 1000).unwrap_err(),
        Error::TooLarge { .. }
    ));
}

#[test]
fn a_part_of_another_file_is_thrown_away() {
    let (dir, server, bytes) = (tempfile::tempdir().unwrap(), Server::start(), body(1000));
    server.put("/a", &bytes);
    let (cache, wanted) = (Cache::new(dir.path()), request(&server, "/a", &bytes));
    let path = cache.path(&wanted.digest);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path.with_extension("part"), b"not the beginning").unwrap();
    assert_eq!(
        fs::read(client(0).fetch(&cache, &wanted, &quiet).unwrap()).unwrap(),
        bytes
    );
}

#[test]
fn a_lost_file_is_told_from_a_bad_network() {
    let (dir, server) = (tempfile::tempdir().unwrap(), Server::start());
    let wanted = request(&server, "/gone", b"x");
    let error = client(5)
        .fetch(&Cache::new(dir.path()), &wanted, &quiet)
        .unwrap_err();
    assert!(error.is_not_found(), "{error}");
    let mut unreachable = wanted;
    unreachable.urls = vec!["http://127.0.0.1:1/x".to_owned()];
    let error = client(1)
        .fetch(&Cache::new(dir.path()), &unreachable, &quiet)
        .unwrap_err();
    assert!(!error.is_not_found(), "{error}");
}

#[test]
fn the_second_mirror_is_asked_when_the_first_has_lost_the_file() {
    let (dir, server, bytes) = (tempfile::tempdir().unwrap(), Server::start(), body(10));
    server.put("/archive/a", &bytes);
    let mut wanted = request(&server, "/a", &bytes);
    wanted.urls.push(format!("{}/archive/a", server.url));
    client(0).fetch(&Cache::new(dir.path()), &wanted, &quiet).unwrap();
    assert_eq!(server.log(), ["GET /a", "GET /archive/a"]);
}

#[test]
fn a_busy_server_is_asked_again_and_the_user_told() {
    let (dir, server, bytes) = (tempfile::tempdir().unwrap(), Server::start(), body(10));
    server.put("/a", &bytes);
    server.behave(Manners {
        busy: 2,
        ..Manners::default()
    });
    let told = Mutex::new(Vec::new());
    let listen = |event: Event<'_>| {
        if let Event::Retry { cause, .. } = event {
            told.lock().unwrap().push(cause.to_owned());
        }
    };
    let wanted = request(&server, "/a", &bytes);
    client(2)
        .fetch(&Cache::new(dir.path()), &wanted, &listen)
        .unwrap();
    assert!(
        told.into_inner()
            .unwrap()
            .iter()
            .all(|cause| cause.contains("503"))
    );
    assert_eq!(server.log().len(), 3);
}

#[test]
fn many_files_come_in_the_order_of_the_requests() {
    let (dir, server) = (tempfile::tempdir().unwrap(), Server::start());
    let mut wanted = Vec::new();
    for number in 0..30 {
        let bytes = body(number * 100);
        server.put(&format!("/{number}"), &bytes);
        wanted.push(request(&server, &format!("/{number}"), &bytes));
    }
    let cache = Cache::new(dir.path());
    let paths = client(0).fetch_all(&cache, &wanted, &quiet).unwrap();
    assert!(
        paths
            .iter()
            .enumerate()
            .all(|(number, path)| fs::read(path).unwrap() == body(number * 100))
    );
    wanted[7].digest = "0".repeat(64);
    wanted[9].urls = vec![format!("{}/gone", server.url)];
    wanted[9].digest = "1".repeat(64);
    let failed = client(0).fetch_all(&cache, &wanted, &quiet).unwrap_err();
    assert_eq!(
        failed.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
        [7, 9]
    );
}

#[test]
fn two_clients_share_one_download() {
    let (dir, server, bytes) = (tempfile::tempdir().unwrap(), Server::start(), body(3_000_000));
    server.put("/a", &bytes);
    let (cache, wanted) = (Cache::new(dir.path()), request(&server, "/a", &bytes));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| client(0).fetch(&cache, &wanted, &quiet).unwrap());
        }
    });
    assert_eq!(server.log(), ["GET /a"]);
    let left = fs::read_dir(cache.path(&wanted.digest).parent().unwrap())
        .unwrap()
        .count();
    assert_eq!(left, 1, "no part stays behind");
}

#[test]
fn local_files_are_fetched_like_remote_ones() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a b"), b"local").unwrap();
    let url = format!("file://{}/a%20b", dir.path().display());
    assert_eq!(client(0).get_bytes(&url, 10).unwrap(), b"local");
    let wanted = Request {
        name: "a".into(),
        urls: vec![url],
        digest: hex::encode(Sha256::digest(b"local")),
        size: 5,
    };
    client(0)
        .fetch(&Cache::new(dir.path().join("cache")), &wanted, &quiet)
        .unwrap();
}

#[test]
fn an_unwritable_cache_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), b"").unwrap();
    let cache = Cache::new(dir.path().join("file/cache"));
    let server = Server::start();
    let wanted = request(&server, "/a", b"x");
    let error = client(0).fetch(&cache, &wanted, &quiet).unwrap_err().to_string();
    assert!(
        error.contains("XDG_CACHE_HOME") && error.contains("file/cache"),
        "{error}"
    );
}

#[test]
fn a_file_known_by_its_sha512_is_checked_and_cached_by_it() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("source");
    fs::write(&source, "abc").unwrap();
    let cache = Cache::new(dir.path().join("cache"));
    let mut wanted = Request {
        name: "source".into(),
        urls: vec![format!("file://{}", source.display())],
        digest: hex::encode(sha2::Sha512::digest(b"abc")),
        size: 3,
    };
    let client = Client::new(Options::default());
    let path = client.fetch(&cache, &wanted, &|_| ()).unwrap();
    assert!(path.starts_with(cache.dir().join("sha512")));
    wanted.digest = "0".repeat(128);
    let error = client.fetch(&cache, &wanted, &|_| ()).unwrap_err().to_string();
    assert!(error.contains("SHA-512 ddaf35a1"), "{error}");
}
