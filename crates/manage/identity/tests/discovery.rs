//! Keys from an issuer over https, served by openssl: fetched, remembered, and believed only if all fits.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod issuer;

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use identity::token::{Error, Issuer, Verifier};
use issuer::{Signer, claims_with, now};
use serde_json::{Value, json};
use tempfile::TempDir;

/// An issuer at `https://localhost:PORT`.
struct Server {
    folder: TempDir,
    port: u16,
    process: Option<Child>,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "1",
            ])
            .args(["-keyout", "key.pem", "-out", "ca.pem", "-subj", "/CN=localhost"])
            .args([
                "-addext",
                "subjectAltName=DNS:localhost",
                "-addext",
                "basicConstraints=critical,CA:FALSE",
            ])
            .current_dir(folder.path())
            .stderr(Stdio::null())
            .status();
        assert!(made.expect("install openssl").success());
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut server = Self {
            folder,
            port,
            process: None,
        };
        server.up();
        server
    }

    fn up(&mut self) {
        let process = Command::new("openssl")
            .args([
                "s_server", "-quiet", "-WWW", "-cert", "ca.pem", "-key", "key.pem", "-accept",
            ])
            .arg(self.port.to_string())
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.process = Some(process.unwrap());
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < deadline, "openssl s_server does not listen");
            std::thread::yield_now();
        }
    }

    fn down(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    fn name(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    fn publish(&self, metadata: &Value, keys: &[Value]) {
        let well_known = self.folder.path().join(".well-known");
        fs::create_dir_all(&well_known).unwrap();
        fs::write(well_known.join("openid-configuration"), metadata.to_string()).unwrap();
        fs::write(
            self.folder.path().join("keys"),
            json!({ "keys": keys }).to_string(),
        )
        .unwrap();
    }

    fn publish_keys(&self, keys: &[Value]) {
        self.publish(
            &json!({"issuer": self.name(), "jwks_uri": format!("{}/keys", self.name())}),
            keys,
        );
    }

    fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    fn verifier(&self, cache: &Path, ca: Option<PathBuf>) -> Verifier {
        let mut issuer: Issuer = issuer::configuration(PathBuf::new());
        issuer.issuer = self.name();
        issuer.keys = identity::token::KeySource::Discovery { ca };
        Verifier::new(issuer, cache.to_owned()).unwrap()
    }

    fn token(&self, signer: &Signer, kid: &str) -> String {
        signer.token(
            &json!({"alg": "EdDSA", "kid": kid}),
            &claims_with("iss", json!(self.name())),
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.down();
    }
}

#[test]
fn keys_are_fetched_remembered_and_renewed() {
    let mut server = Server::start();
    let (old, new) = (Signer::new("ed25519"), Signer::new("ed25519"));
    let cache = tempfile::tempdir().unwrap();
    server.publish_keys(&[old.jwk("old")]);
    let verifier = server.verifier(cache.path(), Some(server.ca()));
    verifier.identify(&server.token(&old, "old"), now()).unwrap();

    // A new key is asked for, but not more than once a minute.
    server.publish_keys(&[old.jwk("old"), new.jwk("new")]);
    let soon = verifier.identify(&server.token(&new, "new"), now() + Duration::from_secs(59));
    assert!(matches!(soon, Err(Error::UnknownKey { .. })), "{soon:?}");
    verifier
        .identify(&server.token(&new, "new"), now() + Duration::from_secs(61))
        .unwrap();

    // The issuer is down: what was fetched counts, for another run too.
    server.down();
    verifier
        .identify(&server.token(&old, "old"), now() + Duration::from_secs(120))
        .unwrap();
    let restarted = server.verifier(cache.path(), Some(server.ca()));
    restarted.identify(&server.token(&new, "new"), now()).unwrap();
}

#[test]
fn an_issuer_that_is_down_is_an_error_that_says_so() {
    let mut server = Server::start();
    server.down();
    let cache = tempfile::tempdir().unwrap();
    let verifier = server.verifier(cache.path(), Some(server.ca()));
    let error = verifier
        .identify(&server.token(&Signer::new("ed25519"), "x"), now())
        .unwrap_err();
    assert!(
        matches!(&error, Error::Fetch { .. }) && error.to_string().contains("refused"),
        "{error}"
    );
}

#[test]
fn an_issuer_with_another_certificate_is_not_believed() {
    let server = Server::start();
    let signer = Signer::new("ed25519");
    server.publish_keys(&[signer.jwk("one")]);
    let cache = tempfile::tempdir().unwrap();
    let verifier = server.verifier(cache.path(), None);
    let error = verifier
        .identify(&server.token(&signer, "one"), now())
        .unwrap_err();
    assert!(
        matches!(&error, Error::Fetch { .. }) && error.to_string().contains("ertificate"),
        "{error}"
    );
}

#[test]
fn metadata_of_another_issuer_or_without_https_is_not_believed() {
    let server = Server::start();
    let signer = Signer::new("ed25519");
    let token = server.token(&signer, "one");
    for (metadata, why) in [
        (
            json!({"issuer": "https://evil.test", "jwks_uri": format!("{}/keys", server.name())}),
            "evil.test",
        ),
        (
            json!({"issuer": server.name(), "jwks_uri": format!("http://localhost:{}/keys", server.port)}),
            "http://",
        ),
        (
            json!({"issuer": server.name(), "jwks_uri": "file:///etc/passwd"}),
            "file:",
        ),
        (json!({"issuer": server.name()}), "jwks_uri"),
        (json!([]), "openid-configuration"),
    ] {
        server.publish(&metadata, &[signer.jwk("one")]);
        let cache = tempfile::tempdir().unwrap();
        let error = server
            .verifier(cache.path(), Some(server.ca()))
            .identify(&token, now())
            .unwrap_err();
        assert!(
            matches!(&error, Error::Fetch { .. }) && error.to_string().contains(why),
            "{metadata}: {error}"
        );
    }
}

#[test]
fn an_issuer_without_https_cannot_be_configured() {
    let mut issuer = issuer::configuration(PathBuf::new());
    issuer.issuer = "http://issuer.lumen.test".to_owned();
    issuer.keys = identity::token::KeySource::Discovery { ca: None };
    let refused = Verifier::new(issuer, PathBuf::new());
    assert!(matches!(refused, Err(Error::Configuration { .. })));
}
