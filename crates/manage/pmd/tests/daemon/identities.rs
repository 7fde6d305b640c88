//! Who somebody is, by the system's own PAM and by tokens of an issuer.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::host::{Answer, Host, PASSWORD, call};

const ISSUER: &str = "https://issuer.lumen.test";

#[test]
fn pam_accepts_and_refuses_passwords_of_the_shadow_file() {
    let host = Host::start_with_pam(&["system"]);
    let ask =
        |user: &str, password: &str| host.remote(Some(&format!("{user}:{password}")), "GET", "/whoami", None);
    let adam = ask("adam", PASSWORD).expect(200).json();
    assert_eq!(
        (&adam["user"], &adam["roles"]),
        (&json!("adam"), &json!(["admin"]))
    );
    ask("adam", "wrong").expect(401);
    ask("no-such-user", PASSWORD).expect(401);
    // The password is right, and the account has expired; when it has not, she gets in.
    ask("vera", PASSWORD).expect(401);
    let shadow = std::fs::read_to_string(host.path("etc/shadow")).unwrap();
    std::fs::write(host.path("etc/shadow"), shadow.replace(":7::1:", ":7:::")).unwrap();
    ask("vera", PASSWORD).expect(200);
    let wrong = |line: &Value| {
        line["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("the user name or the password is wrong"))
    };
    assert!(host.audit().iter().any(wrong));
}

#[test]
fn nobody_but_root_gets_in_while_nologin_is_there() {
    let host = Host::start_with_pam(&[]);
    let nick = format!("nick:{PASSWORD}");
    std::fs::write(host.path("etc/nologin"), "the host is being repaired\n").unwrap();
    host.remote(Some(&nick), "GET", "/whoami", None).expect(401);
    std::fs::remove_file(host.path("etc/nologin")).unwrap();
    host.remote(Some(&nick), "GET", "/whoami", None).expect(200);
}

#[test]
fn without_rules_for_pam_nobody_is_wrong_and_nobody_gets_in() {
    let host = Host::start_with_pam(&[]);
    std::fs::write(
        host.path("etc/pam.d/pmd"),
        "auth required pam_no_such_module.so\n",
    )
    .unwrap();
    host.remote(Some(&format!("adam:{PASSWORD}")), "GET", "/whoami", None)
        .expect(503);
}

/// A key of an issuer, and the file that pmd knows it by.
struct Issuer {
    key: Ed25519KeyPair,
    dir: tempfile::TempDir,
}

impl Issuer {
    fn new() -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let key = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
        let x = URL_SAFE_NO_PAD.encode(key.public_key());
        let keys = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "one", "x": x }] });
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("keys.json"), keys.to_string()).unwrap();
        Issuer { key, dir }
    }

    /// Lines of pmd.toml.
    fn configuration(&self, more: &str) -> String {
        format!(
            "[[auth.token]]\nissuer = \"{ISSUER}\"\naudience = \"pmd\"\nkeys = {{ file = \"{}/keys.json\" }}\n{more}\
             [roles]\nadmin = [\"root\", \"pmd-admin\"]\nviewer = [\"oidc:staff\"]\n",
            self.dir.path().display()
        )
    }

    /// A token that ends so many seconds from now.
    fn token(&self, ends: i64, audience: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now = i64::try_from(now.as_secs()).unwrap();
        let claims = json!({ "iss": ISSUER, "aud": audience, "sub": "7", "iat": now + ends - 300, "exp": now + ends,
            "preferred_username": "alice", "groups": ["staff", "pmd-admin"] });
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let header = json!({ "alg": "EdDSA", "kid": "one" });
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

fn bearer(host: &Host, token: &str, method: &str, path: &str, body: Option<&str>) -> Answer {
    let header = format!("authorization: Bearer {token}");
    call(host.curl(), &host.url(path), method, body, &[&header])
}

#[test]
fn a_token_of_the_issuer_is_accepted_and_no_other() {
    let issuer = Issuer::new();
    let host = Host::start(&["system"], &issuer.configuration(""));
    let good = issuer.token(200, "pmd");
    let alice = bearer(&host, &good, "GET", "/whoami", None).expect(200).json();
    // The token's group `pmd-admin` is not this host's.
    assert_eq!(
        (&alice["user"], &alice["method"], &alice["roles"]),
        (&json!("oidc:alice"), &json!("token"), &json!(["viewer"]))
    );
    let name = Some(r#"{"name":"second"}"#);
    bearer(&host, &good, "PUT", "/system/hostname", name).expect(403);
    for bad in [
        issuer.token(-100, "pmd"),
        issuer.token(200, "another service"),
        Issuer::new().token(200, "pmd"),
        good[..good.len() - 8].to_owned(),
        "no.token.this".to_owned(),
    ] {
        let refused = bearer(&host, &bad, "GET", "/whoami", None).expect(401);
        assert!(refused.headers.contains("Bearer realm"), "{refused:?}");
    }
    let expired = |line: &Value| {
        line["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("the token expired"))
    };
    assert!(host.audit().iter().any(expired));
}

#[test]
fn tokens_for_one_use_are_not_promised() {
    let issuer = Issuer::new();
    let host = Host::start(&[], &issuer.configuration("single_use = true\n"));
    bearer(&host, &issuer.token(200, "pmd"), "GET", "/whoami", None).expect(503);
}
